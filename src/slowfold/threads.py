"""How many threads PyTorch works with, for a while."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["torch_threads"]


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
