"""How spaces lie to each other: the angles between them, and how much of the one lies in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import TensorError

__all__ = ["SpaceAngles", "compare_spaces", "principal_angles", "span_of"]


@dataclass(frozen=True)
class SpaceAngles:
    """How several spaces lie to each other, pair by pair.

    Attributes:
        names: What they are called.
        dimensions: How many directions each has.
        angles: The principal angles of each two, least first, in degrees, and NaN beyond the dimension of the smaller,
            [space, space, angle].
        shared: How much of the smaller space lies in the larger, the mean squared cosine of the angles: 1 where it lies
            within, 0 where they stand at right angles; NaN where one has no direction, [space, space].
        by_chance: What ``shared`` is on average for spaces of these dimensions in random position, [space, space].
    """

    names: tuple[str, ...]
    dimensions: tuple[int, ...]
    angles: Float64[Tensor, "space space angle"]
    shared: Float64[Tensor, "space space"]
    by_chance: Float64[Tensor, "space space"]


def span_of(vectors: Float[Tensor, "vector unit"]) -> Float64[Tensor, "direction unit"]:
    """An orthonormal basis of what vectors span, as rows; none where all are zero, [direction, unit].

    Directions that rounding alone can have made are left out.

    Raises:
        TensorError: A vector holds NaN or infinity.

    Example:
        >>> span_of(torch.tensor([[2.0, 0.0], [4.0, 0.0]])).abs().tolist()
        [[1.0, 0.0]]
    """
    rows = vectors.detach().to("cpu", torch.float64)
    if not torch.isfinite(rows).all():
        raise TensorError("a vector holds NaN or infinity", where="vectors", cure="look at the network's weights")
    if not rows.any():
        return rows[:0]
    _, sizes, directions = torch.linalg.svd(rows, full_matrices=False)
    return directions[sizes > max(rows.shape) * torch.finfo(vectors.dtype).eps * sizes[0]]


def principal_angles(
    a: Float[Tensor, "a_vector unit"], b: Float[Tensor, "b_vector unit"]
) -> Float64[Tensor, " direction"]:
    """The principal angles between the spaces that two sets of vectors span, in degrees, least first.

    The first is the least angle between any direction of the one and any of the other, the next the least at right
    angles to those, and so on: as many as the smaller space has dimensions. All are 0 where it lies in the larger.

    Args:
        a: Vectors that span the one space, from the origin, [vector, unit].
        b: Vectors that span the other, [vector, unit].

    Raises:
        TensorError: The vectors of one are all zero, or one is not finite.

    Source:
        Björck and Golub, "Numerical methods for computing angles between linear subspaces", Mathematics of Computation
        1973: cosines where angles are large, sines where they are small.

    Example:
        >>> floor, wall = torch.eye(3)[:2], torch.eye(3)[1:]
        >>> principal_angles(floor, wall).tolist()
        [0.0, 90.0]
    """
    larger, smaller = sorted((span_of(a), span_of(b)), key=len, reverse=True)
    if not len(smaller):
        raise TensorError("all vectors of a space are zero", where="principal_angles", cure="give a direction")
    return _angles(larger, smaller)


def compare_spaces(spaces: Mapping[str, Float[Tensor, "_vector unit"]]) -> SpaceAngles:
    """The principal angles of each two of several spaces, such as those of visited states, final states and readouts.

    Args:
        spaces: For each name the vectors that span the space, [vector, unit]; one of no vectors has no direction.

    Raises:
        TensorError: There is no space, or a vector is not finite.

    Example:
        >>> found = compare_spaces({"floor": torch.eye(3)[:2], "wall": torch.eye(3)[1:]})
        >>> found.shared[0, 1].item(), round(found.by_chance[0, 1].item(), 3)
        (0.5, 0.667)
    """
    if not spaces:
        raise TensorError("there are no spaces to compare", where="spaces", cure="give at least one")
    bases = [span_of(vectors) for vectors in spaces.values()]
    sizes = torch.tensor([len(basis) for basis in bases])
    count, most = len(bases), max(1, int(sizes.max()))
    angles = torch.full((count, count, most), torch.nan, dtype=torch.float64)
    for row, a in enumerate(bases):
        for column, b in enumerate(bases):
            larger, smaller = sorted((a, b), key=len, reverse=True)
            if len(smaller):
                angles[row, column, : len(smaller)] = _angles(larger, smaller)
    by_chance = torch.maximum(sizes.unsqueeze(1), sizes).double() / bases[0].shape[1]
    by_chance[torch.minimum(sizes.unsqueeze(1), sizes) == 0] = torch.nan
    shared = angles.deg2rad().cos().square().nanmean(dim=2)
    return SpaceAngles(tuple(spaces), tuple(sizes.tolist()), angles, shared, by_chance)


def _angles(larger: Tensor, smaller: Tensor) -> Float64[Tensor, " direction"]:
    inside = smaller @ larger.T
    cosines = torch.linalg.svdvals(inside)
    sines = torch.linalg.svdvals(smaller - inside @ larger).flip(0)
    return torch.atan2(sines, cosines).rad2deg()
