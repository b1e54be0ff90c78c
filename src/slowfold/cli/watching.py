"""What is seen of many runs while they are at work, and what is said at the end of those that failed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from slowfold.cli.look import quiet_table
from slowfold.errors import RunError

if TYPE_CHECKING:
    from slowfold.study.sweeping import Failure, News

__all__ = ["require_none_failed", "watching"]

# Failures that are told at the end; the file holds all of them.
_TOLD = 5
_MINUTE = 60


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
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            lines = file.read().splitlines()
        last = json.loads(lines[-1])
        return str(last["step"]), f"{last['accuracy']:.3f}"
    except (OSError, ValueError, LookupError, TypeError):
        # Nothing is on record yet, or half a line is.
        return "", ""


def require_none_failed(failed: Sequence[Failure], out: Path, progress: Console, *, runs: int) -> None:
    """Says of the first runs that were given up why.

    Args:
        failed: Those that were given up.
        out: The folder of the sweep.
        progress: Where it is said.
        runs: How many runs there are.

    Raises:
        RunError: There is one.
    """
    from slowfold.study.sweeping import FAILURES

    for failure in failed[:_TOLD]:
        progress.print(Text(f"{failure.run}: {failure.error}"), soft_wrap=True)
    if failed:
        raise RunError(
            f"{len(failed)} of {runs} runs failed",
            where=str(out / FAILURES),
            cure="see there why; the same command tries them again",
        )
