"""How long the stages of an analysis take."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

__all__ = ["Clock"]


class Clock:
    """Adds up the seconds that each stage takes.

    Args:
        seconds: What earlier stages took.

    Attributes:
        seconds: What each stage took so far.

    Example:
        >>> clock = Clock({"train": 2.0})
        >>> with clock.measuring("search"):
        ...     pass
        >>> list(clock.seconds)
        ['train', 'search']
    """

    def __init__(self, seconds: Mapping[str, float] | None = None) -> None:
        self.seconds = dict(seconds or {})

    @contextmanager
    def measuring(self, stage: str) -> Generator[None]:
        """Adds the time spent inside to a stage."""
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin
