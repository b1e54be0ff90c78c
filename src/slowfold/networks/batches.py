"""Batches of documents of similar length, in an order that a seed and an epoch decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from slowfold.errors import OptionError
from slowfold.networks.heads import Labels
from slowfold.text.corpus import Corpus

__all__ = ["Batch", "Order", "batches_per_epoch", "epoch_order", "gather_batch", "reading_order"]

POOL = 50


class Batch(NamedTuple):
    """Documents padded to the longest among them.

    Attributes:
        tokens: Word numbers, [document, time]; beyond the end of a document they are 0 and mean nothing.
        lengths: The number of words of each document, [document].
        labels: The class of each document, [document], or which labels it has, [document, label].
        targets: What is to be said after each word, [document, time, output], or None; beyond the end of a document
            they mean nothing.
    """

    tokens: Int64[Tensor, "document time"]
    lengths: Int64[Tensor, " document"]
    labels: Labels
    targets: Float[Tensor, "document time output"] | None = None

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return self._each(lambda part: part.to(device, non_blocking=True))

    def pinned(self) -> Batch:
        """The same batch in memory that a GPU copies from without waiting."""
        return self._each(Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        targets = None if self.targets is None else change(self.targets)
        return Batch(change(self.tokens), change(self.lengths), change(self.labels), targets)


def batches_per_epoch(documents: int, size: int) -> int:
    """How many batches of at most ``size`` documents one pass over ``documents`` takes.

    Raises:
        OptionError: ``size`` is below 1.

    Example:
        >>> batches_per_epoch(1000, 64)
        16
    """
    if size < 1:
        raise OptionError(f"{size} documents make no batch", where="batch_size", cure="give 1 or more")
    return math.ceil(documents / size)


def epoch_order(
    lengths: Int64[np.ndarray, " document"], *, size: int, seed: int, epoch: int, pool: int = POOL, tokens: int = 0
) -> list[Int64[np.ndarray, " member"]]:
    """The documents of each batch of one epoch: every document once, batches in random order.

    The documents are shuffled and cut into pools of ``pool`` batches, each pool is sorted by length and cut into
    batches, and the batches are shuffled. So the documents of a batch are of similar length, hence little is padded,
    and which documents meet still changes from epoch to epoch. The batches differ by at most one document in size: a
    last batch of a few documents would move the weights as far as a whole one, on a much noisier gradient. Where there
    is a budget of tokens, those above it are cut on into equal parts; a document that is longer than the budget makes a
    batch of its own.

    Args:
        lengths: The number of words of each document, [document].
        size: The most documents in a batch.
        seed: Decides the order, together with ``epoch``: nothing else does, so a killed run finds its place again.
        epoch: Counts from 0.
        pool: How many batches are sorted together.
        tokens: The most tokens in a batch, padding included; 0 for no such bound.

    Raises:
        OptionError: ``size`` or ``pool`` is below 1, or ``tokens`` below 0.

    Example:
        >>> [members.tolist() for members in epoch_order(np.array([9, 1, 8, 2]), size=2, seed=0, epoch=0)]
        [[2, 0], [1, 3]]
    """
    if pool < 1:
        raise OptionError(f"{pool} batches make no pool", where="pool", cure="give 1 or more")
    if tokens < 0:
        raise OptionError(f"{tokens} is out of range", where="batch_tokens", cure="give 1 or more, or 0 for no bound")
    count = batches_per_epoch(len(lengths), size)
    # The one sets this stream apart from the other draws of a seed: a trailing 0 alone would not.
    generator = np.random.default_rng([seed, epoch, 1])
    order = generator.permutation(len(lengths))
    bounds = np.arange(count + 1) * len(lengths) // max(count, 1)
    for first in range(0, count, pool):
        start, stop = bounds[first], bounds[min(first + pool, count)]
        members = order[start:stop]
        order[start:stop] = members[np.argsort(lengths[members], kind="stable")]
    batches = [order[bounds[batch] : bounds[batch + 1]] for batch in range(count)]
    if tokens:
        batches = [part for members in batches for part in _within(members, lengths, tokens)]
    return [batches[place] for place in generator.permutation(len(batches))]


def _within(members: np.ndarray, lengths: np.ndarray, tokens: int) -> list[np.ndarray]:
    """A batch, shortest document first, in as few nearly equal parts as keep to so many tokens each."""
    at_once = max(tokens // max(int(lengths[members[-1]]), 1), 1)
    return np.array_split(members, math.ceil(len(members) / at_once)) if len(members) else [members]


@dataclass(frozen=True, eq=False)
class Order:
    """The order in which a training meets its documents, epoch after epoch.

    Attributes:
        lengths: The number of words of each document, [document].
        size: The most documents in a batch.
        tokens: The most tokens in a batch, padding included; 0 for no such bound.
        seed: Decides the order.
    """

    lengths: Int64[np.ndarray, " document"]
    size: int
    tokens: int
    seed: int

    def epoch(self, number: int) -> list[Int64[np.ndarray, " member"]]:
        """The documents of each batch of one epoch; see :func:`epoch_order`."""
        return epoch_order(self.lengths, size=self.size, seed=self.seed, epoch=number, tokens=self.tokens)

    def steps(self, epochs: int) -> int:
        """How many batches the first ``epochs`` epochs have."""
        if not self.tokens:
            return epochs * batches_per_epoch(len(self.lengths), self.size)
        return sum(len(self.epoch(number)) for number in range(epochs))

    def after(self, step: int) -> Iterator[Int64[np.ndarray, " member"]]:
        """The batches that follow on the first ``step``, without end."""
        if self.tokens:
            # A budget makes more batches of one epoch than of another: they have to be counted.
            epoch = 0
            while step >= (batches := len(self.epoch(epoch))):
                epoch, step = epoch + 1, step - batches
        else:
            epoch, step = divmod(step, batches_per_epoch(len(self.lengths), self.size))
        while True:
            yield from self.epoch(epoch)[step:]
            epoch, step = epoch + 1, 0


def gather_batch(
    corpus: Corpus,
    documents: Int64[np.ndarray, " document"],
    targets: Float[np.ndarray, "token output"] | None = None,
) -> Batch:
    """The given documents of ``corpus``, padded to the longest among them, with their ``targets`` if there are any."""
    lengths = corpus.lengths[documents]
    time = np.arange(lengths.max(initial=0))
    real = time < lengths[:, None]
    positions = np.where(real, corpus.offsets[:-1][documents][:, None] + time, 0)
    tokens = np.where(real, corpus.tokens[positions], 0)
    return Batch(
        tokens=torch.from_numpy(tokens.astype(np.int64)),
        lengths=torch.from_numpy(lengths.astype(np.int64)),
        labels=torch.from_numpy(corpus.labels[documents]),
        targets=None if targets is None else torch.from_numpy(targets[positions]),
    )


def reading_order(
    lengths: Int64[np.ndarray, " document"], *, budget: int = 16_384
) -> Iterator[Int64[np.ndarray, " member"]]:
    """Yields the documents of each batch for reading all of them once: by length, at most ``budget`` tokens a batch.

    A single document longer than ``budget`` makes a batch of its own.

    Example:
        >>> [members.tolist() for members in reading_order(np.array([3, 1, 2, 9]), budget=6)]
        [[1, 2], [0], [3]]
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        # The last document of a batch is its longest, so the cost of ending after document i only grows with i.
        ahead = order[start : start + budget]
        cost = lengths[ahead] * np.arange(1, len(ahead) + 1)
        stop = start + max(int(np.searchsorted(cost, budget, side="right")), 1)
        yield order[start:stop]
        start = stop
