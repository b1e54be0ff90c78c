"""A saddle lies between the attractors that it leads to, on maps where these are known."""

import itertools
import math

import networkx
import pytest
import torch

import zoo
from slowfold.dynamics import End, Map, find_attractors, find_connections, find_fixed_points
from slowfold.errors import OptionError


def starts(count: int, size: int, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return spread * (2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1)


def test_a_pitchfork_leads_both_ways():
    held = zoo.pitchfork(2.0)
    points = find_fixed_points(held, starts(40, 1))
    found = find_connections(held, points)
    saddle = int(points.distinct.unstable.argmax())
    assert found.saddle.tolist() == [saddle] * 2
    assert found.reached(saddle) == {(End.LISTED, row) for row in range(3) if row != saddle}
    ends = points.distinct.point[found.row]
    assert (ends.flatten().sign() == found.direction.flatten()).all()


def test_edges_of_a_triangle_join_two_corners_and_the_centre_reaches_all():
    held, corners = zoo.simplex_field()
    points = find_fixed_points(held, starts(200, 2))
    found = find_connections(held, points)
    corner_of = torch.cdist(points.distinct.point, corners).argmin(dim=1)
    joined = []
    for point, unstable in enumerate(points.distinct.unstable.tolist()):
        reached = {int(corner_of[row]) for end, row in found.reached(point) if end is End.LISTED}
        if unstable == 1:
            joined.append(reached)
        else:
            assert reached == ({0, 1, 2} if unstable == 2 else set())
    assert sorted(map(sorted, joined)) == [[0, 1], [0, 2], [1, 2]]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_in_a_grid_each_unit_at_the_middle_goes_either_way(size):
    held = zoo.cubic(size)
    points = find_fixed_points(held, starts(600, size, 1.2))
    found = find_connections(held, points, steps=300)
    where = [tuple(point.round().int().tolist()) for point in points.distinct.point]
    for row, place in enumerate(where):
        if 0 not in place:
            assert not found.reached(row)
            continue
        reached = {where[end_row] for end, end_row in found.reached(row) if end is End.LISTED}
        corners = set(itertools.product(*[(-1, 1) if unit == 0 else (unit,) for unit in place]))
        assert corners <= reached


def test_a_spiral_inside_a_circle_leads_to_the_circle():
    held = zoo.circle()
    found = find_connections(held, find_fixed_points(held, starts(20, 2)), steps=500)
    assert set(found.end) == {End.QUASI_PERIODIC}
    assert found.row.unique().tolist() == [0]
    # The real and imaginary parts of a pair span a plane, whose directions are spread evenly round.
    assert len(found) == 24
    angles = torch.atan2(found.direction[:, 1], found.direction[:, 0]).sort().values
    torch.testing.assert_close(angles.diff(), torch.full((23,), math.pi / 12, dtype=torch.float64))


def test_directions_in_a_plane_that_lies_askew_are_of_length_one_and_in_it():
    held, jacobian = zoo.linear([complex(0.9, 0.6), 0.5, 0.2], seed=3)
    points = find_fixed_points(held, starts(5, 4))
    found = find_connections(held, points, steps=50)
    torch.testing.assert_close(found.direction.norm(dim=1), torch.ones(len(found), dtype=torch.float64))
    values, vectors = torch.linalg.eig(jacobian)
    plane = torch.linalg.qr(torch.view_as_real(vectors[:, values.abs().argmax()])).Q
    torch.testing.assert_close(found.direction @ plane @ plane.T, found.direction, rtol=0, atol=1e-9)
    # Evenly spaced directions of a plane add up to none.
    torch.testing.assert_close(found.direction.sum(dim=0), torch.zeros(4, dtype=torch.float64), rtol=0, atol=1e-9)


def test_an_unstable_point_between_the_states_of_a_cycle_leads_to_it():
    held = zoo.flip()
    points = find_fixed_points(held, starts(10, 1))
    found = find_connections(held, points)
    assert found.end == (End.CYCLE,) * 2
    graph = found.to_networkx()
    assert graph.nodes[(End.CYCLE, 0)] == {"kind": "cycle", "period": 2}


def test_many_growing_modes_are_left_in_opposite_directions_the_same_each_time():
    held = zoo.cubic(3)
    points = find_fixed_points(held, torch.zeros(1, 3) + 1e-3)
    first, again = find_connections(held, points, steps=20), find_connections(held, points, steps=20)
    assert torch.equal(first.direction, again.direction)
    other = find_connections(held, points, steps=20, generator=torch.Generator().manual_seed(1))
    assert not torch.equal(first.direction, other.direction)
    torch.testing.assert_close(first.direction.sum(dim=0), torch.zeros(3, dtype=torch.float64), rtol=0, atol=1e-12)


def test_a_slow_mode_is_followed_beside_a_fast_one():
    # One unit leaves 0 ten times as fast as the other: along any mixture the slow one is left behind for long.
    gain = torch.tensor([1.0, 0.1], dtype=torch.float64)
    held = Map(lambda h: h + 0.5 * gain * (h - h**3), 2)
    points = find_fixed_points(held, starts(100, 2, 1.2))
    centre = int(points.distinct.unstable.argmax())
    found = find_connections(held, points, steps=200)
    along = (found.saddle == centre) & (found.direction[:, 0].abs() < 1e-9)
    assert along.sum() >= 2
    assert set(found.direction[along, 1].sign().tolist()) == {-1.0, 1.0}


def test_slow_saddles_are_given_the_time_to_be_left():
    held = zoo.cubic(1, gain=0.004)
    points = find_fixed_points(held, starts(30, 1, 1.2))
    found = find_connections(held, points, steps=3_000)
    # ln(1e4) / ln(1.004) = 2,307 steps pass before the state is off the saddle.
    assert found.end == (End.LISTED,) * 2
    assert found.steps.min() > 2_000


def test_paths_lead_from_the_saddle_to_the_end_in_even_strides():
    held, _ = zoo.simplex_field()
    points = find_fixed_points(held, starts(200, 2))
    found = find_connections(held, points)
    assert found.path.shape == (len(found), 48, 2)
    torch.testing.assert_close(found.path[:, 0], points.distinct.point[found.saddle], rtol=0, atol=1e-3)
    rests = torch.tensor([end is End.LISTED for end in found.end])
    torch.testing.assert_close(found.path[rests, -1], points.distinct.point[found.row[rests]])
    strides = found.path[:, :-1].diff(dim=1).norm(dim=2)
    # No stride is longer than an even share by more than a step of the map.
    assert (strides.amax(dim=1) <= strides.sum(dim=1) / 46 + 0.6).all()


def test_a_path_that_runs_away_stays_finite():
    held, _ = zoo.linear([1.5, 0.5])
    found = find_connections(held, find_fixed_points(held, starts(5, 2)))
    assert found.end == (End.UNBOUNDED,) * 2
    assert torch.isfinite(found.path).all()


def test_rows_are_those_of_the_attractors_given():
    held, _, _ = zoo.locked(3)
    points = find_fixed_points(held, starts(10, 2))
    known = find_attractors(held, points, starts(10, 2))
    found = find_connections(held, points, known)
    assert len(found.attractors.cycles) == len(known.cycles) == 1
    assert set(found.end) == {End.CYCLE}
    assert found.row.unique().tolist() == [0]


def test_without_a_saddle_there_is_nothing_to_leave():
    held = zoo.pitchfork(0.8)
    found = find_connections(held, find_fixed_points(held, starts(10, 1)))
    assert len(found) == 0
    graph = found.to_networkx()
    assert dict(graph.nodes) == {(End.LISTED, 0): {"kind": "stable", "index": 1, "unstable": 0}}


def test_the_graph_of_a_triangle():
    held, _ = zoo.simplex_field()
    graph = find_connections(held, find_fixed_points(held, starts(200, 2))).to_networkx()
    assert isinstance(graph, networkx.DiGraph)
    kinds = networkx.get_node_attributes(graph, "kind")
    assert sorted(kinds.values()) == ["saddle"] * 4 + ["stable"] * 3
    assert networkx.is_directed_acyclic_graph(graph)
    assert {kinds[node] for node in graph if graph.out_degree(node) == 0} == {"stable"}
    directions = sorted(count for _, _, count in graph.edges(data="directions"))
    assert directions[:6] == [1] * 6


def test_no_steps_are_refused():
    held = zoo.cubic()
    with pytest.raises(OptionError, match="steps"):
        find_connections(held, find_fixed_points(held, starts(5, 1)), steps=0)
