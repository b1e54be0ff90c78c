from __future__ import annotations

import signal
import threading

import pytest

from slowfold.networks.interruptions import Interruptions, deferred_interruptions

BOTH = (signal.SIGINT, signal.SIGTERM)

pytestmark = pytest.mark.usefixtures("by_default")


def handlers() -> list[object]:
    return [signal.getsignal(number) for number in BOTH]


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_signal_waits_until_it_is_asked_for(number: int, expected: type[BaseException]) -> None:
    before = handlers()
    with deferred_interruptions() as asked:
        assert asked.received is None
        asked.stop()
        signal.raise_signal(number)
        assert asked.received == number
        # A second one would end the process at once: the handlers are already those of before.
        assert handlers() == before
        with pytest.raises(expected) as stopped:
            asked.stop()
    assert getattr(stopped.value, "code", 143) == 143


def test_the_handlers_are_put_back_whatever_happens() -> None:
    before = handlers()

    def fail() -> None:
        with deferred_interruptions():
            assert all(one != other for one, other in zip(handlers(), before, strict=True))
            raise ValueError("anything")

    with pytest.raises(ValueError, match="anything"):
        fail()
    assert handlers() == before


@pytest.mark.parametrize("own", [signal.SIG_IGN, lambda number, frame: None])
def test_a_handler_of_the_callers_own_stays(own) -> None:
    before = signal.signal(signal.SIGTERM, own)
    try:
        with deferred_interruptions() as asked:
            assert signal.getsignal(signal.SIGTERM) is own
            signal.raise_signal(signal.SIGTERM)
            assert asked.received is None
        assert signal.getsignal(signal.SIGTERM) is own
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_leaves_signals_alone() -> None:
    before, found = handlers(), list[object]()

    def read() -> None:
        with deferred_interruptions() as asked:
            found.extend([*handlers(), type(asked)])

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert found == [*before, Interruptions]
