"""Fixed points followed while the input held goes from one to another, past the folds where pairs are born."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from slowfold.dynamics.curves import NAMED, Curve, Ending, Knot, Trace, follow, is_turn
from slowfold.dynamics.families import Family
from slowfold.dynamics.fixed_points import FixedPoints
from slowfold.errors import OptionError, TensorError

__all__ = ["Branch", "Branches", "Ending", "Places", "continue_census", "continue_ghosts", "continue_points"]


@dataclass(frozen=True)
class Branch:
    """A connected piece of the curve of fixed points, from one end to the other.

    Attributes:
        share: s, how far the input is on its way, [step].
        state: The fixed point there, whole states, [step, unit].
        endings: Why it was followed no further at its first and at its last point.
    """

    share: Float[Tensor, " step"]
    state: Float[Tensor, "step unit"]
    endings: tuple[Ending, Ending]

    def __len__(self) -> int:
        return self.share.shape[0]


@dataclass(frozen=True)
class Places:
    """Places on branches, one row a place.

    Attributes:
        branch: The row of the branch, [place].
        share: s, how far the input is on its way, [place].
        point: The state, whole, [place, unit].
    """

    branch: Int[Tensor, " place"]
    share: Float[Tensor, " place"]
    point: Float[Tensor, "place unit"]

    def __len__(self) -> int:
        return self.branch.shape[0]


@dataclass(frozen=True)
class Branches:
    """The branches that the starts lie on.

    Attributes:
        branches: Each once, however many starts lie on it.
        member: The row of the branch that each start lies on; -1 where the start is no fixed point, or no branch was
            found near it, [start].
        crossings: Where branches pass s = 0 and s = 1, starts among them. Every one is a fixed point of the map held
            there, to q <= 1e-20 (1 + ||h||^2), and no more is proved of it: search on from them for verdicts.
        folds: Where s turns round, and two fixed points are born or meet their end.
        meetings: Where another branch crosses, as at a pitchfork, to about 1e-4. It is not followed from there.
    """

    branches: tuple[Branch, ...]
    member: Int[Tensor, " start"]
    crossings: Places
    folds: Places
    meetings: Places

    def at(self, share: float) -> Float[Tensor, "point unit"]:
        """The fixed points that branches pass at s = 0 or s = 1, starts among them, [point, unit]."""
        return self.crossings.point[self.crossings.share == share]

    def count(self, ending: Ending) -> int:
        """How many ends of branches came about so; each branch has two."""
        return sum(branch.endings.count(ending) for branch in self.branches)

    def __len__(self) -> int:
        return len(self.branches)

    def __repr__(self) -> str:
        ends = ", ".join(f"{self.count(ending)} {ending.value}" for ending in Ending if self.count(ending))
        return f"Branches({len(self)} branches, {len(self.folds)} folds; ends: {ends})"


def continue_points(
    family: Family,
    points: Float[Tensor, "point unit"],
    at: float | Tensor = 0.0,
    *,
    beyond: float = 0.0,
    max_steps: int = 1_000,
) -> Branches:
    """Follows fixed points while the input held changes, by pseudo-arclength continuation.

    A branch is followed by its own length, not by s, so that it is followed round a fold, where s turns and a fixed
    point at one s becomes another one at the same s. Each step goes along the tangent and back to the branch by
    Newton's method across it; its length follows how fast the corrections shrink and how far the tangent turns. A step
    over which the orientation of the branch changes has jumped to another branch and is taken again, shorter.

    Points that are born in pairs between two inputs add nothing to the index sum at either; they are found where their
    branch passes a point that is known at s = 0, or at s = 1, or past either within ``beyond``. What is not found:
    closed loops of fixed points within 0 < s < 1, which touch neither input; and arcs that begin and end at one input,
    of which neither end is known, unless a ghost leads there (:func:`continue_ghosts`).

    Args:
        family: The maps.
        points: Fixed points, whole states, [point, unit]. They are not changed.
        at: s at which each is a fixed point, [point], or one for all.
        beyond: How far past s = 0 and s = 1 a branch is followed, in case it turns and comes back.
        max_steps: The most steps tried each way along a branch.

    Returns:
        The branches. A point that is not fixed at its s is on none.

    Raises:
        TensorError: The points have the wrong shape or type, are none, or are not finite; ``at`` has the wrong shape.
        OptionError: ``at`` or ``beyond`` is out of range, or ``max_steps`` is not positive.

    Source:
        Keller, "Numerical solution of bifurcation and nonlinear eigenvalue problems", 1977, for the bordered system;
        Allgower and Georg, "Introduction to numerical continuation methods", SIAM 2003, section 6.1, for the steps.

    Example:
        >>> swing = Family(lambda h, s: h + (0.4 * (2 * s.unsqueeze(1) - 1) + h - h**3) / 2, size=1)
        >>> low = torch.tensor([[-1.1597]], dtype=torch.float64)
        >>> found = continue_points(swing, low)
        >>> found
        Branches(1 branches, 2 folds; ends: 2 came to the end of the stretch of inputs)
        >>> found.folds.share.sort().values.round(decimals=4).tolist()
        [0.0189, 0.9811]
        >>> found.at(1.0).round(decimals=4).tolist()
        [[1.1597]]
    """
    _check(beyond, max_steps)
    curve = Curve(family)
    landed = _landed(curve, curve.land_at, points, at, beyond)
    return _follow_all(curve, landed, beyond=beyond, max_steps=max_steps)


def continue_ghosts(
    family: Family,
    ghosts: Float[Tensor, "ghost unit"],
    at: float | Tensor = 0.0,
    *,
    beyond: float = 0.0,
    max_steps: int = 1_000,
) -> Branches:
    """Follows the fixed points into which ghosts open while the input held changes.

    A ghost is the scar of a fold: two fixed points stood near it, or will, at another input. From each the nearest
    point of a branch is sought, state and input together; from there the branch is followed both ways. So pairs are
    found that are born on the way, on arcs that touch no point known at either input.

    Args:
        family: The maps.
        ghosts: Ghosts, or any states near which to look, whole states, [ghost, unit]. They are not changed.
        at: s at which each is a ghost, [ghost], or one for all.
        beyond: How far past s = 0 and s = 1 a branch is followed, in case it turns and comes back.
        max_steps: The most steps tried each way along a branch.

    Returns:
        The branches. A ghost near which no branch is found for -``beyond`` <= s <= 1 + ``beyond`` is on none.

    Raises:
        TensorError: The ghosts have the wrong shape or type, are none, or are not finite; ``at`` has the wrong shape.
        OptionError: ``at`` or ``beyond`` is out of range, or ``max_steps`` is not positive.

    Example:
        >>> birth = Family(lambda h, s: h + s.unsqueeze(1) - 0.25 - h**2, size=1)
        >>> found = continue_ghosts(birth, torch.zeros(1, 1))
        >>> found.folds.share.round(decimals=6).tolist()
        [0.25]
        >>> found.at(1.0).flatten().sort().values.round(decimals=4).tolist()
        [-0.866, 0.866]
    """
    _check(beyond, max_steps)
    curve = Curve(family)
    landed = _landed(curve, curve.land_near, ghosts, at, beyond)
    return _follow_all(curve, landed, beyond=beyond, max_steps=max_steps)


def continue_census(
    family: Family, start: FixedPoints, end: FixedPoints | None = None, *, beyond: float = 1.0, max_steps: int = 1_000
) -> Branches:
    """Follows all that was found at one input, or at both, points and ghosts, each branch once.

    What each census lacks of the branches of the other comes to light: ``at(0.0)`` and ``at(1.0)`` of the result are
    starts for a further search at either input.

    Args:
        family: The maps.
        start: What a search of ``family.hold(0.0)`` came to.
        end: What a search of ``family.hold(1.0)`` came to, if there was one.
        beyond: How far past s = 0 and s = 1 a branch is followed, in case it turns and comes back.
        max_steps: The most steps tried each way along a branch.

    Returns:
        The branches; ``member`` has a row for each distinct point of ``start``, then of ``end``, then for each ghost of
        ``start``, then of ``end``.

    Raises:
        TensorError: A census is of states of another size.
        OptionError: ``beyond`` is out of range, or ``max_steps`` is not positive.

    Example:
        >>> from slowfold.dynamics.fixed_points import find_fixed_points, search_on
        >>> swing = Family(lambda h, s: h + (0.4 * (2 * s.unsqueeze(1) - 1) + h - h**3) / 2, size=1)
        >>> low = torch.tensor([[-1.0]])
        >>> first, last = (find_fixed_points(swing.hold(share), low) for share in (0.0, 1.0))
        >>> last
        FixedPoints(held at 1 of the way: 1 starts, 1 ghost; 0 distinct)
        >>> search_on(swing.hold(1.0), last, continue_census(swing, first, last).at(1.0))
        FixedPoints(held at 1 of the way: 2 starts, 1 fixed, 1 ghost; 1 distinct)
    """
    _check(beyond, max_steps)
    curve = Curve(family)
    censuses = [(start, 0.0)] if end is None else [(start, 0.0), (end, 1.0)]
    places = [(curve.land_at, census.distinct.point, share) for census, share in censuses]
    places += [(curve.land_near, census.ghosts.point, share) for census, share in censuses]
    landed = [knot for land, states, at in places if len(states) for knot in _landed(curve, land, states, at, beyond)]
    return _follow_all(curve, landed, beyond=beyond, max_steps=max_steps)


def _check(beyond: float, max_steps: int) -> None:
    if max_steps < 1:
        raise OptionError(f"{max_steps} steps lead nowhere", where="max_steps", cure="give at least 1")
    if not 0 <= beyond < math.inf:
        raise OptionError(f"{beyond} is out of range", where="beyond", cure="give a finite number of at least 0")


def _landed(
    curve: Curve, land: Callable[[Tensor], Knot | None], states: Tensor, at: float | Tensor, beyond: float
) -> list[Knot | None]:
    """The point of a branch at or near each state; None where there is none on the stretch of inputs."""
    whole = curve.family.hold(0.0).states(states)
    shares = torch.as_tensor(at, dtype=whole.dtype, device=whole.device)
    if shares.dim() and shares.shape != (len(whole),):
        raise TensorError(f"{tuple(shares.shape)} shares for {len(whole)} points", where="at", cure="give one a point")
    if not ((shares >= -beyond) & (shares <= 1 + beyond)).all():
        raise OptionError("a share lies outside the stretch of inputs that is followed", where="at")
    places = zip(curve.family.restrict(whole), shares.expand(len(whole)).tolist(), strict=True)
    landed = [land(curve.place(state, share)) for state, share in places]
    return [knot if knot is not None and -beyond <= curve.share(knot) <= 1 + beyond else None for knot in landed]


def _follow_all(curve: Curve, starts: list[Knot | None], *, beyond: float, max_steps: int) -> Branches:
    """Each branch once, both ways from the first start on it."""
    both: list[tuple[Trace, Trace]] = []
    member: list[int] = []
    for start in starts:
        if start is None:
            member.append(-1)
            continue
        known = (row for row, ways in enumerate(both) if any(curve.passes(way.knots, start.at) for way in ways))
        row = next(known, len(both))
        member.append(row)
        if row < len(both):
            continue
        forth = follow(curve, start, beyond=beyond, max_steps=max_steps)
        if forth.ending is Ending.CLOSED:
            back = Trace([start.turned()], Ending.CLOSED)
        else:
            back = follow(curve, start.turned(), beyond=beyond, max_steps=max_steps)
        if curve.share(start) in NAMED:
            back.crossings.append(start)
        if is_turn(forth, back):
            back.folds.append(start)
        both.append((forth, back))
    return Branches(
        branches=tuple(_branch(curve, forth, back) for forth, back in both),
        member=torch.tensor(member, dtype=torch.int64),
        crossings=_places(curve, [forth.crossings + back.crossings for forth, back in both]),
        folds=_places(curve, [forth.folds + back.folds for forth, back in both]),
        meetings=_places(curve, [forth.meetings + back.meetings for forth, back in both]),
    )


def _branch(curve: Curve, forth: Trace, back: Trace) -> Branch:
    knots = back.knots[:0:-1] + forth.knots
    share, state = _whole(curve, knots)
    return Branch(share, state, (back.ending, forth.ending))


def _places(curve: Curve, knots: list[list[Knot]]) -> Places:
    rows = [row for row, those in enumerate(knots) for _ in those]
    share, point = _whole(curve, list(itertools.chain.from_iterable(knots)))
    return Places(torch.tensor(rows, dtype=torch.int64), share, point)


def _whole(curve: Curve, knots: list[Knot]) -> tuple[Tensor, Tensor]:
    """The share and the whole state at each knot."""
    empty = curve.along_share.new_zeros(0, curve.family.size + 1)
    at = torch.stack([knot.at for knot in knots]) if knots else empty
    share = at[:, -1] / curve.weight
    return share, curve.family.lift(at[:, :-1], share)
