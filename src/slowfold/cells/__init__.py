"""What makes one time step: the recurrent cells."""

from slowfold.cells.base import Box, Cell, Jacobians
from slowfold.cells.gru import GRU

__all__ = ["GRU", "Box", "Cell", "Jacobians"]
