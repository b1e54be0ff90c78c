"""A bar in the terminal that shows how a training goes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from slowfold.networks.metrics import Metrics

__all__ = ["Report", "progress_bar"]

Report: TypeAlias = Callable[[Metrics], None]


@contextmanager
def progress_bar(total: int, *, done: int = 0, console: Console | None = None) -> Generator[Report]:
    """Shows a bar of ``total`` steps, and yields what to call after each of them.

    Loss, accuracy and speed are averaged over about the last twenty steps, for those of single batches jump about. It
    goes to the error stream, so that what a program prints can still be piped on.

    Args:
        total: The number of steps.
        done: The steps taken before.
        console: Where to show it, by default the error stream; away from a terminal nothing is shown.
    """
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}  accuracy {task.fields[accuracy]}  validation {task.fields[validation]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console or Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=total, completed=done, loss="-", accuracy="-", validation="-", speed="")
        running: dict[str, float] = {}

        def report(measured: Metrics) -> None:
            speed = measured.tokens_per_second
            for name, value in (("loss", measured.loss), ("accuracy", measured.accuracy), ("speed", speed)):
                running[name] = value + 0.95 * (running.get(name, value) - value)
            if measured.validation_accuracy is not None:
                bar.update(task, validation=f"{measured.validation_accuracy:.3f}")
            bar.update(
                task,
                completed=measured.step,
                loss=f"{running['loss']:.3f}",
                accuracy=f"{running['accuracy']:.3f}",
                speed=f"{running['speed']:,.0f} tokens/s",
            )

        yield report
