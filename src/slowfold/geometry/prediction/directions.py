"""Directions in which classes come apart: how much lies along each, which words lead there, which classes lie there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from slowfold.errors import DataError
from slowfold.geometry.dimensions.components import Dimension
from slowfold.text import Vocabulary, WordCounts

__all__ = ["Directions", "axes_of", "find_directions"]

# What centring leaves of the direction that it takes away, as a share of the first one's variance. Where the variances
# come from sums of products, rounding puts back about 1e-16 of it; singular values are good to 1e-10, squared 1e-20.
ROUNDING_OF_VALUES = 1e-20
ROUNDING_OF_PRODUCTS = 1e-13


@dataclass(frozen=True, eq=False)
class Directions:
    """The principal directions of what sets the classes apart.

    Attributes:
        dimension: How the variance is spread over the directions.
        above_chance: How many of them stand above what permuted labels show, or None where that was not measured.
        pushes: How far one occurrence of each word leads along each direction, [direction, word]; the most telling word
            of each leads to its positive end.
        prominence: How much a word counts when the most telling ones are chosen, [word].
        classes: Where each class lies along each direction, [class, direction].
        class_names: The names of the classes.
        vocabulary: The words.
    """

    dimension: Dimension
    above_chance: int | None
    pushes: Float64[np.ndarray, "direction word"] = field(repr=False)
    prominence: Float64[np.ndarray, " word"] = field(repr=False)
    classes: Float64[np.ndarray, "class direction"] = field(repr=False)
    class_names: tuple[str, ...]
    vocabulary: Vocabulary = field(repr=False)

    @property
    def shares(self) -> tuple[float, ...]:
        """Each direction's share of the variance, greatest first."""
        return self.dimension.shares

    @property
    def participation_ratio(self) -> float:
        """The participation ratio of the variances."""
        return self.dimension.participation_ratio

    @property
    def for_90(self) -> int:
        """The least number of directions that hold 90 % of the variance."""
        return self.dimension.for_90

    @property
    def for_95(self) -> int:
        """The least number of directions that hold 95 % of the variance."""
        return self.dimension.for_95

    def words(self, direction: int, n: int = 10) -> list[tuple[str, float]]:
        """The ``n`` most telling words of a direction, and how far each one leads along it, the most telling first.

        Raises:
            DataError: There is no such direction.
        """
        if not 0 <= direction < len(self.pushes):
            raise DataError(
                f"no direction {direction}",
                where="Directions.words",
                cure=f"there are {len(self.pushes)} directions, counted from 0",
            )
        pushes = self.pushes[direction]
        telling = np.argsort(-np.abs(pushes * self.prominence), kind="stable")[:n]
        return [(self.vocabulary.words[word], float(pushes[word])) for word in telling]


def find_directions(
    variances: Float64[np.ndarray, " direction"],
    axes: Float64[np.ndarray, "class direction"],
    pushes: Float64[np.ndarray, "direction word"],
    prominence: Float64[np.ndarray, " word"],
    *,
    above_chance: int | None,
    counts: WordCounts,
) -> Directions:
    """Directions from their parts, each turned so that its most telling word leads to the positive end.

    Args:
        variances: The variance along each direction, greatest first, [direction].
        axes: The direction over the classes, of length 1, [class, direction].
        pushes: How far one occurrence of each word leads, [direction, word].
        prominence: How much a word counts when the most telling ones are chosen, [word].
        above_chance: How many directions stand above chance, or None.
        counts: The counts that they come from.
    """
    foremost = np.abs(pushes * prominence).argmax(axis=1)
    signs = np.where(np.take_along_axis(pushes, foremost[:, None], axis=1)[:, 0] < 0, -1.0, 1.0)
    pushes, places = pushes * signs[:, None], axes * signs * np.sqrt(variances)
    for array in (pushes, places):
        array.setflags(write=False)
    return Directions(
        dimension=Dimension.from_variances(variances),
        above_chance=above_chance,
        pushes=pushes,
        prominence=prominence,
        classes=places,
        class_names=counts.class_names,
        vocabulary=counts.vocabulary,
    )


def axes_of(
    covariance: Float64[np.ndarray, "class other"],
) -> tuple[Float64[np.ndarray, " direction"], Float64[np.ndarray, "class direction"]]:
    """The principal directions of a covariance between classes: variances, greatest first, and unit vectors.

    What rounding alone leaves, less than 1e-13 of the first, is no direction.
    """
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    kept = variances > max(ROUNDING_OF_PRODUCTS * variances[0], 0.0)
    return variances[kept], axes[:, kept]
