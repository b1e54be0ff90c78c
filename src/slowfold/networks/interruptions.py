"""A training that is asked to stop: it ends its step, saves, and only then stops."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TypeAlias

__all__ = ["Interruptions", "deferred_interruptions"]

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | signal.Handlers | None


class Interruptions:
    """Whether the process was asked to stop, by Ctrl-C or by whoever runs it.

    Attributes:
        received: The signal that asked for it, or None.
    """

    def __init__(self) -> None:
        self.received: int | None = None

    def stop(self) -> None:
        """Stops as the signal would have: with ``KeyboardInterrupt``, or for SIGTERM with the exit code 143.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
            SystemExit: The process was told to end.
        """
        if self.received == signal.SIGINT:
            raise KeyboardInterrupt
        if self.received is not None:
            # By convention the exit code of a process that a signal ended; finally clauses still run.
            raise SystemExit(128 + self.received)


@contextmanager
def deferred_interruptions() -> Generator[Interruptions]:
    """Notes the first SIGINT or SIGTERM instead of ending the process; a second one ends it at once.

    Only in the main thread, where Python handles signals, and only for a signal that does what it does by default: a
    handler of the caller's own stays, and so does a signal that is ignored. Afterwards all is as it was.
    """
    interruptions = Interruptions()
    before: dict[int, _Handler] = {}

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is given
        interruptions.received = number
        put_back()

    def put_back() -> None:
        while before:
            number, handler = before.popitem()
            signal.signal(number, handler)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if handler is signal.SIG_DFL or handler is signal.default_int_handler:
                before[number] = handler
                signal.signal(number, note)
    try:
        yield interruptions
    finally:
        put_back()
