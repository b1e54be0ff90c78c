"""A map knows its own derivatives and never touches what it was made from."""

import copy

import pytest
import torch

import zoo
from slowfold.cells import GRU
from slowfold.dynamics import Map
from slowfold.errors import TensorError


def test_the_automatic_jacobian_of_a_callable_is_the_closed_form():
    held, _, jacobian = zoo.affine([0.9, 0.5, -0.2])
    found = held.jacobian(torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    torch.testing.assert_close(found, jacobian.expand(4, 3, 3))


def test_the_automatic_jacobian_needs_no_rule_for_vmap():
    rnn = torch.nn.GRU(2, 3, batch_first=True, dtype=torch.float64)
    cell = GRU(2, 3, generator=torch.Generator().manual_seed(0)).double()
    rnn.load_state_dict(cell.rnn.state_dict())
    word = torch.zeros(2, dtype=torch.float64)
    by_kernel = Map(lambda h: rnn(word.expand(len(h), 1, 2), h.unsqueeze(0))[0][:, 0], size=3)
    states = torch.randn(5, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    torch.testing.assert_close(by_kernel.jacobian(states), Map.hold(cell, word).jacobian(states))


def test_a_constant_map_has_a_zero_jacobian():
    held = Map(lambda h: torch.ones_like(h), size=2)
    assert held.jacobian(torch.zeros(3, 2, dtype=torch.float64)).abs().max() == 0


def test_q_sums_over_units():
    held = Map(lambda h: h + 2, size=4)
    assert held.speed(torch.zeros(1, 4, dtype=torch.float64)).item() == 0.5 * 4 * 2**2


def test_holding_a_cell_changes_neither_the_cell_nor_the_input():
    cell = GRU(3, 4, generator=torch.Generator().manual_seed(0))
    before = copy.deepcopy(cell.state_dict())
    word = torch.ones(3)
    held = Map.hold(cell, word)
    held(torch.zeros(2, 4, dtype=torch.float64))
    assert held.dtype == torch.float64
    assert word.dtype == torch.float32
    assert all(
        value.dtype == torch.float32 and torch.equal(value, before[name]) for name, value in cell.state_dict().items()
    )
    assert all(parameter.requires_grad for parameter in cell.parameters())
    with torch.no_grad():
        cell.rnn.weight_hh_l0.zero_()
    assert held(torch.ones(1, 4, dtype=torch.float64)).abs().max() > 0


def test_the_input_jacobian_is_taken_at_the_input_held():
    cell = zoo.random_gru(4, seed=3)
    word = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    states = torch.randn(2, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = cell.jacobians(states, word.expand(2, 3)).input
    torch.testing.assert_close(Map.hold(cell, word).input_jacobian(states), expected)


@pytest.mark.parametrize(
    ("states", "complaint"),
    [
        (torch.zeros(3), "shape"),
        (torch.zeros(3, 5), "shape"),
        (torch.zeros(0, 2), "no states"),
        (torch.zeros(3, 2, dtype=torch.int64), "float"),
        (torch.zeros(3, 2, dtype=torch.float16), "float"),
        (torch.tensor([[0.0, 0.0], [0.0, float("nan")]]), "state 1"),
        (torch.tensor([[float("inf"), 0.0]]), "state 0"),
    ],
)
def test_states_that_are_none_are_refused_in_one_line(states, complaint):
    with pytest.raises(TensorError, match=complaint):
        Map(lambda h: h, size=2).states(states)


def test_a_callable_of_another_shape_is_refused():
    with pytest.raises(TensorError, match=r"\(3, 2\) to \(3, 1\)"):
        Map(lambda h: h[:, :1], size=2)(torch.zeros(3, 2, dtype=torch.float64))


def test_a_map_made_of_a_callable_has_no_input_jacobian():
    with pytest.raises(TensorError, match="no input"):
        Map(lambda h: h, size=2).input_jacobian(torch.zeros(1, 2, dtype=torch.float64))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(value):
    cell = GRU(2, 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        cell.rnn.weight_hh_l0[0, 0] = value
    with pytest.raises(TensorError, match="NaN or infinite"):
        Map.hold(cell, torch.zeros(2))


@pytest.mark.parametrize(("size", "dtype"), [(0, torch.float64), (2, torch.float16), (2, torch.int64)])
def test_maps_of_no_units_or_coarse_types_are_refused(size, dtype):
    with pytest.raises(TensorError):
        Map(lambda h: h, size=size, dtype=dtype)


def test_states_of_another_type_are_taken_as_the_map_takes_them():
    held = Map.hold(zoo.random_gru(4, seed=0), torch.zeros(3, dtype=torch.float64))
    coarse = torch.ones(2, 4)
    for found in (held(coarse), held.iterate(coarse, 2), held.jacobian(coarse), held.speed(coarse)):
        assert found.dtype == torch.float64


def test_a_callable_that_loses_precision_is_refused():
    with pytest.raises(TensorError, match="float32"):
        Map(lambda h: h.float() / 2, size=2)(torch.zeros(1, 2, dtype=torch.float64))


def test_a_jacobian_of_another_shape_is_refused():
    held = Map(lambda h: h / 2, size=2, jacobian=lambda h: torch.eye(2, dtype=torch.float64) / 2)
    with pytest.raises(TensorError, match="one matrix for each state"):
        held.jacobian(torch.zeros(3, 2, dtype=torch.float64))
