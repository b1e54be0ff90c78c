"""How often each class uses each word."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64

from slowfold.errors import DataError
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary

__all__ = ["WordCounts", "count_words"]


@dataclass(frozen=True, eq=False)
class WordCounts:
    """How often each class uses each word.

    Attributes:
        words: The number of times that each word stands in the documents of each class, [class, word].
        documents: The number of documents of each class, [class].
        tokens: The number of tokens of each class, [class].
        class_names: The names of the classes.
        vocabulary: The words.
    """

    words: Int64[np.ndarray, "class word"] = field(repr=False)
    documents: Int64[np.ndarray, " class"]
    tokens: Int64[np.ndarray, " class"]
    class_names: tuple[str, ...]
    vocabulary: Vocabulary = field(repr=False)


def count_words(corpus: Corpus) -> WordCounts:
    """Counts the words of each class, in one pass over the tokens.

    Raises:
        DataError: Documents have several labels, so that a word belongs to no single class.

    Example:
        >>> vocabulary = Vocabulary(("the", "good", "bad"))
        >>> corpus = Corpus.from_tokens([[1, 0], [2], [0, 1, 1]], [0, 1, 0], vocabulary, ("good", "bad"))
        >>> count_words(corpus).words.tolist()
        [[2, 3, 0], [0, 0, 1]]
    """
    if corpus.kind == "multilabel":
        raise DataError(
            "documents of several labels cannot be counted class by class yet",
            where=corpus.name,
            cure="keep one label a document",
        )
    classes, size = len(corpus.class_names), len(corpus.vocabulary)
    cell = np.repeat(corpus.labels * size, corpus.lengths) + corpus.tokens
    words = np.bincount(cell, minlength=classes * size).reshape(classes, size).astype(np.int64)
    documents = np.bincount(corpus.labels, minlength=classes).astype(np.int64)
    tokens = words.sum(axis=1)
    for array in (words, documents, tokens):
        array.setflags(write=False)
    return WordCounts(words, documents, tokens, corpus.class_names, corpus.vocabulary)
