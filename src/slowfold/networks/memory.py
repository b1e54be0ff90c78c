"""What to lower where memory runs out."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from slowfold.errors import TrainingError

__all__ = ["memory_named"]


@contextmanager
def memory_named(size: int, tokens: int) -> Generator[None]:
    """Says what to lower where there is not enough memory.

    Args:
        size: The documents of a batch.
        tokens: The tokens of a batch, padding included.

    Raises:
        TrainingError: There is not enough memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        raise TrainingError(
            "there is not enough memory",
            where=f"a batch of {size} documents and {tokens} tokens",
            cure="lower batch_size, bound the batches by batch_tokens, or cut the documents with Corpus.cut",
        ) from error


def lacks_memory(error: MemoryError | RuntimeError) -> bool:
    """Whether an error is one of memory: PyTorch has none of its own for that on a CPU, only its words.

    Example:
        >>> lacks_memory(RuntimeError("DefaultCPUAllocator: not enough memory")), lacks_memory(RuntimeError("no"))
        (True, False)
    """
    return isinstance(error, MemoryError) or re.search("(out of|not enough|allocate) memory", str(error)) is not None
