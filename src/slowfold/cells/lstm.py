"""The long short-term memory, by PyTorch's equations."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slowfold.cells.base import Box, Cell, Jacobians, cube_around, draw_uniformly, memory_biases, scale_rows
from slowfold.cells.bounds import Interval, Rows, lipschitz, sigmoid_derivatives, tanh_derivatives

__all__ = ["LSTM"]


class _Gates(NamedTuple):
    """What one step computes on its way, each [..., hidden]."""

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor
    memory: Tensor  # the next c
    squashed: Tensor  # its tanh


class LSTM(Cell):
    r"""A long short-term memory; its state is [h, c], h first.

    .. math::
        i &= \sigma(W_{ii} x + b_{ii} + W_{hi} h + b_{hi}) \\
        f &= \sigma(W_{if} x + b_{if} + W_{hf} h + b_{hf}) \\
        g &= \tanh(W_{ig} x + b_{ig} + W_{hg} h + b_{hg}) \\
        o &= \sigma(W_{io} x + b_{io} + W_{ho} h + b_{ho}) \\
        c' &= f * c + i * g \\
        h' &= o * \tanh(c')

    Args:
        input_size: The number of inputs.
        hidden: The number of units of h, and of c; the state has twice as many.
        generator: Draws the weights, uniformly within 1 / sqrt(hidden) of 0 as PyTorch does.

    Example:
        >>> cell = LSTM(input_size=3, hidden=4, generator=torch.Generator().manual_seed(0))
        >>> cell.size, cell.step(torch.zeros(2, 8), torch.eye(3)[:2]).shape
        (8, torch.Size([2, 8]))
    """

    kind = "lstm"

    def __init__(self, input_size: int, hidden: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden = self.output_size = self.reduced_size = hidden
        self.size = 2 * hidden
        self.rnn = nn.LSTM(input_size, hidden, batch_first=True, device="meta").to_empty(device="cpu")
        self.reset(generator)

    def reset(self, generator: torch.Generator) -> None:
        draw_uniformly(self.rnn, self.hidden, generator)

    @torch.no_grad()
    def set_memory(self, length: int, generator: torch.Generator) -> None:
        """As for every cell; the input gate gets the opposite bias: a unit that keeps long also takes slowly."""
        biases = memory_biases(self.hidden, length, generator).to(self._weight("bias_ih_l0"))
        for gate, sign in ((0, -1), (1, 1)):
            rows = slice(gate * self.hidden, (gate + 1) * self.hidden)
            self._weight("bias_ih_l0")[rows] = sign * biases
            self._weight("bias_hh_l0")[rows] = 0

    def drive(self, input: Float[Tensor, "*batch input"]) -> Float[Tensor, "*batch gate"]:
        return nn.functional.linear(input, self._weight("weight_ih_l0"), self._weight("bias_ih_l0"))

    def advance(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        gates = self._gates(state, drive)
        return torch.cat([gates.output * gates.squashed, gates.memory], dim=-1)

    def recurrent_jacobian(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit unit"]:
        return self._recurrent(state, self._gates(state, drive))

    def jacobians(self, state: Float[Tensor, "*batch unit"], input: Float[Tensor, "*#batch input"]) -> Jacobians:
        gates = self._gates(state, self.drive(input))
        of_memory, of_hidden = self._through_gates(state, gates, self._weight("weight_ih_l0"))
        return Jacobians(recurrent=self._recurrent(state, gates), input=torch.cat([of_hidden, of_memory], dim=-2))

    def steady(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced"]:
        """Where h comes to rest once c has, at i g / (1 - f), which is o tanh(i g / (1 - f))."""
        memory, output = self._memory_at_rest(reduced, drive)[:2]
        return output * torch.tanh(memory)

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
        memory, output, into, forget, candidate, keep = self._memory_at_rest(reduced, drive)
        squashed = torch.tanh(memory)
        by_memory = output * (1 - squashed**2)
        # The derivatives of c = i g / (1 - f) by the arguments of its gates.
        by_input = by_memory * memory * (1 - into)
        by_forget = by_memory * memory * forget
        by_candidate = by_memory * into * (1 - candidate**2) * keep
        by_output = squashed * output * (1 - output)
        return scale_rows(weight, by_input, by_forget, by_candidate, by_output)

    def curvature(
        self, reduced: Float[Tensor, "point reduced"], drive: Float[Tensor, " gate"], radius: Float[Tensor, " point"]
    ) -> Float[Tensor, " point"]:
        weight, bias = self._weight("weight_hh_l0"), self._weight("bias_hh_l0")
        gates = tuple(Rows.of(part) for part in weight.chunk(4))
        middles = (nn.functional.linear(reduced, weight, bias) + drive).chunk(4, dim=-1)
        into, forget, candidate, output = (
            Interval.around(middle, radius.unsqueeze(-1) * rows.lengths)
            for middle, rows in zip(middles, gates, strict=True)
        )
        memory = into.through(torch.sigmoid).times(candidate.through(torch.tanh))
        memory = memory.times(forget.through(lambda logit: 1 + logit.exp()))
        of_input = sigmoid_derivatives(into)
        of_candidate = tanh_derivatives(candidate)
        of_output = sigmoid_derivatives(output)
        squash = tanh_derivatives(memory)
        grown = forget.high.exp()  # of the derivatives of 1 + exp(logit), all but the function itself
        keep = 1 + grown
        # The first and second derivatives of c = i g / (1 - f) by the arguments of i, f and g.
        first = (
            of_input[1] * of_candidate[0] * keep,
            of_input[0] * of_candidate[0] * grown,
            of_input[0] * of_candidate[1] * keep,
        )
        second = {
            (0, 0): of_input[2] * of_candidate[0] * keep,
            (0, 1): of_input[1] * of_candidate[0] * grown,
            (0, 2): of_input[1] * of_candidate[1] * keep,
            (1, 1): of_input[0] * of_candidate[0] * grown,
            (1, 2): of_input[0] * of_candidate[1] * grown,
            (2, 2): of_input[0] * of_candidate[2] * keep,
        }
        # h = sigma(o) tanh(c)
        curvatures = {
            (one, other): of_output[0] * (squash[2] * first[one] * first[other] + squash[1] * bend)
            for (one, other), bend in second.items()
        }
        curvatures |= {(one, 3): of_output[1] * squash[1] * first[one] for one in range(3)}
        curvatures[3, 3] = of_output[2] * squash[0]
        return lipschitz(curvatures, gates)

    def restrict(self, state: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch reduced"]:
        return state[..., : self.hidden]

    def lift(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        return torch.cat([reduced, self._memory_at_rest(reduced, drive)[0]], dim=-1)

    def output(self, state: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch output"]:
        """h, without c."""
        return state[..., : self.hidden]

    def box(self, drive: Float[Tensor, " gate"], around: Float[Tensor, "state unit"]) -> Box | None:
        """|h| <= 1 and |c| <= 1 + exp(the largest logit of the forget gate), or as far as ``around`` reaches.

        |c'| <= f |c| + 1, and f stays below its value at the largest logit that h can bring about; with that,
        1 / (1 - f) = 1 + exp(logit), which is never formed from f itself: f rounds to 1 long before exp overflows. None
        where exp overflows too.
        """
        reach = cube_around(around).upper
        hidden, memory = reach[: self.hidden], reach[self.hidden :]
        rows = slice(self.hidden, 2 * self.hidden)
        weight, bias = self._weight("weight_hh_l0")[rows], self._weight("bias_hh_l0")[rows]
        largest = drive[rows] + bias + weight.abs() @ hidden
        upper = torch.cat([hidden, torch.maximum(memory, 1 + largest.exp())])
        return Box(-upper, upper) if torch.isfinite(upper).all() else None

    def _weight(self, name: str) -> Tensor:
        return cast("Tensor", getattr(self.rnn, name))

    def _gates(self, state: Tensor, drive: Tensor) -> _Gates:
        hidden, memory = state.chunk(2, dim=-1)
        recurrent = nn.functional.linear(hidden, self._weight("weight_hh_l0"), self._weight("bias_hh_l0"))
        into, forget, candidate, output = (drive + recurrent).chunk(4, dim=-1)
        into, forget, output = torch.sigmoid(into), torch.sigmoid(forget), torch.sigmoid(output)
        candidate = torch.tanh(candidate)
        after = forget * memory + into * candidate
        return _Gates(into, forget, candidate, output, after, torch.tanh(after))

    def _memory_at_rest(self, hidden: Tensor, drive: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        """C = i g / (1 - f), then o, i, f, g, and 1 / (1 - f), which is 1 + exp(logit) and never formed from f."""
        recurrent = nn.functional.linear(hidden, self._weight("weight_hh_l0"), self._weight("bias_hh_l0"))
        into, forget, candidate, output = (drive + recurrent).chunk(4, dim=-1)
        keep = 1 + forget.exp()
        into, candidate = torch.sigmoid(into), torch.tanh(candidate)
        return into * candidate * keep, torch.sigmoid(output), into, torch.sigmoid(forget), candidate, keep

    def _through_gates(self, state: Tensor, gates: _Gates, weight: Tensor) -> tuple[Tensor, Tensor]:
        """How c' and h' change with what ``weight`` carries into the gates: h, or the input."""
        memory = state[..., self.hidden :]
        by_input = gates.candidate * gates.input * (1 - gates.input)
        by_forget = memory * gates.forget * (1 - gates.forget)
        by_candidate = gates.input * (1 - gates.candidate**2)
        by_output = gates.squashed * gates.output * (1 - gates.output)
        first_three, last = weight[: 3 * self.hidden], weight[3 * self.hidden :]
        of_memory = scale_rows(first_three, by_input, by_forget, by_candidate)
        of_hidden = self._squashing(gates).unsqueeze(-1) * of_memory
        return of_memory, of_hidden.addcmul_(by_output.unsqueeze(-1), last)

    def _recurrent(self, state: Tensor, gates: _Gates) -> Tensor:
        of_memory, of_hidden = self._through_gates(state, gates, self._weight("weight_hh_l0"))
        units = self.hidden
        # Filled in place: joining the four blocks takes twice as long.
        jacobian = state.new_zeros(*state.shape, self.size)
        jacobian[..., :units, :units], jacobian[..., units:, :units] = of_hidden, of_memory
        jacobian[..., :units, units:].diagonal(dim1=-2, dim2=-1).copy_(self._squashing(gates) * gates.forget)
        jacobian[..., units:, units:].diagonal(dim1=-2, dim2=-1).copy_(gates.forget)
        return jacobian

    @staticmethod
    def _squashing(gates: _Gates) -> Tensor:
        """How h' changes with c'."""
        return gates.output * (1 - gates.squashed**2)
