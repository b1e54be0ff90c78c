"""Root finding on F(h) - h for many starts at once, each with its own damping and its own end."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.cells.base import Box
from slowfold.dynamics.distinct import cluster
from slowfold.dynamics.known import Known
from slowfold.dynamics.maps import Map
from slowfold.dynamics.solution import STATIONARY, Solution, is_still, q_of, slope_of_q

__all__ = ["levenberg_marquardt"]

# So many steps in a row that were refused, or that left more than this share of q where the damping can go no lower,
# say that float32 is too coarse to go on.
_IN_A_ROW = 4
_HINDERED = 0.1
# States this near each other, relative to 1 + ||h||, descend as one: what is a ghost to one is a ghost to both, as
# ghosts are told apart by no less.
_COMPANY = 1e-3
# Those are looked through for such states that left more than this share of q in their last step, as near a ghost; near
# a root each step leaves a small part.
_SLOW = 0.5
# After so many such steps in a row in float64 the whole second derivative of q is worth its price, some five steps.
_CREEPING = 6
# How far apart, relative to 1 + ||h||, gradients are taken for it.
_APART = 1e-6
# By no more than this share may q rise where it is stationary to rounding.
_ROUNDING = 1e-12
# Whoever creeps beyond so many times the box is on the way to infinity, where gates saturate and q goes to 0.
_ASTRAY = 3.0
# Newton steps taken from a still point, as long as they lower q, with the matrix of a still point this near, relative
# to 1 + ||h||.
_POLISH = 8
_ALIKE = 1e-6
# At most this many entries in one stack of matrices: 128 MB in float32 and 256 MB in float64; and so many in one of
# Jacobians, on a processor.
_ENTRIES = 2**25
_CACHED = 2**20


@dataclass
class _Active:
    """What the search knows of the starts that are still moving; every field has one row a start."""

    start: Tensor
    point: Tensor
    residual: Tensor
    normal: Tensor  # (J - I)^T (J - I), in float32 at first
    gradient: Tensor  # (J - I)^T r
    scale: Tensor  # a lower bound of ||J - I||, or 1
    damping: Tensor
    growth: Tensor
    hindered: Tensor  # steps in a row that were refused, or short of what less rounding would let them do
    slow: Tensor  # steps in a row that left more than half of q

    def keep(self, rows: Tensor) -> _Active:
        if rows.all():
            return self
        return _Active(**{name: value[rows] for name, value in vars(self).items()})


def levenberg_marquardt(
    held: Map, starts: Float[Tensor, "start unit"], *, max_steps: int = 200, known: Known | None = None
) -> Solution:
    """Minimises 1/2 ||F(h) - h||^2 from every start, each with its own damping, acceptance and end.

    Each step solves ((J - I)^T (J - I) + mu I) d = -(J - I)^T r by a batched Cholesky factorisation, which stands the
    near-singular J - I of slow points where Newton's method throws them far away. The damping follows the ratio of
    the decrease found to the decrease foretold. Near a ghost, where r does not vanish and such steps creep, Newton's
    step for q itself is taken in the end, where q is convex. Where two creep within 1e-3 (1 + ||h||) of each other, one
    waits: if the other ends in a stationary point it ends there, too, else it goes on by itself. A start leaves the
    computation when it is still or stationary, when it is so near a known root that Newton's method is proven to lead
    there, or when it creeps far outside the box that the map takes into itself.

    Args:
        held: The map.
        starts: Where to start, [start, unit], of the map's type.
        max_steps: The most steps tried from a start.
        known: Roots of the map that are known.

    Source:
        Nielsen, "Damping parameter in Marquardt's method", IMM-REP-1999-05.

    Example:
        >>> affine = Map(lambda h: h / 2 + 1, size=2)
        >>> levenberg_marquardt(affine, torch.zeros(1, 2, dtype=torch.float64)).point.tolist()
        [[2.0, 2.0]]
    """
    rows = max(1, _ENTRIES // held.size**2)
    parts = [_search(held, chunk, max_steps, known) for chunk in starts.split(rows)]
    return Solution.join(parts)


@torch.no_grad()
def _search(held: Map, starts: Tensor, max_steps: int, known: Known | None) -> Solution:
    count = starts.shape[0]
    found = Solution(
        point=starts.clone(),
        q=starts.new_zeros(count),
        gradient=starts.new_zeros(count),
        steps=torch.zeros(count, dtype=torch.int64, device=starts.device),
        newton=starts.new_full((count,), torch.inf),
        still=torch.zeros(count, dtype=torch.bool, device=starts.device),
        stationary=torch.zeros(count, dtype=torch.bool, device=starts.device),
    )
    rows = torch.arange(count, device=starts.device)
    within = _surroundings(held, starts)
    for coarse in (torch.float32, starts.dtype):
        if len(rows):
            # Roots are told apart by less than company is: who waited for one that came to a root goes on by itself.
            alone = _descend(held, found, rows, max_steps, coarse, within, known, in_company=True)
            if len(alone):
                _descend(held, found, alone, max_steps, coarse, within, known, in_company=False)
            rows = rows[~(found.still | found.stationary | (found.steps >= max_steps))[rows]]
    _polish(held, found)
    return found


def _descend(
    held: Map,
    found: Solution,
    rows: Tensor,
    max_steps: int,
    coarse: torch.dtype,
    within: Box | None,
    known: Known | None,
    *,
    in_company: bool,
) -> Tensor:
    """Goes on from where ``rows`` of ``found`` stand, and writes down where they come to.

    Residuals and gradients are those of the map's own type, so that the roots are, whatever the type ``coarse`` of the
    matrices that steps are solved with. In float32, at half the time, a start is given up when several steps in a row
    were hindered by rounding, as near a root of small singular values; float64 then goes on.

    Returns:
        The starts that waited for one that came to a root.
    """
    precise = coarse == found.q.dtype
    active = _linearise(held, rows, found.point[rows], coarse)
    waited: list[tuple[Tensor, Tensor]] = []
    while True:
        energy, slope = q_of(active.residual), active.gradient.norm(dim=1)
        done = is_still(active.point, energy)
        stuck = ~done & torch.isfinite(energy) & (slope <= STATIONARY * active.scale * (2 * energy).sqrt())
        at = active.start
        found.point[at], found.q[at], found.gradient[at] = active.point, energy, slope
        if known is not None:
            arrived, root = known.around(active.point)
            known.end(found, at[arrived], root[arrived])
            done, stuck = done | arrived, stuck & ~arrived
        found.still[at], found.stationary[at] = done, stuck
        moving = ~(done | stuck) & (found.steps[at] < max_steps)
        if not precise:
            moving &= active.hindered < _IN_A_ROW
        if within is not None:
            moving &= within.holds(active.point) | (active.slow < _CREEPING)
        if not moving.any():
            return _follow(found, waited)
        active = active.keep(moving)
        if in_company:
            waiting, leader = _company(active.point, active.slow > 0)
            waited.append((active.start[waiting], active.start[leader]))
            leads = torch.ones_like(active.slow, dtype=torch.bool)
            leads[waiting] = False
            active = active.keep(leads)
        active = _advance(held, active)
        found.steps[active.start] += 1


def _surroundings(held: Map, starts: Tensor) -> Box | None:
    """Several times the box of the map that holds all starts, None where none is known."""
    box = held.box(around=starts)
    if box is None:
        return None
    middle, half = (box.upper + box.lower) / 2, (box.upper - box.lower) / 2
    return Box(middle - _ASTRAY * half, middle + _ASTRAY * half)


def _company(points: Tensor, slow: Tensor) -> tuple[Tensor, Tensor]:
    """Which of the slow states are near another slow one that comes before them, and which one that is.

    The states are sorted into the cells of a grid over three directions, and compared with the first of their cell: no
    list of pairs is ever made. Two that a border of the grid divides are left apart.
    """
    rows = slow.nonzero().flatten()
    points = points[rows]
    size = 1 + points.norm(dim=1)
    directions = torch.randn(points.shape[1], 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    cells = (points @ directions.to(points) / (_COMPANY * size.mean())).floor()
    cell = cells.unique(dim=0, return_inverse=True)[1]
    own = torch.arange(len(points), device=points.device)
    first = torch.full_like(own, len(points)).scatter_reduce_(0, cell, own, "amin")[cell]
    near = (first < own) & ((points - points[first]).norm(dim=1) <= _COMPANY * size[first])
    return rows[near], rows[first[near]]


def _follow(found: Solution, waited: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Ends those who waited for one that came to a stationary point; returns those who waited for one at a root."""
    rooted = found.still.clone()
    # Who was waited for may have come to wait for another one later.
    for waiting, leader in reversed(waited):
        ended = found.stationary[leader]
        for kept in (found.point, found.q, found.gradient, found.stationary):
            kept[waiting[ended]] = kept[leader[ended]]
        rooted[waiting] = rooted[leader]
    return (rooted & ~found.still).nonzero().flatten()


def _linearise(held: Map, start: Tensor, point: Tensor, coarse: torch.dtype) -> _Active:
    residual, normal, gradient, scale = _normal_equations(held, point, coarse)
    damping = 1e-3 * normal.diagonal(dim1=-2, dim2=-1).amax(dim=-1).to(point)
    growth, never = torch.full_like(damping, 2.0), torch.zeros_like(start)
    return _Active(start, point, residual, normal, gradient, scale, damping, growth, hindered=never, slow=never.clone())


def _normal_equations(held: Map, point: Tensor, coarse: torch.dtype) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    residual = held(point) - point
    gradient, scale = torch.empty_like(point), point.new_empty(len(point))
    normal = point.new_empty(len(point), held.size, held.size, dtype=coarse)
    # What a processor's cache holds is worked on in two thirds of the time.
    few = held.closed_form and point.device.type == "cpu"
    rows = max(1, _CACHED // held.size**2 if few else len(point))
    for first in range(0, len(point), rows):
        some = slice(first, first + rows)
        jacobian = held.jacobian(point[some])
        gradient[some] = (residual[some].unsqueeze(1) @ jacobian).squeeze(1) - residual[some]
        # The Jacobian may be the caller's own tensor, so it is not written to.
        tangent = jacobian.to(coarse, copy=True)
        tangent.diagonal(dim1=-2, dim2=-1).sub_(1)
        # The Frobenius norm over sqrt(n) is never more than the spectral norm, so no point is called stationary too
        # early; and it is taken for 1 where it is less, for with one unit J - I itself vanishes at a ghost.
        scale[some] = (tangent.flatten(1).norm(dim=1) / held.size**0.5).to(point).clamp_min(1.0)
        normal[some] = tangent.mT @ tangent
    return residual, normal, gradient, scale


def _advance(held: Map, active: _Active) -> _Active:
    coarse = active.normal.dtype != active.point.dtype
    move = _damped_step(active.normal, active.gradient, active.damping)
    whole = torch.zeros_like(active.slow, dtype=torch.bool)
    for row in [] if coarse else (active.slow >= _CREEPING).nonzero().flatten().tolist():
        newton = _newton_step(held, active.point[row], active.gradient[row])
        if newton is None:
            # It is asked for again after as many steps.
            active.slow[row] = 0
        else:
            move[row], whole[row] = newton, True
    trial = active.point + move
    after = held(trial) - trial
    before, now = q_of(active.residual), q_of(after)
    foretold = 0.5 * (move * (active.damping.unsqueeze(-1) * move - active.gradient)).sum(dim=1)
    ratio = (before - now) / foretold.clamp_min(torch.finfo(before.dtype).tiny)
    accepted = (now < torch.where(whole, (1 + _ROUNDING) * before, before)) & torch.isfinite(now)

    if accepted.all():
        active.point = trial
        active.residual, active.normal, active.gradient, active.scale = _normal_equations(
            held, trial, active.normal.dtype
        )
    elif accepted.any():
        point = trial[accepted]
        active.point[accepted] = point
        residual, normal, gradient, scale = _normal_equations(held, point, active.normal.dtype)
        active.residual[accepted], active.normal[accepted], active.gradient[accepted] = residual, normal, gradient
        active.scale[accepted] = scale
    shrink = (1 - (2 * ratio - 1) ** 3).clamp(1 / 3, 2)
    # With less damping than the rounding of a coarser matrix that would no longer be definite.
    least = torch.finfo(active.normal.dtype).eps * active.scale**2 * held.size if coarse else torch.zeros_like(before)
    hindered = ~accepted | ((active.damping <= least) & (now > _HINDERED * before))
    damping = torch.where(accepted, active.damping * shrink, active.damping * active.growth).clamp_min(least)
    # The damping and its growth are no matter of Newton's steps.
    active.damping = torch.where(whole, active.damping, damping)
    active.growth = torch.where(accepted | whole, torch.full_like(active.growth, 2.0), active.growth * 2)
    active.hindered = torch.where(hindered, active.hindered + 1, 0)
    active.slow = torch.where((now <= _SLOW * before) | (whole & ~accepted), 0, active.slow + 1)
    return active


def _newton_step(held: Map, point: Tensor, gradient: Tensor) -> Tensor | None:
    """The step to where the gradient of q would vanish, or None where q is not convex, [unit].

    What Levenberg-Marquardt leaves out of the second derivative of q is r times the second derivatives of F, which
    decides where r does not vanish. It is had for any map from the differences of the gradient along each unit.
    """
    apart = _APART * (1 + point.norm())
    beside = point + apart * torch.eye(len(point), dtype=point.dtype, device=point.device)
    residual = held(beside) - beside
    rows = (slope_of_q(held, beside, residual) - gradient) / apart
    factor, failed = torch.linalg.cholesky_ex((rows + rows.mT) / 2)
    return None if failed else -torch.cholesky_solve(gradient.unsqueeze(-1), factor).squeeze(-1)


def _damped_step(normal: Tensor, gradient: Tensor, damping: Tensor) -> Tensor:
    diagonal = normal.diagonal(dim1=-2, dim2=-1)
    undamped = diagonal.clone()
    diagonal.add_(damping.unsqueeze(-1))
    factor, failed = torch.linalg.cholesky_ex(normal)
    diagonal.copy_(undamped)
    # Scaled to length 1, a gradient is never lost below the least number of the coarser type.
    length = gradient.norm(dim=1, keepdim=True).clamp_min(torch.finfo(gradient.dtype).tiny)
    move = -length * torch.cholesky_solve((gradient / length).to(normal).unsqueeze(-1), factor).squeeze(-1)
    # Where rounding has made the damped matrix indefinite the step is not finite and so is never accepted.
    return torch.where((failed == 0).unsqueeze(-1), move, torch.full_like(move, torch.nan))


def _polish(held: Map, found: Solution) -> None:
    """Undamped steps from every still point while they lower q, down to rounding; writes down the last step's length.

    All steps of all points that are one but for rounding share the matrix of the stillest of them: this near a root it
    has stopped changing. Roots that were known have been polished.
    """
    point, q, newton = found.point, found.q, found.newton
    still = found.still & torch.isinf(newton)
    if not still.any():
        return
    leaders, _, member = cluster(point, q, still, within=_ALIKE)
    unit = torch.eye(held.size, dtype=point.dtype, device=point.device)
    polished = torch.zeros_like(still)
    tangents = held.jacobian(point[leaders.to(point.device)]) - unit
    for place, tangent in enumerate(tangents):
        factor, failed = torch.linalg.cholesky_ex(tangent.mT @ tangent)
        if failed:
            continue
        rows = (member == place).nonzero().flatten()
        polished[rows] = True
        residual = held(point[rows]) - point[rows]
        for _ in range(_POLISH):
            if not len(rows):
                break
            move = -torch.cholesky_solve((residual @ tangent).mT, factor).mT
            newton[rows] = torch.where(torch.isfinite(move).all(dim=1), move.norm(dim=1), torch.inf)
            trial = point[rows] + move
            after = held(trial) - trial
            better = q_of(after) < q[rows]
            rows, residual = rows[better], after[better]
            point[rows], q[rows] = trial[better], q_of(residual)
    if polished.any():
        left = held(point[polished]) - point[polished]
        found.gradient[polished] = slope_of_q(held, point[polished], left).norm(dim=1)
