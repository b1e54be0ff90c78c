"""Many cells of one shape read at once: one matrix product does for all of them what each would do by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from slowfold.cells import GRU, LSTM, UGRNN, Cell, Vanilla, cell_layers, describe_cell
from slowfold.errors import NetworkError

__all__ = ["read_side_by_side", "require_one_shape", "step_size"]

# Documents stand last in all that follows. So a gate is one unbroken run of memory for each cell, which nonlinearities
# pass over without a stop; and a product of [gate, unit] with [unit, document] needs nothing transposed.
_State: TypeAlias = tuple[Tensor, ...]
"""The state of a layer in its parts, each [cell, unit, document]: h, or h and c."""


def require_one_shape(cells: Sequence[Cell]) -> None:
    """Checks that cells can read side by side: as many layers, of the same kinds and sizes, in one number type.

    How many inputs they have may differ: a language of more classes has more words.

    Raises:
        NetworkError: There is no cell, two differ, or a layer is of a kind of its own.
    """
    if not cells:
        raise NetworkError("there is none", where="networks", cure="give at least one network")
    for number, cell in enumerate(cells):
        for layer in cell_layers(cell):
            if type(layer) not in _BY_CELL:
                raise NetworkError(
                    f"its cell of kind {layer.kind!r} can only read by itself",
                    where=f"network {number}",
                    cure="train it by itself, with fit",
                )
        if _shape(cell) != _shape(cells[0]):
            raise NetworkError(
                "its cell has another shape, number type or device than that of network 0",
                where=f"network {number}",
                cure="train networks of one kind, size and number of layers together",
            )


def step_size(cell: Cell) -> int:
    """About how many numbers a cell computes of one document at one step: its gates, twice, and its state.

    Example:
        >>> step_size(GRU(3, 4, generator=torch.Generator().manual_seed(0)))
        28
    """
    return sum(sum(weight.shape[0] for weight in layer.weights()) for layer in cell_layers(cell)) + cell.size


def read_side_by_side(
    cells: Sequence[Cell],
    inputs: Sequence[Float[Tensor, "_document _time _input"]],
    lengths: Sequence[Int64[Tensor, " _document"]],
    initial_states: Sequence[Float[Tensor, " unit"]],
) -> list[Float[Tensor, "_document unit"]]:
    """The state of each cell after the last word of each of its documents, differentiable in all that is given.

    What each cell finds is what ``cell.unroll`` finds, within rounding. Time is not padded: a cell whose documents have
    ended costs nothing more. Documents are padded to the cell that has the most, so give batches of one size.

    Args:
        cells: The cells; see :func:`require_one_shape`.
        inputs: What each is given, [document, time, input]; each of these numbers may differ from cell to cell.
        lengths: How many inputs of each document count, 1 or more, [document], on the CPU.
        initial_states: The state that each starts from, [unit].

    Returns:
        For each cell, [document, unit], the units in the order of ``cell.unroll``.

    Example:
        >>> draw = torch.Generator().manual_seed(0)
        >>> cells = [LSTM(3, 4, generator=draw) for _ in range(2)]
        >>> inputs, start = [torch.ones(5, 6, 3)] * 2, torch.zeros(8)
        >>> final = read_side_by_side(cells, inputs, [torch.full((5,), 6)] * 2, [start] * 2)
        >>> torch.allclose(final[1], cells[1].unroll(inputs[1], start.expand(5, -1))[:, -1], atol=1e-6)
        True
    """
    # Those that read longest come first, so that at any time those that still read are the first ones.
    order = sorted(range(len(cells)), key=lambda number: -inputs[number].shape[1])
    states = _read(
        [cells[number] for number in order],
        [inputs[number] for number in order],
        [lengths[number] for number in order],
        torch.stack([initial_states[number] for number in order]),
    )
    found = dict(zip(order, states, strict=True))
    return [found[number][:, : len(given)].mT for number, given in enumerate(inputs)]


def _read(cells: Sequence[Cell], inputs: Sequence[Tensor], lengths: Sequence[Tensor], initial: Tensor) -> Tensor:
    """The last states, [cell, unit, document], of cells sorted by how long they read, the longest first."""
    layers = [_side_by_side(same_place) for same_place in zip(*(cell_layers(cell) for cell in cells), strict=True)]
    reading, documents = [given.shape[1] for given in inputs], max(len(given) for given in inputs)
    # Documents that only fill up have no end of their own: they end with the cell.
    ends = torch.stack(
        [
            nn.functional.pad(own, (0, documents - len(own)), value=time)
            for own, time in zip(lengths, reading, strict=True)
        ]
    )
    states = _divide(initial[..., None].expand(-1, -1, documents), layers)
    left: list[Tensor] = []
    for time, given in enumerate(_by_time(inputs, documents).unbind(0)):
        still = sum(length > time for length in reading)
        if still < len(given):
            if still < len(states[0][0]):
                left.append(_join(states)[still:])
                states = [tuple(part[:still] for part in state) for state in states]
                layers = [layer.first(still) for layer in layers]
            given = given[:still]
        after: list[_State] = []
        for layer, state in zip(layers, states, strict=True):
            after.append(layer.advance(state, layer.drive(given)))
            given = after[-1][0]
        ended = ends[:still] <= time
        states = _keep(ended[:, None].to(initial.device), states, after) if bool(ended.any()) else after
    return torch.cat([_join(states), *reversed(left)])


@dataclass(frozen=True)
class _Layers(ABC):
    """The layers that stand at the same place in many cells.

    Attributes:
        input: What the input is multiplied by, [cell, gate, input].
        bias: What is added to that, [cell, gate, 1].
        recurrent: What h is multiplied by, [cell, gate, unit].
    """

    input: Tensor
    bias: Tensor
    recurrent: Tensor

    parts: ClassVar[int] = 1
    """How many parts the state has."""

    @classmethod
    def of(cls, cells: Sequence[Any]) -> _Layers:
        """The weights of ``cells`` in one tensor each."""
        return cls(
            _stack_inputs(cells, "rnn.weight_ih_l0"),
            # Added cell by cell: of two stacks added the gradients would lie in the same memory, and clipping, which
            # works in place, would shorten them twice.
            torch.stack(
                [cell.get_parameter("rnn.bias_ih_l0") + cell.get_parameter("rnn.bias_hh_l0") for cell in cells]
            )[..., None],
            _stack(cells, "rnn.weight_hh_l0"),
        )

    def first(self, count: int) -> _Layers:
        """The same of the first ``count`` cells."""
        tensors = {name: value[:count] for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **tensors)

    def drive(self, given: Tensor) -> Tensor:
        """What an input, [cell, input, document], sends to the gates, [cell, gate, document]."""
        return torch.baddbmm(self.bias, self.input, given)

    @abstractmethod
    def advance(self, state: _State, drive: Tensor) -> _State:
        """The next state, for a drive from :meth:`drive`; its first part is the output of the layer."""


@dataclass(frozen=True)
class _GRUs(_Layers):
    """Many :class:`~slowfold.cells.GRU`; ``recurrent`` is that of its two gates.

    Attributes:
        candidate: What h is multiplied by for the candidate, [cell, unit, unit].
        hidden_bias: What is added to that before the reset gate multiplies it, [cell, unit, 1].
    """

    candidate: Tensor
    hidden_bias: Tensor

    @classmethod
    def of(cls, cells: Sequence[Any]) -> _Layers:
        outer, inner = _stack(cells, "rnn.bias_ih_l0"), _stack(cells, "rnn.bias_hh_l0")
        size = cells[0].size
        # Taken apart once: at each step, the gradient of each piece would be a matrix of zeros around it.
        gates, candidate = _stack(cells, "rnn.weight_hh_l0").split((2 * size, size), dim=1)
        return cls(
            _stack_inputs(cells, "rnn.weight_ih_l0"),
            # That of the candidate stays with h.
            (outer + nn.functional.pad(inner[:, : 2 * size], (0, size)))[..., None],
            gates,
            candidate,
            inner[:, 2 * size :, None],
        )

    def advance(self, state: _State, drive: Tensor) -> _State:
        (hidden,) = state
        size = hidden.shape[1]
        into_gates, into_candidate = drive.split((2 * size, size), dim=1)
        reset, update = torch.baddbmm(into_gates, self.recurrent, hidden).sigmoid().chunk(2, dim=1)
        within = torch.baddbmm(self.hidden_bias, self.candidate, hidden)
        candidate = torch.addcmul(into_candidate, reset, within).tanh()
        return (torch.lerp(candidate, hidden, update),)


@dataclass(frozen=True)
class _LSTMs(_Layers):
    """Many :class:`~slowfold.cells.LSTM`."""

    parts: ClassVar[int] = 2

    def advance(self, state: _State, drive: Tensor) -> _State:
        hidden, memory = state
        into, forget, candidate, output = torch.baddbmm(drive, self.recurrent, hidden).chunk(4, dim=1)
        memory = torch.addcmul(forget.sigmoid() * memory, into.sigmoid(), candidate.tanh())
        return output.sigmoid() * memory.tanh(), memory


@dataclass(frozen=True)
class _UGRNNs(_Layers):
    """Many :class:`~slowfold.cells.UGRNN`."""

    @classmethod
    def of(cls, cells: Sequence[Any]) -> _Layers:
        return cls(_stack_inputs(cells, "weight_ih"), _stack(cells, "bias")[..., None], _stack(cells, "weight_hh"))

    def advance(self, state: _State, drive: Tensor) -> _State:
        (hidden,) = state
        update, candidate = torch.baddbmm(drive, self.recurrent, hidden).chunk(2, dim=1)
        return (torch.lerp(candidate.tanh(), hidden, update.sigmoid()),)


@dataclass(frozen=True)
class _Vanillas(_Layers):
    """Many :class:`~slowfold.cells.Vanilla` of one nonlinearity and one leak."""

    nonlinearity: str = "tanh"
    leak: float = 1.0

    @classmethod
    def of(cls, cells: Sequence[Any]) -> _Layers:
        return replace(super().of(cells), nonlinearity=cells[0].nonlinearity, leak=cells[0].leak)

    def advance(self, state: _State, drive: Tensor) -> _State:
        (hidden,) = state
        activity = torch.baddbmm(drive, self.recurrent, hidden)
        if self.nonlinearity != "linear":
            activity = activity.relu() if self.nonlinearity == "relu" else activity.tanh()
        return (activity if self.leak == 1 else torch.lerp(hidden, activity, self.leak),)


_BY_CELL: dict[type[Cell], type[_Layers]] = {GRU: _GRUs, LSTM: _LSTMs, UGRNN: _UGRNNs, Vanilla: _Vanillas}


def _side_by_side(cells: Sequence[Cell]) -> _Layers:
    return _BY_CELL[type(cells[0])].of(cells)


def _stack(cells: Sequence[Cell], name: str) -> Tensor:
    return torch.stack([cell.get_parameter(name) for cell in cells])


def _stack_inputs(cells: Sequence[Cell], name: str) -> Tensor:
    """The weights of the input; a word that only other networks know has a column of zeros, and is never read."""
    widest = max(cell.input_size for cell in cells)
    return torch.stack([nn.functional.pad(cell.get_parameter(name), (0, widest - cell.input_size)) for cell in cells])


def _by_time(inputs: Sequence[Tensor], documents: int) -> Tensor:
    """All inputs as one tensor, [time, cell, input, document], zero where a cell has fewer of anything."""
    time, widest = (max(given.shape[axis] for given in inputs) for axis in (1, 2))
    padded = [
        nn.functional.pad(
            given.permute(1, 2, 0),
            (0, documents - given.shape[0], 0, widest - given.shape[2], 0, time - given.shape[1]),
        )
        for given in inputs
    ]
    return torch.stack(padded, dim=1)


def _divide(states: Tensor, layers: Sequence[_Layers]) -> list[_State]:
    """The state of each layer in its parts, from [cell, unit, document]: layer after layer, of each h and then c."""
    sizes = [layer.recurrent.shape[-1] for layer in layers for _ in range(layer.parts)]
    parts = iter(states.split(sizes, dim=1))
    return [tuple(next(parts) for _ in range(layer.parts)) for layer in layers]


def _join(states: Sequence[_State]) -> Tensor:
    """What :func:`_divide` takes apart."""
    return torch.cat([part for state in states for part in state], dim=1)


def _keep(ended: Tensor, before: Sequence[_State], after: Sequence[_State]) -> list[_State]:
    """The states after a step, but of documents that have ended those before it."""
    return [
        tuple(torch.where(ended, old, new) for old, new in zip(*states, strict=True))
        for states in zip(before, after, strict=True)
    ]


def _shape(cell: Cell) -> tuple[object, ...]:
    weight = next(cell.parameters())
    return describe_cell(cell), weight.dtype, weight.device
