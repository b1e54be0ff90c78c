"""Untrained networks and what they can read."""

from __future__ import annotations

import pytest

from networks.samples import ragged_corpus
from slowfold.networks import Classifier
from slowfold.text.corpus import Corpus
from slowfold.text.languages import categorical


@pytest.fixture
def phrases() -> Corpus:
    return categorical(classes=3, length=8).sample(300, seed=0)


@pytest.fixture(params=["one-hot", "embedded"])
def reader(request: pytest.FixtureRequest) -> tuple[Classifier, Corpus]:
    """An untrained network of each input, and the ragged corpus it was built for."""
    corpus = ragged_corpus(words=6 if request.param == "one-hot" else 80)
    return Classifier.build(corpus, hidden=16, embedding=0 if request.param == "one-hot" else 5, seed=1), corpus
