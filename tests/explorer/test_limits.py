"""How much the explorer takes on at once, and how much of a text it reads."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from explorer.conftest import Ask
from slowfold.explorer import app, create_app
from slowfold.explorer.following import MOST_CHARACTERS, MOST_STEPS, MOST_WORDS, Follower
from slowfold.explorer.guard import MOST_BYTES
from slowfold.study import Run


@pytest.fixture
def held_up(explored: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of an explorer with two places, whose answers wait until they are let go."""
    entered, let_go = threading.Semaphore(0), threading.Event()

    def wait(_: Follower, text: str) -> object:
        entered.release()
        let_go.wait(30)
        return {"text": text}

    monkeypatch.setattr(app, "_WAITING", 2)
    monkeypatch.setattr(Follower, "follow", wait)
    return TestClient(create_app(explored), base_url="http://127.0.0.1"), entered, let_go


def test_one_question_too_many_is_told_to_come_again(held_up: Any) -> None:
    client, entered, let_go = held_up
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(client.post, "/follow", json={"text": name}) for name in ("one", "two")]
        for _ in waiting:
            assert entered.acquire(timeout=30)
        refused = client.post("/follow", json={"text": "three"})
        # Whatever asks no network is answered all the while.
        page = client.get("/landscape")
        let_go.set()
        answered = [one.result(timeout=30) for one in waiting]
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json() == {"error": "too many questions at once"}
    assert page.status_code == 200
    assert [(one.status_code, one.json()["text"]) for one in answered] == [(200, "one"), (200, "two")]
    # Both places are free again.
    assert client.post("/follow", json={"text": "four"}).status_code == 200


def test_a_question_that_fails_gives_its_place_back(explored: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_WAITING", 1)
    client = TestClient(create_app(explored), base_url="http://127.0.0.1")
    for _ in range(3):
        assert client.post("/follow", json={"text": 7}).status_code == 400
    assert client.post("/follow", json={"text": "the"}).status_code == 200


@pytest.mark.parametrize("beyond", [0, 1, 7])
def test_so_many_words_of_a_text_are_read(ask: Ask, beyond: int) -> None:
    told = ask("follow", text="the " * (MOST_WORDS + beyond))
    assert len(told["words"]) == MOST_WORDS
    assert told["left_out"] == beyond


def test_so_many_characters_are_looked_at(client: TestClient) -> None:
    for characters, status in ((MOST_CHARACTERS, 200), (MOST_CHARACTERS + 1, 400)):
        assert client.post("/follow", json={"text": "x" * characters}).status_code == status


def test_so_many_bytes_are_taken(client: TestClient) -> None:
    frame = len(json.dumps({"text": ""}))
    for size, status in ((MOST_BYTES, 400), (MOST_BYTES + 1, 413)):
        body = json.dumps({"text": "x" * (size - frame)})
        assert len(body) == size
        response = client.post("/follow", content=body, headers={"content-type": "application/json"})
        assert response.status_code == status


def test_a_word_is_held_for_so_many_steps(ask: Ask) -> None:
    for steps in (MOST_STEPS, MOST_STEPS + 1, 10**9):
        assert len(ask("hold", text="the", after=1, steps=steps)["path"]) == MOST_STEPS + 1
