"""All scores that phrases can have, laid out in one row, so that a word moves a score by so many cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float64, Int64

from slowfold.errors import OptionError

__all__ = ["ScoreGrid"]

# A table of scores may take 1 GiB: enough for 2,000 words in an order of one score, and 130 words with two.
_MOST_NUMBERS = 1 << 27


@dataclass(frozen=True, eq=False)
class ScoreGrid:
    """A box of scores around zero, wide enough for phrases of a length.

    Attributes:
        radius: The greatest size of each score, counted in ``spacing``, [score].
        spacing: What every score is a multiple of, in units, [score].
        steps: The number of cells by which each word moves a score, [word].
    """

    radius: Int64[np.ndarray, " score"]
    spacing: Int64[np.ndarray, " score"]
    steps: Int64[np.ndarray, " word"]

    @staticmethod
    def of(units: Int64[np.ndarray, "word score"], multiplier: int, length: int) -> ScoreGrid:
        """The grid for phrases of at most ``length`` words.

        Args:
            units: What each word adds to each score.
            multiplier: The greatest number that context multiplies it by.
            length: The number of words of the longest phrases.
        """
        spacing = np.maximum(np.gcd.reduce(units, axis=0), 1)
        radius = length * multiplier * np.abs(units // spacing).max(axis=0)
        return ScoreGrid(radius, spacing, (units // spacing) @ _strides(radius))

    @property
    def cells(self) -> int:
        """The number of scores in the box."""
        return int(np.prod(2 * self.radius + 1))

    @property
    def origin(self) -> int:
        """The cell of a score of zero."""
        return self.cells // 2

    @cached_property
    def scores(self) -> Int64[np.ndarray, "cell score"]:
        """The score of each cell, in units, [cell, score]."""
        places = np.indices(tuple((2 * self.radius + 1).tolist())).reshape(len(self.radius), -1).T
        return (places - self.radius) * self.spacing

    def cell(self, scores: Int64[np.ndarray, "document score"]) -> Int64[np.ndarray, " document"]:
        """The cell of each score, [document]; of no meaning for a score outside the box."""
        return (scores // self.spacing + self.radius) @ _strides(self.radius)

    def holds(self, scores: Int64[np.ndarray, "document score"]) -> Bool[np.ndarray, " document"]:
        """Which scores the box holds, [document]."""
        return np.all(np.abs(scores) <= self.radius * self.spacing, axis=1)

    def table(self, shape: tuple[int, ...]) -> Float64[np.ndarray, "*shape cell"]:
        """Zeros for every cell, [..., cell].

        Raises:
            OptionError: They would not fit in memory.
        """
        if np.prod(shape, dtype=np.float64) * self.cells > _MOST_NUMBERS:
            raise OptionError(
                "phrases too long for the table of all their scores", where="length", cure="give fewer words"
            )
        return np.zeros((*shape, self.cells))

    def moved(self, table: Float64[np.ndarray, "... cell"], cells: int) -> Float64[np.ndarray, "... cell"]:
        """The same table with every score so many cells further on, and zeros behind.

        Nothing comes round from one line of the box to the next, as long as scores stay within it.
        """
        out = np.zeros_like(table)
        if cells > 0:
            out[..., cells:] = table[..., :-cells]
        elif cells < 0:
            out[..., :cells] = table[..., -cells:]
        else:
            out[:] = table
        return out


def _strides(radius: np.ndarray) -> np.ndarray:
    """How many cells a step of each score is."""
    widths = 2 * radius + 1
    return np.append(np.cumprod(widths[:0:-1])[::-1], 1)
