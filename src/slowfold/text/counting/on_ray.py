"""Work on many parts at once by Ray: on this machine, or on a cluster where one is named."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar, cast

from slowfold.errors import OptionError, SlowfoldError

__all__ = ["each_on_ray", "ray_running"]

Part = TypeVar("Part")
Made = TypeVar("Made")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


def each_on_ray(work: Callable[[Part], Made], parts: Sequence[Part], address: str | None = None) -> Iterator[Made]:
    """What ``work`` makes of each part, in the order of the parts; each part is a task of Ray.

    Where Ray is running in this program already it is used and left running; else it is started, on this machine unless
    an address is given, and ended with the last part.

    Args:
        work: The work on one part. It and the parts go to other processes.
        parts: The parts.
        address: The address of a Ray cluster, such as ``"auto"`` for the one that this machine belongs to; never looked
            for unless given.

    Raises:
        OptionError: Ray is not installed, or there is no cluster at the address.
        SlowfoldError: What ``work`` raised, from the first part at fault.
    """
    with ray_running(address) as ray:
        task = ray.remote(_attempt)
        # One task for each CPU of Ray: what a task reads with, polars, has threads of its own.
        waiting = [task.remote(work, part) for part in parts]
        for reference in waiting:
            made = ray.get(reference)
            if isinstance(made, SlowfoldError):
                raise made
            yield made


def _attempt(work: Callable[[Part], Made], part: Part) -> Made | SlowfoldError:
    # An error is handed back as it is: Ray would wrap it in the traceback of another machine.
    try:
        return work(part)
    except SlowfoldError as error:
        return error


@contextmanager
def ray_running(address: str | None = None) -> Generator[Any]:
    """Ray, for several pieces of work in a row: started if it does not run, and ended by whoever started it.

    The signal handlers that Ray sets are taken back.

    Args:
        address: The address of a Ray cluster; unless given, Ray is started on this machine.

    Raises:
        OptionError: Ray is not installed, or there is no cluster at the address.
    """
    # Before Ray is loaded, and for the processes that it starts: it tells nobody that it is used.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Asked for no CPUs, Ray tells tasks to use no threads; it warns that this will change unless one says so.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise OptionError(
            "Ray is not installed", where="--ray", cure='install it with pip install "slowfold[sweep]"'
        ) from error
    if ray.is_initialized():
        yield ray
        return
    before: dict[int, _Handler] = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        ray.init(address=address or "local", include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise OptionError(
            f"Ray cannot be reached ({error})",
            where="--ray-address",
            cure="give the address of a running cluster, or leave it out to use this machine",
        ) from error
    try:
        _put_back(before)
        yield ray
    finally:
        ray.shutdown()
        _put_back(before)


def _put_back(handlers: dict[int, _Handler]) -> None:
    # Only the main thread may set handlers; in another Ray has set none either.
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            signal.signal(number, cast("Any", handler if handler is not None else signal.SIG_DFL))
