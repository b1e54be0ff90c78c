"""Classes joined and renamed: against an oracle that asks document by document."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError
from slowfold.text.grouping import group_positions, regroup_labels

CLASSES = ("1", "2", "3", "4", "5")

# Which group each class is in, or -1 for none; at least one class is in a group.
memberships = st.lists(st.integers(-1, 2), min_size=5, max_size=5).filter(lambda of: max(of) >= 0)


def groups_of(membership):
    numbers = sorted({group for group in membership if group >= 0})
    return {f"g{number}": [CLASSES[c] for c in range(5) if membership[c] == number] for number in numbers}


@given(memberships, st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_each_document_goes_to_the_group_of_its_class(membership, labels):
    groups = groups_of(membership)
    positions = group_positions(groups, CLASSES, ordered=False, where="here")
    kept, regrouped = regroup_labels(np.array(labels), list(positions.values()), neither=1.0, seed=0)
    wanted = [(i, f"g{membership[label]}") for i, label in enumerate(labels) if membership[label] >= 0]
    assert [(i, list(positions)[group]) for i, group in zip(kept, regrouped, strict=True)] == wanted


@given(memberships, st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=30))
def test_each_document_has_the_groups_of_its_labels(membership, labels):
    positions = group_positions(groups_of(membership), CLASSES, ordered=False, where="here")
    wanted = [[any(row[c] for c in group) for group in positions.values()] for row in labels]
    for neither, rows in ((1.0, wanted), (0.0, [row for row in wanted if any(row)])):
        kept, regrouped = regroup_labels(np.array(labels), list(positions.values()), neither=neither, seed=0)
        assert regrouped.tolist() == rows
        assert [wanted[i] for i in kept] == rows


@given(memberships)
def test_ordered_groups_stand_in_their_order_or_are_refused(membership):
    inside = [group for group in membership if group >= 0]
    # Groups of neighbours: a group that was left does not come again.
    runs = [group for i, group in enumerate(inside) if i == 0 or inside[i - 1] != group]
    if len(runs) > len(set(runs)):
        with pytest.raises(DataError, match="interleave"):
            group_positions(groups_of(membership), CLASSES, ordered=True, where="here")
    else:
        positions = group_positions(groups_of(membership), CLASSES, ordered=True, where="here")
        assert list(positions) == [f"g{group}" for group in runs]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"x": ["6"]}, "here: no class is named '6'; there are '1', '2', '3', '4', '5'"),
        ({"x": ["1", "1"]}, r"the class '1' is asked for twice \('x', 'x'\)"),
        ({"x": []}, "the group 'x' has no classes"),
        ({"x": "12"}, "the group 'x' has no classes"),
    ],
)
def test_groups_that_are_none_are_refused(groups, message):
    with pytest.raises(DataError, match=message):
        group_positions(groups, CLASSES, ordered=False, where="here")
