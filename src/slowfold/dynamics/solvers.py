"""Root finding on F(h) - h for many starts at once, each with its own damping and its own end."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from slowfold.dynamics.maps import Map

__all__ = ["Solution", "levenberg_marquardt"]

# How far a point may be from still, relative to its size, and be called one: q <= FIXED (1 + ||h||^2).
FIXED = 1e-20
# Where q is stationary: (J - I)^T r vanishes beside ||J - I|| ||r||.
STATIONARY = 1e-7
# Newton steps taken from a still point, as long as they lower q.
_POLISH = 8
# At most this many entries in one stack of Jacobians: 256 MB in float64.
_ENTRIES = 2**25


@dataclass(frozen=True)
class Solution:
    """Where each start ended, one row a start.

    Attributes:
        point: The last state, [start, unit].
        q: Half the squared residual 1/2 ||F(h) - h||^2 at the point, [start].
        gradient: ||(J - I)^T (F(h) - h)||, the length of the gradient of q, [start].
        steps: How many steps were tried, [start].
        newton: The length of the Newton step from a still point, which is about how far the root can be; infinite where
            there is no such step, [start].
        still: q <= 1e-20 (1 + ||h||^2), [start].
        stationary: Not still, and the gradient vanishes beside ||J - I|| ||F(h) - h||, [start].
    """

    point: Float[Tensor, "start unit"]
    q: Float[Tensor, " start"]
    gradient: Float[Tensor, " start"]
    steps: Int[Tensor, " start"]
    newton: Float[Tensor, " start"]
    still: Bool[Tensor, " start"]
    stationary: Bool[Tensor, " start"]


@dataclass
class _Active:
    """What the search knows of the starts that are still moving; every field has one row a start."""

    start: Tensor
    point: Tensor
    residual: Tensor
    normal: Tensor  # (J - I)^T (J - I)
    gradient: Tensor  # (J - I)^T r
    scale: Tensor  # a lower bound of the greatest ||J - I|| met on the way
    damping: Tensor
    growth: Tensor

    def keep(self, rows: Tensor) -> _Active:
        return _Active(**{name: value[rows] for name, value in vars(self).items()})


def levenberg_marquardt(held: Map, starts: Float[Tensor, "start unit"], *, max_steps: int = 200) -> Solution:
    """Minimises 1/2 ||F(h) - h||^2 from every start, each with its own damping, acceptance and end.

    Each step solves ((J - I)^T (J - I) + mu I) d = -(J - I)^T r by a batched Cholesky factorisation, which stands the
    near-singular J - I of slow points where Newton's method throws them far away. The damping follows the ratio of
    the decrease found to the decrease foretold. A start leaves the computation when it is still or stationary.

    Args:
        held: The map.
        starts: Where to start, [start, unit], of the map's type.
        max_steps: The most steps tried from a start.

    Source:
        Nielsen, "Damping parameter in Marquardt's method", IMM-REP-1999-05.

    Example:
        >>> affine = Map(lambda h: h / 2 + 1, size=2)
        >>> levenberg_marquardt(affine, torch.zeros(1, 2, dtype=torch.float64)).point.tolist()
        [[2.0, 2.0]]
    """
    rows = max(1, _ENTRIES // held.size**2)
    parts = [_search(held, chunk, max_steps) for chunk in starts.split(rows)]
    names = Solution.__dataclass_fields__
    return Solution(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})


@torch.no_grad()
def _search(held: Map, starts: Tensor, max_steps: int) -> Solution:
    count = starts.shape[0]
    point, gradient = starts.clone(), starts.new_zeros(count)
    q, steps = starts.new_zeros(count), torch.zeros(count, dtype=torch.int64, device=starts.device)
    still, stationary = torch.zeros(2, count, dtype=torch.bool, device=starts.device)

    active = _linearise(held, torch.arange(count, device=starts.device), starts)
    for step in range(max_steps + 1):
        energy, slope = _energy(active.residual), active.gradient.norm(dim=1)
        done = energy <= FIXED * (1 + active.point.square().sum(dim=1))
        stuck = ~done & torch.isfinite(energy) & (slope <= STATIONARY * active.scale * (2 * energy).sqrt())
        at = active.start
        point[at], q[at], gradient[at], steps[at] = active.point, energy, slope, step
        still[at], stationary[at] = done, stuck
        moving = ~(done | stuck)
        if step == max_steps or not moving.any():
            break
        active = _advance(held, active.keep(moving))
    newton = _polish(held, point, q, gradient, still)
    return Solution(point, q, gradient, steps, newton, still, stationary)


def _linearise(held: Map, start: Tensor, point: Tensor) -> _Active:
    residual, normal, gradient, scale = _normal_equations(held, point)
    damping = 1e-3 * normal.diagonal(dim1=-2, dim2=-1).amax(dim=-1)
    return _Active(start, point, residual, normal, gradient, scale, damping, torch.full_like(damping, 2.0))


def _normal_equations(held: Map, point: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    residual = held(point) - point
    # The Jacobian may be the caller's own tensor, so it is not written to.
    tangent = held.jacobian(point) - torch.eye(held.size, dtype=point.dtype, device=point.device)
    normal = tangent.mT @ tangent
    gradient = (tangent.mT @ residual.unsqueeze(-1)).squeeze(-1)
    # The Frobenius norm over sqrt(n) is never more than the spectral norm, so no point is called stationary too early.
    scale = (normal.diagonal(dim1=-2, dim2=-1).sum(dim=-1) / point.shape[1]).sqrt()
    return residual, normal, gradient, scale


def _advance(held: Map, active: _Active) -> _Active:
    move = _damped_step(active.normal, active.gradient, active.damping)
    trial = active.point + move
    after = held(trial) - trial
    before, now = _energy(active.residual), _energy(after)
    foretold = 0.5 * (move * (active.damping.unsqueeze(-1) * move - active.gradient)).sum(dim=1)
    ratio = (before - now) / foretold.clamp_min(torch.finfo(before.dtype).tiny)
    accepted = (now < before) & torch.isfinite(now)

    if accepted.any():
        point = trial[accepted]
        active.point[accepted] = point
        residual, normal, gradient, scale = _normal_equations(held, point)
        active.residual[accepted], active.normal[accepted], active.gradient[accepted] = residual, normal, gradient
        # With one unit J - I itself vanishes at a ghost: the gradient is measured by the greatest one met on the way.
        active.scale[accepted] = torch.maximum(active.scale[accepted], scale)
    shrink = (1 - (2 * ratio - 1) ** 3).clamp(1 / 3, 2)
    active.damping = torch.where(accepted, active.damping * shrink, active.damping * active.growth)
    active.growth = torch.where(accepted, torch.full_like(active.growth, 2.0), active.growth * 2)
    return active


def _damped_step(normal: Tensor, gradient: Tensor, damping: Tensor) -> Tensor:
    damped = normal.clone()
    damped.diagonal(dim1=-2, dim2=-1).add_(damping.unsqueeze(-1))
    factor, failed = torch.linalg.cholesky_ex(damped)
    move = -torch.cholesky_solve(gradient.unsqueeze(-1), factor).squeeze(-1)
    # Where rounding has made the damped matrix indefinite the step is not finite and so is never accepted.
    return torch.where((failed == 0).unsqueeze(-1), move, torch.full_like(move, torch.nan))


def _polish(held: Map, point: Tensor, q: Tensor, gradient: Tensor, still: Tensor) -> Tensor:
    """Undamped steps from every still point while they lower q, down to rounding; returns the last step's length."""
    newton = torch.full_like(q, torch.inf)
    rows = still.nonzero().squeeze(-1)
    for _ in range(_POLISH):
        if not len(rows):
            break
        before = point[rows]
        _, normal, slope, _ = _normal_equations(held, before)
        move = _damped_step(normal, slope, torch.zeros_like(q[rows]))
        possible = torch.isfinite(move).all(dim=1)
        rows, trial, move = rows[possible], (before + move)[possible], move[possible]
        newton[rows] = move.norm(dim=1)
        if not len(rows):
            break
        residual, _, slope, _ = _normal_equations(held, trial)
        better = _energy(residual) < q[rows]
        rows = rows[better]
        point[rows], q[rows], gradient[rows] = trial[better], _energy(residual[better]), slope[better].norm(dim=1)
    return newton


def _energy(residual: Tensor) -> Tensor:
    return 0.5 * residual.square().sum(dim=-1)
