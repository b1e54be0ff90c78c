"""The search solves the steady map first, and what it says holds for the map itself."""

import pytest
import torch

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Vanilla
from slowfold.dynamics import Map, Steady, levenberg_marquardt
from slowfold.dynamics.search import SOLVERS, search_from, solver_for


def held_at(kind, gain: float, size: int = 10, seed: int = 4, bias: float = 0.0) -> Map:
    cell = kind(3, size, generator=torch.Generator().manual_seed(seed)).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.mul_(gain)
        if isinstance(cell, GRU):
            cell.rnn.bias_ih_l0[size : 2 * size] += bias
    return Map.hold(cell, torch.zeros(3))


def starts(count: int, size: int, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1


@pytest.mark.parametrize("kind", [GRU, LSTM, UGRNN, Vanilla])
@pytest.mark.parametrize("gain", [1.0, 3.0])
def test_every_column_is_of_the_map_itself(kind, gain):
    held = held_at(kind, gain)
    found = search_from(held, starts(30, held.size), solver="levenberg-marquardt", max_steps=200)
    residual = held(found.point) - found.point
    torch.testing.assert_close(found.q, 0.5 * residual.square().sum(dim=1), rtol=1e-6, atol=1e-28)
    tangent = held.jacobian(found.point) - torch.eye(held.size)
    slope = (tangent.mT @ residual.unsqueeze(-1)).squeeze(-1).norm(dim=1)
    # Of an LSTM a ghost is one of its steady map, and so is the gradient there.
    own = ~found.stationary if kind is LSTM else torch.ones_like(found.stationary)
    torch.testing.assert_close(found.gradient[own], slope[own], rtol=1e-5, atol=1e-13)
    assert (found.q[found.still] <= 1e-20 * (1 + found.point[found.still].square().sum(dim=1))).all()
    assert not (found.still & found.stationary).any()
    assert torch.isfinite(found.newton[found.still]).all()


def test_gates_that_hardly_open_do_not_carry_the_search_out_of_the_box():
    # With update gates at 1 - 1e-6 the map all but stands still everywhere; its steady map does not know of them.
    held = held_at(GRU, 3.0, bias=14.0)
    begin = starts(40, held.size)
    found = search_from(held, begin, solver="levenberg-marquardt", max_steps=200)
    assert (found.point.abs() <= 1 + 1e-9).all()
    assert found.still.double().mean() > 0.5
    alone = levenberg_marquardt(held, begin)
    assert alone.still.sum() <= found.still.sum()


def test_a_steady_map_that_leads_nowhere_is_not_the_end():
    # The steady map given has no fixed point and a ghost at 0; the map itself is at rest at 0.6.
    no_root = Map(lambda h: h + (h**2 + 0.1) / 4, 1)
    steady = Steady(no_root, restrict=lambda state: state, lift=lambda reduced: reduced)
    held = Map(lambda h: 0.5 * h + 0.3, 1, steady=steady)
    found = search_from(held, torch.tensor([[0.5]], dtype=torch.float64), solver="levenberg-marquardt", max_steps=100)
    assert found.still.tolist() == [True]
    assert found.point.item() == pytest.approx(0.6)
    first = levenberg_marquardt(no_root, torch.tensor([[0.5]], dtype=torch.float64), max_steps=100)
    assert found.steps.item() > first.steps.item() > 0


def test_a_root_of_the_steady_map_that_is_none_of_the_map_is_not_called_still():
    wrong = Steady(Map(lambda h: h / 2, 1), restrict=lambda state: state, lift=lambda reduced: reduced)
    held = Map(lambda h: h - 1, 1, steady=wrong)
    found = search_from(held, torch.tensor([[0.5]], dtype=torch.float64), solver="levenberg-marquardt", max_steps=20)
    assert not found.still.any()
    assert found.q.item() == pytest.approx(0.5)


def test_adam_searches_the_map_itself():
    held = held_at(GRU, 1.0)
    assert not SOLVERS["adam"].steady
    found = search_from(held, starts(3, held.size), solver="adam", max_steps=10)
    assert (found.steps == 10).all()


@pytest.mark.parametrize(("size", "solver"), [(1_024, "levenberg-marquardt"), (1_025, "matrix-free")])
def test_the_size_chooses_the_solver(size, solver):
    assert solver_for(Map(lambda h: h / 2, size)) == solver


def test_an_lstm_counts_by_its_steady_map():
    assert solver_for(held_at(LSTM, 1.0, size=600)) == "levenberg-marquardt"


@pytest.mark.parametrize("strength", [1.0, 10.0, 100.0])
def test_float32_on_the_way_costs_no_digits(strength):
    held, _ = zoo.shear(strength)
    found = levenberg_marquardt(held, 3 * starts(12, held.size))
    assert found.still.all()
    assert found.point.abs().max() < 1e-8


@pytest.mark.parametrize("seed", [0, 2])
def test_at_a_ghost_of_an_lstm_the_jacobian_has_the_eigenvalue_one(seed):
    held = held_at(LSTM, 4.0, seed=seed)
    found = search_from(held, starts(40, held.size), solver="levenberg-marquardt", max_steps=300)
    ghosts = found.stationary & (found.q > 1e-14)
    assert ghosts.any()
    for point in found.point[ghosts]:
        values = torch.linalg.eigvals(held.jacobian(point.unsqueeze(0))[0])
        assert (values - 1).abs().min() < 1e-5
        # c is at rest: only h moves.
        assert (held(point.unsqueeze(0))[0] - point)[held.size // 2 :].abs().max() < 1e-10
