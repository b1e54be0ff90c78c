"""The search for fixed points: a verdict for every start, and the list of distinct points."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from slowfold.dynamics.census import DistinctPoints, distinct_points, is_degenerate
from slowfold.dynamics.maps import Map
from slowfold.dynamics.solvers import levenberg_marquardt
from slowfold.errors import OptionError, TensorError

__all__ = ["FixedPoints", "Verdict", "find_fixed_points", "search_on"]

# A stationary point of q above this is no root; below, nobody can tell.
_GHOST_Q = 1e-14
# Ghosts are minima of q, found to the square root of the precision of roots: closer than this, relative, they are one.
_GHOSTS_WITHIN = 1e-3
# What a search knows of every start, one row each.
_COLUMNS = ("start", "point", "q", "gradient", "steps", "newton", "still")
# Rounding may carry a point this far past the wall of its box.
_SLACK = 1e-9


class Verdict(Enum):
    """What a start came to; the values are the words that people read."""

    FIXED = "fixed"
    GHOST = "ghost"
    DEGENERATE = "degenerate"
    OUT_OF_BOUNDS = "out of bounds"
    UNCONVERGED = "unconverged"


@dataclass(frozen=True)
class FixedPoints:
    """What a search came to, one row a start.

    Attributes:
        start: Where the search started, [start, unit].
        point: Where it ended, [start, unit].
        q: 1/2 ||F(h) - h||^2 at the end, summed over units, [start].
        gradient: The length of the gradient of q at the end, [start].
        steps: How many steps were tried, [start].
        newton: The length of the Newton step from a still end, about how far the root is; infinite elsewhere, [start].
        still: Whether q <= 1e-20 (1 + ||h||^2) at the end, [start].
        verdict: What the end is, one a start.
        distinct: The distinct points where starts came to be still, degenerate ones included.
        ghosts: The distinct ghosts: places where q is stationary without being 0, the scars of vanished fixed points.
        member: The row in ``distinct`` (for a ghost, in ``ghosts``) that each start came to; -1 where neither, [start].
        held: What the map was held at.
        within: How close ends are that count as one point, beside their Newton steps; see :func:`find_fixed_points`.
        max_steps: The most steps tried from a start.
    """

    start: Float[Tensor, "start unit"]
    point: Float[Tensor, "start unit"]
    q: Float[Tensor, " start"]
    gradient: Float[Tensor, " start"]
    steps: Int[Tensor, " start"]
    newton: Float[Tensor, " start"]
    still: Bool[Tensor, " start"]
    verdict: tuple[Verdict, ...]
    distinct: DistinctPoints
    ghosts: DistinctPoints
    member: Int[Tensor, " start"]
    held: str
    within: float
    max_steps: int

    def count(self, verdict: Verdict) -> int:
        """How many starts came to this verdict."""
        return self.verdict.count(verdict)

    def __len__(self) -> int:
        return len(self.verdict)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(verdict)} {verdict.value}" for verdict in Verdict if self.count(verdict))
        return f"FixedPoints(held at {self.held}: {len(self)} starts, {counts}; {len(self.distinct)} distinct)"


def find_fixed_points(
    held: Map, starts: Float[Tensor, "start unit"], *, max_steps: int = 200, within: float = 1e-6
) -> FixedPoints:
    """Searches for the fixed points of a map from every start by Levenberg-Marquardt.

    The verdicts:

    - *fixed*: q <= 1e-20 (1 + ||h||^2), I - J has no singular value below 1e-6, and the Newton-Kantorovich product
      (see :class:`DistinctPoints`) is at most 0.1.
    - *ghost*: q has a stationary point that is no root, ||(J - I)^T (F(h) - h)|| <= 1e-7 ||J - I|| ||F(h) - h|| with
      q > 1e-14.
    - *degenerate*: still or stationary, but nearer to both than can be told apart: the point need not be isolated, or
      need not be a root.
    - *out of bounds*: outside the box that the map takes into itself (of a cell, one that holds all starts).
    - *unconverged*: anything else.

    Args:
        held: The map.
        starts: Where to start, [start, unit]; the states a network visits serve well. They are not changed.
        max_steps: The most steps tried from a start.
        within: Ends closer than this, relative to 1 + ||h||, are one point; four times their Newton steps are allowed
            for besides, and ghosts, which are found less exactly, are one within 1e-3.

    Raises:
        TensorError: The starts have the wrong shape or type, are none, or are not finite; or the map computes in
            float32, in which no point can be told to be still.
        OptionError: ``max_steps`` or ``within`` is not positive.

    Source:
        Sussillo and Barak, "Opening the black box", Neural Computation 2013, for slow points as minima of q.

    Example:
        >>> cubic = Map(lambda h: h + 0.5 * (h - h**3), size=1)
        >>> points = find_fixed_points(cubic, torch.tensor([[-0.9], [0.1], [0.8]]))
        >>> sorted(points.distinct.point.round(decimals=6).flatten().tolist())
        [-1.0, 0.0, 1.0]
        >>> points.verdict[0]
        <Verdict.FIXED: 'fixed'>
    """
    if max_steps < 1 or within <= 0:
        raise OptionError("max_steps and within must be positive", where="find_fixed_points")
    if held.dtype != torch.float64:
        raise TensorError("the map computes in float32", where=held.name, cure="make it with dtype=torch.float64")
    columns, ends = _search(held, held.states(starts).clone(), max_steps)
    return _gather(held, columns, ends, within=within, max_steps=max_steps)


def search_on(held: Map, points: FixedPoints, starts: Float[Tensor, "start unit"]) -> FixedPoints:
    """Searches from further starts, and gathers the distinct points of all of them anew.

    Args:
        held: The map that was searched.
        points: What the search came to so far; its ``within`` and ``max_steps`` hold for the further starts too.
        starts: Where to start, [start, unit].

    Returns:
        One search, whose first starts are those of ``points``.

    Raises:
        TensorError: The starts have the wrong shape or type, are none, or are not finite.

    Example:
        >>> cubic = Map(lambda h: h + 0.5 * (h - h**3), size=1)
        >>> search_on(cubic, find_fixed_points(cubic, torch.tensor([[-0.9]])), torch.tensor([[0.8]]))
        FixedPoints(held at map: 2 starts, 2 fixed; 2 distinct)
    """
    further, ends = _search(held, held.states(starts).clone(), points.max_steps)
    columns = {name: torch.cat([getattr(points, name), further[name]]) for name in _COLUMNS}
    # Whether a still point is certain is found out anew, with the distinct points.
    before = [
        Verdict.FIXED if still and end is Verdict.DEGENERATE else end
        for still, end in zip(points.still.tolist(), points.verdict, strict=True)
    ]
    return _gather(held, columns, before + ends, within=points.within, max_steps=points.max_steps)


def _search(held: Map, begin: Tensor, max_steps: int) -> tuple[dict[str, Tensor], list[Verdict]]:
    """Where every start ended, and as far as one end alone can tell, what it is."""
    solution = levenberg_marquardt(held, begin, max_steps=max_steps)
    outside = _outside(held, begin, solution.point)
    ends = [Verdict.UNCONVERGED] * len(begin)
    for rows, verdict in (
        (solution.stationary & (solution.q > _GHOST_Q), Verdict.GHOST),
        (solution.stationary & (solution.q <= _GHOST_Q), Verdict.DEGENERATE),
        (solution.still, Verdict.FIXED),
        (outside, Verdict.OUT_OF_BOUNDS),
    ):
        for start in rows.nonzero().flatten().tolist():
            ends[start] = verdict
    return {name: getattr(solution, name) for name in _COLUMNS if name != "start"} | {"start": begin}, ends


def _gather(
    held: Map, columns: dict[str, Tensor], ends: list[Verdict], *, within: float, max_steps: int
) -> FixedPoints:
    def rows(verdict: Verdict) -> Tensor:
        return torch.tensor([end is verdict for end in ends], device=columns["point"].device)

    where = (held, columns["point"], columns["q"], columns["newton"])
    distinct, fixed_member = distinct_points(*where, rows(Verdict.FIXED), within=within)
    ghosts, ghost_member = distinct_points(*where, rows(Verdict.GHOST), within=max(within, _GHOSTS_WITHIN))
    degenerate = is_degenerate(distinct)
    verdict = tuple(
        Verdict.DEGENERATE if end is Verdict.FIXED and degenerate[row] else end
        for end, row in zip(ends, fixed_member.tolist(), strict=True)
    )
    return FixedPoints(
        **columns,
        verdict=verdict,
        distinct=distinct,
        ghosts=ghosts,
        member=torch.maximum(fixed_member, ghost_member),
        held=held.name,
        within=within,
        max_steps=max_steps,
    )


def _outside(held: Map, starts: Tensor, points: Tensor) -> Tensor:
    finite = torch.isfinite(points).all(dim=1)
    box = held.box(around=starts)
    if box is None:
        return ~finite
    return ~finite | ((points < box.lower - _SLACK) | (points > box.upper + _SLACK)).any(dim=1)
