"""The index audit: whether the fixed points found can be all there are, and the search for those that are missing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.census import DistinctPoints
from slowfold.dynamics.fixed_points import FixedPoints, Verdict, search_on
from slowfold.dynamics.maps import Map
from slowfold.dynamics.modes import linearize

__all__ = ["Audit", "audit", "complete_census", "with_settled"]

# At most this many pairs of points are searched between in one round.
_PAIRS = 32
# Of so many states one is let settle.
_EVERY = 4
# The step aside from an unstable point, and the plain steps of the map in which a state settles.
_ASIDE = 1e-3
_SETTLING_STEPS = 1_000
# A real mode has no imaginary part, so none that could be followed.
_NO_DIRECTION = 1e-6


@dataclass(frozen=True)
class Audit:
    """What the index of the fixed points says about their number.

    Attributes:
        applicable: Whether the theorem applies: the map takes a box into itself and the points are isolated.
        reason: Why it does not apply; empty where it does.
        sum: The sum of sign det(I - J) over the distinct fixed points, None where the theorem does not apply.
        complete: Whether the sum is +1, as it is over all fixed points. A sum other than +1 proves that points are
            missing; +1 does not prove that none is, for points can be missing in pairs, the less so where a search has
            gone on until the sum was +1. None where not applicable.
    """

    applicable: bool
    reason: str
    sum: int | None
    complete: bool | None

    def __str__(self) -> str:
        if not self.applicable:
            return f"not applicable: {self.reason}"
        if self.complete:
            return "complete as far as the index can tell"
        return f"incomplete: the sum is {self.sum}"


def audit(held: Map, points: FixedPoints) -> Audit:
    """Adds up the indices of the distinct fixed points: over all of them the sum is +1.

    If F takes a compact convex set into itself and its fixed points are isolated, with no eigenvalue equal to 1, then
    the sum over all of them of sign det(I - J) is +1.

    Args:
        held: The map that was searched.
        points: What the search came to.

    Source:
        The Lefschetz-Hopf theorem; for a ball, Brouwer's degree of I - F.

    Example:
        >>> import torch
        >>> from slowfold.cells import Box
        >>> from slowfold.dynamics.fixed_points import find_fixed_points
        >>> wall = torch.ones(1, dtype=torch.float64)
        >>> held = Map(lambda h: torch.tanh(2 * h), size=1, box=Box(-wall, wall))
        >>> print(audit(held, find_fixed_points(held, torch.tensor([[0.9], [-0.9]]))))
        incomplete: the sum is 2
        >>> print(audit(held, find_fixed_points(held, torch.tensor([[0.9], [-0.9], [0.01]]))))
        complete as far as the index can tell
    """
    if held.box(around=points.start) is None:
        return _not_applicable("no box is known that the map takes into itself")
    degenerate = points.count(Verdict.DEGENERATE)
    if degenerate:
        return _not_applicable(f"{degenerate} starts came to degenerate points, which need not be isolated")
    total = int(points.distinct.index.sum())
    return Audit(applicable=True, reason="", sum=total, complete=total == 1)


def with_settled(held: Map, states: Float[Tensor, "state unit"]) -> Float[Tensor, "start unit"]:
    """Starts for a search: the states given, and where the map takes every fourth of them in 1,000 steps.

    Stable points can lie where no text leads; the held network goes there by itself.

    Args:
        held: The map.
        states: Visited states, [state, unit].

    Example:
        >>> with_settled(Map(lambda h: h / 2, size=1), torch.ones(5, 1)).flatten().round(decimals=6).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    """
    own = held.states(states)
    return torch.cat([own, held.iterate(own[::_EVERY], _SETTLING_STEPS)])


def complete_census(held: Map, points: FixedPoints, *, rounds: int = 2) -> FixedPoints:
    """Searches on, from between and beside the points found, until their indices add up to +1.

    New starts lie on the lines between the distinct points, ghosts included, nearest pairs first, and where the held
    network comes to from a small step along each unstable direction.

    Args:
        held: The map that was searched.
        points: What the search came to.
        rounds: The most further searches.

    Returns:
        All searches as one. Where the audit does not apply, or no round mends the sum, that is told by :func:`audit`.

    Example:
        >>> import torch
        >>> from slowfold.cells import Box
        >>> from slowfold.dynamics.fixed_points import find_fixed_points
        >>> wall = torch.ones(1, dtype=torch.float64)
        >>> held = Map(lambda h: torch.tanh(2 * h), size=1, box=Box(-wall, wall))
        >>> partial = find_fixed_points(held, torch.tensor([[0.9], [-0.9]]))
        >>> audit(held, complete_census(held, partial)).sum
        1
    """
    for _ in range(rounds):
        checked = audit(held, points)
        if checked.complete is not False:
            break
        starts = torch.cat([_between(points), _beside(held, points.distinct)])
        if not len(starts):
            break
        points = search_on(held, points, starts)
    return points


def _between(points: FixedPoints) -> Tensor:
    """Starts on the lines between pairs of points, [start, unit]."""
    known = torch.cat([points.distinct.point, points.ghosts.point])
    first, second = torch.triu_indices(len(known), len(known), offset=1, device=known.device)
    nearest = (known[first] - known[second]).norm(dim=1).argsort(stable=True)[:_PAIRS]
    one, other = known[first[nearest]], known[second[nearest]]
    return torch.cat([torch.lerp(one, other, share) for share in (0.25, 0.5, 0.75)])


def _beside(held: Map, distinct: DistinctPoints) -> Tensor:
    """Where the map comes to from a small step along each unstable direction, both ways, [start, unit]."""
    unstable = distinct.unstable > 0
    if not unstable.any():
        return distinct.point[:0]
    modes = linearize(held, distinct.point[unstable.to(distinct.point.device)])
    steps: list[Tensor] = []
    for row, point in enumerate(modes.point):
        growing = modes.right[row, :, : int(modes.unstable[row])]
        # The real and imaginary parts of a conjugate pair span the plane in which it turns.
        directions = torch.cat([growing.real, growing.imag], dim=1).T
        directions = directions[directions.norm(dim=1) > _NO_DIRECTION]
        shifts = _ASIDE * directions / directions.norm(dim=1, keepdim=True)
        steps.extend([point + shifts, point - shifts])
    return held.iterate(torch.cat(steps).to(distinct.point), _SETTLING_STEPS)


def _not_applicable(reason: str) -> Audit:
    return Audit(applicable=False, reason=reason, sum=None, complete=None)
