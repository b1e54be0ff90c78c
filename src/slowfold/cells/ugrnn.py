"""The update-gate network: one gate that keeps the state or replaces it."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slowfold.cells.base import Box, Cell, Jacobians, cube_around, draw_uniformly, memory_biases, scale_rows
from slowfold.cells.bounds import Interval, Rows, lipschitz, tanh_derivatives

__all__ = ["UGRNN"]


class UGRNN(Cell):
    r"""An update-gate recurrent network.

    .. math::
        u &= \sigma(W_{ux} x + W_{uh} h + b_u) \\
        c &= \tanh(W_{cx} x + W_{ch} h + b_c) \\
        h' &= u * h + (1 - u) * c

    Args:
        input_size: The number of inputs.
        size: The number of units.
        generator: Draws the weights, uniformly within 1 / sqrt(size) of 0.

    Source:
        Collins, Sohl-Dickstein and Sussillo, "Capacity and trainability in recurrent neural networks", ICLR 2017.

    Example:
        >>> cell = UGRNN(input_size=3, size=4, generator=torch.Generator().manual_seed(0))
        >>> cell.step(torch.zeros(2, 4), torch.eye(3)[:2]).shape
        torch.Size([2, 4])
    """

    kind = "ugrnn"

    def __init__(self, input_size: int, size: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.input_size = input_size
        self.size = self.output_size = self.reduced_size = size
        # Rows: update gate, then candidate.
        self.weight_ih = nn.Parameter(torch.empty(2 * size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(2 * size, size))
        self.bias = nn.Parameter(torch.empty(2 * size))
        self.reset(generator)

    def reset(self, generator: torch.Generator) -> None:
        draw_uniformly(self, self.size, generator)

    @torch.no_grad()
    def set_memory(self, length: int, generator: torch.Generator) -> None:
        self.bias[: self.size] = memory_biases(self.size, length, generator).to(self.bias)

    def drive(self, input: Float[Tensor, "*batch input"]) -> Float[Tensor, "*batch gate"]:
        return nn.functional.linear(input, self.weight_ih, self.bias)

    def advance(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        update, candidate = self._gates(state, drive)
        return candidate + update * (state - candidate)

    def recurrent_jacobian(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit unit"]:
        update, candidate = self._gates(state, drive)
        jacobian = scale_rows(self.weight_hh, *_sensitivities(state, update, candidate))
        jacobian.diagonal(dim1=-2, dim2=-1).add_(update)
        return jacobian

    def jacobians(self, state: Float[Tensor, "*batch unit"], input: Float[Tensor, "*#batch input"]) -> Jacobians:
        drive = self.drive(input)
        sensitivities = _sensitivities(state, *self._gates(state, drive))
        return Jacobians(
            recurrent=self.recurrent_jacobian(state, drive), input=scale_rows(self.weight_ih, *sensitivities)
        )

    def steady(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced"]:
        """The candidate c: the state stands still where it is its own candidate, whatever the update gate lets by."""
        return self._gates(reduced, drive)[1]

    def steady_jacobian(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced reduced"]:
        return self.steady_response(reduced, drive, self.weight_hh)

    def steady_response(
        self,
        reduced: Float[Tensor, "*batch reduced"],
        drive: Float[Tensor, "*#batch gate"],
        weight: Float[Tensor, "gate column"],
    ) -> Float[Tensor, "*batch reduced column"]:
        _, candidate = self._gates(reduced, drive)
        return scale_rows(weight[self.size :], 1 - candidate**2)

    def curvature(
        self, reduced: Float[Tensor, "point reduced"], drive: Float[Tensor, " gate"], radius: Float[Tensor, " point"]
    ) -> Float[Tensor, " point"]:
        weight = self.weight_hh[self.size :]
        gate = Rows.of(weight)
        middle = nn.functional.linear(reduced, weight) + drive[self.size :]
        argument = Interval.around(middle, radius.unsqueeze(-1) * gate.lengths)
        return lipschitz({(0, 0): tanh_derivatives(argument)[2]}, (gate,))

    def box(self, drive: Float[Tensor, " gate"], around: Float[Tensor, "state unit"]) -> Box:  # noqa: ARG002 - the box is the same whatever drives it
        """[-1, 1] in each unit, or as far as ``around`` reaches: the next state lies between the state and a tanh."""
        return cube_around(around)

    def _gates(self, state: Tensor, drive: Tensor) -> tuple[Tensor, Tensor]:
        update, candidate = (drive + nn.functional.linear(state, self.weight_hh)).chunk(2, dim=-1)
        return torch.sigmoid(update), torch.tanh(candidate)


def _sensitivities(state: Tensor, update: Tensor, candidate: Tensor) -> tuple[Tensor, Tensor]:
    """How the next state changes with the argument of each gate's nonlinearity (update, candidate)."""
    return (state - candidate) * update * (1 - update), (1 - update) * (1 - candidate**2)
