"""Phrases with uniform scores, where every word adds to the score of one class: class after class, within a budget."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
from jaxtyping import Int32, Int64

from slowfold.errors import OptionError
from slowfold.text.languages.drawing import Choices, in_random_order
from slowfold.text.languages.lattice import compositions

__all__ = ["BlockPhrases"]

# Phrases whose tables are kept at a time: 20 classes of 51 numbers for each are then 128 MiB.
_CHUNK = 1 << 14

# Word counts of one class that are listed: 50 words of four strengths are 316,251, of three 23,426.
_MOST_WAYS = 1_000_000


@dataclass(frozen=True)
class BlockPhrases:
    """Draws a score of all classes, every one as probable as any other, then one of its word counts, likewise.

    The words are those of the first value for each class, those of the second, and so on; the last is neutral and fills
    up the phrase. So a score is possible if the fewest words that make it, class by class, are no more than there is
    room for: classes are drawn one after the other within what room is left.

    Attributes:
        classes: How many classes there are.
        values: What each word of a class adds to its score.
    """

    classes: int
    values: tuple[int, ...]

    def free(self, length: int, documents: int, generator: np.random.Generator) -> Int32[np.ndarray, "document length"]:
        """Phrases of one length, whatever their labels."""
        block = _block(self.values, length)
        scores = self._scores(block, length, documents, generator)
        slack = length - block.cost[scores].sum(axis=1)
        extra = np.zeros_like(scores)
        if not block.single:
            # Phrases with about as many words to spare go together: their tables are as wide as that number.
            order = np.argsort(slack, kind="stable")
            for first in range(0, documents, _CHUNK):
                here = order[first : first + _CHUNK]
                extra[here] = _extra_words(block, scores[here], slack[here], generator)
        counts = block.counts(scores, extra, generator).swapaxes(1, 2).reshape(documents, -1)
        return in_random_order(np.hstack([counts, length - counts.sum(axis=1, keepdims=True)]), generator)

    def _scores(
        self, block: _Block, length: int, documents: int, generator: np.random.Generator
    ) -> Int64[np.ndarray, "document class"]:
        """Scores as their rows in the table of the block, each possible one as probable as any other."""
        # In how many ways the classes to come can be scored within so many words.
        within = [np.ones(length + 1)]
        for _ in range(self.classes):
            within.append(np.convolve(block.cheapest, within[-1])[: length + 1])
        left = np.full(documents, length)
        rows = np.empty((documents, self.classes), dtype=np.int64)
        for place in range(self.classes):
            later = within[self.classes - place - 1]
            cost = Choices(_shares(block.cheapest, later)).draw(left, generator)
            rows[:, place] = block.first[cost] + generator.integers(block.cheapest[cost])
            left -= cost
        return rows


@dataclass(frozen=True, eq=False)
class _Block:
    """What the words of one class can make of at most so many words; scores are in the order of their cost.

    Attributes:
        cost: The fewest words that make each score, rising, [score].
        cheapest: How many scores cost so many words, [words].
        first: The first score of each cost, [words].
        ways: In how many ways each score is made with so many words more than it costs, [score, extra].
        like: The first score whose ways are the same as far as phrases have room for them, [score].
        members: How often each value stands, way after way, by score and number of words, [way, value].
        begin: The first of the ways of each score and number of extra words, [score, extra].
    """

    cost: Int64[np.ndarray, " score"]
    cheapest: Int64[np.ndarray, " words"]
    first: Int64[np.ndarray, " words"]
    ways: Int64[np.ndarray, "score extra"]
    like: Int64[np.ndarray, " score"]
    members: Int64[np.ndarray, "way value"]
    begin: Int64[np.ndarray, "score extra"]

    @property
    def single(self) -> bool:
        """Whether every score can be made in one way only."""
        return bool((self.ways.sum(axis=1) == 1).all())

    def counts(
        self,
        rows: Int64[np.ndarray, "document class"],
        extra: Int64[np.ndarray, "document class"],
        generator: np.random.Generator,
    ) -> Int64[np.ndarray, "document class value"]:
        """How often each value stands, every way of so many words to make the score as probable as any other."""
        way = self.begin[rows, extra]
        if self.ways.max() > 1:
            way = way + (generator.random(rows.shape) * self.ways[rows, extra]).astype(np.int64)
        return self.members[way]


@cache
def _block(values: tuple[int, ...], length: int) -> _Block:
    if comb(length + len(values), len(values)) > _MOST_WAYS:
        raise OptionError(
            f"phrases of {length} words are too long for uniform scores of {len(values)} words a class",
            where="length",
            cure="give fewer words, or ask for random scores",
        )
    counts = compositions(length, len(values) + 1)[:, :-1]
    used, score = counts.sum(axis=1), counts @ np.array(values)
    every, row = np.unique(score, return_inverse=True)
    cost = np.full(len(every), length)
    np.minimum.at(cost, row, used)
    order = np.argsort(cost, kind="stable")
    row, cost = np.argsort(order)[row], cost[order]
    extra = used - cost[row]
    ways = np.zeros((len(every), length + 1), dtype=np.int64)
    np.add.at(ways, (row, extra), 1)
    cheapest = np.bincount(cost, minlength=length + 1)
    room = length - cost + 1
    like = [
        next(q for q in range(r + 1) if (ways[q, : room[r]] == ways[r, : room[r]]).all()) for r in range(len(every))
    ]
    return _Block(
        cost=cost,
        cheapest=cheapest,
        first=np.cumsum(cheapest) - cheapest,
        ways=ways,
        like=np.array(like),
        members=counts[np.lexsort((extra, row))],
        begin=np.cumsum(ways).reshape(ways.shape) - ways,
    )


def _shares(ways: np.ndarray, later: np.ndarray) -> np.ndarray:
    """The weight of taking so many words now, for each room that is left, [room, words]."""
    room = np.arange(len(ways))
    rest = room[:, None] - room
    return ways * np.where(rest < 0, 0, later[np.maximum(rest, 0)])


def _extra_words(
    block: _Block, rows: np.ndarray, slack: np.ndarray, generator: np.random.Generator
) -> Int64[np.ndarray, "document class"]:
    """How many words more than its score costs each class takes, every way to make the scores as probable as any other.

    Args:
        block: What the words of a class can make.
        rows: The score of each class, as its row in the block, [document, class].
        slack: How many words are to spare, [document]; neutral words take what no class does.
        generator: Draws them.
    """
    width = int(slack.max()) + 1
    # Scores with the same ways within this room are treated alike, and all at once.
    kinds, kind = np.unique(block.ways[block.like, :width].astype(np.float64), axis=0, return_inverse=True)
    kind = kind.reshape(-1)[rows]
    # Where all scores are of one kind, what one phrase can still do holds for all.
    told_apart = kind if len(kinds) > 1 else kind[:1]
    later = [np.ones((len(told_apart), width))]
    for place in range(rows.shape[1] - 1, 0, -1):
        later.append(_followed(kinds, told_apart[:, place], later[-1]))
    left, room = slack, np.arange(width)
    extra = np.empty_like(rows)
    for place in range(rows.shape[1]):
        rest = left[:, None] - room
        after = np.take_along_axis(np.broadcast_to(later.pop(), rest.shape), np.maximum(rest, 0), axis=1)
        weights = np.cumsum(kinds[kind[:, place]] * np.where(rest < 0, 0, after), axis=1)
        bound = generator.random(len(rows)) * weights[:, -1]
        extra[:, place] = taken = (weights <= bound[:, None]).sum(axis=1)
        left = left - taken
    return extra


def _followed(kinds: np.ndarray, kind: np.ndarray, later: np.ndarray) -> np.ndarray:
    """In how many ways a class and those after it are made within each room, [document, room]."""
    room = np.arange(later.shape[1])
    rest = room[:, None] - room
    out = np.empty_like(later)
    for number in np.unique(kind).tolist():
        members = np.flatnonzero(kind == number)
        out[members] = later[members] @ np.where(rest < 0, 0, kinds[number][np.maximum(rest, 0)]).T
    return out
