"""The distinct points that a search came to, and the index audit that tells whether one is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from slowfold.dynamics.maps import Map

__all__ = ["DistinctPoints", "distinct_points", "is_degenerate"]

# Below this least singular value of I - J a point need not be isolated, and its index means nothing.
DEGENERATE = 1e-6


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
    """

    point: Float[Tensor, "point unit"]
    q: Float[Tensor, " point"]
    multiplicity: Int[Tensor, " point"]
    index: Int[Tensor, " point"]
    unstable: Int[Tensor, " point"]
    smallest: Float[Tensor, " point"]

    def __len__(self) -> int:
        return self.point.shape[0]


def distinct_points(
    held: Map,
    points: Float[Tensor, "start unit"],
    q: Float[Tensor, " start"],
    chosen: Bool[Tensor, " start"],
    *,
    within: float,
) -> tuple[DistinctPoints, Int[Tensor, " start"]]:
    """Gathers ends that are one point, by leader clustering: the stillest end not yet taken leads the next point.

    Args:
        held: The map.
        points: Where the starts ended, [start, unit].
        q: 1/2 ||F(h) - h||^2 there, [start].
        chosen: Which of them count, [start].
        within: Ends closer to a leader than ``within`` (1 + ||leader||) are that point.

    Returns:
        The distinct points, and for each start the row of its point, -1 where it was not chosen, [start].
    """
    member = torch.full_like(q, -1, dtype=torch.int64)
    leaders: list[int] = []
    # One pass a distinct point, each over all ends at once: no list of pairs is ever made.
    candidates = chosen.nonzero().flatten()
    open_ends = candidates[q[candidates].argsort(stable=True)]
    while len(open_ends):
        leader = int(open_ends[0])
        reach = within * (1 + points[leader].norm())
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
    index, unstable, smallest = _stability(held, points[rows])
    return DistinctPoints(points[rows], q[rows], multiplicity[order], index, unstable, smallest), member


def is_degenerate(points: DistinctPoints) -> list[bool]:
    """Which points need not be isolated, because I - J is singular there to within 1e-6."""
    return (points.smallest < DEGENERATE).tolist()


def _stability(held: Map, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    # NumPy takes one matrix at a time: PyTorch's batched LU hangs on matrices larger than about 128 with oneMKL.
    index, unstable, smallest = [], [], []
    for point in points:
        jacobian = held.jacobian(point.unsqueeze(0))[0].to("cpu", torch.float64).numpy()
        singular = np.linalg.svd(np.eye(held.size) - jacobian, compute_uv=False)
        eigenvalues = np.linalg.eigvals(jacobian)
        index.append(int(np.linalg.slogdet(np.eye(held.size) - jacobian)[0]))
        unstable.append(int((np.abs(eigenvalues) > 1).sum()))
        smallest.append(float(singular[-1]))
    return (
        torch.tensor(index, dtype=torch.int64),
        torch.tensor(unstable, dtype=torch.int64),
        torch.tensor(smallest, dtype=torch.float64),
    )
