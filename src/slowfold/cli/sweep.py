"""The command sweep: many experiments, as a file asks for them, on this machine or on a cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from slowfold.cli.listing import runs_table, with_classes
from slowfold.cli.look import print_paths, quiet_table
from slowfold.errors import OptionError, RunError

if TYPE_CHECKING:
    from slowfold.study.sweeping import News
    from slowfold.study.sweeping.estimating import Estimate

__all__ = ["SweepCommand", "print_estimate", "watching"]

# Failures that are told at the end; the file holds all of them.
_TOLD = 5
# Runs that the table at the end holds.
_SHOWN = 24
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, kw_only=True)
class SweepCommand:
    """Do many experiments: what is finished is not done again, and what fails costs no other.

    Attributes:
        file: The TOML file that says which experiments: [base], [grid], [[runs]].
        out: The folder to write to; unless given, runs/NAME for a file NAME.toml.
        dry_run: Only tell how many runs there are, and what they will take.
        workers: How many runs are at work at once; unless given, as many as there are cores for.
        threads: The cores, and the threads of PyTorch, that each run has.
        together: How many networks of one shape each of them trains side by side, which takes less time; 1 trains each
            by itself.
        gpus_per_run: The share of a GPU that each run has; with 0.25 four of them share one.
        retries: How often a run that was lost or has failed is taken up again.
        reports: Write the report of each run, 5 MB each.
        address: The address of a Ray cluster, such as auto for the one that this machine belongs to. All its machines
            must see the folder at the same path.
        debug: Show where in the code an error came up.
    """

    file: tyro.conf.Positional[Path]
    out: Path | None = None
    dry_run: bool = False
    workers: int | None = None
    threads: int = 1
    together: int = 1
    gpus_per_run: float = 0.0
    retries: int = 2
    reports: bool = False
    address: str | None = None
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        for name, value, least in (
            ("--workers", self.workers, 1),
            ("--threads", self.threads, 1),
            ("--together", self.together, 1),
            ("--gpus-per-run", self.gpus_per_run, 0),
            ("--retries", self.retries, 0),
        ):
            if value is not None and not value >= least:
                raise OptionError(f"{value} is out of range", where=name, cure=f"give {least} or more")

        from slowfold.on_ray import Needs
        from slowfold.study.sweeping import CATALOGUE, FAILURES, conduct_sweep, folder_of, read_sweep, what_is_left

        sweep = read_sweep(self.file)
        out = self.out or Path("runs") / sweep.name
        if sweep.repeated:
            progress.print(f"{sweep.repeated} of the runs are asked for more than once, and done once", style="dim")
        if self.dry_run:
            from slowfold.study.sweeping.estimating import estimate_sweep

            estimate = estimate_sweep(
                sweep,
                out,
                at_once=self.workers or default_workers(self.threads),
                threads=self.threads,
                together=self.together,
                notify=lambda doing: progress.print(Text(doing), style="dim"),
            )
            print_estimate(estimate, console)
            return
        needs = Needs(cpus=self.threads, gpus=self.gpus_per_run, at_once=self.workers, tries=1 + self.retries)
        progress.print(Text(f"{len(sweep.experiments)} runs, into {out}"), style="dim", soft_wrap=True)
        before = len(sweep.experiments) - len(what_is_left(sweep, out))
        try:
            with watching(progress, out, runs=len(sweep.experiments), before=before) as tell:
                swept = conduct_sweep(
                    sweep,
                    out,
                    needs=needs,
                    address=self.address,
                    together=self.together,
                    afterwards=_report if self.reports else None,
                    tell=tell,
                )
        except KeyboardInterrupt:
            progress.print(Text("the same command goes on with what is left"), soft_wrap=True)
            raise
        _print_runs(out, {folder_of(out, experiment).name for experiment in sweep.experiments}, console)
        earlier = f"; {swept.before} had been before" if swept.before else ""
        console.print(Text(f"{len(swept.finished)} runs are finished{earlier}"))
        print_paths(console, out / CATALOGUE)
        if swept.failed:
            for failure in swept.failed[:_TOLD]:
                progress.print(Text(f"{failure.run}: {failure.error}"), soft_wrap=True)
            raise RunError(
                f"{len(swept.failed)} of {len(sweep.experiments)} runs failed",
                where=str(out / FAILURES),
                cure="see there why; the same command tries them again",
            )


def _print_runs(out: Path, names: set[str], console: Console) -> None:
    """Prints the first of the runs that are finished; others may be in the same folder."""
    from slowfold.study.sweeping import read_catalogue

    catalogue, _ = read_catalogue(out)
    own = catalogue.filter(catalogue["run"].is_in(names))
    if own.height:
        console.print(runs_table(with_classes(own.head(_SHOWN)), console.width))
    if own.height > _SHOWN:
        console.print(Text(f"and {own.height - _SHOWN} more: slowfold list {out}"), soft_wrap=True)


def _report(run: object) -> None:
    from slowfold.report import write_report
    from slowfold.study import Run

    if isinstance(run, Run):
        write_report(run)


def default_workers(threads: int) -> int:
    """As many runs at once as this machine has cores for.

    Example:
        >>> default_workers(threads=10_000)
        1
    """
    import os

    return max(1, (os.cpu_count() or 1) // threads)


def print_estimate(estimate: Estimate, console: Console) -> None:
    """Prints what a sweep will take."""
    table = quiet_table(head=False)
    measured = sum(cost.measured for cost in estimate.costs)
    table.add_row("runs", f"{estimate.runs:,}, of which {estimate.finished:,} are finished")
    if estimate.costs:
        each = sorted(cost.seconds for cost in estimate.costs)
        table.add_row("time of a run", f"{duration(each[0])} to {duration(each[-1])}")
        table.add_row("time, all together", f"{duration(sum(each))} of work")
        table.add_row("", f"about {duration(estimate.seconds)} with {estimate.at_once} at once")
        if estimate.processor is not None:
            table.add_row("processor time", f"{duration(estimate.processor)}: what it comes to on an idle core")
        memory = estimate.memory
        table.add_row("memory", "not known" if memory is None else f"about {memory:,.0f} MiB with that many at once")
        source = f"{estimate.trials} trials" + (f"; {measured} by runs that are finished" if measured else "")
        table.add_row("judged by", source)
    console.print(table)


def duration(seconds: float) -> str:
    """A time to read.

    Example:
        >>> duration(42), duration(700), duration(10_000)
        ('42 s', '12 min', '2.8 h')
    """
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} h"


@contextmanager
def watching(console: Console, out: Path, *, runs: int, before: int) -> Generator[Callable[[News], None]]:
    """A bar and a table of the runs at work, where somebody looks on; else a line for each run that ends.

    Args:
        console: Where it is shown.
        out: The folder of the sweep.
        runs: How many runs there are.
        before: How many of them are finished already.

    Yields:
        What is to be told the news.
    """
    if not console.is_terminal:
        yield lambda news: _tell_plainly(console, news)
        return
    view = _View(out, runs=runs, before=before)
    with Live(console=console, transient=True, refresh_per_second=2, get_renderable=view.render):
        yield view.tell


def _tell_plainly(console: Console, news: News) -> None:
    if news.what != "begun":
        error = "" if news.error is None else f": {news.error}"
        console.print(Text(f"{news.what} {news.run}{error}"), style="dim", soft_wrap=True)


class _View:
    """What is seen of a sweep while it is at work."""

    def __init__(self, out: Path, *, runs: int, before: int) -> None:
        self._out = out
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._task = self._bar.add_task("runs", total=runs, completed=before)
        self._working: dict[str, tuple[News, float]] = {}
        self._lost = self._failed = 0

    def tell(self, news: News) -> None:
        """Takes in what happened."""
        if news.what == "begun":
            self._working[news.run] = (news, time.monotonic())
            return
        self._working.pop(news.run, None)
        self._lost += news.what == "lost"
        self._failed += news.what == "failed"
        if news.what != "lost":
            self._bar.advance(self._task)

    def render(self) -> RenderableType:
        """What there is to see now."""
        table = quiet_table()
        table.add_column("run", no_wrap=True)
        for column in ("options", "attempt", "step", "accuracy", "minutes"):
            table.add_column(column, justify="left" if column == "options" else "right")
        for run, (news, begun) in self._working.items():
            step, accuracy = _last_step(self._out / "runs" / run / "metrics.jsonl")
            table.add_row(
                run,
                Text(_asked(news)),
                str(news.attempt),
                step,
                accuracy,
                f"{(time.monotonic() - begun) / _MINUTE:.1f}",
            )
        told = [f"{self._lost} attempts lost"] * bool(self._lost) + [f"{self._failed} runs failed"] * bool(self._failed)
        return Group(self._bar, table, Text(", ".join(told), style="red"))


def _asked(news: News) -> str:
    """The options of a run that are worth a place in a table."""
    experiment = news.experiment
    shown = {name: getattr(experiment, name) for name in ("classes", "hidden", "l2", "seed")}
    return ", ".join(f"{name} {value}" for name, value in shown.items() if value is not None)


def _last_step(path: Path) -> tuple[str, str]:
    """The last step that a run has on record, and its accuracy."""
    import json

    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            lines = file.read().splitlines()
        last = json.loads(lines[-1])
        return str(last["step"]), f"{last['accuracy']:.3f}"
    except (OSError, ValueError, LookupError, TypeError):
        # Nothing is on record yet, or half a line is.
        return "", ""
