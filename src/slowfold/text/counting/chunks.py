"""Documents as token ids, some at a time: the second look at documents whose words have been counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import polars as pl
from jaxtyping import Int32, Int64

from slowfold.errors import DataError
from slowfold.text.corpus import Corpus
from slowfold.text.counting.counts import WordCounts
from slowfold.text.names import quoted
from slowfold.text.reading.stream import Batch, DocumentStream
from slowfold.text.vocabulary import encode_words

__all__ = ["Chunk", "encode_documents"]

# Tokens of a corpus that are looked at together: enough for numpy to be fast, little enough to stay in the caches.
_TOKENS_AT_ONCE = 2**20


@dataclass(frozen=True)
class Chunk:
    """Some documents as token ids.

    Attributes:
        tokens: The token ids of all documents, one document after the other, [token].
        offsets: Where each document begins in ``tokens``, and where the last one ends, [document + 1].
        sets: Which labels each document has, as a row of ``label_sets`` of the counts: where documents have one label,
            its class, [document].
    """

    tokens: Int32[np.ndarray, " token"]
    offsets: Int64[np.ndarray, " boundary"]
    sets: Int64[np.ndarray, " document"]

    def __len__(self) -> int:
        return len(self.sets)


def encode_documents(
    documents: Corpus | DocumentStream | Iterable[Batch],
    counts: WordCounts,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Chunk]:
    """The documents that were counted, once more, in the words and the classes of their counts.

    Args:
        documents: A corpus, documents of files, or batches of your own.
        counts: What was counted of these documents; in its vocabulary words are numbered.
        progress: Is told which share of the files has been read, from 0 to 1.

    Raises:
        DataError: The documents cannot be read, or hold a word or a label that was not counted.

    Example:
        >>> from slowfold.text.counting.tally import count_words
        >>> batch = Batch(pl.Series([["so", "good"], ["bad"]]), pl.Series(["yes", "no"]))
        >>> [chunk] = encode_documents([batch], count_words([batch]))
        >>> chunk.tokens.tolist(), chunk.offsets.tolist(), chunk.sets.tolist()
        ([2, 1, 0], [0, 2, 3], [1, 0])
    """
    if isinstance(documents, Corpus):
        return _chunks_of(documents, counts)
    encode = partial(_encode, counts=counts)
    return documents.each(encode, progress) if isinstance(documents, DocumentStream) else map(encode, documents)


def _chunks_of(corpus: Corpus, counts: WordCounts) -> Iterator[Chunk]:
    if (corpus.vocabulary, corpus.class_names) != (counts.vocabulary, counts.class_names):
        raise DataError(
            "these are not the words or the classes that were counted", where=corpus.name, cure="count this corpus"
        )
    sets = corpus.labels if corpus.kind != "multilabel" else _set_rows(np.asarray(corpus.labels, np.bool_), counts)
    begin = 0
    while begin < len(corpus):
        reach = np.searchsorted(corpus.offsets, corpus.offsets[begin] + _TOKENS_AT_ONCE, side="right") - 1
        end = min(max(int(reach), begin + 1), len(corpus))
        first = corpus.offsets[begin]
        yield Chunk(
            corpus.tokens[first : corpus.offsets[end]], corpus.offsets[begin : end + 1] - first, sets[begin:end]
        )
        begin = end


def _encode(batch: Batch, counts: WordCounts) -> Chunk:
    tokens, offsets = encode_words(batch.words, counts.vocabulary)
    several = isinstance(batch.labels.dtype, pl.List)
    names = (batch.labels.explode() if several else batch.labels).drop_nulls()
    rows = names.replace_strict(
        list(counts.class_names), list(range(len(counts.class_names))), default=None, return_dtype=pl.Int64
    )
    if rows.null_count():
        lost = cast("str", names[int(rows.is_null().arg_max() or 0)])
        raise DataError(f"the label {quoted(lost)} was not counted", where="documents", cure="count these documents")
    if not several:
        return Chunk(tokens, offsets, rows.to_numpy())
    having = np.zeros((len(batch), len(counts.class_names)), dtype=np.bool_)
    having[np.repeat(np.arange(len(batch)), batch.labels.list.len().to_numpy()), rows.to_numpy()] = True
    return Chunk(tokens, offsets, _set_rows(having, counts))


def _set_rows(labels: np.ndarray, counts: WordCounts) -> np.ndarray:
    """The row of each document's set of labels among those that were counted."""
    places = {row.tobytes(): place for place, row in enumerate(counts.label_sets)}
    distinct, which = np.unique(labels, axis=0, return_inverse=True)
    rows = [places.get(row.tobytes(), -1) for row in distinct]
    if -1 in rows:
        names = [counts.class_names[label] for label in np.flatnonzero(distinct[rows.index(-1)])]
        raise DataError(
            f"no document was counted with the labels {', '.join(map(quoted, names)) or 'of nothing'}",
            where="documents",
            cure="count these documents",
        )
    return np.array(rows, dtype=np.int64)[which.reshape(-1)]
