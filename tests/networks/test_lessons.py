from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from networks.samples import labelled_corpus, ragged_corpus
from slowfold.errors import DataError, OptionError
from slowfold.networks import (
    Classifier,
    evaluate,
    fit,
)
from slowfold.networks.lessons import Lessons
from slowfold.text.corpus import Corpus
from slowfold.text.languages import categorical


def test_several_labels_a_document_are_learned() -> None:
    corpus = labelled_corpus(400, seed=3)
    network = Classifier.build(corpus, hidden=24, embedding=8)
    before = evaluate(network, corpus)
    training = fit(network, corpus, steps=200, learning_rate=0.02)
    after = evaluate(network, corpus)
    assert training.held_out == pytest.approx(40, abs=4)
    assert training.metrics[0].loss == pytest.approx(math.log(2), abs=0.1)
    assert (after.accuracy, after.macro_f1) > (0.85, 0.85)
    assert after.exact > before.exact + 0.3


def test_each_combination_of_labels_is_kept_aside_in_its_share() -> None:
    corpus = labelled_corpus(400, longest=3)
    kept, aside = Lessons.of(corpus, None).hold_out(0.25, seed=0)
    assert aside is not None
    assert len(kept) + len(aside) == 400
    weights = 2 ** np.arange(3)
    of_all, of_aside = (np.bincount(labels @ weights, minlength=8) for labels in (corpus.labels, aside.corpus.labels))
    assert (of_all > 1).sum() > 4
    assert np.abs(of_aside - 0.25 * of_all)[of_all > 1].max() <= 1


def running_sums(corpus: Corpus) -> np.ndarray:
    """After each word, how many more words of class 1 than of class 0 there were, a fifth of it, [token]."""
    steps = (corpus.tokens == 1).astype(float) - (corpus.tokens == 0)
    sums = [np.cumsum(steps[start:stop]) for start, stop in itertools.pairwise(corpus.offsets)]
    return np.concatenate(sums) / 5


def test_a_target_at_every_step_is_learned(phrases: Corpus) -> None:
    corpus = categorical(classes=2, length=8).sample(400, seed=0)
    network = Classifier.build(corpus, hidden=16)
    sums = running_sums(corpus)
    training = fit(network, corpus, targets=sums, steps=250, batch_size=64, learning_rate=0.02, held_out=0.2)
    assert training.best_accuracy is None
    assert training.best_step is not None
    assert training.held_out == 80
    variance = float(np.mean(sums**2))
    assert 0.5 * variance < training.metrics[0].loss < 2 * variance
    assert evaluate(network, corpus, targets=sums).loss < 0.02 * variance
    # The running sum is the evidence for the second class against the first, after every word.
    reading = network.read(corpus)
    evidence = network.evidence(reading.states).detach()
    assert float((evidence[:, 1] - evidence[:, 0] - torch.from_numpy(sums)).abs().mean()) < 0.05


def test_one_label_may_have_a_target_at_every_step() -> None:
    plain = categorical(classes=2, length=8).sample(100, seed=0)
    corpus = replace(plain, labels=plain.labels[:, None] == 1, class_names=("more",), kind="multilabel")
    network = Classifier.build(corpus, hidden=8)
    sums = running_sums(corpus)[:, None]
    training = fit(network, corpus, targets=sums, validation=corpus, validation_targets=sums, steps=5)
    assert network.readout.out_features == 1
    assert training.metrics[-1].validation_loss == pytest.approx(evaluate(network, corpus, targets=sums).loss, rel=1e-5)


def test_targets_go_with_their_documents() -> None:
    corpus = ragged_corpus(50)
    targets = corpus.tokens[:, None] * np.array([1.0, 10.0])
    kept, aside = Lessons.of(corpus, targets).hold_out(0.3, seed=1)
    assert aside is not None
    for lessons in (kept, aside):
        assert lessons.targets is not None
        assert np.array_equal(lessons.targets[:, 0], lessons.corpus.tokens)
        assert np.array_equal(lessons.targets[:, 1], 10.0 * lessons.corpus.tokens)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.zeros((2400, 4)), r"^targets: have 4 outputs, and the network 3; give \[token, 3\]"),
        (np.zeros(2400), "have 1 outputs"),
        (np.zeros((2399, 3)), r"have the shape \(2399, 3\) for 2400 tokens"),
        (np.full((2400, 3), np.nan), "^targets, token 0: the target is not a finite number"),
        (np.full((2400, 3), "a"), "^targets: are of type <U1"),
    ],
)
def test_targets_that_do_not_fit(phrases: Corpus, targets: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit(Classifier.build(phrases, hidden=4), phrases, targets=targets, steps=1)


def test_targets_of_one_corpus_only(phrases: Corpus) -> None:
    with pytest.raises(OptionError, match=r"^targets: are for one of the two corpora only"):
        fit(Classifier.build(phrases, hidden=4), phrases, validation=phrases, targets=np.zeros((2400, 3)), steps=1)
