"""The shape that a network makes: its readouts, their lengths and the angles between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import TensorError

__all__ = ["Readouts", "measure_readouts", "simplex_angle"]


@dataclass(frozen=True)
class Readouts:
    """The directions that a linear readout looks along, one a class.

    Attributes:
        norms: The length of each class's readout, [class].
        angles: The angle between each two readouts, in degrees; NaN where one is zero, [class, class].
    """

    norms: Float64[Tensor, " class"]
    angles: Float64[Tensor, "class class"]

    @property
    def pair_angles(self) -> Float64[Tensor, " pair"]:
        """The angle of each pair of classes once, in degrees, [pair]."""
        rows, columns = torch.triu_indices(*self.angles.shape, offset=1)
        return self.angles[rows, columns]


def measure_readouts(weight: Float[Tensor, "class unit"]) -> Readouts:
    """Measures the lengths of readouts and the angles between them.

    Args:
        weight: The readout matrix, one row a class, [class, unit].

    Raises:
        TensorError: A readout is not finite.

    Example:
        >>> measure_readouts(torch.tensor([[1.0, 0.0], [0.0, 2.0]])).pair_angles.round(decimals=6).tolist()
        [90.0]
    """
    rows = weight.detach().to("cpu", torch.float64)
    norms = rows.norm(dim=1)
    if not torch.isfinite(rows).all():
        raise TensorError("a readout holds NaN or infinity", where="readout", cure="train the network again")
    directions = rows / norms.unsqueeze(1)
    # An angle from its chord: the arc cosine would lose half the digits near 0 and 180 degrees.
    chord = torch.cdist(directions, directions, compute_mode="donot_use_mm_for_euclid_dist")
    return Readouts(norms, torch.rad2deg(2 * torch.asin((chord / 2).clamp(max=1))))


def simplex_angle(classes: int) -> float:
    """The angle between two corners of a regular simplex seen from its centre, arccos(-1 / (N - 1)), in degrees.

    Raises:
        TensorError: There are fewer than two classes.

    Example:
        >>> round(simplex_angle(3), 9)
        120.0
    """
    if classes < 2:
        raise TensorError("a simplex needs at least two corners", where="classes")
    return math.degrees(math.acos(-1 / (classes - 1)))
