"""The distinct points that a search came to: how many starts each drew, its stability, and how certain it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from slowfold.dynamics.certificates import Certificate, certify
from slowfold.dynamics.maps import Map
from slowfold.dynamics.modes import FADES
from slowfold.threads import decomposing

__all__ = ["DistinctGhosts", "DistinctPoints", "cluster", "distinct_ghosts", "distinct_points"]

Judgement = TypeVar("Judgement")

# How many Newton steps apart two ends of one point can lie.
_NEWTON_STEPS = 4


@dataclass(frozen=True)
class DistinctPoints:
    """Distinct fixed points of a map, one row a point, most often found first.

    Attributes:
        point: The states, [point, unit].
        q: 1/2 ||F(h) - h||^2, [point].
        multiplicity: How many starts came to each, [point].
        index: sign det(I - J), +1 or -1, or 0 where I - J is singular, [point].
        unstable: The number of eigenvalues of J that do not fade, being of size 1 or more up to rounding; of one that
            is 1 up to rounding the index tells on which side it lies, [point].
        certificate: What is proven of each, a :class:`Certificate` a point.
    """

    point: Float[Tensor, "point unit"]
    q: Float[Tensor, " point"]
    multiplicity: Int[Tensor, " point"]
    index: Int[Tensor, " point"]
    unstable: Int[Tensor, " point"]
    certificate: tuple[Certificate, ...]

    @property
    def stable(self) -> Bool[Tensor, " point"]:
        """Which points draw all that is near, isolated and with eigenvalues of J that all fade, [point]."""
        return (self.unstable == 0) & self.certain

    @property
    def certain(self) -> Bool[Tensor, " point"]:
        """Which points are known to be isolated roots; the others are degenerate, [point]."""
        return torch.tensor([proof.certain for proof in self.certificate], dtype=torch.bool)

    @property
    def smallest(self) -> Float[Tensor, " point"]:
        """The least singular value of I - J, of the steady map where there is one, [point]."""
        return torch.tensor([proof.smallest for proof in self.certificate], dtype=torch.float64)

    def __len__(self) -> int:
        return self.point.shape[0]


@dataclass(frozen=True)
class DistinctGhosts:
    """Distinct ghosts of a map, one row a ghost, most often found first.

    At a ghost q is stationary and not 0: J has the eigenvalue 1, so that there is no index.

    Attributes:
        point: The states, [ghost, unit].
        q: 1/2 ||F(h) - h||^2, [ghost].
        multiplicity: How many starts came to each, [ghost].
        unstable: The number of eigenvalues of J of size above 1 by more than 1e-6, [ghost].
    """

    point: Float[Tensor, "ghost unit"]
    q: Float[Tensor, " ghost"]
    multiplicity: Int[Tensor, " ghost"]
    unstable: Int[Tensor, " ghost"]

    def __len__(self) -> int:
        return self.point.shape[0]


def cluster(
    points: Float[Tensor, "start unit"],
    q: Float[Tensor, " start"],
    chosen: Bool[Tensor, " start"],
    *,
    within: float,
    slack: Float[Tensor, " start"] | None = None,
    ball: Callable[[int], tuple[float, float]] | None = None,
) -> tuple[Int[Tensor, " cluster"], Int[Tensor, " cluster"], Int[Tensor, " start"]]:
    """Gathers ends that are one point, by leader clustering: the stillest end not yet taken leads the next point.

    Args:
        points: Where the starts ended, [start, unit].
        q: 1/2 ||F(h) - h||^2 there, [start].
        chosen: Which of them count, [start].
        within: Ends closer to a leader than ``within`` (1 + ||leader||), and four times the slack of both, are that
            point.
        slack: How far the root can be from there, [start]; 0 unless given.
        ball: From the row of a leader to how far its root can be, and to the radius within which there is no other:
            ends outside it are another point's, however close; unless given, nothing is known of either.

    Returns:
        The leaders' rows and how many starts each drew, most first, and the cluster of each start, -1 where it was not
        chosen.

    Example:
        >>> ends = torch.tensor([[0.0], [1.0], [1e-9]])
        >>> leaders, count, member = cluster(ends, torch.zeros(3), torch.ones(3).bool(), within=1e-6)
        >>> leaders.tolist(), count.tolist(), member.tolist()
        ([0, 1], [2, 1], [0, 1, 0])
    """
    slack = torch.zeros_like(q) if slack is None else slack
    member = torch.full_like(q, -1, dtype=torch.int64)
    leaders: list[int] = []
    # One pass a distinct point, each over all ends at once: no list of pairs is ever made.
    candidates = chosen.nonzero().flatten()
    open_ends = candidates[q[candidates].argsort(stable=True)]
    while len(open_ends):
        leader = int(open_ends[0])
        near_by, alone = within * (1 + float(points[leader].norm())), float(slack[leader])
        if ball is not None:
            alone, radius = ball(leader)
            # Half of it: the nearest other root may lie on its very edge.
            near_by = min(near_by, radius / 2)
        reach = near_by + _NEWTON_STEPS * (alone + slack[open_ends])
        near = (points[open_ends] - points[leader]).norm(dim=1) <= reach
        near[0] = True
        member[open_ends[near]] = len(leaders)
        leaders.append(leader)
        open_ends = open_ends[~near]
    multiplicity = torch.bincount(member[member >= 0].cpu(), minlength=len(leaders))
    order = multiplicity.argsort(descending=True, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order))
    if len(rank):
        member = torch.where(member >= 0, rank.to(member.device)[member.clamp_min(0)], member)
    return torch.tensor(leaders, dtype=torch.int64)[order], multiplicity[order], member


def distinct_points(
    held: Map,
    points: Float[Tensor, "start unit"],
    q: Float[Tensor, " start"],
    newton: Float[Tensor, " start"],
    chosen: Bool[Tensor, " start"],
    *,
    within: float,
    known: DistinctPoints | None = None,
) -> tuple[DistinctPoints, Int[Tensor, " start"]]:
    """The distinct points among still ends, with their stability and their certificates.

    Args:
        held: The map.
        points: Where the starts ended, [start, unit].
        q: 1/2 ||F(h) - h||^2 there, [start].
        newton: How far the root can be from there, infinite where that is not known, [start].
        chosen: Which of them are still, [start].
        within: See :func:`cluster`.
        known: Points that were judged before: what was proven of one of them is not proven again.

    Returns:
        The distinct points, and for each start the row of its point, -1 where it was not chosen, [start].

    Example:
        >>> held = Map(lambda h: h**3, size=1)
        >>> ends = torch.tensor([[0.0], [1.0], [1e-9]], dtype=torch.float64)
        >>> still, far = torch.ones(3).bool(), torch.zeros(3, dtype=torch.float64)
        >>> points, row = distinct_points(held, ends, far, far, still, within=1e-6)
        >>> points.point.flatten().tolist(), points.stable.tolist(), row.tolist()
        ([0.0, 1.0], [True, False], [0, 1, 0])
    """
    slack = torch.where(torch.isfinite(newton), newton, 0.0)
    judged = (
        {}
        if known is None
        else _by_state(known.point, list(zip(known.certificate, known.unstable.tolist(), strict=True)))
    )
    proofs: dict[int, Certificate] = {}

    def ball(row: int) -> tuple[float, float]:
        before = judged.get(_key(points[row]))
        proof = proofs[row] = certify(held, points[row]) if before is None else before[0]
        # A point that is not certain has no ball, and may be one of a continuum.
        return (proof.newton, proof.radius) if proof.certain else (float(slack[row]), math.inf)

    order = _known_first(points, q, judged)
    leaders, _, member = cluster(points, order, chosen, within=within, slack=slack, ball=ball)
    rows = leaders.to(points.device)
    certificates = [proofs[row] for row in leaders.tolist()]
    same = _within_one_ball(held, points[rows], certificates)
    kept = sorted(set(same.tolist()))
    place = torch.tensor([kept.index(row) for row in same.tolist()], dtype=torch.int64, device=member.device)
    member = torch.where(member >= 0, place[member.clamp_min(0)], member) if len(place) else member
    rows = rows[kept]
    seen = [judged.get(_key(point)) for point in points[rows]]
    unstable = [
        _growing(held, points[rows[place]], certificates[row].sign) if before is None else before[1]
        for place, (row, before) in enumerate(zip(kept, seen, strict=True))
    ]
    found = DistinctPoints(
        point=points[rows],
        q=q[rows],
        multiplicity=torch.bincount(member[member >= 0].cpu(), minlength=len(kept)),
        index=torch.tensor([certificates[row].sign for row in kept], dtype=torch.int64),
        unstable=torch.tensor(unstable, dtype=torch.int64),
        certificate=tuple(certificates[row] for row in kept),
    )
    return found, member


def distinct_ghosts(
    held: Map,
    points: Float[Tensor, "start unit"],
    q: Float[Tensor, " start"],
    chosen: Bool[Tensor, " start"],
    *,
    within: float,
    known: DistinctGhosts | None = None,
) -> tuple[DistinctGhosts, Int[Tensor, " start"]]:
    """The distinct ghosts among stationary ends; the arguments are those of :func:`distinct_points`."""
    judged = {} if known is None else _by_state(known.point, known.unstable.tolist())
    order = _known_first(points, q, judged)
    leaders, multiplicity, member = cluster(points, order, chosen, within=within)
    rows = leaders.to(points.device)
    # The eigenvalue that is 1 is not counted.
    unstable = [
        judged[_key(point)] if _key(point) in judged else int((_eigenvalues(held, point).abs() > 1 + 1e-6).sum())
        for point in points[rows]
    ]
    return DistinctGhosts(points[rows], q[rows], multiplicity, torch.tensor(unstable, dtype=torch.int64)), member


def _within_one_ball(held: Map, points: Tensor, certificates: list[Certificate]) -> Tensor:
    """The first point of the same root for each one, its own row if there is none before it, [point].

    Of two ends of one root one lies in the proven ball of the other, or they are no farther apart than each is from
    its root: of ends that a search leaves where they creep, no ball is proven from bounds.
    """
    reduced = points if held.steady is None else held.steady.restrict(points)
    same = torch.arange(len(points))
    certain = torch.tensor([proof.certain for proof in certificates])
    newton = torch.tensor([proof.newton for proof in certificates], dtype=torch.float64)
    for row, proof in enumerate(certificates):
        if proof.certain and same[row] == row:
            apart = (reduced - reduced[row]).norm(dim=1).cpu()
            one = apart <= newton + proof.newton
            if proof.bounded:
                one |= apart < proof.radius
            alone = same == torch.arange(len(same))
            same[certain & one & alone & (torch.arange(len(same)) > row)] = row
    return same


def _growing(held: Map, point: Tensor, sign: int) -> int:
    """How many eigenvalues of J do not fade, where the index has this sign."""
    values = _eigenvalues(held, point)
    at_one = (values - 1).abs() <= 1 - FADES
    growing = (values.abs() >= FADES) & ~at_one
    # det(I - J) changes its sign with each real eigenvalue above 1; complex ones come in pairs.
    above = int((growing & (values.real > 1) & (values.imag == 0)).sum())
    hidden = sign != 0 and bool(at_one.any()) and sign != (-1) ** above
    return int(growing.sum()) + hidden


def _eigenvalues(held: Map, point: Tensor) -> Tensor:
    """Those of J, [mode]."""
    # One matrix at a time, by PyTorch: see certify.
    jacobian = held.jacobian(point.unsqueeze(0))[0].to("cpu", torch.float64)
    with decomposing(len(jacobian)):
        return torch.linalg.eigvals(jacobian)


def _known_first(points: Tensor, q: Tensor, judged: dict[bytes, Judgement]) -> Tensor:
    """In which order ends lead: those that were judged before, then the stillest, [start]."""
    if not judged:
        return q
    before = torch.tensor([_key(point) in judged for point in points], device=q.device)
    return torch.where(before, -1.0, q)


def _by_state(points: Tensor, judgements: list[Judgement]) -> dict[bytes, Judgement]:
    return {_key(point): judgement for point, judgement in zip(points, judgements, strict=True)}


def _key(point: Tensor) -> bytes:
    """A state to the last bit."""
    return point.detach().cpu().numpy().tobytes()
