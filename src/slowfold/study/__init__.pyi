from .analysis import analyze, measure
from .experiment import Experiment
from .foretelling import Foretold, foretell_task
from .measurements import Accuracy, Measurements, Search, Words
from .pipeline import conduct
from .records import SCHEMA, VERDICTS, to_dataset, to_summary
from .runs import RUNS, Run, list_runs, new_folder, next_folder, next_page, open_run, resuming
from .tasks import Task, read_task, task_type

__all__ = [
    "RUNS",
    "SCHEMA",
    "VERDICTS",
    "Accuracy",
    "Experiment",
    "Foretold",
    "Measurements",
    "Run",
    "Search",
    "Task",
    "Words",
    "analyze",
    "conduct",
    "foretell_task",
    "list_runs",
    "measure",
    "new_folder",
    "next_folder",
    "next_page",
    "open_run",
    "read_task",
    "resuming",
    "task_type",
    "to_dataset",
    "to_summary",
]
