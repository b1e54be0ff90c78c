"""Maps made to mislead the search and what follows it: none may be told wrong."""

import math

import numpy as np
import pytest
import torch

from slowfold.cells import GRU, Box, Vanilla
from slowfold.dynamics import (
    End,
    Family,
    Map,
    Verdict,
    audit,
    continue_points,
    find_attractors,
    find_connections,
    find_fixed_points,
    largest_exponent,
    search_on,
    take_census,
)
from slowfold.errors import TensorError


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).unsqueeze(1)


def through_numpy(states: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.tanh(2 * states.detach().numpy()))


def slope_of_it(states: torch.Tensor) -> torch.Tensor:
    return (2 * (1 - torch.tanh(2 * states) ** 2)).unsqueeze(-1)


def test_a_map_that_cannot_be_differentiated_is_not_taken_for_constant():
    with pytest.raises(TensorError, match="jacobian="):
        find_fixed_points(Map(through_numpy, 1), column(0.0, 0.5))
    with pytest.raises(TensorError, match="jacobian="):
        continue_points(Family(lambda h, s: through_numpy(h), 1), column(0.0))
    assert find_fixed_points(Map(lambda h: torch.full_like(h, 0.3), 1), column(0.0)).verdict == (Verdict.FIXED,)


@pytest.mark.parametrize("solver", ["levenberg-marquardt", "matrix-free", "adam"])
def test_with_its_jacobian_it_is_searched_audited_and_followed(solver):
    held = Map(through_numpy, 1, jacobian=slope_of_it, box=Box(-torch.ones(1).double(), torch.ones(1).double()))
    points = find_fixed_points(held, column(0.01, 0.5, -0.5), solver=solver)
    assert sorted(points.distinct.index.tolist()) == [-1, 1, 1]
    assert audit(held, points).complete
    assert largest_exponent(held, column(0.5), 50).item() < 0


def test_a_callable_may_write_to_its_argument_and_keep_its_result():
    kept = torch.zeros(3, 1, dtype=torch.float64)

    def halve(states: torch.Tensor) -> torch.Tensor:
        states *= 0.5
        kept[: len(states)] = states
        return kept[: len(states)]

    held = Map(halve, 1, jacobian=lambda h: torch.full((len(h), 1, 1), 0.5, dtype=torch.float64))
    begin = column(1.0, 0.5, -0.5)
    points = find_fixed_points(held, begin)
    assert points.distinct.point.flatten().tolist() == pytest.approx([0.0], abs=1e-12)
    held.speed(begin)
    find_attractors(held, points, begin)
    assert begin.flatten().tolist() == [1.0, 0.5, -0.5]


def test_fast_modes_that_shrink_do_not_hide_a_slow_one_that_leaves():
    def step(h: torch.Tensor) -> torch.Tensor:
        x, y = h.unbind(dim=1)
        return torch.stack([0.9 * x, y + 0.1 * (-1e-4 * y + y**3 - y**5)], dim=1)

    held = Map(step, 2)
    middle = math.sqrt((1 - math.sqrt(1 - 4e-4)) / 2)
    listed = torch.tensor([[0, 0], [0, 1], [0, -1], [0, middle], [0, -middle]], dtype=torch.float64)
    points = find_fixed_points(held, listed)
    assert len(points.distinct) == 5
    begin = torch.tensor([[1, 0.05], [3, 0.08], [2, -0.1]], dtype=torch.float64)
    ends = find_attractors(held, points, begin)
    assert End.LISTED in ends.end
    for end, row, y in zip(ends.end, ends.row.tolist(), begin[:, 1].tolist(), strict=True):
        assert end in (End.LISTED, End.MOVING)
        if end is End.LISTED:
            assert points.distinct.point[row, 1].item() == pytest.approx(math.copysign(1, y), abs=1e-3)


def test_a_ball_that_no_bound_holds_for_proves_nothing():
    cell = Vanilla(1, 1, generator=torch.Generator().manual_seed(0), nonlinearity="relu").double()
    with torch.no_grad():
        for parameter, value in zip(cell.parameters(), (0.0, 1 + 2e-6, 1e-10, 0.0), strict=True):
            parameter.fill_(value)
    held = Map.hold(cell, torch.zeros(1))
    assert (held(column(0.0, 1e-6, 1.0)) > column(0.0, 1e-6, 1.0)).all()
    assert Verdict.FIXED not in find_fixed_points(held, column(1.0, 0.1, 1e-6, 1e-5)).verdict


def comb(h: torch.Tensor) -> torch.Tensor:
    """Stable at every whole number, unstable half way between."""
    return h - 0.3 * torch.sin(2 * math.pi * h) / (2 * math.pi)


def test_many_stable_points_are_each_come_to():
    held = Map(comb, 1)
    points = find_fixed_points(held, column(0.2))
    ends = find_attractors(held, points, torch.arange(60, dtype=torch.float64).unsqueeze(1) + 0.2)
    assert set(ends.end) == {End.LISTED, End.UNLISTED}
    where = torch.cat([points.distinct.point, ends.unlisted])
    for start, end, row in zip(ends.start, ends.end, ends.row.tolist(), strict=True):
        point = where[row] if end is End.LISTED else ends.unlisted[row]
        assert point.item() == pytest.approx(start.item() - 0.2, abs=1e-3)


def test_a_map_that_runs_away_has_a_census():
    census = take_census(Map(lambda h: 3 * h, 1), column(1.0, 2.0))
    assert census.points.distinct.point.flatten().tolist() == pytest.approx([0.0], abs=1e-9)
    assert census.attractors.count(End.UNBOUNDED) == 2


@pytest.mark.parametrize("solver", ["levenberg-marquardt", "matrix-free", "adam"])
def test_two_ends_of_one_slow_root_are_one(solver):
    points = find_fixed_points(Map(lambda h: (1 - 1e-4) * h, 1), column(1e-5, -1e-5), solver=solver)
    assert len(points.distinct) == 1


def test_two_roots_closer_than_ends_usually_are_stay_two():
    held = Map(lambda h: h + 1e3 * ((h - 10) ** 2 - 1e-12), 1)
    points = find_fixed_points(held, column(10 - 1.1e-6, 10 + 1.1e-6))
    assert sorted(points.distinct.index.tolist()) == [-1, 1]


@pytest.mark.parametrize("solver", ["levenberg-marquardt", "matrix-free"])
def test_a_steep_way_in_makes_no_ghost(solver):
    points = find_fixed_points(Map(lambda h: h - 1e-3 * h - h**3, 1), column(100.0, 1.0), solver=solver)
    assert points.verdict == (Verdict.FIXED, Verdict.FIXED)


@pytest.mark.parametrize("solver", ["levenberg-marquardt", "matrix-free"])
def test_one_unit_comes_to_its_ghost_from_everywhere(solver):
    held = Map(lambda h: h + h**2 + 0.1, 1, box=Box(column(-9.0)[0], column(9.0)[0]))
    begin = column(-0.4, -0.1, 0.05, 0.3)
    assert find_fixed_points(held, begin, solver=solver).verdict == (Verdict.GHOST,) * 4


def test_a_saddle_is_left_even_where_only_it_was_searched_from():
    held = Map(lambda h: h + 0.5 * (h - h**3), 1)
    points = find_fixed_points(held, column(0.0))
    found = find_connections(held, points)
    assert set(found.end) == {End.UNLISTED}
    assert sorted(found.attractors.unlisted.flatten().round(decimals=6).tolist()) == [-1, 1]


def test_a_search_that_goes_on_judges_all_ends_by_one_box():
    from slowfold.cells.base import cube_around

    held = Map(lambda h: h + 0.1 * (h - 1.2) ** 2 + 1e-3, 1, box=cube_around)
    together = find_fixed_points(held, column(1.0, 3.0))
    after = search_on(held, find_fixed_points(held, column(1.0)), column(3.0))
    assert after.verdict == together.verdict


@pytest.mark.parametrize(
    "step", [lambda h: -h - h**3, lambda h: -h], ids=["a reflection that runs away", "a reflection that goes nowhere"]
)
def test_what_does_not_fade_draws_nothing(step):
    points = find_fixed_points(Map(step, size=1), column(0.3)).distinct
    assert (points.index.tolist(), points.unstable.tolist(), points.stable.tolist()) == ([1], [1], [False])


def test_a_turn_draws_nothing():
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    points = find_fixed_points(Map(lambda h: h @ turn.T, size=2), torch.tensor([[0.3, 0.1]])).distinct
    assert (points.index.tolist(), points.unstable.tolist(), points.stable.tolist()) == ([1], [2], [False])


def test_what_turns_and_does_not_grow_is_left_along_no_way():
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    held = Map(lambda h: h @ turn.T, size=2)
    points = find_fixed_points(held, torch.tensor([[0.3, 0.1]]))
    assert len(find_connections(held, points).saddle) == 0


@pytest.mark.parametrize("shut", [20.0, 40.0])
def test_a_saddle_behind_a_shut_gate_is_no_stable_point(shut):
    # At 40 what grows grows by less than a rounding error of 1; the index still tells.
    cell = GRU(1, 1, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.get_parameter("rnn.weight_hh_l0")[2, 0] = 4
        cell.get_parameter("rnn.bias_hh_l0")[1] = shut
    held = Map.hold(cell, torch.zeros(1, dtype=torch.float64))
    points = find_fixed_points(held, torch.linspace(-1, 1, 9, dtype=torch.float64).unsqueeze(1))
    distinct = points.distinct
    assert dict(zip(distinct.index.tolist(), distinct.unstable.tolist(), strict=True)) == {1: 0, -1: 1}
    assert distinct.stable.equal(distinct.index > 0)
    assert len(find_connections(held, points, steps=50).saddle) == (2 if shut < 40 else 0)
    assert take_census(held, points.start).audit.sum == 1


def test_ends_that_creep_are_one_point_where_their_roots_may_be_one():
    wall = torch.ones(1, dtype=torch.float64)
    held = Map(lambda h: h - 1e-5 * (h - 0.3), size=1, box=Box(-wall, wall))
    points = find_fixed_points(held, column(0.3, 0.300012, 0.29999), solver="adam")
    assert points.distinct.multiplicity.tolist() == [3]
    assert audit(held, points).sum == 1


def test_inference_mode_is_told_apart_from_a_map_without_derivatives():
    with torch.inference_mode(), pytest.raises(TensorError, match="inference mode"):
        find_fixed_points(Map(torch.tanh, size=1), column(0.3))
