"""How far apart the spectra of two networks are: how much eigenvalues have to be moved to make the one the other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Complex, Float64
from torch import Tensor

from slowfold.errors import OptionError, TensorError

__all__ = ["spectra_distance", "spectra_distances"]

# Spectra of real matrices are symmetric about the real axis, so half a turn is seen by a quarter of it.
_DIRECTIONS = 32
_SLOWEST = 10


def spectra_distance(
    a: Complex[Tensor, "a_point a_mode"], b: Complex[Tensor, "b_point b_mode"], *, slowest: int = _SLOWEST
) -> float:
    """How far the slowest eigenvalues of one network have to be moved, on average, to be those of another.

    The eigenvalues of all points are one cloud in the complex plane. Seen from a direction it is a cloud on a line,
    where the cheapest way to move one onto another keeps their order; the distance is the mean of that over 32
    directions (the sliced Wasserstein distance, of first order). It is symmetric and the triangle inequality holds; two
    clouds at distance 0 look the same from all these directions.

    Args:
        a: The eigenvalues at the points of one network, the greatest in size first, as
            :class:`~slowfold.dynamics.Modes` ranks them, [point, mode].
        b: Those of another, [point, mode].
        slowest: How many of each point are compared. The others are forgotten within a word or two, and there are far
            more of them.

    Raises:
        OptionError: ``slowest`` is below 1.
        TensorError: There is no eigenvalue, or one is not finite.

    Source:
        Rabin, Peyré, Delon and Bernot, "Wasserstein barycenter and its application to texture mixing", SSVM 2011.

    Example:
        >>> near, far = torch.tensor([[0.9 + 0j]]), torch.tensor([[0.4 + 0j]])
        >>> spectra_distance(near, near), round(spectra_distance(near, far) / spectra_distance(far, 0 * far), 6)
        (0.0, 1.25)
    """
    return _distance(_seen(a, slowest, "a"), _seen(b, slowest, "b"))


def spectra_distances(
    eigenvalues: Sequence[Complex[Tensor, "_point _mode"]], *, slowest: int = _SLOWEST
) -> Float64[Tensor, "network network"]:
    """The distances of each two of several networks, by :func:`spectra_distance`, [network, network].

    Example:
        >>> some = torch.tensor([[0.9 + 0.1j, 0.9 - 0.1j]])
        >>> spectra_distances([some, some]).tolist()
        [[0.0, 0.0], [0.0, 0.0]]
    """
    seen = [_seen(one, slowest, f"network {number}") for number, one in enumerate(eigenvalues)]
    distances = torch.zeros(len(seen), len(seen), dtype=torch.float64)
    for row, a in enumerate(seen):
        for column in range(row):
            distances[row, column] = distances[column, row] = _distance(a, seen[column])
    return distances


def _seen(eigenvalues: Tensor, slowest: int, where: str) -> Float64[Tensor, "direction eigenvalue"]:
    """The cloud from each direction, in order."""
    if slowest < 1:
        raise OptionError(f"{slowest} is out of range", where="slowest", cure="give 1 or more")
    cloud = eigenvalues[:, :slowest].detach().to("cpu", torch.complex128).flatten()
    if not len(cloud):
        raise TensorError("there is no eigenvalue", where=where, cure="give those of at least one point")
    if not torch.isfinite(torch.view_as_real(cloud)).all():
        raise TensorError("an eigenvalue is NaN or infinite", where=where, cure="look at the network's weights")
    angles = torch.arange(_DIRECTIONS, dtype=torch.float64) * (math.pi / _DIRECTIONS)
    return (cloud.real * angles.cos().unsqueeze(1) + cloud.imag * angles.sin().unsqueeze(1)).sort(dim=1).values


def _distance(a: Float64[Tensor, "direction i"], b: Float64[Tensor, "direction j"]) -> float:
    """The mean over directions of the area between two quantile functions, which are steps."""
    steps = torch.cat([torch.arange(1, len(one.mT) + 1, dtype=torch.float64) / len(one.mT) for one in (a, b)]).unique()
    widths = steps.diff(prepend=steps.new_zeros(1))
    middle = steps - widths / 2
    levels = [one[:, (middle * one.shape[1]).long().clamp(max=one.shape[1] - 1)] for one in (a, b)]
    return float(((levels[0] - levels[1]).abs() * widths).sum(dim=1).mean())
