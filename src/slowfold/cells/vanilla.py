"""The plain recurrent network, leaky if asked."""

from __future__ import annotations

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slowfold.cells.base import Box, Cell, Jacobians, cube_around, draw_uniformly, scale_rows
from slowfold.cells.bounds import Interval, Rows, lipschitz, tanh_derivatives
from slowfold.errors import OptionError

__all__ = ["Vanilla"]


class Vanilla(Cell):
    r"""A recurrent network without gates.

    .. math::
        h' = (1 - a) h + a f(W_x x + b_x + W_h h + b_h)

    with f a tanh, a rectifier or the identity, and a the leak. Without a leak (a = 1) and with a tanh or a rectifier
    this is PyTorch's ``nn.RNN``, whose fused kernel then unrolls it.

    Args:
        input_size: The number of inputs.
        size: The number of units.
        generator: Draws the weights, uniformly within 1 / sqrt(size) of 0 as PyTorch does.
        nonlinearity: ``"tanh"``, ``"relu"`` or ``"linear"``.
        leak: How much of the state is replaced in one step, above 0 and at most 1.

    Raises:
        OptionError: The nonlinearity is unknown, or the leak is out of range.

    Example:
        >>> cell = Vanilla(3, 4, generator=torch.Generator().manual_seed(0), nonlinearity="relu")
        >>> cell.step(torch.zeros(1, 4), torch.zeros(1, 3)).min() >= 0
        tensor(True)
    """

    kind = "vanilla"

    def __init__(
        self,
        input_size: int,
        size: int,
        *,
        generator: torch.Generator,
        nonlinearity: str = "tanh",
        leak: float = 1.0,
    ) -> None:
        super().__init__()
        if nonlinearity not in ("tanh", "relu", "linear"):
            raise OptionError(
                f"{nonlinearity!r} is unknown", where="nonlinearity", cure="choose from tanh, relu, linear"
            )
        if not 0 < leak <= 1:
            raise OptionError(f"{leak} is out of range", where="leak", cure="give a number above 0 and at most 1")
        self.input_size = input_size
        self.size = self.output_size = self.reduced_size = size
        self.nonlinearity = nonlinearity
        self.leak = leak
        kernel = "relu" if nonlinearity == "relu" else "tanh"
        self.rnn = nn.RNN(input_size, size, nonlinearity=kernel, batch_first=True, device="meta").to_empty(device="cpu")
        self.reset(generator)

    def reset(self, generator: torch.Generator) -> None:
        draw_uniformly(self.rnn, self.size, generator)

    def set_memory(self, length: int, generator: torch.Generator) -> None:
        """Leaves the cell as it is: it has no gate that could keep the state."""

    def drive(self, input: Float[Tensor, "*batch input"]) -> Float[Tensor, "*batch gate"]:
        return nn.functional.linear(input, self._weight("weight_ih_l0"), self._weight("bias_ih_l0"))

    def advance(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        return torch.lerp(state, self._activity(self._argument(state, drive)), self.leak)

    def recurrent_jacobian(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit unit"]:
        jacobian = scale_rows(self._weight("weight_hh_l0"), self._slope(state, drive))
        jacobian.diagonal(dim1=-2, dim2=-1).add_(1 - self.leak)
        return jacobian

    def jacobians(self, state: Float[Tensor, "*batch unit"], input: Float[Tensor, "*#batch input"]) -> Jacobians:
        drive = self.drive(input)
        return Jacobians(
            recurrent=self.recurrent_jacobian(state, drive),
            input=scale_rows(self._weight("weight_ih_l0"), self._slope(state, drive)),
        )

    def steady(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced"]:
        """The step without its leak."""
        return self._activity(self._argument(reduced, drive))

    def steady_jacobian(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced reduced"]:
        return self.steady_response(reduced, drive, self._weight("weight_hh_l0"))

    def steady_response(
        self,
        reduced: Float[Tensor, "*batch reduced"],
        drive: Float[Tensor, "*#batch gate"],
        weight: Float[Tensor, "gate column"],
    ) -> Float[Tensor, "*batch reduced column"]:
        return scale_rows(weight, self._slope(reduced, drive) / self.leak)

    def curvature(
        self, reduced: Float[Tensor, "point reduced"], drive: Float[Tensor, " gate"], radius: Float[Tensor, " point"]
    ) -> Float[Tensor, " point"]:
        gate = Rows.of(self._weight("weight_hh_l0"))
        argument = Interval.around(self._argument(reduced, drive), radius.unsqueeze(-1) * gate.lengths)
        if self.nonlinearity == "linear":
            bend = torch.zeros_like(argument.low)
        elif self.nonlinearity == "relu":
            # Straight, but for the corner.
            bend = torch.where((argument.low > 0) | (argument.high < 0), 0.0, torch.inf).to(reduced)
        else:
            bend = tanh_derivatives(argument)[2]
        return lipschitz({(0, 0): bend}, (gate,))

    def unroll(
        self, inputs: Float[Tensor, "document time input"], initial_state: Float[Tensor, "document unit"]
    ) -> Float[Tensor, "document time unit"]:
        if self.leak < 1 or self.nonlinearity == "linear" or not inputs.shape[1]:
            return super().unroll(inputs, initial_state)
        states, _ = self.rnn(inputs, initial_state.unsqueeze(0).contiguous())
        return states

    def box(self, drive: Float[Tensor, " gate"], around: Float[Tensor, "state unit"]) -> Box | None:  # noqa: ARG002 - the box is the same whatever drives it
        """[-1, 1] in each unit, or as far as ``around`` reaches, for a tanh; none for a rectifier or the identity."""
        return cube_around(around) if self.nonlinearity == "tanh" else None

    def _weight(self, name: str) -> Tensor:
        return cast("Tensor", getattr(self.rnn, name))

    def _argument(self, state: Tensor, drive: Tensor) -> Tensor:
        return drive + nn.functional.linear(state, self._weight("weight_hh_l0"), self._weight("bias_hh_l0"))

    def _activity(self, argument: Tensor) -> Tensor:
        if self.nonlinearity == "linear":
            return argument
        return torch.relu(argument) if self.nonlinearity == "relu" else torch.tanh(argument)

    def _slope(self, state: Tensor, drive: Tensor) -> Tensor:
        argument = self._argument(state, drive)
        if self.nonlinearity == "linear":
            return torch.full_like(argument, self.leak)
        # At the corner of the rectifier its slope is taken to be 0, as PyTorch does.
        slope = (argument > 0).to(argument) if self.nonlinearity == "relu" else 1 - torch.tanh(argument) ** 2
        return self.leak * slope
