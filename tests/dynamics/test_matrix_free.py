"""The search without Jacobians comes to the points that the search with them does, however wide the network."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.cells import GRU, LSTM
from slowfold.dynamics import Map, levenberg_marquardt
from slowfold.dynamics.matrix_free import krylov_levenberg_marquardt


def starts(count: int, size: int, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return spread * (2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1)


def excited_gru(size: int) -> GRU:
    """Coupled units that excite themselves: of each start a nearby combination of lows, middles and highs."""
    cell = zoo.random_gru(size, seed=3, gain=0.2)
    with torch.no_grad():
        cell.rnn.weight_hh_l0[2 * size :] += 4 * torch.eye(size, dtype=torch.float64)
    return cell


def no_jacobian(states: torch.Tensor) -> torch.Tensor:
    raise AssertionError("a Jacobian was formed")


@settings(max_examples=30)
@given(spectrum=st.lists(st.floats(-0.95, 0.95), min_size=1, max_size=12), seed=st.integers(0, 30))
def test_an_affine_map_is_solved(spectrum, seed):
    held, centre, _ = zoo.affine(spectrum, seed)
    solution = krylov_levenberg_marquardt(held, starts(5, len(spectrum), 3.0, seed))
    assert solution.still.all()
    torch.testing.assert_close(solution.point, centre.expand(5, -1), rtol=0, atol=1e-9)
    assert solution.newton.max() < 1e-6


@pytest.mark.parametrize("pair", [0.9j, complex(0.7, 0.6), complex(0.99, 0.05)])
def test_a_map_that_turns_is_solved(pair):
    held, _ = zoo.linear([pair, 0.5, -0.9])
    solution = krylov_levenberg_marquardt(held, starts(5, 4))
    assert solution.still.all()
    assert solution.point.abs().max() < 1e-8


def test_all_points_of_a_grid_of_wells_are_found():
    solution = krylov_levenberg_marquardt(zoo.cubic(2), starts(200, 2, 1.2))
    found = {tuple(point) for point in solution.point[solution.still].round().int().tolist()}
    assert found == set(itertools.product([-1, 0, 1], repeat=2))
    torch.testing.assert_close(solution.point, solution.point.round(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", [2, 5, 16])
def test_the_points_of_a_network_are_those_of_the_search_with_jacobians(size):
    held = Map.hold(excited_gru(size), torch.zeros(3, dtype=torch.float64))
    begin = starts(30, size)
    dense, free = levenberg_marquardt(held, begin), krylov_levenberg_marquardt(held, begin)
    assert free.still.sum() >= 0.9 * dense.still.sum() > 0
    assert ((held(free.point) - free.point)[free.still].norm(dim=1) < 1e-9).all()
    same = (free.point - dense.point).norm(dim=1) < 1e-8
    assert same[free.still & dense.still].double().mean() > 0.5
    torch.testing.assert_close(free.q, held.speed(free.point), rtol=1e-6, atol=1e-30)
    tangent = held.jacobian(free.point) - torch.eye(size, dtype=torch.float64)
    slope = (tangent.mT @ (held(free.point) - free.point).unsqueeze(-1)).squeeze(-1).norm(dim=1)
    torch.testing.assert_close(free.gradient, slope, rtol=1e-6, atol=1e-14)


@pytest.mark.parametrize("copies", [2, 8])
def test_a_widened_network_has_the_copies_of_the_points_of_the_small_one(copies):
    cell, zero = excited_gru(2), torch.zeros(3, dtype=torch.float64)
    begin = starts(60, 2)
    small = levenberg_marquardt(Map.hold(cell, zero), begin)
    aside = starts(60, 2 * copies, 0.05, seed=1)
    solution = krylov_levenberg_marquardt(Map.hold(zoo.widened(cell, copies), zero), zoo.copied(begin, copies) + aside)
    assert solution.still.sum() >= 0.9 * small.still.sum()
    known = zoo.copied(small.point[small.still], copies)
    apart = (solution.point[solution.still].unsqueeze(1) - known).norm(dim=2)
    assert apart.min(dim=1).values.max() < 1e-8
    # Not one of the points of the small network goes missing.
    assert apart.min(dim=0).values.max() < 1e-8


def test_a_memory_of_three_bits_has_its_27_points():
    held, bit = zoo.memory()
    solution = krylov_levenberg_marquardt(held, starts(400, 6))
    found = (solution.point[solution.still] / bit).reshape(-1, 3, 2)
    torch.testing.assert_close(found, found.round(), rtol=0, atol=1e-8)
    assert len({tuple(row) for row in found.round().int()[:, :, 0].tolist()}) == 27


def test_no_jacobian_is_formed(monkeypatch):
    monkeypatch.setattr(Map, "jacobian", lambda self, states: no_jacobian(states))
    cell = LSTM(3, 6, generator=torch.Generator().manual_seed(0)).double()
    for held in (zoo.simplex_field()[0], Map.hold(cell, torch.zeros(3, dtype=torch.float64))):
        assert krylov_levenberg_marquardt(held, starts(20, held.size)).still.any()


def test_a_kernel_without_forward_derivatives_will_do():
    rnn = torch.nn.LSTM(2, 5, batch_first=True, dtype=torch.float64, device="meta").to_empty(device="cpu")
    cell = LSTM(2, 5, generator=torch.Generator().manual_seed(4)).double()
    rnn.load_state_dict(cell.rnn.state_dict())
    word = torch.zeros(2, dtype=torch.float64)

    def step(states: torch.Tensor) -> torch.Tensor:
        before = tuple(part.unsqueeze(0).contiguous() for part in states.chunk(2, dim=1))
        _, after = rnn(word.expand(len(states), 1, 2), before)
        return torch.cat(after, dim=2)[0]

    begin = starts(8, 10)
    kernel = krylov_levenberg_marquardt(Map(step, 10), begin)
    own = krylov_levenberg_marquardt(Map.hold(cell, word), begin)
    assert kernel.still.all()
    torch.testing.assert_close(kernel.point, own.point, rtol=0, atol=1e-9)


def test_a_map_that_differentiation_cannot_see_through_gives_its_own_products():
    held, centre, jacobian = zoo.affine([0.8, 0.3, -0.4])

    def step(states: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(held(states.detach()).numpy().copy())

    opaque = Map(step, 3, jacobian=lambda states: jacobian.expand(len(states), 3, 3))
    solution = krylov_levenberg_marquardt(opaque, starts(4, 3))
    torch.testing.assert_close(solution.point, centre.expand(4, 3), rtol=0, atol=1e-9)


def test_a_constant_map_is_solved_in_one_step():
    solution = krylov_levenberg_marquardt(Map(lambda h: torch.full_like(h, 0.3), 4), starts(3, 4))
    assert solution.still.all()
    assert (solution.point == 0.3).all()


def test_a_saddle_node_leaves_a_stationary_end():
    solution = krylov_levenberg_marquardt(zoo.saddle_node(0.04), starts(30, 1))
    assert solution.stationary.all()
    assert not solution.still.any()
    assert solution.point.abs().max() < 1e-5
    assert torch.isinf(solution.newton).all()
    torch.testing.assert_close(solution.q, torch.full_like(solution.q, 0.5 * 0.01**2))


def test_points_that_are_not_isolated_are_still():
    for held, size in ((zoo.line(), 3), (zoo.plane(), 5), (zoo.ring(), 2)):
        solution = krylov_levenberg_marquardt(held, starts(20, size))
        assert solution.still.all()


@pytest.mark.parametrize("max_inner", [1, 2, 5])
def test_a_step_cut_short_never_goes_uphill(max_inner):
    held = Map.hold(zoo.random_gru(12, seed=2, gain=4.0), torch.zeros(3, dtype=torch.float64))
    begin = starts(30, 12)
    before = held.speed(begin)
    for max_steps in (1, 3, 10):
        after = krylov_levenberg_marquardt(held, begin, max_steps=max_steps, max_inner=max_inner)
        assert (after.q <= before).all()
        assert after.steps.max() <= max_steps
        before = after.q


def test_far_from_normal_maps_are_solved():
    held, _ = zoo.shear(100.0)
    solution = krylov_levenberg_marquardt(held, starts(10, 2))
    assert solution.still.all()
    assert solution.point.abs().max() < 1e-6


def test_the_order_of_the_starts_does_not_matter():
    held, begin = zoo.simplex_field()[0], starts(40, 2)
    there, back = krylov_levenberg_marquardt(held, begin), krylov_levenberg_marquardt(held, begin.flip(0))
    torch.testing.assert_close(there.point, back.point.flip(0), rtol=0, atol=1e-9)
    assert torch.equal(there.steps, back.steps.flip(0))


def test_large_searches_are_cut_into_chunks_that_agree(monkeypatch):
    held, begin = zoo.simplex_field()[0], starts(40, 2)
    whole = krylov_levenberg_marquardt(held, begin)
    monkeypatch.setattr("slowfold.dynamics.matrix_free._ENTRIES", 7 * 2)
    torch.testing.assert_close(krylov_levenberg_marquardt(held, begin).point, whole.point, rtol=0, atol=1e-9)


def test_a_map_that_diverges_ends_without_a_still_point():
    held = Map(lambda h: h + torch.exp(h.abs()), 1)
    solution = krylov_levenberg_marquardt(held, torch.tensor([[5.0], [700.0], [800.0]], dtype=torch.float64))
    assert not solution.still.any()
    # Where F is infinite there is nothing to go by: the start is left as it is.
    assert solution.point[2].item() == 800
    assert solution.steps[2] == 0
    assert not solution.stationary[2]


def test_the_starts_stay_as_they_are():
    begin = starts(10, 2)
    before = begin.clone()
    krylov_levenberg_marquardt(zoo.cubic(2), begin)
    assert torch.equal(begin, before)
