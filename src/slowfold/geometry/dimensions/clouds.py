"""Clouds of states as everything here takes them: in float64 on the CPU, finite, each state once where that matters."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.errors import TensorError

__all__ = ["CLOSE", "as_cloud", "distinct_rows", "draw_rows"]

CLOSE = 1e-6
"""States nearer than this, beside the extent of the cloud, have few digits of their distance left in products."""


def as_cloud(states: Float[Tensor, "state unit"]) -> Float64[Tensor, "state unit"]:
    """The states in float64 on the CPU, [state, unit].

    Raises:
        TensorError: There is no state, or one holds NaN or infinity.
    """
    if states.shape[0] == 0:
        raise TensorError("there are no states to measure", cure="give at least one")
    cloud = states.detach().to("cpu", torch.float64)
    if not torch.isfinite(cloud).all():
        raise TensorError("a state holds NaN or infinity", cure="look at the network's weights")
    return cloud


def distinct_rows(cloud: Float64[Tensor, "state unit"]) -> Int64[Tensor, " distinct"]:
    """The row of each distinct state where it stands first, in the order of the rows.

    Texts that begin alike visit the same states, to the last bit. Such copies have no distance to take a logarithm of.

    Example:
        >>> distinct_rows(torch.tensor([[1.0], [2.0], [1.0], [0.0]], dtype=torch.float64)).tolist()
        [0, 1, 3]
    """
    # Rows are compared as bytes; adding 0 turns -0 into 0, whose bytes differ. Only those are compared whose checksums
    # agree: whole integers that overflow add up to the same in any order.
    rows = np.ascontiguousarray(cloud.numpy() + 0.0)
    factors = np.random.default_rng(0).integers(2**62, size=rows.shape[1]) * 2 + 1
    _, place, times = np.unique(rows.view(np.int64) @ factors, return_inverse=True, return_counts=True)
    alike = np.flatnonzero(times[place] > 1)
    whole = rows[alike].view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    first = alike[np.unique(whole, return_index=True)[1]]
    return torch.from_numpy(np.sort(np.concatenate([np.flatnonzero(times[place] == 1), first])))


def draw_rows(rows: int, most: int, seed: int) -> Int64[Tensor, " drawn"]:
    """At most so many of ``rows`` rows, each as likely as any other, in their order.

    Example:
        >>> draw_rows(3, 5, seed=0).tolist()
        [0, 1, 2]
    """
    return torch.randperm(rows, generator=torch.Generator().manual_seed(seed))[:most].sort().values
