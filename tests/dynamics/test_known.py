"""A start that comes within the ball of a known root ends there, where Newton's method would have led it, too."""

import pytest
import torch

import zoo
from slowfold.cells import LSTM, Vanilla
from slowfold.dynamics import Map, certify, find_fixed_points, levenberg_marquardt
from slowfold.dynamics.fixed_points import search_on
from slowfold.dynamics.known import known_roots
from slowfold.dynamics.matrix_free import krylov_levenberg_marquardt


def held_gru(seed: int) -> Map:
    return Map.hold(zoo.random_gru(24, seed, gain=4.0), torch.zeros(3, dtype=torch.float64))


def held_vanilla(seed: int) -> Map:
    cell = Vanilla(2, 24, generator=torch.Generator().manual_seed(seed)).double()
    with torch.no_grad():
        cell.rnn.weight_hh_l0.mul_(4)
    return Map.hold(cell, torch.zeros(2, dtype=torch.float64))


def starts(held: Map, count: int, seed: int = 0) -> torch.Tensor:
    return 2 * torch.rand(count, held.size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 1


@pytest.mark.parametrize("hold", [held_gru, held_vanilla])
@pytest.mark.parametrize("seed", [1, 2])
def test_from_anywhere_in_its_ball_newtons_method_comes_to_the_root(hold, seed):
    held = hold(seed)
    distinct = find_fixed_points(held, starts(held, 60)).distinct
    assert len(distinct) > 1
    known = known_roots(held, distinct)
    steady, unit = held.steady.map, torch.eye(held.size, dtype=torch.float64)
    for root, radius in zip(known.point, known.radius, strict=True):
        aside = torch.randn(20, held.size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        state = root + radius * aside / aside.norm(dim=1, keepdim=True)
        before = radius.expand(20)
        for _ in range(40):
            tangent = unit - steady.jacobian(state)
            state = state + torch.linalg.inv(tangent).matmul((steady(state) - state).unsqueeze(2)).squeeze(2)
            left = (state - root).norm(dim=1)
            # Each step leaves two thirds at most, down to rounding.
            assert (left <= 2 / 3 * before + 1e-11).all()
            before = left
        assert left.max() < 1e-11


def test_what_is_only_sampled_has_no_ball_to_end_in():
    held = zoo.cubic()
    assert held.steady is None
    points = find_fixed_points(held, torch.tensor([[-0.9], [0.9]], dtype=torch.float64))
    assert all(proof.certain and proof.attraction == 0 for proof in points.distinct.certificate)
    assert known_roots(held, points.distinct) is None


def test_where_nothing_is_proven_there_is_no_ball():
    held = held_gru(0)
    assert certify(held, starts(held, 1)[0]).attraction == 0


@pytest.mark.parametrize("search", [levenberg_marquardt, krylov_levenberg_marquardt])
def test_a_start_in_a_ball_takes_no_step_and_one_outside_finds_what_it_would_have_found(search):
    held = held_gru(1)
    distinct = find_fixed_points(held, starts(held, 60)).distinct
    known = known_roots(held, distinct)
    steady = held.steady.map
    found = search(steady, known.point + 0.9 * known.radius.unsqueeze(1) / held.size**0.5, known=known)
    assert found.still.all()
    assert not found.stationary.any()
    assert (found.steps == 0).all()
    assert torch.equal(found.point, known.point)
    assert torch.equal(found.newton, known.newton)
    torch.testing.assert_close(found.q, held.speed(known.point), rtol=0, atol=1e-25)

    begin = starts(held, 40, seed=5)
    alone, short = search(steady, begin), search(steady, begin, known=known)
    assert torch.equal(alone.still, short.still)
    torch.testing.assert_close(short.point[short.still], alone.point[alone.still], rtol=0, atol=1e-8)
    assert (short.steps <= alone.steps).all()
    assert short.steps.sum() < alone.steps.sum()


def test_roots_that_are_not_known_are_found_as_before():
    held = held_gru(2)
    everything = find_fixed_points(held, starts(held, 80)).distinct
    first = find_fixed_points(held, starts(held, 80)[:1])
    assert len(first.distinct) == 1 < len(everything)
    after = search_on(held, first, starts(held, 80)[1:]).distinct
    assert len(after) == len(everything)
    assert after.multiplicity.sort().values.tolist() == everything.multiplicity.sort().values.tolist()


def test_the_balls_of_an_lstm_are_of_its_hidden_states():
    cell = LSTM(2, 8, generator=torch.Generator().manual_seed(0)).double()
    held = Map.hold(cell, torch.zeros(2, dtype=torch.float64))
    points = find_fixed_points(held, starts(held, 4))
    known = known_roots(held, points.distinct)
    assert known.point.shape == (1, 8)
    again = search_on(held, points, points.point)
    assert (again.steps[4:] == 0).all()
    assert set(again.member.tolist()) == {0}
