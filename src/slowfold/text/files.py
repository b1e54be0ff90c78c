"""Labelled texts of a file: which classes there are, what cannot be read, and the corpus that comes of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from slowfold.errors import DataError, OptionError
from slowfold.text.corpus import Corpus, Kind, stratified_split
from slowfold.text.names import clean_name, near_names, quoted
from slowfold.text.tables import Table, read_table
from slowfold.text.vocabulary import (
    MINIMUM_COUNT,
    VOCABULARY_SIZE,
    WORD_PATTERN,
    Vocabulary,
    encode_words,
    most_frequent,
    split_words,
)

__all__ = ["Documents", "Encoded", "read_corpus", "read_documents"]

_MOST_CLASSES = 1000
_FEWEST_ROWS_TO_DOUBT = 10
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_CONTROL = r"[\p{Cc}&&[^\t\n\r]]"


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


@dataclass(frozen=True, eq=False)
class Documents:
    """Texts and their labels, as they were read.

    Attributes:
        frame: One row a document: ``text`` (String) and ``label`` (Int64, a position in ``class_names``).
        class_names: The names of the classes.
        kind: ``"categorical"``, or ``"ordered"`` where the classes stand in their order.
        name: What the documents are called in reports.
        source: Where they were read.
    """

    frame: pl.DataFrame = field(repr=False)
    class_names: tuple[str, ...]
    kind: Kind
    name: str
    source: str

    def __len__(self) -> int:
        return self.frame.height

    def split(self, test: float = 0.1, seed: int = 0) -> tuple[Documents, Documents]:
        """Documents to train on and documents to test on, by the rule of :func:`stratified_split`.

        Args:
            test: The share of each class to test on.
            seed: Draws which documents.

        Raises:
            OptionError: ``test`` is not between 0 and 1.
            DataError: A class has a single document.
        """
        labels = self.frame["label"].to_numpy()
        train, held_out = stratified_split(labels, self.class_names, test=test, seed=seed)
        return replace(self, frame=self.frame[train]), replace(self, frame=self.frame[held_out])

    def only(self, class_names: Sequence[str]) -> Documents:
        """The documents of some classes, numbered in the order asked, or in their own order where they are ordered.

        Raises:
            DataError: A class is unknown (near names are listed) or named twice, fewer than two are named, or no
                document is left.

        Example:
            >>> frame = pl.DataFrame({"text": ["good", "so so", "bad"], "label": [2, 1, 0]})
            >>> documents = Documents(frame, ("no", "perhaps", "yes"), "categorical", "mine", "nowhere")
            >>> documents.only(["yes", "no"]).frame.rows()
            [('good', 0), ('bad', 1)]
        """
        for name in class_names:
            if name not in self.class_names:
                raise DataError(
                    f"no class is named {quoted(name)}", where=self.source, cure=near_names(name, self.class_names)
                )
        if len(set(class_names)) < max(2, len(class_names)):
            raise DataError(
                "these are not two or more distinct classes", where=self.source, cure="name each class once"
            )
        if self.kind == "ordered":
            class_names = sorted(class_names, key=self.class_names.index)
        positions = {self.class_names.index(name): position for position, name in enumerate(class_names)}
        label = pl.col("label").replace_strict(positions, default=None, return_dtype=pl.Int64)
        frame = self.frame.with_columns(label).drop_nulls("label")
        if frame.is_empty():
            raise DataError("no document belongs to these classes", where=self.source, cure="name other classes")
        return replace(self, frame=frame, class_names=tuple(class_names))

    def to_corpus(
        self,
        vocabulary: Vocabulary | None = None,
        *,
        max_length: int | None = None,
        longer: Literal["cut", "drop"] = "cut",
        minimum_count: int = MINIMUM_COUNT,
        vocabulary_size: int = VOCABULARY_SIZE,
    ) -> Encoded:
        """The documents as token ids.

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
            >>> frame = pl.DataFrame({"text": ["good, so good", "bad"], "label": [1, 0]})
            >>> documents = Documents(frame, ("no", "yes"), "categorical", "mine", "nowhere")
            >>> encoded = documents.to_corpus(max_length=3, minimum_count=1)
            >>> encoded.corpus.words(0), encoded.cut, encoded.dropped
            (['good', ',', 'so'], 1, 0)
        """
        if max_length is not None and max_length < 1:
            raise OptionError(f"{max_length} is below 1", where="max_length", cure="give 1 or more, or None")
        words = split_words(self.frame["text"])
        labels = self.frame["label"]
        long = 0
        if max_length is not None:
            too_long = words.list.len() > max_length
            long = int(too_long.sum())
            if longer == "cut":
                words = words.list.head(max_length)
            else:
                words, labels = words.filter(~too_long), labels.filter(~too_long)
        if words.is_empty():
            raise DataError(
                f"no document has at most {max_length} words", where=self.source, cure="cut instead of drop"
            )
        if vocabulary is None:
            vocabulary = most_frequent(words, minimum_count=minimum_count, size=vocabulary_size)
        tokens, offsets = encode_words(words, vocabulary)
        corpus = Corpus(tokens, offsets, labels.to_numpy(), vocabulary, self.class_names, self.kind, self.name)
        return Encoded(corpus, cut=long if longer == "cut" else 0, dropped=long if longer == "drop" else 0)


def read_documents(
    path: str | Path,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    kind: Kind = "categorical",
    classes: Sequence[str] | None = None,
    separator: str | None = None,
    class_names: Sequence[str] | None = None,
    held_out: bool = False,
) -> Documents:
    r"""Reads labelled texts from a .csv, .tsv, .jsonl, .ndjson or .parquet file; all but the last may be gzipped.

    Every field is taken as it stands: ``NA`` and ``null`` are texts. Control characters become spaces in
    texts, and are left out of the names of classes and columns.

    Args:
        path: The file.
        text_column: The column of texts; by default the only column of strings beside the label, else the one named
            text, review or sentence.
        label_column: The column of labels, by default the one named label.
        kind: ``"categorical"``, or ``"ordered"``: the labels are numbers, and the classes stand in their order.
        classes: The classes to keep, in the order in which they are to be numbered; by default all.
        separator: What separates the fields, by default a comma (.csv) or a tab (.tsv).
        class_names: The classes, where they are known beforehand, as for a file to test on. The labels are these
            names, or, where no name is a number, their positions from 0. By default the classes are the distinct
            labels, in the order of numbers if all are numbers, else of the alphabet.
        held_out: The documents are to be tested on: a class may have a single one, or none.

    Raises:
        DataError: The file, a row or a label cannot be used; the message names the row, counted from 1 below the
            header.
        OptionError: ``separator`` is not one character, or the file has no separators.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("text,label\nso good,yes\nfine,yes\nbad,no\nNA,no\n")
        >>> documents = read_documents(path)
        >>> documents.class_names, documents.frame["label"].to_list()
        (('no', 'yes'), [1, 1, 0, 0])
    """
    path = Path(path)
    if kind == "multilabel":
        raise DataError("several labels a document are not read yet", where=str(path), cure="give one label a document")
    table = read_table(path, text_column=text_column, label_column=label_column, separator=separator)
    # A space in their stead: in old files they are the dashes and quotes between words.
    text = table.text.str.replace_all(_CONTROL, " ")
    _check_rows(table, ~text.str.contains(WORD_PATTERN).fill_null(value=False), "the text is empty")
    spellings = table.label.drop_nulls().unique().to_list()
    label = table.label.replace_strict(
        spellings, [clean_name(spelling) for spelling in spellings], default=None, return_dtype=pl.String
    )
    _check_rows(table, (label.fill_null("") == ""), "the label is empty")
    if held_out and class_names is None and classes is not None:
        # What is not asked for is left out, and a class that is asked for need not be there.
        class_names, kept = classes, label.is_in([clean_name(name) for name in classes])
        text, label = text.filter(kept), label.filter(kept)
        if label.is_empty():
            raise DataError("no document belongs to these classes", where=str(path), cure="give other documents")
    if class_names is None:
        names, numbers = _number_labels(table, label, path, kind)
    else:
        names = tuple(clean_name(name) for name in class_names)
        numbers = _match_labels(table, label, names)
    name = path.name.removesuffix(".gz").rpartition(".")[0]
    frame = pl.DataFrame({"text": text, "label": numbers})
    documents = Documents(frame, names, kind, clean_name(name), str(path))
    if class_names is None and not held_out:
        _check_classes(documents, table, classes)
    return documents if classes is None else documents.only(classes)


def read_corpus(
    path: str | Path,
    *,
    label: str | None = None,
    text: str | None = None,
    kind: Kind = "categorical",
    classes: Sequence[str] | None = None,
    separator: str | None = None,
    class_names: Sequence[str] | None = None,
    vocabulary: Vocabulary | None = None,
    max_length: int | None = None,
    longer: Literal["cut", "drop"] = "cut",
    minimum_count: int = MINIMUM_COUNT,
    vocabulary_size: int = VOCABULARY_SIZE,
) -> Corpus:
    r"""Reads a corpus from a file: :func:`read_documents`, then :meth:`Documents.to_corpus`.

    To know how many documents were cut or dropped, and to build the vocabulary on training documents alone, take the
    two steps one by one.

    Raises:
        DataError: The file, a row or a label cannot be used.
        OptionError: An option is out of range.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("review,stars\nso good,5\nfine,5\nso bad,1\nbad,1\n")
        >>> read_corpus(path, label="stars", kind="ordered")
        Corpus('reviews', ordered, 4 documents, 6 tokens, 3 words, 2 classes: '1', '5')
    """
    documents = read_documents(
        path,
        text_column=text,
        label_column=label,
        kind=kind,
        classes=classes,
        separator=separator,
        class_names=class_names,
    )
    return documents.to_corpus(
        vocabulary,
        max_length=max_length,
        longer=longer,
        minimum_count=minimum_count,
        vocabulary_size=vocabulary_size,
    ).corpus


def _check_rows(table: Table, wrong: pl.Series, what: str) -> None:
    if wrong.any():
        raise DataError(what, where=table.where(int(wrong.arg_max() or 0)), cure="fill it in, or remove the row")


def _number_labels(table: Table, label: pl.Series, path: Path, kind: Kind) -> tuple[tuple[str, ...], pl.Series]:
    """The classes of a file, and the number of each row's class."""
    distinct = label.unique().to_list()
    if len(distinct) > _MOST_CLASSES or (len(label) >= _FEWEST_ROWS_TO_DOUBT and len(distinct) > len(label) / 2):
        raise DataError(
            f"{len(distinct)} different labels in {len(label)} rows: this column does not look like a label",
            where=str(path),
            cure="name another with --label-column",
        )
    words = [name for name in distinct if not _is_number(name)]
    if kind == "ordered" and words:
        row = int(label.is_in(words).arg_max() or 0)
        raise DataError(
            f"the label {quoted(label[row])} is no number, and ordered classes are numbers",
            where=table.where(row),
            cure="give numbers, or leave --ordered out",
        )
    if words:
        names = tuple(sorted(distinct))
        return names, _positions(label, {name: position for position, name in enumerate(names)})
    ordered = sorted(distinct, key=lambda name: (float(name), len(name), name))
    if kind != "ordered":
        return tuple(ordered), _positions(label, {name: position for position, name in enumerate(ordered)})
    # 4 and 4.0 are the same number of stars, whichever way a row spells it.
    spellings = {float(name): name for name in reversed(ordered)}
    values = sorted(spellings)
    return (
        tuple(spellings[value] for value in values),
        _positions(label, {name: values.index(float(name)) for name in ordered}),
    )


def _match_labels(table: Table, label: pl.Series, names: tuple[str, ...]) -> pl.Series:
    """The position of each row's label among ``names``."""
    distinct = label.unique().to_list()
    positions = {name: position for position, name in enumerate(names)}
    if any(_is_number(name) for name in names):
        values = {float(name): position for position, name in enumerate(names) if _is_number(name)}
        spelled = {name: values[float(name)] for name in distinct if _is_number(name) and float(name) in values}
        positions = {**spelled, **positions}
    elif not any(name in positions for name in distinct):
        positions = {str(position): position for position in range(len(names))}
    numbers = _positions(label, positions)
    if numbers.null_count():
        row = int(numbers.is_null().arg_max() or 0)
        raise DataError(
            f"the label {quoted(label[row])} is none of the {len(names)} classes",
            where=table.where(row),
            cure=near_names(str(label[row]), names),
        )
    return numbers


def _positions(label: pl.Series, positions: dict[str, int]) -> pl.Series:
    return label.replace_strict(list(positions), list(positions.values()), default=None, return_dtype=pl.Int64)


def _is_number(name: str) -> bool:
    return _NUMBER.fullmatch(name) is not None and math.isfinite(float(name))


def _check_classes(documents: Documents, table: Table, classes: Sequence[str] | None) -> None:
    """That there are two classes or more, and two documents of each that is kept."""
    names, labels = documents.class_names, documents.frame["label"].to_numpy()
    if len(names) < 2:
        raise DataError(
            f"all documents have the label {', '.join(map(quoted, names))}",
            where=documents.source,
            cure="give two classes or more",
        )
    counts = np.bincount(labels, minlength=len(names))
    for position in np.flatnonzero(counts == 1):
        if classes is None or names[position] in classes:
            raise DataError(
                f"the class {quoted(names[position])} has one document, and needs one to train on and one to test on",
                where=table.where(int(np.argmax(labels == position))),
                cure="add another, or keep other classes with --classes",
            )
