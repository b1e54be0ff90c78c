"""What one pass over documents has met, and whether that makes sense as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slowfold.errors import DataError
from slowfold.text.names import near_names, quoted
from slowfold.text.reading.labels import Labels, ReadLabels, is_number, sort_names

__all__ = ["Ledger", "no_labels"]

_MOST_CLASSES = 1000


@dataclass(frozen=True)
class _Kinds:
    """Which kinds of labels an input holds: a label of the one kind and where it stands, one of the other kind."""

    path: Path
    number: str | None = None
    word: str | None = None


class Ledger:
    """What one pass over documents has met so far.

    Args:
        labels: What the labels mean.
        source: Where the documents are read, for the messages.
        every: Whether each class that is asked for must be met.

    Example:
        >>> ledger = Ledger(Labels("categorical"), "reviews.csv", every=True)
        >>> ledger.close()
        Traceback (most recent call last):
        ...
        slowfold.errors.DataError: reviews.csv: there are columns but no rows; give rows of text and label
    """

    def __init__(self, labels: Labels, source: str, *, every: bool) -> None:
        self._labels, self._source, self._every = labels, source, every
        self._given: set[str] = set()
        self._rows = self._documents = 0
        self._first: _Kinds | None = None
        self._now: _Kinds | None = None

    def note(self, path: Path, read: ReadLabels, documents: int, where: Callable[[int], str]) -> None:
        """Notes some rows.

        Args:
            path: The input they belong to; the rows of an input come one after the other.
            read: Their labels.
            documents: How many of them are kept.
            where: Says in words where a row is.

        Raises:
            DataError: Labels are of another kind than those before them, or there are too many different ones.
        """
        self._rows += len(read.names)
        self._documents += documents
        self._given |= read.given
        if self._labels.known is None and len(self._given) > _MOST_CLASSES:
            raise no_labels(len(self._given), self._rows, self._source)
        if self._now is None or self._now.path != path:
            self._compare()
            self._now = _Kinds(path)
        for label, row in sorted(read.written.items(), key=lambda item: item[1]):
            self._now = self._with(self._now, label, row, where)

    def close(self) -> None:
        """Ends the pass.

        Raises:
            DataError: There is no document, or none of a class that is asked for, or files have labels that differ in
                kind.
        """
        self._compare()
        if not self._rows:
            raise DataError("there are columns but no rows", where=self._source, cure="give rows of text and label")
        if self._every and self._labels.known is None:
            for member in (member for joined in (self._labels.groups or {}).values() for member in joined):
                if member not in self._given:
                    raise DataError(
                        f"no class is named {quoted(member)}",
                        where=self._source,
                        cure=near_names(member, sort_names(self._given)),
                    )
        if not self._documents:
            raise DataError(
                "no document belongs to these classes", where=self._source, cure="name other classes, or read others"
            )

    def _with(self, kinds: _Kinds, label: str, row: int, where: Callable[[int], str]) -> _Kinds:
        """The kinds of labels of an input, with one more label."""
        if not self._labels.numbered:
            if is_number(label):
                return kinds if kinds.number is not None else _Kinds(kinds.path, label, kinds.word)
            return kinds if kinds.word is not None else _Kinds(kinds.path, kinds.number, label)
        # Where the classes are known, a number may be the position of one: then all labels of the file are.
        position = label not in (self._labels.known or ())
        other = kinds.word if position else kinds.number
        if other is not None:
            kind, other_kind = ("a position", "a name") if position else ("a name", "a position")
            raise DataError(
                f"the label {quoted(label)} is {kind} where {quoted(other)} before it is {other_kind}",
                where=where(row),
                cure="give the names of the classes in all rows, or their positions",
            )
        if (kinds.number if position else kinds.word) is not None:
            return kinds
        return _Kinds(kinds.path, label if position else None, None if position else label)

    def _compare(self) -> None:
        """That the labels of an input that has been read are of the kind of those of the first."""
        first, now = self._first, self._now
        if first is None:
            self._first = now
        elif now is not None and self._labels.known is None and {_kind(first), _kind(now)} == {"numbers", "words"}:
            raise DataError(
                f"the labels are {_described(now)}, and those of {first.path} are {_described(first)}",
                where=str(now.path),
                cure="give labels of one kind in all files",
            )


def no_labels(labels: int, rows: int, source: str) -> DataError:
    """The error for a column of nearly as many labels as rows."""
    return DataError(
        f"{labels} different labels in {rows} rows: this column does not look like a label",
        where=source,
        cure="name another with --label-column",
    )


def _kind(kinds: _Kinds) -> str | None:
    """What all labels of an input are; None where they are of both kinds."""
    if (kinds.number is None) is (kinds.word is None):
        return None
    return "words" if kinds.number is None else "numbers"


def _described(kinds: _Kinds) -> str:
    return f"words such as {quoted(kinds.word)}" if kinds.number is None else f"numbers such as {quoted(kinds.number)}"
