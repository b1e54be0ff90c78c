"""How large a new network is, where nobody says it: by the words it reads and the length of the documents."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from slowfold.errors import NetworkError, OptionError
from slowfold.text.corpus import Corpus

__all__ = ["ONE_HOT_WORDS", "Sizes", "plan"]

ONE_HOT_WORDS = 64
"""Vocabularies of more words are embedded."""

# The sizes of "The geometry of integration in text classification RNNs" (Aitken et al., ICLR 2021).
_EMBEDDING = 128
_HIDDEN = {"one-hot": 128, "embedded": 256}


class Sizes(NamedTuple):
    """The sizes of a network.

    Attributes:
        hidden: The units of the output of each layer.
        embedding: The length of a word's vector, or 0 for one-hot words.
        memory: The number of tokens up to which units remember at the start, or 0 for what the cell draws.
    """

    hidden: int
    embedding: int
    memory: int


def plan(
    corpus: Corpus, *, hidden: int | None, embedding: int | None, memory: int | None, vectors: Tensor | None
) -> Sizes:
    """The sizes that are given, and for the others those that suit ``corpus``.

    Raises:
        OptionError: A size is out of range.
        NetworkError: The vectors do not fit the vocabulary or the length of a vector that is given.
    """
    words = len(corpus.vocabulary)
    if vectors is not None:
        _require_fit(vectors, words, embedding)
        embedding = vectors.shape[1]
    if embedding is None:
        embedding = 0 if words <= ONE_HOT_WORDS else _EMBEDDING
    if embedding == 0 and words > ONE_HOT_WORDS:
        raise OptionError(
            f"one-hot input is for at most {ONE_HOT_WORDS} words, and the corpus has {words}",
            where="embedding",
            cure="give the length of a word's vector",
        )
    if hidden is None:
        hidden = _HIDDEN["embedded" if embedding else "one-hot"]
    if memory is None:
        memory = int(corpus.lengths.max(initial=0)) if embedding else 0
    for name, value in (("embedding", embedding), ("memory", memory)):
        if value < 0:
            raise OptionError(f"{value} is out of range", where=name, cure="give 0 or more")
    return Sizes(hidden, embedding, memory)


def _require_fit(vectors: Tensor, words: int, embedding: int | None) -> None:
    length = vectors.shape[1] if embedding is None else embedding
    if vectors.shape != (words, length):
        raise NetworkError(
            f"have the shape {tuple(vectors.shape)}, not {(words, length)}",
            where="vectors",
            cure="give one row a word, in the order of the vocabulary",
        )
    if not bool(vectors.isfinite().all()):
        raise NetworkError("hold numbers that are not finite", where="vectors", cure="give finite ones")
