"""What makes one time step: the recurrent cells."""

from slowfold.cells.base import Box, Cell, Jacobians
from slowfold.cells.gru import GRU
from slowfold.cells.lstm import LSTM
from slowfold.cells.ugrnn import UGRNN
from slowfold.cells.vanilla import Vanilla

__all__ = ["GRU", "LSTM", "UGRNN", "Box", "Cell", "Jacobians", "Vanilla"]
