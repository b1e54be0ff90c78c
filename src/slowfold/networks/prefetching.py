"""The next batches, gathered while the network learns from this one."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["prefetched"]

Item = TypeVar("Item")

_AHEAD = 2


@contextmanager
def prefetched(items: Iterator[Item], *, ahead: int = _AHEAD) -> Generator[Iterator[Item]]:
    """Yields an iterator over the same items in the same order; a thread makes up to ``ahead`` of them in advance.

    An error of ``items`` is raised where the item would have come. Whoever leaves the block early leaves no thread
    behind.

    Example:
        >>> with prefetched(iter("abc")) as letters:
        ...     list(letters)
        ['a', 'b', 'c']
    """
    # One thread alone takes from the iterator, so that the order stays.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as thread:
        waiting = deque(thread.submit(_take, items) for _ in range(ahead))
        try:
            yield _ordered(items, waiting, thread)
        finally:
            for future in waiting:
                future.cancel()


def _take(items: Iterator[Item]) -> list[Item]:
    """The next item, or nothing: StopIteration cannot be handed from one thread to another."""
    return list(itertools.islice(items, 1))


def _ordered(items: Iterator[Item], waiting: deque[Future[list[Item]]], thread: ThreadPoolExecutor) -> Iterator[Item]:
    while taken := waiting.popleft().result():
        waiting.append(thread.submit(_take, items))
        yield taken[0]
