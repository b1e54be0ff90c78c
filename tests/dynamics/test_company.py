"""Starts that come close to one another near a ghost descend as one; near roots each goes by itself."""

import torch

import zoo
from slowfold.dynamics import Map, levenberg_marquardt
from slowfold.dynamics.solvers import Solution

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
