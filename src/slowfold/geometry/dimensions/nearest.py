"""The nearest neighbours of some states among all, a few rows of distances at a time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int, Int64
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.clouds import CLOSE, as_cloud, distinct_rows, draw_rows

__all__ = ["Neighbours", "find_neighbours"]

# So many numbers are held at a time, 32 MB of them.
_AT_ONCE = 2**22


@dataclass(frozen=True)
class Neighbours:
    """The nearest neighbours of some of the distinct states of a cloud.

    Attributes:
        cloud: The distinct states, about their mean, [distinct, unit].
        query: The rows of the states whose neighbours were looked for, [query].
        distance: The distance to each neighbour, nearest first, [query, neighbour].
        row: The rows of the neighbours, [query, neighbour].
    """

    cloud: Float64[Tensor, "distinct unit"]
    query: Int64[Tensor, " query"]
    distance: Float64[Tensor, "query neighbour"]
    row: Int64[Tensor, "query neighbour"]


def find_neighbours(
    states: Float[Tensor, "state unit"],
    neighbours: int,
    *,
    documents: Int[Tensor, " state"] | None,
    queries: int,
    seed: int,
) -> Neighbours:
    """Finds the nearest neighbours of states drawn at random, among all distinct states.

    Distances are had from products, a block of rows at a time, and those of the neighbours anew from differences: so
    that nothing of the size of all pairs is ever held, and small distances keep their digits. Where neighbours are so
    close that products cannot rank them, all are had from differences. A tree would not help, for in a hundred
    directions and more it visits nearly every state as well.

    Args:
        states: The cloud, [state, unit]; states that are equal count once.
        neighbours: How many neighbours each is to have.
        documents: The document of each state, [state]: its own are then no neighbours of a state.
        queries: The most states to look at, drawn without replacement.
        seed: Draws them.

    Raises:
        TensorError: There is no state, one is not finite, or there are too few for so many neighbours.
        OptionError: A number is out of range.

    Example:
        >>> found = find_neighbours(torch.tensor([[0.0], [1.0], [3.0]]), 1, documents=None, queries=9, seed=0)
        >>> found.distance.flatten().tolist(), found.row.flatten().tolist()
        ([1.0, 1.0, 2.0], [1, 0, 1])
    """
    for name, value in (("neighbours", neighbours), ("queries", queries)):
        if value < 1:
            raise OptionError(f"{value} is out of range", where=name, cure="give 1 or more")
    cloud = as_cloud(states)
    kept = distinct_rows(cloud)
    cloud = cloud[kept] - cloud[kept].mean(dim=0)
    own = None if documents is None else documents.cpu()[kept]
    _require_enough(len(cloud), neighbours, own)
    query = draw_rows(len(cloud), queries, seed)
    squares = cloud.square().sum(dim=1)
    least = CLOSE * squares.max().sqrt()
    distances, rows = list[Tensor](), list[Tensor]()
    for part in query.split(max(1, _AT_ONCE // max(len(cloud), neighbours * cloud.shape[1]))):
        apart = squares - 2 * (cloud[part] @ cloud.T)
        apart[torch.arange(len(part)), part] = torch.inf
        if own is not None:
            apart[own[part].unsqueeze(1) == own] = torch.inf
        near = apart.topk(neighbours, dim=1, largest=False).indices
        away = (cloud[near] - cloud[part].unsqueeze(1)).norm(dim=2)
        for row in (away.amax(dim=1) < least).nonzero().flatten().tolist():
            exact = torch.where(apart[row].isinf(), torch.inf, (cloud - cloud[part[row]]).norm(dim=1))
            away[row], near[row] = exact.topk(neighbours, largest=False)
        distance, order = away.sort(dim=1)
        distances.append(distance)
        rows.append(near.gather(1, order))
    return Neighbours(cloud, query, torch.cat(distances), torch.cat(rows))


def _require_enough(distinct: int, neighbours: int, documents: Int[Tensor, " distinct"] | None) -> None:
    most = 1 if documents is None else int(torch.unique(documents, return_counts=True)[1].max())
    if distinct - most < neighbours:
        others = "" if documents is None else ", less those of one document,"
        raise TensorError(
            f"{distinct} distinct states{others} are too few to have {neighbours} neighbours each",
            where="neighbours",
            cure="give more states, or ask for fewer neighbours",
        )
