"""What one census lacks comes to light where the other found it, and nothing is counted twice."""

import pytest
import torch

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Vanilla
from slowfold.dynamics import Map, Verdict, take_census
from slowfold.dynamics.two_inputs import census_at_both
from slowfold.errors import NetworkError, OptionError, TensorError

# One state near the upper point of h = tanh(2 h + x): a search from it alone leads to that point.
UPPER = torch.tensor([[0.9]], dtype=torch.float64)


def one_unit(weight: float = 2.0) -> Vanilla:
    """h' = tanh(weight h + x): a cell whose fixed points solve atanh(h) - weight h = x."""
    cell = Vanilla(1, 1, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        for parameter, value in zip(cell.parameters(), (1.0, weight, 0.0, 0.0), strict=True):
            parameter.fill_(value)
    return cell


def held_at(cell: Vanilla, *inputs: float) -> list[Map]:
    return [Map.hold(cell, torch.tensor([x], dtype=torch.float64), name=f"{x:g}") for x in inputs]


def solutions(x: float, weight: float = 2.0) -> list[float]:
    """The roots of atanh(h) - weight h - x by where it changes sign on a fine grid, refined by Newton's method."""
    h = torch.linspace(-1 + 1e-9, 1 - 1e-9, 200_001, dtype=torch.float64)
    value = torch.atanh(h) - weight * h - x
    at = h[:-1][value[:-1].sign() != value[1:].sign()]
    for _ in range(50):
        at = at - (torch.tanh(weight * at + x) - at) / (weight * (1 - torch.tanh(weight * at + x).square()) - 1)
    return at.tolist()


@pytest.mark.parametrize("swap", [False, True])
def test_a_pair_that_is_missed_at_one_input_is_found_along_the_branch_from_the_other(swap):
    # The fold lies at x = -0.533: the upper point and the middle one are there at 0 and gone at -0.6.
    zero, far = held_at(one_unit(), 0.0, -0.6)
    alone = take_census(zero, UPPER, apart=1, rounds=0)
    assert alone.audit.complete
    assert len(alone.points.distinct) == 1
    maps = (far, zero) if swap else (zero, far)
    found = dict(zip(maps, census_at_both(*maps, UPPER, apart=1, rounds=0), strict=True))
    for held, x in ((zero, 0.0), (far, -0.6)):
        points = found[held].points.distinct.point.flatten().sort().values.tolist()
        assert points == pytest.approx(solutions(x), abs=1e-9)
        assert found[held].audit.sum == 1


def test_the_first_starts_stay_first_and_every_start_has_a_verdict():
    zero, far = held_at(one_unit(), 0.0, -0.6)
    for held, census in zip((zero, far), census_at_both(zero, far, UPPER, apart=1, rounds=0), strict=True):
        alone = take_census(held, UPPER, apart=1, rounds=0)
        assert census.first == len(alone.points)
        assert torch.equal(census.attractors.start, alone.attractors.start)
        torch.testing.assert_close(census.points.start[: census.first], alone.points.start)
        assert sum(census.points.count(verdict) for verdict in Verdict) == len(census.points)
        assert census.audit.come_to_rest == 1
        assert census.attractors.basins.sum() == len(census.attractors)
        at = census.points.distinct.point[census.attractors.row]
        torch.testing.assert_close(at, held.iterate(census.attractors.start, 500), rtol=0, atol=1e-6)


@pytest.mark.parametrize("make", [GRU, LSTM, UGRNN, Vanilla])
def test_where_nothing_is_lacking_the_censuses_are_as_they_were(make):
    cell = make(3, 6, generator=torch.Generator().manual_seed(1))
    states = torch.randn(40, cell.size, generator=torch.Generator().manual_seed(2))
    maps = Map.hold(cell, torch.zeros(3)), Map.hold(cell, torch.ones(3))
    for held, census in zip(maps, census_at_both(*maps, states, apart=12), strict=True):
        alone = take_census(held, states, apart=12)
        assert len(census.points) == len(alone.points)
        assert torch.equal(census.points.distinct.point, alone.points.distinct.point)
        assert census.rounds == alone.rounds


def test_one_input_twice_is_one_census_twice():
    held = held_at(one_unit(), 0.1)[0]
    first, last = census_at_both(held, held, UPPER, apart=1)
    assert first.points.distinct.point.flatten().tolist() == last.points.distinct.point.flatten().tolist()


def test_callables_have_no_input_to_go_from():
    one, other = zoo.cubic(), zoo.pitchfork(1.5)
    states = torch.tensor([[0.5], [-0.7]], dtype=torch.float64)
    for held, census in zip((one, other), census_at_both(one, other, states, apart=2), strict=True):
        alone = take_census(held, states, apart=2)
        assert torch.equal(census.points.distinct.point, alone.points.distinct.point)


def test_two_cells_are_refused():
    one, other = one_unit(2.0), one_unit(3.0)
    with pytest.raises(NetworkError, match="different cells"):
        census_at_both(*held_at(one, 0.0), *held_at(other, 0.0), UPPER, apart=1)
    gru = Map.hold(GRU(1, 1, generator=torch.Generator().manual_seed(0)), torch.zeros(1))
    with pytest.raises(NetworkError, match="different cells"):
        census_at_both(*held_at(one, 0.0), gru, UPPER, apart=1)


def test_what_cannot_be_searched_is_refused():
    zero, far = held_at(one_unit(), 0.0, 0.5)
    with pytest.raises(TensorError):
        census_at_both(zero, far, torch.zeros(0, 1), apart=1)
    with pytest.raises(OptionError):
        census_at_both(zero, far, UPPER, apart=0)
    with pytest.raises(OptionError):
        census_at_both(zero, far, UPPER, rounds=-1)
