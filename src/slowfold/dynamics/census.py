"""The distinct points that a search came to: how many starts each drew, its stability, and how certain it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from slowfold.dynamics.maps import Map

__all__ = ["DistinctPoints", "distinct_points", "is_degenerate"]

# Below this least singular value of I - J a point need not be isolated, and its index means nothing.
_SINGULAR = 1e-6
# Newton-Kantorovich: beta K eta <= 1/2 proves a root within reach and a ball in which it is the only one. K is sampled
# here, not bounded, so five times less is asked for; at a double root the product is 1/2.
_CERTAIN = 0.1
# How far from a point, relative to 1 + ||h||, the change of the Jacobian is sampled.
_NEARBY = 1e-4
# How many Newton steps apart two ends of one point can lie.
_NEWTON_STEPS = 4


@dataclass(frozen=True)
class DistinctPoints:
    """Distinct points of a map, one row a point, most often found first.

    Attributes:
        point: The states, [point, unit].
        q: 1/2 ||F(h) - h||^2, [point].
        multiplicity: How many starts came to each, [point].
        index: sign det(I - J), +1 or -1, [point]; for a ghost, which is no zero of h - F(h), it says nothing.
        unstable: The number of eigenvalues of J of size above 1, [point].
        smallest: The least singular value of I - J, [point].
        certificate: beta K eta, [point], with beta = ||(I - J)^-1||, eta the length of the Newton step, and K the
            change of J with h as sampled near the point. Where it is small a root is near, and no other beside it; the
            points of trained networks have 1e-9 and less. Above 0.1 a point is called degenerate.
    """

    point: Float[Tensor, "point unit"]
    q: Float[Tensor, " point"]
    multiplicity: Int[Tensor, " point"]
    index: Int[Tensor, " point"]
    unstable: Int[Tensor, " point"]
    smallest: Float[Tensor, " point"]
    certificate: Float[Tensor, " point"]

    def __len__(self) -> int:
        return self.point.shape[0]


def distinct_points(
    held: Map,
    points: Float[Tensor, "start unit"],
    q: Float[Tensor, " start"],
    newton: Float[Tensor, " start"],
    chosen: Bool[Tensor, " start"],
    *,
    within: float,
) -> tuple[DistinctPoints, Int[Tensor, " start"]]:
    """Gathers ends that are one point, by leader clustering: the stillest end not yet taken leads the next point.

    Args:
        held: The map.
        points: Where the starts ended, [start, unit].
        q: 1/2 ||F(h) - h||^2 there, [start].
        newton: How far the root can be from there, infinite where that is not known, [start].
        chosen: Which of them count, [start].
        within: Ends closer to a leader than ``within`` (1 + ||leader||), and four times the Newton steps of both, are
            that point.

    Returns:
        The distinct points, and for each start the row of its point, -1 where it was not chosen, [start].
    """
    member = torch.full_like(q, -1, dtype=torch.int64)
    leaders: list[int] = []
    slack = torch.where(torch.isfinite(newton), newton, 0.0)
    # One pass a distinct point, each over all ends at once: no list of pairs is ever made.
    candidates = chosen.nonzero().flatten()
    open_ends = candidates[q[candidates].argsort(stable=True)]
    while len(open_ends):
        leader = int(open_ends[0])
        reach = within * (1 + points[leader].norm()) + _NEWTON_STEPS * (slack[leader] + slack[open_ends])
        near = (points[open_ends] - points[leader]).norm(dim=1) <= reach
        near[0] = True
        member[open_ends[near]] = len(leaders)
        leaders.append(leader)
        open_ends = open_ends[~near]

    multiplicity = torch.bincount(member[member >= 0].cpu(), minlength=len(leaders))
    order = multiplicity.argsort(descending=True, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order))
    member = torch.where(member >= 0, rank.to(member.device)[member.clamp_min(0)] if len(rank) else member, member)
    rows = torch.tensor(leaders, dtype=torch.int64, device=points.device)[order.to(points.device)]
    return DistinctPoints(points[rows], q[rows], multiplicity[order], *_stability(held, points[rows])), member


def is_degenerate(points: DistinctPoints) -> list[bool]:
    """Which points need not be isolated, or need not be roots, because I - J is singular there or nearly so."""
    certain = (points.smallest >= _SINGULAR) & (points.certificate <= _CERTAIN)
    return (~certain).tolist()


def _stability(held: Map, points: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Index, number of unstable directions, least singular value and certificate of each point."""
    # NumPy takes one matrix at a time: PyTorch's batched LU hangs on matrices larger than about 128 with oneMKL.
    index, unstable, smallest, certificate = [], [], [], []
    # Always the same directions: whether a point is certain must not depend on a seed.
    draw = torch.Generator().manual_seed(0)
    for point in points:
        at = point.unsqueeze(0)
        residual = (held(at) - at)[0].to("cpu", torch.float64).numpy()
        jacobian = held.jacobian(at)[0].to("cpu", torch.float64).numpy()
        matrix = np.eye(held.size) - jacobian
        left, singular, right = np.linalg.svd(matrix)
        index.append(int(np.linalg.slogdet(matrix)[0]))
        unstable.append(int((np.abs(np.linalg.eigvals(jacobian)) > 1).sum()))
        smallest.append(float(singular[-1]))
        aside = _directions(torch.from_numpy(right[-1].copy()), draw).to(point) * _NEARBY * (1 + point.norm())
        change = held.jacobian(point + aside).to("cpu", torch.float64).numpy() - jacobian
        # The Frobenius norm is never less than the spectral norm, and takes no decomposition.
        bend = (np.linalg.norm(change, axis=(1, 2)) / aside.norm(dim=1).cpu().numpy()).max()
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = np.linalg.norm((left.T @ residual) / singular)
            product = bend * newton / singular[-1]
        certificate.append(float(np.nan_to_num(product, nan=np.inf)))
    return (
        torch.tensor(index, dtype=torch.int64),
        torch.tensor(unstable, dtype=torch.int64),
        torch.tensor(smallest, dtype=torch.float64),
        torch.tensor(certificate, dtype=torch.float64),
    )


def _directions(weakest: Tensor, draw: torch.Generator) -> Tensor:
    """Unit directions to sample along: where I - J is weakest, both ways, and two at random, [direction, unit]."""
    random = torch.randn(2, len(weakest), generator=draw, dtype=torch.float64)
    both = torch.stack([weakest, -weakest])
    return torch.cat([both, random / random.norm(dim=1, keepdim=True)])
