"""Every start is told where it goes, on maps whose attractors are known."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.dynamics import End, Map, find_attractors, find_fixed_points
from slowfold.dynamics.basins import basin_radius
from slowfold.dynamics.cycles import find_cycles, power
from slowfold.dynamics.orbits import Motion, watch
from slowfold.errors import OptionError, TensorError


def starts(count: int, size: int, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return spread * (2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1)


# --- points -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3])
def test_starts_in_a_grid_of_wells_fall_into_the_nearest(size):
    held, begin = zoo.cubic(size), starts(200, size, 0.99)
    points = find_fixed_points(held, starts(600, size, 1.2, seed=1))
    found = find_attractors(held, points, begin)
    assert found.end == (End.LISTED,) * 200
    torch.testing.assert_close(points.distinct.point[found.row], begin.sign(), rtol=0, atol=1e-9)
    assert found.come_to_rest == 1
    assert found.basins.sum() == 200
    assert (found.basins[points.distinct.unstable > 0] == 0).all()
    assert (found.period == 1).all()
    assert torch.isnan(found.exponent).all()


def test_the_end_is_that_of_iteration_and_is_known_early():
    held, _ = zoo.simplex_field()
    begin = starts(300, 2)
    points = find_fixed_points(held, begin)
    found = find_attractors(held, points, begin)
    settled = held.iterate(begin, 3_000)
    torch.testing.assert_close(points.distinct.point[found.row], settled, rtol=0, atol=1e-8)
    assert found.steps.max() < 100


@settings(max_examples=15)
@given(slowest=st.floats(0.5, 0.9995), seed=st.integers(0, 30))
def test_a_slow_point_is_told_long_before_it_is_reached(slowest, seed):
    held, _, _ = zoo.affine([slowest, -0.4, 0.1], seed)
    begin = starts(5, 3, 3.0, seed)
    found = find_attractors(held, find_fixed_points(held, begin), begin, steps=20_000)
    assert found.end == (End.LISTED,) * 5
    # From a distance d into a ball of radius 0.1 (1 + |h*|) / M it takes about ln(d M / radius) time constants.
    assert found.steps.max() <= 12 / -math.log(slowest) + 20


def test_a_slow_mode_that_bends_is_told_by_moving_as_foretold():
    # x halves in 693 steps and drives y = 10 x^2, whose bend makes the ball tiny: x would be in it after 11,000 steps.
    held = Map(lambda h: torch.stack([0.999 * h[:, 0], 0.5 * h[:, 1] + 5 * h[:, 0] ** 2], dim=1), 2)
    assert basin_radius(held, torch.zeros(1, 2)).item() < 1e-4
    begin = torch.tensor([[1.0, 0.0], [-0.5, 1.0]])
    found = find_attractors(held, find_fixed_points(held, begin), begin)
    assert found.end == (End.LISTED,) * 2
    assert (found.state[:, 1].abs() < 0.25 * found.state[:, 0].abs()).all()
    assert found.steps.max() < 5_000


def test_only_those_that_go_to_the_listed_corner_rest_there():
    # Only one corner of three is listed.
    held = zoo.simplex_field()[0]
    begin = starts(200, 2)
    points = find_fixed_points(held, torch.tensor([[0.0, 0.9]], dtype=torch.float64))
    found = find_attractors(held, points, begin)
    settled = held.iterate(begin, 2_000)
    there = (settled - points.distinct.point[0]).norm(dim=1) < 1e-6
    assert [end is End.LISTED for end in found.end] == there.tolist()


def test_a_stable_point_that_was_not_listed_is_found_and_named():
    held, begin = zoo.cubic(2), starts(200, 2, 0.9)
    partial = find_fixed_points(held, torch.tensor([[0.9, 0.9], [-0.9, 0.9]]))
    found = find_attractors(held, partial, begin)
    expected = [End.LISTED if h[1] > 0 else End.UNLISTED for h in begin]
    assert list(found.end) == expected
    assert 0.3 < found.come_to_rest < 0.7
    elsewhere = torch.tensor([end is End.UNLISTED for end in found.end])
    torch.testing.assert_close(found.unlisted[found.row[elsewhere]], begin[elsewhere].sign(), rtol=0, atol=1e-9)
    assert len(found.unlisted) == 2


def test_unlisted_points_complete_the_list():
    held = zoo.cubic(2)
    partial = find_fixed_points(held, torch.tensor([[0.9, 0.9]]))
    unlisted = find_attractors(held, partial, starts(100, 2, 0.9)).unlisted
    whole = find_fixed_points(held, torch.cat([partial.start, unlisted]))
    assert find_attractors(held, whole, starts(100, 2, 0.9)).come_to_rest == 1


def test_a_start_on_a_saddle_stays_there_and_is_no_rest():
    held = zoo.pitchfork(2.0)
    points = find_fixed_points(held, starts(20, 1))
    found = find_attractors(held, points, torch.zeros(1, 1), steps=50)
    assert found.end == (End.BALANCED,)
    assert points.distinct.unstable[found.row[0]] == 1
    assert found.come_to_rest == 0


@pytest.mark.parametrize(("held", "size"), [(zoo.line(), 3), (zoo.ring(), 2)])
def test_a_continuum_of_points_attracts_to_none_of_them(held, size):
    begin = starts(10, size)
    found = find_attractors(held, find_fixed_points(held, begin), begin, steps=500)
    assert found.end == (End.BALANCED,) * 10
    assert len(found.unlisted) == 0


def test_a_passage_by_a_ghost_is_no_rest():
    held = zoo.saddle_node(1e-6)
    begin = torch.tensor([[0.9], [0.5]])
    points = find_fixed_points(held, begin)
    found = find_attractors(held, points, begin, steps=500)
    assert found.end == (End.MOVING,) * 2
    assert (found.steps == 500).all()
    assert (found.row == -1).all()


def test_what_runs_away_is_said_to():
    held = zoo.cubic()
    points = find_fixed_points(held, starts(20, 1))
    found = find_attractors(held, points, torch.tensor([[4.0], [0.5]]))
    assert found.end == (End.UNBOUNDED, End.LISTED)
    growing, _ = zoo.linear([1.5, complex(-0.3, 1.2)])
    found = find_attractors(growing, find_fixed_points(growing, starts(5, 3)), starts(5, 3))
    assert found.end == (End.UNBOUNDED,) * 5


def test_a_point_at_its_bifurcation_attracts_too_slowly_to_be_a_rest():
    held = zoo.pitchfork(1.0)
    begin = starts(5, 1)
    found = find_attractors(held, find_fixed_points(held, begin), begin, steps=300)
    assert found.end == (End.MOVING,) * 5


# --- cycles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", [2, 3, 5, 7])
def test_a_cycle_is_found_with_its_period_states_and_multiplier(period):
    held, states, multiplier = zoo.locked(period)
    begin = starts(40, 2)
    found = find_attractors(held, find_fixed_points(held, begin), begin)
    assert found.end == (End.CYCLE,) * 40
    assert (found.period == period).all()
    assert (found.row == 0).all()
    (cycle,) = found.cycles
    assert cycle.period == period
    assert cycle.multiplier == pytest.approx(multiplier, rel=1e-6)
    shift = int((states - cycle.states[0]).norm(dim=1).argmin())
    torch.testing.assert_close(cycle.states, states.roll(-shift, dims=0), rtol=0, atol=1e-9)


def test_a_negative_weight_swings_between_two_states():
    held = zoo.flip()
    begin = starts(30, 1)
    found = find_attractors(held, find_fixed_points(held, begin), begin)
    assert found.end == (End.CYCLE,) * 30
    (cycle,) = found.cycles
    assert cycle.states[0].item() == pytest.approx(-math.tanh(2 * cycle.states[1].item()))
    assert cycle.states.sum().item() == pytest.approx(0, abs=1e-9)


def test_two_cycles_of_one_period_are_two():
    # Both units swing: in step, or against each other.
    held = zoo.flip(size=2)
    begin = starts(60, 2)
    found = find_attractors(held, find_fixed_points(held, begin), begin)
    assert len(found.cycles) == 2
    together = found.row[begin.prod(dim=1) > 0].unique()
    against = found.row[begin.prod(dim=1) < 0].unique()
    assert len(together) == len(against) == 1
    assert together != against


def test_the_cycle_of_three_of_the_logistic_map():
    held = zoo.logistic(3.83)
    begin = (starts(20, 1) + 1) / 2
    found = find_attractors(held, find_fixed_points(held, begin), begin)
    assert found.end == (End.CYCLE,) * 20
    assert [cycle.period for cycle in found.cycles] == [3]


def test_a_turn_that_fades_to_a_point_is_no_cycle():
    angle = 2 * math.pi / 3
    spin = 0.9999 * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    held = Map(lambda h: torch.tanh(h @ spin.double().T), 2)
    found = find_attractors(held, find_fixed_points(held, starts(5, 2)), starts(5, 2), steps=300)
    assert End.CYCLE not in found.end


def test_an_unstable_cycle_is_found_from_beside_it_and_attracts_nothing():
    held, states, _ = zoo.locked(3)
    between = -states  # half way between the states of the cycle that attracts lies one that repels along the circle
    (cycle,) = find_cycles(held, between + 1e-3, 3)
    assert not cycle.stable
    assert cycle.multiplier == pytest.approx(1.3**3, rel=1e-6)


def test_a_point_is_no_cycle_of_a_longer_period():
    assert find_cycles(zoo.pitchfork(2.0), torch.tensor([[0.95]]), 2) == ()
    held, states, _ = zoo.locked(3)
    assert find_cycles(held, states, 6) == ()


@settings(max_examples=15)
@given(period=st.integers(1, 6), seed=st.integers(0, 20))
def test_a_power_of_a_map_has_the_jacobian_of_many_steps(period, seed):
    held = Map.hold(zoo.random_gru(4, seed, 2.0), torch.zeros(3, dtype=torch.float64))
    states = starts(3, 4, seed=seed)
    several = power(held, period)
    repeated = torch.func.vmap(torch.func.jacrev(lambda h: _iterated(held, h, period)))(states)
    torch.testing.assert_close(several.jacobian(states), repeated, rtol=0, atol=1e-12)


def _iterated(held: Map, state: torch.Tensor, times: int) -> torch.Tensor:
    for _ in range(times):
        state = held(state.unsqueeze(0))[0]
    return state


# --- orbits that do not close -----------------------------------------------------------------------------------------


def test_an_invariant_circle_is_quasi_periodic():
    held = zoo.circle()
    begin = starts(40, 2)
    found = find_attractors(held, find_fixed_points(held, begin), begin, steps=1_000)
    assert found.end == (End.QUASI_PERIODIC,) * 40
    assert (found.row == 0).all()
    assert found.exponent.abs().max() < 5e-3
    assert found.come_to_rest == 0
    (orbit,) = found.orbits
    assert orbit.motion is Motion.QUASI_PERIODIC
    torch.testing.assert_close(orbit.states.norm(dim=1), torch.ones(len(orbit.states), dtype=torch.float64))


def test_the_logistic_map_is_chaotic_with_the_exponent_ln_2():
    held = zoo.logistic()
    begin = 0.1 + 0.8 * (starts(10, 1) + 1) / 2
    found = find_attractors(held, find_fixed_points(held, begin), begin, steps=2_000)
    assert found.end == (End.CHAOTIC,) * 10
    torch.testing.assert_close(found.exponent, torch.full((10,), math.log(2), dtype=torch.float64), rtol=0, atol=0.05)
    assert len(found.orbits) == 1


def test_an_orbit_that_goes_somewhere_does_not_recur():
    orbits, _ = watch(zoo.saddle_node(1e-6), torch.tensor([[0.5]]), 500)
    assert orbits[0].motion is Motion.PASSING


def test_orbits_of_two_circles_are_two():
    turn = torch.linalg.matrix_exp(torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64))
    begin = torch.tensor([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0], [0.0, -2.0]])
    orbits, member = watch(Map(lambda h: h @ turn.T, 2), begin, 500)
    assert len(orbits) == 2
    assert member.tolist() == [0, 1, 0, 1]


# --- balls ------------------------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(size=st.integers(1, 6), seed=st.integers(0, 60), gain=st.floats(0.5, 4))
def test_every_state_in_a_ball_comes_to_rest_at_its_point(size, seed, gain):
    held = Map.hold(zoo.random_gru(size, seed, gain), torch.zeros(3, dtype=torch.float64))
    points = find_fixed_points(held, starts(16, size, seed=seed)).distinct
    stable = points.point[points.unstable == 0]
    if not len(stable):
        return
    for point, radius in zip(stable, basin_radius(held, stable), strict=True):
        draw = torch.randn(50, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        edge = point + radius * draw / draw.norm(dim=1, keepdim=True)
        torch.testing.assert_close(held.iterate(edge, 1_000), point.expand(50, size), rtol=0, atol=1e-6)


def test_a_ball_reaches_no_further_than_the_basin():
    held = Map(lambda h: h - 0.5 * (h - 1) * (h - 1.02) * (h - 2), 1)
    points = torch.tensor([[1.0], [2.0]])
    radius = basin_radius(held, points)
    assert 0 < radius[0] < 0.02
    assert 0 < radius[1] < 0.98


def test_powers_that_grow_before_they_fade_make_a_ball_small():
    def swirl(strength: float) -> Map:
        return Map(lambda h: torch.stack([0.9 * h[:, 0] + strength * h[:, 1], 0.9 * h[:, 1] + h[:, 0] ** 2], dim=1), 2)

    origin = torch.zeros(1, 2)
    normal, sheared = basin_radius(swirl(0.0), origin).item(), basin_radius(swirl(20.0), origin).item()
    assert 0 < sheared < normal / 50
    # Beyond the ball the growth is real: the same distance that fades in one map runs away in the other.
    far = torch.tensor([[0.0, normal]], dtype=torch.float64)
    assert swirl(0.0).iterate(far, 500).norm() < 1e-9
    assert not swirl(20.0).iterate(far, 500).norm() < 1


def test_points_that_do_not_attract_have_no_ball():
    assert basin_radius(zoo.pitchfork(2.0), torch.zeros(1, 1)).tolist() == [0.0]
    assert basin_radius(zoo.line(), torch.zeros(1, 3)).tolist() == [0.0]


# --- the whole --------------------------------------------------------------------------------------------------------


def test_what_is_known_keeps_its_rows():
    held, _, _ = zoo.locked(3)
    points = find_fixed_points(held, starts(5, 2))
    first = find_attractors(held, points, starts(5, 2))
    further = find_attractors(held, points, starts(5, 2, seed=1), known=first)
    assert len(further.cycles) == 1
    torch.testing.assert_close(further.cycles[0].states, first.cycles[0].states)
    none = find_attractors(held, points, torch.zeros(0, 2), known=first)
    assert len(none) == 0
    assert len(none.cycles) == 1
    assert math.isnan(none.come_to_rest)


def test_the_order_of_the_starts_does_not_matter():
    held, begin = zoo.cubic(2), starts(50, 2, 0.9)
    points = find_fixed_points(held, begin)
    there, back = find_attractors(held, points, begin), find_attractors(held, points, begin.flip(0))
    assert there.end == back.end[::-1]
    assert torch.equal(there.row, back.row.flip(0))
    assert torch.equal(there.steps, back.steps.flip(0))


def test_the_starts_stay_as_they_are():
    begin = starts(10, 2)
    before = begin.clone()
    points = find_fixed_points(zoo.cubic(2), begin)
    found = find_attractors(zoo.cubic(2), points, begin)
    assert torch.equal(begin, before)
    found.state.zero_()
    assert torch.equal(begin, before)
    assert torch.equal(found.start, before)


def test_every_start_is_counted_once():
    held = zoo.cubic()
    begin = torch.tensor([[4.0], [0.5], [0.0], [-0.5]])
    found = find_attractors(held, find_fixed_points(held, starts(20, 1)), begin, steps=100)
    assert sum(found.count(end) for end in End) == len(found) == 4
    assert "2 listed point" in repr(found)


def test_no_steps_are_refused():
    held = zoo.cubic()
    with pytest.raises(OptionError, match="steps"):
        find_attractors(held, find_fixed_points(held, starts(2, 1)), starts(2, 1), steps=0)
    with pytest.raises(OptionError, match="period"):
        power(held, 0)


def test_states_of_another_network_are_refused():
    held = zoo.cubic()
    with pytest.raises(TensorError, match="shape"):
        find_attractors(held, find_fixed_points(held, starts(2, 1)), starts(2, 3))
