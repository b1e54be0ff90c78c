"""Whether classes follow each other along an arc, in which order, and how far it bends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from jaxtyping import Float, Float64
from numpy.typing import NDArray
from torch import Tensor

from slowfold.errors import TensorError
from slowfold.geometry.dimensions.clouds import as_cloud

__all__ = ["MOST_ON_AN_ARC", "Arc", "follow_arc"]

MOST_ON_AN_ARC = 14
"""The shortest way through more corners takes too long to find."""

# All orders of so many classes are gone through; of more, as many as here are drawn.
_EVERY_ORDER = 8
_ORDERS = 9_999


@dataclass(frozen=True)
class Arc:
    """The way through the corners of classes that have an order.

    Attributes:
        order: The classes along the shortest way through their corners, which knows nothing of their order; of its two
            directions the one that agrees more with it.
        rank_correlation: How well the two orders agree, Spearman's, between 0 and 1: the way has no beginning.
        p: The share of all orders that agree as well.
        turning: The angle by which the way through the classes in their own order turns at each but the ends, in
            degrees; NaN where two neighbours are one point, [class - 2].
        curvature: 1 over the radius of the circle through each class and its neighbours, in 1 over the units of the
            states, [class - 2].
        straightness: The distance between the ends over the length of the way in the classes' own order: 1 on a line,
            2 / pi on half a circle.
    """

    order: tuple[int, ...]
    rank_correlation: float
    p: float
    turning: Float64[Tensor, " bend"]
    curvature: Float64[Tensor, " bend"]
    straightness: float

    @property
    def total_turning(self) -> float:
        """All that the way turns, in degrees: 0 on a line, nearly 180 on half a circle of many classes."""
        return float(self.turning.sum())


def follow_arc(corners: Float[Tensor, "class unit"], *, seed: int = 0) -> Arc:
    """Follows the corners of ordered classes along their arc.

    Args:
        corners: A corner for each class, in the order of the classes, such as their mean final states, [class, unit].
        seed: Draws orders for ``p`` where there are more than eight classes.

    Raises:
        TensorError: There are fewer than three classes or more than 14, a corner is not finite, or all are one point.

    Source:
        Held and Karp, "A dynamic programming approach to sequencing problems", 1962, for the shortest way.

    Example:
        >>> angle = torch.linspace(0, torch.pi, 5, dtype=torch.float64)
        >>> arc = follow_arc(torch.stack([angle.cos(), angle.sin()], dim=1))
        >>> arc.order, arc.rank_correlation, round(arc.p, 4), round(arc.total_turning, 6)
        ((0, 1, 2, 3, 4), 1.0, 0.0167, 135.0)
    """
    cloud = as_cloud(corners)
    if not 3 <= len(cloud) <= MOST_ON_AN_ARC:
        raise TensorError(
            f"{len(cloud)} classes lie along no arc", where="corners", cure=f"give 3 to {MOST_ON_AN_ARC} classes"
        )
    apart = torch.cdist(cloud, cloud, compute_mode="donot_use_mm_for_euclid_dist")
    if not apart.any():
        raise TensorError("all corners are one point", where="corners", cure="look whether the network tells classes")
    order = _shortest_way(apart.numpy())
    correlation = _agreement(order[None])[0]
    steps = cloud.diff(dim=0)
    lengths = steps.norm(dim=1)
    turning = _turning(steps)
    opposite = (cloud[2:] - cloud[:-2]).norm(dim=1)
    return Arc(
        order=tuple((order if correlation >= 0 else order[::-1]).tolist()),
        rank_correlation=float(abs(correlation)),
        p=_as_well(abs(correlation), len(cloud), seed),
        turning=turning,
        curvature=2 * turning.deg2rad().sin() / opposite,
        straightness=float(apart[0, -1] / lengths.sum()),
    )


def _turning(steps: Tensor) -> Float64[Tensor, " bend"]:
    """The angle between each step and the next, in degrees, from sums and differences, which keep the digits."""
    directions = steps / steps.norm(dim=1, keepdim=True)
    before, after = directions[:-1], directions[1:]
    return torch.rad2deg(2 * torch.atan2((before - after).norm(dim=1), (before + after).norm(dim=1)))


def _shortest_way(apart: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order of the shortest way that passes through every corner once."""
    count = len(apart)
    # The length of the shortest way through each set of corners that ends at each of them, and the corner before it.
    length = np.full((1 << count, count), np.inf)
    before = np.full((1 << count, count), -1)
    for corner in range(count):
        length[1 << corner, corner] = 0.0
    for visited in range(1, 1 << count):
        further = length[visited][:, None] + apart
        for corner in range(count):
            if visited >> corner & 1:
                continue
            came, whole = int(further[:, corner].argmin()), visited | 1 << corner
            if further[came, corner] < length[whole, corner]:
                length[whole, corner], before[whole, corner] = further[came, corner], came
    visited, corner = (1 << count) - 1, int(length[-1].argmin())
    way = [corner]
    while (came := int(before[visited, corner])) >= 0:
        visited, corner = visited & ~(1 << corner), came
        way.append(corner)
    return np.array(way, dtype=np.int64)


def _agreement(orders: NDArray[np.int64]) -> NDArray[np.float64]:
    """Spearman's correlation of orders with 0, 1, 2 and so on, [order]."""
    ranks = np.arange(orders.shape[1]) - (orders.shape[1] - 1) / 2
    return (orders - orders.mean(axis=1, keepdims=True)) @ ranks / (ranks @ ranks)


def _as_well(agreement: float, classes: int, seed: int) -> float:
    """The share of orders that agree as well or better, in either direction."""
    if classes <= _EVERY_ORDER:
        orders = np.array(list(permutations(range(classes))))
        return float((np.abs(_agreement(orders)) >= agreement - 1e-9).mean())
    drawn = np.random.default_rng(seed).permuted(np.tile(np.arange(classes), (_ORDERS, 1)), axis=1)
    return float((1 + (np.abs(_agreement(drawn)) >= agreement - 1e-9).sum()) / (1 + _ORDERS))
