"""What does the work of many runs: the options that say so, and what the work will take with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from slowfold.cli.look import quiet_table
from slowfold.errors import OptionError

if TYPE_CHECKING:
    from slowfold.on_ray import Needs
    from slowfold.study.sweeping import Addition, Sweep
    from slowfold.study.sweeping.estimating import Estimate

__all__ = ["Machines", "duration"]

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, kw_only=True)
class Machines:
    """What does the work of many runs, and how much of it each has.

    Attributes:
        workers: How many runs are at work at once; unless given, as many as there are cores for.
        threads: The cores, and the threads of PyTorch, that each run has.
        together: How many networks of one shape each of them trains side by side, which takes less time; 1 trains each
            by itself.
        gpus_per_run: The share of a GPU that each run has; with 0.25 four of them share one.
        address: The address of a Ray cluster, such as auto for the one that this machine belongs to. All its machines
            must see the folder at the same path.
    """

    workers: int | None = None
    threads: int = 1
    together: int = 1
    gpus_per_run: float = 0.0
    address: str | None = None

    def check(self) -> None:
        """Checks the numbers.

        Raises:
            OptionError: One is out of range.
        """
        for name, value, least in (
            ("--workers", self.workers, 1),
            ("--threads", self.threads, 1),
            ("--together", self.together, 1),
            ("--gpus-per-run", self.gpus_per_run, 0),
        ):
            # NaN is not at least anything.
            if value is not None and not value >= least:
                raise OptionError(f"{value} is out of range", where=name, cure=f"give {least} or more")

    def needs(self, *, tries: int = 3) -> Needs:
        """What each run takes of them.

        Args:
            tries: How often a run is begun before it is given up.
        """
        from slowfold.on_ray import Needs

        return Needs(cpus=self.threads, gpus=self.gpus_per_run, at_once=self.workers, tries=tries)

    def estimate(
        self, sweep: Sweep, out: Path, console: Console, progress: Console, addition: Addition | None = None
    ) -> None:
        """Tries a sweep out, and prints what it will take on machines such as this one.

        Args:
            sweep: The experiments.
            out: Where it writes, or will.
            console: Where the answer goes.
            progress: Where it says what is being done.
            addition: What is to stand beside each run.

        Raises:
            OptionError: The work is for a cluster, and how many runs are at work there at once is not said.
        """
        if self.address is not None and self.workers is None:
            raise OptionError(
                "a dry run does not ask a cluster how many cores it has", where="--address", cure="give --workers too"
            )

        from slowfold.study.sweeping.estimating import estimate_sweep

        estimate = estimate_sweep(
            sweep,
            out,
            at_once=self.workers or _default_workers(self.threads),
            threads=self.threads,
            together=self.together,
            addition=addition,
            notify=lambda doing: progress.print(Text(doing), style="dim"),
        )
        _print_estimate(estimate, console)


def _default_workers(threads: int) -> int:
    """As many runs at once as this machine has cores for.

    Example:
        >>> _default_workers(threads=10_000)
        1
    """
    import os

    return max(1, (os.cpu_count() or 1) // threads)


def _print_estimate(estimate: Estimate, console: Console) -> None:
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
