"""The shape that a network makes: its readouts, their lengths and the angles between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import TensorError
from slowfold.geometry.dimensions.clouds import as_cloud
from slowfold.geometry.dimensions.subspaces import span_of

__all__ = ["Readouts", "measure_readouts", "shadow_on", "simplex_angle"]


@dataclass(frozen=True)
class Readouts:
    """The directions that a linear readout looks along, one a class.

    Attributes:
        norms: The length of each class's readout, [class].
        angles: The angle between each two readouts, in degrees; NaN where one is zero, [class, class].
        in_span: How much of each readout lies within the span of the others, the length of its shadow there over its
            own: 1 for the corners of a simplex, which add up to zero, 0 at right angles to all; NaN where the readout
            is zero, [class].
        common: The length of the mean readout over the root mean square of their lengths, from 0 to 1; NaN where all
            are zero. All classes read it alike, so of alternatives it decides nothing, and the gradients of the classes
            cancel in it: nothing but a penalty takes away what was there before training. It keeps readouts out of each
            other's span: where all else of N readouts is a regular simplex, and g is the length of the mean over that
            of what else there is of each, ``in_span`` is |1 - (N - 1) g^2| / sqrt((1 + g^2) (1 + (N - 1)^2 g^2)), for
            three readouts 0.90 at g = 0.15.
    """

    norms: Float64[Tensor, " class"]
    angles: Float64[Tensor, "class class"]
    in_span: Float64[Tensor, " class"]
    common: float

    @property
    def pair_angles(self) -> Float64[Tensor, " pair"]:
        """The angle of each pair of classes once, in degrees, [pair]."""
        rows, columns = torch.triu_indices(*self.angles.shape, offset=1)
        return self.angles[rows, columns]


def measure_readouts(weight: Float[Tensor, "class unit"]) -> Readouts:
    """Measures the lengths of readouts, the angles between them, and how far each follows from the others.

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
    others = [weight[torch.arange(len(rows)) != label] for label in range(len(rows))]
    return Readouts(
        norms=norms,
        angles=torch.rad2deg(2 * torch.asin((chord / 2).clamp(max=1))),
        in_span=torch.stack([_shadow(row, span_of(rest)) / row.norm() for row, rest in zip(rows, others, strict=True)]),
        common=(rows.mean(dim=0).norm() / rows.square().sum(dim=1).mean().sqrt()).item(),
    )


def shadow_on(vectors: Float[Tensor, "vector unit"], axes: Float[Tensor, "axis unit"]) -> Float64[Tensor, " vector"]:
    """How much of each vector lies within the span of axes, such as the first principal components of the states.

    Args:
        vectors: Directions, such as readouts, [vector, unit].
        axes: What spans the space, of any lengths and angles, [axis, unit].

    Returns:
        The length of each vector's shadow over its own, between 0 and 1; NaN where the vector is zero, [vector].

    Raises:
        TensorError: An entry is not finite.

    Example:
        >>> shadow_on(torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([[2.0, 0.0]])).tolist()
        [0.6, 0.0]
    """
    rows = as_cloud(vectors)
    return _shadow(rows, span_of(axes)) / rows.norm(dim=1)


def _shadow(vectors: Tensor, basis: Tensor) -> Tensor:
    return (vectors @ basis.T).norm(dim=-1)


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
