"""The curve of fixed points in state and input together: how a point is brought to it, and how it is followed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import torch
from torch import Tensor

from slowfold.dynamics.families import Family
from slowfold.dynamics.solution import is_still, q_of

__all__ = ["NAMED", "Curve", "Ending", "Knot", "Trace", "follow", "is_turn"]

# The inputs between which the family is.
NAMED = (0.0, 1.0)
# Lengths along a branch count the root mean square of the units and s alike: the first step, the longest, and the one
# below which a branch is given up.
_FIRST, _LONGEST, _SHORTEST = 0.02, 0.2, 1e-7
# The rate at which corrections shrink and the angle between tangents, in radians, that the length of a step aims at.
# At four times that rate or twice that angle the step is taken again, shorter.
_RATE, _ANGLE = 0.15, 0.2
# A branch turns its orientation only where it meets another: a longer step that does has jumped, or must come closer.
_MEETING = 1e-4
# A fold is refined until s has no more part than this in the tangent, which makes s right to about its square; a
# crossing until s is right to this, from where Newton's method goes on with s held.
_FLAT, _NEAR, _REFINEMENTS = 1e-7, 1e-3, 60
# Newton steps in which a guess must come to the curve, and the last one's length relative to 1 + ||(h, s)||.
_CORRECTIONS, _CLOSE = 8, 1e-8
# Two points closer than this, relative to 1 + ||(h, s)||, are one.
_SAME = 1e-6
# Damped steps from a guess to the nearest point of the curve, and the least share of a step that is tried.
_LANDINGS, _LEAST = 40, 1e-6


class Ending(Enum):
    """Why a branch was followed no further; the values are the words that people read."""

    LEFT = "came to the end of the stretch of inputs"
    CLOSED = "closed on itself"
    BUDGET = "ran out of steps"
    LOST = "lost: no step was small enough"


@dataclass(frozen=True, eq=False)
class Knot:
    """A point of a branch: (h, s) as one vector, the direction in which the branch is followed, its orientation."""

    at: Tensor
    tangent: Tensor
    orientation: int  # the sign of det [dG/du; tangent], the same all along a branch

    def turned(self) -> Knot:
        return Knot(self.at, -self.tangent, -self.orientation)


class Curve:
    """The zeros of G(u) = F(h; s) - h, u = (h, w s).

    With w the square root of the size, s weighs as much as all units together.
    """

    def __init__(self, family: Family) -> None:
        self.family = family
        self.weight = math.sqrt(family.size)
        self.along_share = torch.zeros(family.size + 1, dtype=torch.float64)
        self.along_share[-1] = 1.0

    def place(self, state: Tensor, share: float) -> Tensor:
        return torch.cat([state, state.new_full((1,), share * self.weight)])

    def share(self, knot: Knot) -> float:
        return float(knot.at[-1]) / self.weight

    def residual(self, at: Tensor) -> Tensor:
        state, share = at[None, :-1], at[-1:] / self.weight
        return (self.family(state, share) - state)[0]

    def derivative(self, at: Tensor) -> Tensor:
        """dG/du, [unit, unit + 1]."""
        derivative = self.family.jacobian(at[None, :-1], at[-1:] / self.weight)[0].clone()
        derivative.diagonal().sub_(1.0)
        derivative[:, -1] /= self.weight
        return derivative

    def is_fixed(self, at: Tensor) -> bool:
        return bool(is_still(at[None, :-1], q_of(self.residual(at)[None])))

    def solve(self, at: Tensor, border: Tensor) -> tuple[Tensor, Tensor, int] | None:
        """The Newton step across ``border``, the tangent on its side, and the orientation of that tangent."""
        matrix = torch.cat([self.derivative(at), border.unsqueeze(0)])
        sides = torch.stack([torch.cat([-self.residual(at), at.new_zeros(1)]), self.along_share.to(at)], dim=1)
        factor, pivots, failed = torch.linalg.lu_factor_ex(matrix)
        if failed or not torch.isfinite(factor).all():
            return None
        move, tangent = torch.linalg.lu_solve(factor, pivots, sides).unbind(dim=1)
        exchanges = int((pivots != torch.arange(1, len(pivots) + 1, device=pivots.device)).sum())
        negative = int((factor.diagonal() < 0).sum())
        # border . tangent = 1 is positive, so that either gives the determinant the same sign.
        return move, tangent / tangent.norm(), -1 if (exchanges + negative) % 2 else 1

    def correct(self, guess: Tensor, border: Tensor) -> tuple[Knot, float] | None:
        """The point of the branch on the plane through ``guess`` across ``border``, and the rate of the corrections."""
        at, before, rate = guess, math.inf, 0.0
        for _ in range(_CORRECTIONS):
            solved = self.solve(at, border)
            if solved is None:
                return None
            move, tangent, orientation = solved
            length, close = float(move.norm()), _CLOSE * (1 + float(at.norm()))
            if not math.isfinite(length):
                return None
            at = at + move
            if length <= close:
                return Knot(at, tangent, orientation), rate
            if length > before:
                return None
            rate = max(rate, length / before)
            before = length
        return None

    def land_at(self, guess: Tensor) -> Knot | None:
        """The fixed point nearest to ``guess`` with its s held, down to rounding."""
        corrected = self.correct(guess, self.along_share.to(guess))
        if corrected is None:
            return None
        knot, _ = corrected
        polished = self.solve(knot.at, self.along_share.to(guess))
        if polished is not None:
            knot = Knot(torch.cat([(knot.at + polished[0])[:-1], guess[-1:]]), *polished[1:])
        return knot if self.is_fixed(knot.at) else None

    def land_near(self, guess: Tensor) -> Knot | None:
        """A point of a branch near ``guess``, by the least steps in state and s that solve the linearised equation."""
        at = guess
        for _ in range(_LANDINGS):
            # The last column of the complete Q spans what dG/du does not see: the tangent of a branch.
            border = torch.linalg.qr(self.derivative(at).T, mode="complete")[0][:, -1]
            solved = self.solve(at, border)
            if solved is None or not torch.isfinite(solved[0]).all():
                return None
            move, tangent, orientation = solved
            if float(move.norm()) <= _CLOSE * (1 + float(at.norm())):
                return Knot(at + move, tangent, orientation)
            size, share = float(self.residual(at).norm()), 1.0
            while not float(self.residual(at + share * move).norm()) < size:
                share /= 2
                if share < _LEAST:
                    return None
            at = at + share * move
        return None

    def passes(self, knots: list[Knot], at: Tensor) -> bool:
        """Whether the branch through ``knots`` passes ``at``."""
        if len(knots) < 2:
            return False
        close = _SAME * (1 + float(at.norm()))
        ones, others = (torch.stack([knot.at for knot in some]) for some in (knots[:-1], knots[1:]))
        tangents = torch.stack([knot.tangent for knot in knots[:-1]])
        apart, length = at - ones, (others - ones).norm(dim=1)
        along = (apart * tangents).sum(dim=1)
        across = (apart - along.unsqueeze(1) * tangents).norm(dim=1)
        near = (along >= -close) & (along <= length + close) & (across <= length)
        for row in near.nonzero().flatten().tolist():
            corrected = self.correct(ones[row] + along[row] * tangents[row], tangents[row])
            if corrected is not None and float((corrected[0].at - at).norm()) <= close:
                return True
        return False


@dataclass
class Trace:
    """A branch as far as it was followed one way."""

    knots: list[Knot]
    ending: Ending = Ending.BUDGET
    crossings: list[Knot] = field(default_factory=list)
    folds: list[Knot] = field(default_factory=list)
    meetings: list[Knot] = field(default_factory=list)


@dataclass(frozen=True)
class _Stretch:
    """What lies on one step along a branch, in order: folds, crossings of s = 0 and s = 1, and its end."""

    knots: list[Knot]
    crossings: list[Knot]
    folds: list[Knot]
    left: bool  # the step leads out of the stretch of inputs, and ends where it does


def follow(curve: Curve, start: Knot, *, beyond: float, max_steps: int) -> Trace:
    """A branch from a knot on, until it leaves -beyond <= s <= 1 + beyond, closes, or cannot be followed."""
    trace, limits, length = Trace([start]), (-beyond, 1 + beyond), _FIRST * curve.weight
    if (curve.share(start) <= limits[0] and start.tangent[-1] < 0) or (
        curve.share(start) >= limits[1] and start.tangent[-1] > 0
    ):
        trace.ending = Ending.LEFT
        return trace
    for _ in range(max_steps):
        here = trace.knots[-1]
        corrected = curve.correct(here.at + length * here.tangent, here.tangent)
        strain = math.inf if corrected is None else _strain(here, *corrected)
        stretch, met = None, corrected is not None and corrected[0].orientation != here.orientation
        if corrected is not None and strain <= 2 and not (met and length > _MEETING * curve.weight):
            stretch = _stretch(curve, here, corrected[0], length, limits)
        if stretch is None:
            length /= 2
            if length < _SHORTEST * curve.weight:
                trace.ending = Ending.LOST
                return trace
            continue
        if len(trace.knots) > 1 and curve.passes([here, stretch.knots[-1]], start.at):
            # What lies past the start was met on the first step; a crossing at the start itself is known as well.
            trace.crossings.extend(knot for knot in stretch.crossings if _ahead(knot, start) > _SAME)
            trace.folds.extend(knot for knot in stretch.folds if _ahead(knot, start) >= -_SAME)
            trace.knots.append(start)
            trace.ending = Ending.CLOSED
            return trace
        trace.knots.extend(stretch.knots)
        trace.crossings.extend(stretch.crossings)
        trace.folds.extend(stretch.folds)
        trace.meetings.extend([here] if met else [])
        if stretch.left:
            trace.ending = Ending.LEFT
            return trace
        length = min(length / max(strain, 0.5), _LONGEST * curve.weight)
    return trace


def is_turn(forth: Trace, back: Trace) -> bool:
    """Whether the start of both is a fold itself, as the point nearest to a ghost may be."""
    start = forth.knots[0]
    if abs(start.tangent[-1]) > _FLAT or min(len(forth.knots), len(back.knots)) == 1:
        return False
    return bool((forth.knots[1].at - start.at)[-1] * (back.knots[1].at - start.at)[-1] > 0)


def _ahead(knot: Knot, other: Knot) -> float:
    """How far ahead of a knot another lies, relative to 1 + ||(h, s)||."""
    return float((other.at - knot.at) @ other.tangent) / (1 + float(other.at.norm()))


def _strain(here: Knot, there: Knot, rate: float) -> float:
    """How much too long a step was: above 1 the next is to be shorter, above 2 this one is not to be taken."""
    chord = there.at - here.at
    # Both the chord and the next tangent: a jump to a parallel branch turns only the chord.
    cosine = min(float(here.tangent @ chord / chord.norm()), float(here.tangent @ there.tangent), 1.0)
    return max(math.sqrt(rate / _RATE), math.acos(max(cosine, -1.0)) / _ANGLE)


def _stretch(curve: Curve, here: Knot, there: Knot, length: float, limits: tuple[float, float]) -> _Stretch | None:
    """What a step passed, each brought to the branch; None where one cannot be, so that the step must be shorter."""
    ends = (0.0, here), (length, there)
    marks = [*ends]
    fold: tuple[float, Knot] | None = None
    if here.tangent[-1] * there.tangent[-1] < 0 and abs(here.tangent[-1]) > _FLAT:
        if here.orientation != there.orientation:
            # Where branches meet Newton's method fails, and the step is so short that its end will do.
            fold = ends[1]
        else:
            fold = _seek(curve, here, *ends, lambda knot: float(knot.tangent[-1]), _FLAT)
            if fold is None:
                return None
            marks.insert(1, fold)
    knots: list[Knot] = []
    crossings: list[Knot] = []
    for one, other in itertools.pairwise(marks):
        for level in _levels(curve.share(one[1]), curve.share(other[1]), limits):
            crossed = _cross(curve, here, one, other, level)
            if crossed is None:
                return None
            knots.append(crossed)
            if level in NAMED:
                crossings.append(crossed)
            if level in limits:
                # A fold that lies past the limit is not on the branch as far as it is followed.
                return _Stretch(knots, crossings, [fold[1]] if fold is not None and fold is one else [], left=True)
        knots.append(other[1])
    folds = [] if fold is None else [fold[1]]
    return _Stretch(knots, crossings, folds, left=False)


def _levels(before: float, after: float, limits: tuple[float, float]) -> list[float]:
    """The values of s that matter between one share and another, in the order in which they are passed."""
    levels = sorted({*NAMED, *limits}, reverse=after < before)
    return [level for level in levels if before != level and (before - level) * (after - level) <= 0]


def _cross(curve: Curve, here: Knot, one: tuple[float, Knot], other: tuple[float, Knot], level: float) -> Knot | None:
    """The fixed point of a branch at an s that it passes between two points without a fold between them."""
    found = _seek(curve, here, one, other, lambda knot: curve.share(knot) - level, _NEAR)
    if found is None:
        return None
    near = found[1]
    landed = curve.land_at(curve.place(near.at[:-1], level))
    if landed is None:
        return None
    if landed.tangent @ near.tangent < 0:
        landed = landed.turned()
    # Beside a fold there are two fixed points at one s, and only one of them is on this side of it.
    same = landed.tangent[-1] * near.tangent[-1] > 0 and landed.orientation == near.orientation
    return landed if same and float((landed.at - near.at).norm()) <= 2 * (other[0] - one[0]) else None


def _seek(
    curve: Curve,
    here: Knot,
    low: tuple[float, Knot],
    high: tuple[float, Knot],
    value: Callable[[Knot], float],
    within: float,
) -> tuple[float, Knot] | None:
    """How far along the tangent at ``here``, and where, a value that changes sign between two points is 0.

    By regula falsi in the Illinois form: it keeps the bracket, and halves the weight of an end that stays.
    """
    (left, _), (right, _) = low, high
    at_left, at_right = value(low[1]), value(high[1])
    if at_right == 0:
        return high
    for _ in range(_REFINEMENTS):
        middle = (left * at_right - right * at_left) / (at_right - at_left)
        corrected = curve.correct(here.at + middle * here.tangent, here.tangent)
        if corrected is None:
            return None
        at_middle = value(corrected[0])
        if abs(at_middle) <= within:
            return middle, corrected[0]
        if at_middle * at_right < 0:
            left, at_left = right, at_right
        else:
            at_left /= 2
        right, at_right = middle, at_middle
    return None
