from .analysis import analyze, measure
from .comparing import Comparison, Distances, Factor, compare
from .experiment import Experiment
from .explaining import Explainer, Explanation, explain
from .foretelling import Foretold, foretell_task
from .measurements import Measurements
from .pipeline import conduct
from .records import SCHEMA, VERDICTS, to_dataset, to_summary
from .runs import (
    COMPARISONS,
    PREDICTIONS,
    RUNS,
    Run,
    list_runs,
    new_folder,
    next_folder,
    next_page,
    open_run,
    resuming,
    taken_folder,
)
from .saved_networks import analyze_saved
from .stages import Accuracy, Context, Evidence, Manifold, Search, Shapes, Words
from .tasks import Task, read_task, task_type

__all__ = [
    "COMPARISONS",
    "PREDICTIONS",
    "RUNS",
    "SCHEMA",
    "VERDICTS",
    "Accuracy",
    "Comparison",
    "Context",
    "Distances",
    "Evidence",
    "Experiment",
    "Explainer",
    "Explanation",
    "Factor",
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
    "compare",
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
    "taken_folder",
    "task_type",
    "to_dataset",
    "to_summary",
]
