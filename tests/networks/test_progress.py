from __future__ import annotations

import io

from rich.console import Console

from slowfold.networks.metrics import Metrics
from slowfold.networks.progress import progress_bar


def measured(step: int, **changes: float | None) -> Metrics:
    fields: dict[str, float | None] = {"validation_loss": None, "validation_accuracy": None, "loss": 1.0} | changes
    numbers = {"penalty": 0.0, "accuracy": 0.5, "learning_rate": 0.1, "tokens_per_second": 1.0, "seconds": float(step)}
    return Metrics(step=step, l2_scope="all", **numbers, **fields)


def shown(*steps: Metrics, done: int = 0) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    with progress_bar(8, done=done, console=console) as report:
        for metrics in steps:
            report(metrics)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_shows_step_loss_accuracy_and_validation() -> None:
    text = shown(measured(1), measured(2, loss=3.0, validation_accuracy=0.75))
    assert "2/8" in text
    assert "loss 1.100" in text
    assert "accuracy 0.500" in text
    assert "validation 0.750" in text


def test_it_begins_where_the_training_was_killed() -> None:
    assert "5/8" in shown(done=5)


def test_away_from_a_terminal_it_shows_nothing() -> None:
    console = Console(file=io.StringIO(), force_terminal=False)
    with progress_bar(8, console=console) as report:
        report(measured(1))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().strip() == ""
