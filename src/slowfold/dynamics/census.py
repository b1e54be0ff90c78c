"""The audited census: whether the fixed points found can be all there are, and the search for missing ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.attractors import find_attractors
from slowfold.dynamics.distinct import DistinctPoints, cluster
from slowfold.dynamics.ends import Attractors, End
from slowfold.dynamics.fixed_points import FixedPoints, Verdict, find_fixed_points, search_on
from slowfold.dynamics.maps import Map
from slowfold.dynamics.modes import linearize
from slowfold.dynamics.search import Solver
from slowfold.dynamics.starts import SETTLING_STEPS, choose_starts, scatter, spread
from slowfold.errors import OptionError

__all__ = ["Audit", "Census", "audit", "complete_census", "take_census"]

# In one round at least so many pairs of points are searched between, and twice as many pairs as there are points.
_PAIRS = 16
# The step aside from an unstable point.
_ASIDE = 1e-3
# Those that come this near each other, relative to 1 + ||h||, are one start.
_SHARED = 1e-3
# So many further starts at least are drawn in each round, and twice as many as there are points.
_SCATTERED = 16
# A real mode has no imaginary part, so none that could be followed.
_NO_DIRECTION = 1e-6


@dataclass(frozen=True)
class Audit:
    """What the index of the fixed points, and where the map goes by itself, say about their number.

    Attributes:
        applicable: Whether the theorem applies: the map takes a box into itself and the points are isolated.
        reason: Why it does not apply; empty where it does.
        sum: The sum of sign det(I - J) over the distinct fixed points, None where the theorem does not apply.
        unlisted: How many stable points were come to by iterating the map that the search had not listed.
        complete: Whether the sum is +1, as it is over all fixed points, and no stable point is unlisted. A sum other
            than +1 proves that points are missing; +1 does not prove that none is, for points can be missing in pairs.
            None where nothing can be told.
        come_to_rest: The share of starts that come to rest at a listed stable point when the map is iterated; NaN where
            there are none. The others go round cycles, or on for ever, of which the sum says nothing.
    """

    applicable: bool
    reason: str
    sum: int | None
    unlisted: int
    complete: bool | None
    come_to_rest: float

    def __str__(self) -> str:
        return f"{self._verdict()}; {self.come_to_rest:.0%} of starts come to rest at them"

    def _verdict(self) -> str:
        if self.unlisted:
            points = "1 stable point" if self.unlisted == 1 else f"{self.unlisted} stable points"
            return f"incomplete: starts come to rest at {points} that the search had not listed"
        if not self.applicable:
            return f"not applicable: {self.reason}"
        if self.complete:
            return "complete as far as the index can tell"
        return f"incomplete: the sum is {self.sum}"


@dataclass(frozen=True)
class Census:
    """The fixed points of a map, as completely as they could be found.

    Attributes:
        points: All searches as one, those from the first starts first.
        audit: What can be said of their number.
        attractors: Where visited states come to when the map is iterated.
        first: The number of first starts; the others were added where points could be missing.
        rounds: How many further searches there were.
    """

    points: FixedPoints
    audit: Audit
    attractors: Attractors
    first: int
    rounds: int


def audit(held: Map, points: FixedPoints, attractors: Attractors | None = None) -> Audit:
    """Adds up the indices of the distinct fixed points, which over all of them is +1, and iterates the map.

    If F takes a compact convex set into itself and its fixed points are isolated, with no eigenvalue equal to 1, then
    the sum over all of them of sign det(I - J) is +1.

    Args:
        held: The map that was searched.
        points: What the search came to.
        attractors: Where starts come to; unless given, the starts of the search are iterated.

    Source:
        The Lefschetz-Hopf theorem; for a ball, Brouwer's degree of I - F.

    Example:
        >>> from slowfold.cells import Box
        >>> wall = torch.ones(1, dtype=torch.float64)
        >>> held = Map(lambda h: torch.tanh(2 * h), size=1, box=Box(-wall, wall))
        >>> print(audit(held, find_fixed_points(held, torch.tensor([[0.9], [-0.9]]))))
        incomplete: the sum is 2; 100% of starts come to rest at them
        >>> print(audit(held, find_fixed_points(held, torch.tensor([[0.9], [-0.9], [0.01]]))))
        complete as far as the index can tell; 100% of starts come to rest at them
    """
    if attractors is None:
        attractors = find_attractors(held, points, points.start)
    unlisted, rest = len(attractors.unlisted), attractors.come_to_rest
    reason = _obstacle(held, points)
    if reason:
        return Audit(
            applicable=False,
            reason=reason,
            sum=None,
            unlisted=unlisted,
            complete=False if unlisted else None,
            come_to_rest=rest,
        )
    total = int(points.distinct.index.sum())
    complete = total == 1 and not unlisted
    return Audit(applicable=True, reason="", sum=total, unlisted=unlisted, complete=complete, come_to_rest=rest)


def take_census(
    held: Map,
    states: Float[Tensor, "state unit"],
    *,
    apart: int = 64,
    rounds: int = 8,
    seed: int = 0,
    solver: Solver | None = None,
) -> Census:
    """Finds the fixed points of a map, and goes on until their indices add up and nothing new turns up.

    Args:
        held: The map.
        states: States that the network visits, [state, unit].
        apart: From how many of them to search, chosen far apart; where a quarter of them settle is searched from too.
        rounds: The most further searches; see :func:`complete_census`.
        seed: Decides the further starts.
        solver: See :func:`~slowfold.dynamics.find_fixed_points`.

    Raises:
        TensorError: The states have the wrong shape or type, are none, or are not finite.
        OptionError: A number is out of range, or there is no such solver.

    Example:
        >>> from slowfold.cells import Box
        >>> wall = torch.ones(1, dtype=torch.float64)
        >>> held = Map(lambda h: torch.tanh(2 * h), size=1, box=Box(-wall, wall))
        >>> census = take_census(held, torch.tensor([[0.9], [-0.2]]))
        >>> census.points.distinct.point.flatten().sort().values.round(decimals=3).tolist()
        [-0.958, 0.0, 0.958]
        >>> census.audit.sum
        1
    """
    _require_rounds(rounds)
    visited = spread(held.states(states), apart)
    begin = choose_starts(held, visited, apart=apart, settled=-(-apart // 4))
    points = find_fixed_points(held, begin, solver=solver)
    # Those that have settled already say nothing of where the network goes.
    return _complete(held, points, visited, begin[: min(apart, len(visited))], rounds, seed)


def complete_census(
    held: Map,
    points: FixedPoints,
    states: Float[Tensor, "state unit"] | None = None,
    *,
    rounds: int = 8,
    seed: int = 0,
) -> Census:
    """Searches on until the indices add up to +1, no stable point is unlisted, and a round has found nothing new.

    The further starts of a round lie between the distinct points, ghosts included, nearest pairs first and then any;
    where the held network comes to from a small step along each unstable direction; at stable points that the map came
    to and the search had not listed; and anywhere within 1.5 times the range of the visited states.

    Args:
        held: The map that was searched.
        points: What the search came to.
        states: States that the network visits, [state, unit]; unless given, the starts of the search stand for them.
        rounds: The most further searches.
        seed: Decides the further starts.

    Raises:
        OptionError: ``rounds`` is negative.

    Example:
        >>> from slowfold.cells import Box
        >>> wall = torch.ones(1, dtype=torch.float64)
        >>> held = Map(lambda h: torch.tanh(2 * h), size=1, box=Box(-wall, wall))
        >>> partial = find_fixed_points(held, torch.tensor([[0.9], [-0.9]]))
        >>> complete_census(held, partial).audit.sum
        1
    """
    _require_rounds(rounds)
    visited = points.start if states is None else spread(held.states(states))
    return _complete(held, points, visited, points.start, rounds, seed)


def _require_rounds(rounds: int) -> None:
    if rounds < 0:
        raise OptionError(f"{rounds} is no number of rounds", where="rounds", cure="give 0 or more")


def _complete(held: Map, points: FixedPoints, visited: Tensor, iterated: Tensor, rounds: int, seed: int) -> Census:
    generator = torch.Generator().manual_seed(seed)
    first, used = len(points), 0
    attractors = find_attractors(held, points, iterated)
    checked = audit(held, points, attractors)
    while used < rounds:
        before = points
        starts = _further(held, points, attractors, visited, generator, nearest=used == 0)
        points = search_on(held, points, starts)
        used += 1
        if len(points.distinct) > len(before.distinct):
            attractors = find_attractors(held, points, iterated)
        else:
            attractors = _renumbered(attractors, before, points)
        checked = audit(held, points, attractors)
        if len(points.distinct) == len(before.distinct) and checked.complete is not False:
            break
    return Census(points, checked, attractors, first, used)


def _renumbered(attractors: Attractors, before: FixedPoints, after: FixedPoints) -> Attractors:
    """The same ends, by the rows that the same points have after a search that went on and found no others."""
    rows = torch.full((len(before.distinct),), -1, dtype=torch.int64)
    for start, (row, verdict) in enumerate(zip(before.member.tolist(), before.verdict, strict=True)):
        if row >= 0 and verdict is not Verdict.GHOST:
            rows[row] = after.member[start]
    listed = torch.tensor([end in (End.LISTED, End.BALANCED) for end in attractors.end], dtype=torch.bool)
    listed &= attractors.row >= 0
    row = attractors.row.clone()
    row[listed] = rows[row[listed]]
    return replace(attractors, row=row)


def _further(
    held: Map,
    points: FixedPoints,
    attractors: Attractors,
    states: Tensor,
    generator: torch.Generator,
    *,
    nearest: bool,
) -> Tensor:
    """The starts of a further round, [start, unit]."""
    # Where many have been found more are to be expected.
    twice = 2 * len(points.distinct)
    between = _between(points, max(_PAIRS, twice), None if nearest else generator)
    drawn = scatter(states, max(_SCATTERED, twice), generator)
    return torch.cat([attractors.unlisted, between, _beside(held, points.distinct), drawn])


def _between(points: FixedPoints, pairs: int, generator: torch.Generator | None) -> Tensor:
    """Starts on the lines between the nearest pairs of points, or any pairs that are drawn, [start, unit]."""
    known = torch.cat([points.distinct.point, points.ghosts.point])
    first, second = torch.triu_indices(len(known), len(known), offset=1, device=known.device)
    if generator is None:
        chosen = (known[first] - known[second]).norm(dim=1).argsort(stable=True)[:pairs]
    else:
        chosen = torch.randperm(len(first), generator=generator)[:pairs].to(known.device)
    one, other = known[first[chosen]], known[second[chosen]]
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
    settled = held.iterate(torch.cat(steps).to(distinct.point), SETTLING_STEPS)
    settled = settled[torch.isfinite(settled).all(dim=1)]
    # Most come to the same few places.
    nothing = torch.zeros(len(settled), dtype=settled.dtype, device=settled.device)
    return settled[cluster(settled, nothing, nothing == 0, within=_SHARED)[0].to(settled.device)]


def _obstacle(held: Map, points: FixedPoints) -> str:
    """Why the theorem does not apply; empty where it does."""
    if held.box(around=points.start) is None:
        return "no box is known that the map takes into itself"
    degenerate = points.count(Verdict.DEGENERATE)
    return f"{degenerate} starts came to degenerate points, which need not be isolated" if degenerate else ""
