"""A family of maps is the network held at each input between two, and knows its derivatives."""

import copy

import pytest
import torch

from slowfold.cells import GRU, LSTM, UGRNN, Vanilla
from slowfold.dynamics import Map, find_fixed_points
from slowfold.dynamics.families import Family
from slowfold.errors import TensorError

CELLS = [Vanilla, UGRNN, GRU, LSTM]


def made(make, size=5):
    return make(3, size, generator=torch.Generator().manual_seed(1)).double()


def ends():
    draw = torch.Generator().manual_seed(2)
    return torch.randn(2, 3, generator=draw, dtype=torch.float64).unbind()


@pytest.mark.parametrize("make", CELLS)
def test_the_derivatives_are_those_of_automatic_differentiation(make):
    family = Family.between(made(make), *ends())
    plain = Family(family, family.size)
    states = torch.randn(4, family.size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shares = torch.tensor([0.0, 0.3, 1.0, -0.5], dtype=torch.float64)
    torch.testing.assert_close(family.jacobian(states, shares), plain.jacobian(states, shares))
    ahead, behind = family(states, shares + 1e-6), family(states, shares - 1e-6)
    torch.testing.assert_close(family.jacobian(states, shares)[..., -1], (ahead - behind) / 2e-6, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("make", CELLS)
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_fixed_points_of_a_cell_held_between_are_those_of_the_family(make, share):
    cell, (start, end) = made(make), ends()
    family = Family.between(cell, start, end)
    held = Map.hold(cell, torch.lerp(start, end, share))
    point = find_fixed_points(held, torch.zeros(1, cell.size)).distinct.point
    assert len(point) == 1
    shares = torch.full((1,), share, dtype=torch.float64)
    reduced = family.restrict(point)
    torch.testing.assert_close(family(reduced, shares), reduced, rtol=0, atol=1e-9)
    torch.testing.assert_close(family.lift(reduced, shares), point, rtol=0, atol=1e-9)
    torch.testing.assert_close(family.hold(share)(point), held(point))


def test_a_family_changes_neither_the_cell_nor_its_inputs():
    cell, (start, end) = GRU(3, 4, generator=torch.Generator().manual_seed(0)), ends()
    before, word = copy.deepcopy(cell.state_dict()), start.clone()
    family = Family.between(cell, start, end)
    with torch.no_grad():
        cell.rnn.weight_hh_l0.zero_()
        start.zero_()
    fresh = GRU(3, 4, generator=torch.Generator().manual_seed(1))
    fresh.load_state_dict(before)
    states = torch.ones(1, 4, dtype=torch.float64)
    torch.testing.assert_close(family.hold(0.0)(states), Map.hold(fresh, word)(states))
    assert all(parameter.requires_grad for parameter in cell.parameters())


def test_a_constant_family_has_no_derivatives():
    family = Family(lambda h, s: torch.ones_like(h), size=2)
    assert family.jacobian(torch.zeros(3, 2, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)).abs().sum() == 0


def test_a_map_held_from_a_family_has_its_jacobian():
    family = Family(lambda h, s: h**2 * s.unsqueeze(1), size=2)
    held = family.hold(0.5)
    states = torch.tensor([[1.0, 3.0]], dtype=torch.float64)
    assert held.jacobian(states)[0].tolist() == [[1.0, 0.0], [0.0, 3.0]]
    assert held.name == "0.5 of the way"


def test_what_does_not_fit_is_refused():
    cell, (start, _) = made(GRU), ends()
    with pytest.raises(TensorError, match="shape"):
        Family.between(cell, torch.zeros(4), torch.zeros(4))
    with pytest.raises(TensorError, match="the end input"):
        Family.between(cell, start, torch.full((3,), torch.nan))
    with pytest.raises(TensorError, match="at least one"):
        Family(lambda h, s: h, size=0)
    states, shares = torch.zeros(2, 3, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    with pytest.raises(TensorError, match="one next state"):
        Family(lambda h, s: h[:1], size=3)(states, shares)
    with pytest.raises(TensorError, match="last column"):
        Family(lambda h, s: h, size=3, jacobian=lambda h, s: h).jacobian(states, shares)
