"""What each training step measured, one line of JSON a step."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

from slowfold.errors import RunError
from slowfold.storage import write_text

__all__ = ["Metrics", "append_metrics", "read_metrics", "settle_metrics", "writing_metrics"]


@dataclass(frozen=True)
class Metrics:
    """What one training step measured.

    Attributes:
        step: Counts from 1.
        loss: Mean cross entropy of the batch after the last word, in nats, or, of targets after every word, the mean
            squared error; without the penalty.
        penalty: The L2 penalty that was added to it.
        l2_scope: Whose weights the penalty is taken over: ``"all"``, ``"cell"`` or ``"none"``.
        accuracy: The share of the batch that was decided right after the last word; of several labels a document, the
            mean over the labels.
        validation_loss: The loss on the documents kept aside, or None where they were not read.
        validation_accuracy: The accuracy on them, or None.
        learning_rate: Adam's rate at this step.
        tokens_per_second: Words read and learned from, padding not counted, evaluation and saving left out.
        seconds: Since the training began, its earlier parts included where it was resumed.
        watched: The accuracy on each corpus that was to be watched, by its name; empty where they were not read.
    """

    step: int
    loss: float
    penalty: float
    l2_scope: str
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    tokens_per_second: float
    seconds: float
    watched: Mapping[str, float] = field(default_factory=dict[str, float])


def read_metrics(path: Path, *, steps: int | None = None) -> tuple[Metrics, ...]:
    """The lines of a metrics file, or its first ``steps`` lines.

    Raises:
        RunError: The file is missing, is no metrics file, or holds fewer lines than ``steps``.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "metrics.jsonl")
        >>> with writing_metrics(path, ()) as file:
        ...     append_metrics(file, Metrics(1, 0.7, 0.1, "all", 0.5, None, None, 0.01, 9000.0, 0.2))
        >>> [(line.step, line.loss) for line in read_metrics(path)]
        [(1, 0.7)]
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[:steps]
        metrics = tuple(Metrics(**json.loads(line)) for line in lines)
    except OSError as error:
        raise RunError(f"cannot be read ({error.strerror})", where=str(path), cure="train in a new folder") from error
    except (ValueError, TypeError) as error:
        raise RunError("is no file of training metrics", where=str(path), cure="train in a new folder") from error
    if steps is not None and len(metrics) < steps:
        raise RunError(
            f"holds {len(metrics)} steps, and the checkpoint beside it {steps}",
            where=str(path),
            cure="train in a new folder",
        )
    return metrics


@contextmanager
def writing_metrics(path: Path, earlier: tuple[Metrics, ...]) -> Generator[TextIO]:
    """Opens a metrics file that holds the ``earlier`` steps and nothing after them, to be appended to.

    Raises:
        RunError: The folder cannot be written to.
    """
    # A run killed between two checkpoints leaves lines of steps that will be taken again.
    write_text(path, "".join(_line(metrics) for metrics in earlier))
    with path.open("a", encoding="utf-8") as file:
        yield file


def append_metrics(file: TextIO, metrics: Metrics) -> None:
    """Adds a line, which other programs can read at once."""
    file.write(_line(metrics))
    file.flush()


def settle_metrics(file: TextIO) -> None:
    """Waits until all lines are on the disk."""
    os.fsync(file.fileno())


def _line(metrics: Metrics) -> str:
    return json.dumps(asdict(metrics), allow_nan=False) + "\n"
