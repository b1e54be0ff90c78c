"""What the page is told, and what becomes of questions that make no sense."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from explorer.conftest import Ask
from report.hostile import CLASSES
from slowfold.explorer import create_app
from slowfold.explorer.following import MOST_CHARACTERS, MOST_WORDS
from slowfold.study import Run


def landscape(run: Run) -> Any:
    return TestClient(create_app(run), base_url="http://127.0.0.1").get("/landscape").json()


def test_the_landscape_has_every_layer_that_it_lists(client: TestClient) -> None:
    told = client.get("/landscape").json()
    drawn = {trace["meta"] for trace in told["plane"]["data"]}
    assert drawn == {layer["name"] for layer in told["layers"]} | {"initial"}
    assert [entry["name"] for entry in told["classes"]] == ["class 0", "class 1", "class 2"]
    assert len(told["examples"]) == 3
    assert "scattergl" not in json.dumps(told)


def test_several_labels_are_coloured_by_combination(labelled: Run) -> None:
    told = landscape(labelled)
    assert told["several"]
    assert [group["name"] for group in told["groups"]] == ["neither", "joy", "fear", "joy + fear"]


def test_what_plotly_is_given_is_escaped_and_what_the_page_writes_is_not(hostile: Run) -> None:
    client = TestClient(create_app(hostile), base_url="http://127.0.0.1")
    told = client.get("/landscape").json()
    figures = json.dumps([told["plane"], told["space"]])
    assert "<img" not in figures
    assert "</script" not in figures
    assert told["classes"][0]["name"] == CLASSES[0]
    assert len(json.dumps(told)) < 2_000_000
    followed = client.post("/follow", json={"text": "<b>not</b>"}).json()
    assert followed["words"] == ["<", "b", ">", "not", "<", "/", "b", ">"]
    assert followed["escaped"][0] == "&lt;"


def test_a_followed_text_comes_back_whole(ask: Ask) -> None:
    told = ask("follow", text="The KINDA_1 the")
    assert told["words"] == ["the", "kinda_1", "the"]
    assert told["spans"] == [[0, 3], [4, 11], [12, 15]]
    assert len(told["path"]) == len(told["running"]) == len(told["deciding"]) == 4
    assert {len(told[name]) for name in ("added", "context", "drift", "left", "faded")} == {3}


def test_holding_documents_and_words(ask: Ask) -> None:
    assert len(ask("hold", text="the", after=1, steps=10)["path"]) == 11
    assert len(ask("hold", text="the", after=999, steps=10**9)["path"]) == 501
    assert len(ask("nearest", at=[0, 0.5])["documents"]) == 5
    assert ask("suggest", text="KIN")["words"] == ["kinda_0", "kinda_1", "kinda_2"]
    assert "kinda_1" in ask("suggest", text="knda_1")["words"]
    assert ask("suggest", text="")["words"] == []


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/follow", {}, "text"),
        ("/follow", {"text": 7}, "text"),
        ("/follow", [], "object"),
        ("/follow", {"text": "a" * (MOST_CHARACTERS + 1)}, "200,001 characters"),
        ("/hold", {"text": "the"}, "steps"),
        ("/hold", {"text": "the", "steps": True, "after": 0}, "steps"),
        ("/hold", {"text": "the", "steps": 1, "after": -1}, "after"),
        ("/nearest", {"at": [1]}, "at"),
        ("/nearest", {"at": [1, None]}, "at"),
        ("/nearest", {"at": "here"}, "at"),
        ("/suggest", {"text": None}, "text"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_one_line(
    client: TestClient, path: str, asked: object, said: str
) -> None:
    response = client.post(path, json=asked)
    assert response.status_code == 400
    error = response.json()["error"]
    assert said in error
    assert "\n" not in error


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b"{",
        b"\xff\xfe",
        b'{"text": "the"',
        b"[" * 100_000,
        b'{"at": [NaN, Infinity]}',
        b'{"at": [1e999, 0]}',
    ],
)
def test_malformed_json_leaves_it_serving(client: TestClient, ask: Ask, body: bytes) -> None:
    response = client.post("/nearest", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert ask("follow", text="the")["words"] == ["the"]


@pytest.mark.parametrize(
    "text", ["the kinda_1 " * 8_334, "x" * 100_000, "🙂" * 50_000, "<" * 100_000, "\\ud83d \x00 the"]
)
def test_a_huge_paste_is_read_as_far_as_it_goes(ask: Ask, text: str) -> None:
    told = ask("follow", text=text)
    assert len(told["words"]) <= MOST_WORDS
    assert ask("follow", text="the")["words"] == ["the"]


def test_twenty_clients_at_once_get_their_own_answers(client: TestClient) -> None:
    def read(number: int) -> tuple[int, int]:
        response = client.post("/follow", json={"text": "kinda_1 " * number})
        return number, len(response.json()["words"])

    with ThreadPoolExecutor(20) as pool:
        for number, words in pool.map(read, range(1, 41)):
            assert words == number


def test_plotly_is_sent_once(client: TestClient) -> None:
    first = client.get("/plotly.js")
    assert first.status_code == 200
    again = client.get("/plotly.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/app.py", "/static/nowhere.js"])
def test_nothing_else_is_handed_out(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
