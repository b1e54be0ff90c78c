"""How many threads PyTorch works with, for a while."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

__all__ = ["decomposing", "torch_threads"]

# Eigenvalues of 128 to 1,024 units take two to nine times as long with two threads that sleep while they wait, and as
# long as with one where they spin; of 2,048 units they take about as long either way.
_ALONE = 1024


@contextmanager
def torch_threads(threads: int) -> Generator[None]:
    """PyTorch works with so many threads here, and with as many as before afterwards.

    Args:
        threads: How many, one or more.

    Example:
        >>> import torch
        >>> before = torch.get_num_threads()
        >>> with torch_threads(1):
        ...     torch.get_num_threads()
        1
        >>> torch.get_num_threads() == before
        True
    """
    # Here, because commands that need no PyTorch come by too.
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def decomposing(units: int) -> AbstractContextManager[None]:
    """The threads with which the eigenvalues or singular values of a matrix of so many units are soonest found.

    Up to 1,024 units that is one, beyond it is as many as PyTorch has.

    Args:
        units: The rows of the matrix, or its columns if these are fewer.

    Example:
        >>> import torch
        >>> with decomposing(256):
        ...     torch.get_num_threads()
        1
    """
    return torch_threads(1) if units <= _ALONE else nullcontext()
