"""The synthetic languages: exact uniformity, labels, balance."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import OptionError
from slowfold.text.languages import LANGUAGES, categorical


def count_vectors(corpus, classes):
    """The count of each evidence word in each phrase, by a plain loop."""
    return [
        tuple(document.count(i) for i in range(classes)) for document in corpus.tokens.reshape(len(corpus), -1).tolist()
    ]


def all_vectors(classes, length):
    return [v for v in product(range(length + 1), repeat=classes) if sum(v) <= length]


def chi_square(observed, cells):
    expected = sum(observed.values()) / len(cells)
    assert set(observed) <= set(cells)
    return sum((observed[cell] - expected) ** 2 / expected for cell in cells)


def passed_once_in_a_thousand(degrees):
    # Wilson and Hilferty's approximation to the 99.9 % point of chi-square.
    return degrees * (1 - 2 / (9 * degrees) + 3.09 * math.sqrt(2 / (9 * degrees))) ** 3


@pytest.mark.parametrize(("classes", "length"), [(2, 3), (3, 3), (3, 4), (4, 2), (2, 1)])
def test_count_vectors_are_uniform(classes, length):
    cells = all_vectors(classes, length)
    assert len(cells) == math.comb(classes + length, classes)
    corpus = categorical(classes, length).sample(400 * len(cells), seed=5, balanced=False)
    statistic = chi_square(Counter(count_vectors(corpus, classes)), cells)
    assert statistic < passed_once_in_a_thousand(len(cells) - 1)


@pytest.mark.parametrize(("classes", "length"), [(2, 3), (3, 3), (3, 4), (4, 2)])
def test_count_vectors_are_uniform_within_each_class_when_balanced(classes, length):
    cells = all_vectors(classes, length)
    corpus = categorical(classes, length).sample(300 * len(cells), seed=6)
    vectors = count_vectors(corpus, classes)
    for label in range(classes):
        own = [cell for cell in cells if cell.index(max(cell)) == label]
        observed = Counter(v for v, c in zip(vectors, corpus.labels, strict=True) if c == label)
        assert chi_square(observed, own) < passed_once_in_a_thousand(max(len(own) - 1, 1))


@given(st.integers(2, 20), st.integers(1, 31), st.integers(0, 60), st.booleans(), st.integers(0, 2**32))
def test_labels_are_the_class_with_the_most_evidence_and_ties_go_to_the_first(classes, length, more, balanced, seed):
    language = categorical(classes, length)
    corpus = language.sample(classes + more, seed, balanced=balanced)
    assert corpus.lengths.tolist() == [length] * len(corpus)
    for i in range(len(corpus)):
        score = [0.0] * classes
        for token in corpus.document(i).tolist():
            for c in range(classes):
                score[c] += float(language.evidence[token, c])
        assert corpus.labels[i] == score.index(max(score))
    if balanced:
        counts = np.bincount(corpus.labels, minlength=classes)
        assert counts.max() - counts.min() <= 1


def test_words_are_shuffled_within_phrases_and_classes_among_phrases():
    corpus = categorical(3, 51).sample(3000, seed=2)
    words = corpus.tokens.reshape(3000, 51)
    # Every place holds every word alike: shares differ from the mean by at most 5 standard errors of 3,000 draws.
    for word in range(4):
        shares = (words == word).mean(axis=0)
        mean = shares.mean()
        assert np.abs(shares - mean).max() < 5 * math.sqrt(mean * (1 - mean) / 3000)
    assert np.abs(np.bincount(corpus.labels[:1500]) - 500).max() < 5 * math.sqrt(1500 * 2 / 9)


def test_the_language_says_what_its_words_mean():
    language = LANGUAGES["categorical"](classes=4, length=10)
    assert language.words == ("kinda_0", "kinda_1", "kinda_2", "kinda_3", "the")
    assert language.evidence.tolist() == [*np.eye(4).tolist(), [0.0] * 4]
    assert (language.dimension, language.length, language.name) == (3, 10, "categorical")
    corpus = language.sample(8)
    assert corpus.vocabulary.unknown is None
    assert corpus.vocabulary.words == language.words
    assert corpus.class_names == ("class 0", "class 1", "class 2", "class 3")


def test_the_same_seed_gives_the_same_phrases_and_the_global_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is what is looked at
    first, again, other = (categorical(3, 9).sample(50, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.tokens, again.tokens)
    assert not np.array_equal(first.tokens, other.tokens)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("options", [{"classes": 1}, {"classes": 21}, {"length": 0}])
def test_languages_out_of_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        categorical(**options)


@pytest.mark.parametrize(("documents", "balanced"), [(0, False), (2, True)])
def test_too_few_phrases_are_refused(documents, balanced):
    with pytest.raises(OptionError, match="ask for at least"):
        categorical(3).sample(documents, balanced=balanced)
