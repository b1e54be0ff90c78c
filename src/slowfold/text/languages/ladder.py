"""Phrases with uniform scores, where words add to one or two scores: how often each word stands, word after word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int32, Int64

from slowfold.text.languages.drawing import by_label, entries, in_random_order
from slowfold.text.languages.grids import ScoreGrid
from slowfold.text.languages.rules import Rule

__all__ = ["LadderPhrases"]


@dataclass(frozen=True, eq=False)
class LadderPhrases:
    """Draws a score, every one as probable as any other, and then one of the word counts that have it, likewise.

    For each word, a table holds in how many ways so many of the words up to this one add up to each score. How often
    the last word stands is drawn from it; what is left of the score is that of the words before, and so on down.

    Attributes:
        units: What each word adds to each score, [word, score]; the last word is neutral.
        rule: The label of a score.
    """

    units: Int64[np.ndarray, "word score"]
    rule: Rule

    def draw(
        self, lengths: Sequence[int], wanted: Int64[np.ndarray, " label"] | int, generator: np.random.Generator
    ) -> list[Int32[np.ndarray, "_document _length"]]:
        grid = ScoreGrid.of(self.units, 1, max(lengths))
        ways = self._ways(grid, max(lengths))
        labels = self.rule(grid.scores)
        tables = [by_label(labels, ways[-1, length] > 0, self.rule.labels) for length in lengths]
        return [
            in_random_order(self._counts(grid, ways, length, targets, generator), generator)
            for length, targets in zip(lengths, entries(lengths, tables, wanted, generator), strict=True)
            if len(targets)
        ]

    def _ways(self, grid: ScoreGrid, length: int) -> Float64[np.ndarray, "rung words cell"]:
        """In how many ways so many of the first words, and any number of neutral ones, have each score.

        The neutral word stands on every rung: where ``words`` are left, those that no other word takes are neutral.
        """
        words = len(self.units) - 1
        ways = grid.table((words + 1, length + 1))
        ways[0, :, grid.origin] = 1
        for rung in range(1, words + 1):
            ways[rung, 0] = ways[rung - 1, 0]
            for left in range(1, length + 1):
                # One more of this word, or none of it any more.
                one_more = grid.moved(ways[rung, left - 1], int(grid.steps[rung - 1]))
                np.add(ways[rung - 1, left], one_more, out=ways[rung, left])
        return ways

    def _counts(
        self, grid: ScoreGrid, ways: np.ndarray, length: int, targets: np.ndarray, generator: np.random.Generator
    ) -> Int64[np.ndarray, "document word"]:
        """How often each word stands in phrases with the scores in the cells ``targets``, [document, word]."""
        counts = np.empty((len(targets), len(self.units)), dtype=np.int64)
        score, left = grid.scores[targets], np.full(len(targets), length)
        for rung in range(len(self.units) - 1, 0, -1):
            units = self.units[rung - 1]
            # Among the ways on this rung, those with at least n of its word are the ways of n words and scores fewer.
            bound = generator.random(len(targets)) * ways[rung, left, grid.cell(score)]
            number = np.zeros(len(targets), dtype=np.int64)
            for step in 1 << np.arange(int(left.max()).bit_length())[::-1]:
                more = number + step
                rest = score - more[:, None] * units
                possible = (more <= left) & grid.holds(rest)
                at_least = ways[rung, np.where(possible, left - more, 0), np.where(possible, grid.cell(rest), 0)]
                number = np.where(possible & (at_least > bound), more, number)
            counts[:, rung - 1] = number
            score, left = score - number[:, None] * units, left - number
        counts[:, -1] = left
        return counts
