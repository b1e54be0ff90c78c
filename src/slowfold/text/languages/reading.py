"""What a phrase says: the evidence of its words, turned round or doubled by the words before them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float64, Int64, Integer

__all__ = ["EXTREMELY", "NOT", "NOT_8", "ContextWord", "Reading"]

# Documents whose words are counted at a time: the counts of 256 words then take 64 MiB.
_CHUNK = 1 << 15


@dataclass(frozen=True)
class ContextWord:
    """A word without evidence of its own, which multiplies that of the words after it.

    A second one within the reach of the first begins the reach anew; it does not multiply twice.

    Attributes:
        word: The word.
        factor: What evidence is multiplied by.
        reach: How many of the following words it reaches, from 1.
        repeats: Whether phrases are drawn in which it stands again within its own reach.
        spreads: Where it may not stand, whether its probability goes to context words as well, not only to plain words.

    Example:
        >>> ContextWord("not", factor=-1, reach=3)
        ContextWord(word='not', factor=-1, reach=3, repeats=False, spreads=True)
    """

    word: str
    factor: int
    reach: int
    repeats: bool = False
    spreads: bool = True


NOT = ContextWord("not", factor=-1, reach=3)
"""Turns the evidence of the next three words round."""

NOT_8 = ContextWord("not8", factor=-1, reach=7)
"""Turns the evidence of the next seven words round."""

EXTREMELY = ContextWord("extremely", factor=2, reach=1)
"""Doubles the evidence of the next word."""


@dataclass(frozen=True, eq=False)
class Reading:
    """How words make a score: their evidence is added up, multiplied by the context in which they stand.

    Attributes:
        units: The evidence of each word as whole numbers, [word, score].
        scale: How many of these make an evidence of 1.
        context: The context words, and the number of each in the vocabulary.
    """

    units: Int64[np.ndarray, "word score"]
    scale: int = 1
    context: tuple[tuple[ContextWord, int], ...] = ()

    @cached_property
    def evidence(self) -> Float64[np.ndarray, "word score"]:
        """What one word adds to each score, without context, [word, score]."""
        evidence = self.units / self.scale
        evidence.setflags(write=False)
        return evidence

    def with_neutral_word(self) -> Reading:
        """The same with one more word, which says nothing."""
        return replace(self, units=np.vstack([self.units, np.zeros_like(self.units[:1])]))

    def scores(
        self, tokens: Integer[np.ndarray, " token"], offsets: Int64[np.ndarray, " boundary"]
    ) -> Int64[np.ndarray, "document score"]:
        """The score of each document, in units, [document, score].

        Args:
            tokens: The words of all documents, one document after the other.
            offsets: Where each document begins in ``tokens``, and where the last one ends.
        """
        words = len(self.units)
        scores = np.empty((len(offsets) - 1, self.units.shape[1]), dtype=np.int64)
        for first in range(0, len(scores), _CHUNK):
            bounds = offsets[first : first + _CHUNK + 1]
            here = tokens[bounds[0] : bounds[-1]]
            documents = len(bounds) - 1
            cells = np.repeat(np.arange(documents) * words, np.diff(bounds)) + here
            weights = self._multipliers(here, bounds - bounds[0]) if self.context else None
            counts = np.bincount(cells, weights, minlength=documents * words).reshape(documents, words)
            # Products of floats take BLAS, and are whole and exact: all are far below 2^53.
            scores[first : first + documents] = np.rint(counts.astype(np.float64) @ self.units)
        return scores

    def running(
        self, tokens: Integer[np.ndarray, " token"], offsets: Int64[np.ndarray, " boundary"]
    ) -> Int64[np.ndarray, "token score"]:
        """The score of each document up to each of its words, in units, [token, score]."""
        added = self.units[tokens]
        if self.context:
            added *= self._multipliers(tokens, offsets)[:, None]
        total = np.cumsum(added, axis=0)
        before = np.vstack([np.zeros_like(total[:1]), total])[offsets[:-1]]
        return total - np.repeat(before, np.diff(offsets), axis=0)

    def _multipliers(self, tokens: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """What the words before each word multiply it by, [token]."""
        product = np.ones(len(tokens), dtype=np.int64)
        goes_on = np.ones(len(tokens), dtype=np.bool_)
        goes_on[offsets[:-1]] = False
        for context, number in self.context:
            near = tokens == number
            reached = np.zeros(len(tokens), dtype=np.bool_)
            for _ in range(context.reach):
                # One word further on, but never into the next document.
                near[1:] = near[:-1] & goes_on[1:]
                near[:1] = False
                reached |= near
            np.multiply(product, context.factor, out=product, where=reached)
        return product
