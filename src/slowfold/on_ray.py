"""Work on many parts at once by Ray: on this machine, or on a cluster where one is named."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Generic, TypeVar, cast

from slowfold.errors import DataError, DownloadError, OptionError, RunError, SlowfoldError, one_line

__all__ = ["Attempt", "Needs", "Place", "attempt_each", "each_on_ray", "ray_running"]

Part = TypeVar("Part")
Made = TypeVar("Made")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None

# How long the end of a part is waited for before it is asked anew how many may be at work, in seconds.
_WAIT = 2.0
# How long a cluster may be without a machine that has what a part takes, in seconds: machines come and go.
_STRANDED = 600.0
# What was asked wrongly is as wrong the next time.
_HOPELESS = (DataError, OptionError)
_PASSING = (DownloadError,)

# How long the machine of an address may take to answer, in seconds. Ray itself asks for a quarter of an hour.
_ANSWER = 10.0
_ADDRESS = re.compile(r"(?:ray://)?\[?(?P<host>[^\[\]]+?)\]?:(?P<port>\d{1,5})")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


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


@dataclass(frozen=True)
class Needs:
    """What one part of the work takes.

    Attributes:
        cpus: The cores it is given.
        gpus: The share of a GPU it is given.
        at_once: The most parts at work at once; unless given, as many as there are cores for.
        tries: How often a part is begun before it is given up.
    """

    cpus: int = 1
    gpus: float = 0.0
    at_once: int | None = None
    tries: int = 3


@dataclass(frozen=True)
class Place:
    """Where a part was worked on.

    Attributes:
        host: The name of the machine.
        node: The number that Ray knows it by.
        process: The process.
    """

    host: str
    node: str
    process: int


@dataclass(frozen=True)
class Attempt(Generic[Made]):
    """How one attempt at a part ended.

    Attributes:
        part: The number of the part.
        number: The first attempt at it is 1.
        made: What was made of it; None where the attempt failed.
        error: What was wrong, in one line; None where nothing was.
        trace: Where in the code that came up, where it is known.
        given_up: Whether no other attempt follows.
        place: Where it was; None where the process or its machine was lost.
    """

    part: int
    number: int
    made: Made | None
    error: str | None = None
    trace: str | None = None
    given_up: bool = False
    place: Place | None = None


def _tell_nobody(part: int, number: int) -> None:
    pass


def attempt_each(
    work: Callable[[Part, int], Made],
    parts: Sequence[Part],
    needs: Needs,
    *,
    address: str | None = None,
    until: float | None = None,
    beginning: Callable[[int, int], None] = _tell_nobody,
) -> Iterator[Attempt[Made]]:
    """What becomes of each part, as it ends: an error, a killed process or a lost machine costs that part alone.

    A part that fails is begun anew after the others that wait, also where a download failed; one that was asked
    wrongly, as any other :class:`~slowfold.errors.DataError` or an :class:`~slowfold.errors.OptionError` says, is not.

    Args:
        work: The work on one part; it is told the number of the attempt, too. It and the parts go to other processes.
        parts: The parts.
        needs: What each takes.
        address: The address of a Ray cluster; unless given, the work is done on this machine.
        until: No part is begun after this time, of ``time.monotonic``; unless given, all are.
        beginning: Is told the numbers of a part and of the attempt at it that is handed to Ray, which begins it where
            there is room.

    Raises:
        OptionError: Ray is not installed, there is no cluster at the address, or no machine has what a part takes.
        RunError: For ten minutes no machine has had what a part takes.
    """
    cpus = None if needs.at_once is None else needs.at_once * needs.cpus
    with ray_running(address, cpus=cpus) as ray:
        _require(ray, needs)
        task = ray.remote(_attempt_anything).options(
            num_cpus=needs.cpus,
            num_gpus=needs.gpus,
            max_retries=0,
            # Not machine by machine: where many stand idle, each run has a whole one to itself.
            scheduling_strategy="SPREAD",
        )
        queue = deque((number, 1) for number in range(len(parts)))
        working: dict[Any, tuple[int, int]] = {}
        # By the clock that all machines share: a part may wait for its machine longer than that.
        end = None if until is None else time.time() + until - time.monotonic()
        seen = time.monotonic()
        while queue or working:
            late = until is not None and time.monotonic() >= until
            if late:
                queue.clear()
            room = _room(ray, needs)
            if room:
                seen = time.monotonic()
            elif late:
                # Nothing is at work, and what waits would not begin.
                break
            elif time.monotonic() - seen > _STRANDED:
                raise RunError(
                    f"for {_STRANDED / 60:.0f} minutes no machine of Ray has had what a run takes",
                    where=f"Ray at {address or 'this machine'}",
                    cure="the same command goes on when there is one",
                )
            # One waits where there is no room: clusters that grow by themselves grow for what waits.
            while queue and len(working) < max(1, room):
                part, number = queue.popleft()
                working[task.remote(work, parts[part], number, end)] = (part, number)
                beginning(part, number)
            if not working:
                break
            # With an end to the waiting, for machines may have come that more parts can begin on.
            done, _ = ray.wait(list(working), num_returns=1, timeout=_WAIT)
            for reference in done:
                part, number = working.pop(reference)
                ended = _ended(ray, reference, needs, part, number)
                if ended is None:
                    continue
                if ended.error is not None and not ended.given_up:
                    queue.append((part, number + 1))
                yield ended


@dataclass(frozen=True)
class _Outcome:
    """What a process hands back."""

    made: Any
    place: Place
    error: str | None = None
    trace: str | None = None
    hopeless: bool = False


def _attempt_anything(work: Callable[[Part, int], Any], part: Part, number: int, end: float | None) -> _Outcome | None:
    """Does the work on a part, or none of it if the time is up."""
    import ray

    if end is not None and time.time() >= end:
        return None
    place = Place(socket.gethostname(), ray.get_runtime_context().get_node_id(), os.getpid())
    try:
        return _Outcome(work(part, number), place)
    except Exception as error:
        # Whatever it is, it costs this part alone.
        return _Outcome(None, place, one_line(error), traceback.format_exc(), _is_hopeless(error))


def _is_hopeless(error: Exception) -> bool:
    return isinstance(error, _HOPELESS) and not isinstance(error, _PASSING)


def _ended(ray: Any, reference: Any, needs: Needs, part: int, number: int) -> Attempt[Any] | None:  # noqa: ANN401 - Ray's own
    """How an attempt ended; None if there was no time left to begin it."""
    last = number >= needs.tries
    try:
        outcome: _Outcome | None = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        # Of the process itself, before or after the work: a part that cannot be loaded there.
        told = _COLOUR.sub("", str(error))
        return Attempt(part, number, None, one_line(error.cause), told, given_up=last)
    except ray.exceptions.RayError as error:
        # Ray tells the story of a lost process over many lines, the first of which says what happened.
        said = _COLOUR.sub("", str(error)).strip().splitlines() or [type(error).__name__]
        return Attempt(part, number, None, f"the process was lost: {said[0]}", given_up=last)
    if outcome is None:
        return None
    if outcome.error is None:
        return Attempt(part, number, outcome.made, place=outcome.place)
    given_up = last or outcome.hopeless
    return Attempt(part, number, None, outcome.error, outcome.trace, given_up, outcome.place)


def _room(ray: Any, needs: Needs) -> int:  # noqa: ANN401 - Ray's own
    """How many parts may be at work; the machines of a cluster come and go, and no part is on two of them."""
    room = sum(_fits(machine, needs) for machine in _machines(ray))
    return room if needs.at_once is None else min(room, needs.at_once)


def _fits(machine: Mapping[str, float], needs: Needs) -> int:
    asked = {"CPU": needs.cpus, "GPU": needs.gpus}
    # A tenth goes into one ten times, though not in binary fractions.
    return min(int(machine.get(name, 0) / amount + 1e-6) for name, amount in asked.items() if amount)


def _machines(ray: Any) -> list[Mapping[str, float]]:  # noqa: ANN401 - Ray's own
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _require(ray: Any, needs: Needs) -> None:  # noqa: ANN401 - Ray's own
    """That one machine has what a part takes: Ray would wait for one for ever."""
    machines = _machines(ray)
    for name, needed in (("CPU", needs.cpus), ("GPU", needs.gpus)):
        most = max((machine.get(name, 0) for machine in machines), default=0)
        # A whole GPU or more stands in one machine; a share of one in any that has one.
        if needed > most:
            raise OptionError(
                f"a run asks for {needed:g} {name}s, and no machine of Ray has more than {most:g}",
                where="--gpus-per-run" if name == "GPU" else "--threads",
                cure="ask for less",
            )


@contextmanager
def ray_running(address: str | None = None, *, cpus: int | None = None) -> Generator[Any]:
    """Ray, for several pieces of work in a row: started if it does not run, and ended by whoever started it.

    The signal handlers that Ray sets are taken back.

    Args:
        address: The address of a Ray cluster; unless given, Ray is started on this machine.
        cpus: How many cores Ray shall count on this machine, where it is started here; unless given, all.

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
        raise OptionError("Ray is not installed", cure='install it with pip install "slowfold[sweep]"') from error
    if ray.is_initialized():
        yield ray
        return
    before: dict[int, _Handler] = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        _start(ray, address, cpus)
        _put_back(before)
        yield ray
    finally:
        ray.shutdown()
        _put_back(before)


def _start(ray: Any, address: str | None, cpus: int | None) -> None:  # noqa: ANN401 - Ray's own
    named = _ADDRESS.fullmatch(address or "")
    try:
        if named is not None:
            socket.create_connection((named["host"], int(named["port"])), timeout=_ANSWER).close()
        ray.init(
            address=address or "local",
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            # Only a Ray that is started here can be told what it has.
            num_cpus=None if address else cpus,
        )
    except (OSError, OverflowError, RuntimeError, ValueError) as error:
        raise OptionError(
            f"cannot be reached ({error})",
            where=f"Ray at {address or 'this machine'}",
            cure="give the address of a running cluster, or leave it out to use this machine",
        ) from error


def _put_back(handlers: dict[int, _Handler]) -> None:
    # Only the main thread may set handlers; in another Ray has set none either.
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            signal.signal(number, cast("Any", handler if handler is not None else signal.SIG_DFL))
