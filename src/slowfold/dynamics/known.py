"""Roots that are known, and how near a search must come to one to be done."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from slowfold.dynamics.distinct import DistinctPoints
from slowfold.dynamics.maps import Map
from slowfold.dynamics.solution import Solution, q_of, slope_of_q

__all__ = ["Known", "known_roots"]


@dataclass(frozen=True)
class Known:
    """Roots of the map that is searched, with balls from which Newton's method is proven to lead to them.

    Attributes:
        point: Where they were found, [root, unit].
        q: 1/2 ||F(h) - h||^2 there, [root].
        gradient: The length of the gradient of q there, [root].
        newton: About how far from there each root can be, [root].
        radius: The radii of the balls, [root].
    """

    point: Float[Tensor, "root unit"]
    q: Float[Tensor, " root"]
    gradient: Float[Tensor, " root"]
    newton: Float[Tensor, " root"]
    radius: Float[Tensor, " root"]

    def around(self, states: Float[Tensor, "row unit"]) -> tuple[Bool[Tensor, " row"], Int[Tensor, " row"]]:
        """Which states lie in a ball, and whose it is, [row] both."""
        away = torch.cdist(states, self.point, compute_mode="donot_use_mm_for_euclid_dist")
        inside = away <= self.radius
        return inside.any(dim=1), inside.int().argmax(dim=1)

    def end(self, found: Solution, rows: Int[Tensor, " row"], roots: Int[Tensor, " row"]) -> None:
        """Writes down that some starts ended at a root each."""
        for name in ("point", "q", "gradient", "newton"):
            getattr(found, name)[rows] = getattr(self, name)[roots]
        found.still[rows], found.stationary[rows] = True, False


def known_roots(held: Map, distinct: DistinctPoints) -> Known | None:
    """What is known of the steady map of a cell; None where there is none, or nothing is proven.

    Args:
        held: The map.
        distinct: Points of it that were found and judged.

    Example:
        >>> from slowfold.cells import GRU
        >>> from slowfold.dynamics import find_fixed_points
        >>> held = Map.hold(GRU(2, 3, generator=torch.Generator().manual_seed(0)), torch.zeros(2))
        >>> known = known_roots(held, find_fixed_points(held, torch.zeros(1, 3)).distinct)
        >>> known.around(known.point)[0].tolist()
        [True]
    """
    if held.steady is None:
        return None
    rows = [row for row, proof in enumerate(distinct.certificate) if proof.attraction > 0]
    if not rows:
        return None
    point = held.steady.restrict(distinct.point[rows])
    with torch.no_grad():
        residual = held.steady.map(point) - point
    proofs = [distinct.certificate[row] for row in rows]
    return Known(
        point=point,
        q=q_of(residual),
        gradient=slope_of_q(held.steady.map, point, residual).norm(dim=1),
        newton=point.new_tensor([proof.newton for proof in proofs]),
        radius=point.new_tensor([proof.attraction for proof in proofs]),
    )
