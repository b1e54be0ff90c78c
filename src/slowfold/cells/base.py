"""What a recurrent cell is: one time step, its exact Jacobians, and the box that its state cannot leave."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

__all__ = ["Box", "Cell", "Jacobians", "cube_around", "draw_uniformly", "memory_biases", "scale_rows"]

# Rounding may carry a state this far past the wall of its box.
_SLACK = 1e-9


class Jacobians(NamedTuple):
    """The derivatives of one step at a state and an input.

    Attributes:
        recurrent: dF/dh, [..., unit, unit]; row i, column j is the effect of unit j now on unit i one token later.
        input: dF/dx, [..., unit, input].
    """

    recurrent: Float[Tensor, "*batch unit unit"]
    input: Float[Tensor, "*batch unit input"]


class Box(NamedTuple):
    """A box of states that the cell maps into itself, whatever the input: what starts inside stays inside.

    Attributes:
        lower: The least value of each unit, [unit].
        upper: The greatest value of each unit, [unit].
    """

    lower: Float[Tensor, " unit"]
    upper: Float[Tensor, " unit"]

    def holds(self, states: Float[Tensor, "state unit"]) -> Bool[Tensor, " state"]:
        """Which states are inside, or no further past a wall than rounding carries them, [state].

        Example:
            >>> Box(-torch.ones(1), torch.ones(1)).holds(torch.tensor([[0.5], [1.0], [1.1]])).tolist()
            [True, True, False]
        """
        return ((states >= self.lower - _SLACK) & (states <= self.upper + _SLACK)).all(dim=-1)


class Cell(nn.Module, ABC):
    """One time step h' = F(h, x) of a recurrent network.

    A step has two halves, so that the half that depends on the input alone can be done once for a held input, and for
    all words of a text in one product: ``drive(input)`` is what the input sends to the gates, and
    ``advance(state, drive)`` is the next state.

    Beside the step there is the *steady map*: where each unit would come to rest if all that reaches it, gates and
    candidate, stayed as it is now. It has the same fixed points as the step, with the same sign of det(I - J), and
    nothing in it is slowed down by a gate that keeps the state, so that it is the better equation to solve. It may need
    fewer numbers than the state: of an LSTM the memory c is a function of h there.

    Attributes:
        kind: The name under which the cell is built and saved, such as ``"gru"``.
        input_size: The number of inputs.
        size: The number of units in the state.
        output_size: The number of units that a readout, or a further layer, is given.
        reduced_size: The number of units of the steady map.
    """

    kind: str
    input_size: int
    size: int
    output_size: int
    reduced_size: int

    @abstractmethod
    def drive(self, input: Float[Tensor, "*batch input"]) -> Float[Tensor, "*batch gate"]:
        """What ``input`` sends to the gates, biases of the input side included, [..., gate]."""

    @abstractmethod
    def advance(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        """The next state, [..., unit], for a drive from :meth:`drive`."""

    @abstractmethod
    def recurrent_jacobian(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit unit"]:
        """dF/dh in closed form, [..., unit, unit], for a drive from :meth:`drive`."""

    @abstractmethod
    def jacobians(self, state: Float[Tensor, "*batch unit"], input: Float[Tensor, "*#batch input"]) -> Jacobians:
        """dF/dh and dF/dx in closed form at a state and an input."""

    @abstractmethod
    def steady(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced"]:
        """Where each unit would come to rest if what reaches it stayed as it is, [..., reduced]."""

    @abstractmethod
    def steady_jacobian(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced reduced"]:
        """The derivative of :meth:`steady` in closed form, [..., reduced, reduced]."""

    @abstractmethod
    def steady_response(
        self,
        reduced: Float[Tensor, "*batch reduced"],
        drive: Float[Tensor, "*#batch gate"],
        weight: Float[Tensor, "gate column"],
    ) -> Float[Tensor, "*batch reduced column"]:
        """How :meth:`steady` answers to what ``weight`` adds to the drive, in closed form, [..., reduced, column].

        With the matrix by which inputs enter the gates it is the derivative by the input; with a change of the drive as
        the one column, that along the change.

        Args:
            reduced: The states, [..., reduced].
            drive: What the input sends to the gates, [..., gate].
            weight: What each column adds to the drive, [gate, column].
        """

    def curvature(
        self,
        reduced: Float[Tensor, "point reduced"],  # noqa: ARG002 - a cell that knows a bound reads all three
        drive: Float[Tensor, " gate"],  # noqa: ARG002
        radius: Float[Tensor, " point"],  # noqa: ARG002
    ) -> Float[Tensor, " point"] | None:
        """A bound, from the weights, of the Lipschitz constant of :meth:`steady_jacobian` near points, [point].

        Args:
            reduced: The points, [point, reduced].
            drive: What the input held sends to the gates, [gate].
            radius: Within which Euclidean distance of each point the bound must hold, [point].

        Returns:
            The bound, infinite where there is none that near; None where the cell knows none at all.
        """
        return None

    def restrict(self, state: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch reduced"]:
        """The part of a state that the steady map is of, [..., reduced]."""
        return state

    def lift(
        self,
        reduced: Float[Tensor, "*batch reduced"],
        drive: Float[Tensor, "*#batch gate"],  # noqa: ARG002 - where the rest of the state depends on it
    ) -> Float[Tensor, "*batch unit"]:
        """The whole state, [..., unit], of a fixed point of the steady map."""
        return reduced

    def output(self, state: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch output"]:
        """The part of a state that a readout, or a further layer, is given, [..., output]."""
        return state

    @abstractmethod
    def box(self, drive: Float[Tensor, " gate"], around: Float[Tensor, "state unit"]) -> Box | None:
        """A box around 0 that the cell, driven by ``drive`` for ever, maps into itself, and that holds ``around``.

        Args:
            drive: What the input held sends to the gates, [gate].
            around: States that the box must hold, [state, unit]; there may be none.

        Returns:
            The box, or None where the state has no bound.
        """

    @abstractmethod
    def reset(self, generator: torch.Generator) -> None:
        """Draws all weights and biases anew."""

    @abstractmethod
    def set_memory(self, length: int, generator: torch.Generator) -> None:
        """Draws the biases of the gate that keeps the state so that units remember between 1 and ``length`` tokens.

        A cell without gates stays as it is.

        A gate whose bias is log(T) keeps a share T / (T + 1) of the state, so it forgets within about T + 1 tokens;
        drawing T uniformly up to the length of the documents spreads the units over all the times that matter.

        Source:
            Tallec and Ollivier, "Can recurrent neural networks warp time?", ICLR 2018.
        """

    def step(
        self, state: Float[Tensor, "*batch unit"], input: Float[Tensor, "*#batch input"]
    ) -> Float[Tensor, "*batch unit"]:
        """The next state F(h, x), [..., unit]."""
        return self.advance(state, self.drive(input))

    def unroll(
        self, inputs: Float[Tensor, "document time input"], initial_state: Float[Tensor, "document unit"]
    ) -> Float[Tensor, "document time unit"]:
        """The states after each input, [document, time, unit], read in order from ``initial_state``."""
        state, states = initial_state, list[Tensor]()
        # What the words send to the gates is one product for all of them; only what depends on the state is a loop.
        for drive in self.drive(inputs).unbind(dim=1):
            state = self.advance(state, drive)
            states.append(state)
        return torch.stack(states, dim=1) if states else initial_state.new_zeros(len(inputs), 0, self.size)

    def frozen(self, dtype: torch.dtype = torch.float64) -> Cell:
        """A copy that takes no gradients, in another floating type; this cell stays as it is."""
        return copy.deepcopy(self).to(dtype).requires_grad_(requires_grad=False)

    def weights(self) -> list[Tensor]:
        """The weight matrices, biases left out: what an L2 penalty on the cell is taken over."""
        return [parameter for parameter in self.parameters() if parameter.dim() > 1]


def scale_rows(weight: Float[Tensor, "row column"], *scales: Float[Tensor, "*batch unit"]) -> Tensor:
    """Sum over gates of diag(scale) times that gate's rows of ``weight`` [gate * unit, column]: [..., unit, column].

    Example:
        >>> scale_rows(torch.eye(2), torch.tensor([3.0]), torch.tensor([4.0]))
        tensor([[3., 4.]])
    """
    blocks = weight.chunk(len(scales), dim=0)
    total = scales[0].unsqueeze(-1) * blocks[0]
    for scale, block in zip(scales[1:], blocks[1:], strict=True):
        total.addcmul_(scale.unsqueeze(-1), block)
    return total


@torch.no_grad()
def draw_uniformly(module: nn.Module, size: int, generator: torch.Generator) -> None:
    """Draws all parameters of ``module`` uniformly within 1 / sqrt(size) of 0, as PyTorch does for recurrent layers."""
    bound = 1 / math.sqrt(size)
    for parameter in module.parameters():
        parameter.uniform_(-bound, bound, generator=generator)


def memory_biases(size: int, length: int, generator: torch.Generator) -> Float[Tensor, " unit"]:
    """The logarithm of T for T drawn uniformly between 1 and ``length`` - 1, [unit]; see :meth:`Cell.set_memory`."""
    return torch.empty(size).uniform_(1, max(length - 1, 2), generator=generator).log()


def cube_around(states: Float[Tensor, "state unit"]) -> Box:
    """[-1, 1] in each unit, and as far beyond as any of ``states`` reaches.

    Example:
        >>> cube_around(torch.tensor([[0.5, -2.0]])).upper
        tensor([1., 2.])
    """
    reach = torch.cat([states.new_ones(1, states.shape[1]), states.abs()]).amax(dim=0)
    return Box(-reach, reach)
