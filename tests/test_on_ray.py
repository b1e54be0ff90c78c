"""Parts of work handed to Ray: a stand-in for it, in this process, whose machines come and go as a test says."""

from __future__ import annotations

import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from slowfold import on_ray
from slowfold.errors import DataError, DownloadError, OptionError, RunError
from slowfold.on_ray import Attempt, Needs, attempt_each, ray_running

pytest.importorskip("ray")


class RayError(Exception):
    """What Ray says when a process is gone."""


class RayTaskError(RayError):
    """What Ray says when a process fails outside the work."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"\x1b[36mray::_attempt_anything()\x1b[39m (pid=1)\n{cause}")
        self.cause = cause


class StandIn:
    """Ray, as far as it is used: a task is done when it is waited for, if there is a machine for it."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self, *machines: dict[str, float]) -> None:
        self.machines = list(machines)
        self.most = 0
        self._waiting = 0

    def remote(self, function):
        def begin(*given):
            self._waiting += 1
            self.most = max(self.most, self._waiting)
            return lambda: function(*given)

        handed = SimpleNamespace(remote=begin)
        return SimpleNamespace(options=lambda **_: handed)

    def nodes(self):
        return [{"Alive": True, "Resources": machine} for machine in self.machines]

    def wait(self, references, *, num_returns, timeout):
        assert num_returns == 1
        assert timeout > 0
        if not self.machines:
            time.sleep(0.01)
            return [], references
        return references[:1], references[1:]

    def get(self, reference):
        self._waiting -= 1
        return reference()


@pytest.fixture
def standing_in(monkeypatch):
    def begin(*machines):
        ray = StandIn(*machines)

        @contextmanager
        def running(*_, **__):
            yield ray

        monkeypatch.setattr(on_ray, "ray_running", running)
        context = SimpleNamespace(get_node_id=lambda: "node")
        monkeypatch.setattr("ray.get_runtime_context", lambda: context)
        return ray

    return begin


def double(part, number):
    return 2 * part + number - 1


@pytest.mark.parametrize(
    ("machines", "needs", "at_once"),
    [
        ([{"CPU": 2.0}], Needs(), 2),
        ([{"CPU": 2.0}], Needs(at_once=1), 1),
        ([{"CPU": 4.0}, {"CPU": 1.0}], Needs(), 5),
        # A part is on one machine: of four cores each a part of three leaves one.
        ([{"CPU": 4.0}] * 3, Needs(cpus=3), 3),
        ([{"CPU": 16.0, "GPU": 1.0}, {"CPU": 16.0}], Needs(gpus=0.25), 4),
        ([{"CPU": 16.0, "GPU": 1.0}], Needs(gpus=0.2), 5),
        ([{"CPU": 16.0, "GPU": 1.0}], Needs(gpus=0.1), 10),
        ([{"CPU": 16.0, "GPU": 4.0}], Needs(gpus=1.0, cpus=8), 2),
    ],
)
def test_as_many_parts_are_at_work_as_the_machines_hold(standing_in, machines, needs, at_once):
    ray = standing_in(*machines)
    ended = list(attempt_each(double, range(20), needs))
    assert sorted(attempt.made for attempt in ended) == [2 * part for part in range(20)]
    assert ray.most == at_once


def fails_with(*errors):
    """Work that fails in this way at the first attempts."""

    def work(_, number):
        if number <= len(errors):
            raise errors[number - 1]
        return "made"

    return work


@pytest.mark.parametrize(
    ("errors", "ends"),
    [
        ([ArithmeticError("a"), OSError("b")], ["ArithmeticError: a", "OSError: b", "made"]),
        ([ArithmeticError("a")] * 3, ["ArithmeticError: a"] * 3),
        ([DataError("no such column")] * 3, ["no such column"]),
        ([OptionError("too many")] * 3, ["too many"]),
        # The network may be there again.
        ([DownloadError("cannot be downloaded")], ["cannot be downloaded", "made"]),
    ],
)
def test_what_was_asked_wrongly_is_given_up_and_all_else_tried_again(standing_in, errors, ends):
    standing_in({"CPU": 1.0})
    ended = list(attempt_each(fails_with(*errors), ["part"], Needs()))
    assert [attempt.error or attempt.made for attempt in ended] == ends
    assert [attempt.number for attempt in ended] == list(range(1, len(ends) + 1))
    assert [attempt.given_up for attempt in ended] == [False] * (len(ends) - 1) + [ends[-1] != "made"]


@pytest.mark.parametrize(
    ("error", "said", "traced"),
    [
        (RayTaskError(RuntimeError("no library libfoo.so")), "RuntimeError: no library libfoo.so", True),
        (RayError("\x1b[31mThe worker died.\x1b[39m\nMore of that."), "the process was lost: The worker died.", False),
        (RayError(), "the process was lost: RayError", False),
    ],
)
def test_what_ray_says_is_told_in_a_line_without_colours(standing_in, monkeypatch, error, said, traced):
    ray = standing_in({"CPU": 1.0})

    def lose(_):
        raise error

    monkeypatch.setattr(ray, "get", lose)
    (ended,) = attempt_each(double, [1], Needs(tries=1))
    assert ended == Attempt(0, 1, None, said, ended.trace, given_up=True)
    assert (ended.trace is not None) == traced
    assert "\x1b" not in (ended.trace or "")


def test_without_a_machine_it_ends_and_says_so(standing_in, monkeypatch):
    ray = standing_in({"CPU": 1.0})
    attempts = attempt_each(double, range(4), Needs())
    assert next(attempts).made == 0
    ray.machines.clear()
    monkeypatch.setattr(on_ray, "_STRANDED", 0.05)
    with pytest.raises(RunError, match="no machine of Ray has had what a run takes; the same command goes on"):
        next(attempts)


def test_a_machine_that_comes_back_goes_on(standing_in, monkeypatch):
    ray = standing_in({"CPU": 1.0})
    attempts = attempt_each(double, range(3), Needs())
    assert next(attempts).made == 0
    ray.machines.clear()
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            ray.machines.append({"CPU": 1.0})

    monkeypatch.setattr(time, "sleep", pause)
    assert [attempt.made for attempt in attempts] == [2, 4]
    assert len(pauses) == 3


@pytest.fixture
def pass_time(monkeypatch):
    def jump(seconds):
        for clock in (time.time, time.monotonic):
            monkeypatch.setattr(time, clock.__name__, lambda clock=clock: clock() + seconds)

    return jump


def test_what_waits_when_the_time_is_up_is_not_begun(standing_in, pass_time):
    ray = standing_in({"CPU": 2.0})
    begun = []

    def work(part, _):
        begun.append(part)
        pass_time(7200)
        return part

    ended = list(attempt_each(work, range(5), Needs(), until=time.monotonic() + 3600))
    # Two were handed over, of which the second had not begun when the first ended.
    assert ([attempt.made for attempt in ended], begun, ray.most) == ([0], [0], 2)


def test_when_the_time_is_up_it_does_not_wait_for_machines(standing_in, pass_time):
    ray = standing_in({"CPU": 1.0})
    attempts = attempt_each(double, range(4), Needs(), until=time.monotonic() + 3600)
    assert next(attempts).made == 0
    ray.machines.clear()
    pass_time(7200)
    assert list(attempts) == []


def test_what_no_machine_has_is_not_waited_for(standing_in):
    standing_in({"CPU": 2.0}, {"CPU": 1.0})
    with pytest.raises(OptionError, match="asks for 3 CPUs, and no machine of Ray has more than 2"):
        list(attempt_each(double, [1], Needs(cpus=3)))
    with pytest.raises(OptionError, match=r"0\.5 GPUs, and no machine of Ray has more than 0"):
        list(attempt_each(double, [1], Needs(gpus=0.5)))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "[::1]:1", "127.0.0.1:99999"])
def test_an_address_where_nobody_answers_is_told_at_once(address):
    with (
        pytest.raises(OptionError, match=r"Ray at .*: cannot be reached .*; give the address of a running cluster"),
        ray_running(address),
    ):
        pass
