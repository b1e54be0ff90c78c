"""What makes one time step: the recurrent cells."""

from slowfold.cells.base import Box, Cell, Jacobians
from slowfold.cells.convert import from_torch
from slowfold.cells.gru import GRU
from slowfold.cells.kinds import CELLS, build_cell, cell_layers, describe_cell, name_cell
from slowfold.cells.lstm import LSTM
from slowfold.cells.stacked import Stacked
from slowfold.cells.ugrnn import UGRNN
from slowfold.cells.vanilla import Vanilla

__all__ = [
    "CELLS",
    "GRU",
    "LSTM",
    "UGRNN",
    "Box",
    "Cell",
    "Jacobians",
    "Stacked",
    "Vanilla",
    "build_cell",
    "cell_layers",
    "describe_cell",
    "from_torch",
    "name_cell",
]
