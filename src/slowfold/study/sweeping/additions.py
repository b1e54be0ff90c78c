"""What stands beside the files of a run once it is finished, such as its report; and so, what is still to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run

__all__ = ["Addition", "Todo", "is_finished", "todo_of"]

# What an addition is made from. Where summaries alone were copied, these are not there.
_NEEDED = ("analysis.nc", "model.json", "model.safetensors")


class Todo(Enum):
    """What is to be done with a run."""

    RUN = "run"
    """It is not finished."""
    AGAIN = "again"
    """It is finished, what stands beside it is missing, and of its files so many that it has to be done again."""
    ADD = "add"
    """It is finished, and what stands beside it is missing."""
    NOTHING = "nothing"
    """All is there."""


@dataclass(frozen=True)
class Addition:
    """What is made of each finished run, where it was done, and left in its folder.

    Attributes:
        make: Makes it. It goes to other processes.
        leaves: The name of the file that it leaves.
        required: The runs that are done again where too little of them is there to make it from; it is left out of the
            others.
        is_whole: Whether the file that is there is all that is wanted, which may have become more.

    Example:
        >>> report = Addition(print, "report.html")
        >>> report.todo(Experiment(task="categorical"), Path("nowhere"))
        <Todo.RUN: 'run'>
    """

    make: Callable[[Run], object]
    leaves: str
    required: frozenset[Experiment] = frozenset()
    is_whole: Callable[[Path], bool] = Path.is_file

    def todo(self, experiment: Experiment, folder: Path) -> Todo:
        """What is to be done with a run so that this stands beside it."""
        if not is_finished(folder):
            return Todo.RUN
        if self.is_whole(folder / self.leaves):
            return Todo.NOTHING
        if all((folder / name).is_file() for name in _NEEDED):
            return Todo.ADD
        return Todo.AGAIN if experiment in self.required else Todo.NOTHING


def todo_of(experiment: Experiment, folder: Path, addition: Addition | None = None) -> Todo:
    """What is to be done with a run.

    Args:
        experiment: What was asked for.
        folder: The folder of the run.
        addition: What is to stand beside it; nothing unless given.
    """
    if addition is not None:
        return addition.todo(experiment, folder)
    return Todo.NOTHING if is_finished(folder) else Todo.RUN


def is_finished(folder: Path) -> bool:
    """Whether a run is finished: its summary is what is written last.

    Example:
        >>> is_finished(Path("nowhere"))
        False
    """
    return (folder / "summary.json").is_file()
