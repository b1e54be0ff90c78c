from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from networks.samples import labelled_corpus, ragged_corpus
from slowfold.errors import DataError, NetworkError, OptionError
from slowfold.networks import baselines
from slowfold.networks.baselines import bag_of_words, majority_class
from slowfold.text.corpus import Corpus
from slowfold.text.languages import categorical


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as small corpora need."""
    monkeypatch.setattr(baselines, "_STEPS", 400)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_a_language_without_order_is_learned_and_spans_one_dimension_less_than_it_has_classes(classes: int) -> None:
    train, test = categorical(classes=classes, length=12).sample(3000, seed=0).split(test=0.2)
    bag = bag_of_words(train, test, seed=0)
    assert bag.test.accuracy > 0.95
    assert bag.train.loss < 0.4
    spread = torch.linalg.svdvals(bag.evidence - bag.evidence.mean(dim=0))
    assert int((spread > 1e-4 * spread[0]).sum()) == classes - 1
    # Each word is evidence for its own class; the last is for none, the length of what it adds is small.
    assert bag.evidence[:classes].argmax(dim=1).tolist() == list(range(classes))
    assert bag.evidence[-1].norm() < 0.5 * bag.evidence[:classes].norm(dim=1).min()


def test_ordered_classes_are_learned_as_any_others() -> None:
    corpus = categorical(classes=3, length=8).sample(600, seed=0)
    train, test = corpus.split()
    ordered = bag_of_words(replace(train, kind="ordered"), replace(test, kind="ordered"))
    assert ordered.evidence.equal(bag_of_words(train, test).evidence)


def test_several_labels_a_document_are_learned() -> None:
    train, test = labelled_corpus(1500, words=12), labelled_corpus(300, words=12, seed=1)
    bag, most = bag_of_words(train, test), majority_class(train, test)
    assert bag.test.accuracy > most.accuracy + 0.1
    assert bag.test.exact > 0.5 > most.exact
    assert bag.test.macro_f1 > 0.8
    decided = bag.logits(test).numpy() > 0
    assert bag.test.accuracy == pytest.approx(float((decided == test.labels).mean()))
    assert bag.test.exact == pytest.approx(float((decided == test.labels).all(axis=1).mean()))


def test_the_logits_are_the_sum_of_the_evidence_whatever_the_order() -> None:
    train, test = ragged_corpus(200), ragged_corpus(50, seed=1)
    bag = bag_of_words(train, test)
    logits = bag.logits(test)
    for i in range(len(test)):
        expected = bag.evidence[torch.from_numpy(test.document(i).astype(np.int64))].sum(dim=0) + bag.bias
        torch.testing.assert_close(logits[i], expected)
    torch.testing.assert_close(bag.logits(test.shuffled_words()), logits)
    assert bag.test.accuracy == pytest.approx(float((logits.argmax(dim=1).numpy() == test.labels).mean()))
    torch.testing.assert_close(bag.evidence.sum(dim=1), torch.zeros(80), atol=1e-5, rtol=0)


def test_the_best_weights_are_kept_and_training_stops_when_nothing_is_left_to_learn() -> None:
    # Labels that no word speaks for: what is learned of them is wrong of all others.
    train, test = ragged_corpus(300), ragged_corpus(200, seed=1)
    random = np.random.default_rng(0).integers(3, size=300)
    bag = bag_of_words(replace(train, labels=random), test)
    assert bag.best_step < bag.steps < 400
    assert bag.train.accuracy < 1


def test_a_seed_decides_all_bits_and_global_randomness_is_left_alone() -> None:
    train, test = ragged_corpus(100), ragged_corpus(50, seed=1)
    before = torch.get_rng_state()
    one, again, other = (bag_of_words(train, test, seed=seed) for seed in (0, 0, 1))
    assert one.evidence.equal(again.evidence)
    assert one.bias.equal(again.bias)
    assert not one.evidence.equal(other.evidence)
    assert torch.get_rng_state().equal(before)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.lists(st.integers(0, 2), min_size=1, max_size=30))
def test_the_majority_is_what_most_training_documents_are(trained: list[int], tested: list[int]) -> None:
    plain = ragged_corpus(60)
    train, test = (_labelled(plain, labels) for labels in (trained, tested))
    found = majority_class(train, test)
    counts = [trained.count(label) for label in range(3)]
    most = counts.index(max(counts))
    assert found.accuracy == found.exact == pytest.approx(tested.count(most) / len(tested))
    probabilities = [(count + 1) / (len(trained) + 3) for count in counts]
    assert found.loss == pytest.approx(-sum(math.log(probabilities[label]) for label in tested) / len(tested))


def test_a_label_that_most_documents_have_is_said_of_all() -> None:
    corpus = labelled_corpus(4)
    labels = np.array([[1, 0, 0], [1, 0, 1], [1, 1, 0], [0, 0, 0]], dtype=bool)
    train = replace(corpus, labels=labels)
    found = majority_class(train, train)
    assert found.accuracy == pytest.approx(9 / 12)
    assert found.exact == pytest.approx(1 / 4)
    shares = np.array([4 / 6, 2 / 6, 2 / 6])
    assert found.loss == pytest.approx(-np.where(labels, np.log(shares), np.log(1 - shares)).mean())


def test_corpora_that_do_not_go_together() -> None:
    train, others = ragged_corpus(60), ragged_corpus(60, words=70)
    for baseline in (majority_class, bag_of_words):
        with pytest.raises(NetworkError, match="words"):
            baseline(train, others)
    with pytest.raises(OptionError, match="the corpus: has 70 words, not 80; read it with the vocabulary"):
        bag_of_words(train, train).logits(others)
    with pytest.raises(DataError, match="has no document of class1"):
        bag_of_words(train.select(np.flatnonzero(train.labels != 1)), train)


def test_a_single_document_a_class_is_enough() -> None:
    corpus = ragged_corpus(60)
    few = corpus.select(np.array([int(np.argmax(corpus.labels == label)) for label in range(3)]))
    assert bag_of_words(few, corpus).train.accuracy == 1.0


def _labelled(corpus: Corpus, labels: list[int]) -> Corpus:
    return replace(corpus.select(np.arange(len(labels))), labels=np.array(labels))
