"""What each state weighs, so that neither long documents nor large classes speak for the others."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from slowfold.errors import TensorError

__all__ = ["as_weights", "balanced_weights"]


def balanced_weights(*groups: Int[Tensor, " state"]) -> Float64[Tensor, " state"]:
    """Weights by which every group counts as much as every other, whatever its size.

    With the document of each state every document weighs the same. With the class and the document every class does,
    and within a class every document.

    Args:
        groups: The group that each state belongs to, the widest grouping first, [state].

    Returns:
        Weights that add up to 1, [state].

    Raises:
        TensorError: No grouping is given, or there is no state.

    Example:
        >>> document = torch.tensor([0, 0, 0, 1])
        >>> balanced_weights(document).mul(6).round(decimals=9).tolist()
        [1.0, 1.0, 1.0, 3.0]
    """
    if not groups or groups[0].numel() == 0:
        raise TensorError("there is no group to balance", where="groups", cure="give the group of each state")
    outer = torch.zeros_like(groups[0], dtype=torch.int64)
    weights = torch.ones(len(outer), dtype=torch.float64, device=outer.device)
    for group in groups:
        own = torch.unique(group, return_inverse=True)[1]
        pairs, inner = torch.unique(outer * (own.max() + 1) + own, return_inverse=True)
        parts = torch.bincount(pairs // (own.max() + 1))
        weights /= parts[outer]
        outer = inner
    weights /= torch.bincount(outer)[outer]
    return weights.cpu()


def as_weights(weights: Float[Tensor, " state"], states: int) -> Float64[Tensor, " state"]:
    """The weights in float64 on the CPU, adding up to 1, [state].

    Raises:
        TensorError: They are not as many as the states, one is negative or not finite, or all are 0.
    """
    own = weights.detach().to("cpu", torch.float64)
    if len(own) != states:
        raise TensorError(f"there are {len(own)} weights for {states} states", where="weights", cure="give one a state")
    if not torch.isfinite(own).all() or (own < 0).any():
        raise TensorError("a weight is negative, NaN or infinite", where="weights", cure="give 0 or more a state")
    if not own.any():
        raise TensorError("all weights are 0", where="weights", cure="let at least one state count")
    return own / own.sum()
