"""Intervals: against SciPy, and how often they hold what they are intervals of."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from slowfold.errors import OptionError
from slowfold.study.claims import Interval, fit_interval, mean_interval, share_interval
from slowfold.study.intervals import student_quantile, wilson


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 100, 1001])
@pytest.mark.parametrize("level", [0.75, 0.95, 0.975, 0.999])
def test_quantiles_are_those_of_scipy(level, freedom):
    assert student_quantile(level, freedom) == pytest.approx(stats.t.ppf(level, freedom), rel=1e-9)


@pytest.mark.parametrize(("level", "freedom"), [(0.5, 3), (1.0, 3), (0.975, 0)])
def test_no_quantile_is_invented(level, freedom):
    with pytest.raises(OptionError, match="student_quantile"):
        student_quantile(level, freedom)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=12))
def test_means_have_the_interval_of_scipy(values):
    told = mean_interval(values)
    spread = stats.sem(values)
    if spread > 1e-9:
        low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=spread)
        assert (told.low, told.high) == (pytest.approx(low, abs=1e-7), pytest.approx(high, abs=1e-7))
    assert told.low <= told.value <= told.high


def test_one_network_has_no_interval():
    told = mean_interval([2.5])
    assert (told.value, told.low, told.high, told.count) == (2.5, None, None, 1)
    assert told.lies_within(0, 10) is None


@pytest.mark.parametrize("holds", [0, 1, 17, 20])
def test_shares_have_wilsons_interval(holds):
    told = share_interval([1.0] * holds + [0.0] * (20 - holds))
    expected = stats.binomtest(holds, 20).proportion_ci(0.95, method="wilson")
    assert (told.low, told.high) == (pytest.approx(expected.low, abs=1e-9), pytest.approx(expected.high, abs=1e-9))


@pytest.mark.parametrize("make", [mean_interval, share_interval])
def test_of_nothing_nothing_is_told(make):
    with pytest.raises(OptionError, match="no values"):
        make([])


def test_a_fit_is_the_coefficient_of_determination_without_a_line():
    truth, guess = np.array([1.0, 2, 3, 4]), np.array([1.5, 2, 2.5, 4])
    told = fit_interval(guess.tolist(), truth.tolist(), ["a", "b", "c", "d"])
    assert told.value == pytest.approx(1 - 0.5 / 5)
    assert told.low <= told.value
    # A line would fit what is foretold twice too large; the figures themselves do not.
    assert fit_interval([2.0, 4, 6, 8], [1.0, 2, 3, 4], list("abcd")).value < 0
    perfect = fit_interval([1.0, 2, 3], [1.0, 2, 3], list("abc"))
    assert (perfect.value, perfect.low, perfect.high) == (1, 1, 1)
    assert fit_interval([1.0, 2], [1.0, 2], ["a", "a"]).low is None
    assert fit_interval([1.0, 2], [2.0, 2], ["a", "b"]).value == -math.inf


def test_tasks_are_drawn_whole():
    # Two tasks of a hundred alike networks are no more than two: the interval is as wide as without the copies.
    few = fit_interval([1.0, 2, 3], [1.1, 1.8, 3.3], ["a", "b", "c"])
    many = fit_interval([1.0, 2, 3] * 100, [1.1, 1.8, 3.3] * 100, ["a", "b", "c"] * 100)
    assert many.value == pytest.approx(few.value)
    assert (many.low, many.high) == (pytest.approx(few.low), pytest.approx(few.high))


def test_intervals_hold_the_mean_nineteen_times_in_twenty():
    random = np.random.default_rng(0)
    held = [(told := mean_interval(random.normal(3, 0.2, 3).tolist())).low <= 3 <= told.high for _ in range(1000)]
    assert 0.93 < np.mean(held) < 0.97


@pytest.mark.parametrize(
    ("bounds", "within"),
    [
        ((1.9, 2.3), True),
        ((2.0, 2.2), True),
        ((2.05, 2.3), None),
        ((2.3, None), False),
        ((None, 1.9), False),
        ((None, 2.1), None),
        ((None, None), True),
    ],
)
def test_all_of_an_interval_lies_within_or_beyond_or_neither(bounds, within):
    assert Interval(2.1, 2.0, 2.2, 3, "t").lies_within(*bounds) is within


@given(st.integers(1, 10_000), st.data())
def test_the_interval_holds_the_share_and_has_a_width(count, data):
    right = data.draw(st.integers(0, count))
    low, high = wilson(right / count, count)
    assert 0 <= low < high <= 1
    assert low - 1e-12 <= right / count <= high + 1e-12


def test_where_no_task_differs_from_another_there_is_no_interval():
    same = fit_interval([1.0, 2.0, 3.0, 4.0], [2.0] * 4, ["a", "b", "c", "d"])
    assert (same.low, same.high) == (None, None)
