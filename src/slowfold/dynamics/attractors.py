"""Where the held network goes by itself: to rest, round a cycle, or on for ever."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.basins import basin_radius
from slowfold.dynamics.cycles import Cycle, find_cycles, power, same_orbit
from slowfold.dynamics.ends import Attractors, End
from slowfold.dynamics.fixed_points import FixedPoints, find_fixed_points
from slowfold.dynamics.foretelling import FIRST_GAP, MARKS, Foretelling
from slowfold.dynamics.maps import Map
from slowfold.dynamics.orbits import Motion, Orbit, watch
from slowfold.dynamics.search import roots_from
from slowfold.dynamics.solution import is_still
from slowfold.errors import OptionError

__all__ = ["find_attractors"]

# After so many steps, and whenever twice as many have passed, points and cycles that are not known yet are looked for.
_FIRST_LOOK = 128
# A state that comes back after p steps to within this, over p, of how far it went may be on a cycle. An orbit on a
# circle that never closes comes back to about 1 / p by itself, so a looser test would take it for a cycle.
_RECURRENCE = 1e-3
# States that move less than this in a step, relative to 1 + ||h||, may be near a point that is not listed.
_SLOW = 1e-2
# A start whose distance from a known point has shrunk to this share since the last look is on its way there.
_DRAWN = 0.9
# Whether starts have entered a ball, in which they stay, is looked at whenever so many steps have passed, and after
# every one of the first.
_SETTLING = 8
_SETTLING_FIRST = 16
# In one look at most so many states, and so many periods, are searched from.
_REPRESENTATIVES = 4
_PERIODS = 4
# Steps of a search for a point that is not listed.
_SEARCH_STEPS = 20
# A state longer than this is called to run away before its square overflows.
_AWAY = 1e100
# A still state this near a listed point, relative to 1 + ||h||, is at that point.
_AT = 1e-6


def find_attractors(
    held: Map,
    points: FixedPoints,
    states: Float[Tensor, "start unit"],
    *,
    steps: int = 5_000,
    known: Attractors | None = None,
) -> Attractors:
    """Iterates the map from every start and says where each goes.

    A start comes to rest at a point when it enters a ball from which every state does so (see
    :func:`~slowfold.dynamics.basin_radius`), not when it is merely near or slow; a cycle of period p is a point
    of F^p and is entered in the same way. Where the slowest modes last thousands of steps that ball is small; there it
    is enough that a start came nearer by a tenth or more, in a time that grows with its steps, and so nearly as the
    linearisation had foretold that all it leaves out is less than the distance left, as long as that shrinks with the
    square of the distance, which it does near the point, and is taken to do on the way. So the end of a start is known
    long before it is there. The ends:

    - *listed point*: a stable point among ``points.distinct``.
    - *unlisted point*: a stable point found, and judged fixed, on the way.
    - *cycle*: a stable cycle of two steps or more.
    - *quasi-periodic*, *chaotic*: an orbit that recurs without closing (see :func:`~slowfold.dynamics.watch`),
      told apart by its largest Lyapunov exponent.
    - *point that does not attract*: still to rounding, yet at no isolated stable point: at a saddle, or on a line or a
      ring of fixed points.
    - *runs away*: beyond 1e100, or no longer finite.
    - *still moving*: none of these within ``steps``; a slow passage by a ghost is no rest.

    The share of starts that come to a point is the share of its forward basin; the search for fixed points, which
    takes other ways, says nothing about that.

    Args:
        held: The map that was searched.
        points: What the search came to.
        states: Where to start, [start, unit]; there may be none. They are not changed.
        steps: The most steps from a start; orbits that have not settled by then are watched for as many again.
        known: What was found from other starts: its unlisted points, cycles and orbits keep their rows.

    Raises:
        OptionError: ``steps`` is not positive.
        TensorError: The states have the wrong shape or type, or are not finite; or the map computes in float32, in
            which no point can be told to be still.

    Example:
        >>> cubic = Map(lambda h: h + 0.5 * (h - h**3), size=1)
        >>> points = find_fixed_points(cubic, torch.tensor([[-0.9], [0.1], [0.8]]))
        >>> attractors = find_attractors(cubic, points, torch.tensor([[-0.3], [0.2], [0.4]]))
        >>> attractors
        Attractors(held at map: 3 starts, 3 listed point)
        >>> sorted(attractors.basins.tolist()), attractors.come_to_rest
        ([0, 1, 2], 1.0)
    """
    if steps < 1:
        raise OptionError(f"{steps} is no number of steps", where="steps", cure="give at least 1")
    held.require_double()
    begin = held.states(states) if len(states) else states.to(held.device, held.dtype)
    chase = _Chase(held, points, begin)
    if known is not None:
        chase.expect(known)
    chase.run(steps)
    return chase.ends()


@dataclass(frozen=True)
class _Target:
    """A state that starts can come to, and the radius within which they do."""

    end: End
    row: int
    state: Tensor
    radius: float
    period: int = 1


@dataclass
class _Moving:
    """The starts whose end is not known yet; every field has one row a start."""

    start: Tensor
    state: Tensor
    anchor: Tensor  # the state at the last look
    farthest: Tensor  # how far the state has been from its anchor
    period: Tensor  # after how many steps it came back to its anchor, 0 where it has not
    marks: Tensor  # the states at the last marks, the latest last, [row, mark, unit]

    def keep(self, rows: Tensor) -> _Moving:
        return _Moving(**{name: value[rows] for name, value in vars(self).items()})

    def look_from_here(self) -> None:
        self.anchor = self.state
        self.farthest, self.period = torch.zeros_like(self.farthest), torch.zeros_like(self.period)

    def mark(self) -> None:
        self.marks = torch.cat([self.marks, self.state.unsqueeze(1)], dim=1)[:, -MARKS:]


class _Chase:
    """Iterates all starts together and lets each go as soon as its end is known."""

    def __init__(self, held: Map, points: FixedPoints, begin: Tensor) -> None:
        self.held, self.points, self.begin = held, points, begin
        count = len(begin)
        nothing = torch.zeros(count, dtype=torch.int64, device=begin.device)
        self.state = begin.clone()
        self.end = [End.MOVING] * count
        self.row, self.period, self.steps = nothing - 1, nothing.clone(), nothing.clone()
        self.exponent = begin.new_full((count,), torch.nan)
        self.cycles: list[Cycle] = []
        self.unlisted: list[Tensor] = []
        self.orbits: list[Orbit] = []
        # How many unlisted points and cycles were known before.
        self.expected = {End.UNLISTED: 0, End.CYCLE: 0}
        self.targets: list[_Target] = []
        self.foretellings: dict[int, Foretelling] = {}
        at_rest = begin.new_zeros(count)
        self.moving = _Moving(
            torch.arange(count, device=begin.device), begin, begin, at_rest, nothing.clone(), begin.unsqueeze(1)
        )
        for row in points.distinct.stable.nonzero().flatten().tolist():
            self._aim(End.LISTED, row, points.distinct.point[row])

    def expect(self, known: Attractors) -> None:
        """Adds what other starts came to."""
        for row, point in enumerate(known.unlisted):
            self._aim(End.UNLISTED, row, point)
        for row, cycle in enumerate(known.cycles):
            self._aim(End.CYCLE, row, cycle.states[0], cycle.period)
        self.unlisted, self.cycles, self.orbits = list(known.unlisted), list(known.cycles), list(known.orbits)
        self.expected = {End.UNLISTED: len(self.unlisted), End.CYCLE: len(self.cycles)}

    @torch.no_grad()
    def run(self, steps: int) -> None:
        step, look, since, gap = 0, _FIRST_LOOK, 0, FIRST_GAP
        self._settle(0)
        while step < steps and len(self.moving.start):
            # The ball of a cycle lies around one of its states: it is entered, and left, once in a period.
            every_step = self.cycles or step < _SETTLING_FIRST
            ahead = 1 if every_step else min(_SETTLING - step % _SETTLING, steps - step)
            self._advance(since, ahead)
            step, since = step + ahead, since + ahead
            self._settle(step)
            if step % gap == 0 and len(self.moving.start):
                self._settle_foretold(step, gap)
                self.moving.mark()
                if step == 2 * MARKS * gap:
                    gap *= 2
                    # The others are not marked in gaps of this length.
                    self.moving.marks = self.moving.marks[:, 1::2]
            if step in (look, steps) and len(self.moving.start):
                self._look()
                self._settle(step)
                self.moving.look_from_here()
                look, since = 2 * look, 0
        self._watch(steps)

    def ends(self) -> Attractors:
        """What was found, with only those points and cycles that a start came to, or that were known before."""
        unlisted = self._number(End.UNLISTED)
        cycles = self._number(End.CYCLE)
        return Attractors(
            start=self.begin.clone(),
            state=self.state,
            end=tuple(self.end),
            row=self.row.cpu(),
            period=self.period.cpu(),
            steps=self.steps.cpu(),
            exponent=self.exponent.cpu(),
            unlisted=torch.stack([self.unlisted[row] for row in unlisted]) if unlisted else self.begin[:0].clone(),
            cycles=tuple(self.cycles[row] for row in cycles),
            orbits=tuple(self.orbits),
            listed=len(self.points.distinct),
            held=self.held.name,
        )

    def _aim(self, end: End, row: int, state: Tensor, period: int = 1) -> None:
        """Has starts come to rest at a state, if it attracts at all."""
        several = self.held if period == 1 else power(self.held, period)
        radius = float(basin_radius(several, state.unsqueeze(0))[0])
        if radius > 0:
            self.targets.append(_Target(end, row, state, radius, period))

    def _advance(self, since: int, steps: int) -> None:
        """Some steps of all starts, and after how many steps each first came back to where it was at the last look.

        Args:
            since: How many steps ago the last look was.
            steps: How many are taken.
        """
        moving = self.moving
        path = self.held.follow(moving.state, steps)[1:]
        moving.state = path[-1]
        away = (path - moving.anchor).norm(dim=2)
        farthest = torch.cat([moving.farthest.unsqueeze(0), away]).cummax(dim=0).values
        elapsed = torch.arange(since + 1, since + steps + 1, device=away.device).unsqueeze(1)
        back = (elapsed > 1) & (away <= _RECURRENCE / elapsed * farthest[:-1])
        first = elapsed.squeeze(1)[back.int().argmax(dim=0)]
        moving.period = torch.where((moving.period == 0) & back.any(dim=0), first, moving.period)
        moving.farthest = farthest[-1]

    def _settle(self, step: int) -> None:
        """Lets those go that have entered a ball, or run away."""
        state = self.moving.state
        known = ~(state.abs() <= _AWAY).all(dim=1)
        self._decide(known, End.UNBOUNDED, step)
        if self.targets:
            centres = torch.stack([target.state for target in self.targets])
            radii = state.new_tensor([target.radius for target in self.targets])
            # The exact distance: the quick one by a matrix product is off by more than a small ball's radius.
            away = torch.cdist(state, centres, compute_mode="donot_use_mm_for_euclid_dist")
            inside = away <= radii
            for place in inside.any(dim=0).nonzero().flatten().tolist():
                target = self.targets[place]
                self._decide(inside[:, place] & ~known, target.end, step, target.row, target.period)
                known |= inside[:, place]
        if known.any():
            self.moving = self.moving.keep(~known)

    def _settle_foretold(self, step: int, gap: int) -> None:
        """Lets those go that have come nearer to a stable point since one of the marks, as its linearisation says."""
        moving = self.moving
        known = torch.zeros_like(moving.start, dtype=torch.bool)
        for place, target in enumerate(self.targets):
            if target.period > 1:
                continue
            if place not in self.foretellings:
                self.foretellings[place] = Foretelling(self.held, target.state, gap)
            rows = self.foretellings[place].holds(moving.state, moving.marks, gap) & ~known
            self._decide(rows, target.end, step, target.row, target.period)
            known |= rows
        self.moving = moving.keep(~known)

    def _decide(self, rows: Tensor, end: End, step: int, row: int = -1, period: int = 0) -> None:
        """Notes the end of some of the moving starts; they are not let go here."""
        starts = self.moving.start[rows]
        self.state[starts], self.row[starts] = self.moving.state[rows], row
        self.period[starts], self.steps[starts] = period, step
        for start in starts.tolist():
            self.end[start] = end

    def _look(self) -> None:
        """Looks for cycles where starts have come back, and for points where they are slow."""
        moving = self.moving
        if not len(moving.start):
            return
        for period in moving.period[moving.period > 1].unique().tolist()[:_PERIODS]:
            self._look_for_cycles(_some(moving.state[moving.period == period]), period)
        step = (self.held(moving.state) - moving.state).norm(dim=1)
        slow = (moving.period == 0) & (step <= _SLOW * (1 + moving.state.norm(dim=1)))
        slow &= ~self._drawing_near()
        if slow.any():
            self._look_for_points(_some(moving.state[slow]))

    def _drawing_near(self) -> Tensor:
        """Which starts have come a tenth nearer to a known point since the last look: no other is looked for there."""
        moving = self.moving
        near = torch.zeros_like(moving.start, dtype=torch.bool)
        for target in self.targets:
            left = (moving.state - target.state).norm(dim=1)
            near |= left <= _DRAWN * (moving.anchor - target.state).norm(dim=1)
        return near

    def _look_for_cycles(self, states: Tensor, period: int) -> None:
        for cycle in find_cycles(self.held, states, period):
            if cycle.stable and not any(same_orbit(known.states, cycle.states[0]) for known in self.cycles):
                self._aim(End.CYCLE, len(self.cycles), cycle.states[0], cycle.period)
                self.cycles.append(cycle)

    def _look_for_points(self, states: Tensor) -> None:
        # Most lead to what is listed; only what is new is worth a certificate.
        roots = roots_from(self.held, states, max_steps=_SEARCH_STEPS, known=self.points.distinct)
        new = [root for root in roots if not self._known(root)]
        if not new:
            return
        found = find_fixed_points(self.held, torch.stack(new))
        for point in found.distinct.point[found.distinct.stable.to(states.device)]:
            if not self._known(point):
                self._aim(End.UNLISTED, len(self.unlisted), point)
                self.unlisted.append(point)

    def _known(self, point: Tensor) -> bool:
        """Whether a fixed point is listed, or lies in a ball, in which there is but one."""
        inside = any((point - target.state).norm() <= target.radius for target in self.targets)
        return inside or self._listed_at(point) >= 0

    def _watch(self, steps: int) -> None:
        """What becomes of the starts that have not settled within the budget."""
        self._settle_still(steps)
        moving = self.moving
        if not len(moving.start):
            return
        self._decide(torch.ones_like(moving.start, dtype=torch.bool), End.MOVING, steps)
        still = is_still(moving.state, self.held.speed(moving.state))
        self._decide(still, End.BALANCED, steps, period=1)
        for place in still.nonzero().flatten().tolist():
            self.row[moving.start[place]] = self._listed_at(moving.state[place])
        starts = moving.start[~still]
        if not len(starts):
            return
        orbits, member = watch(self.held, moving.state[~still], steps)
        kinds = {Motion.QUASI_PERIODIC: End.QUASI_PERIODIC, Motion.CHAOTIC: End.CHAOTIC}
        rows = [self._number_of(orbit) if orbit.motion in kinds else -1 for orbit in orbits]
        for start, orbit in zip(starts.tolist(), member.tolist(), strict=True):
            self.exponent[start], self.row[start] = orbits[orbit].exponent, rows[orbit]
            self.end[start] = kinds.get(orbits[orbit].motion, End.MOVING)

    def _settle_still(self, steps: int) -> None:
        """Lets those go that stand still at stable points: a look takes only some, so until one finds no more."""
        while len(self.moving.start):
            still = is_still(self.moving.state, self.held.speed(self.moving.state))
            known = len(self.unlisted)
            if still.any():
                self._look_for_points(_some(self.moving.state[still]))
            if len(self.unlisted) == known:
                return
            self._settle(steps)

    def _number_of(self, orbit: Orbit) -> int:
        """The row of an orbit that recurs, among those known or after them."""
        for row, known in enumerate(self.orbits):
            if known.motion is orbit.motion and known.holds(orbit.states[-1]):
                return row
        self.orbits.append(orbit)
        return len(self.orbits) - 1

    def _listed_at(self, state: Tensor) -> int:
        """The row of the listed point at which a state is, -1 where there is none."""
        listed = self.points.distinct.point
        if not len(listed):
            return -1
        away = (listed - state).norm(dim=1)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _AT * (1 + state.norm()) else -1

    def _number(self, end: End) -> list[int]:
        """Numbers anew what starts came to of one kind, after what was known before; returns the former rows."""
        starts = torch.tensor([other is end for other in self.end], dtype=torch.bool, device=self.row.device)
        before = list(range(self.expected[end]))
        rows = before + sorted(set(self.row[starts].tolist()) - set(before))
        number = {row: place for place, row in enumerate(rows)}
        self.row[starts] = self.row.new_tensor([number[row] for row in self.row[starts].tolist()])
        return rows


def _some(states: Tensor) -> Tensor:
    """At most so many of the states, evenly chosen."""
    every = -(-len(states) // _REPRESENTATIVES)
    return states[::every]
