"""The steady map of a cell has the cell's fixed points, and its curvature is bounded from the weights."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.cells import GRU, LSTM, UGRNN, Cell, Vanilla
from slowfold.cells.bounds import Interval, Rows, lipschitz, sigmoid_derivatives, tanh_derivatives
from slowfold.dynamics import Map, levenberg_marquardt


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def gru(seed: int, size: int) -> Cell:
    return GRU(3, size, generator=generator(seed))


def lstm(seed: int, size: int) -> Cell:
    return LSTM(3, size, generator=generator(seed))


def ugrnn(seed: int, size: int) -> Cell:
    return UGRNN(3, size, generator=generator(seed))


def vanilla(seed: int, size: int) -> Cell:
    return Vanilla(3, size, generator=generator(seed))


def leaky(seed: int, size: int) -> Cell:
    return Vanilla(3, size, generator=generator(seed), leak=0.3)


def linear(seed: int, size: int) -> Cell:
    return Vanilla(3, size, generator=generator(seed), leak=0.6, nonlinearity="linear")


def rectified(seed: int, size: int) -> Cell:
    return Vanilla(3, size, generator=generator(seed), leak=0.6, nonlinearity="relu")


CELLS = [gru, lstm, ugrnn, vanilla, leaky, linear, rectified]


def made(make, seed: int, size: int = 6, gain: float = 2.0) -> tuple[Cell, torch.Tensor]:
    """A cell with weights ``gain`` times as large as they are drawn, and the drive of a random input."""
    cell = make(seed, size).frozen()
    for parameter in cell.parameters():
        parameter.mul_(gain)
    return cell, cell.drive(torch.randn(3, generator=generator(seed + 1), dtype=torch.float64))


@pytest.mark.parametrize("make", CELLS)
@pytest.mark.parametrize("seed", [0, 1])
def test_its_jacobian_is_that_of_autodiff(make, seed):
    cell, drive = made(make, seed)
    reduced = torch.randn(4, cell.reduced_size, generator=generator(9), dtype=torch.float64)
    expected = torch.stack(
        [torch.autograd.functional.jacobian(lambda h: cell.steady(h, drive), row) for row in reduced]
    )
    torch.testing.assert_close(cell.steady_jacobian(reduced, drive), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("make", CELLS)
@settings(max_examples=10)
@given(seed=st.integers(0, 40), gain=st.floats(0.5, 3))
def test_its_fixed_points_are_those_of_the_cell_with_the_same_sign(make, seed, gain):
    cell, drive = made(make, seed, gain=gain)
    held = Map.hold(cell, torch.zeros(3, dtype=torch.float64))
    drive = cell.drive(torch.zeros(3, dtype=torch.float64))
    begin = 2 * torch.rand(6, cell.reduced_size, generator=generator(seed), dtype=torch.float64) - 1
    solution = levenberg_marquardt(held.steady.map, begin, max_steps=60)
    for reduced in solution.point[solution.still]:
        state = cell.lift(reduced, drive)
        torch.testing.assert_close(cell.advance(state, drive), state, rtol=1e-8, atol=1e-8)
        torch.testing.assert_close(cell.restrict(state), reduced)
        whole = torch.linalg.slogdet(torch.eye(cell.size) - cell.recurrent_jacobian(state, drive))
        small = torch.linalg.slogdet(torch.eye(cell.reduced_size) - cell.steady_jacobian(reduced, drive))
        if min(whole.logabsdet, small.logabsdet) > -20:
            assert whole.sign == small.sign


@pytest.mark.parametrize("make", CELLS)
def test_a_point_of_the_cell_is_one_of_its_steady_map(make):
    cell, _ = made(make, 3, gain=0.8)
    held = Map.hold(cell, torch.zeros(3, dtype=torch.float64))
    begin = torch.zeros(1, cell.size, dtype=torch.float64)
    point = levenberg_marquardt(held, begin).point
    assert held.speed(point).item() < 1e-25
    reduced = held.steady.restrict(point)
    torch.testing.assert_close(held.steady.map(reduced), reduced, rtol=0, atol=1e-10)
    torch.testing.assert_close(held.steady.lift(reduced), point, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("make", CELLS)
@settings(max_examples=25)
@given(seed=st.integers(0, 60), gain=st.floats(0.2, 4), exponent=st.floats(-4, 0.5))
def test_the_jacobian_changes_no_faster_than_the_bound(make, seed, gain, exponent):
    cell, drive = made(make, seed, gain=gain)
    draw, radius = generator(seed + 5), 10**exponent
    centre = torch.randn(1, cell.reduced_size, generator=draw, dtype=torch.float64)
    bound = cell.curvature(centre, drive, torch.tensor([radius], dtype=torch.float64))
    assert bound.shape == (1,)

    def within_ball() -> torch.Tensor:
        direction = torch.randn(12, cell.reduced_size, generator=draw, dtype=torch.float64)
        length = radius * torch.rand(12, 1, generator=draw, dtype=torch.float64)
        return centre + length * direction / direction.norm(dim=1, keepdim=True)

    one, other = within_ball(), within_ball()
    change = cell.steady_jacobian(one, drive) - cell.steady_jacobian(other, drive)
    steepest = (torch.linalg.matrix_norm(change, ord=2) / (one - other).norm(dim=1)).max()
    assert steepest <= bound.item() * (1 + 1e-9) + 1e-9 / radius


@pytest.mark.parametrize("make", [gru, lstm, ugrnn, vanilla])
def test_the_bound_grows_with_the_ball_and_is_of_use(make):
    cell, drive = made(make, 0, gain=1.0)
    centre = torch.zeros(3, cell.reduced_size, dtype=torch.float64)
    small, middle, large = cell.curvature(centre, drive, torch.tensor([1e-3, 0.1, 1.0], dtype=torch.float64))
    assert 0 < small <= middle <= large < 1e3


def test_a_rectifier_is_bounded_only_away_from_its_corner():
    cell, drive = made(rectified, 0)
    argument = torch.nn.functional.linear(torch.zeros(6, dtype=torch.float64), cell.weights()[1]) + drive
    assert argument.abs().min() > 1e-6
    centre = torch.zeros(2, 6, dtype=torch.float64)
    bounds = cell.curvature(centre, drive, torch.tensor([1e-9, 1e3], dtype=torch.float64))
    assert bounds.tolist() == [0.0, float("inf")]


@given(middle=st.floats(-6, 6), reach=st.floats(0, 5))
def test_the_derivatives_of_the_gates_are_bounded_over_an_interval(middle, reach):
    interval = Interval(torch.tensor([middle - reach]), torch.tensor([middle + reach]))
    x = torch.linspace(middle - reach, middle + reach, 301, dtype=torch.float64).requires_grad_()
    for function, bounds in ((torch.sigmoid, sigmoid_derivatives(interval)), (torch.tanh, tanh_derivatives(interval))):
        value = function(x)
        (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        (bend,) = torch.autograd.grad(slope.sum(), x)
        for sampled, bound in zip((value, slope, bend), bounds, strict=True):
            assert sampled.abs().max() <= bound.item() + 1e-6
            # Nor is it loose: over an interval this narrow the samples come close to the greatest.
            assert bound.item() <= sampled.abs().max() + 0.02


@given(st.floats(-3, 3), st.floats(0, 2), st.floats(-3, 3), st.floats(0, 2))
def test_products_of_intervals_hold_all_products(one, reach, other, width):
    first = Interval.around(torch.tensor([one]), torch.tensor([reach]))
    second = Interval.around(torch.tensor([other]), torch.tensor([width]))
    product = first.times(second)
    shares = torch.linspace(0, 1, 7)
    for share in shares:
        for part in shares:
            value = torch.lerp(*first, share) * torch.lerp(*second, part)
            assert product.low - 1e-5 <= value <= product.high + 1e-5


def test_the_bound_of_a_square_is_exact():
    # G(h) = (w . h)^2 / 2 has the Jacobian (w . h) w^T, which changes by ||w||^2 a unit of distance along w.
    weight = torch.tensor([[3.0, 4.0]])
    assert lipschitz({(0, 0): torch.ones(1, 1)}, (Rows.of(weight),)).item() == pytest.approx(25)
