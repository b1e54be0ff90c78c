"""Many experiments: which ones a file asks for, how they are done, and the catalogue of what they came to."""

from slowfold.study.sweeping.additions import Addition, Todo, is_finished
from slowfold.study.sweeping.catalogue import CATALOGUE, catalogue_row, read_catalogue, write_catalogue
from slowfold.study.sweeping.keys import experiment_key, run_folder_name
from slowfold.study.sweeping.many import (
    FAILURES,
    JOURNAL,
    Failure,
    News,
    Swept,
    conduct_sweep,
    read_failures,
    what_is_left,
)
from slowfold.study.sweeping.sweep_file import Sweep, read_sweep
from slowfold.study.sweeping.working import folder_of

__all__ = [
    "CATALOGUE",
    "FAILURES",
    "JOURNAL",
    "Addition",
    "Failure",
    "News",
    "Sweep",
    "Swept",
    "Todo",
    "catalogue_row",
    "conduct_sweep",
    "experiment_key",
    "folder_of",
    "is_finished",
    "read_catalogue",
    "read_failures",
    "read_sweep",
    "run_folder_name",
    "what_is_left",
    "write_catalogue",
]
