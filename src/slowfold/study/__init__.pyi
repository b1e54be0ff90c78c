from .analysis import analyze, measure
from .experiment import Experiment
from .explaining import Explainer, Explanation, explain
from .foretelling import Foretold, foretell_task
from .measurements import Measurements
from .pipeline import conduct
from .records import SCHEMA, VERDICTS, to_dataset, to_summary
from .runs import PREDICTIONS, RUNS, Run, list_runs, new_folder, next_folder, next_page, open_run, resuming
from .saved_networks import analyze_saved
from .stages import Accuracy, Context, Evidence, Manifold, Search, Shapes, Words
from .tasks import Task, read_task, task_type

__all__ = [
    "PREDICTIONS",
    "RUNS",
    "SCHEMA",
    "VERDICTS",
    "Accuracy",
    "Context",
    "Evidence",
    "Experiment",
    "Explainer",
    "Explanation",
    "Foretold",
    "Manifold",
    "Measurements",
    "Run",
    "Search",
    "Shapes",
    "Task",
    "Words",
    "analyze",
    "analyze_saved",
    "conduct",
    "explain",
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
