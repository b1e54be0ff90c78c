"""The slow manifold is found where it is known in closed form, and says so where it is not found."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.cells import LSTM, Box
from slowfold.dynamics import Map, manifold
from slowfold.dynamics.manifold import slow_manifold
from slowfold.errors import OptionError, TensorError


def draw(count: int, size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def flat_states(count: int = 9) -> torch.Tensor:
    """States along the first of two units: the plane is that axis."""
    ramp = torch.linspace(-1, 1, count, dtype=torch.float64)
    return torch.stack([ramp, torch.zeros_like(ramp)], dim=1)


def sheared(slow: float, fast: float, shear: float) -> Map:
    """(x, y) -> (slow x, fast y + shear x), whose slow eigenvector is (slow - fast, shear)."""
    matrix = torch.tensor([[slow, 0.0], [shear, fast]], dtype=torch.float64)
    return Map(lambda h: h @ matrix.T, 2)


def parabola(slow: float, fast: float = 0.4, box: Box | None = None) -> Map:
    """(x, y) -> (slow x, fast y + (slow^2 - fast) x^2), which keeps the curve y = x^2; at slow = 1 it stands still."""

    def step(h: torch.Tensor) -> torch.Tensor:
        return torch.stack([slow * h[:, 0], fast * h[:, 1] + (slow**2 - fast) * h[:, 0] ** 2], dim=1)

    return Map(step, 2, box=box)


@settings(max_examples=30)
@given(slow=st.floats(0.6, 1.0), fast=st.floats(-0.9, 0.5), shear=st.floats(-3, 3), order=st.sampled_from([1, 2, 3]))
def test_the_surface_of_a_linear_map_is_the_one_worked_out_by_hand(slow, fast, shear, order):
    surface = slow_manifold(sheared(slow, fast, shear), flat_states(), order=order)
    # Across the plane, (J - 1)^order (x, slope x) vanishes.
    power = torch.tensor([[slow - 1, 0.0], [shear, fast - 1]], dtype=torch.float64).matrix_power(order)
    slope = float(-power[1, 0] / power[1, 1])
    x = flat_states()[:, 0]
    assert surface.reached.all()
    torch.testing.assert_close(surface.point, torch.stack([x, slope * x], dim=1), rtol=0, atol=1e-9)
    step = torch.stack([(slow - 1) * x, (shear + (fast - 1) * slope) * x], dim=1)
    torch.testing.assert_close(surface.q, 0.5 * step.square().sum(dim=1), rtol=0, atol=1e-9)
    along = torch.tensor([1, slope], dtype=torch.float64) / math.hypot(1, slope)
    torch.testing.assert_close(surface.tangent[:, :, 0], along.expand(9, 2), rtol=0, atol=1e-9)
    torch.testing.assert_close(surface.velocity, (step @ along).outer(along), rtol=0, atol=1e-9)
    torch.testing.assert_close(surface.q_along, 0.5 * (step @ along).square(), rtol=0, atol=1e-9)
    moving = step.norm(dim=1) > 1e-3
    off = (shear + (fast - slow) * slope) * x
    torch.testing.assert_close(surface.defect[moving], (off.abs() / step.norm(dim=1))[moving], rtol=1e-6, atol=1e-9)


@settings(max_examples=25)
@given(fast=st.lists(st.floats(-0.9, 0.6), min_size=1, max_size=5), seed=st.integers(0, 30))
def test_a_plane_of_fixed_points_is_found_exactly_from_a_tilted_plane(fast, seed):
    held, centre, jacobian = zoo.affine([1.0, 1.0, *fast], seed)
    still = torch.linalg.svd(jacobian - torch.eye(held.size))[2][-2:].T
    states = centre + draw(40, 2, seed) @ still.T + 0.05 * draw(40, held.size, seed + 1)
    surface = slow_manifold(held, states, dimensions=2)
    assert surface.reached.all()
    torch.testing.assert_close(held(surface.point), surface.point, rtol=0, atol=1e-9)
    assert surface.median_defect == 0
    # Both span the same plane, so each is its own projection onto the other.
    torch.testing.assert_close(still @ (still.T @ surface.tangent), surface.tangent, rtol=0, atol=1e-8)


@pytest.mark.parametrize("order", [1, 2])
def test_a_curve_of_fixed_points_is_found_exactly_with_its_tangent(order):
    surface = slow_manifold(parabola(1.0), flat_states(), order=order)
    x = surface.start[:, 0]
    assert surface.reached.all()
    torch.testing.assert_close(surface.point, torch.stack([x, x**2], dim=1), rtol=0, atol=1e-12)
    direction = torch.stack([torch.ones_like(x), 2 * x], dim=1)
    direction /= direction.norm(dim=1, keepdim=True)
    torch.testing.assert_close(surface.tangent[:, :, 0], direction, rtol=0, atol=1e-9)
    assert surface.defect.tolist() == [0.0] * 9
    assert surface.q.max() < 1e-24


def test_where_the_surface_drifts_a_higher_order_is_nearer_the_one_that_is_kept():
    x = flat_states()[:, 0]
    first, second, third = (slow_manifold(parabola(0.95), flat_states(), order=order) for order in (1, 2, 3))
    torch.testing.assert_close(first.point[:, 1], (0.95**2 - 0.4) / 0.6 * x**2, rtol=0, atol=1e-9)
    off_first, off_second = ((surface.point[:, 1] - x**2).abs().max().item() for surface in (first, second))
    assert off_second < 0.2 * off_first
    assert second.median_defect < 0.2 * first.median_defect
    assert third.median_defect < 0.2 * second.median_defect


def test_what_is_on_a_ring_of_fixed_points_stays_where_it_is():
    flat = zoo.ring()
    bowl = Map(lambda h: torch.cat([flat(h[:, :2]), h[:, 2:] / 2 + h[:, :1] ** 2], dim=1), 3)
    angle = torch.linspace(0, 6, 20, dtype=torch.float64)
    ring = torch.stack([angle.cos(), angle.sin(), 2 * angle.cos() ** 2], dim=1)
    surface = slow_manifold(bowl, ring * torch.tensor([1, 1, 0]), starts=ring)
    assert surface.dimensions == 2
    assert surface.reached.all()
    torch.testing.assert_close(surface.point, ring, rtol=0, atol=1e-12)
    assert surface.defect.max() == 0


@settings(max_examples=15)
@given(size=st.integers(3, 12), seed=st.integers(0, 40), order=st.sampled_from([1, 2, 3]))
def test_points_stay_above_their_position_and_their_tangents_lead_to_their_neighbours(size, seed, order):
    held = Map.hold(zoo.random_gru(size, seed, 1.5), draw(1, 3, seed)[0])
    states = held.iterate(torch.tanh(draw(60, size, seed)), 2)
    surface = slow_manifold(held, states, order=order, dimensions=2)
    assert ((surface.point - states) @ surface.axes.T).abs().max() < 1e-12
    torch.testing.assert_close(surface.coordinates, (states - surface.mean) @ surface.axes.T)
    frame = surface.tangent[surface.reached]
    identity = torch.eye(2, dtype=torch.float64).expand(len(frame), 2, 2)
    torch.testing.assert_close(frame.mT @ frame, identity, rtol=0, atol=1e-9)

    aside = 1e-4 * surface.axes.sum(dim=0)
    beside = slow_manifold(held, states, order=order, dimensions=2, starts=surface.point + aside)
    both = surface.reached & beside.reached
    chord = (beside.point - surface.point)[both].unsqueeze(-1)
    frame = surface.tangent[both]
    lost = (chord - frame @ (frame.mT @ chord)).norm(dim=(1, 2))
    assert (lost < 1e-2 * chord.norm(dim=(1, 2))).all()


def test_a_start_is_on_its_own_whatever_else_is_asked(monkeypatch):
    held = Map.hold(zoo.random_gru(8, 3, 1.5), torch.zeros(3, dtype=torch.float64))
    states = torch.tanh(draw(50, 8))
    whole = slow_manifold(held, states)
    order = torch.randperm(50, generator=torch.Generator().manual_seed(1))
    mixed = slow_manifold(held, states, starts=states[order])
    monkeypatch.setattr(manifold, "_ENTRIES", 7 * manifold._MATRICES * 64)
    chunked = slow_manifold(held, states)
    for name in ("point", "residual", "tangent", "velocity", "q", "defect"):
        expected = getattr(whole, name)
        torch.testing.assert_close(getattr(mixed, name), expected[order], rtol=1e-6, atol=1e-9, equal_nan=True)
        torch.testing.assert_close(getattr(chunked, name), expected, rtol=1e-6, atol=1e-9, equal_nan=True)


def test_a_start_that_was_given_alone_has_its_row():
    states = flat_states()
    one = slow_manifold(parabola(0.9), states, starts=torch.tensor([[0.5, 3.0]]))
    assert len(one) == 1
    assert one.coordinates[0].abs().item() == pytest.approx(0.5)


def test_a_surface_outside_the_box_is_out_of_bounds_and_not_reached():
    wall = torch.tensor([2.0, 0.5], dtype=torch.float64)
    surface = slow_manifold(parabola(1.0, box=Box(-wall, wall)), flat_states())
    outside = surface.start[:, 0] ** 2 > 0.5
    assert 0 < outside.sum() < 9
    assert surface.inside.tolist() == (~outside).tolist()
    assert surface.reached.tolist() == (~outside).tolist()
    assert surface.out_of_bounds.tolist() == outside.tolist()
    assert len(surface.kept) == 9 - outside.sum()
    assert surface.defect.isnan().tolist() == outside.tolist()


def test_where_there_is_no_surface_none_is_reached():
    rising = Map(lambda h: torch.stack([h[:, 0], h[:, 1] + 1 + h[:, 1] ** 2], dim=1), 2)
    surface = slow_manifold(rising, flat_states(), order=1, starts=flat_states() + torch.tensor([0, 0.7]))
    assert not surface.reached.any()
    assert surface.inside.all()
    assert not surface.out_of_bounds.any()
    assert surface.residual.min() >= 1
    for of_the_surface in (surface.tangent, surface.velocity, surface.q, surface.defect):
        assert of_the_surface.isnan().all()
    assert math.isnan(surface.median_defect)
    assert "0 of 9 starts reached" in repr(surface)


def test_a_map_that_leaves_the_numbers_spoils_only_its_own_starts():
    steep = Map(lambda h: torch.stack([h[:, 0], h[:, 1] / 2 + (h[:, 1] - 5).mul(200).exp()], dim=1), 2)
    starts = torch.tensor([[0.5, 0.1], [0.5, 9.0], [-0.5, -0.2]], dtype=torch.float64)
    surface = slow_manifold(steep, flat_states(), starts=starts)
    assert surface.reached.tolist() == [True, False, True]
    assert surface.residual[1].isinf() or surface.residual[1].isnan()
    assert surface.kept[:, 1].abs().max() < 1e-9


def test_a_step_that_leaves_the_surface_behind_has_an_infinite_defect():
    # The surface y = 0 is there for x < 1 only: beyond, y moves on for ever, and one step doubles x.
    torn = Map(lambda h: torch.stack([2 * h[:, 0], h[:, 1] / 2 + (h[:, 0] > 1) * (1 + h[:, 1] ** 2)], dim=1), 2)
    surface = slow_manifold(torn, flat_states(), order=1, starts=torch.tensor([[0.25, 0.1], [0.75, 0.1]]))
    assert surface.reached.all()
    assert surface.defect[0] == pytest.approx(0, abs=1e-9)
    assert surface.defect[1] == torch.inf


def test_a_plane_of_all_dimensions_leaves_every_start_where_it_is():
    held, _ = zoo.simplex_field()
    states = draw(30, 2) / 3
    surface = slow_manifold(held, states, dimensions=2)
    torch.testing.assert_close(surface.point, states, rtol=0, atol=1e-12)
    torch.testing.assert_close(surface.velocity, held(states) - states, rtol=0, atol=1e-12)
    assert surface.share == pytest.approx(1)
    assert surface.defect.max() < 1e-9


@pytest.mark.parametrize(("spread", "dimensions"), [([1.0, 0.1, 0.1], 1), ([1.0, 0.9, 0.1], 2), ([1.0, 1.0, 1.0], 3)])
def test_the_plane_holds_nine_tenths_of_the_variance(spread, dimensions):
    corners = torch.cat([torch.eye(3), -torch.eye(3)]).double() * torch.tensor(spread) + 5
    surface = slow_manifold(zoo.line(), corners)
    assert surface.dimensions == dimensions
    variances = torch.tensor(spread).square()
    assert surface.share == pytest.approx((variances[:dimensions].sum() / variances.sum()).item(), rel=1e-6)
    torch.testing.assert_close(surface.mean, torch.full((3,), 5.0, dtype=torch.float64))
    assert slow_manifold(zoo.line(), corners, dimensions=2).dimensions == 2


def test_an_lstm_has_a_surface_of_both_its_halves():
    cell = LSTM(3, 6, generator=torch.Generator().manual_seed(0)).double()
    held = Map.hold(cell, torch.zeros(3, dtype=torch.float64), name="zero")
    states = held.iterate(draw(80, 12).clamp(-1, 1), 1)
    surface = slow_manifold(held, states, dimensions=2)
    assert surface.reached.double().mean() > 0.9
    assert surface.held == "zero"
    once = held(surface.kept)
    twice = held(once)
    change = held(twice) - 3 * twice + 3 * once - surface.kept
    assert (change - (change @ surface.axes.T) @ surface.axes).norm(dim=1).max() < 1e-9


def test_what_the_caller_gave_is_left_as_it_was():
    states, starts = flat_states(), flat_states(5)
    before = states.clone(), starts.clone()
    surface = slow_manifold(parabola(0.9), states, starts=starts)
    surface.start.zero_()
    assert torch.equal(states, before[0])
    assert torch.equal(starts, before[1])


def test_float32_states_serve():
    surface = slow_manifold(parabola(0.9), flat_states().float())
    assert surface.point.dtype == torch.float64
    assert surface.reached.all()


@pytest.mark.parametrize(
    ("states", "options", "error", "message"),
    [
        (flat_states(), {"order": 4}, OptionError, "there is no order 4"),
        (flat_states(), {"dimensions": 0}, OptionError, "use 1 to 2"),
        (flat_states(), {"dimensions": 3}, OptionError, "use 1 to 2"),
        (flat_states(), {"dimensions": 2}, TensorError, "9 states span 1 dimensions, not 2"),
        (flat_states()[:1], {}, TensorError, "one state spans no plane"),
        (torch.full((7, 2), 0.1), {}, TensorError, "all equal"),
        (torch.zeros(0, 2), {}, TensorError, "there are no states"),
        (torch.tensor([[0.0, math.nan]]), {}, TensorError, "NaN"),
        (flat_states(), {"starts": torch.tensor([[math.inf, 0.0]])}, TensorError, "infinity"),
    ],
)
def test_what_cannot_be_done_is_said(states, options, error, message):
    with pytest.raises(error, match=message):
        slow_manifold(parabola(0.9), states, **options)


def test_a_map_in_float32_is_too_coarse():
    with pytest.raises(TensorError, match=r"float32.*dtype=torch.float64"):
        slow_manifold(Map(lambda h: h / 2, 2, dtype=torch.float32), flat_states())
