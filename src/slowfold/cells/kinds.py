"""The kinds of cell by name: a cell built from its name, and told so that it can be built again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from slowfold.cells.base import Cell
from slowfold.cells.gru import GRU
from slowfold.cells.lstm import LSTM
from slowfold.cells.stacked import Stacked
from slowfold.cells.ugrnn import UGRNN
from slowfold.cells.vanilla import Vanilla
from slowfold.errors import OptionError

__all__ = ["CELLS", "build_cell", "cell_layers", "describe_cell", "name_cell"]

CELLS: dict[str, Callable[..., Cell]] = {"gru": GRU, "lstm": LSTM, "ugrnn": UGRNN, "vanilla": Vanilla}
"""The kinds of cell that can be asked for by name."""


def cell_layers(cell: Cell) -> tuple[Cell, ...]:
    """The layers of a stack, the lowest first; any other cell is its own single layer.

    Example:
        >>> draw = torch.Generator().manual_seed(0)
        >>> layers = GRU(3, 4, generator=draw), LSTM(4, 4, generator=draw)
        >>> [layer.kind for layer in cell_layers(Stacked(layers))]
        ['gru', 'lstm']
    """
    return cell.cells if isinstance(cell, Stacked) else (cell,)


def name_cell(cell: Cell) -> str:
    """The name of a cell: its kind, or the kinds of its layers where they differ.

    Example:
        >>> draw = torch.Generator().manual_seed(0)
        >>> name_cell(Stacked([GRU(3, 4, generator=draw), GRU(4, 4, generator=draw)]))
        'gru'
        >>> name_cell(Stacked([GRU(3, 4, generator=draw), LSTM(4, 4, generator=draw)]))
        'gru+lstm'
    """
    kinds = [layer.kind for layer in cell_layers(cell)]
    return kinds[0] if len(set(kinds)) == 1 else "+".join(kinds)


def describe_cell(cell: Cell) -> list[dict[str, object]]:
    """What a cell is made of, layer by layer, as JSON can hold it; :func:`build_cell` takes it back.

    Example:
        >>> describe_cell(Vanilla(3, 4, generator=torch.Generator().manual_seed(0), leak=0.5))
        [{'cell': 'vanilla', 'hidden': 4, 'nonlinearity': 'tanh', 'leak': 0.5}]
    """
    return [{"cell": layer.kind, "hidden": layer.output_size, **_options(layer)} for layer in cell_layers(cell)]


def build_cell(layers: Sequence[Mapping[str, Any]], input_size: int, *, generator: torch.Generator) -> Cell:
    """A new cell of one or more layers.

    Args:
        layers: What each layer is, the lowest first: its ``cell``, the units of its output as ``hidden``, and further
            options of that kind of cell.
        input_size: The number of inputs of the lowest layer.
        generator: Draws the weights.

    Raises:
        OptionError: There is no such cell, no layer, or a number is out of range.

    Example:
        >>> build_cell([{"cell": "lstm", "hidden": 4}] * 2, 3, generator=torch.Generator().manual_seed(0)).size
        16
    """
    if not layers:
        raise OptionError("0 is out of range", where="layers", cure="give 1 or more")
    built: list[Cell] = []
    for layer in layers:
        options = dict(layer)
        kind, hidden = options.pop("cell"), options.pop("hidden")
        if kind not in CELLS:
            raise OptionError(f"there is no cell {kind!r}", where="cell", cure=f"choose from {', '.join(CELLS)}")
        if hidden < 1:
            raise OptionError(f"{hidden} is out of range", where="hidden", cure="give 1 or more")
        built.append(CELLS[kind](input_size, hidden, generator=generator, **options))
        input_size = hidden
    return built[0] if len(built) == 1 else Stacked(built)


def _options(cell: Cell) -> dict[str, object]:
    return {"nonlinearity": cell.nonlinearity, "leak": cell.leak} if isinstance(cell, Vanilla) else {}
