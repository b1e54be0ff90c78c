"""One colour a document: its class, the combination of its labels, or how many it has."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from slowfold.report.groups import combination_names, make_groups
from slowfold.report.theme import GREY, colour_classes

NAMES = ["joy", "fear", "anger", "hope", "awe", "calm"]


@pytest.mark.parametrize("kind", ["categorical", "ordered"])
def test_classes_are_their_own_groups(kind: str) -> None:
    groups = make_groups(NAMES, kind)
    assert groups.shown == colour_classes(NAMES, kind)
    assert groups.of(np.array([3, 0, 5])).tolist() == [3, 0, 5]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_combination_of_few_labels_has_a_colour_of_its_own(count: int) -> None:
    groups, labels = make_groups(NAMES[:count], "multilabel"), np.array(list(product([0, 1], repeat=count)))
    rows = groups.of(labels)
    assert sorted(rows.tolist()) == list(range(2**count)) == list(range(len(groups)))
    assert len(set(groups.shown.colours)) == len(set(groups.shown.dark)) == 2**count
    single = colour_classes(NAMES[:count], "multilabel")
    for has, row in zip(labels.tolist(), rows.tolist(), strict=True):
        named = [name for name, there in zip(NAMES, has, strict=False) if there]
        if named:
            assert groups.shown.names[row] == " + ".join(named)
        else:
            assert groups.shown.colours[row] == GREY
        if len(named) == 1:
            # The readout of a label and the documents that have it alone are seen to belong together.
            assert groups.shown.colours[row] == single.colours[has.index(1)]
            assert groups.shown.dark[row] == single.dark[has.index(1)]


def test_the_labels_of_a_point_may_come_as_truth_values_or_as_bytes() -> None:
    groups, has = make_groups(NAMES[:2], "multilabel"), np.array([[1, 1], [0, 1]])
    assert groups.of(has.astype(np.int8)).tolist() == groups.of(has).tolist() == [3, 2]


@pytest.mark.parametrize(("count", "most"), [(4, "4 labels"), (6, "4 labels or more")])
def test_many_labels_are_counted(count: int, most: str) -> None:
    groups = make_groups(NAMES[:count], "multilabel")
    assert groups.shown.names[0] == "no label"
    assert groups.shown.names[-1] == most
    has = np.tri(count + 1, count, -1, dtype=np.int8)
    assert groups.of(has).tolist() == [*range(5), *[4] * (count - 4)]
    assert len(set(groups.shown.colours)) == 5


def test_names_are_safe_for_figures_but_not_twice_escaped_on_the_page() -> None:
    assert make_groups(["<b>", "a"], "multilabel").shown.names[3] == "&lt;b&gt; + a"
    assert combination_names(["<b>", "a"])[3] == "<b> + a"
