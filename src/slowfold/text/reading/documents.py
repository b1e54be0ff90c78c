"""Labelled documents in memory: word by word, but without their text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Int32, Int64

from slowfold.errors import DataError, OptionError
from slowfold.text.corpus import Corpus, Kind
from slowfold.text.grouping import group_positions, regroup_labels
from slowfold.text.names import near_names, quoted
from slowfold.text.ragged import boundaries
from slowfold.text.reading.classes import Classes, parse_classes
from slowfold.text.reading.stream import Batch, DocumentStream
from slowfold.text.splitting import stratified_split
from slowfold.text.vocabulary import MINIMUM_COUNT, VOCABULARY_SIZE, Vocabulary, most_frequent

__all__ = ["Documents", "Encoded", "collect"]

# So many tokens are counted or looked up at a time, for numpy makes longer integers of them first.
_AT_ONCE = 2**20
# Sets these draws apart from those that the same seed decides elsewhere.
_DRAWING = 14


class Encoded(NamedTuple):
    """A corpus, and what became of documents longer than the limit.

    Attributes:
        corpus: The documents as token ids.
        cut: The number of documents that were cut to the limit.
        dropped: The number of documents that were left out.
    """

    corpus: Corpus
    cut: int
    dropped: int


@dataclass(frozen=True, eq=False, repr=False)
class Documents:
    """Documents whose every word is known, and their labels. Which words a network is to know is not decided yet.

    Attributes:
        tokens: The words of all documents, one document after the other, as positions in ``lexicon``, [token].
        offsets: Where each document begins in ``tokens``, and where the last one ends, [document + 1].
        labels: The class of each document, [document]; where documents have several labels, which ones they have,
            [document, label].
        lexicon: Every word that was read, by alphabet, String [word]; some may be in no document that is left.
        class_names: The names of the classes.
        kind: ``"categorical"``, ``"ordered"`` (the classes stand in their order) or ``"multilabel"``.
        name: What the documents are called in reports.
        source: Where they were read.
    """

    tokens: Int32[np.ndarray, " token"]
    offsets: Int64[np.ndarray, " boundary"]
    labels: Int64[np.ndarray, " document"] | Bool[np.ndarray, "document label"]
    lexicon: pl.Series
    class_names: tuple[str, ...]
    kind: Kind
    name: str
    source: str

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __repr__(self) -> str:
        names = ", ".join(quoted(name) for name in self.class_names[:5])
        more = ", ..." if len(self.class_names) > 5 else ""
        return (
            f"Documents({quoted(self.name)}, {self.kind}, {len(self)} documents, {len(self.tokens)} words, "
            f"{len(self.lexicon)} of them different, {len(self.class_names)} classes: {names}{more})"
        )

    def words(self, i: int) -> list[str]:
        """The words of document ``i``.

        Raises:
            DataError: There is no such document.
        """
        if not 0 <= i < len(self):
            raise DataError(f"no document {i}", where=self.source, cure=f"documents go from 0 to {len(self) - 1}")
        return self.lexicon.gather(self.tokens[self.offsets[i] : self.offsets[i + 1]]).to_list()

    def split(self, test: float = 0.1, seed: int = 0) -> tuple[Documents, Documents]:
        """Documents to train on and documents to test on, by the rule of :func:`stratified_split`.

        Args:
            test: The share of each class to test on.
            seed: Draws which documents.

        Raises:
            OptionError: ``test`` is not between 0 and 1.
            DataError: A class has a single document.
        """
        train, held_out = stratified_split(self.labels, self.class_names, test=test, seed=seed)
        return self._pick(train, self.labels[train]), self._pick(held_out, self.labels[held_out])

    def draw(self, most: int, seed: int = 0) -> Documents:
        """At most so many documents, each as likely as any other, in their order.

        The shares of the classes are those of all documents, but for chance; a class of few documents may have none.

        Args:
            most: The greatest number of documents.
            seed: Draws which.

        Raises:
            OptionError: ``most`` is below 1.
        """
        if most < 1:
            raise OptionError(f"{most} is out of range", where="documents", cure="give 1 or more")
        chosen = np.sort(np.random.default_rng([seed, _DRAWING]).permutation(len(self))[:most])
        return self._pick(chosen, self.labels[chosen])

    def only(self, classes: Classes, *, neither: float = 1.0, seed: int = 0) -> Documents:
        r"""The documents of some classes, numbered in the order asked, or in their own order where they are ordered.

        Args:
            classes: Names, groups ``"1+2"``, renamed groups ``"negative=1+2"``, or a mapping from new names to the
                classes that each joins.
            neither: With several labels a document, the share of the documents with none of them that is kept.
            seed: Draws which of these documents.

        Raises:
            DataError: A class is unknown (near names are listed) or named twice, fewer than two are named, or no
                document is left.

        Example:
            >>> from pathlib import Path
            >>> from tempfile import mkdtemp
            >>> from slowfold.text.reading.files import read_documents
            >>> path = Path(mkdtemp(), "reviews.csv")
            >>> _ = path.write_text("text,label\nso good,5\nfine,4\nnice,4\nbad,1\nwell,3\n")
            >>> documents = read_documents(path, held_out=True)
            >>> documents.only({"bad": ["1"], "good": ["4", "5"]}).labels.tolist()
            [1, 1, 1, 0]
        """
        groups = parse_classes(classes, self.class_names, where=self.source)
        positions = group_positions(groups, self.class_names, ordered=self.kind == "ordered", where=self.source)
        kept, labels = regroup_labels(self.labels, list(positions.values()), neither=neither, seed=seed)
        if not len(kept):
            raise DataError("no document belongs to these classes", where=self.source, cure="name other classes")
        return replace(self._pick(kept, labels), class_names=tuple(positions))

    def to_corpus(
        self,
        vocabulary: Vocabulary | None = None,
        *,
        max_length: int | None = None,
        longer: Literal["cut", "drop"] = "cut",
        minimum_count: int = MINIMUM_COUNT,
        vocabulary_size: int = VOCABULARY_SIZE,
    ) -> Encoded:
        r"""The documents as token ids.

        Args:
            vocabulary: The words that are known; by default built from these documents, as far as they are kept.
            max_length: The greatest number of words of a document, or None for no limit.
            longer: Whether longer documents are cut to the limit or left out.
            minimum_count: How often a word must occur to be known, where the vocabulary is built.
            vocabulary_size: The greatest number of words, where the vocabulary is built.

        Raises:
            OptionError: An option is out of range.
            DataError: No document, or no word, is left.

        Example:
            >>> from pathlib import Path
            >>> from tempfile import mkdtemp
            >>> from slowfold.text.reading.files import read_documents
            >>> path = Path(mkdtemp(), "reviews.csv")
            >>> _ = path.write_text('text,label\n"good, so good",yes\nbad,no\n')
            >>> encoded = read_documents(path, held_out=True).to_corpus(max_length=3, minimum_count=1)
            >>> encoded.corpus.words(0), encoded.cut, encoded.dropped
            (['good', ',', 'so'], 1, 0)
        """
        if max_length is not None and max_length < 1:
            raise OptionError(f"{max_length} is below 1", where="max_length", cure="give 1 or more, or None")
        lengths = np.diff(self.offsets)
        long = 0
        kept = self
        if max_length is not None:
            long = int((lengths > max_length).sum())
            kept = self._first(np.where(lengths > max_length, max_length if longer == "cut" else 0, lengths))
        if not len(kept):
            raise DataError(
                f"no document has at most {max_length} words", where=self.source, cure="cut instead of drop"
            )
        if vocabulary is None:
            counts = _count(kept.tokens, len(self.lexicon))
            vocabulary = most_frequent(self.lexicon, counts, minimum_count=minimum_count, size=vocabulary_size)
        corpus = Corpus(
            kept._ids(vocabulary),
            kept.offsets,
            kept.labels,
            vocabulary,
            self.class_names,
            self.kind,
            self.name,
        )
        return Encoded(corpus, cut=long if longer == "cut" else 0, dropped=long if longer == "drop" else 0)

    def _pick(self, index: np.ndarray, labels: np.ndarray) -> Documents:
        """The documents ``index``, which rise, with the labels ``labels``."""
        lengths = np.zeros(len(self), dtype=np.int64)
        lengths[index] = np.diff(self.offsets)[index]
        return replace(self._first(lengths), labels=_read_only(labels))

    def _first(self, lengths: np.ndarray) -> Documents:
        """The first ``lengths`` words of each document, and no document of which nothing is left."""
        before = np.diff(self.offsets)
        if (lengths == before).all():
            return self
        # A truth value a token, where positions would take eight times the memory.
        kept = np.repeat(np.tile([True, False], len(self)), np.column_stack([lengths, before - lengths]).ravel())
        return replace(
            self,
            tokens=_read_only(self.tokens[kept]),
            offsets=_read_only(boundaries(lengths[lengths > 0])),
            labels=_read_only(self.labels[lengths > 0]),
        )

    def _ids(self, vocabulary: Vocabulary) -> np.ndarray:
        """The token id of each word."""
        ids = np.arange(len(vocabulary), dtype=np.int32)
        found = self.lexicon.replace_strict(
            pl.Series(vocabulary.words), pl.Series(ids), default=None, return_dtype=pl.Int32
        )
        if vocabulary.unknown is None and found.null_count():
            missing = found.is_null().to_numpy()[self.tokens]
            if missing.any():
                at = int(np.argmax(missing))
                word = str(self.lexicon[int(self.tokens[at])])
                raise DataError(
                    f"the word {quoted(word)} is not in the vocabulary, which has no <unk>",
                    where=f"{self.source}, document {int(np.searchsorted(self.offsets, at, side='right')) - 1}",
                    cure=near_names(word, vocabulary.words),
                )
        return _read_only(_join([self.tokens], found.fill_null(vocabulary.unknown or 0).to_numpy()))


def collect(stream: DocumentStream, progress: Callable[[float], None] | None = None) -> Documents:
    r"""All documents of a stream, in one pass.

    Args:
        stream: The documents.
        progress: Is told, after each batch, the share of the bytes that has been read, from 0 to 1.

    Raises:
        DataError: A file, a row or a label cannot be used.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from slowfold.text.reading.stream import open_documents
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("text,label\nso good,yes\nfine,yes\nbad,no\nso bad,no\n")
        >>> documents = collect(open_documents(path))
        >>> documents
        Documents('reviews', categorical, 4 documents, 6 words, 4 of them different, 2 classes: 'no', 'yes')
        >>> documents.lexicon.to_list(), documents.tokens.tolist(), documents.labels.tolist()
        (['bad', 'fine', 'good', 'so'], [3, 2, 1, 0, 3, 0], [1, 1, 0, 0])
    """
    words, labels = _Numbers(), _Numbers()
    tokens: list[np.ndarray] = []
    lengths: list[np.ndarray] = []
    classes: list[np.ndarray] = []
    label_counts: list[np.ndarray] = []
    for numbered in stream.each(_number, progress):
        tokens.append(words.of(numbered.lexicon)[numbered.tokens])
        classes.append(labels.of(numbered.names)[numbered.labels])
        lengths.append(numbered.lengths)
        label_counts.append(numbered.label_counts)
    lexicon = pl.Series("word", words.names(), dtype=pl.String)
    order = lexicon.arg_sort().to_numpy()
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    flat = np.concatenate(classes)
    met = labels.names()
    seen = Counter(dict(zip(met, np.bincount(flat, minlength=len(met)).tolist(), strict=True)))
    class_names = stream.class_names(seen)
    positions = np.array([class_names.index(name) for name in met], dtype=np.int64)[flat] if met else flat
    if stream.kind == "multilabel":
        counts = np.concatenate(label_counts)
        matrix = np.zeros((len(counts), len(class_names)), dtype=np.bool_)
        matrix[np.repeat(np.arange(len(counts)), counts), positions] = True
        positions = matrix
    return Documents(
        _read_only(_join(tokens, place)),
        _read_only(boundaries(np.concatenate(lengths).astype(np.int64))),
        _read_only(positions),
        lexicon.gather(order),
        class_names,
        stream.kind,
        stream.name,
        stream.source,
    )


class _Numbered(NamedTuple):
    """A batch with its words and labels as numbers."""

    tokens: np.ndarray
    lengths: np.ndarray
    lexicon: list[str]
    labels: np.ndarray
    label_counts: np.ndarray
    names: list[str]


class _Numbers:
    """Names and the numbers that they are given, in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, names: list[str]) -> np.ndarray:
        """The numbers of ``names``; new ones are given the next numbers."""
        numbers = self._numbers
        return np.fromiter((numbers.setdefault(name, len(numbers)) for name in names), np.int32, len(names))

    def names(self) -> list[str]:
        return list(self._numbers)


def _number(batch: Batch) -> _Numbered:
    """Numbers the words and the labels of a batch, each batch by itself: this is done by several threads."""
    tokens, lexicon = _positions(batch.words.explode())
    if batch.labels.dtype == pl.String:
        label_counts, flat = np.ones(len(batch), dtype=np.int64), batch.labels
    else:
        label_counts = batch.labels.list.len().to_numpy().astype(np.int64)
        flat = batch.labels.filter(label_counts > 0).explode()
    labels, names = _positions(flat)
    return _Numbered(tokens, batch.words.list.len().to_numpy(), lexicon, labels, label_counts, names)


def _positions(names: pl.Series) -> tuple[np.ndarray, list[str]]:
    """Names as positions in the list of different ones, and that list."""
    distinct = names.unique(maintain_order=True)
    if distinct.is_empty():
        return np.zeros(0, dtype=np.int32), []
    places = pl.Series(np.arange(len(distinct), dtype=np.int32))
    return names.replace_strict(distinct, places, return_dtype=pl.Int32).to_numpy(), distinct.to_list()


def _join(parts: list[np.ndarray], place: np.ndarray) -> np.ndarray:
    """``place`` of the numbers in all ``parts``, which are let go one by one: never are all numbers there twice."""
    joined = np.empty(sum(map(len, parts)), dtype=np.int32)
    end = len(joined)
    while parts:
        part = parts.pop()
        begin = end - len(part)
        for first in range(0, len(part), _AT_ONCE):
            some = part[first : first + _AT_ONCE]
            np.take(place, some, out=joined[begin + first : begin + first + len(some)])
        end = begin
    return joined


def _count(tokens: np.ndarray, size: int) -> np.ndarray:
    """How often each of ``size`` words occurs."""
    counts = np.zeros(size, dtype=np.int64)
    for begin in range(0, len(tokens), _AT_ONCE):
        counts += np.bincount(tokens[begin : begin + _AT_ONCE], minlength=size)
    return counts


def _read_only(values: np.ndarray) -> np.ndarray:
    values.setflags(write=False)
    return values
