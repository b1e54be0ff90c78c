"""Cells on top of each other, each reading what the one below it puts out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slowfold.cells.base import Box, Cell, Jacobians
from slowfold.errors import NetworkError

__all__ = ["Stacked"]


class Stacked(Cell):
    r"""Layers of cells: layer k + 1 reads the new output of layer k, as in PyTorch's recurrent modules of many layers.

    .. math::
        h_1' &= F_1(h_1, x) \\
        h_{k+1}' &= F_{k+1}(h_{k+1}, \mathrm{output}_k(h_k'))

    The state is that of the layers one after another, the lowest first, and the output is that of the uppermost layer.
    A layer does not feel those above it, so dF/dh is block lower triangular: its eigenvalues are those of the layers,
    and a fixed point is one of each layer, given what the layers below come to.

    A cell of your own may be a layer if its drive is affine in its input, if its box does not shrink as its drive
    grows, and if its output is what its steady map is of, each unit of which feels the gates of that unit only.

    Args:
        cells: The layers, the lowest first. Those of a stack among them become layers themselves.

    Raises:
        NetworkError: There is no layer, or one does not take what the one below puts out.

    Example:
        >>> from slowfold.cells import GRU, LSTM
        >>> draw = torch.Generator().manual_seed(0)
        >>> cell = Stacked([GRU(3, 4, generator=draw), LSTM(4, 2, generator=draw)])
        >>> cell.size, cell.output_size, cell.step(torch.zeros(5, 8), torch.zeros(5, 3)).shape
        (8, 2, torch.Size([5, 8]))
    """

    kind = "stacked"

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__()
        flat = [layer for cell in cells for layer in (cell.cells if isinstance(cell, Stacked) else (cell,))]
        if not flat:
            raise NetworkError("a stack without layers", where="cells", cure="give at least one cell")
        for number, (below, above) in enumerate(itertools.pairwise(flat), start=2):
            if above.input_size != below.output_size:
                raise NetworkError(
                    f"takes {above.input_size} inputs, and the layer below puts out {below.output_size}",
                    where=f"layer {number}",
                    cure=f"make it one of {below.output_size} inputs",
                )
        self.layers = nn.ModuleList(flat)
        self.input_size = flat[0].input_size
        self.output_size = flat[-1].output_size
        self.size = sum(cell.size for cell in flat)
        self.reduced_size = sum(cell.reduced_size for cell in flat)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The layers, the lowest first."""
        return tuple(cast("Cell", layer) for layer in self.layers)

    def reset(self, generator: torch.Generator) -> None:
        for cell in self.cells:
            cell.reset(generator)

    def set_memory(self, length: int, generator: torch.Generator) -> None:
        for cell in self.cells:
            cell.set_memory(length, generator)

    def drive(self, input: Float[Tensor, "*batch input"]) -> Float[Tensor, "*batch gate"]:
        """What ``input`` sends to the gates of the lowest layer; what the others are sent depends on the state."""
        return self.cells[0].drive(input)

    def advance(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        after: list[Tensor] = []
        for number, (cell, part) in enumerate(zip(self.cells, self._parts(state), strict=True)):
            after.append(cell.advance(part, drive if number == 0 else self._drive(number, after[-1])))
        return torch.cat(after, dim=-1)

    def recurrent_jacobian(
        self, state: Float[Tensor, "*batch unit"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit unit"]:
        lowest = self.cells[0]
        own = lowest.recurrent_jacobian(self._parts(state)[0], drive)
        return self._ascend(state, drive, nn.functional.pad(own, (0, self.size - lowest.size)))

    def jacobians(self, state: Float[Tensor, "*batch unit"], input: Float[Tensor, "*#batch input"]) -> Jacobians:
        lowest = self.cells[0]
        own = lowest.jacobians(self._parts(state)[0], input)
        columns = torch.cat([nn.functional.pad(own.recurrent, (0, self.size - lowest.size)), own.input], dim=-1)
        derivatives = self._ascend(state, self.drive(input), columns)
        return Jacobians(recurrent=derivatives[..., : self.size], input=derivatives[..., self.size :])

    def steady(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced"]:
        """Where each layer would come to rest, given what those below it put out now."""
        parts = self._reduced_parts(reduced)
        drives = [drive, *(cell.drive(below) for cell, below in zip(self.cells[1:], parts, strict=False))]
        return torch.cat(
            [cell.steady(part, sent) for cell, part, sent in zip(self.cells, parts, drives, strict=True)], dim=-1
        )

    def steady_jacobian(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch reduced reduced"]:
        parts = self._reduced_parts(reduced)
        jacobian = reduced.new_zeros(*reduced.shape, self.reduced_size)
        begin, end = 0, self.cells[0].reduced_size
        jacobian[..., :end, :end] = self.cells[0].steady_jacobian(parts[0], drive)
        for below, cell, part in zip(parts, self.cells[1:], parts[1:], strict=False):
            before, begin, end = begin, end, end + cell.reduced_size
            driven = cell.drive(below)
            jacobian[..., begin:end, begin:end] = cell.steady_jacobian(part, driven)
            jacobian[..., begin:end, before:begin] = cell.steady_response(part, driven, _input_weight(cell, below))
        return jacobian

    def steady_response(
        self,
        reduced: Float[Tensor, "*batch reduced"],
        drive: Float[Tensor, "*#batch gate"],
        weight: Float[Tensor, "gate column"],
    ) -> Float[Tensor, "*batch reduced column"]:
        """The layers above the lowest answer to those below alone."""
        answer = reduced.new_zeros(*reduced.shape, weight.shape[1])
        lowest = self.cells[0].reduced_size
        answer[..., :lowest, :] = self.cells[0].steady_response(reduced[..., :lowest], drive, weight)
        return answer

    def restrict(self, state: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch reduced"]:
        return torch.cat(
            [cell.restrict(part) for cell, part in zip(self.cells, self._parts(state), strict=True)], dim=-1
        )

    def lift(
        self, reduced: Float[Tensor, "*batch reduced"], drive: Float[Tensor, "*#batch gate"]
    ) -> Float[Tensor, "*batch unit"]:
        states: list[Tensor] = []
        for number, (cell, part) in enumerate(zip(self.cells, self._reduced_parts(reduced), strict=True)):
            states.append(cell.lift(part, drive if number == 0 else self._drive(number, states[-1])))
        return torch.cat(states, dim=-1)

    def output(self, state: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch output"]:
        """What the uppermost layer puts out."""
        return self.cells[-1].output(self._parts(state)[-1])

    def unroll(
        self, inputs: Float[Tensor, "document time input"], initial_state: Float[Tensor, "document unit"]
    ) -> Float[Tensor, "document time unit"]:
        # A layer reads the whole text before the next one begins: each may use its fused kernel.
        states: list[Tensor] = []
        for cell, part in zip(self.cells, self._parts(initial_state), strict=True):
            states.append(cell.unroll(inputs, part))
            inputs = cell.output(states[-1])
        return torch.cat(states, dim=-1)

    def box(self, drive: Float[Tensor, " gate"], around: Float[Tensor, "state unit"]) -> Box | None:
        """The boxes of the layers, each for whatever the box of the layer below lets it be given.

        None where a layer has none: what stands on a layer without bounds has none either.
        """
        boxes: list[Box] = []
        for number, (cell, part) in enumerate(zip(self.cells, self._parts(around), strict=True)):
            box = cell.box(drive if number == 0 else _greatest_drive(self.cells[number - 1], boxes[-1], cell), part)
            if box is None:
                return None
            boxes.append(box)
        return Box(torch.cat([box.lower for box in boxes]), torch.cat([box.upper for box in boxes]))

    def _parts(self, state: Tensor) -> tuple[Tensor, ...]:
        return state.split([cell.size for cell in self.cells], dim=-1)

    def _reduced_parts(self, reduced: Tensor) -> tuple[Tensor, ...]:
        return reduced.split([cell.reduced_size for cell in self.cells], dim=-1)

    def _drive(self, number: int, below: Tensor) -> Tensor:
        """What layer ``number`` is sent where the layer below it is in the state ``below``."""
        return self.cells[number].drive(self.cells[number - 1].output(below))

    def _ascend(self, state: Tensor, drive: Tensor, lowest: Tensor) -> Tensor:
        """The derivatives of all layers, [..., unit, column], from those of the lowest; columns begin with the state.

        Each layer answers to what it is given as the layer below does, and to its own state besides.
        """
        cells, parts = self.cells, self._parts(state)
        rows, end = [lowest], cells[0].size
        after = cells[0].advance(parts[0], drive)
        for below, cell, part in zip(cells, cells[1:], parts[1:], strict=False):
            given = below.output(after)
            own = cell.jacobians(part, given)
            # The output is a part of the state: of a derivative it is the same rows.
            row = own.input @ below.output(rows[-1].mT).mT
            row[..., end : end + cell.size] += own.recurrent
            rows.append(row)
            after, end = cell.step(part, given), end + cell.size
        return torch.cat(rows, dim=-2)


def _greatest_drive(below: Cell, box: Box, cell: Cell) -> Tensor:
    """The greatest that each gate of ``cell`` can be sent while the cell below it stays in its box, [gate]."""
    lower, upper = below.output(box.lower), below.output(box.upper)
    # A drive is affine: it is greatest at a corner of the box, as far from that at the middle as all inputs reach.
    return cell.drive((lower + upper) / 2) + _input_weight(cell, upper).abs() @ ((upper - lower) / 2)


def _input_weight(cell: Cell, like: Tensor) -> Tensor:
    """The matrix by which the input enters the gates, [gate, input], in the type of ``like``."""
    unit_inputs = torch.eye(cell.input_size, dtype=like.dtype, device=like.device)
    return (cell.drive(unit_inputs) - cell.drive(torch.zeros_like(unit_inputs))).mT
