"""The dimension that word counts ask for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError
from slowfold.geometry.prediction import predict_dimension
from slowfold.text import Corpus, Vocabulary, WordCounts, categorical, count_words, read_named

# SCIENCE: participation ratios of 1,280 balanced phrases of 50 words, from the notebooks of the paper's authors; the
# standard deviation over seeds is about 0.04 at ten classes.
PRINTED = {2: 1.000, 3: 1.984, 4: 2.988, 5: 3.985, 6: 4.965, 7: 5.946, 8: 6.910, 9: 7.908, 10: 8.848}


def counts_of(words):
    words = np.array(words, dtype=np.int64)
    names = tuple(f"class {i}" for i in range(len(words)))
    vocabulary = Vocabulary(tuple(f"word{i}" for i in range(words.shape[1])))
    return WordCounts(words, np.ones(len(words), np.int64), words.sum(axis=1), names, vocabulary)


@pytest.mark.parametrize("classes", PRINTED)
def test_categorical_languages_ask_for_one_dimension_fewer_than_classes(classes):
    prediction = predict_dimension(categorical(classes, 50).sample(1280, seed=0))
    assert len(prediction.shares) == classes - 1
    assert prediction.participation_ratio == pytest.approx(PRINTED[classes], abs=0.1)


def test_classes_with_words_of_their_own_lie_on_a_regular_simplex():
    prediction = predict_dimension(counts_of(10 * np.eye(5, dtype=np.int64)))
    assert prediction.shares == pytest.approx([0.25] * 4)
    assert prediction.participation_ratio == pytest.approx(4)
    assert (prediction.for_90, prediction.for_95) == (4, 4)


def test_classes_along_a_line_ask_for_one_dimension():
    prediction = predict_dimension(counts_of([[10, 10 + i, 10 - i] for i in range(-4, 5)]))
    assert prediction.shares == pytest.approx([1.0])
    assert prediction.words(0, 2) == [("word1", pytest.approx(0.5**0.5)), ("word2", pytest.approx(-(0.5**0.5)))]
    places = prediction.classes[:, 0]
    assert np.diff(places) == pytest.approx(np.diff(places).mean())


@given(st.integers(2, 6), st.integers(2, 8), st.integers(0, 2**32))
def test_axes_and_places_give_the_centred_frequencies_back(classes, words, seed):
    counts = counts_of(np.random.default_rng(seed).integers(1, 1000, size=(classes, words)))
    prediction = predict_dimension(counts)
    frequencies = counts.words / counts.tokens[:, None]
    centred = frequencies - frequencies.mean(axis=0)
    # Directions below 1e-10 of the first one's variance are left out.
    assert np.allclose(prediction.classes @ prediction.axes, centred, atol=1e-4 * np.abs(centred).max())
    assert np.allclose(prediction.axes @ prediction.axes.T, np.eye(len(prediction.axes)))
    assert len(prediction.shares) <= min(classes - 1, words - 1)
    assert sum(prediction.shares) == pytest.approx(1)
    scaled = counts_of(counts.words * np.arange(1, classes + 1)[:, None])
    assert predict_dimension(scaled).shares == pytest.approx(prediction.shares)


def test_the_weight_of_greatest_size_is_positive():
    prediction = predict_dimension(categorical(5).sample(1000, seed=3))
    for direction in range(len(prediction.shares)):
        (_, first), *others = prediction.words(direction, 6)
        assert first > 0
        assert all(abs(weight) <= first for _, weight in others)


def test_a_corpus_and_its_counts_give_the_same_prediction():
    corpus = categorical(4).sample(500, seed=1)
    assert predict_dimension(corpus).shares == predict_dimension(count_words(corpus)).shares


def test_what_cannot_be_predicted_is_refused():
    with pytest.raises(DataError, match="'class 1' has no words"):
        predict_dimension(counts_of([[1, 2], [0, 0], [2, 1]]))
    with pytest.raises(DataError, match="equally often"):
        predict_dimension(counts_of([[1, 2, 3], [2, 4, 6]]))
    with pytest.raises(DataError, match="equally often"):
        predict_dimension(
            Corpus.from_tokens([[0, 1, 2]] * 7, [0, 1] * 3 + [0], Vocabulary(("a", "b", "c")), ("x", "y"))
        )
    for direction in (-1, 1):
        with pytest.raises(DataError, match="there are 1 directions"):
            predict_dimension(counts_of([[1, 2], [2, 1]])).words(direction)


@pytest.mark.parametrize(
    ("name", "classes", "shares"),
    [
        ("ag_news", None, (0.565, 0.266, 0.169)),
        ("ag_news", ("World", "Sports", "Business"), (0.674, 0.326)),
        ("yelp5", None, (0.574, 0.391, 0.027, 0.008)),
    ],
)
def test_natural_sets_ask_for_what_was_measured_elsewhere(data_dir, name, classes, shares):
    train, _ = read_named(name, data_dir, classes=classes)
    # The figures were measured with another cut of the texts into words, which moves them by about a hundredth.
    assert predict_dimension(train.to_corpus().corpus).shares == pytest.approx(shares, abs=0.02)


def test_fourteen_topics_ask_for_seven_dimensions(data_dir):
    train, _ = read_named("dbpedia_14", data_dir)
    prediction = predict_dimension(train.to_corpus().corpus)
    assert len(prediction.shares) == 13
    assert prediction.participation_ratio == pytest.approx(7.09, abs=0.3)
