"""How long a modifier works: what is left of it after each further word."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.errors import TensorError
from slowfold.geometry.context.factors import Factors, fit_factors
from slowfold.geometry.context.reader import Reader

__all__ = ["Fading", "measure_fading"]


@dataclass(frozen=True)
class Fading:
    """How modifiers multiply the words that follow them, after other words in between.

    Attributes:
        factor: By what each modifier multiplies the probes after so many words between, beginning with none,
            [modifier, between].
    """

    factor: Factors

    @property
    def halved(self) -> Int64[Tensor, " modifier"]:
        """After how many words between a modifier has lost half of its effect; -1 where it has not by the end.

        The effect is the distance of its factor from 1.
        """
        left = (self.factor.value - 1).abs()
        gone = left <= left[:, :1] / 2
        return torch.where(gone.any(dim=1), gone.to(torch.int64).argmax(dim=1), -1)


def measure_fading(
    cell: Cell,
    states: Float[Tensor, "state unit"],
    modifiers: Float[Tensor, "modifier input"],
    fillers: Float[Tensor, "state time input"],
    probes: Float[Tensor, "probe input"],
    readout: Float[Tensor, "output unit"],
    *,
    held_input: Float[Tensor, " input"] | None = None,
    seed: int = 0,
) -> Fading:
    """By what modifiers multiply the words after them, when other words stand between.

    What a probe says after the modifier and some words is set beside what it says after these words alone, read from
    the same state: the text without the modifier. Valences are taken by the formula W dF/dx(h, x*) (x_w - x*).

    Args:
        cell: The cell; it is not changed.
        states: Visited states, best each from another document, [state, unit].
        modifiers: The input vectors of the modifiers, [modifier, input].
        fillers: The input vectors of the words between, for each state its own, [state, time, input].
        probes: The input vectors of the probe words, [probe, input].
        readout: What is read of a state, one row an output, [output, unit].
        held_input: What words are compared with, [input]; zero unless given.
        seed: Draws the resamples of the intervals.

    Raises:
        TensorError: The shapes do not fit each other or the cell, a number is not finite, or the readout is zero.

    Source:
        Maheswaranathan and Sussillo, "How recurrent networks implement contextual processing in sentiment analysis",
        ICML 2020, section 3.

    Example:
        >>> from slowfold.cells import GRU
        >>> cell = GRU(4, 6, generator=torch.Generator().manual_seed(0))
        >>> states = torch.rand(8, 6, generator=torch.Generator().manual_seed(1))
        >>> modifiers, probes, fillers = torch.eye(4)[:1], torch.eye(4)[1:], torch.eye(4)[3].expand(8, 5, 4)
        >>> measure_fading(cell, states, modifiers, fillers, probes, torch.ones(1, 6)).factor.value.shape
        torch.Size([1, 6])
    """
    reader = Reader(cell, readout, held_input)
    without, known = reader.states(states), reader.inputs(probes, "probes")
    words = reader.inputs(modifiers, "modifiers")
    if fillers.dim() != 3 or len(fillers) != len(without):
        raise TensorError(
            f"the shape is {tuple(fillers.shape)} for {len(without)} states",
            where="fillers",
            cure="give [state, time, input], some words for each state",
        )
    between = (
        reader.inputs(fillers.flatten(0, 1), "fillers").unflatten(0, fillers.shape[:2]) if fillers.shape[1] else fillers
    )
    # All modifiers are read side by side: [modifier * state, unit].
    after = torch.cat([reader.after(without, word) for word in words])
    products, squares = list[Tensor](), list[Tensor]()
    for time in range(fillers.shape[1] + 1):
        said = reader.linear(without, known)
        modified = reader.linear(after, known).unflatten(0, (len(words), len(without)))
        products.append((modified * said).sum(dim=(2, 3)))
        squares.append(said.square().sum(dim=(1, 2)))
        if time < fillers.shape[1]:
            without = reader.after(without, between[:, time])
            after = reader.after(after, between[:, time].repeat(len(words), 1))
    # [modifier, state, time] and [state, time], the states to the front.
    stacked = torch.stack(products, dim=2).transpose(0, 1)
    return Fading(fit_factors(stacked, torch.stack(squares, dim=1).unsqueeze(1), seed=seed))
