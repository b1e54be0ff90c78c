"""The audit tells of missing points, and the census goes on until it has them."""

import math

import pytest
import torch

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Box, Vanilla
from slowfold.dynamics import Map, audit, complete_census, find_attractors, find_fixed_points, take_census
from slowfold.errors import OptionError


def states(count: int, size: int, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return spread * (2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1)


TWO_CORNERS = torch.tensor([[0.0, 0.9], [-0.8, -0.5]], dtype=torch.float64)


def test_the_audit_tells_of_a_missing_point():
    held, _ = zoo.simplex_field()
    checked = audit(held, find_fixed_points(held, TWO_CORNERS))
    assert str(checked) == "incomplete: the sum is 2; 100% of starts come to rest at them"
    assert (checked.sum, checked.complete, checked.unlisted) == (2, False, 0)


def test_a_stable_point_that_was_not_listed_makes_a_census_incomplete_whatever_the_sum():
    held = zoo.pitchfork(2.0)
    # Held at the saddle and at one well: the sum is 0 + 1 - 1; then at one well alone, where it is +1.
    points = find_fixed_points(held, torch.tensor([[0.9]], dtype=torch.float64))
    alone = audit(held, points)
    assert (alone.sum, alone.complete) == (1, True)
    both = audit(held, points, find_attractors(held, points, torch.tensor([[0.5], [-0.5]], dtype=torch.float64)))
    assert (both.sum, both.unlisted, both.complete) == (1, 1, False)
    assert str(both) == (
        "incomplete: starts come to rest at 1 stable point that the search had not listed; "
        "50% of starts come to rest at them"
    )


def test_a_map_without_a_box_has_no_audit():
    held = zoo.cubic()
    checked = audit(held, find_fixed_points(held, states(30, 1)))
    assert (checked.applicable, checked.sum, checked.complete) == (False, None, None)
    assert str(checked).startswith("not applicable: no box is known that the map takes into itself;")


@pytest.mark.parametrize("begin", [[[0.0, 0.9], [-0.8, -0.5]], [[0.05, 0.02], [0.0, 0.9]], [[0.0, -0.5], [0.0, 0.9]]])
def test_a_census_that_lacks_points_is_completed(begin):
    held, _ = zoo.simplex_field()
    partial = find_fixed_points(held, torch.tensor(begin, dtype=torch.float64))
    whole = complete_census(held, partial, states(100, 2))
    assert whole.audit.sum == 1
    assert len(whole.points.distinct) == 7
    assert whole.points.verdict[:2] == partial.verdict
    assert whole.first == 2


def test_a_census_that_is_whole_is_looked_at_once_more():
    held, _ = zoo.simplex_field()
    points = find_fixed_points(held, states(200, 2))
    census = complete_census(held, points)
    assert census.rounds == 1
    assert len(census.points.distinct) == len(points.distinct)
    assert len(census.points) > census.first == 200


def test_no_rounds_add_nothing():
    held, _ = zoo.simplex_field()
    partial = find_fixed_points(held, TWO_CORNERS)
    census = complete_census(held, partial, rounds=0)
    assert census.points is partial
    assert census.audit.complete is False
    with pytest.raises(OptionError):
        complete_census(held, partial, rounds=-1)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_wells_of_a_grid_are_all_found_from_a_few_states(size):
    held = zoo.pitchfork(2.0, size)
    census = take_census(held, states(200, size), apart=8)
    assert len(census.points.distinct) == 3**size
    assert census.audit.sum == 1
    assert census.audit.complete


@pytest.mark.parametrize("kind", [GRU, LSTM, UGRNN, Vanilla])
def test_the_indices_of_every_cell_add_up(kind):
    cell = kind(2, 10, generator=torch.Generator().manual_seed(6)).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.mul_(2.0)
    held = Map.hold(cell, torch.ones(2))
    census = take_census(held, states(100, cell.size), apart=24)
    assert census.audit.applicable
    assert census.audit.sum == 1


def test_where_nothing_comes_to_rest_the_audit_says_so():
    # A turn by a radian about 0, where it grows, onto a circle that it never leaves.
    turn = torch.tensor([[math.cos(1), -math.sin(1)], [math.sin(1), math.cos(1)]], dtype=torch.float64)
    wall = torch.full((2,), 1.5, dtype=torch.float64)
    held = Map(lambda h: torch.tanh(1.5 * h @ turn.T), 2, box=Box(-wall, wall))
    census = take_census(held, states(40, 2), apart=12)
    assert census.audit.sum == 1
    assert census.audit.come_to_rest == 0
    assert str(census.audit).endswith("; 0% of starts come to rest at them")


def test_the_same_seed_takes_the_same_census():
    held, _ = zoo.simplex_field()
    one, other = (take_census(held, states(50, 2), apart=8, seed=3) for _ in range(2))
    assert torch.equal(one.points.point, other.points.point)


def test_the_rows_of_the_ends_are_those_of_the_points_after_all_rounds():
    held, _ = zoo.simplex_field()
    census = take_census(held, states(60, 2), apart=10)
    assert census.rounds >= 1
    assert len(census.attractors) == 10
    for state, row in zip(census.attractors.start, census.attractors.row, strict=True):
        target = census.points.distinct.point[row]
        torch.testing.assert_close(held.iterate(state.unsqueeze(0), 2_000)[0], target, rtol=0, atol=1e-6)
    assert census.attractors.basins.sum() == 10
    assert (census.attractors.basins[census.points.distinct.unstable > 0] == 0).all()


def test_settled_states_do_not_count_among_those_that_come_to_rest():
    held = zoo.pitchfork(2.0)
    census = take_census(held, states(30, 1), apart=7)
    assert (census.first, len(census.attractors)) == (9, 7)
