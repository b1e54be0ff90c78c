"""What all measurements of context ask of a network: a state after a word, and what words say from there."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.errors import TensorError

__all__ = ["Reader"]

# So many numbers of one kind are held at a time: 4 MiB, which caches hold.
_AT_ONCE = 1 << 19


class Reader:
    """A cell, what is read of its states, and the input held: what all measurements of context ask.

    Args:
        cell: The cell; it is copied in float64, and not changed.
        readout: What is read of a state, one row an output, [output, unit].
        held_input: What words are compared with, x*, [input]; zero unless given.

    Attributes:
        cell: The copy.
        readout: [output, unit].
        held: [input].

    Raises:
        TensorError: The shapes do not fit the cell, a number is not finite, or nothing can be read.
    """

    def __init__(
        self, cell: Cell, readout: Float[Tensor, "output unit"], held_input: Float[Tensor, " input"] | None = None
    ) -> None:
        self.cell = cell.frozen()
        self._place = next(self.cell.parameters()).device
        self.readout = self._own(readout, cell.size, "readout", "units")
        if not self.readout.any():
            raise TensorError(
                "is zero, so that no word can say anything", where="readout", cure="give two classes or an output"
            )
        held = torch.zeros(cell.input_size) if held_input is None else held_input
        self.held = self._own(held.unsqueeze(0), cell.input_size, "held input", "inputs")[0]

    def states(self, states: Float[Tensor, "state unit"]) -> Float64[Tensor, "state unit"]:
        """States in float64, refused where they cannot be this cell's."""
        return self._own(states, self.cell.size, "states", "units")

    def inputs(self, inputs: Float[Tensor, "word input"], name: str) -> Float64[Tensor, "word input"]:
        """Input vectors of words in float64, refused where the cell cannot read them."""
        return self._own(inputs, self.cell.input_size, name, "inputs")

    def _own(self, rows: Tensor, size: int, name: str, unit: str) -> Tensor:
        if rows.dim() != 2 or rows.shape[1] != size:
            raise TensorError(
                f"the shape is {tuple(rows.shape)}, and the cell has {size} {unit}",
                where=name,
                cure="give those of this network",
            )
        if not len(rows):
            raise TensorError("there is none", where=name, cure="give at least one")
        own = rows.detach().to(self._place, torch.float64)
        if not torch.isfinite(own).all():
            raise TensorError("one holds NaN or infinity", where=name, cure="look at the network's weights")
        return own

    @torch.no_grad()
    def after(
        self, states: Float64[Tensor, "state unit"], words: Float64[Tensor, "#state input"] | Float64[Tensor, " input"]
    ) -> Float64[Tensor, "state unit"]:
        """The states after one more word, the same for all or one for each, [state, unit]."""
        return self.cell.advance(states, self.cell.drive(words))

    def settled(self, states: Float64[Tensor, "state unit"], steps: int) -> Float64[Tensor, "state unit"]:
        """The states after some steps of the held input, [state, unit]."""
        for _ in range(steps):
            states = self.after(states, self.held)
        return states

    @torch.no_grad()
    def drift(self, states: Float64[Tensor, "state unit"]) -> Float64[Tensor, "state output"]:
        """What a step of the held input adds to the outputs, W (F(h, x*) - h), [state, output]."""
        return (self.after(states, self.held) - states) @ self.readout.T

    def linear(
        self, states: Float64[Tensor, "state unit"], words: Float64[Tensor, "probe input"]
    ) -> Float64[Tensor, "state probe output"]:
        """The first order of what words say, W dF/dx(h, x*) (x_w - x*), [state, probe, output]."""
        # A row of W dF/dx is one backward pass, in which no matrix meets the state: for the few outputs of a readout
        # that is far less work than the whole dF/dx in closed form, with which the tests compare it.
        return self._along(states, self.held, words - self.held)

    def middle(
        self, states: Float64[Tensor, "state unit"], words: Float64[Tensor, "probe input"]
    ) -> Float64[Tensor, "state probe output"]:
        """With the derivative taken half way, W dF/dx(h, (x* + x_w) / 2) (x_w - x*), [state, probe, output]."""
        halves = (words + self.held) / 2
        moved = words - self.held
        return torch.cat(
            [self._along(states, half, move.unsqueeze(0)) for half, move in zip(halves, moved, strict=True)], dim=1
        )

    def _along(
        self,
        states: Float64[Tensor, "state unit"],
        at: Float64[Tensor, " input"],
        moves: Float64[Tensor, "probe input"],
    ) -> Float64[Tensor, "state probe output"]:
        parts = [self._rows(part, at) @ moves.T for part in self._parts(states, self.cell.size)]
        return torch.cat(parts).transpose(1, 2)

    @torch.enable_grad()
    def _rows(
        self, states: Float64[Tensor, "state unit"], at: Float64[Tensor, " input"]
    ) -> Float64[Tensor, "state output input"]:
        inputs = at.expand(len(states), -1).clone().requires_grad_()
        outputs = (self.cell.step(states, inputs) @ self.readout.T).sum(dim=0)
        return torch.stack([torch.autograd.grad(output, inputs, retain_graph=True)[0] for output in outputs], dim=1)

    @torch.no_grad()
    def exact(
        self, states: Float64[Tensor, "state unit"], words: Float64[Tensor, "probe input"]
    ) -> Float64[Tensor, "state probe output"]:
        """What words say by true steps, W (F(h, x_w) - F(h, x*)), [state, probe, output]."""
        # The held input goes along as one more word, so that what its step and theirs share cancels to the last digit.
        drives = self.cell.drive(torch.cat([self.held.unsqueeze(0), words]))
        reads = [
            self.cell.advance(part.unsqueeze(1).expand(-1, len(drives), -1), drives) @ self.readout.T
            for part in self._parts(states, len(drives) * self.cell.size)
        ]
        read = torch.cat(reads)
        return read[:, 1:] - read[:, :1]

    def _parts(self, states: Tensor, numbers: int) -> tuple[Tensor, ...]:
        """The states in parts, where each asks for so many numbers."""
        return states.split(max(1, _AT_ONCE // numbers))
