"""Defects that a peer's search has had, and bad input: neither changes what is the caller's, nor gives a wrong number.

FixedPointFinder (Golub and Sussillo, JOSS 2018; its version for PyTorch) was run and read, and thirteen defects were
found. Each that can have a counterpart here is held off by a test below, in this order:

 1. the caller's starts are overwritten               test_the_starts_are_the_callers_own
 2. searching again fails                             test_a_search_again_gives_the_same_bits
 3. the helper that samples starts fails              test_starts_can_be_drawn_from_any_number_of_states
 4. a single start fails                              test_one_start_is_enough
 5. LSTMs and stacked layers fail                     test_every_module_of_pytorch_can_be_searched
 6. options are accepted and ignored                  test_every_option_tells
 7. q belongs to the iterate before the last          test_what_is_reported_belongs_to_the_point_reported
 8. the caller's network stays frozen                 test_the_network_is_the_callers_own
 9. the Jacobian by the input is missing              test_the_jacobian_by_the_input_is_there
10. Jacobians are taken point by point                test_jacobians_are_taken_of_all_starts_at_once
12. Jacobians that hold NaN end in an obscure error   test_a_jacobian_that_is_not_finite_is_told

Two have none: 11, directions that are shifted as if they were points, for modes are never moved into other coordinates
here; and 13, pages that name files which do not exist, which tests/test_house.py looks after for all pages.
"""

import copy

import jaxtyping
import numpy as np
import pytest
import torch
from torch import nn

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Cell, Vanilla
from slowfold.dynamics import (
    Map,
    Verdict,
    choose_starts,
    find_fixed_points,
    levenberg_marquardt,
    linearize,
    search_on,
)
from slowfold.dynamics.adam import descend_by_adam
from slowfold.dynamics.matrix_free import krylov_levenberg_marquardt
from slowfold.errors import OptionError, SlowfoldError, TensorError

SOLVERS = {
    "levenberg-marquardt": levenberg_marquardt,
    "matrix-free": krylov_levenberg_marquardt,
    "adam": lambda held, starts: descend_by_adam(held, starts, steps=60),
}
CELLS = {
    "gru": lambda draw: GRU(2, 4, generator=draw),
    "ugrnn": lambda draw: UGRNN(2, 4, generator=draw),
    "lstm": lambda draw: LSTM(2, 4, generator=draw),
    "vanilla": lambda draw: Vanilla(2, 4, generator=draw),
}
MODULES = {
    "GRU": lambda: nn.GRU(2, 3),
    "LSTM": lambda: nn.LSTM(2, 3),
    "RNN": lambda: nn.RNN(2, 3),
    "GRU of two layers": lambda: nn.GRU(2, 3, num_layers=2),
    "LSTM of two layers": lambda: nn.LSTM(2, 3, num_layers=2),
    "GRUCell": lambda: nn.GRUCell(2, 3),
    "LSTMCell": lambda: nn.LSTMCell(2, 3),
}


def starts(count: int, size: int, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1


def cell_of(kind: str) -> Cell:
    return CELLS[kind](torch.Generator().manual_seed(1))


def module_of(kind: str) -> nn.Module:
    """A module of PyTorch whose weights come from no global random state."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MODULES[kind]()


# 1


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_starts_are_the_callers_own(solver):
    array = starts(8, 2).numpy()
    before = array.copy()
    solution = SOLVERS[solver](zoo.cubic(2), torch.from_numpy(array))
    assert np.array_equal(array, before)
    assert not np.array_equal(solution.point.numpy(), before)
    solution.point.fill_(7)
    assert np.array_equal(array, before)


def test_the_starts_reported_are_those_given():
    begin = starts(8, 2)
    points = find_fixed_points(zoo.cubic(2), begin)
    assert torch.equal(points.start, begin)
    assert points.start.data_ptr() != begin.data_ptr()
    assert (points.point - points.start).norm(dim=1).max() > 0.1


def test_starts_that_take_gradients_are_searched_from_and_take_none():
    begin = starts(4, 2).requires_grad_()
    points = find_fixed_points(zoo.cubic(2), begin)
    assert begin.grad is None
    assert not points.point.requires_grad
    assert not points.start.requires_grad


# 2


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_search_again_gives_the_same_bits(solver):
    held, begin = zoo.simplex_field()[0], starts(20, 2)
    one, two = SOLVERS[solver](held, begin), SOLVERS[solver](held, begin)
    for name in ("point", "q", "gradient", "steps", "newton", "still", "stationary"):
        assert torch.equal(getattr(one, name), getattr(two, name)), name


def test_a_search_from_the_ends_of_a_search_stays_there():
    held, _ = zoo.simplex_field()
    first = find_fixed_points(held, starts(30, 2))
    again = search_on(held, first, first.point)
    assert again.verdict[30:] == again.verdict[:30] == first.verdict
    assert len(again.distinct) == len(first.distinct)
    torch.testing.assert_close(again.point[30:], first.point, rtol=0, atol=1e-9)


# 3


@pytest.mark.parametrize("count", [1, 3, 4, 5, 17])
def test_starts_can_be_drawn_from_any_number_of_states(count):
    states = starts(count, 3).float()
    drawn = choose_starts(zoo.cubic(3), states)
    assert {tuple(row) for row in drawn[:count].tolist()} == {tuple(row) for row in states.double().tolist()}
    assert len(drawn) > count
    assert find_fixed_points(zoo.cubic(3), drawn).count(Verdict.FIXED) > 0


# 4


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_one_start_is_enough(kind, solver):
    held = Map.hold(cell_of(kind), torch.zeros(2))
    solution = SOLVERS[solver](held, starts(1, held.size))
    assert solution.point.shape == (1, held.size)
    assert solution.q.shape == solution.still.shape == (1,)
    points = find_fixed_points(held, starts(1, held.size))
    assert points.verdict == (Verdict.FIXED,)
    assert linearize(held, points.distinct.point).eigenvalue.shape == (1, held.size)


# 5


@pytest.mark.parametrize("kind", MODULES)
def test_every_module_of_pytorch_can_be_searched(kind):
    held = Map.from_torch(module_of(kind), torch.tensor([0.5, -1.0]))
    points = find_fixed_points(held, starts(6, held.size))
    assert points.count(Verdict.FIXED) > 0
    still = points.distinct.point
    # It is the point of the module itself, whatever cell it was made into.
    module = module_of(kind).double()
    word = torch.tensor([[0.5, -1.0]], dtype=torch.float64)
    state = still[:1]
    if "LSTM" in kind:
        layers = state.chunk(2 if "two" in kind else 1, dim=1)
        hidden, memory = (torch.stack(part) for part in zip(*(layer.chunk(2, dim=1) for layer in layers), strict=True))
        after = (
            module(word, (hidden[0], memory[0])) if "Cell" in kind else module(word.unsqueeze(0), (hidden, memory))[1]
        )
        moved = torch.cat([part.flatten() for part in after]) - torch.cat([hidden.flatten(), memory.flatten()])
    elif "Cell" in kind:
        moved = (module(word, state) - state).flatten()
    else:
        before = torch.stack(state.chunk(2 if "two" in kind else 1, dim=1))
        moved = (module(word.unsqueeze(0), before)[1] - before).flatten()
    assert moved.abs().max() < 1e-9


# 6


def test_every_option_tells():
    held, begin = zoo.cubic(2), starts(30, 2)
    assert find_fixed_points(held, begin, max_steps=2).steps.max() <= 2
    assert find_fixed_points(held, begin).steps.max() > 2
    assert len(find_fixed_points(held, begin, within=3.0).distinct) < len(find_fixed_points(held, begin).distinct)
    assert levenberg_marquardt(held, begin, max_steps=1).steps.max() == 1
    assert krylov_levenberg_marquardt(held, begin, max_steps=1).steps.max() == 1
    coupled, far = zoo.affine([0.9, 0.5, -0.2, 0.1])[0], starts(5, 4)
    short = krylov_levenberg_marquardt(coupled, far, max_inner=1)
    assert (short.steps > krylov_levenberg_marquardt(coupled, far).steps).all()


def test_every_option_of_adam_tells():
    held, begin = zoo.cubic(2), starts(5, 2)
    usual = descend_by_adam(held, begin, steps=20)
    assert descend_by_adam(held, begin, steps=10).steps.max() == 10
    for option in ({"rate": 0.01}, {"final_rate": 0.02}):
        assert not torch.equal(descend_by_adam(held, begin, steps=20, **option).point, usual.point)


@pytest.mark.parametrize(
    "search",
    [
        lambda held, begin: find_fixed_points(held, begin, max_steps=0),
        lambda held, begin: find_fixed_points(held, begin, within=-1.0),
        lambda held, begin: descend_by_adam(held, begin, steps=-1),
    ],
)
def test_options_out_of_range_are_refused(search):
    with pytest.raises(OptionError):
        search(zoo.cubic(), starts(1, 1))


# 7


@pytest.mark.parametrize("max_steps", [1, 2, 5, 60])
@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_reported_belongs_to_the_point_reported(solver, max_steps):
    searches = {
        "levenberg-marquardt": lambda held, begin: levenberg_marquardt(held, begin, max_steps=max_steps),
        "matrix-free": lambda held, begin: krylov_levenberg_marquardt(held, begin, max_steps=max_steps),
        "adam": lambda held, begin: descend_by_adam(held, begin, steps=max_steps),
    }
    held = Map.hold(zoo.random_gru(6, seed=2, gain=3.0), torch.zeros(3))
    solution = searches[solver](held, starts(10, 6))
    torch.testing.assert_close(solution.q, held.speed(solution.point), rtol=1e-6, atol=1e-30)
    tangent = held.jacobian(solution.point) - torch.eye(6, dtype=torch.float64)
    slope = (tangent.mT @ (held(solution.point) - solution.point).unsqueeze(-1)).squeeze(-1).norm(dim=1)
    torch.testing.assert_close(solution.gradient, slope, rtol=1e-6, atol=1e-14)
    assert torch.equal(solution.still, solution.q <= 1e-20 * (1 + solution.point.square().sum(dim=1)))
    assert not (solution.still & solution.stationary).any()


# 8


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_network_is_the_callers_own(kind, solver):
    cell = cell_of(kind)
    frozen = next(iter(cell.parameters()))
    frozen.requires_grad_(requires_grad=False)
    before = copy.deepcopy(cell.state_dict())
    cell.train()

    def step(states: torch.Tensor) -> torch.Tensor:
        return cell.step(states.float(), torch.zeros(len(states), 2)).double()

    for held in (Map.hold(cell, torch.zeros(2)), Map(step, cell.size)):
        SOLVERS[solver](held, starts(3, cell.size))
        assert torch.is_grad_enabled()
    for name, parameter in cell.named_parameters():
        assert parameter.requires_grad == (parameter is not frozen), name
        assert parameter.grad is None, name
        assert parameter.dtype == torch.float32, name
    assert all(torch.equal(value, before[name]) for name, value in cell.state_dict().items())
    assert cell.training


# 9


@pytest.mark.parametrize("kind", CELLS)
def test_the_jacobian_by_the_input_is_there(kind):
    cell, word = cell_of(kind).double(), torch.tensor([0.3, -0.8], dtype=torch.float64)
    held = Map.hold(cell, word)
    states = starts(3, held.size)
    by_hand = torch.stack(
        [
            torch.autograd.functional.jacobian(
                lambda x, state=state: cell.step(state.unsqueeze(0), x.unsqueeze(0))[0], word
            )
            for state in states
        ]
    )
    torch.testing.assert_close(held.input_jacobian(states), by_hand)
    assert by_hand.abs().max() > 0.01


# 10


def test_jacobians_are_taken_of_all_starts_at_once():
    held, counts = zoo.cubic(2), []

    def jacobian(states: torch.Tensor) -> torch.Tensor:
        counts.append(len(states))
        return held.jacobian(states)

    solution = levenberg_marquardt(Map(held, 2, jacobian=jacobian), starts(100, 2))
    assert solution.still.all()
    # One stack a step at the most, two in the polish, where a start in its turn would take hundreds.
    assert len(counts) <= solution.steps.max() + 1 + 2 * 8
    assert max(counts) == 100
    assert sum(counts) > 10 * len(counts)


# 12


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_jacobian_that_is_not_finite_is_told(value):
    held = Map(lambda h: h / 2, 2, jacobian=lambda h: torch.full((len(h), 2, 2), value, dtype=h.dtype))
    with pytest.raises(TensorError, match=r"NaN|infinite|finite"):
        linearize(held, torch.zeros(1, 2, dtype=torch.float64))


# Bad input


@pytest.mark.parametrize(
    "begin",
    [
        torch.zeros(0, 2),
        torch.zeros(2),
        torch.zeros(1, 3),
        torch.zeros(1, 1, 2),
        torch.tensor([[0.0, float("nan")]]),
        torch.tensor([[0.0, -float("inf")]]),
        torch.zeros(1, 2, dtype=torch.int64),
        torch.zeros(1, 2, dtype=torch.bool),
        torch.zeros(1, 2, dtype=torch.float16),
        torch.zeros(1, 2, dtype=torch.bfloat16),
        torch.zeros(1, 2, dtype=torch.complex128),
    ],
    ids=lambda begin: f"{begin.dtype} {tuple(begin.shape)}",
)
def test_starts_that_are_none_are_refused(begin, monkeypatch):
    held = zoo.cubic(2)
    points = find_fixed_points(held, starts(2, 2))
    # Users have no annotations checked, which would refuse some of these before the library does.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    for search in (
        lambda: find_fixed_points(held, begin),
        lambda: search_on(held, points, begin),
        lambda: choose_starts(held, begin),
        lambda: linearize(held, begin),
    ):
        with pytest.raises(TensorError) as error:
            search()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_or_inputs_that_are_not_finite_are_refused(kind, value):
    cell = cell_of(kind)
    with pytest.raises(TensorError, match="NaN or infinite"):
        Map.hold(cell, torch.tensor([0.0, value]))
    with torch.no_grad():
        list(cell.parameters())[-1].flatten()[0] = value
    with pytest.raises(TensorError, match="NaN or infinite"):
        Map.hold(cell, torch.zeros(2))


@pytest.mark.parametrize("word", [torch.zeros(3), torch.zeros(1, 2), torch.zeros(())])
def test_inputs_of_another_shape_are_refused(word):
    with pytest.raises((SlowfoldError, TypeError), match="input"):
        Map.hold(cell_of("gru"), word)


@pytest.mark.parametrize(
    "step",
    [
        lambda h: h[:1],
        lambda h: h[:, :1],
        lambda h: h.sum(),
        lambda h: h.float(),
        lambda h: h.long(),
    ],
)
@pytest.mark.parametrize("search", [*SOLVERS.values(), find_fixed_points])
def test_a_callable_of_another_shape_or_type_is_refused(step, search):
    with pytest.raises(TensorError, match="took"):
        search(Map(step, 2), starts(3, 2))


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_map_that_gives_nan_has_no_still_point(solver):
    # NaN on the way to the only root, and at one of the starts.
    held = Map(lambda h: torch.where(h.abs() < 0.5, torch.nan, h / 2), 1)
    solution = SOLVERS[solver](held, torch.tensor([[0.9], [-3.0], [0.1]], dtype=torch.float64))
    assert not solution.still.any()
    assert not solution.stationary.any()
    assert (solution.point[:2].abs() >= 0.5).all()
    # Where nothing is known, no small number is said.
    assert not torch.isfinite(solution.q[2])


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "step",
    [lambda h: h + 1, lambda h: 2 * h + torch.sign(h), lambda h: h + torch.exp(h.abs()), lambda h: h * 1e200 + 1e200],
    ids=["drift", "away", "exponential", "overflow"],
)
def test_a_map_without_a_root_near_has_a_verdict(step, solver):
    solution = SOLVERS[solver](Map(step, 1), torch.tensor([[0.5], [300.0]], dtype=torch.float64))
    known = torch.isfinite(solution.q)
    residual = (Map(step, 1)(solution.point) - solution.point)[known].flatten()
    torch.testing.assert_close(solution.q[known], 0.5 * residual.square())
    assert (residual.square() <= 2e-20 * (1 + solution.point[known].flatten().square()))[solution.still[known]].all()


def test_a_map_that_diverges_is_never_called_fixed():
    points = find_fixed_points(Map(lambda h: h + torch.exp(h.abs()), 1), torch.tensor([[0.5], [5.0], [800.0]]))
    assert Verdict.FIXED not in points.verdict
    assert len(points.distinct) == 0
