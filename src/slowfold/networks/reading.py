"""Reading a corpus: every document once, in batches of similar length, the states kept without padding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from slowfold.networks.batches import gather_batch, reading_order
from slowfold.networks.heads import Decided
from slowfold.text.corpus import Corpus

__all__ = ["Reading", "Visited", "last_states", "read_final", "read_visited"]

Unroll = Callable[[Tensor], Tensor]
"""Takes word numbers, [document, time], to the states after each word, [document, time, unit]."""


@dataclass(frozen=True)
class Reading:
    """What a network made of every document of a corpus, documents in the order of the corpus.

    Attributes:
        states: The visited states, those after each word, document after document without padding, [token, unit].
        offsets: Document i owns the states from ``offsets[i]`` up to ``offsets[i + 1]``, [document + 1].
        final: The state after the last word, [document, unit].
        logits: The evidence for each class, in nats up to a constant a document, [document, class]; of several labels
            a document, that for each label against its absence.
        predicted: The class with the most evidence, [document], or the labels with any, [document, label].
    """

    states: Float[Tensor, "token unit"]
    offsets: Int64[Tensor, " boundary"]
    final: Float[Tensor, "document unit"]
    logits: Float[Tensor, "document class"]
    predicted: Decided


class Visited(NamedTuple):
    """The states that reading leads through.

    Attributes:
        states: Those after each word, document after document without padding, [token, unit].
        offsets: Document i owns the states from ``offsets[i]`` up to ``offsets[i + 1]``, [document + 1].
        final: Those after the last word, [document, unit].
    """

    states: Float[Tensor, "token unit"]
    offsets: Int64[Tensor, " boundary"]
    final: Float[Tensor, "document unit"]


def read_visited(corpus: Corpus, unroll: Unroll, initial_state: Float[Tensor, " unit"]) -> Visited:
    """Reads every document and keeps all states, on the CPU.

    Args:
        corpus: The documents.
        unroll: Takes word numbers, [document, time], to the states after each word, [document, time, unit].
        initial_state: The state before the first word, [unit]; reading is done where it lies.
    """
    size = len(initial_state)
    states = initial_state.new_empty((len(corpus.tokens), size), device="cpu")
    final = initial_state.new_empty((len(corpus), size), device="cpu")
    offsets = torch.from_numpy(np.array(corpus.offsets, dtype=np.int64))
    for documents, visited, lengths in _unrolled(corpus, unroll, initial_state.device):
        final[documents] = last_states(visited, lengths)
        time = torch.arange(visited.shape[1])
        real = time < lengths[:, None]
        states[(offsets[documents][:, None] + time)[real]] = visited[real]
    return Visited(states, offsets, final)


def read_final(corpus: Corpus, unroll: Unroll, initial_state: Float[Tensor, " unit"]) -> Float[Tensor, "document unit"]:
    """Reads every document and keeps the state after its last word, on the CPU; see :func:`read_visited`."""
    final = initial_state.new_empty((len(corpus), len(initial_state)), device="cpu")
    for documents, visited, lengths in _unrolled(corpus, unroll, initial_state.device):
        final[documents] = last_states(visited, lengths)
    return final


def last_states(
    states: Float[Tensor, "document time unit"], lengths: Int64[Tensor, " document"]
) -> Float[Tensor, "document unit"]:
    """The state after the last word of each document, [document, unit]."""
    return states[torch.arange(len(states), device=states.device), lengths - 1]


def _unrolled(corpus: Corpus, unroll: Unroll, device: torch.device) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batch by batch, on the CPU: which documents, their states [document, time, unit], and their lengths."""
    for members in reading_order(corpus.lengths):
        batch = gather_batch(corpus, members)
        yield torch.from_numpy(members), unroll(batch.tokens.to(device)).cpu(), batch.lengths
