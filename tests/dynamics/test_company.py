"""Starts that come close to one another near a ghost descend as one; near roots each goes by itself."""

import torch

import zoo
from slowfold.cells import Box
from slowfold.dynamics import Map, levenberg_marquardt
from slowfold.dynamics.solution import Solution

ACROSS = torch.linspace(-2, 2, 200, dtype=torch.float64).unsqueeze(1)


def test_near_a_ghost_all_end_where_one_of_them_does():
    found = levenberg_marquardt(zoo.saddle_node(0.04), ACROSS)
    assert found.stationary.all()
    assert found.point.abs().max() < 1e-6
    # Two hundred ways to it, and few ends; what is told of each start is told of the same state.
    ends = {(point.item(), q.item(), slope.item()) for point, q, slope in zip(*columns(found), strict=True)}
    assert len({point for point, _, _ in ends}) == len(ends) < 20


def columns(found: Solution) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return found.point.squeeze(1), found.q, found.gradient


def test_two_roots_nearer_than_company_are_both_found_from_their_own_sides():
    found = levenberg_marquardt(zoo.saddle_node(-1.6e-8), ACROSS)
    assert found.still.all()
    torch.testing.assert_close(found.point, 1.6e-8**0.5 * ACROSS.sign(), rtol=1e-3, atol=0)


def test_in_company_starts_end_as_each_would_alone():
    # Of x the points -1, 0 and 1; there y^2 = x / 10 has none, so that q is least at y = 0, one and two solutions.
    held = Map(
        lambda h: h + torch.stack([h[:, 0] - h[:, 0] ** 3, h[:, 0] / 10 - h[:, 1] ** 2], dim=1) / 4,
        size=2,
    )
    draw = torch.Generator().manual_seed(0)
    begin = 2.4 * torch.rand(120, 2, generator=draw, dtype=torch.float64) - 1.2
    together = levenberg_marquardt(held, begin)
    alone = Solution.join([levenberg_marquardt(held, start) for start in begin.split(1)])
    assert together.still.equal(alone.still)
    assert together.stationary.equal(alone.stationary)
    assert 20 < int(together.stationary.sum()) < 100
    torch.testing.assert_close(together.point, alone.point, rtol=0, atol=1e-5)
    assert together.steps.sum() < alone.steps.sum()


def test_newtons_step_for_q_ends_the_creeping_at_a_ghost():
    # 8 q = (1 - 0.45 x^2 + y^2)^2 + x^2, with the second derivative 0.2 along x at the ghost, of which
    # Levenberg-Marquardt sees 2: each of its steps leaves nine tenths of x.
    held = Map(lambda h: h + torch.stack([1 - 0.45 * h[:, 0] ** 2 + h[:, 1] ** 2, h[:, 0]], dim=1) / 2, size=2)
    draw = torch.Generator().manual_seed(0)
    found = levenberg_marquardt(held, 0.5 * torch.rand(20, 2, generator=draw, dtype=torch.float64))
    assert found.stationary.all()
    assert found.point.abs().max() < 1e-5
    assert found.steps.max() < 60


def test_whoever_creeps_far_outside_the_box_is_given_up():
    # Beyond the box q falls for ever and nowhere vanishes: h' = h + exp(-h) / 4 with no root, and no ghost.
    wall = torch.ones(1, dtype=torch.float64)
    held = Map(lambda h: h + torch.exp(-h) / 4, size=1, box=Box(-wall, wall))
    boxed = levenberg_marquardt(held, torch.zeros(1, 1, dtype=torch.float64))
    unbounded = levenberg_marquardt(
        Map(lambda h: h + torch.exp(-h) / 4, size=1), torch.zeros(1, 1, dtype=torch.float64)
    )
    assert not boxed.still.any()
    assert not boxed.stationary.any()
    assert boxed.steps.item() < unbounded.steps.item()
