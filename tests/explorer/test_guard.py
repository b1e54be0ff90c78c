"""Who is answered, and who is not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from slowfold.explorer import guard
from slowfold.explorer.guard import MOST_BYTES, Guard

JSON = {"content-type": "application/json"}
QUESTION = json.dumps({"text": "the"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8642", "localhost:1", "[::1]:99"])
def test_this_machine_is_answered(client: TestClient, host: str) -> None:
    assert client.get("/landscape", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1.evil.example", "evil.example:8642", "[", "0.0.0.0"])
def test_another_name_for_this_machine_is_not(client: TestClient, host: str) -> None:
    response = client.get("/landscape", headers={"host": host})
    assert response.status_code == 421
    assert "127.0.0.1" in response.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "https://127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_another_page_may_not_ask(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/follow", content=QUESTION, headers=JSON | headers).status_code == 403


def test_the_page_itself_may_ask(client: TestClient) -> None:
    own = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    assert client.post("/follow", content=QUESTION, headers=JSON | own).status_code == 200


def test_a_link_from_elsewhere_leads_to_the_page_and_to_nothing_else(client: TestClient) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=link).status_code == 200
    assert client.get("/landscape", headers=link | {"sec-fetch-mode": "no-cors"}).status_code == 403


def test_what_a_form_could_send_is_refused(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert client.post("/follow", content=QUESTION, headers={"content-type": kind}).status_code == 415
    assert client.put("/follow", content=QUESTION, headers=JSON).status_code == 405


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    body = json.dumps({"text": "a" * MOST_BYTES})
    assert client.post("/follow", content=body, headers=JSON).status_code == 413


def test_a_body_that_does_not_tell_its_length_is_refused_too(client: TestClient) -> None:
    pieces = (b" " * 100_000 for _ in range(20))
    response = client.post("/follow", content=pieces, headers=JSON)
    assert response.status_code == 413
    assert response.headers["connection"] == "close"


def test_a_body_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_SECONDS", 0.01)
    assert asyncio.run(_status(_never, [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")])) == 408


def test_a_request_that_breaks_off_is_let_go() -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    assert asyncio.run(_status(gone, [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")])) == 400


@pytest.mark.parametrize("path", ["/", "/landscape", "/plotly.js", "/static/main.js", "/static/../app.py", "/nowhere"])
def test_every_answer_is_sealed(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def _never() -> Any:
    await asyncio.sleep(60)


async def _status(receive: Any, headers: list[tuple[bytes, bytes]]) -> int:
    async def answer(*_: object) -> None:
        raise AssertionError("nothing was to be answered")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/follow", "headers": headers}
    await Guard(answer)(scope, receive, send)
    return sent[0]["status"]
