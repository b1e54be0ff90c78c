from .analysis import analyze, measure
from .experiment import Experiment
from .measurements import Accuracy, Measurements, Search, Words
from .pipeline import conduct
from .records import SCHEMA, VERDICTS, to_dataset, to_summary
from .runs import RUNS, Run, list_runs, new_folder, next_folder, open_run, resuming
from .tasks import Task, read_task, task_type

__all__ = [
    "RUNS",
    "SCHEMA",
    "VERDICTS",
    "Accuracy",
    "Experiment",
    "Measurements",
    "Run",
    "Search",
    "Task",
    "Words",
    "analyze",
    "conduct",
    "list_runs",
    "measure",
    "new_folder",
    "next_folder",
    "open_run",
    "read_task",
    "resuming",
    "task_type",
    "to_dataset",
    "to_summary",
]
