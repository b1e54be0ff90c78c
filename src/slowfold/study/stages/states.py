"""What several stages ask of states: some of them at random, the evidence there, and how they spread."""

from __future__ import annotations

import copy

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.geometry import Dimension, dimension
from slowfold.networks import Classifier, Reading
from slowfold.text import Corpus
from slowfold.text.splitting import balanced_draw

__all__ = ["document_of_states", "draw_documents", "draw_rows", "logits_of", "sample_documents", "spread_of"]

# Sets these draws apart from those that the same seed decides elsewhere.
_STREAM = 4

# Up to so many labels, documents of each combination of them are drawn alike.
_COMBINED = 3


def draw_rows(rows: int, most: int, generator: torch.Generator) -> Int64[Tensor, " drawn"]:
    """At most so many of ``rows`` rows, each as likely as any other, in their order.

    Example:
        >>> draw_rows(3, 5, torch.Generator().manual_seed(0)).tolist()
        [0, 1, 2]
    """
    return torch.randperm(rows, generator=generator)[:most].sort().values


def document_of_states(reading: Reading) -> Int64[Tensor, " state"]:
    """The number of the document in which each state was visited, [state]."""
    lengths = reading.offsets.diff()
    return torch.repeat_interleave(torch.arange(len(lengths)), lengths)


def draw_documents(corpus: Corpus, most: int, seed: int) -> Corpus:
    """At most so many documents, each as likely as any other, whatever its class, in the order of the corpus."""
    if len(corpus) <= most:
        return corpus
    return corpus.select(np.sort(np.random.default_rng([seed, _STREAM]).permutation(len(corpus))[:most]))


def sample_documents(corpus: Corpus, most: int, seed: int) -> Corpus:
    """At most so many documents, as nearly as can be the same number of each class, in the order of the corpus.

    Where documents may have several labels: of each combination, of up to three labels; of more, where most
    combinations are rare, of each label, and of those without any.

    Args:
        corpus: The documents.
        most: The greatest number of documents.
        seed: Draws which.

    Example:
        >>> from slowfold.text import LANGUAGES
        >>> corpus = LANGUAGES["multilabel"](classes=2).sample(400, seed=0)
        >>> np.unique(sample_documents(corpus, 40, seed=0).labels, axis=0, return_counts=True)[1].tolist()
        [10, 10, 10, 10]
    """
    if corpus.kind != "multilabel" or len(corpus.class_names) > _COMBINED:
        return corpus.take(most, seed=seed)
    combinations = corpus.labels @ 2 ** np.arange(len(corpus.class_names))
    return corpus.select(balanced_draw(combinations, most, classes=2 ** len(corpus.class_names), seed=seed))


def logits_of(network: Classifier, states: Float64[Tensor, "state unit"]) -> Float64[Tensor, "state class"]:
    """The evidence for each class at states, in their precision."""
    with torch.no_grad():
        return copy.deepcopy(network.readout).to(states)(network.read_out(states))


def spread_of(points: Float[Tensor, "point unit"]) -> Dimension:
    """The dimension of a cloud of points, which may be empty."""
    return dimension(points) if len(points) else Dimension.from_variances([])
