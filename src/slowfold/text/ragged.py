"""Runs of token ids that documents share: where each begins, and the same tokens in another order."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int32, Int64

__all__ = ["boundaries", "pick", "reverse", "shuffle"]

# The stream of its own that a seed has here, beside those of drawing documents (slowfold.text.splitting).
_SHUFFLE = 3


def boundaries(lengths: Int64[np.ndarray, " document"]) -> Int64[np.ndarray, " boundary"]:
    """Where documents of these lengths begin, and where the last one ends, [document + 1].

    Example:
        >>> boundaries(np.array([2, 1, 3])).tolist()
        [0, 2, 3, 6]
    """
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def pick(
    tokens: Int32[np.ndarray, " token"],
    offsets: Int64[np.ndarray, " boundary"],
    index: Int64[np.ndarray, " picked"],
    lengths: Int64[np.ndarray, " picked"],
) -> tuple[Int32[np.ndarray, " picked_token"], Int64[np.ndarray, " picked_boundary"]]:
    """The first ``lengths`` tokens of the documents ``index``, and where each begins.

    Args:
        tokens: The token ids of all documents, [token].
        offsets: Where each document begins, and where the last one ends, [document + 1].
        index: The documents to pick, any number of times each, [picked].
        lengths: How many of its tokens to keep, at most as many as it has, [picked].

    Example:
        >>> tokens, offsets = np.array([5, 6, 7, 8], np.int32), np.array([0, 2, 4])
        >>> picked = pick(tokens, offsets, np.array([1, 0, 1]), np.array([1, 2, 1]))
        >>> picked[0].tolist(), picked[1].tolist()
        ([7, 5, 6, 7], [0, 1, 3, 4])
    """
    begins = boundaries(lengths)
    positions = np.arange(begins[-1]) + np.repeat(offsets[index] - begins[:-1], lengths)
    return tokens[positions], begins


def reverse(
    tokens: Int32[np.ndarray, " token"], offsets: Int64[np.ndarray, " boundary"]
) -> Int32[np.ndarray, " token"]:
    """The tokens of each document from the last to the first.

    Example:
        >>> reverse(np.array([5, 6, 7, 8], np.int32), np.array([0, 1, 4])).tolist()
        [5, 8, 7, 6]
    """
    mirror = np.repeat(offsets[:-1] + offsets[1:] - 1, np.diff(offsets))
    return tokens[mirror - np.arange(len(tokens))]


def shuffle(
    tokens: Int32[np.ndarray, " token"], offsets: Int64[np.ndarray, " boundary"], seed: int
) -> Int32[np.ndarray, " token"]:
    """The tokens of each document in a random order.

    Example:
        >>> shuffled = shuffle(np.arange(5, dtype=np.int32), np.array([0, 2, 5]), seed=0)
        >>> sorted(shuffled[:2].tolist()), sorted(shuffled[2:].tolist())
        ([0, 1], [2, 3, 4])
    """
    key = np.random.default_rng([seed, _SHUFFLE]).random(len(tokens))
    document = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return tokens[np.lexsort((key, document))]
