"""What one process of a sweep does: one run from wherever it stands to its end, and nothing else."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from slowfold.errors import RunError, one_line
from slowfold.storage import unwritable
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run
from slowfold.study.sweeping.additions import Addition, Todo, is_finished, todo_of
from slowfold.study.sweeping.keys import experiment_key, run_folder_name
from slowfold.threads import torch_threads

__all__ = [
    "LOCKS",
    "RUNS_INSIDE",
    "Assignment",
    "claimed",
    "folder_of",
    "work_on",
    "work_on_together",
]

RUNS_INSIDE = "runs"
"""The folder of the runs, in that of their sweep."""

LOCKS = ".locks"
"""The folder, beside the runs, of the files that say who is at work on which. They stay: a file that is removed while
somebody holds it would let another hold a new one of its name."""

_AGAIN = ".again"
"""The folder, beside the runs, of those that are done again, until they are finished."""

# Variables that decide what is read and how; a machine of a cluster has its own otherwise.
_PASSED_ON = ("SLOWFOLD_DATA", "HF_ENDPOINT", "HF_HOME", "HF_HUB_OFFLINE", "OMP_WAIT_POLICY", "POLARS_MAX_THREADS")
# A process whose sweep was killed ends with it, but not at once.
_PATIENCE, _PAUSE = 60.0, 0.5


@dataclass(frozen=True)
class Assignment:
    """What a process is told to do, and what it has to know for that.

    Attributes:
        experiment: What is asked for.
        out: The folder of the sweep, which must be the same on every machine.
        tries: How often a run is begun; the last time it begins from nothing.
        threads: The threads of PyTorch.
        addition: What is to stand beside the run once it is finished, such as its report.
        place: The working folder, from which relative paths of the experiment count.
        variables: Environment variables to set.
    """

    experiment: Experiment
    out: Path
    tries: int = 3
    threads: int = 1
    addition: Addition | None = None
    place: Path = field(default_factory=Path.cwd)
    variables: Mapping[str, str] = field(
        default_factory=lambda: {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    )

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return folder_of(self.out, self.experiment)

    @property
    def todo(self) -> Todo:
        """What is left to do."""
        return todo_of(self.experiment, self.folder, self.addition)


def folder_of(out: Path, experiment: Experiment) -> Path:
    """The folder of a run in that of its sweep.

    Example:
        >>> folder_of(Path("sweep"), Experiment(task="categorical")).parent.as_posix()
        'sweep/runs'
    """
    return out / RUNS_INSIDE / run_folder_name(experiment)


def work_on(assignment: Assignment, attempt: int) -> str:
    """Brings a run to its end: from nothing, or from the last checkpoint that an earlier attempt left.

    Nobody else can be at work on it meanwhile. What is finished is not done again, and the last of several attempts
    begins from nothing, should it be the rest of the earlier ones that is at fault. What is done again, or begun from
    nothing, is done beside what there is, which stays until the new run is finished.

    Args:
        assignment: What to do.
        attempt: The first attempt is 1.

    Returns:
        The name of the folder.

    Raises:
        RunError: The folders are not there, another process is at work on the run, or it cannot go on.
        SlowfoldError: What the run itself meets.
    """
    _settle_in(assignment)
    experiment = assignment.experiment
    with (
        contextlib.chdir(assignment.place),
        claimed(assignment.out / LOCKS / experiment_key(experiment), patience=_PATIENCE),
    ):
        from slowfold.study.pipeline import conduct

        last = 1 < attempt == assignment.tries
        workshop = _workshop(assignment, anew=last)
        if workshop is not None and not is_finished(workshop):
            resume = (workshop / "experiment.toml").is_file() and not last
            if workshop.exists() and not resume:
                shutil.rmtree(workshop)
            with torch_threads(assignment.threads):
                conduct(experiment, folder=workshop, resume=resume)
        _complete(assignment)
    return assignment.folder.name


def work_on_together(assignments: tuple[Assignment, ...], attempt: int) -> tuple[str | None, ...]:
    """Brings runs whose networks have one shape to their ends: they are trained side by side, and analysed one by one.

    Nobody else can be at work on them meanwhile. What is finished is not done again. This is tried once: what fails is
    left for :func:`work_on`, which goes on from where this has come.

    Args:
        assignments: What to do, in one place and with as many threads.
        attempt: The first attempt is 1.

    Returns:
        What was wrong with each run; None where nothing was.

    Raises:
        RunError: The folders are not there.
        SlowfoldError: They cannot be trained together.
    """
    first = assignments[0]
    if len(assignments) == 1:
        work_on(first, attempt)
        return (None,)
    _settle_in(first)
    wrong: dict[int, str | None] = {}
    with contextlib.chdir(first.place), contextlib.ExitStack() as held:
        from slowfold.study.pipeline import conduct_together

        left: dict[int, Path] = {}
        for number, assignment in enumerate(assignments):
            held.enter_context(claimed(first.out / LOCKS / experiment_key(assignment.experiment), patience=_PATIENCE))
            workshop = _workshop(assignment)
            if workshop is not None and not is_finished(workshop):
                left[number] = workshop
            else:
                wrong[number] = _completed(assignment)
        numbers = list(left)
        with torch_threads(first.threads):
            asked = [assignments[number].experiment for number in numbers]
            for place, ended in conduct_together(asked, list(left.values())):
                number = numbers[place]
                wrong[number] = _completed(assignments[number]) if isinstance(ended, Run) else one_line(ended)
    return tuple(wrong[number] for number in range(len(assignments)))


def _workshop(assignment: Assignment, *, anew: bool = False) -> Path | None:
    """Where the run is to be done: in its own folder, or beside it if it is done again; None if it is not to be done.

    What an earlier process has done again, and could not put in its place before it was killed, is put there.
    """
    beside = assignment.out / _AGAIN / assignment.folder.name
    if not assignment.folder.exists() and is_finished(beside):
        beside.rename(assignment.folder)
    # A disk that is full for a while must not cost the checkpoints of hours.
    instead = assignment.folder.exists() and (anew or is_finished(beside))
    return {Todo.RUN: beside if instead else assignment.folder, Todo.AGAIN: beside}.get(assignment.todo)


def _complete(assignment: Assignment) -> None:
    """Puts what was done beside the run in its place, and makes what is to stand there, too."""
    beside = assignment.out / _AGAIN / assignment.folder.name
    if is_finished(beside):
        former = beside.with_name(f"{beside.name}.former")
        shutil.rmtree(former, ignore_errors=True)
        assignment.folder.rename(former)
        beside.rename(assignment.folder)
        shutil.rmtree(former)
    if assignment.addition is not None and assignment.todo is Todo.ADD:
        assignment.addition.make(Run(assignment.folder))


def _completed(assignment: Assignment) -> str | None:
    """Does so for one of many, and says what was wrong: it costs no other."""
    try:
        _complete(assignment)
    except Exception as error:
        return one_line(error)
    return None


def _settle_in(assignment: Assignment) -> None:
    """Makes this process one for the assignment.

    Raises:
        RunError: The folders are not there.
    """
    os.environ.update(assignment.variables)
    # Before PyTorch is loaded; of a process that has it loaded already, the number of threads is set where it works.
    os.environ["OMP_NUM_THREADS"] = str(assignment.threads)
    for place in (assignment.place, assignment.out):
        if not place.is_dir():
            raise RunError(
                "is not there on the machine that was to do the run",
                where=str(place),
                cure="work in a folder that all machines share, at the same path",
            )


@contextlib.contextmanager
def claimed(path: Path, *, patience: float = 0.0) -> Generator[None]:
    """Holds a file that one process at a time can hold; it is let go when the process ends, however it ends.

    The file says who holds it: the host and the process.

    Args:
        path: The file; it is made if it is not there.
        patience: How long to wait for another process to let it go, in seconds.

    Raises:
        RunError: Another process holds it, or it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error
    with held as file:
        until = time.monotonic() + patience
        while not _locked(file, path):
            if time.monotonic() >= until:
                file.seek(0)
                raise RunError(
                    f"is in use by another process ({file.read().strip()})",
                    where=str(path.parent.parent if path.parent.name == LOCKS else path.parent),
                    cure="wait until that has ended",
                )
            time.sleep(_PAUSE)
        holder = json.dumps({"host": os.uname().nodename, "process": os.getpid()})
        try:
            file.truncate(0)
            # Not through the file, which would try again what failed when it is closed, and fail again.
            os.write(file.fileno(), holder.encode())
        except OSError as error:
            raise unwritable(path, error) from error
        yield


def _locked(file: IO[str], path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # There are file systems of networks that hold no locks.
        raise RunError(
            f"cannot be held by one process ({error.strerror or error})",
            where=str(path),
            cure="choose a folder of another file system",
        ) from error
    return True
