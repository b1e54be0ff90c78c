"""Labelled documents as a stream: read, cleaned and cut into words batch by batch, however long the files are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import polars as pl

from slowfold.errors import DataError, OptionError
from slowfold.text.corpus import Kind
from slowfold.text.names import clean_name, quoted
from slowfold.text.reading.ahead import in_order
from slowfold.text.reading.classes import Classes, needs_names, order_groups, parse_classes
from slowfold.text.reading.inputs import common_name, find_inputs, open_input, separator_of
from slowfold.text.reading.labels import Fault, Labels, ReadLabels, sort_names
from slowfold.text.reading.ledger import Ledger, no_labels
from slowfold.text.reading.tables import Columns, Piece, Table
from slowfold.text.vocabulary import WORD_PATTERN, split_words

__all__ = ["BATCH_BYTES", "Batch", "DocumentStream", "open_documents"]

BATCH_BYTES = 2**20
"""About how many bytes of a file make a batch. As words they take some twenty times the memory, and several batches are
under way at once; smaller batches take more time, larger ones more memory and no less time."""

_FEWEST_ROWS_TO_DOUBT = 10
# The stream of its own that a seed has here, beside those of splitting, taking, shuffling and grouping.
_NEITHER = 5

Made = TypeVar("Made")


@dataclass(frozen=True)
class Batch:
    """Some documents of a stream, in the order in which they stand.

    Attributes:
        words: The words of each document, List(String) [document]; each has at least one.
        labels: The class of each document, String [document]; where documents may have several labels, those that each
            has, List(String) [document], an empty list for none of them.
    """

    words: pl.Series
    labels: pl.Series

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True)
class _Source:
    """A piece of an input: the number of the input, and the share of all bytes that has been read with the piece."""

    number: int
    path: Path
    piece: Piece
    share: float


@dataclass(frozen=True)
class _Part(Generic[Made]):
    """What came of a piece: its labels, how many documents are kept, and what is made of these if there are any."""

    source: _Source
    labels: ReadLabels
    documents: int
    where: Callable[[int], str]
    made: tuple[Made, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class DocumentStream:
    """Labelled documents that are read anew at every pass, with no more of them in memory than a few batches.

    Attributes:
        kind: What the labels are.
        name: What the documents are called in reports.
        source: Where they are read.
        inputs: The tables and the folders of texts, in the order in which they are read.
        columns: The columns of texts and of labels that are asked for.
        separator: What separates the fields of .csv and .tsv files, or None for what their endings say.
        known: The names of all classes, where they are known beforehand.
        classes: The classes that are kept, joined and renamed, or None for all as they are.
        neither: The share of the documents with none of the labels that is kept, where documents have several.
        held_out: Whether a class may have a single document, or none.
        seed: Draws which documents are kept.
        part: Whether this is a part of a longer stream: it need not hold a document, or one of each class.
        first_input: The number of inputs that come before these, where this is a part.
        batch_bytes: About how many bytes of a file make a batch.
    """

    kind: Kind
    name: str
    source: str
    inputs: tuple[Path, ...] = field(repr=False)
    columns: Columns = field(default_factory=Columns, repr=False)
    separator: str | None = field(default=None, repr=False)
    known: tuple[str, ...] | None = field(default=None, repr=False)
    classes: Classes | None = field(default=None, repr=False)
    neither: float = field(default=1.0, repr=False)
    held_out: bool = field(default=False, repr=False)
    seed: int = field(default=0, repr=False)
    part: bool = field(default=False, repr=False)
    first_input: int = field(default=0, repr=False)
    batch_bytes: int = field(default=BATCH_BYTES, repr=False)

    def batches(self, progress: Callable[[float], None] | None = None) -> Iterator[Batch]:
        """One pass over the documents.

        Args:
            progress: Is told, after each batch, the share of the bytes that has been read, from 0 to 1.

        Raises:
            DataError: A file, a row or a label cannot be used; the message names the row.
        """
        return self.each(_itself, progress)

    def each(
        self,
        make: Callable[[Batch], Made],
        progress: Callable[[float], None] | None = None,
        split: Callable[[pl.Series], pl.Series] = split_words,
    ) -> Iterator[Made]:
        r"""What ``make`` makes of each batch, in the order of the batches; several threads work on several batches.

        Args:
            make: The work on one batch. It does not change anything that others see.
            progress: Is told, after each batch, the share of the bytes that has been read, from 0 to 1.
            split: Cuts texts into the words of the batch, for work that can do with something else than words.

        Raises:
            DataError: A file, a row or a label cannot be used; the message names the row.

        Example:
            >>> from tempfile import mkdtemp
            >>> path = Path(mkdtemp(), "reviews.csv")
            >>> _ = path.write_text("text,label\nso good,yes\nfine,yes\nbad,no\nNA,no\n")
            >>> list(open_documents(path).each(len))
            [4]
        """
        ledger = Ledger(self._labels, self.source, every=not self.held_out)
        jobs = (partial(self._read, source, make, split) for source in self._pieces())
        with closing(in_order(jobs)) as parts:
            for part in parts:
                ledger.note(part.source.path, part.labels, part.documents, part.where)
                if progress is not None:
                    progress(part.source.share)
                yield from part.made
        if not self.part:
            ledger.close()

    def class_names(self, seen: Iterable[str]) -> tuple[str, ...]:
        """The classes in their order, from all labels that a pass met.

        Args:
            seen: The classes of the documents. Where it is a mapping to the number of documents of each, as a Counter
                is, these numbers are looked at too.

        Raises:
            DataError: These cannot be classes: there is one only, or there are nearly as many as documents, or one has
                a single document and ``held_out`` does not allow for that.

        Example:
            >>> stream = DocumentStream(kind="categorical", name="mine", source="mine.csv", inputs=())
            >>> stream.class_names(["yes", "no", "yes"])
            ('no', 'yes')
        """
        counts = dict(seen) if isinstance(seen, Mapping) else None
        names = self._labels.order(seen)
        if self.held_out or self.part or self.known is not None:
            return names
        if counts is not None and self.classes is None:
            rows = sum(counts.values())
            if rows >= _FEWEST_ROWS_TO_DOUBT and len(counts) > rows / 2:
                raise no_labels(len(counts), rows, self.source)
        if len(names) < 2:
            raise DataError(
                f"all documents have the label {', '.join(map(quoted, names))}" if names else "no document has a label",
                where=self.source,
                cure="give two classes or more",
            )
        lone = next((name for name in names if counts is not None and counts.get(name, 0) == 1), None)
        if lone is not None:
            raise DataError(
                f"the class {quoted(lone)} has one document, and needs one to train on and one to test on",
                where=self._first_place(lone),
                cure="add another, or keep other classes with --classes",
            )
        return names

    def shards(self) -> list[DocumentStream]:
        r"""A stream for each input: together they give the same documents as one pass over all.

        A shard need not hold a document of each class: whether all together do, ``class_names`` of the whole stream
        tells, from the labels that all shards met.

        Raises:
            DataError: The first input cannot be opened, or what ``classes`` mean cannot be told.

        Example:
            >>> from tempfile import mkdtemp
            >>> folder = Path(mkdtemp())
            >>> for name in ("a.csv", "b.csv"):
            ...     _ = (folder / name).write_text(f"text,label\nso good,{name[0]}\n")
            >>> [len(list(shard.batches())) for shard in open_documents(folder).shards()]
            [1, 1]
        """
        whole: DocumentStream = replace(self, columns=self._found_columns(), classes=self._labels.groups, part=True)
        return [
            replace(whole, source=str(path), inputs=(path,), first_input=self.first_input + number)
            for number, path in enumerate(self.inputs)
        ]

    @cached_property
    def _labels(self) -> Labels:
        if self.classes is None:
            return Labels(self.kind, self.known)
        names = self.known
        if names is None:
            names = self._given_names() if needs_names(self.classes) else ()
        groups = parse_classes(self.classes, names, where=self.source)
        return Labels(self.kind, self.known, order_groups(groups, self.kind, self.known, where=self.source))

    def _found_columns(self) -> Columns:
        """The columns that the first table decides."""
        table = next((path for path in self.inputs if not path.is_dir()), None)
        if table is None:
            return self.columns
        with closing(open_input(table, self.columns, self.separator, self.batch_bytes)) as reader:
            return reader.columns

    def _given_names(self) -> tuple[str, ...]:
        """All classes there are, from a pass over the labels alone."""
        anything = Labels(self.kind, groups={})
        given: set[str] = set()
        with closing(in_order(source.piece.parse for source in self._pieces())) as tables:
            for table in tables:
                given.update(anything.read(table.label).given)
        return sort_names(given)

    def _pieces(self) -> Iterator[_Source]:
        """The inputs, piece by piece."""
        sizes = [_size(path) for path in self.inputs]
        total = max(sum(sizes), 1)
        columns, before = self.columns, 0
        for number, (path, size) in enumerate(zip(self.inputs, sizes, strict=True)):
            with closing(open_input(path, columns, self.separator, self.batch_bytes)) as reader:
                if not path.is_dir():
                    columns = reader.columns
                for piece in reader.pieces():
                    yield _Source(self.first_input + number, path, piece, (before + piece.share * size) / total)
            before += size

    def _read(
        self, source: _Source, make: Callable[[Batch], Made], split: Callable[[pl.Series], pl.Series]
    ) -> _Part[Made]:
        """The documents of a piece; the first row at fault is named."""
        table = source.piece.parse()
        read = self._labels.read(table.label)
        kept = self._kept(source.number, table, read)
        texts = table.text.filter(kept)
        # A text of control characters, or of nothing but spaces, has no words either.
        without = (~texts.str.contains(WORD_PATTERN).fill_null(value=False)).to_numpy()
        faults = [] if read.fault is None else [read.fault]
        if without.any():
            row = int(np.flatnonzero(kept.to_numpy())[np.argmax(without)])
            faults.insert(0, Fault(row, "the text is empty", "fill it in, or remove the row"))
        if faults:
            fault = min(faults, key=lambda fault: fault.row)
            raise DataError(fault.what, where=table.where(fault.row), cure=fault.cure)
        if table.fault is not None:
            raise table.fault
        batch = Batch(split(texts), read.names.filter(kept))
        return _Part(source, read, len(batch), table.where, (make(batch),) if len(batch) else ())

    def _kept(self, number: int, table: Table, read: ReadLabels) -> pl.Series:
        """Which rows are kept."""
        if self.kind != "multilabel":
            return read.names.is_not_null()
        some = read.names.list.len().fill_null(0) > 0
        if self.neither == 1 or some.all():
            return pl.repeat(value=True, n=len(some), eager=True)
        # One number a row of the input, whichever piece the row is read in.
        source = np.random.PCG64([self.seed, _NEITHER, number])
        source.advance(table.first)
        drawn = np.random.Generator(source).random(len(some)) < self.neither
        return some | pl.Series(drawn)

    def _first_place(self, name: str) -> str:
        """Where the first document of a class stands."""
        for source in self._pieces():
            table = source.piece.parse()
            names = self._labels.read(table.label).names
            has = (names.list.contains(name) if self.kind == "multilabel" else names == name).fill_null(value=False)
            if has.any():
                return table.where(int(has.arg_max() or 0))
        return self.source


def open_documents(
    *paths: str | Path,
    text_column: str | None = None,
    label_column: str | None = None,
    kind: Kind = "categorical",
    classes: Classes | None = None,
    separator: str | None = None,
    class_names: Sequence[str] | None = None,
    neither: float = 1.0,
    held_out: bool = False,
    seed: int = 0,
) -> DocumentStream:
    r"""Labelled documents of files, as a stream; nothing is read yet.

    Every field is taken as it stands: ``NA`` and ``null`` are texts. Control characters are no part of words, and are
    left out of the names of classes and columns. The numbers 5 and 5.0 are the same label; of ordered classes, so are
    all numbers of the same value.

    Args:
        paths: Each a .csv, .tsv, .jsonl, .ndjson or .parquet file (all but the last may end in .gz or .zst); a folder
            of such files; a folder that holds a folder of .txt files for each class, named like it; or a pattern such
            as ``shards/*.csv.gz``.
        text_column: The column of texts; by default the only column of strings beside the label, else the one named
            text, review or sentence.
        label_column: The column of labels; by default the one named label, or labels where there may be several.
        kind: ``"categorical"``; ``"ordered"``: the classes stand in the order of their numbers; or ``"multilabel"``:
            the labels of a document are a list, or stand in one field with spaces between them.
        classes: The classes to keep, in the order in which they are to be numbered (ordered ones keep their own):
            names; groups ``"1+2"``; renamed groups ``"negative=1+2"``; or a mapping from new names to the classes that
            each joins. By default all classes.
        separator: What separates the fields, by default a comma (.csv) or a tab (.tsv).
        class_names: The names of all classes, where they are known beforehand, as for a file to test on. The labels are
            these names, or, where no name is a number, their positions from 0.
        neither: With several labels a document, the share of the documents with none of the labels that is kept.
        held_out: The documents are to be tested on: a class may have a single one, or none.
        seed: Draws which documents are kept by ``neither``.

    Raises:
        DataError: There is nothing to read at a path.
        OptionError: An option is out of range, or does not belong to such files.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("text,label\nso good,5\nfine,4\nbad,1\n")
        >>> stream = open_documents(path, classes=["bad=1+2", "good=4+5"], held_out=True)
        >>> [(batch.words.to_list(), batch.labels.to_list()) for batch in stream.batches()]
        [([['so', 'good'], ['fine'], ['bad']], ['good', 'good', 'bad'])]
    """
    inputs = find_inputs(paths)
    if not 0 <= neither <= 1:
        raise OptionError(f"a share of {neither}", where="neither", cure="give a share from 0 to 1")
    if neither != 1 and kind != "multilabel":
        raise OptionError("only multilabel documents may have no label", where="neither", cure="leave it out")
    if all(path.is_dir() for path in inputs):
        for name, column in (("text_column", text_column), ("label_column", label_column)):
            if column is not None:
                raise OptionError("folders of texts have no columns", where=name, cure="leave it out")
    known = None if class_names is None else tuple(clean_name(name) for name in class_names)
    return DocumentStream(
        kind=kind,
        name=common_name(inputs),
        source=", ".join(map(str, paths)),
        inputs=tuple(inputs),
        columns=Columns(text_column, label_column, several=kind == "multilabel"),
        separator=separator_of(separator, inputs),
        known=known,
        classes=classes,
        neither=float(neither),
        held_out=held_out,
        seed=seed,
    )


def _itself(batch: Batch) -> Batch:
    return batch


def _size(path: Path) -> int:
    """The bytes of an input, for the progress alone."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
