"""What chance alone would show: the labels dealt anew over the documents, and how much of it there is then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64, Int64

from slowfold.errors import DataError
from slowfold.text import WordCounts

__all__ = ["PERMUTATIONS", "ChanceLabels", "count_above"]

PERMUTATIONS = 39
"""How often the labels are dealt anew. With 39, to be above all but the greatest of them has a chance of 2 in 40: the
5 per cent of the level is exact, which it is for 19, 39, 59 and so on."""

_LEVEL = 0.95
# The streams of their own that a seed has here.
_DEALT, _DIVIDED = 11, 12


@dataclass(eq=False)
class ChanceLabels:
    """The labels of all documents, to be dealt over them at random, in several independent permutations at once.

    A document gets the labels of another, all that it has together, so that what belongs together stays so. The deal is
    exact, though the documents come in batches and are never there at once: how many of each set of labels fall to a
    batch follows the multivariate hypergeometric law of draws without replacement, and within the batch each order is
    as likely as any other.

    Attributes:
        left: The number of documents with each set of labels that are still to be dealt, [permutation, set].
        seed: Decides every draw, with ``part``.
        part: The number of the part, where the documents are divided into several.
    """

    left: Int64[np.ndarray, "permutation set"] = field(repr=False)
    seed: int
    part: int = 0

    def __post_init__(self) -> None:
        # Each permutation has a stream of its own: asking for more of them does not change the first.
        self._draws = [np.random.default_rng([self.seed, _DEALT, self.part, row]) for row in range(len(self.left))]

    @classmethod
    def of(cls, counts: WordCounts, permutations: int, seed: int) -> ChanceLabels:
        """The labels of the documents that were counted, ``permutations`` times."""
        return cls(np.tile(counts.set_documents, (permutations, 1)), seed)

    def deal(self, documents: int) -> Int64[np.ndarray, "permutation document"]:
        """A set of labels for each of the next ``documents`` documents, in every permutation.

        Raises:
            DataError: More documents come than were counted.

        Example:
            >>> labels = ChanceLabels(np.array([[3, 1], [3, 1]]), seed=0)
            >>> dealt = np.hstack([labels.deal(2), labels.deal(2)])
            >>> dealt.sum(axis=1).tolist(), labels.left.tolist()
            ([1, 1], [[0, 0], [0, 0]])
        """
        if len(self.left) and documents > self.left[0].sum():
            raise DataError("there are more documents than were counted", cure="count these documents, and read them")
        dealt = np.empty((len(self.left), documents), dtype=np.int64)
        falls = np.zeros_like(self.left)
        for row, fall, left, random in zip(dealt, falls, self.left, self._draws, strict=True):
            fall[:] = random.multivariate_hypergeometric(left, documents)
            row[:] = random.permutation(np.repeat(np.arange(len(left)), fall))
        # Not in place: nobody else's numbers are used up.
        self.left = self.left - falls
        return dealt

    def divide(self, documents: Sequence[int]) -> list[ChanceLabels]:
        """The labels that fall to each part of the documents, so that parts can be dealt apart from each other.

        Args:
            documents: The number of documents of each part; together, all that are left.

        Raises:
            DataError: These are not as many documents as there are labels.

        Example:
            >>> parts = ChanceLabels(np.array([[3, 1]]), seed=0).divide([1, 3])
            >>> [int(part.left.sum()) for part in parts], sum(part.left for part in parts).tolist()
            ([1, 3], [[3, 1]])
        """
        if len(self.left) and sum(documents) != self.left[0].sum():
            raise DataError(
                f"the parts have {sum(documents)} documents, and {self.left[0].sum()} were counted",
                cure="count these documents, and read them",
            )
        draws = [np.random.default_rng([self.seed, _DIVIDED, row]) for row in range(len(self.left))]
        left, parts = self.left, list[ChanceLabels]()
        for number, size in enumerate(documents, start=1):
            falls = np.zeros_like(left)
            for row, counted, random in zip(falls, left, draws, strict=True):
                row[:] = random.multivariate_hypergeometric(counted, size)
            left = left - falls
            parts.append(ChanceLabels(falls, self.seed, number))
        return parts


def count_above(
    measured: Float64[np.ndarray, " direction"], by_chance: Float64[np.ndarray, "permutation level"]
) -> int:
    """How many directions stand above chance: parallel analysis, singular value by singular value.

    The first singular value is compared with the first of each permutation, the second with the second, and so on; the
    count ends at the first that is not above the 95 % level. What comes after it is not counted, even where it is above
    its own level by a hair: a direction that chance explains cannot carry one that it does not. At the second and later
    ones the test is on the careful side, because permuted labels have no strong first direction to use up variance.

    Args:
        measured: Singular values, greatest first, [direction].
        by_chance: The same of permuted labels, greatest first, as many or more, [permutation, level].

    Source:
        Horn, "A rationale and test for the number of factors in factor analysis", Psychometrika 1965; with permutations
        Buja and Eyuboglu, "Remarks on parallel analysis", Multivariate Behavioral Research 1992.

    Example:
        >>> count_above(np.array([5.0, 1.0, 0.9]), np.array([[2.0, 1.5, 0.1]] * 19))
        1
    """
    permutations = len(by_chance)
    # Under chance the measured value is as likely to have any rank among the permuted ones as any other.
    rank = math.ceil(_LEVEL * (permutations + 1))
    if rank > permutations:
        raise DataError(
            f"{permutations} permutations cannot tell what chance does once in 20 times",
            where="permutations",
            cure="ask for 19 or more",
        )
    levels = np.sort(by_chance, axis=0)[rank - 1, : len(measured)]
    above = measured[: len(levels)] > levels
    return len(above) if above.all() else int(np.argmin(above))
