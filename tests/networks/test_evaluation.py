from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from networks.samples import labelled_corpus, ragged_corpus
from slowfold.errors import DataError, NetworkError
from slowfold.networks import Classifier, evaluate, macro_f1
from slowfold.networks.batches import gather_batch
from slowfold.networks.heads import squared_error

TABLES = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=6, max_size=6)


@given(said=TABLES, true=TABLES)
def test_macro_f1_is_the_mean_of_harmonic_means(said: list[tuple[bool, ...]], true: list[tuple[bool, ...]]) -> None:
    scores = []
    for label in range(3):
        pairs = [(one[label], other[label]) for one, other in zip(said, true, strict=True)]
        hits = pairs.count((True, True))
        precision = hits / max(hits + pairs.count((True, False)), 1)
        recall = hits / max(hits + pairs.count((False, True)), 1)
        scores.append(2 * precision * recall / (precision + recall) if hits else 0.0)
    assert macro_f1(torch.tensor(said), torch.tensor(true), 3) == pytest.approx(sum(scores) / 3)


def test_one_class_a_document() -> None:
    corpus = ragged_corpus(40)
    network = Classifier.build(corpus, hidden=8, embedding=4, seed=2)
    found = evaluate(network, corpus)
    logits, labels = network.logits(corpus), torch.from_numpy(np.array(corpus.labels))
    assert found.accuracy == found.exact == network.accuracy(corpus)
    assert found.loss == pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item())
    assert found.macro_f1 == macro_f1(logits.argmax(-1), labels, 3)


def test_several_labels_a_document() -> None:
    corpus = labelled_corpus(40)
    network = Classifier.build(corpus, hidden=8, embedding=4, seed=2)
    found = evaluate(network, corpus)
    right = (network.logits(corpus).numpy() > 0) == corpus.labels
    assert found.accuracy == pytest.approx(right.mean())
    assert found.exact == pytest.approx(right.all(axis=1).mean())
    assert found.accuracy == network.accuracy(corpus)
    assert found.exact < found.accuracy < 1


def test_targets_after_every_word() -> None:
    corpus = ragged_corpus(40)
    network = Classifier.build(corpus, hidden=8, embedding=4, seed=2)
    targets = np.random.default_rng(0).normal(size=(len(corpus.tokens), 3))
    batch = gather_batch(corpus, np.arange(40), targets.astype(np.float32))
    assert batch.targets is not None
    every = network.evidence(network.unroll(batch.tokens)).detach()
    expected = squared_error(every, batch.targets, batch.lengths).item()
    found = evaluate(network, corpus, targets=targets)
    assert found.loss == pytest.approx(expected, rel=1e-5)
    assert found.accuracy == network.accuracy(corpus)


def test_what_cannot_be_evaluated() -> None:
    corpus = ragged_corpus(10)
    network = Classifier.build(corpus, hidden=8, embedding=4)
    with pytest.raises(DataError, match=r"targets: have the shape \(3, 1\)"):
        evaluate(network, corpus, targets=np.zeros(3))
    with pytest.raises(NetworkError, match="classes"):
        evaluate(network, replace(corpus, class_names=("x", "y", "z")))
