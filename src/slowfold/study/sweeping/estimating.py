"""What a sweep will take, before it is begun: from runs that are finished, and from short trials of the others."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from slowfold.errors import SlowfoldError
from slowfold.networks.recipes import choose_recipe, total_steps
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run
from slowfold.study.sweeping.additions import Addition, Todo
from slowfold.study.sweeping.companions import find_companions
from slowfold.study.sweeping.many import what_is_left
from slowfold.study.sweeping.sweep_file import Sweep
from slowfold.threads import torch_threads

__all__ = ["Cost", "Estimate", "Shown", "estimate_sweep", "try_out"]

# A trial trains for so long, in seconds, or as long as it was asked for where that is shorter.
_TRIAL = 15.0
# So many trials, however many kinds of runs there are; the kinds between take the figures of the nearest.
_TRIALS = 6
# The first steps of a training are not like the others.
_WARMING = 3
# What changes what a run finds, and not what a step of it takes.
_FREE = ("seed", "l2", "l2_scope", "learning_rate", "steps", "epochs", "revision")


@dataclass(frozen=True)
class Cost:
    """What a run takes, in seconds of wall-clock time, and in memory.

    Attributes:
        read: Reading or drawing the documents, seconds.
        step: A training step, seconds.
        steps: How many there are.
        analyse: The analysis, seconds.
        memory: The most memory that the process held, MiB; None where the system does not say.
        measured: Whether a run that is finished says so, and not a trial.
        busy: Of each second of wall-clock time, how many the processor worked on it, all threads together: far below
            the number of threads where other programs took it; None where it is not known.
    """

    read: float
    step: float
    steps: int
    analyse: float
    memory: float | None
    measured: bool = False
    busy: float | None = None

    @property
    def seconds(self) -> float:
        """The whole run, seconds."""
        return self.read + self.step * self.steps + self.analyse


@dataclass(frozen=True)
class Shown:
    """What one run, or a trial of it, showed of all that are alike but for their seeds, penalties, rates and steps.

    Attributes:
        read: Reading or drawing the documents, seconds.
        step: A training step, seconds.
        analyse: The analysis, seconds.
        documents: How many documents there are to train on.
        one_hot: Whether words are read as they are, and not embedded.
        memory: The most memory that the process held, MiB; None where the system does not say.
        measured: Whether it is a run that is finished, and not a trial.
        busy: See :class:`Cost`.
    """

    read: float
    step: float
    analyse: float
    documents: int
    one_hot: bool
    memory: float | None = None
    measured: bool = False
    busy: float | None = None

    def cost_of(self, experiment: Experiment) -> Cost:
        """What a run takes that is so like this one."""
        recipe = choose_recipe([experiment.cell], one_hot=self.one_hot)
        recipe = recipe.override(steps=experiment.steps, epochs=experiment.epochs, batch_size=experiment.batch_size)
        steps = total_steps(recipe, self.documents)
        return Cost(self.read, self.step, steps, self.analyse, self.memory, self.measured, self.busy)


@dataclass(frozen=True)
class Estimate:
    """What is left of a sweep to do.

    Attributes:
        runs: How many runs there are.
        finished: How many of them are finished.
        costs: What each of the others takes.
        trials: How many trials were made.
        at_once: How many runs are at work at once.
    """

    runs: int
    finished: int
    costs: tuple[Cost, ...]
    trials: int
    at_once: int

    @property
    def seconds(self) -> float:
        """The wall-clock time that is left, seconds: no run is cut in two, so it is at least the longest."""
        each = [cost.seconds for cost in self.costs]
        return max(sum(each) / self.at_once, max(each, default=0.0))

    @property
    def processor(self) -> float | None:
        """The processor time of all that is left, seconds: what it comes to on an idle machine; None if not known."""
        each = [cost.seconds * cost.busy for cost in self.costs if cost.busy is not None]
        return sum(each) if len(each) == len(self.costs) else None

    @property
    def memory(self) -> float | None:
        """The memory that the runs at work at once hold together, MiB; None where it is not known."""
        known = sorted((cost.memory for cost in self.costs if cost.memory is not None), reverse=True)
        return sum(known[: self.at_once]) if known else None


def estimate_sweep(
    sweep: Sweep,
    folder: str | Path,
    *,
    at_once: int = 1,
    threads: int = 1,
    together: int = 1,
    addition: Addition | None = None,
    notify: Callable[[str], None] = lambda _: None,
) -> Estimate:
    """What is left of a sweep will take so long, and so much memory.

    Runs that differ in seed, penalty, rate or number of steps alone take as long a step. One run of each such kind is
    tried out, in a process of its own, for 15 seconds of training and one analysis, unless the folder holds a finished
    run of the kind. Of more than six kinds, six are tried, from the smallest to the largest.

    An analysis takes longer of a network that has learned, for it has more fixed points: where a trial ends long before
    its training would, the estimate is too low.

    Args:
        sweep: The experiments.
        folder: Where it writes, or will.
        at_once: How many runs will be at work at once.
        threads: The threads of PyTorch that each will have.
        together: How many networks of one shape will be trained side by side; of as many is each trial, where there are
            as many.
        addition: What is to stand beside each run; what it takes to make it is not counted, but runs that are done
            again for it are.
        notify: Is told in a few words what is being done.

    Raises:
        SlowfoldError: What a trial meets: bad options, documents that cannot be read.
    """
    out = Path(folder).resolve()
    left = [one for one, todo in what_is_left(sweep, out, addition).items() if todo is not Todo.ADD]
    kinds: dict[Experiment, list[Experiment]] = {}
    for experiment in left:
        kinds.setdefault(_kind(experiment), []).append(experiment)
    known = _known(out, kinds)
    trials = _evenly(sorted((kind for kind in kinds if kind not in known), key=_size), _TRIALS)
    for number, kind in enumerate(trials, start=1):
        notify(f"trial {number} of {len(trials)}: {kind.task}, {kind.cell}")
        known[kind] = _apart(kinds[kind][0], threads, _beside(kinds[kind][0], left, together))
    costs: list[Cost] = []
    for kind, members in kinds.items():
        nearest = kind if kind in known else min(known, key=lambda other: abs(_size(other) - _size(kind)))
        costs += [known[nearest].cost_of(member) for member in members]
    return Estimate(len(sweep.experiments), len(sweep.experiments) - len(left), tuple(costs), len(trials), at_once)


def _beside(experiment: Experiment, left: Sequence[Experiment], together: int) -> int:
    """How many networks are trained in the population that the run is in."""
    groups = find_companions(left, together)
    return next(len(group) for group in groups if any(left[member] == experiment for member in group))


def try_out(experiment: Experiment, threads: int, together: int = 1) -> Shown:
    """Trains for some seconds and analyses once, in this process, and says what that took; writes nothing.

    Args:
        experiment: The run that is tried.
        threads: The threads of PyTorch.
        together: How many networks such as this one are trained side by side; the cost is that of one of them.

    Raises:
        SlowfoldError: Bad options, or documents that cannot be read.
    """
    with torch_threads(threads):
        return _try_out(experiment, together)


def _try_out(experiment: Experiment, together: int) -> Shown:
    from slowfold.networks import fit_population
    from slowfold.study.analysis import measure
    from slowfold.study.pipeline import build_network, watched_while_training
    from slowfold.study.tasks import read_task

    begun, worked = time.perf_counter(), time.process_time()
    begin = begun
    task = read_task(experiment)
    read = time.perf_counter() - begin
    members = [replace(experiment, seed=experiment.seed + number) for number in range(together)]
    networks = [build_network(member, task.train).to(experiment.device) for member in members]
    shown = Shown(read, 0.0, 0.0, len(task.train), one_hot=networks[0].embedding is None)
    times: list[float] = []

    def pass_on(number: int, _: object) -> None:
        if number == together - 1:
            times.append(time.perf_counter())
            if times[-1] - times[0] > _TRIAL and len(times) > 2 * _WARMING:
                raise _EnoughError

    with contextlib.suppress(_EnoughError):
        fit_population(
            networks,
            task.train,
            steps=shown.cost_of(experiment).steps,
            batch_size=experiment.batch_size,
            learning_rate=experiment.learning_rate,
            l2=experiment.l2,
            l2_scope=experiment.l2_scope,
            seed=[member.seed for member in members],
            watch=watched_while_training(task.test, experiment.seed),
            on_step=pass_on,
        )
    each = [later - earlier for earlier, later in itertools.pairwise(times)]
    step = statistics.fmean(each[_WARMING:] or each or [0.0]) / together
    begin = time.perf_counter()
    measure(networks[0], task.train, task.test, states_of=experiment.states_of, starts=experiment.starts)
    end = time.perf_counter()
    busy = (time.process_time() - worked) / (end - begun)
    return replace(shown, step=step, analyse=end - begin, memory=_peak_memory(), busy=busy)


class _EnoughError(Exception):
    """The trial has lasted long enough."""


def _apart(experiment: Experiment, threads: int, together: int) -> Shown:
    """A trial in a process of its own, whose memory is that of a run."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(try_out, experiment, threads, together).result()


def _peak_memory() -> float | None:
    """The most memory that this process has held, MiB; None where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    found = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
    return int(found[0].split()[1]) / 2**10 if found else None


def _kind(experiment: Experiment) -> Experiment:
    defaults = {field: Experiment.__dataclass_fields__[field].default for field in _FREE}
    return replace(experiment, **defaults)


def _size(kind: Experiment) -> float:
    """What decides most of what a step takes: units and words; for the order among kinds alone."""
    return (kind.hidden or 256) ** 2 * kind.layers * (kind.length or kind.max_length or 100) + _classes(kind)


def _classes(kind: Experiment) -> int:
    return kind.class_count or len(kind.class_names or ()) or 3


def _evenly(kinds: Sequence[Experiment], most: int) -> list[Experiment]:
    if len(kinds) <= most:
        return list(kinds)
    return [kinds[round(place * (len(kinds) - 1) / (most - 1))] for place in range(most)]


def _known(out: Path, kinds: Collection[Experiment]) -> dict[Experiment, Shown]:
    """What the finished runs in the folder show of the kinds that are left."""
    from slowfold.study.runs import list_runs
    from slowfold.study.sweeping.working import RUNS_INSIDE

    known: dict[Experiment, list[Shown]] = {}
    for run in list_runs(out / RUNS_INSIDE):
        # Of a run that is damaged nothing is known; the catalogue says of it what is wrong.
        with contextlib.suppress(SlowfoldError):
            if run.experiment is not None and (kind := _kind(run.experiment)) in kinds:
                known.setdefault(kind, []).append(_shown(run))
    return {kind: _mean(each) for kind, each in known.items()}


def _shown(run: Run) -> Shown:
    summary, steps = run.summary, run.metrics
    seconds = summary["seconds"]
    trained, read = seconds["train"] or 0.0, seconds["data"] or 0.0
    return Shown(
        read=read,
        step=trained / max(steps[-1].step if steps else 0, 1),
        analyse=seconds["total"] - trained - read - (seconds["report"] or 0.0),
        documents=summary["task"]["documents"]["train"],
        one_hot=summary["network"]["embedding"] is None,
        measured=True,
    )


def _mean(each: Sequence[Shown]) -> Shown:
    return replace(
        each[0], **{name: statistics.fmean(getattr(one, name) for one in each) for name in ("read", "step", "analyse")}
    )
