"""The index audit: whether the fixed points found can be all there are."""

from __future__ import annotations

from dataclasses import dataclass

from slowfold.dynamics.census import is_degenerate
from slowfold.dynamics.fixed_points import FixedPoints
from slowfold.dynamics.maps import Map

__all__ = ["Audit", "audit"]


@dataclass(frozen=True)
class Audit:
    """What the index of the fixed points says about their number.

    Attributes:
        applicable: Whether the theorem applies: the map takes a box into itself and the points are isolated.
        reason: Why it does not apply; empty where it does.
        sum: The sum of sign det(I - J) over the distinct fixed points, None where the theorem does not apply.
        complete: Whether the sum is +1, as it is over all fixed points. A sum other than +1 proves that points are
            missing; +1 does not prove that none is, for points can be missing in pairs. None where not applicable.
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
    degenerate = sum(is_degenerate(points.distinct))
    if degenerate:
        return _not_applicable(f"{degenerate} of the fixed points found are degenerate, so they need not be isolated")
    total = int(points.distinct.index.sum())
    return Audit(applicable=True, reason="", sum=total, complete=total == 1)


def _not_applicable(reason: str) -> Audit:
    return Audit(applicable=False, reason=reason, sum=None, complete=None)
