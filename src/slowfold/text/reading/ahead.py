"""Work done ahead by several threads, and taken in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import polars as pl

__all__ = ["in_order"]

Made = TypeVar("Made")

# More would not be faster, for one thread unpacks what all others work on; and each keeps its work in memory.
_MOST_WORKERS = 8


def in_order(jobs: Iterator[Callable[[], Made]]) -> Generator[Made]:
    """What each of ``jobs`` returns, in their order; a few are under way at a time, as many as polars has threads.

    A job that fails ends the work when its turn comes; those before it are returned first.

    Args:
        jobs: The work. The next one is asked for in this thread, while others do those before.

    Example:
        >>> list(in_order(iter([lambda: "first", lambda: "second"])))
        ['first', 'second']
    """
    workers = min(pl.thread_pool_size(), _MOST_WORKERS)
    under_way: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="slowfold-read") as pool:
        try:
            for job in jobs:
                under_way.append(pool.submit(job))
                if len(under_way) > workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            # Where the work ends early, what has not begun does not begin.
            pool.shutdown(wait=True, cancel_futures=True)
            close = getattr(jobs, "close", None)
            if close is not None:
                close()
