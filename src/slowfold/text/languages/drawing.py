"""How phrases are drawn: what every way of drawing them does, and the parts that they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Int32, Int64, Shaped

from slowfold.errors import OptionError

__all__ = ["Choices", "Phrases", "by_label", "by_length", "entries", "in_random_order", "no_such_phrase", "quotas"]


@runtime_checkable
class Phrases(Protocol):
    """A way to draw phrases, each with one of the lengths and a label that is decided.

    Every length is as probable as any other before labels are asked for; what is drawn of a label has the lengths that
    phrases of this label have.
    """

    def draw(
        self, lengths: Sequence[int], wanted: Int64[np.ndarray, " label"] | int, generator: np.random.Generator
    ) -> list[Int32[np.ndarray, "_document _length"]]:
        """Draws phrases.

        Args:
            lengths: The lengths that a phrase may have.
            wanted: How many phrases of each label, or how many with the labels that they happen to have.
            generator: Draws them.

        Returns:
            The words of phrases of the same length together, [document, length] each; labels stand in no order that
            can be relied on.

        Raises:
            OptionError: There are no such phrases.
        """
        ...


class Choices:
    """Draws one of several options, whose probabilities differ from row to row of a table.

    Args:
        weights: The weight of each option, [row, option]; a row may be empty if it is never drawn from.

    Example:
        >>> choices = Choices(np.array([[0.0, 1.0], [2.0, 0.0]]))
        >>> choices.draw(np.array([0, 1, 0]), np.random.default_rng(0)).tolist()
        [1, 0, 1]
    """

    def __init__(self, weights: Float64[np.ndarray, "row option"]) -> None:
        total = np.cumsum(weights, axis=1)
        last = total[:, -1:]
        rows, options = weights.shape
        self._depth = (options - 1).bit_length()
        # Filled up to a power of two, so that a search by halves needs no bounds.
        table = np.full((rows, 1 << self._depth), np.inf)
        np.divide(total, last, out=table[:, :options], where=last > 0)
        self._table = table.ravel()

    def draw(self, rows: Int64[np.ndarray, " draw"], generator: np.random.Generator) -> Int64[np.ndarray, " draw"]:
        """An option for each of the rows, [draw]."""
        number = generator.random(len(rows))
        first = rows << self._depth
        found = first - 1
        for half in range(self._depth - 1, -1, -1):
            # Everything up to here lies below the number drawn: go on behind it.
            found += (self._table[found + (1 << half)] <= number).astype(np.int64) << half
        return found - first + 1


def quotas(documents: int, shares: Float64[np.ndarray, " label"]) -> Int64[np.ndarray, " label"]:
    """How many of ``documents`` have each label: the whole part of its share, and one more for the largest rests.

    Example:
        >>> quotas(8, np.array([0.5, 0.25, 0.25])).tolist(), quotas(8, np.full(3, 1 / 3)).tolist()
        ([4, 2, 2], [3, 3, 2])
    """
    # Rounded, so that rests that are equal but for rounding go to the first labels.
    exact = np.round(documents * shares, 9)
    wanted = np.floor(exact).astype(np.int64)
    missing = documents - int(wanted.sum())
    wanted[np.argsort(wanted - exact, kind="stable")[:missing]] += 1
    return wanted


def by_length(
    lengths: Sequence[int],
    weights: Float64[np.ndarray, "length label"],
    wanted: Int64[np.ndarray, " label"] | int,
    generator: np.random.Generator,
) -> Int64[np.ndarray, "length label"]:
    """How many phrases to draw of each length and label, [length, label].

    Args:
        lengths: The lengths.
        weights: How probable each label is among the decided phrases of each length, but for a factor, [length, label];
            zeros where no phrase of a length is decided. Every other length is as probable as the next.
        wanted: How many phrases of each label, or of all together.
        generator: Draws the lengths.

    Raises:
        OptionError: A label is wanted that no phrase has.
    """
    decided = weights.sum(axis=1, keepdims=True)
    chances = weights / np.where(decided > 0, decided, 1)
    if isinstance(wanted, int):
        if not chances.any():
            raise no_such_phrase(lengths)
        return generator.multinomial(wanted, chances.ravel() / chances.sum()).reshape(chances.shape)
    numbers = np.zeros(chances.shape, dtype=np.int64)
    for label in np.flatnonzero(wanted):
        chance = chances[:, label]
        if not chance.any():
            raise no_such_phrase(lengths, int(label))
        numbers[:, label] = generator.multinomial(wanted[label], chance / chance.sum())
    return numbers


def by_label(
    labels: Int64[np.ndarray, " entry"], weights: Shaped[np.ndarray, " entry"], number: int
) -> Float64[np.ndarray, "label entry"]:
    """The weights of entries, each in the row of its label and zero elsewhere, [label, entry]; undecided ones in none.

    Example:
        >>> by_label(np.array([1, 0, -1]), np.array([2.0, 3.0, 4.0]), 2).tolist()
        [[0.0, 3.0, 0.0], [2.0, 0.0, 0.0]]
    """
    return np.where(labels == np.arange(number)[:, None], weights, 0.0)


def entries(
    lengths: Sequence[int],
    tables: Sequence[Float64[np.ndarray, "label _entry"]],
    wanted: Int64[np.ndarray, " label"] | int,
    generator: np.random.Generator,
) -> list[Int64[np.ndarray, " _document"]]:
    """Which entries of the table of each length to make phrases of: scores, or word counts.

    Args:
        lengths: The lengths.
        tables: For each length, the weight of each entry in the row of its label, [label, entry].
        wanted: How many phrases of each label, or of all together.
        generator: Draws them.

    Raises:
        OptionError: A label is wanted that no phrase has.
    """
    numbers = by_length(lengths, np.stack([table.sum(axis=1) for table in tables]), wanted, generator)
    return [
        Choices(table).draw(np.repeat(np.arange(len(number)), number), generator)
        for table, number in zip(tables, numbers, strict=True)
    ]


def no_such_phrase(lengths: Sequence[int], label: int | None = None) -> OptionError:
    """The error for a label that no phrase has, or for phrases none of which is decided."""
    words = str(lengths[0]) if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    what = "a label that is decided" if label is None else f"the label number {label}"
    return OptionError(
        f"of phrases of {words} words none, or hardly any, has {what}",
        where="length",
        cure="ask for longer phrases or fewer labels",
    )


def in_random_order(
    counts: Int64[np.ndarray, "document word"], generator: np.random.Generator
) -> Int32[np.ndarray, "document length"]:
    """Phrases of one length with these counts of each word, every order as probable as any other."""
    documents, words = counts.shape
    ids = np.tile(np.arange(words, dtype=np.int32), documents)
    return generator.permuted(np.repeat(ids, counts.ravel()).reshape(documents, -1), axis=1)
