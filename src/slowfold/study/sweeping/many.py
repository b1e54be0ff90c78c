"""A sweep from beginning to end: what is not finished is done, and what is lost costs no other."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from slowfold.errors import OptionError, RunError
from slowfold.on_ray import Attempt, Needs, attempt_each
from slowfold.storage import write_text
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run
from slowfold.study.sweeping.catalogue import CATALOGUE, as_table, catalogue_row, read_catalogue, write_catalogue
from slowfold.study.sweeping.companions import find_companions
from slowfold.study.sweeping.keys import experiment_key, run_folder_name
from slowfold.study.sweeping.sweep_file import Sweep
from slowfold.study.sweeping.working import (
    LOCKS,
    Assignment,
    claimed,
    folder_of,
    is_bare,
    is_finished,
    work_on,
    work_on_together,
)
from slowfold.study.tasks import check_options

__all__ = ["FAILURES", "JOURNAL", "Failure", "News", "Swept", "conduct_sweep", "what_is_left"]

FAILURES = "failures.jsonl"
"""The runs that were given up, a line each; not there where there are none."""

JOURNAL = "journal.jsonl"
"""How every attempt ended, a line each, in the order of time."""

# While runs end, the catalogue is written at most so often, in seconds.
_BETWEEN = 5.0


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


def what_is_left(sweep: Sweep, folder: str | Path, *, anew: Collection[Experiment] = ()) -> list[Experiment]:
    """The runs of a sweep that :func:`conduct_sweep` would do, in order.

    Example:
        >>> runs = Sweep.of("two", [Experiment(task="categorical", seed=seed) for seed in (0, 1)])
        >>> [run.seed for run in what_is_left(runs, "nowhere")]
        [0, 1]
    """
    places = [(one, folder_of(Path(folder), one)) for one in sweep.experiments]
    return [one for one, place in places if not is_finished(place) or (one in anew and is_bare(place))]


def conduct_sweep(
    sweep: Sweep,
    folder: str | Path,
    *,
    needs: Needs | None = None,
    address: str | None = None,
    together: int = 1,
    afterwards: Callable[[Run], object] | None = None,
    anew: Collection[Experiment] = (),
    until: float | None = None,
    tell: Callable[[News], None] = lambda _: None,
) -> Swept:
    """Does every experiment of a sweep that is not finished yet, in processes of Ray.

    A run is finished when its ``summary.json`` is there. What is finished is not done again, so a sweep that was
    stopped, by whatever, goes on when it is started again, and one that is complete does nothing. A killed process, a
    run that fails or a lost machine costs that run alone: it goes on from its last checkpoint, twice unless ``needs``
    says otherwise, and is then written to ``failures.jsonl``.

    Args:
        sweep: The experiments.
        folder: Where to write; runs of other sweeps may be there.
        needs: What each run takes, one core unless given.
        address: The address of a Ray cluster, all of whose machines see ``folder`` at the same path; unless given, the
            runs are done on this machine.
        together: How many networks of one shape are trained side by side in one process, which takes less time than one
            after the other. They end as each would by itself, within rounding.
        afterwards: What to do with each run that is finished, where it was done.
        anew: Finished runs to do again if nothing but their summary is there, for what is done afterwards needs more.
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
        left = what_is_left(sweep, out, anew=anew)
        assignments = [
            Assignment(one, out, tries=needs.tries, threads=needs.cpus, afterwards=afterwards, anew=one in anew)
            for one in left
        ]
        (out / FAILURES).unlink(missing_ok=True)
        book = _Book(out, left, tell)
        try:
            done = set[int]()
            if together > 1 and assignments:
                done = _do_together(assignments, book, needs, together, address=address, until=until)
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
        finally:
            # From the folder, whatever became of this sweep: other runs may be there, and a file may be gone.
            write_catalogue(read_catalogue(out)[0], out / CATALOGUE)
        # Nobody is at work any more.
        shutil.rmtree(out / LOCKS, ignore_errors=True)
    return Swept(out, len(sweep.experiments) - len(left), tuple(book.finished), tuple(book.failed))


def _do_together(
    assignments: Sequence[Assignment],
    book: _Book,
    needs: Needs,
    together: int,
    *,
    address: str | None,
    until: float | None,
) -> set[int]:
    """Does runs in populations, each once, and says which are done; the others are left to be done run by run."""
    groups = find_companions([assignment.experiment for assignment in assignments], together)

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
            if error is None:
                done.add(member)
            book.ended(
                Attempt(member, attempt.number, None, error, attempt.trace if error else None, place=attempt.place)
            )
    return done


class _Book:
    """What is written down as attempts end."""

    def __init__(self, out: Path, experiments: list[Experiment], tell: Callable[[News], None]) -> None:
        self.finished: list[str] = []
        self.failed: list[Failure] = []
        self._out = out
        self._experiments = experiments
        self._tell = tell
        self._rows: dict[str, dict[str, Any]] = {row["run"]: row for row in read_catalogue(out)[0].to_dicts()}
        self._written = time.monotonic()

    def begun(self, part: int, attempt: int) -> None:
        experiment = self._experiments[part]
        self._tell(News("begun", run_folder_name(experiment), experiment, attempt))

    def ended(self, attempt: Attempt[Any]) -> None:
        experiment = self._experiments[attempt.part]
        folder, error = folder_of(self._out, experiment), attempt.error
        if error is None and not is_finished(folder):
            # Another machine may have written it to a folder of the same name.
            error = f"{folder} is not seen from here: it must be a folder that all machines share"
        what = "finished" if error is None else "failed" if attempt.given_up else "lost"
        self._write(attempt, experiment, what, error)
        if error is None:
            self.finished.append(folder.name)
            self._rows[folder.name] = catalogue_row(Run(folder))
            if time.monotonic() - self._written > _BETWEEN:
                write_catalogue(as_table(list(self._rows.values())), self._out / CATALOGUE)
                self._written = time.monotonic()
        elif what == "failed":
            asked = {name: value for name, value in asdict(experiment).items() if experiment.given(name)}
            asked["task"] = experiment.task
            self.failed.append(Failure(experiment_key(experiment), folder.name, attempt.number, error, asked))
            lines = [json.dumps(asdict(failure), ensure_ascii=False) for failure in self.failed]
            write_text(self._out / FAILURES, "\n".join(lines) + "\n")
        self._tell(News(what, folder.name, experiment, attempt.number, error))

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
        with (self._out / JOURNAL).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
