"""What a word says from a given state: its valence, by the derivative of the step and by the step itself."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.geometry.context.reader import Reader

__all__ = ["Valences", "measure_valences"]


@dataclass(frozen=True)
class Valences:
    """What probe words say from a set of states.

    A word of one-hot inputs is no small step, and gates bend on the way from x* to it. The derivative that says what a
    word says is therefore its mean over that way, and with that mean the formula is ``exact``, whatever the cell. Where
    one place has to stand for the way, half way is the better one: it is the rule of Gauss and Legendre with one node.

    Attributes:
        linear: By the formula of the paper, with the derivative at the input held, W dF/dx(h, x*) (x_w - x*): what a
            small part of the word would say, scaled up, [state, probe, output].
        middle: With the derivative taken half way to the word, W dF/dx(h, (x* + x_w) / 2) (x_w - x*): what bends on the
            way cancels to the second order, [state, probe, output].
        step: What the step of the word adds to the outputs, W (F(h, x_w) - h), [state, probe, output].
        drift: What the step of the held input adds, W (F(h, x*) - h): the part of every step that is due to no word,
            [state, output].
    """

    linear: Float64[Tensor, "state probe output"]
    middle: Float64[Tensor, "state probe output"]
    step: Float64[Tensor, "state probe output"]
    drift: Float64[Tensor, "state output"]

    @property
    def exact(self) -> Float64[Tensor, "state probe output"]:
        """The word's own part of its step, W (F(h, x_w) - F(h, x*)): what both formulas stand for, [..., output].

        It is W times the mean of dF/dx(h, x) over the way from x* to x_w, times x_w - x*: an integrated gradient.
        """
        return self.step - self.drift.unsqueeze(1)


def measure_valences(
    cell: Cell,
    states: Float[Tensor, "state unit"],
    probes: Float[Tensor, "probe input"],
    readout: Float[Tensor, "output unit"],
    held_input: Float[Tensor, " input"] | None = None,
) -> Valences:
    """What probe words say from states, by the derivative of the step and by the step itself, in float64.

    A state after a modifier is a state as any other: what ``good`` says after ``not`` is what it says from the state
    that ``not`` led to. That state is no fixed point and need not be near one.

    Args:
        cell: The cell; it is not changed.
        states: The states, [state, unit].
        probes: The input vector of each probe word, [probe, input].
        readout: What is read of a state, one row an output, [output, unit]: readouts, differences of readouts, or
            directions of your own.
        held_input: What a word is compared with, x*, [input]; zero unless given.

    Raises:
        TensorError: The shapes do not fit the cell, a number is not finite, or the readout is zero.

    Source:
        Maheswaranathan and Sussillo, "How recurrent networks implement contextual processing in sentiment analysis",
        ICML 2020, section 4, for the formula at x*, there zero; Sundararajan, Taly and Yan, "Axiomatic attribution for
        deep networks", ICML 2017, for the mean over the way.

    Example:
        >>> import torch
        >>> from slowfold.cells import GRU
        >>> cell = GRU(2, 3, generator=torch.Generator().manual_seed(0))
        >>> measure_valences(cell, torch.zeros(5, 3), torch.eye(2), torch.ones(1, 3)).exact.shape
        torch.Size([5, 2, 1])
    """
    reader = Reader(cell, readout, held_input)
    before, words = reader.states(states), reader.inputs(probes, "probes")
    drift = reader.drift(before)
    return Valences(
        linear=reader.linear(before, words),
        middle=reader.middle(before, words),
        step=reader.exact(before, words) + drift.unsqueeze(1),
        drift=drift,
    )
