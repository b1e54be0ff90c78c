"""A map of many networks: points in a plane whose distances are, as nearly as may be, those of the networks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import OptionError, TensorError

__all__ = ["Placement", "place_by_distance"]


@dataclass(frozen=True)
class Placement:
    """Where each network lies on the map.

    Attributes:
        position: One row a network, centred, [network, axis].
        shares: How much of all squared distances each axis shows, of what flat space can show, [axis].
        beyond: How much there is that no flat space can show, relative to what it can: 0 where the distances are those
            of points in some flat space, and the more the less they are.
    """

    position: Float64[Tensor, "network axis"]
    shares: Float64[Tensor, " axis"]
    beyond: float


def place_by_distance(distances: Float[Tensor, "network network"], *, axes: int = 2) -> Placement:
    """Places networks by their distances: classical multidimensional scaling.

    An axis points to where the network that is furthest out on it lies, so that the same distances give the same map.

    Args:
        distances: The distance of each two, symmetric and 0 on the diagonal, [network, network].
        axes: How many axes the map has.

    Raises:
        OptionError: There are fewer than one axis, or more than networks.
        TensorError: The distances are no such table.

    Source:
        Torgerson, "Multidimensional scaling: I. Theory and method", Psychometrika 1952.

    Example:
        >>> line = torch.tensor([[0.0], [1.0], [3.0]])
        >>> placed = place_by_distance(torch.cdist(line, line), axes=1)
        >>> torch.cdist(placed.position, placed.position).round(decimals=6).tolist()[0], placed.beyond < 1e-9
        ([0.0, 1.0, 3.0], True)
    """
    table = distances.detach().to("cpu", torch.float64)
    count = len(table)
    if not 1 <= axes <= count:
        raise OptionError(f"{axes} for {count} networks", where="axes", cure="give 1 or more, at most one a network")
    if not torch.isfinite(table).all() or (table < 0).any():
        raise TensorError("a distance is negative or not finite", where="distances", cure="leave that network out")
    if not torch.allclose(table, table.mT) or not torch.allclose(table.diagonal(), table.new_zeros(count), atol=1e-9):
        raise TensorError(
            "the distances are not symmetric, or not 0 from a network to itself",
            where="distances",
            cure="give the distance of each two once in both directions",
        )
    squares = table.square()
    centred = -(squares - squares.mean(0) - squares.mean(1, keepdim=True) + squares.mean()) / 2
    values, vectors = torch.linalg.eigh((centred + centred.mT) / 2)
    values, vectors = values.flip(0), vectors.flip(1)
    # What rounding has left is nothing: its root would not be.
    values = torch.where(values.abs() > count * torch.finfo(torch.float64).eps * values.abs().max(), values, 0.0)
    flat, not_flat = values.clamp(min=0).sum(), -values.clamp(max=0).sum()
    position = vectors[:, :axes] * values[:axes].clamp(min=0).sqrt()
    furthest = position.gather(0, position.abs().argmax(dim=0, keepdim=True))
    position = position * torch.where(furthest < 0, -1.0, 1.0)
    # Networks that are all the same lie in one point, of which nothing is shown and nothing is left out.
    whole = flat if flat > 0 else torch.ones_like(flat)
    return Placement(position, values[:axes].clamp(min=0) / whole, float(not_flat / whole))
