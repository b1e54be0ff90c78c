"""What a training leaves in its folder: the metrics of every step, and checkpoints to go on from."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from slowfold.errors import RunError
from slowfold.networks.checkpoints import has_checkpoints, newest_checkpoint, write_checkpoint
from slowfold.networks.course import Course
from slowfold.networks.metrics import Metrics, append_metrics, read_metrics, settle_metrics, writing_metrics

__all__ = ["Records", "begin_or_resume", "recording"]


class Records:
    """What a training leaves in its folder, step by step.

    Args:
        course: The training.
        folder: Its folder.
        log: The file of its metrics, open.
        every: Steps between checkpoints.
    """

    def __init__(self, course: Course, folder: Path, log: TextIO, *, every: int) -> None:
        self.course = course
        self.folder = folder
        self.log = log
        self.every = every

    def add(self, measured: Metrics) -> None:
        """Writes what a step measured, and a checkpoint where it is time for one."""
        append_metrics(self.log, measured)
        if measured.step % self.every == 0 or self.course.finished:
            self.save()

    def save(self) -> None:
        """Writes a checkpoint."""
        # The metrics reach the disk before the checkpoint that counts on them.
        settle_metrics(self.log)
        write_checkpoint(self.folder, self.course.checkpoint(), self.course.experiment())


@contextmanager
def recording(course: Course, folder: Path, earlier: tuple[Metrics, ...], *, every: int) -> Generator[Records]:
    """The records of a training, open for what follows.

    Args:
        course: The training.
        folder: Its folder.
        earlier: What its steps have measured so far.
        every: Steps between checkpoints.
    """
    with writing_metrics(_log(folder), earlier) as log:
        yield Records(course, folder, log, every=every)


def begin_or_resume(course: Course, folder: Path, *, resume: bool) -> tuple[Metrics, ...]:
    """Sets a training to where its folder left it.

    Args:
        course: The training; it is set to the last checkpoint, if there is one.
        folder: Its folder.
        resume: Whether to go on with what is there.

    Returns:
        What its steps have measured so far.

    Raises:
        RunError: The folder holds a training already and ``resume`` is not set, or the one to resume is another.
    """
    return _resume(course, folder) if resume else _begin(folder)


def _begin(folder: Path) -> tuple[Metrics, ...]:
    if _log(folder).exists() or has_checkpoints(folder):
        raise RunError("holds a training already", where=str(folder), cure="resume it, or choose a new folder")
    return ()


def _resume(course: Course, folder: Path) -> tuple[Metrics, ...]:
    checkpoint = newest_checkpoint(folder, course.experiment())
    if checkpoint is None:
        return ()
    course.go_on_from(checkpoint)
    return read_metrics(_log(folder), steps=checkpoint.standing.step)


def _log(folder: Path) -> Path:
    return folder / "metrics.jsonl"
