"""A sweep from beginning to end: what is not finished is done, and what is lost costs no other."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from slowfold.errors import OptionError, RunError, SlowfoldError
from slowfold.on_ray import Attempt, Needs, attempt_each
from slowfold.storage import unwritable, write_text
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run
from slowfold.study.sweeping.additions import Addition, Todo, is_finished, todo_of
from slowfold.study.sweeping.catalogue import (
    CATALOGUE,
    as_table,
    catalogue_row,
    read_catalogue,
    read_rows,
    write_catalogue,
)
from slowfold.study.sweeping.companions import find_companions
from slowfold.study.sweeping.keys import experiment_key, run_folder_name
from slowfold.study.sweeping.sweep_file import Sweep
from slowfold.study.sweeping.working import RUNS_INSIDE, Assignment, claimed, folder_of, work_on, work_on_together
from slowfold.study.tasks import check_options

__all__ = ["FAILURES", "JOURNAL", "Failure", "News", "Swept", "conduct_sweep", "read_failures", "what_is_left"]

FAILURES = "failures.jsonl"
"""The runs that were given up and have not been finished since, a line each; not there where there are none."""

JOURNAL = "journal.jsonl"
"""How every attempt ended, a line each, in the order of time."""

# While runs end, the catalogue is written at most so often, in seconds.
_BETWEEN = 5.0
# How long it may take until what another machine wrote is seen from here, in seconds, and how often it is looked for:
# file systems of networks remember for some time that nothing was there.
_UNSEEN, _LOOK = 60.0, 1.0


@dataclass(frozen=True)
class News:
    """Something that happened to a run.

    Attributes:
        what: What happened.
        run: The name of its folder.
        experiment: What it was asked for.
        attempt: Which attempt it was.
        error: What was wrong, of a run that was lost or failed.
    """

    what: Literal["begun", "finished", "lost", "failed"]
    run: str
    experiment: Experiment
    attempt: int
    error: str | None = None


@dataclass(frozen=True)
class Failure:
    """A run that was given up.

    Attributes:
        key: Its key.
        run: The name of its folder, in which a resumed sweep goes on.
        attempts: How often it was begun.
        error: What was wrong the last time.
        experiment: What was asked, without what was left at its default.
    """

    key: str
    run: str
    attempts: int
    error: str
    experiment: dict[str, Any]


@dataclass(frozen=True)
class Swept:
    """What a sweep came to.

    Attributes:
        folder: Where it is.
        before: How many of its runs had been finished before.
        finished: The names of the runs that were finished now.
        failed: Those that were given up.
    """

    folder: Path
    before: int
    finished: tuple[str, ...]
    failed: tuple[Failure, ...]


def what_is_left(
    sweep: Sweep, folder: str | Path, addition: Addition | None = None
) -> dict[Experiment, Literal[Todo.RUN, Todo.AGAIN, Todo.ADD]]:
    """What :func:`conduct_sweep` would do with which runs of a sweep, in order.

    Args:
        sweep: The experiments.
        folder: Where it writes, or will.
        addition: What is to stand beside each run.

    Example:
        >>> runs = Sweep.of("two", [Experiment(task="categorical", seed=seed) for seed in (0, 1)])
        >>> [(run.seed, todo.value) for run, todo in what_is_left(runs, "nowhere").items()]
        [(0, 'run'), (1, 'run')]
    """
    todos = {one: todo_of(one, folder_of(Path(folder), one), addition) for one in sweep.experiments}
    return {one: todo for one, todo in todos.items() if todo is not Todo.NOTHING}


def read_failures(folder: str | Path) -> tuple[Failure, ...]:
    """The runs that :func:`conduct_sweep` has given up in a folder, and that have not been finished since.

    Raises:
        RunError: The file cannot be read.

    Example:
        >>> read_failures("nowhere")
        ()
    """
    path = Path(folder) / FAILURES
    if not path.is_file():
        return ()
    try:
        return tuple(Failure(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"cannot be read ({error})", where=str(path), cure="remove it") from error


def conduct_sweep(
    sweep: Sweep,
    folder: str | Path,
    *,
    needs: Needs | None = None,
    address: str | None = None,
    together: int = 1,
    addition: Addition | None = None,
    until: float | None = None,
    tell: Callable[[News], None] = lambda _: None,
) -> Swept:
    """Does every experiment of a sweep that is not finished yet, in processes of Ray.

    A run is finished when its ``summary.json`` is there. What is finished is not done again, so a sweep that was
    stopped, by whatever, goes on when it is started again, and one that is complete does nothing; see
    :class:`Addition` for what else may be asked of a finished run. A killed process, a run that fails or a lost machine
    costs that run alone: it goes on from its last checkpoint, twice unless ``needs`` says otherwise, and is then
    written to ``failures.jsonl``.

    Args:
        sweep: The experiments.
        folder: Where to write; runs of other sweeps may be there.
        needs: What each run takes, one core unless given.
        address: The address of a Ray cluster, all of whose machines see ``folder`` at the same path; unless given, the
            runs are done on this machine.
        together: How many networks of one shape are trained side by side in one process, which takes less time than one
            after the other. They end as each would by itself, within rounding.
        addition: What is to stand beside each run once it is finished; it is made where the run is done, and of runs
            that were finished before as well.
        until: No run is begun after this time, of ``time.monotonic``; unless given, all are.
        tell: Is told what happens.

    Raises:
        OptionError: Ray is not installed or cannot be reached, or an option does not apply to its task.
        RunError: Another sweep is at work in the folder, or it cannot be written to.

    Example:
        >>> from tempfile import mkdtemp
        >>> conduct_sweep(Sweep("nothing", ()), mkdtemp()).finished
        ()
    """
    needs = needs or Needs()
    if together < 1:
        raise OptionError(f"{together} is out of range", where="--together", cure="give 1 or more")
    for experiment in sweep.experiments:
        check_options(experiment)
    out = Path(folder).resolve()
    if out.is_file():
        raise RunError("is a file", where=str(out), cure="choose another folder")
    with claimed(out / ".sweep.lock"):
        todos = what_is_left(sweep, out, addition)
        left = list(todos)
        assignments = [
            Assignment(one, out, tries=needs.tries, threads=needs.cpus, addition=_for(addition, one)) for one in left
        ]
        book = _Book(out, left, addition, tell)
        try:
            done = set[int]()
            trained = [number for number, todo in enumerate(todos.values()) if todo is not Todo.ADD]
            if together > 1 and trained:
                groups = _groups(trained, left, together)
                done = _do_together(groups, assignments, book, needs, address=address, until=until)
            alone = [number for number in range(len(left)) if number not in done]
            if alone:
                for attempt in attempt_each(
                    work_on,
                    [assignments[number] for number in alone],
                    needs,
                    address=address,
                    until=until,
                    beginning=lambda part, number: book.begun(alone[part], number),
                ):
                    book.ended(replace(attempt, part=alone[attempt.part]))
        except BaseException:
            # What ended the sweep is told, not what comes of it.
            with contextlib.suppress(Exception):
                _catalogue(out)
            raise
        _catalogue(out)
    return Swept(out, len(sweep.experiments) - len(left), tuple(book.finished), tuple(book.failed))


def _catalogue(out: Path) -> None:
    """Writes the catalogue from the folder, whatever became of the sweep: other runs may be there, or none."""
    write_catalogue(read_catalogue(out)[0], out / CATALOGUE)


def _for(addition: Addition | None, experiment: Experiment) -> Addition | None:
    """What concerns one run, for it is sent to another process."""
    return addition and replace(addition, required=addition.required & {experiment})


def _groups(numbers: Sequence[int], experiments: Sequence[Experiment], together: int) -> list[tuple[int, ...]]:
    """The numbers of the runs that are trained side by side."""
    companions = find_companions([experiments[number] for number in numbers], together)
    return [tuple(numbers[place] for place in group) for group in companions]


def _do_together(
    groups: Sequence[tuple[int, ...]],
    assignments: Sequence[Assignment],
    book: _Book,
    needs: Needs,
    *,
    address: str | None,
    until: float | None,
) -> set[int]:
    """Does runs in populations, each once, and says which are done; the others are left to be done run by run."""

    def begun(part: int, number: int) -> None:
        for member in groups[part]:
            book.begun(member, number)

    done: set[int] = set()
    for attempt in attempt_each(
        work_on_together,
        [tuple(assignments[member] for member in group) for group in groups],
        replace(needs, tries=1),
        address=address,
        until=until,
        beginning=begun,
    ):
        group = groups[attempt.part]
        wrong = (attempt.error,) * len(group) if attempt.made is None else attempt.made
        for member, error in zip(group, wrong, strict=True):
            told = Attempt(member, attempt.number, None, error, attempt.trace if error else None, place=attempt.place)
            if book.ended(told, again=True):
                done.add(member)
    return done


class _Book:
    """What is written down as attempts end."""

    def __init__(
        self, out: Path, experiments: list[Experiment], addition: Addition | None, tell: Callable[[News], None]
    ) -> None:
        self.finished: list[str] = []
        self.failed: list[Failure] = []
        self._out = out
        self._experiments = experiments
        self._addition = addition
        self._tell = tell
        self._rows: dict[str, dict[str, Any]] = {row["run"]: row for row in read_rows(out)[0]}
        self._written = time.monotonic()
        # What was given up before stands until it is finished, in this sweep or another.
        left = {run_folder_name(one) for one in experiments}
        self._given_up = {
            failure.run: failure
            for failure in read_failures(out)
            if failure.run in left or not is_finished(out / RUNS_INSIDE / failure.run)
        }
        self._write_failures()

    def begun(self, part: int, attempt: int) -> None:
        experiment = self._experiments[part]
        self._tell(News("begun", run_folder_name(experiment), experiment, attempt))

    def ended(self, attempt: Attempt[Any], *, again: bool = False) -> bool:
        """Writes down how an attempt ended, and says whether the run is finished.

        Args:
            attempt: The attempt.
            again: Whether the run is begun once more if nothing of it is seen from here.
        """
        experiment = self._experiments[attempt.part]
        folder = folder_of(self._out, experiment)
        if attempt.error is None and not self._seen(experiment, folder):
            # Another machine may have written it to a folder of the same name.
            missing = folder / self._addition.leaves if self._addition and is_finished(folder) else folder
            unseen = f"{missing} is not seen from here: it must be in a folder that all machines share"
            attempt = replace(attempt, error=unseen, given_up=not again)
        error = attempt.error
        what = "finished" if error is None else "failed" if attempt.given_up else "lost"
        self._write(attempt, experiment, what, error)
        if error is None:
            self.finished.append(folder.name)
            if self._given_up.pop(folder.name, None) is not None:
                self._write_failures()
            self._add_row(folder)
        elif what == "failed":
            asked = {name: value for name, value in asdict(experiment).items() if experiment.given(name)}
            asked["task"] = experiment.task
            failure = Failure(experiment_key(experiment), folder.name, attempt.number, error, asked)
            self.failed.append(failure)
            self._given_up[folder.name] = failure
            self._write_failures()
        self._tell(News(what, folder.name, experiment, attempt.number, error))
        return error is None

    def _seen(self, experiment: Experiment, folder: Path) -> bool:
        until = time.monotonic() + _UNSEEN
        while todo_of(experiment, folder, self._addition) is not Todo.NOTHING:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK)
        return True

    def _add_row(self, folder: Path) -> None:
        """Adds a run to the catalogue, which is only for looking at as long as the sweep is at work."""
        with contextlib.suppress(SlowfoldError):
            self._rows[folder.name] = catalogue_row(Run(folder))
            if time.monotonic() - self._written > _BETWEEN:
                write_catalogue(as_table(list(self._rows.values())), self._out / CATALOGUE)
                self._written = time.monotonic()

    def _write_failures(self) -> None:
        path = self._out / FAILURES
        if self._given_up:
            lines = [json.dumps(asdict(failure), ensure_ascii=False) for failure in self._given_up.values()]
            write_text(path, "\n".join(lines) + "\n")
        else:
            path.unlink(missing_ok=True)

    def _write(self, attempt: Attempt[str], experiment: Experiment, what: str, error: str | None) -> None:
        place = attempt.place
        line = {
            "run": run_folder_name(experiment),
            "key": experiment_key(experiment),
            "attempt": attempt.number,
            "outcome": what,
            "error": error,
            "trace": attempt.trace,
            "host": None if place is None else place.host,
            "node": None if place is None else place.node,
            "process": None if place is None else place.process,
            "time": time.time(),
        }
        path = self._out / JOURNAL
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as wrong:
            raise unwritable(path, wrong) from wrong
