"""Labels dealt at random: exact, though documents come in parts, and compared as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError
from slowfold.geometry import ChanceLabels
from slowfold.geometry.prediction.chance import count_above


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.integers(0, 2**32), st.data())
def test_every_label_is_dealt_once_whatever_the_batches(counts, seed, data):
    labels = ChanceLabels(np.tile(np.array(counts), (3, 1)), seed)
    dealt, left = [np.zeros((3, 0), np.int64)], sum(counts)
    while left:
        size = data.draw(st.integers(0, left))
        dealt.append(labels.deal(size))
        left -= size
        size or dealt.append(labels.deal(left))
        left = left if size else 0
    found = np.hstack(dealt)
    for row in found:
        assert np.bincount(row, minlength=len(counts)).tolist() == counts
    assert not labels.left.any()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.integers(0, 2**32), st.data())
def test_parts_are_dealt_all_labels_together(counts, seed, data):
    total = sum(counts)
    cuts = sorted(data.draw(st.lists(st.integers(0, total), max_size=3)))
    sizes = np.diff([0, *cuts, total]).tolist()
    whole = ChanceLabels(np.tile(np.array(counts), (2, 1)), seed)
    dealt = np.hstack([part.deal(size) for part, size in zip(whole.divide(sizes), sizes, strict=True)])
    for row in dealt:
        assert np.bincount(row, minlength=len(counts)).tolist() == counts
    assert whole.left.tolist() == [counts, counts]


@pytest.mark.parametrize("sizes", [[6], [1, 5], [2, 2, 2]])
@pytest.mark.parametrize("divided", [False, True])
def test_every_order_is_as_likely_as_any_other(sizes, divided):
    # Two of one label among six documents: fifteen orders.
    permutations = 3000
    labels = ChanceLabels(np.tile([4, 2], (permutations, 1)), seed=1)
    parts = labels.divide(sizes) if divided else [labels] * len(sizes)
    dealt = np.hstack([part.deal(size) for part, size in zip(parts, sizes, strict=True)])
    orders, seen = np.unique(dealt, axis=0, return_counts=True)
    assert len(orders) == 15
    expected = permutations / 15
    # The 99.9 % quantile of chi-square with 14 degrees of freedom.
    assert np.square(seen - expected).sum() / expected < 36.12


def test_permutations_do_not_depend_on_how_many_there_are():
    few, many = (ChanceLabels(np.tile([30, 20], (rows, 1)), seed=5).deal(50) for rows in (2, 7))
    assert many[:2].tolist() == few.tolist()
    assert few[0].tolist() != few[1].tolist()
    assert ChanceLabels(np.tile([30, 20], (2, 1)), seed=6).deal(50).tolist() != few.tolist()


def test_more_documents_than_labels_are_refused():
    labels = ChanceLabels(np.array([[2, 1]]), seed=0)
    with pytest.raises(DataError, match="more documents than were counted"):
        labels.deal(4)
    with pytest.raises(DataError, match="the parts have 4 documents, and 3 were counted"):
        labels.divide([3, 1])


@pytest.mark.parametrize(
    ("measured", "count"),
    [([5.0, 3.0, 1.0], 2), ([5.0, 1.0, 3.0], 1), ([0.5, 3.0, 3.0], 0), ([5.0, 3.0, 2.0], 3), ([5.0], 1), ([], 0)],
)
def test_directions_count_up_to_the_first_that_chance_explains(measured, count):
    assert count_above(np.array(measured), np.tile([2.0, 1.5, 1.2], (19, 1))) == count


@pytest.mark.parametrize(("permutations", "rank"), [(19, 19), (20, 20), (39, 38), (99, 95)])
def test_the_level_is_exact(permutations, rank):
    by_chance = np.random.default_rng(0).permutation(np.arange(1.0, permutations + 1))[:, None]
    assert count_above(np.array([rank]) + 0.5, by_chance) == 1
    assert count_above(np.array([rank]) - 0.5, by_chance) == 0


def test_too_few_permutations_are_refused():
    with pytest.raises(DataError, match="18 permutations cannot tell"):
        count_above(np.array([1.0]), np.ones((18, 1)))
