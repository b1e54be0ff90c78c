"""Counting words by class in one pass, in memory that grows with the number of different words alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from slowfold.errors import DataError
from slowfold.text.corpus import Corpus, Kind
from slowfold.text.counting.counts import WordCounts
from slowfold.text.counting.joining import add_sets, by_frequency, number_distinct
from slowfold.text.names import quoted
from slowfold.text.reading.cutting import CutStream
from slowfold.text.reading.labels import sort_names
from slowfold.text.reading.stream import Batch, DocumentStream
from slowfold.text.vocabulary import WORD_PATTERN, Vocabulary

__all__ = ["Tally", "count_words", "split_roughly", "tally_parts"]

# The label under which every document counts once, where documents have any number of labels.
_EVERY = 0

# Rows of parts that wait to be added up. They keep the texts of their batches in memory until then, some two hundred
# bytes a row; adding up half a million takes a twentieth of the time that it takes to read them.
_WAITING_ROWS = 500_000

# Marks that are words of their own wherever they stand, so that texts may be cut on both sides of them.
_MARKS = list('.,!?;:()"-/$&%*#@+=<>[]{}\\~^`|')

_SCHEMA = {"label": pl.UInt32, "word": pl.String, "count": pl.Int64}


class Tally:
    """A running count of the words of each label, whatever labels come.

    It holds a row for each word of each label, and nothing of the documents. What was counted apart is brought together
    by :meth:`include`; what it adds up to does not depend on how the documents were divided.

    Args:
        batch: Documents to begin with, given one label each, or a list of labels each.

    Attributes:
        labels: The number of documents of each label.

    Example:
        >>> tally = Tally(Batch(pl.Series([["so", "good"], ["bad"]]), pl.Series(["yes", "no"])))
        >>> tally.include(Tally(Batch(pl.Series([["good"]]), pl.Series(["yes"]))))
        >>> tally.labels["yes"], tally.finish(("yes", "no"), "categorical").words.tolist()
        (2, [[2, 0, 1], [0, 1, 0]])
    """

    def __init__(self, batch: Batch | None = None) -> None:
        self._codes: dict[str, int] = {}
        # How many documents have each set of labels, the codes of a set rising.
        self._sets: dict[tuple[int, ...], int] = {}
        self._parts = [pl.DataFrame(schema=_SCHEMA)]
        self._in_pieces = False
        if batch is not None and len(batch):
            self._count(batch)

    @classmethod
    def of_pieces(cls, batch: Batch) -> Tally:
        """The same of documents that :func:`split_roughly` has cut, into pieces that hold any number of words."""
        tally = cls(batch)
        tally._in_pieces = True
        return tally

    @property
    def labels(self) -> dict[str, int]:
        """The labels met so far, and the number of documents of each."""
        documents = Counter[int]()
        for labels, number in self._sets.items():
            documents.update(dict.fromkeys(labels, number))
        return {label: documents[code] for label, code in self._codes.items()}

    @property
    def documents(self) -> int:
        """The number of documents counted so far."""
        return sum(self._sets.values())

    def include(self, other: Tally) -> None:
        """Adds what another has counted."""
        codes = {_EVERY: _EVERY}
        for label, code in other._codes.items():
            codes[code] = self._codes.setdefault(label, len(self._codes) + 1)
        for labels, documents in other._sets.items():
            here = tuple(sorted(codes[label] for label in labels))
            self._sets[here] = self._sets.get(here, 0) + documents
        parts = other._parts
        if any(code != here for code, here in codes.items()):
            label = pl.col("label").replace_strict(list(codes), list(codes.values()), return_dtype=pl.UInt32)
            parts = [part.with_columns(label) for part in parts]
        self._parts += parts
        self._in_pieces |= other._in_pieces
        # The first part is what was added up before: it is gone through again only when as much has come to it.
        if sum(part.height for part in self._parts[1:]) > max(_WAITING_ROWS, self._parts[0].height):
            self._add_up()

    def finish(self, class_names: Iterable[str], kind: Kind) -> WordCounts:
        """The counts, the classes in the order of ``class_names``, the words by frequency and then by alphabet.

        Raises:
            DataError: There are no documents, or a label is none of the classes.
        """
        names = tuple(class_names)
        lost = next((label for label in self._codes if label not in names), None)
        if lost is not None or not self._sets:
            what = "there are no documents" if lost is None else f"the label {quoted(lost)} is none of the classes"
            raise DataError(what, where="count_words", cure="give documents of the classes that are counted")
        rows = np.zeros(len(self._codes) + 1, dtype=np.int64)
        rows[list(self._codes.values())] = [names.index(label) for label in self._codes]
        several = kind == "multilabel"
        label, word, count, listed = self._in_words()
        own = label != _EVERY
        once = ~own if several else own
        occurrences = np.zeros(len(listed), dtype=np.int64)
        np.add.at(occurrences, word[once], count[once])
        order = by_frequency(listed, occurrences)
        places = np.argsort(order)
        words = np.zeros((len(names), len(listed)), dtype=np.int64)
        np.add.at(words, (rows[label[own]], places[word[own]]), count[own])
        sets = np.zeros((len(self._sets), len(names)), dtype=np.bool_)
        for row, labels in zip(sets, self._sets, strict=True):
            row[rows[list(labels)]] = True
        documents = np.array(list(self._sets.values()), dtype=np.int64)
        if several:
            sets, documents = add_sets(sets, documents)
        else:
            documents, sets = documents @ sets, np.eye(len(names), dtype=np.bool_)
        vocabulary = Vocabulary(tuple(listed.gather(order).to_list()))
        return WordCounts(words, occurrences[order], sets, documents, names, vocabulary, kind)

    def _count(self, batch: Batch) -> None:
        several = isinstance(batch.labels.dtype, pl.List)
        names = (batch.labels.explode() if several else batch.labels).drop_nulls().unique().sort().to_list()
        self._codes = {name: code for code, name in enumerate(names, start=1)}
        coded = pl.element() if several else pl.col("label")
        coded = coded.replace_strict(names, list(self._codes.values()), default=None, return_dtype=pl.UInt32)
        frame = batch.labels.to_frame("label")
        if several:
            frame = frame.select(pl.col("label").list.eval(coded).list.unique().list.sort())
        else:
            frame = frame.select(coded)
        for labels, documents in frame.group_by("label").len().iter_rows():
            self._sets[tuple(labels) if several else (labels,)] = documents
        words = frame.lazy().with_columns(batch.words.alias("word"))
        if several:
            every = pl.concat_list(pl.lit(_EVERY, pl.UInt32), "label").alias("label")
            words = words.with_columns(every).explode("label")
        counts = words.explode("word").group_by("label", "word").agg(pl.len().cast(pl.Int64).alias("count"))
        self._parts = [counts.drop_nulls("word").collect(engine="streaming")]

    def _add_up(self) -> None:
        """Makes one part of all."""
        table = pl.concat(self._parts).lazy().group_by("label", "word").agg(pl.col("count").sum())
        self._parts = [table.collect(engine="streaming")]

    def _in_words(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, pl.Series]:
        """Labels, words by number, and counts, [row], of all that was counted; and what words the numbers stand for.

        A word of a label may have several rows.
        """
        table = pl.concat(self._parts)
        label, count = table["label"].to_numpy(), table["count"].to_numpy()
        piece, listed = number_distinct(table["word"])
        if not self._in_pieces:
            return label, piece, count, listed
        # Words that were cut before stay what they are: they are pieces that hold one word.
        words = listed.str.extract_all(WORD_PATTERN)
        numbers, listed = number_distinct(words.explode().drop_nulls())
        lengths = words.list.len().to_numpy().astype(np.int64)
        ends = np.cumsum(lengths)
        rows = np.repeat(np.arange(len(piece)), lengths[piece])
        # How far from the end of its piece each word is, the last by one.
        behind = np.cumsum(lengths[piece])[rows] - np.arange(len(rows))
        return label[rows], numbers[ends[piece[rows]] - behind], count[rows], listed


def split_roughly(texts: pl.Series) -> pl.Series:
    """Texts in lower case, cut at spaces and beside most marks, List(String) [document]: far faster than into words.

    No word goes across such a place. So the words of a text are those of its pieces, and only pieces that differ have
    to be cut into words in full, which are a small part of all.

    Example:
        >>> split_roughly(pl.Series(["Don't PANIC, s\u2019il vous plaît!"])).to_list()
        [["don't", 'panic', ',', '', 's’il', 'vous', 'plaît', '!', '']]
    """
    return texts.str.to_lowercase().str.replace_many(_MARKS, [f" {mark} " for mark in _MARKS]).str.split(" ")


def tally_parts(stream: DocumentStream, progress: Callable[[float], None] | None = None) -> Iterator[Tally]:
    """What is counted of each batch of a stream."""
    if isinstance(stream, CutStream):
        # Where documents are cut after so many words, there have to be words.
        return stream.each(Tally, progress)
    # Pieces are fewer than words, and few of them differ: larger batches save time, in no more memory.
    larger = replace(stream, batch_bytes=4 * stream.batch_bytes)
    return larger.each(Tally.of_pieces, progress, split_roughly)


def count_words(
    documents: Corpus | DocumentStream | Iterable[Batch], progress: Callable[[float], None] | None = None
) -> WordCounts:
    """Counts the words of each class, in one pass over the documents.

    Of a corpus, which is in memory, the words are counted as it knows them, ``<unk>`` among them. Documents that are
    streamed are forgotten once they are counted; all their words are kept, by frequency and then by alphabet, and
    :meth:`WordCounts.limited` leaves the rare ones out.

    Args:
        documents: A corpus, documents of files, or batches of your own, whose labels are then the classes.
        progress: Is told which share of the files has been read, from 0 to 1.

    Raises:
        DataError: The documents cannot be read, or their labels cannot be classes.

    Example:
        >>> vocabulary = Vocabulary(("the", "good", "bad"))
        >>> corpus = Corpus.from_tokens([[1, 0], [2], [0, 1, 1]], [0, 1, 0], vocabulary, ("good", "bad"))
        >>> count_words(corpus).words.tolist()
        [[2, 3, 0], [0, 0, 1]]
    """
    if isinstance(documents, Corpus):
        return _count_corpus(documents)
    tally = Tally()
    if isinstance(documents, DocumentStream):
        for part in tally_parts(documents, progress):
            tally.include(part)
        return tally.finish(documents.class_names(tally.labels), documents.kind)
    kind: Kind = "categorical"
    for batch in documents:
        tally.include(Tally(batch))
        kind = "multilabel" if isinstance(batch.labels.dtype, pl.List) else kind
    return tally.finish(sort_names(tally.labels), kind)


def _count_corpus(corpus: Corpus) -> WordCounts:
    classes, size = len(corpus.class_names), len(corpus.vocabulary)
    if corpus.kind != "multilabel":
        cells = np.repeat(corpus.labels * size, corpus.lengths) + corpus.tokens
        words = np.bincount(cells, minlength=classes * size).reshape(classes, size).astype(np.int64)
        documents = np.bincount(corpus.labels, minlength=classes).astype(np.int64)
        return WordCounts.of_classes(words, documents, corpus.class_names, corpus.vocabulary, corpus.kind)
    words = np.zeros((classes, size), dtype=np.int64)
    for row, having in zip(words, corpus.labels.T, strict=True):
        row += np.bincount(corpus.tokens[np.repeat(having, corpus.lengths)], minlength=size)
    sets, documents = add_sets(corpus.labels, np.ones(len(corpus), dtype=np.int64))
    occurrences = np.bincount(corpus.tokens, minlength=size).astype(np.int64)
    return WordCounts(words, occurrences, sets, documents, corpus.class_names, corpus.vocabulary, corpus.kind)
