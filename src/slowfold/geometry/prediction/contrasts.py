"""What sets the classes apart, word by word: how often they use a word, and what evidence one occurrence of it is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from slowfold.text import Kind

__all__ = ["frequency_contrasts", "word_evidence"]

# Laplace's rule of succession: each class is given every word once more than was counted, so that a word which a class
# has not used yet is evidence against it, but no proof.
_ADDED = 1


def frequency_contrasts(
    words: Int64[np.ndarray, "class word"], occurrences: Int64[np.ndarray, " word"], kind: Kind
) -> Float64[np.ndarray, "class word"]:
    """How much more often each class uses each word than classes do on average, [class, word].

    It is the share of the word among the tokens of the class, less the mean over the classes. Several labels a document
    are no alternatives, and their mean is no document's: each is set against the documents without it instead.

    Args:
        words: The number of times that each word stands in the documents of each class, [class, word].
        occurrences: The number of times that each word stands in all documents, [word].
        kind: What the labels are.

    Example:
        >>> words = np.array([[3, 1], [1, 3]])
        >>> frequency_contrasts(words, words.sum(axis=0), "categorical").tolist()
        [[0.25, -0.25], [-0.25, 0.25]]
        >>> frequency_contrasts(words[:1], words.sum(axis=0), "multilabel").tolist()
        [[0.5, -0.5]]
    """
    shares = words / words.sum(axis=1, keepdims=True)
    if kind != "multilabel":
        return shares - shares.mean(axis=0)
    rest = occurrences - words
    return shares - rest / rest.sum(axis=1, keepdims=True)


def word_evidence(
    words: Int64[np.ndarray, "class word"], occurrences: Int64[np.ndarray, " word"], kind: Kind
) -> Float64[np.ndarray, "class word"]:
    """The evidence that one occurrence of a word is for each class, in nats, [class, word].

    It is the logarithm of the smoothed share of the word among the tokens of the class, less the mean over the classes:
    what a naive Bayes classifier adds to its logits on reading the word. With several labels a document it is the
    log-likelihood ratio of the documents with the label against those without it.

    Args:
        words: The number of times that each word stands in the documents of each class, [class, word].
        occurrences: The number of times that each word stands in all documents, [word].
        kind: What the labels are.

    Example:
        >>> words = np.array([[3, 1], [1, 3]])
        >>> np.exp(word_evidence(words, words.sum(axis=0), "multilabel")[:, 0]).round(3).tolist()
        [2.0, 0.5]
    """
    shares = _log_shares(words)
    return shares - (shares.mean(axis=0) if kind != "multilabel" else _log_shares(occurrences - words))


def _log_shares(words: np.ndarray) -> np.ndarray:
    return np.log((words + _ADDED) / (words.sum(axis=1, keepdims=True) + _ADDED * words.shape[1]))
