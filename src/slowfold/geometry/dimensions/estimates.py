"""The nine measures of dimension that the paper compares, of one cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.clouds import as_cloud, distinct_rows
from slowfold.geometry.dimensions.components import Dimension, PrincipalComponents, dimension
from slowfold.geometry.dimensions.correlation import correlation_dimension
from slowfold.geometry.dimensions.nearest import find_neighbours
from slowfold.geometry.dimensions.neighbours import average_likelihood, local_dimension, require_average

__all__ = ["LOCAL_NEIGHBOURS", "NEIGHBOURS", "Estimates", "dimension_over", "estimate_dimensions"]

NEIGHBOURS = (10, 50, 100)
"""How many neighbours the paper's three Levina-Bickel dimensions look at."""

LOCAL_NEIGHBOURS = 50
"""How many neighbours for each class local components are taken over, as in the paper."""

_QUERIES = 1_000


@dataclass(frozen=True)
class Estimates:
    """The dimension of one cloud by nine measures.

    Attributes:
        states: How many states there are.
        distinct: How many of them are distinct; neighbours are looked for among these.
        variance: Shares of variance, participation ratio and thresholds; 0 dimensions where nothing varies.
        for_classes: The least number of components that hold N / (N + 1) of the variance, with N classes.
        local: The participation ratio of the nearest neighbours of a state, 50 for each class, averaged over states;
            None, as those below, where there are too few states or all are equally far apart.
        nearest: The Levina-Bickel dimension by the number of neighbours.
        correlation: The correlation dimension over the paper's range of radii.
    """

    states: int
    distinct: int
    variance: Dimension
    for_classes: int
    local: float | None
    nearest: dict[int, float | None]
    correlation: float | None


def estimate_dimensions(
    states: Float[Tensor, "state unit"],
    *,
    classes: int,
    weights: Float[Tensor, " weight"] | None = None,
    axes: PrincipalComponents | None = None,
    documents: Int[Tensor, " state"] | None = None,
    average: str = "mean",
    seed: int = 0,
) -> Estimates:
    """Measures the dimension of a cloud in nine ways.

    They answer different questions, and only those of the variance find the dimension of a thick or large cloud; what
    each makes of clouds of known dimension is tabulated in the documentation. Neighbours and pairs are those of states
    drawn at random, at most 1,000 and 2,000 of them.

    Args:
        states: The cloud, [state, unit].
        classes: How many classes, N, there are.
        weights: How much each state counts in the variances; see :func:`principal_components`, [state].
        axes: The principal components of these states by these weights, where they are known already.
        documents: The document of each state, [state]: within one there are then no neighbours and no pairs.
        average: How Levina-Bickel dimensions are averaged; see :func:`levina_bickel`.
        seed: Draws the states.

    Raises:
        TensorError: There is no state, one is not finite, or the weights do not fit.
        OptionError: There is no class, or no such average.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, appendix.

    Example:
        >>> found = estimate_dimensions(torch.rand(500, 2, generator=torch.Generator().manual_seed(0)), classes=3)
        >>> round(found.variance.participation_ratio, 1), found.for_classes, round(found.nearest[10], 1)
        (2.0, 2, 2.2)
    """
    if classes < 1:
        raise OptionError(f"{classes} is out of range", where="classes", cure="give 1 or more")
    require_average(average)
    cloud = as_cloud(states)
    variance = dimension(states, weights) if axes is None else axes.dimension
    kept = distinct_rows(cloud)
    cloud, own = cloud[kept], None if documents is None else documents.cpu()[kept]
    near = LOCAL_NEIGHBOURS * classes
    return Estimates(
        states=len(states),
        distinct=len(cloud),
        variance=variance,
        for_classes=variance.components_for(classes / (classes + 1)),
        local=_if_any(lambda: local_dimension(cloud, near, documents=own, seed=seed)),
        nearest=_nearest(cloud, own, average, seed),
        correlation=_if_any(lambda: correlation_dimension(cloud, documents=own, seed=seed)),
    )


def dimension_over(clouds: Iterable[Float[Tensor, "_state unit"]]) -> tuple[Dimension, ...]:
    """The dimension of each of several clouds in turn, such as the final states at every checkpoint of a training.

    One cloud is held at a time, so a generator that reads checkpoint after checkpoint takes no more memory than one.

    Raises:
        TensorError: A cloud has no state, or one that is not finite.

    Example:
        >>> [found.for_90 for found in dimension_over(torch.eye(size) for size in (2, 3, 4))]
        [1, 2, 3]
    """
    return tuple(dimension(cloud) for cloud in clouds)


def _nearest(cloud: Tensor, documents: Tensor | None, average: str, seed: int) -> dict[int, float | None]:
    """The Levina-Bickel dimensions, from one search for as many neighbours as there are states for."""
    others = len(cloud) - (1 if documents is None else int(torch.unique(documents, return_counts=True)[1].max()))
    found: dict[int, float | None] = dict.fromkeys(NEIGHBOURS)
    enough = [count for count in NEIGHBOURS if count <= others]
    if enough:
        distance = find_neighbours(cloud, enough[-1], documents=documents, queries=_QUERIES, seed=seed).distance
        found.update((count, _if_any(partial(average_likelihood, distance[:, :count], average))) for count in enough)
    return found


def _if_any(measure: Callable[[], float]) -> float | None:
    """A measure, or None where there are too few states for it, or all are equally far apart."""
    try:
        return measure()
    except TensorError:
        return None
