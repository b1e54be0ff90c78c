"""The gated recurrent unit, by PyTorch's equations."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slowfold.cells.base import Box, Cell, Jacobians, cube_around, draw_uniformly, memory_biases, scale_rows
from slowfold.cells.bounds import Interval, Rows, lipschitz, sigmoid_derivatives, tanh_derivatives

__all__ = ["GRU"]


class _Gates(NamedTuple):
    """What one step computes on its way, each [..., unit]."""

    reset: Tensor
    update: Tensor
    candidate: Tensor
    hidden: Tensor  # W_hn h + b_hn, which the reset gate multiplies


class _Parameters(NamedTuple):
    """The rows of the three gates, reset, update and candidate, one under the other."""

    input: Tensor
    recurrent: Tensor
    input_bias: Tensor
    recurrent_bias: Tensor


class GRU(Cell):
    r"""A gated recurrent unit.

    .. math::
        r &= \sigma(W_{ir} x + b_{ir} + W_{hr} h + b_{hr}) \\
        z &= \sigma(W_{iz} x + b_{iz} + W_{hz} h + b_{hz}) \\
        n &= \tanh(W_{in} x + b_{in} + r * (W_{hn} h + b_{hn})) \\
        h' &= (1 - z) * n + z * h

    These are PyTorch's equations, so that its fused kernel trains the cell. The reset gate multiplies after the
    recurrent product, where Cho et al. (2014) and the authors of "The geometry of integration" multiply before it: the
    two agree in kind, and weights do not transfer.

    Args:
        input_size: The number of inputs.
        size: The number of units.
        generator: Draws the weights, uniformly within 1 / sqrt(size) of 0 as PyTorch does.

    Example:
        >>> cell = GRU(input_size=3, size=4, generator=torch.Generator().manual_seed(0))
        >>> cell.step(torch.zeros(2, 4), torch.eye(3)[:2]).shape
        torch.Size([2, 4])
        >>> cell.jacobians(torch.zeros(2, 4), torch.eye(3)[:2]).input.shape
        torch.Size([2, 4, 3])
    """

    kind = "gru"

    def __init__(self, input_size: int, size: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.input_size = input_size
        self.size = self.output_size = self.reduced_size = size
        # On the meta device nothing is drawn, so that the caller's global random state stays as it is.
        self.rnn = nn.GRU(input_size, size, batch_first=True, device="meta").to_empty(device="cpu")
        self.reset(generator)

    def reset(self, generator: torch.Generator) -> None:
        draw_uniformly(self.rnn, self.size, generator)

    @torch.no_grad()
    def set_memory(self, length: int, generator: torch.Generator) -> None:
        weights = self._weights()
        update = slice(self.size, 2 * self.size)
        weights.input_bias[update] = memory_biases(self.size, length, generator).to(weights.input_bias)
        weights.recurrent_bias[update] = 0

    def drive(self, input: Float[Tensor, "*batch input"]) -> Float[Tensor, "*batch gate"]:
        weights = self._weights()
        return nn.functional.linear(input, weights.input, weights.input_bias)

    def advance(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        gates = self._gates(state, drive)
        return gates.candidate + gates.update * (state - gates.candidate)

    def recurrent_jacobian(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit unit"]:
        gates = self._gates(state, drive)
        by_reset, by_update, by_candidate = self._sensitivities(state, gates)
        jacobian = scale_rows(self._weights().recurrent, by_reset, by_update, by_candidate * gates.reset)
        jacobian.diagonal(dim1=-2, dim2=-1).add_(gates.update)
        return jacobian

    def jacobians(self, state: Float[Tensor, "*batch unit"], input: Float[Tensor, "*#batch input"]) -> Jacobians:
        drive = self.drive(input)
        sensitivities = self._sensitivities(state, self._gates(state, drive))
        return Jacobians(
            recurrent=self.recurrent_jacobian(state, drive),
            input=scale_rows(self._weights().input, *sensitivities),
        )

    def steady(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced"]:
        """The candidate n: the state stands still where it is its own candidate, whatever the update gate lets by."""
        return self._gates(reduced, drive).candidate

    def steady_jacobian(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced reduced"]:
        gates = self._gates(reduced, drive)
        by_reset, by_candidate = self._steady_sensitivities(gates)
        to_reset, _, to_candidate = self._weights().recurrent.chunk(3)
        return scale_rows(torch.cat([to_reset, to_candidate]), by_reset, by_candidate * gates.reset)

    def steady_response(
        self,
        reduced: Float[Tensor, "*batch reduced"],
        drive: Float[Tensor, "*#batch gate"],
        weight: Float[Tensor, "gate column"],
    ) -> Float[Tensor, "*batch reduced column"]:
        to_reset, _, to_candidate = weight.chunk(3)
        return scale_rows(torch.cat([to_reset, to_candidate]), *self._steady_sensitivities(self._gates(reduced, drive)))

    def curvature(
        self, reduced: Float[Tensor, "point reduced"], drive: Float[Tensor, " gate"], radius: Float[Tensor, " point"]
    ) -> Float[Tensor, " point"]:
        weights = self._weights()
        to_reset, _, to_candidate = weights.recurrent.chunk(3)
        bias_r, _, bias_n = weights.recurrent_bias.chunk(3)
        drive_r, _, drive_n = drive.chunk(3)
        reset_rows, candidate_rows = Rows.of(to_reset), Rows.of(to_candidate)
        reach = radius.unsqueeze(-1)
        reset = Interval.around(nn.functional.linear(reduced, to_reset, bias_r) + drive_r, reach * reset_rows.lengths)
        hidden = Interval.around(nn.functional.linear(reduced, to_candidate, bias_n), reach * candidate_rows.lengths)
        argument = reset.through(torch.sigmoid).times(hidden).plus(drive_n)
        gate, gate_slope, gate_bend = sigmoid_derivatives(reset)
        _, slope, bend = tanh_derivatives(argument)
        u = hidden.magnitude()
        # n = tanh(d + sigma(p) u), with p what the reset gate gets and u what it multiplies.
        curvatures = {
            (0, 0): bend * (gate_slope * u) ** 2 + slope * gate_bend * u,
            (0, 1): bend * gate * gate_slope * u + slope * gate_slope,
            (1, 1): bend * gate**2,
        }
        return lipschitz(curvatures, (reset_rows, candidate_rows))

    def unroll(
        self, inputs: Float[Tensor, "document time input"], initial_state: Float[Tensor, "document unit"]
    ) -> Float[Tensor, "document time unit"]:
        if not inputs.shape[1]:  # which PyTorch's own refuses
            return super().unroll(inputs, initial_state)
        states, _ = self.rnn(inputs, initial_state.unsqueeze(0).contiguous())
        return states

    def box(self, drive: Float[Tensor, " gate"], around: Float[Tensor, "state unit"]) -> Box:  # noqa: ARG002 - the box is the same whatever drives it
        """[-1, 1] in each unit, or as far as ``around`` reaches: the next state lies between the state and a tanh."""
        return cube_around(around)

    def _weights(self) -> _Parameters:
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        return _Parameters(*(cast("Tensor", getattr(self.rnn, name)) for name in names))

    def _gates(self, state: Tensor, drive: Tensor) -> _Gates:
        drive_r, drive_z, drive_n = drive.chunk(3, dim=-1)
        weights = self._weights()
        recurrent = nn.functional.linear(state, weights.recurrent, weights.recurrent_bias)
        recurrent_r, recurrent_z, hidden = recurrent.chunk(3, dim=-1)
        reset = torch.sigmoid(drive_r + recurrent_r)
        update = torch.sigmoid(drive_z + recurrent_z)
        return _Gates(reset, update, torch.tanh(drive_n + reset * hidden), hidden)

    @staticmethod
    def _steady_sensitivities(gates: _Gates) -> tuple[Tensor, Tensor]:
        """How the candidate changes with the argument of the reset gate's nonlinearity, and of its own."""
        by_candidate = 1 - gates.candidate**2
        return by_candidate * gates.hidden * gates.reset * (1 - gates.reset), by_candidate

    @staticmethod
    def _sensitivities(state: Tensor, gates: _Gates) -> tuple[Tensor, Tensor, Tensor]:
        """How the next state changes with the argument of each gate's nonlinearity (reset, update, candidate)."""
        by_candidate = (1 - gates.update) * (1 - gates.candidate**2)
        by_reset = by_candidate * gates.hidden * gates.reset * (1 - gates.reset)
        by_update = (state - gates.candidate) * gates.update * (1 - gates.update)
        return by_reset, by_update, by_candidate
