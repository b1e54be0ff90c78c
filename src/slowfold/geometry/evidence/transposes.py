"""Covectors carried backwards through the steps of a text, without forming the Jacobian of any step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import cast

import torch
from jaxtyping import Float64
from torch import Tensor

from slowfold.cells import GRU, LSTM, UGRNN, Cell, Vanilla

__all__ = ["Linearized", "linearize_steps"]


class Linearized(ABC):
    """Where each of several steps leads, and how it answers to a small change of its state or of what drives it.

    Attributes:
        after: The state after each step, [step, unit].
    """

    after: Float64[Tensor, "step unit"]

    @abstractmethod
    def pull(self, covectors: Float64[Tensor, "class unit"], step: int) -> Float64[Tensor, "class unit"]:
        """Covectors times dF/dh at one of the steps, [class, unit]: what they measure after it, told before it."""

    @abstractmethod
    def pull_to_drives(self, covectors: Float64[Tensor, "step class unit"]) -> Float64[Tensor, "step class gate"]:
        """Covectors times the derivative of each step by what drives it, [step, class, gate]."""

    @abstractmethod
    def push(self, change: Float64[Tensor, "step gate"]) -> Float64[Tensor, "step unit"]:
        """How far the state of each step moves, to first order, when its drive changes by this much, [step, unit]."""


def linearize_steps(
    cell: Cell, states: Float64[Tensor, "step unit"], drives: Float64[Tensor, "step gate"]
) -> Linearized:
    """The linearisation of a cell at the state and the drive of each of several steps.

    A step through gates is a few products with numbers a unit and one with the recurrent weights. To carry the rows of
    a few classes through that takes a fraction of the time of writing its Jacobian down. Cells of other kinds, and
    stacks, are carried through their Jacobians, one after another.

    Args:
        cell: The cell, in float64.
        states: The state before each step, [step, unit].
        drives: What the input of each step sends to the gates, [step, gate].

    Example:
        >>> cell = GRU(2, 3, generator=torch.Generator().manual_seed(0)).frozen()
        >>> state, drive = torch.full((1, 3), 0.5).double(), cell.drive(torch.ones(1, 2).double())
        >>> row = torch.ones(1, 3).double()
        >>> pulled = linearize_steps(cell, state, drive).pull(row, 0)
        >>> bool(torch.allclose(pulled, row @ cell.recurrent_jacobian(state, drive)[0]))
        True
    """
    # By the type itself: a cell of a user's own may be a subclass that steps otherwise.
    if type(cell) is Vanilla:
        return _vanilla(cell, states, drives)
    if type(cell) is UGRNN:
        return _ugrnn(cell, states, drives)
    if type(cell) is GRU:
        return _gru(cell, states, drives)
    if type(cell) is LSTM:
        return _lstm(cell, states, drives)
    return _Whole(cell, states, drives)


class _Gated(Linearized):
    """Cells of gates: every unit feels its own gates, and these feel all units through the recurrent weights.

    The state has one part, or two, of which the gates feel the first: h and c of an LSTM.

    Args:
        after: The state after each step, [step, unit].
        weight: The recurrent weights, gates one under the other, [gate * unit, unit].
        through: How each part of the next state changes with the recurrent argument of each gate,
            [step, part, gate, unit].
        direct: How each part changes with each part of the state beside the gates, [step, part, part, unit].
        driven: How each part changes with the drive of each gate, [step, part, gate, unit], where that is not
            ``through``.
    """

    def __init__(
        self, after: Tensor, weight: Tensor, through: Tensor, direct: Tensor, driven: Tensor | None = None
    ) -> None:
        self.after = after
        # A product of few rows and large weights waits for memory: columns side by side come a quarter faster.
        self._columns = weight.T.contiguous().T
        # Taken apart once: it is asked for one step after another.
        self._through, self._direct = through.unbind(), direct.unbind()
        self._driven = through if driven is None else driven

    def pull(self, covectors: Float64[Tensor, "class unit"], step: int) -> Float64[Tensor, "class unit"]:
        through, direct = self._through[step], self._direct[step]
        parts, _, units = through.shape
        if parts == 1:
            to_gates = covectors.unsqueeze(1) * through
            return torch.addmm(covectors * direct.view(units), to_gates.flatten(1), self._columns)
        rows = covectors.view(-1, parts, units)
        to_gates = (rows.unsqueeze(2) * through).sum(dim=1)
        beside = (rows.unsqueeze(2) * direct).sum(dim=1)
        beside[:, 0] += to_gates.flatten(1) @ self._columns
        return beside.flatten(1)

    def pull_to_drives(self, covectors: Float64[Tensor, "step class unit"]) -> Float64[Tensor, "step class gate"]:
        _, parts, _, units = self._driven.shape
        rows = covectors.unflatten(2, (parts, 1, units))
        # A part at a time: there are one or two, and a product of all at once would be as large as both.
        to_gates = rows[:, :, 0] * self._driven[:, None, 0]
        for part in range(1, parts):
            to_gates += rows[:, :, part] * self._driven[:, None, part]
        return to_gates.flatten(2)

    def push(self, change: Float64[Tensor, "step gate"]) -> Float64[Tensor, "step unit"]:
        _, _, gates, units = self._driven.shape
        return (self._driven * change.view(-1, 1, gates, units)).sum(dim=2).flatten(1)


class _Whole(Linearized):
    """Any cell, by its Jacobians."""

    def __init__(self, cell: Cell, states: Tensor, drives: Tensor) -> None:
        self._cell, self._states, self._drives = cell, states, drives
        self.after = cell.advance(states, drives).detach()

    def pull(self, covectors: Float64[Tensor, "class unit"], step: int) -> Float64[Tensor, "class unit"]:
        return covectors @ self._cell.recurrent_jacobian(self._states[step], self._drives[step])

    def pull_to_drives(self, covectors: Float64[Tensor, "step class unit"]) -> Float64[Tensor, "step class gate"]:
        classes = covectors.shape[1]
        with torch.enable_grad():
            drives = self._drives.detach().repeat_interleave(classes, dim=0).requires_grad_()
            after = self._cell.advance(self._states.detach().repeat_interleave(classes, dim=0), drives)
            (pulled,) = torch.autograd.grad(after, drives, covectors.flatten(0, 1))
        return pulled.unflatten(0, (-1, classes))

    def push(self, change: Float64[Tensor, "step gate"]) -> Float64[Tensor, "step unit"]:
        with torch.enable_grad():
            drives = self._drives.detach().requires_grad_()
            after = self._cell.advance(self._states.detach(), drives)
            # The backward pass is linear in its covector: its derivative by that, along the change, is the push.
            probe = torch.zeros_like(after).requires_grad_()
            (pulled,) = torch.autograd.grad(after, drives, probe, create_graph=True)
            (pushed,) = torch.autograd.grad(pulled, probe, change)
        return pushed


def _vanilla(cell: Vanilla, states: Tensor, drives: Tensor) -> Linearized:
    weight, argument = _recurrent(cell, states)
    argument = argument + drives
    if cell.nonlinearity == "linear":
        new, slope = argument, torch.ones_like(argument)
    elif cell.nonlinearity == "relu":
        new, slope = argument.relu(), (argument > 0).to(argument)
    else:
        new = torch.tanh(argument)
        slope = 1 - new**2
    kept = 1 - cell.leak
    after = kept * states + cell.leak * new
    return _Gated(after, weight, _one_part(cell.leak * slope), _one_part(torch.full_like(states, kept)))


def _ugrnn(cell: UGRNN, states: Tensor, drives: Tensor) -> Linearized:
    update, candidate = (drives + torch.nn.functional.linear(states, cell.weight_hh)).chunk(2, dim=-1)
    update, candidate = torch.sigmoid(update), torch.tanh(candidate)
    moved = update * (states - candidate)
    through = _one_part(moved * (1 - update), (1 - update) * (1 - candidate**2))
    return _Gated(candidate + moved, cell.weight_hh, through, _one_part(update))


def _gru(cell: GRU, states: Tensor, drives: Tensor) -> Linearized:
    weight, recurrent = _recurrent(cell, states)
    drive_r, drive_z, drive_n = drives.chunk(3, dim=-1)
    recurrent_r, recurrent_z, hidden = recurrent.chunk(3, dim=-1)
    reset, update = torch.sigmoid(drive_r + recurrent_r), torch.sigmoid(drive_z + recurrent_z)
    candidate = torch.tanh(drive_n + reset * hidden)
    by_candidate = (1 - update) * (1 - candidate**2)
    by_reset = by_candidate * hidden * reset * (1 - reset)
    moved = update * (states - candidate)
    by_update = moved * (1 - update)
    return _Gated(
        candidate + moved,
        weight,
        _one_part(by_reset, by_update, by_candidate * reset),
        _one_part(update),
        driven=_one_part(by_reset, by_update, by_candidate),
    )


def _lstm(cell: LSTM, states: Tensor, drives: Tensor) -> Linearized:
    memory = states[..., cell.hidden :]
    weight, recurrent = _recurrent(cell, states[..., : cell.hidden])
    into, forget, candidate, output = (drives + recurrent).chunk(4, dim=-1)
    into, forget, output = torch.sigmoid(into), torch.sigmoid(forget), torch.sigmoid(output)
    candidate = torch.tanh(candidate)
    remembered = forget * memory + into * candidate
    squashed = torch.tanh(remembered)
    squashing = output * (1 - squashed**2)
    of_memory = torch.stack(
        [
            candidate * into * (1 - into),
            memory * forget * (1 - forget),
            into * (1 - candidate**2),
            torch.zeros_like(output),
        ],
        dim=1,
    )
    of_hidden = squashing.unsqueeze(1) * of_memory
    of_hidden[:, 3] = squashed * output * (1 - output)
    none = torch.zeros_like(forget)
    direct = [torch.stack([none, squashing * forget], dim=1), torch.stack([none, forget], dim=1)]
    after = torch.cat([output * squashed, remembered], dim=-1)
    return _Gated(after, weight, torch.stack([of_hidden, of_memory], dim=1), torch.stack(direct, dim=1))


def _recurrent(cell: Vanilla | GRU | LSTM, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """The recurrent weights of a module of PyTorch, and what they send to the gates."""
    weight, bias = (cast("Tensor", getattr(cell.rnn, f"{name}_hh_l0")) for name in ("weight", "bias"))
    return weight, torch.nn.functional.linear(hidden, weight, bias)


def _one_part(*slopes: Tensor) -> Tensor:
    """Slopes of a state of one part, [step, 1, gate, unit]."""
    return torch.stack(slopes, dim=1).unsqueeze(1)
