"""The graph of a run's fixed points, held against one that is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from slowfold.study import Run
from slowfold.study.comparing import graphs
from slowfold.study.comparing.graphs import graph_of
from study.comparing.conftest import Copied


def test_the_square_has_four_corners_four_edges_and_a_middle(square: Run) -> None:
    graph, said = graph_of(square)
    assert graph is not None
    assert said == "" or "end at no listed point" in said
    states = square.analysis["mean_point_state"].values
    signs = np.where(np.abs(states) < 0.5, 0, np.sign(states)).astype(int)
    assert sorted(map(tuple, signs.tolist())) == [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    # A unit in the middle is one direction to leave by, and leads to both of its ends.
    assert graph.unstable.tolist() == (signs == 0).sum(axis=1).tolist()
    for row, own in enumerate(signs.tolist()):
        reached = {tuple(signs[column].tolist()) for column in graph.leads_to[row].nonzero().flatten().tolist()}
        if own.count(0) == 1:
            middle = own.index(0)
            assert reached == {tuple(end if i == middle else sign for i, sign in enumerate(own)) for end in (-1, 1)}
        elif not own.count(0):
            assert reached == set()
        else:
            assert reached >= {(a, b) for a in (-1, 1) for b in (-1, 1)}


def test_too_many_points_are_not_followed(square: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "MOST_POINTS", 8)
    graph, said = graph_of(square)
    assert graph is None
    assert "9 fixed points" in said


def test_weights_that_are_not_those_of_the_record_are_noticed(square: Run, copied: Copied) -> None:
    mixed = copied(square, "mixed")
    network = mixed.network
    for weight in network.cell.parameters():
        weight.data.mul_(0.1)
    network.save(mixed.folder)
    graph, said = graph_of(copied(mixed, "again"))
    assert graph is None
    assert "could not be found again" in said
