"""The search for fixed points: a verdict for every start, and the list of distinct points."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from jaxtyping import Float, Int
from torch import Tensor

from slowfold.dynamics.distinct import DistinctGhosts, DistinctPoints, distinct_ghosts, distinct_points
from slowfold.dynamics.maps import Map
from slowfold.dynamics.search import SOLVERS, Solver, search_from, solver_for
from slowfold.dynamics.solution import Solution
from slowfold.errors import OptionError

__all__ = ["FixedPoints", "Verdict", "find_fixed_points", "search_on"]

# A stationary point of q above this is no root; below, nobody can tell.
_GHOST_Q = 1e-14
# Ghosts are minima of q, found to the square root of the precision of roots: closer than this, relative, they are one.
_GHOSTS_WITHIN = 1e-3


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
        solution: Where it ended, and how; one row a start.
        verdict: What the end is, one a start.
        distinct: The distinct points where starts came to be still, degenerate ones included.
        ghosts: The distinct ghosts: places where q is stationary without being 0, the scars of vanished fixed points.
        member: The row in ``distinct`` (for a ghost, in ``ghosts``) that each start came to; -1 where neither, [start].
        held: What the map was held at.
        within: How close ends are that count as one point, beside their Newton steps; see :func:`find_fixed_points`.
        max_steps: The most steps tried from a start, on each of the two maps.
        solver: What searched.
    """

    start: Float[Tensor, "start unit"]
    solution: Solution
    verdict: tuple[Verdict, ...]
    distinct: DistinctPoints
    ghosts: DistinctGhosts
    member: Int[Tensor, " start"]
    held: str
    within: float
    max_steps: int
    solver: Solver

    @property
    def point(self) -> Float[Tensor, "start unit"]:
        """Where each start ended, [start, unit]."""
        return self.solution.point

    @property
    def q(self) -> Float[Tensor, " start"]:
        """1/2 ||F(h) - h||^2 at the end, summed over units, [start]."""
        return self.solution.q

    @property
    def gradient(self) -> Float[Tensor, " start"]:
        """The length of the gradient of q at the end, [start]."""
        return self.solution.gradient

    @property
    def steps(self) -> Int[Tensor, " start"]:
        """How many steps were tried, [start]."""
        return self.solution.steps

    def count(self, verdict: Verdict) -> int:
        """How many starts came to this verdict."""
        return self.verdict.count(verdict)

    def __len__(self) -> int:
        return len(self.verdict)

    def __repr__(self) -> str:
        return f"FixedPoints(held at {self._told()}; {len(self.distinct)} distinct)"

    def _repr_html_(self) -> str:
        # A notebook asks for this; whoever computes needs no markup.
        from slowfold.dynamics.showing import fixed_points_html

        return fixed_points_html(self, self._told())

    def _told(self) -> str:
        counts = ", ".join(f"{self.count(verdict)} {verdict.value}" for verdict in Verdict if self.count(verdict))
        return f"{self.held}: {len(self)} starts, {counts}"


def find_fixed_points(
    held: Map,
    starts: Float[Tensor, "start unit"],
    *,
    solver: Solver | None = None,
    max_steps: int | None = None,
    within: float = 1e-6,
) -> FixedPoints:
    """Searches for the fixed points of a map from every start.

    The verdicts:

    - *fixed*: q <= 1e-20 (1 + ||h||^2), and the point is certain to be an isolated root. Where the curvature of the
      cell is bounded from its weights that is a proof, where it is sampled strong evidence; see
      :class:`~slowfold.dynamics.Certificate`.
    - *ghost*: q has a stationary point that is no root, ||(J - I)^T r|| <= 1e-7 max(1, ||J - I||) ||r|| with
      r = F(h) - h and q > 1e-14; of an LSTM, whose c is at rest there, stationary in h.
    - *degenerate*: still but not certain, because I - J has a singular value below 1e-6 or no ball can be proven: it
      need not be isolated, or be a root at all; or stationary with q <= 1e-14, too little to tell ghosts from roots.
    - *out of bounds*: outside the box that the map takes into itself (of a cell, one that holds all starts), or no
      longer finite.
    - *unconverged*: anything else.

    Args:
        held: The map.
        starts: Where to start, [start, unit]; the states a network visits serve well. They are not changed.
        solver: ``"levenberg-marquardt"``; ``"matrix-free"``, the same without forming Jacobians, for thousands of
            units; or ``"adam"``, the minimisation of q that the papers use, for comparison. Unless given, the first up
            to 1,024 units and the second beyond.
        max_steps: The most steps tried from a start, on the steady map and again on the map itself; unless given, 200,
            and 5,000 of Adam.
        within: Ends closer than this, relative to 1 + ||h||, are one point; four times their Newton steps are allowed
            for besides, and ghosts, which are found less exactly, are one within 1e-3.

    Raises:
        TensorError: The starts have the wrong shape or type, are none, or are not finite; or the map computes in
            float32, in which no point can be told to be still.
        OptionError: ``max_steps`` or ``within`` is not positive, or there is no such solver.

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
    if (max_steps is not None and max_steps < 1) or not within > 0:
        raise OptionError("max_steps and within must be positive", where="find_fixed_points")
    if solver is not None and solver not in SOLVERS:
        raise OptionError(f"{solver!r} is unknown", where="solver", cure=f"choose from {', '.join(SOLVERS)}")
    held.require_double()
    begin = held.states(starts).clone()
    solver = solver or solver_for(held)
    max_steps = max_steps or SOLVERS[solver].max_steps
    solution = search_from(held, begin, solver=solver, max_steps=max_steps)
    ends = _ends(held, begin, solution)
    return _gather(held, begin, solution, ends, within=within, max_steps=max_steps, solver=solver)


def search_on(held: Map, points: FixedPoints, starts: Float[Tensor, "start unit"]) -> FixedPoints:
    """Searches from further starts, and gathers the distinct points of all of them anew.

    A start that comes so near a point found before that Newton's method is proven to lead there ends at that point.

    Args:
        held: The map that was searched.
        points: What the search came to so far; its solver, ``within`` and ``max_steps`` hold for the further starts.
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
    begin = held.states(starts).clone()
    further = search_from(held, begin, solver=points.solver, max_steps=points.max_steps, known=points.distinct)
    solution = Solution.join([points.solution, further])
    everyone = torch.cat([points.start, begin])
    # What each end is is found out anew: the box holds more starts now, and the distinct points are others.
    return _gather(
        held,
        everyone,
        solution,
        _ends(held, everyone, solution),
        within=points.within,
        max_steps=points.max_steps,
        solver=points.solver,
        known=points,
    )


def _ends(held: Map, begin: Tensor, solution: Solution) -> list[Verdict]:
    """What every end is, as far as one end alone can tell."""
    ends = [Verdict.UNCONVERGED] * len(begin)
    for rows, verdict in (
        (solution.stationary & (solution.q > _GHOST_Q), Verdict.GHOST),
        (solution.stationary & (solution.q <= _GHOST_Q), Verdict.DEGENERATE),
        (solution.still, Verdict.FIXED),
        (~held.allows(solution.point, around=begin), Verdict.OUT_OF_BOUNDS),
    ):
        for start in rows.nonzero().flatten().tolist():
            ends[start] = verdict
    return ends


def _gather(
    held: Map,
    begin: Tensor,
    solution: Solution,
    ends: list[Verdict],
    *,
    within: float,
    max_steps: int,
    solver: Solver,
    known: FixedPoints | None = None,
) -> FixedPoints:
    def rows(verdict: Verdict) -> Tensor:
        return torch.tensor([end is verdict for end in ends], device=begin.device)

    distinct, fixed_member = distinct_points(
        held,
        solution.point,
        solution.q,
        solution.newton,
        rows(Verdict.FIXED),
        within=within,
        known=None if known is None else known.distinct,
    )
    ghosts, ghost_member = distinct_ghosts(
        held,
        solution.point,
        solution.q,
        rows(Verdict.GHOST),
        within=max(within, _GHOSTS_WITHIN),
        known=None if known is None else known.ghosts,
    )
    certain = distinct.certain.tolist()
    verdict = tuple(
        Verdict.DEGENERATE if end is Verdict.FIXED and not certain[row] else end
        for end, row in zip(ends, fixed_member.tolist(), strict=True)
    )
    return FixedPoints(
        start=begin,
        solution=solution,
        verdict=verdict,
        distinct=distinct,
        ghosts=ghosts,
        member=torch.maximum(fixed_member, ghost_member),
        held=held.name,
        within=within,
        max_steps=max_steps,
        solver=solver,
    )
