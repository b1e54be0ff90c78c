"""What the linearisation at a stable point foretells of states that are on their way there."""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.threads import decomposing

__all__ = ["FIRST_GAP", "MARKS", "Foretelling"]

# Where starts are is marked every sixteen steps at first, and half as often whenever twice as many steps have passed.
# A start that came nearer to a stable point in one, two, four or eight such gaps, to this share of its distance or
# less, comes to rest there if it moved as the linearisation says. In that time that brings all that is near to a share
# s of its distance; what it leaves out, a share e of the distance left, shrinks with the square of the distance, so all
# of it that is still to come is e (1 + s^2 + s^4 + ...) = e / (1 - s^2) of that distance: a quarter, where e is a
# quarter of 1 - s^2.
FIRST_GAP = 16
_GAPS = (1, 2, 4, 8)
MARKS = max(_GAPS)
_NEARER = 0.9
_LEFT_OUT = 1 / 4


class Foretelling:
    """Of states that were marked once in a gap of time, which move as the linearisation at a stable point says.

    Args:
        held: The map.
        point: The stable point, [unit].
        gap: The steps from one mark to the next; they may double later.
    """

    def __init__(self, held: Map, point: Float[Tensor, " unit"], gap: int) -> None:
        self._point, self._gap = point, gap
        self._powers = [torch.linalg.matrix_power(held.jacobian(point.unsqueeze(0))[0], gap)]
        while len(self._powers) < len(_GAPS):
            self._powers.append(self._powers[-1] @ self._powers[-1])
        self._shares = [_largest_stretch(power) for power in self._powers]

    def holds(
        self, states: Float[Tensor, "row unit"], marks: Float[Tensor, "row mark unit"], gap: int
    ) -> Bool[Tensor, " row"]:
        """Which states have come nearer since one of the marks, the latest of them last, and will come to rest."""
        while self._gap < gap:
            self._powers = [*self._powers[1:], self._powers[-1] @ self._powers[-1]]
            self._shares = [*self._shares[1:], _largest_stretch(self._powers[-1])]
            self._gap *= 2
        now = states - self._point
        left = now.norm(dim=1)
        foretold = torch.zeros_like(left, dtype=torch.bool)
        for gaps, several, share in zip(_GAPS, self._powers, self._shares, strict=True):
            # Where some displacements do not shrink, those that do can hide them.
            if share <= _NEARER and gaps <= marks.shape[1]:
                before = marks[:, -gaps] - self._point
                rest = _LEFT_OUT * (1 - share**2) * left
                nearer = left <= _NEARER * before.norm(dim=1)
                foretold |= nearer & ((now - before @ several.T).norm(dim=1) <= rest)
        return foretold


def _largest_stretch(matrix: Tensor) -> float:
    with decomposing(len(matrix)):
        return float(torch.linalg.matrix_norm(matrix, ord=2)) if matrix.isfinite().all() else math.inf
