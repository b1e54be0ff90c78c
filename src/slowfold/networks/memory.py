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
        # PyTorch has no error of its own for memory on a CPU, only its words.
        if not isinstance(error, MemoryError) and re.search("(out of|not enough|allocate) memory", str(error)) is None:
            raise
        raise TrainingError(
            "there is not enough memory",
            where=f"a batch of {size} documents and {tokens} tokens",
            cure="lower batch_size, bound the batches by batch_tokens, or cut the documents with Corpus.cut",
        ) from error
