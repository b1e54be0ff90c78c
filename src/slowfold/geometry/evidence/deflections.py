"""Words as vectors of evidence: how far, and which way, each one moves the state."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.cells.base import Cell

__all__ = ["Deflections", "measure_deflections"]


@dataclass(frozen=True)
class Deflections:
    """How words move the state, F(h, w) - h, over a set of states.

    Attributes:
        mean: The mean move of each word over the states, [word, unit].
        spread: The root mean square distance of the moves from that mean, [word].
        moves: The moves from each state, [word, state, unit].
    """

    mean: Float64[Tensor, "word unit"]
    spread: Float64[Tensor, " word"]
    moves: Float64[Tensor, "word state unit"]


@torch.no_grad()
def measure_deflections(
    cell: Cell, states: Float[Tensor, "state unit"], inputs: Float[Tensor, "word input"]
) -> Deflections:
    """The exact move F(h, w) - h that each word makes from each state, in float64.

    Args:
        cell: The cell; it is not changed.
        states: The states from which the words are read, [state, unit].
        inputs: The input vector of each word, [word, input].

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, section 3.

    Example:
        >>> from slowfold.cells import GRU
        >>> cell = GRU(2, 3, generator=torch.Generator().manual_seed(0))
        >>> measure_deflections(cell, torch.zeros(5, 3), torch.eye(2)).mean.shape
        torch.Size([2, 3])
    """
    own = cell.frozen()
    before = states.detach().to(torch.float64)
    moves = torch.stack([own.step(before, word.expand(len(before), -1)) - before for word in inputs.to(before)])
    mean = moves.mean(dim=1)
    return Deflections(mean, (moves - mean.unsqueeze(1)).square().sum(dim=2).mean(dim=1).sqrt(), moves)
