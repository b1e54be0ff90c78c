"""Rank correlations are Spearman's, ties and all, and their intervals hold what they say."""

import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.evidence import agreement, rank_agreement


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """By the definition: each rank counted out, pair by pair."""
    ranks = [
        [sum(v < value for v in values) + sum(v == value for v in values) / 2 for value in values]
        for values in (one, other)
    ]
    return float(np.corrcoef(*ranks)[0, 1])


@given(words=st.integers(3, 40), values=st.integers(2, 6), seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_it_is_spearmans_with_ties(words, values, seed):
    draw = np.random.default_rng(seed)
    one, other = draw.integers(values, size=(2, words, 1)).astype(float)
    one[:2, 0], other[:2, 0] = (0, 1), (1, 0)
    expected = spearman(one[:, 0], other[:, 0])
    assert rank_agreement(one, other, resamples=1).correlation[0] == pytest.approx(expected, abs=1e-12)


def test_a_resample_is_ranked_as_if_its_words_stood_there_so_often():
    draw = np.random.default_rng(0)
    one, other = draw.integers(5, size=(2, 12)).astype(float)
    times = draw.multinomial(12, np.full(12, 1 / 12), size=20)
    for row, found in zip(times, agreement._correlations(one, other, times.astype(float)), strict=True):
        written_out = spearman(np.repeat(one, row), np.repeat(other, row))
        assert found == pytest.approx(written_out, abs=1e-12)


def test_intervals_hold_the_truth_as_often_as_they_say():
    draw = np.random.default_rng(1)
    normal = 0.6
    truth = 6 / np.pi * np.arcsin(normal / 2)  # of ranks, where the values are jointly normal
    held = 0
    for trial in range(100):
        one, noise = draw.standard_normal((2, 80, 1))
        other = normal * one + np.sqrt(1 - normal**2) * noise
        found = rank_agreement(one, other, resamples=200, level=0.9, seed=trial)
        held += found.low[0] <= truth <= found.high[0]
        assert found.mean == found.correlation[0]
    assert 80 <= held <= 98


def test_a_class_of_which_nothing_varies_has_none_and_the_mean_leaves_it_out():
    draw = np.random.default_rng(2)
    one = draw.standard_normal((30, 3))
    one[:, 1] = 4.0
    found = rank_agreement(one, draw.standard_normal((30, 3)), resamples=50)
    assert np.isnan(found.correlation).tolist() == [False, True, False]
    assert np.isnan(found.low).tolist() == np.isnan(found.high).tolist() == [False, True, False]
    assert found.mean == pytest.approx(found.correlation[[0, 2]].mean())
    none = rank_agreement(np.ones((5, 1)), np.ones((5, 1)), resamples=5)
    assert np.isnan([none.mean, none.mean_low, none.mean_high]).all()


def test_the_seed_decides():
    one, other = np.random.default_rng(3).standard_normal((2, 20, 2))
    first, again, another = (rank_agreement(one, other, resamples=30, seed=seed) for seed in (5, 5, 6))
    assert first.low.tolist() == again.low.tolist() != another.low.tolist()


@pytest.mark.parametrize(
    ("one", "other", "options", "error", "told"),
    [
        (np.zeros((4, 2)), np.zeros((4, 3)), {}, TensorError, "learned values"),
        (np.zeros((2, 2)), np.zeros((2, 2)), {}, TensorError, "2 words are too few to rank"),
        (np.full((4, 1), np.nan), np.zeros((4, 1)), {}, TensorError, "NaN"),
        (np.zeros((4, 1)), np.zeros((4, 1)), {"resamples": 0}, OptionError, "at least one resample"),
        (np.zeros((4, 1)), np.zeros((4, 1)), {"level": 1.0}, OptionError, "a level between 0 and 1"),
    ],
)
def test_what_cannot_be_ranked_is_told(one, other, options, error, told, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(error, match=told):
        rank_agreement(one, other, **options)
