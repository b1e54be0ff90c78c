"""Phrases drawn word by word: freely, or with a score that is given, by looking ahead to what can still be reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from jaxtyping import Float64, Int32, Int64

from slowfold.text.languages.drawing import Choices, by_label, entries
from slowfold.text.languages.grids import ScoreGrid
from slowfold.text.languages.reading import Reading
from slowfold.text.languages.rules import Rule

__all__ = ["Chain", "ChainPhrases"]


@dataclass(frozen=True, eq=False)
class Chain:
    """Which word may follow: every word is as probable as any other, but for context words within their own reach.

    The state of a phrase is how many more words each of its context words reaches; without context words there is one.
    Drawing a word anew until it may stand gives it the probability that is written down here.

    Attributes:
        reading: What words say, and which are context words.
    """

    reading: Reading

    @cached_property
    def _counters(self) -> list[tuple[int, ...]]:
        """How many more words each context word reaches, state by state; nothing is in reach in the first."""
        return list(product(*(range(context.reach + 1) for context, _ in self.reading.context)))

    @cached_property
    def probabilities(self) -> Float64[np.ndarray, "state word"]:
        """The probability of each word, [state, word]."""
        words = len(self.reading.units)
        context_words = [number for _, number in self.reading.context]
        plain = np.setdiff1d(np.arange(words), context_words)
        table = np.full((len(self._counters), words), 1 / words)
        for row, counters in zip(table, self._counters, strict=True):
            for (context, number), left in zip(self.reading.context, counters, strict=True):
                if left and not context.repeats:
                    if not context.spreads:
                        row[plain] += row[number] / len(plain)
                    row[number] = 0
            row /= row.sum()
        return table

    @cached_property
    def multipliers(self) -> Int64[np.ndarray, " state"]:
        """What the evidence of the next word is multiplied by, [state]."""
        factors = [context.factor for context, _ in self.reading.context]
        return np.array(
            [
                np.prod([f for f, left in zip(factors, counters, strict=True) if left], dtype=np.int64, initial=1)
                for counters in self._counters
            ]
        )

    @cached_property
    def following(self) -> Int64[np.ndarray, "state word"]:
        """The state after each word, [state, word]."""
        states = {counters: state for state, counters in enumerate(self._counters)}
        context = self.reading.context

        def after(counters: tuple[int, ...], word: int) -> int:
            pairs = zip(context, counters, strict=True)
            return states[tuple(c.reach if number == word else max(left - 1, 0) for (c, number), left in pairs)]

        words = range(len(self.reading.units))
        return np.array([[after(counters, word) for word in words] for counters in self._counters])

    def free(self, length: int, documents: int, generator: np.random.Generator) -> Int32[np.ndarray, "document length"]:
        """Phrases of one length, whatever their labels."""
        if len(self._counters) == 1:
            return generator.integers(len(self.reading.units), size=(documents, length), dtype=np.int32)
        choices = Choices(self.probabilities)
        tokens = np.empty((length, documents), dtype=np.int32)
        state = np.zeros(documents, dtype=np.int64)
        for place in range(length):
            tokens[place] = word = choices.draw(state, generator)
            state = self.following[state, word]
        return np.ascontiguousarray(tokens.T)


@dataclass(frozen=True, eq=False)
class ChainPhrases:
    """Draws phrases word by word, exactly as free phrases of the wanted labels are distributed.

    For every state and every score, a table holds how probable it is that so many more words add up to that score. A
    score of the label is drawn first; each word is then drawn with its own probability times that of the rest of the
    score after it.

    Attributes:
        chain: Which word may follow.
        rule: The label of a score.
    """

    chain: Chain
    rule: Rule

    def draw(
        self, lengths: Sequence[int], wanted: Int64[np.ndarray, " label"] | int, generator: np.random.Generator
    ) -> list[Int32[np.ndarray, "_document _length"]]:
        grid = ScoreGrid.of(self.chain.reading.units, int(np.abs(self.chain.multipliers).max()), max(lengths))
        ahead = self._ahead(grid, max(lengths))
        labels = self.rule(grid.scores)
        tables = [by_label(labels, ahead[length, 0], self.rule.labels) for length in lengths]
        targets = entries(lengths, tables, wanted, generator)
        return self._walk(grid, ahead, lengths, targets, generator)

    @cached_property
    def _groups(self) -> tuple[list[np.ndarray], np.ndarray]:
        """Words that say the same and are no context words, and the probability of each group, [state, group].

        They lead to the same state, so that one draw decides for all of them.
        """
        context = {number for _, number in self.chain.reading.context}
        same: dict[tuple[int, ...], list[int]] = {}
        for word, units in enumerate(self.chain.reading.units.tolist()):
            same.setdefault((-1, word) if word in context else (0, *units), []).append(word)
        groups = [np.array(words) for words in same.values()]
        return groups, np.stack([self.chain.probabilities[:, words].sum(axis=1) for words in groups], axis=1)

    def _ahead(self, grid: ScoreGrid, length: int) -> Float64[np.ndarray, "left state cell"]:
        """The probability that so many more words, from a state, add up to each score."""
        states = len(self.chain.multipliers)
        ahead = grid.table((length + 1, states))
        ahead[0, :, grid.origin] = 1
        for left in range(1, length + 1):
            for state in range(states):
                for _, part in self._parts(grid, ahead[left - 1], state):
                    ahead[left, state] += part
        return ahead

    def _parts(self, grid: ScoreGrid, later: np.ndarray, state: int) -> list[tuple[int, np.ndarray]]:
        """For each group of words: the probability of one of them now and of the rest of each score afterwards."""
        groups, probabilities = self._groups
        multiplier = int(self.chain.multipliers[state])
        return [
            (
                group,
                probabilities[state, group]
                * grid.moved(later[self.chain.following[state, words[0]]], multiplier * int(grid.steps[words[0]])),
            )
            for group, words in enumerate(groups)
            if probabilities[state, group] > 0
        ]

    def _walk(
        self,
        grid: ScoreGrid,
        ahead: np.ndarray,
        lengths: Sequence[int],
        targets: list[np.ndarray],
        generator: np.random.Generator,
    ) -> list[np.ndarray]:
        """Phrases of each length that add up to the scores in the cells ``targets`` for it.

        All phrases end together: the longest begin first, and the same table serves all that have as much before them.
        """
        groups, _ = self._groups
        states, cells = ahead.shape[1:]
        moves = self.chain.multipliers[:, None] * np.array([grid.steps[words[0]] for words in groups])
        following = np.stack([self.chain.following[:, words[0]] for words in groups], axis=1)
        longest_first = np.argsort(lengths)[::-1]
        length = np.repeat(np.array(lengths)[longest_first], [len(targets[i]) for i in longest_first])
        cell = np.concatenate([targets[i] for i in longest_first])
        state = np.zeros_like(cell)
        longest = max(lengths)
        tokens = np.empty((longest, len(cell)), dtype=np.int32)
        for left in range(longest, 0, -1):
            weights = np.zeros((states, cells, len(groups)))
            for row in range(states):
                for group, part in self._parts(grid, ahead[left - 1], row):
                    weights[row, :, group] = part
            begun = slice(int((length >= left).sum()))
            group = Choices(weights.reshape(states * cells, -1)).draw(state[begun] * cells + cell[begun], generator)
            cell[begun] -= moves[state[begun], group]
            state[begun] = following[state[begun], group]
            tokens[longest - left, begun] = group
        return [
            _members(groups, np.ascontiguousarray(tokens[longest - words :, length == words].T), generator)
            for words, target in zip(lengths, targets, strict=True)
            if len(target)
        ]


def _members(groups: list[np.ndarray], tokens: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A word of each group, every one as probable as any other."""
    words = np.array([words[0] for words in groups], dtype=np.int32)[tokens]
    for group, members in enumerate(groups):
        if len(members) > 1:
            here = tokens == group
            words[here] = members[generator.integers(len(members), size=int(here.sum()))]
    return words
