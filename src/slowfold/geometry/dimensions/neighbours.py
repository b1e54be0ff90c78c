"""Dimension as near neighbours see it: how distances to them grow, and how they spread around a place."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.clouds import as_cloud
from slowfold.geometry.dimensions.nearest import find_neighbours

__all__ = ["AVERAGES", "average_likelihood", "levina_bickel", "local_dimension", "require_average"]

AVERAGES = ("mean", "inverse")
"""What can be averaged over states: the dimensions found there, or their inverses."""

# Where distances to neighbours differ by no more than rounding, the mean logarithm of their ratios is below this.
_ROUNDING = 1e-12


def levina_bickel(
    states: Float[Tensor, "state unit"],
    neighbours: int = 10,
    *,
    average: str = "mean",
    documents: Int[Tensor, " state"] | None = None,
    queries: int = 1_000,
    seed: int = 0,
) -> float:
    """The dimension by the maximum likelihood of distances to near neighbours.

    With T_j the distance to the j-th neighbour, a state sees the dimension 1 / mean over j < k of ln(T_k / T_j). The
    mean of these over states is what the paper reports. For k neighbours in a cloud of even density it is too large
    by the factor (k - 1) / (k - 2), and the inverse of the mean inverse is not.

    Args:
        states: The cloud, [state, unit]; states that are equal count once.
        neighbours: How many neighbours of each state, k; at least 3.
        average: ``"mean"`` of the dimensions that states see, or ``"inverse"``, 1 over the mean of their inverses.
        documents: The document of each state, [state]: its own are then no neighbours of a state, for along one text
            states follow each other on a line whatever the cloud is.
        queries: The most states to ask, drawn at random.
        seed: Draws them.

    Raises:
        TensorError: There are too few distinct states, one is not finite, or all neighbours are equally far.
        OptionError: A number is out of range, or there is no such average.

    Source:
        Levina and Bickel, "Maximum likelihood estimation of intrinsic dimension", NeurIPS 2004; MacKay and Ghahramani,
        "Comments on 'Maximum likelihood estimation of intrinsic dimension'", 2005, for the inverse.

    Example:
        >>> plane = torch.rand(2000, 2, generator=torch.Generator().manual_seed(0))
        >>> round(levina_bickel(plane, 20, average="inverse"), 1)
        2.0
    """
    if neighbours < 3:
        raise OptionError(f"{neighbours} is out of range", where="neighbours", cure="give 3 or more")
    require_average(average)
    found = find_neighbours(states, neighbours, documents=documents, queries=queries, seed=seed)
    return average_likelihood(found.distance, average)


def average_likelihood(distance: Float64[Tensor, "query neighbour"], average: str) -> float:
    """The Levina-Bickel dimension from distances to neighbours, nearest first, all above 0.

    A state whose neighbours are all equally far, as on a lattice, sees no dimension, and the mean leaves it out.

    Raises:
        TensorError: All neighbours of every state are equally far.
    """
    inverse = (distance[:, -1:] / distance[:, :-1]).log().mean(dim=1)
    seeing = inverse > _ROUNDING
    if not seeing.any():
        raise TensorError("the neighbours of every state are equally far", where="states", cure="ask for more of them")
    return float(1 / inverse.mean() if average == "inverse" else (1 / inverse[seeing]).mean())


def local_dimension(
    states: Float[Tensor, "state unit"],
    neighbours: int = 100,
    *,
    places: int = 20,
    documents: Int[Tensor, " state"] | None = None,
    seed: int = 0,
) -> float:
    """The participation ratio of the nearest neighbours of a state, averaged over states: local PCA.

    Args:
        states: The cloud, [state, unit]; states that are equal count once.
        neighbours: How many neighbours of each state; at least 2. The paper took 50 for each class.
        places: The most states to look around at, drawn at random.
        documents: The document of each state, [state]: its own are then no neighbours of a state.
        seed: Draws the places.

    Raises:
        TensorError: There are too few distinct states, or one is not finite.
        OptionError: A number is out of range.

    Source:
        Fukunaga and Olsen, "An algorithm for finding intrinsic dimensionality of data", IEEE Transactions on Computers
        1971, for local components; their participation ratio as in Aitken et al., ICLR 2021.

    Example:
        >>> angle = torch.linspace(0, 3, 1000)
        >>> round(local_dimension(torch.stack([angle.cos(), angle.sin()], dim=1), 50), 2)
        1.0
    """
    if neighbours < 2:
        raise OptionError(f"{neighbours} is out of range", where="neighbours", cure="give 2 or more")
    found = find_neighbours(as_cloud(states), neighbours, documents=documents, queries=places, seed=seed)
    return float(torch.stack([_participation(found.cloud[rows]) for rows in found.row]).mean())


def require_average(average: str) -> None:
    """Raises an OptionError unless there is such an average."""
    if average not in AVERAGES:
        raise OptionError(f"there is no average {average!r}", where="average", cure="give 'mean' or 'inverse'")


def _participation(states: Float64[Tensor, "state unit"]) -> Float64[Tensor, ""]:
    """The participation ratio without the variances: the square of their sum, over the sum of their squares."""
    centred = states - states.mean(dim=0)
    # The products of states with each other have the same variances as those of units, and may be fewer.
    products = centred @ centred.T if len(centred) < centred.shape[1] else centred.T @ centred
    return products.trace().square() / products.square().sum()
