"""Small runs to explore, and a server that a browser can visit."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from starlette.testclient import TestClient

from report.hostile import CLASSES, WORDS
from slowfold.explorer import create_app
from slowfold.networks import Classifier, fit
from slowfold.study import Run, analyze, open_run
from slowfold.study.runs import write_dataset
from slowfold.text import Corpus, Vocabulary, categorical

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on three classes, trained enough to walk somewhere."""
    train, test = categorical(classes=3, length=10).sample(1_500, seed=0).split(test=0.2, seed=0)
    network = Classifier.build(train, hidden=16, seed=0)
    fit(network, train, steps=40, seed=0)
    return _analysed(network, train, test, tmp_path_factory.mktemp("explored") / "run")


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Makes runs of untrained networks on documents drawn at random; of several labels, each with even odds."""

    def make(classes: list[str], words: list[str], *, kind: str = "categorical", unknown: int | None = None) -> Run:
        random = np.random.default_rng(0)
        count = 24 * len(classes)
        ids = [random.integers(len(words), size=6).tolist() for _ in range(count)]
        labels: Any = [position % len(classes) for position in range(count)]
        if kind == "multilabel":
            labels = random.random((count, len(classes))) < 0.5
        vocabulary = Vocabulary(tuple(words), unknown)
        corpus = Corpus.from_tokens(ids, labels, vocabulary, classes, kind=kind, name="drawn")
        train, test = corpus.split(test=0.5, seed=0)
        folder = tmp_path_factory.mktemp("untrained") / "run"
        return _analysed(Classifier.build(train, hidden=6, seed=0), train, test, folder)

    return make


@pytest.fixture(scope="session")
def hostile(untrained: Callable[..., Run]) -> Run:
    """A run whose classes and words are markup, one of them a megabyte long, with a word for all unknown ones."""
    return untrained(list(CLASSES), ["<unk>", *WORDS, "🙂", "not", "y" * 1_000_000], unknown=0)


@pytest.fixture(scope="session")
def labelled(untrained: Callable[..., Run]) -> Run:
    """A run of two labels a document."""
    return untrained(["joy", "fear"], ["good", "bad", "the"], kind="multilabel")


@pytest.fixture(scope="session")
def wordless(explored: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run as it would be without words: words are numbers."""
    folder = tmp_path_factory.mktemp("wordless") / "run"
    shutil.copytree(explored.folder, folder, ignore=shutil.ignore_patterns("vocabulary.json"))
    numbers = [f"word {number}" for number in range(len(explored.analysis["word"]))]
    write_dataset(folder / "analysis.nc", explored.analysis.assign_coords(word=numbers))
    return open_run(folder)


@pytest.fixture(scope="session")
def client(explored: Run) -> TestClient:
    """Asks the explorer of the run as a page would."""
    return TestClient(create_app(explored), base_url="http://127.0.0.1")


@pytest.fixture(scope="session")
def ask(client: TestClient) -> Ask:
    """Asks one question, which must be answered."""

    def question(name: str, **asked: object) -> Any:
        response = client.post(f"/{name}", json=asked)
        assert response.status_code == 200, response.text
        return response.json()

    return question


@pytest.fixture(scope="session")
def served(explored: Run) -> Generator[str]:
    """The address at which the run is explored."""
    with serving(explored) as address:
        yield address


@contextmanager
def serving(run: Run) -> Generator[str]:
    """A server in a thread of its own, for as long as it is needed."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(run), log_level="warning", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def _analysed(network: Classifier, train: Corpus, test: Corpus, folder: Path) -> Run:
    return analyze(network, train, test, folder=folder, starts=8)
