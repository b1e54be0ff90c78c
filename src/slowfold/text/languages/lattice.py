"""Phrases drawn from the list of all word counts where it is short, and tried until they fit where it is long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from jaxtyping import Float64, Int32, Int64

from slowfold.text.languages.drawing import by_label, entries, in_random_order, no_such_phrase
from slowfold.text.languages.rules import UNDECIDED, Rule

__all__ = ["CountPhrases", "ListedPhrases", "SiftedPhrases", "compositions", "multinomial_weights", "uniform_weights"]

# Word counts that are listed, over all lengths: they and their scores then take some 100 MiB, and half a second.
_MOST_LISTED = 1_000_000

# Numbers that are drawn before a label counts as too rare to be found: some seconds.
_MOST_DRAWN = 200_000_000
_FIRST_DRAW = 4096


@dataclass(frozen=True, eq=False)
class ListedPhrases:
    """Draws from the list of all word counts that phrases can have, for any rule and any weights.

    Attributes:
        counts: All word counts of a length, [count, word].
        weights: The weight of each of them, [count].
        units: What each word adds to each score, [word, score].
        rule: The label of a score.
    """

    counts: Callable[[int], Int64[np.ndarray, "count word"]]
    weights: Callable[[np.ndarray], Float64[np.ndarray, " count"]]
    units: Int64[np.ndarray, "word score"]
    rule: Rule

    def draw(
        self, lengths: Sequence[int], wanted: Int64[np.ndarray, " label"] | int, generator: np.random.Generator
    ) -> list[Int32[np.ndarray, "_document _length"]]:
        lists = [self.counts(length) for length in lengths]
        tables = [by_label(self.rule(each @ self.units), self.weights(each), self.rule.labels) for each in lists]
        return [
            in_random_order(counts[drawn], generator)
            for counts, drawn in zip(lists, entries(lengths, tables, wanted, generator), strict=True)
            if len(drawn)
        ]


@dataclass(frozen=True, eq=False)
class SiftedPhrases:
    """Draws word counts until there are enough of each label, and throws the others away.

    Attributes:
        counts: Draws word counts for phrases of these lengths, [document, word].
        units: What each word adds to each score, [word, score].
        rule: The label of a score.
    """

    counts: Callable[[np.ndarray, np.random.Generator], Int64[np.ndarray, "document word"]]
    units: Int64[np.ndarray, "word score"]
    rule: Rule

    def draw(
        self, lengths: Sequence[int], wanted: Int64[np.ndarray, " label"] | int, generator: np.random.Generator
    ) -> list[Int32[np.ndarray, "_document _length"]]:
        missing = np.array([wanted]) if isinstance(wanted, int) else wanted.copy()
        found: list[np.ndarray] = []
        tried = 0
        room = _MOST_DRAWN // len(self.units)
        while missing.any():
            if tried > room:
                raise no_such_phrase(lengths, None if isinstance(wanted, int) else int(missing.argmax()))
            draw = min(max(2 * int(missing.sum()), _FIRST_DRAW), 1 << 18)
            chosen = np.asarray(lengths)[generator.integers(len(lengths), size=draw)]
            counts, labels = self._decided(chosen, lengths, room, generator)
            tried += draw
            if isinstance(wanted, int):
                labels = np.zeros_like(labels)
            for label in np.flatnonzero(missing):
                members = counts[labels == label][: missing[label]]
                found.append(members)
                missing[label] -= len(members)
        counts = np.concatenate(found)
        total = counts.sum(axis=1)
        return [in_random_order(counts[total == length], generator) for length in lengths if (total == length).any()]

    def _decided(
        self, lengths: np.ndarray, asked: Sequence[int], room: int, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Word counts for each of the lengths, drawn anew until the label is decided, and the labels."""
        counts = self.counts(lengths, generator)
        labels = self.rule(counts @ self.units)
        tried = 0
        while len(open_ := np.flatnonzero(labels == UNDECIDED)):
            tried += len(open_)
            if tried > room:
                raise no_such_phrase(asked)
            counts[open_] = self.counts(lengths[open_], generator)
            labels[open_] = self.rule(counts[open_] @ self.units)
        return counts, labels


@dataclass(frozen=True, eq=False)
class CountPhrases:
    """Draws word counts, every one as probable as any other or as plain words have them, and a random order of them.

    Attributes:
        uniform: Whether each word count is as probable as any other; else each word is.
        units: What each word adds to each score, [word, score].
        rule: The label of a score.
    """

    uniform: bool
    units: Int64[np.ndarray, "word score"]
    rule: Rule

    def draw(
        self, lengths: Sequence[int], wanted: Int64[np.ndarray, " label"] | int, generator: np.random.Generator
    ) -> list[Int32[np.ndarray, "_document _length"]]:
        words = len(self.units)
        if sum(comb(length + words - 1, words - 1) for length in lengths) <= _MOST_LISTED:
            weights = uniform_weights if self.uniform else multinomial_weights
            listed = ListedPhrases(lambda length: compositions(length, words), weights, self.units, self.rule)
            return listed.draw(lengths, wanted, generator)
        draw = _uniform_counts if self.uniform else _multinomial_counts
        sifted = SiftedPhrases(lambda each, generator: draw(each, words, generator), self.units, self.rule)
        return sifted.draw(lengths, wanted, generator)


def compositions(length: int, words: int) -> Int64[np.ndarray, "count word"]:
    """All word counts of phrases of ``length`` words, [count, word].

    Example:
        >>> compositions(2, 2).tolist()
        [[0, 2], [1, 1], [2, 0]]
    """
    columns: list[np.ndarray] = []
    left = np.array([length])
    for _ in range(words - 1):
        repeats = left + 1
        first = np.cumsum(repeats) - repeats
        columns = [np.repeat(column, repeats) for column in columns]
        taken = np.arange(repeats.sum()) - np.repeat(first, repeats)
        left = np.repeat(left, repeats) - taken
        columns.append(taken)
    return np.stack([*columns, left], axis=1)


def uniform_weights(counts: Int64[np.ndarray, "count word"]) -> Float64[np.ndarray, " count"]:
    """The same weight for each of the word counts."""
    return np.ones(len(counts))


def multinomial_weights(counts: Int64[np.ndarray, "count word"]) -> Float64[np.ndarray, " count"]:
    """How probable each of the word counts is where every word is as probable as any other."""
    length = int(counts[0].sum())
    logarithms = np.append(0, np.cumsum(np.log(np.arange(1, length + 1))))
    return np.exp(logarithms[length] - logarithms[counts].sum(axis=1) - length * np.log(counts.shape[1]))


def _multinomial_counts(lengths: np.ndarray, words: int, generator: np.random.Generator) -> np.ndarray:
    return generator.multinomial(lengths, np.full(words, 1 / words))


def _uniform_counts(lengths: np.ndarray, words: int, generator: np.random.Generator) -> np.ndarray:
    """Word counts that add up to the lengths, each as probable as any other.

    Such counts are a choice of bars, one fewer than words, among as many places as words and bars: the stars before,
    between and after the bars are the counts. The places are chosen by Floyd's algorithm, which draws as many numbers
    as there are bars and never draws again.
    """
    bars = np.empty((len(lengths), words - 1), dtype=np.int64)
    for chosen in range(words - 1):
        last = lengths + chosen
        place = generator.integers(last + 1)
        taken = (bars[:, :chosen] == place[:, None]).any(axis=1)
        bars[:, chosen] = np.where(taken, last, place)
    bars.sort(axis=1)
    return np.diff(bars, axis=1, prepend=-1, append=(lengths + words - 1)[:, None]) - 1
