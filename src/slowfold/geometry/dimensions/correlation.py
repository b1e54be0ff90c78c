"""Dimension by correlation: how the share of close pairs grows with what is called close."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.clouds import CLOSE, as_cloud, distinct_rows, draw_rows

__all__ = ["FEWEST_STATES", "correlation_dimension"]

FEWEST_STATES = 20
"""Between fewer states there are too few distances to fit a line through their shares."""

# The radii at which pairs are counted.
_RADII = 100
# Logarithms of equal distances differ by less.
_ROUNDING = 1e-9
# So many numbers are held at a time, 32 MB of them.
_AT_ONCE = 2**22


def correlation_dimension(
    states: Float[Tensor, "state unit"],
    *,
    percentiles: tuple[float, float] = (2.5, 97.5),
    documents: Int[Tensor, " state"] | None = None,
    most: int = 2_000,
    seed: int = 0,
) -> float:
    """The slope of log C(r) against log r, where C(r) is the share of pairs closer than r.

    The line is fitted through 100 radii, evenly spaced in log r. The paper's range of radii reaches across the whole
    cloud, where C(r) levels off, so that the slope is far too low in many dimensions; ``percentiles=(0.1, 5.0)``
    stays among close pairs and needs many states.

    Args:
        states: The cloud, [state, unit]; states that are equal count once.
        percentiles: From which to which percentile of the distances the radii go.
        documents: The document of each state, [state]: pairs within one are then left out.
        most: The most states to take, drawn at random: all their distances are held at once, 8 bytes each.
        seed: Draws them.

    Raises:
        TensorError: There are fewer than 20 distinct states, one is not finite, or all are equally far apart.
        OptionError: A number is out of range.

    Source:
        Grassberger and Procaccia, "Measuring the strangeness of strange attractors", Physica D 1983; Theiler,
        "Spurious dimension from correlation algorithms applied to limited time-series data", Physical Review A 1986,
        for leaving out pairs of one course.

    Example:
        >>> plane = torch.rand(1000, 2, generator=torch.Generator().manual_seed(0))
        >>> round(correlation_dimension(plane), 1), round(correlation_dimension(plane, percentiles=(0.1, 5.0)), 1)
        (1.6, 1.9)
    """
    low, high = percentiles
    if not 0 <= low < high <= 100:
        raise OptionError(f"{low} to {high} is no range of percentiles", where="percentiles", cure="give (2.5, 97.5)")
    if most < FEWEST_STATES:
        raise OptionError(f"{most} is out of range", where="most", cure=f"give {FEWEST_STATES} or more")
    cloud = as_cloud(states)
    kept = distinct_rows(cloud)
    kept = kept[draw_rows(len(kept), most, seed)]
    if len(kept) < FEWEST_STATES:
        raise TensorError(
            f"{len(kept)} distinct states are too few", where="states", cure=f"give {FEWEST_STATES} or more"
        )
    distances = _distances(cloud[kept], None if documents is None else documents.cpu()[kept])
    if not len(distances):
        raise TensorError("all states are of one document", where="documents", cure="give states of several documents")
    ends = torch.tensor([low, high], dtype=torch.float64) / 100 * (len(distances) - 1)
    first, last = distances[ends.round().long()].log().tolist()
    if not -math.inf < first < last - _ROUNDING:
        raise TensorError("all states are equally far apart", where="states", cure="give a cloud with near and far")
    radii = torch.linspace(first, last, _RADII, dtype=torch.float64)
    # At the first radius at least one pair is as close: no share is 0.
    shares = (torch.searchsorted(distances.log(), radii, right=True).double().clamp_min(1) / len(distances)).log()
    apart = radii - radii.mean()
    return float(apart @ shares / apart.square().sum())


def _distances(cloud: Tensor, documents: Tensor | None) -> Tensor:
    """The distances of all pairs, or of those of two documents, least first, [pair]."""
    centred = cloud - cloud.mean(dim=0)
    first, second = torch.triu_indices(len(cloud), len(cloud), offset=1)
    if documents is not None:
        several = documents[first] != documents[second]
        first, second = first[several], second[several]
    # By products, ten times as fast as by differences, which keep the digits of the closest pairs.
    apart = torch.cdist(centred, centred, compute_mode="use_mm_for_euclid_dist")[first, second]
    close = (apart < CLOSE * centred.norm(dim=1).max()).nonzero().flatten()
    for pairs in close.split(max(1, _AT_ONCE // cloud.shape[1])):
        apart[pairs] = (centred[first[pairs]] - centred[second[pairs]]).norm(dim=1)
    return apart.sort().values
