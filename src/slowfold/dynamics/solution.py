"""Where each start of a search ended, and what counts as still and as stationary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from slowfold.dynamics.maps import Map

__all__ = ["STATIONARY", "Solution", "is_still", "q_of", "slope_of_q"]

# How far a point may be from still, relative to its size, and be called one: q <= _FIXED (1 + ||h||^2).
_FIXED = 1e-20
# Where q is stationary: (J - I)^T r vanishes beside max(1, ||J - I||) ||r||.
STATIONARY = 1e-7


@dataclass(frozen=True)
class Solution:
    """Where each start ended, one row a start.

    Attributes:
        point: The last state, [start, unit]; of a start that came close to another one on its way to a stationary
            point, that of the other, and of one that came near a known root, that root.
        q: Half the squared residual 1/2 ||F(h) - h||^2 at the point, [start].
        gradient: ||(J - I)^T (F(h) - h)||, the length of the gradient of q, [start].
        steps: How many steps were tried, [start].
        newton: The length of the Newton step from a still point, which is about how far the root can be; infinite where
            there is no such step, [start].
        still: q <= 1e-20 (1 + ||h||^2), [start].
        stationary: Not still, and the gradient vanishes beside max(1, ||J - I||) ||F(h) - h||, [start].
    """

    point: Float[Tensor, "start unit"]
    q: Float[Tensor, " start"]
    gradient: Float[Tensor, " start"]
    steps: Int[Tensor, " start"]
    newton: Float[Tensor, " start"]
    still: Bool[Tensor, " start"]
    stationary: Bool[Tensor, " start"]

    def rows(self, chosen: Int[Tensor, " row"]) -> Solution:
        """Some of the starts, in the order asked for; one may be there more than once."""
        return Solution(**{field.name: getattr(self, field.name)[chosen] for field in fields(Solution)})

    @classmethod
    def join(cls, parts: Sequence[Solution]) -> Solution:
        """The starts of all parts, one after another."""
        return cls(**{field.name: torch.cat([getattr(part, field.name) for part in parts]) for field in fields(cls)})


def is_still(points: Float[Tensor, "point unit"], q: Float[Tensor, " point"]) -> Bool[Tensor, " point"]:
    """Whether q <= 1e-20 (1 + ||h||^2), [point].

    Example:
        >>> is_still(torch.zeros(2, 1), torch.tensor([1e-21, 1e-19])).tolist()
        [True, False]
    """
    return q <= _FIXED * (1 + points.square().sum(dim=-1))


def slope_of_q(
    held: Map, points: Float[Tensor, "point unit"], residual: Float[Tensor, "point unit"]
) -> Float[Tensor, "point unit"]:
    """The gradient of q, (J - I)^T (F(h) - h), without forming J, [point, unit].

    Args:
        held: The map.
        points: Where, [point, unit].
        residual: F(h) - h there, [point, unit].

    Example:
        >>> halve, point = Map(lambda h: h / 2, size=1), torch.ones(1, 1, dtype=torch.float64)
        >>> slope_of_q(halve, point, halve(point) - point).item()
        0.25
    """
    return held.vjp(points, residual) - residual


def q_of(residual: Float[Tensor, "point unit"]) -> Float[Tensor, " point"]:
    """Half the squared length of F(h) - h, summed over units, [point].

    Example:
        >>> q_of(torch.tensor([[3.0, 4.0]])).item()
        12.5
    """
    return 0.5 * residual.square().sum(dim=-1)
