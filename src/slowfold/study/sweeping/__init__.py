"""Many experiments: which ones a file asks for, how they are done, and the catalogue of what they came to."""

from slowfold.study.sweeping.catalogue import CATALOGUE, catalogue_row, read_catalogue, write_catalogue
from slowfold.study.sweeping.keys import experiment_key, run_folder_name
from slowfold.study.sweeping.many import FAILURES, JOURNAL, Failure, News, Swept, conduct_sweep, what_is_left
from slowfold.study.sweeping.sweep_file import Sweep, read_sweep
from slowfold.study.sweeping.working import folder_of, is_finished

__all__ = [
    "CATALOGUE",
    "FAILURES",
    "JOURNAL",
    "Failure",
    "News",
    "Sweep",
    "Swept",
    "catalogue_row",
    "conduct_sweep",
    "experiment_key",
    "folder_of",
    "is_finished",
    "read_catalogue",
    "read_sweep",
    "run_folder_name",
    "what_is_left",
    "write_catalogue",
]
