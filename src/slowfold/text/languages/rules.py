"""From scores to labels: one deterministic rule a language, and none of them decides where two labels meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int64

__all__ = ["UNDECIDED", "Interpolation", "Intervals", "Largest", "Merged", "Plane", "Rule", "Signs"]

UNDECIDED = -1
"""In the place of a label: the score lies where two labels meet."""

Scores = Int64[np.ndarray, "document score"]
Labels = Int64[np.ndarray, " document"]


@runtime_checkable
class Rule(Protocol):
    """From the scores of documents to the numbers of their labels; :data:`UNDECIDED` where labels meet.

    Scores come as whole numbers of the unit in which a language counts, so that no rounding ever decides a label.
    """

    @property
    def labels(self) -> int:
        """How many labels there are."""
        ...

    def __call__(self, scores: Scores) -> Labels: ...


@dataclass(frozen=True)
class Largest:
    """The class with the largest score; undecided where two or more share it.

    Attributes:
        labels: How many classes there are.

    Example:
        >>> Largest(3)(np.array([[1, 5, 2], [4, 0, 4]])).tolist()
        [1, -1]
    """

    labels: int

    def __call__(self, scores: Scores) -> Labels:
        alone = (scores == scores.max(axis=1, keepdims=True)).sum(axis=1) == 1
        return np.where(alone, scores.argmax(axis=1), UNDECIDED)


@dataclass(frozen=True)
class Intervals:
    """The interval between borders in which a single score lies; undecided on a border.

    Attributes:
        borders: Where intervals meet, rising, in units of the score.

    Example:
        >>> Intervals((Fraction(-1, 2), Fraction(3)))(np.array([[-1], [0], [3], [4]])).tolist()
        [0, 1, -1, 2]
    """

    borders: tuple[Fraction, ...]

    @property
    def labels(self) -> int:
        return len(self.borders) + 1

    def __call__(self, scores: Scores) -> Labels:
        # A whole score lies below a border if and only if it lies below the next whole number.
        below = np.array([-(-border.numerator // border.denominator) for border in self.borders])
        whole = [int(border) for border in self.borders if border.denominator == 1]
        label = np.searchsorted(below, scores[:, 0], side="right")
        return np.where(np.isin(scores[:, 0], whole), UNDECIDED, label)


@dataclass(frozen=True)
class Signs:
    """Which of several scores are positive, as a binary number whose first digit is the first score.

    Undecided where a score is zero.

    Attributes:
        digits: How many scores there are.

    Example:
        >>> Signs(2)(np.array([[3, -1], [-2, -2], [0, 4]])).tolist()
        [2, 0, -1]
    """

    digits: int

    @property
    def labels(self) -> int:
        return 1 << self.digits

    def __call__(self, scores: Scores) -> Labels:
        number = (scores > 0) @ (1 << np.arange(self.digits)[::-1])
        return np.where((scores == 0).any(axis=1), UNDECIDED, number)


@dataclass(frozen=True)
class Plane:
    """Five levels from a sentiment and a neutrality.

    The middle level where neutrality is positive and greater than the size of sentiment. Elsewhere the sign of
    sentiment gives the side, and neutrality whether it is the mild level of that side (positive) or the extreme one
    (negative). Undecided on the lines between.

    Example:
        >>> Plane()(np.array([[1, 3], [4, 1], [4, -1], [-4, 1], [-4, -1], [2, 2]])).tolist()
        [2, 3, 4, 1, 0, -1]
    """

    @property
    def labels(self) -> int:
        return 5

    def __call__(self, scores: Scores) -> Labels:
        sentiment, neutrality = scores[:, 0], scores[:, 1]
        side = np.sign(sentiment)
        steps = np.where(neutrality > np.abs(sentiment), 0, np.where(neutrality > 0, 1, 2))
        middle = (steps == 0) & (neutrality > 0)
        between = (neutrality == np.abs(sentiment)) | (neutrality == 0) | ((sentiment == 0) & ~middle)
        return np.where(between, UNDECIDED, 2 + side * steps)


@dataclass(frozen=True)
class Interpolation:
    """Between classes without an order and classes in one: the nearer the ends are, the more the middle wins.

    Let d be the score of the first class less that of the last. Where abs(d) is below the first bound, the middle
    class wins; where it lies between bounds, the classes beside the middle do, on the side that d points to. Beyond the
    last bound the largest score decides, those of all classes but the first and the last counted ``kept`` times.
    Undecided where the largest is shared, and on a bound with different labels on its two sides.

    Attributes:
        bounds: The bounds on abs(d), rising: one for three classes, two for five.
        kept: The share that is left of the scores between the ends.

    Example:
        >>> rule = Interpolation((Fraction(2),), Fraction(1, 2))
        >>> rule(np.array([[5, 0, 4], [6, 0, 1], [0, 9, 4], [6, 7, 4]])).tolist()
        [1, 0, 1, -1]
    """

    bounds: tuple[Fraction, ...]
    kept: Fraction

    @property
    def labels(self) -> int:
        return 2 * len(self.bounds) + 1

    def __call__(self, scores: Scores) -> Labels:
        middle = len(self.bounds)
        difference = scores[:, 0] - scores[:, -1]
        weights = np.full(self.labels, self.kept.numerator)
        weights[[0, -1]] = self.kept.denominator
        beyond = Largest(self.labels)(scores * weights)

        def label(inside: Callable[[np.ndarray, Fraction], np.ndarray]) -> np.ndarray:
            found = beyond
            for step in range(middle - 1, -1, -1):
                near = inside(np.abs(difference), self.bounds[step])
                found = np.where(near, middle - np.sign(difference) * step, found)
            return found

        return _agreed(label(_below), label(_at_most))


@dataclass(frozen=True)
class Merged:
    """Three classes, of which the first and the last, where both are strong, count for the middle one.

    Where both scores exceed ``above``, m, the least of the two and of ``most``, is taken from each, and 2 m is added to
    the middle one; then the largest score decides. Undecided where it is shared, and where one score is ``above``
    itself and the label would be another beyond.

    Attributes:
        above: What both scores must exceed, in units of the score.
        most: The most that is taken from each.

    Example:
        >>> Merged(Fraction(1), 24)(np.array([[6, 0, 5], [9, 2, 1], [9, 2, 0]])).tolist()
        [1, 0, 0]
    """

    above: Fraction
    most: int

    @property
    def labels(self) -> int:
        return 3

    def __call__(self, scores: Scores) -> Labels:
        least = scores[:, [0, 2]].min(axis=1)

        def label(strong: np.ndarray) -> np.ndarray:
            moved = np.where(strong, np.minimum(least, self.most), 0)
            return Largest(3)(scores + np.stack([-moved, 2 * moved, -moved], axis=1))

        return _agreed(label(~_at_most(least, self.above)), label(~_below(least, self.above)))


def _below(scores: np.ndarray, bound: Fraction) -> np.ndarray:
    return scores * bound.denominator < bound.numerator


def _at_most(scores: np.ndarray, bound: Fraction) -> np.ndarray:
    return scores * bound.denominator <= bound.numerator


def _agreed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The label on which both sides of a border agree."""
    return np.where(one == other, one, UNDECIDED)
