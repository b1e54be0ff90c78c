"""Untrained networks and what they can read, and signals as a terminal leaves them."""

from __future__ import annotations

import signal
from collections.abc import Generator
from typing import Any

import pytest

from networks.samples import ragged_corpus
from slowfold.networks import Classifier
from slowfold.text.corpus import Corpus
from slowfold.text.languages import categorical


@pytest.fixture
def phrases() -> Corpus:
    return categorical(classes=3, length=8).sample(300, seed=0)


@pytest.fixture
def by_default() -> Generator[None]:
    """SIGINT and SIGTERM do what they do by default, also where whoever runs the tests ignores them, as a shell does
    for what it runs in the background."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


READERS: dict[str, dict[str, Any]] = {
    "one-hot": {"embedding": 0},
    "embedded": {"embedding": 5},
    "memory": {"embedding": 5, "cell": "lstm"},
    "layers": {"embedding": 5, "cell": "ugrnn", "layers": 2},
    "whole state": {"embedding": 0, "cell": "lstm", "layers": 2, "readout": "state"},
    "plain": {"embedding": 0, "cell": "vanilla"},
}


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> tuple[Classifier, Corpus]:
    """An untrained network of each input and each kind of state, and the ragged corpus it was built for."""
    options = READERS[request.param]
    corpus = ragged_corpus(words=80 if options["embedding"] else 6)
    return Classifier.build(corpus, hidden=16, seed=1, **options), corpus
