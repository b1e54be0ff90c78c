"""Cells from the recurrent modules of PyTorch, with their weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from slowfold.cells.base import Cell
from slowfold.cells.gru import GRU
from slowfold.cells.lstm import LSTM
from slowfold.cells.stacked import Stacked
from slowfold.cells.vanilla import Vanilla
from slowfold.errors import NetworkError

__all__ = ["from_torch"]

_TAKEN = "torch.nn.RNN, GRU and LSTM, and RNNCell, GRUCell and LSTMCell"
_KINDS: dict[type[nn.Module], str] = {
    nn.RNN: "vanilla",
    nn.RNNCell: "vanilla",
    nn.GRU: "gru",
    nn.GRUCell: "gru",
    nn.LSTM: "lstm",
    nn.LSTMCell: "lstm",
}
# The inputs' side and the recurrent side, in the names that PyTorch gives to the parameters of a layer.
_SIDES = ("ih", "hh")


def from_torch(module: nn.Module) -> Cell:
    """The cell that takes the same steps as a recurrent module of PyTorch.

    The weights are copied in their type and to their device; the module stays as it is. Many layers become a
    :class:`~slowfold.cells.Stacked`, whose state is that of the layers one after another; the state of an LSTM layer is
    [h, c]. A module without biases gets biases of zero. Whether it takes documents or time first (``batch_first``) is
    of no matter to a single step, nor is dropout between layers: it is off when a trained network reads.

    Args:
        module: ``torch.nn.RNN``, ``GRU`` or ``LSTM`` of any number of layers, or ``RNNCell``, ``GRUCell`` or
            ``LSTMCell``.

    Raises:
        NetworkError: The module reads in both directions, projects its output, or is none of these.

    Example:
        >>> rnn = nn.LSTM(3, 8, num_layers=2)
        >>> cell = from_torch(rnn)
        >>> state = cell.unroll(torch.ones(1, 5, 3), torch.zeros(1, cell.size))[:, -1]
        >>> bool(torch.allclose(cell.output(state), rnn(torch.ones(5, 1, 3))[0][-1], atol=1e-6))
        True
    """
    kind = _kind(module)
    if kind is None:
        raise NetworkError(
            f"{type(module).__name__} is no module that can be converted",
            where="from_torch",
            cure=f"give one of {_TAKEN}, or hold any other by Map(callable, size=...), a function of the state",
        )
    if isinstance(module, nn.RNNBase):
        _require_forward(module)
        layers = [_layer(kind, module, f"_l{number}") for number in range(module.num_layers)]
    else:
        layers = [_layer(kind, module, "")]
    return layers[0] if len(layers) == 1 else Stacked(layers)


def _kind(module: nn.Module) -> str | None:
    # A subclass is taken for what its parent computes only if it computes it by its parent's own method.
    steps = {kind: type(module).forward is taken.forward for taken, kind in _KINDS.items() if isinstance(module, taken)}
    return next((kind for kind, same in steps.items() if same), None)


def _require_forward(module: nn.RNNBase) -> None:
    if module.bidirectional:
        raise NetworkError(
            "reads in both directions: its backward half begins at the end of a text, so that no map takes the state "
            "after one word to the state after the next",
            where="from_torch",
            cure="train one that reads forward only",
        )
    if module.proj_size:
        raise NetworkError(
            f"projects its output on {module.proj_size} units, which no cell here does",
            where="from_torch",
            cure="train one with proj_size=0",
        )


def _layer(kind: str, module: nn.Module, suffix: str) -> Cell:
    """The cell of one layer; ``suffix`` ends the names of that layer's parameters."""
    weights = [_parameter(module, f"weight_{side}{suffix}") for side in _SIDES]
    inputs, hidden = weights[0].shape[1], weights[1].shape[1]
    # Drawn and at once overwritten: a cell comes about in no other way.
    generator = torch.Generator().manual_seed(0)
    if kind == "vanilla":
        cell: Cell = Vanilla(inputs, hidden, generator=generator, nonlinearity=str(module.nonlinearity))
    else:
        cell = (GRU if kind == "gru" else LSTM)(inputs, hidden, generator=generator)
    cell = cell.to(weights[0])
    rnn = cell.get_submodule("rnn")
    with torch.no_grad():
        for side, weight in zip(_SIDES, weights, strict=True):
            rnn.get_parameter(f"weight_{side}_l0").copy_(weight)
            bias = rnn.get_parameter(f"bias_{side}_l0")
            bias.copy_(_parameter(module, f"bias_{side}{suffix}") if module.bias else torch.zeros_like(bias))
    return cell


def _parameter(module: nn.Module, name: str) -> Tensor:
    # Not get_parameter: a weight that is normalised or pruned is computed when it is asked for.
    return getattr(module, name).detach()
