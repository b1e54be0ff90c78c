"""Tables of text and labels, as a file is read: piece by piece, its rows numbered as a person counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import polars as pl

from slowfold.errors import DataError
from slowfold.text.names import near_names, quoted
from slowfold.text.reading.unpacking import PACKED

__all__ = ["SUFFIXES", "Columns", "Piece", "Reader", "Table", "check_columns", "choose_columns"]

SUFFIXES = (
    *(ending + packed for ending in (".csv", ".tsv", ".jsonl", ".ndjson") for packed in ("", *PACKED)),
    ".parquet",
)
"""The endings of the tables that can be read."""

_TEXT_NAMES = ("text", "review", "sentence")


@dataclass(frozen=True)
class Table:
    """Some rows of a file, as they stand in it.

    Attributes:
        text: String [row]; null or white space where there is no text.
        label: String [row], null or white space where there is no label; or List(String) [row].
        first: The number of rows of the file that come before these.
        where: Says in words where a row is, such as ``"reviews.csv, row 7"``.
        fault: What is wrong with the row after the last one, which could not be read; or None.
    """

    text: pl.Series
    label: pl.Series
    first: int
    where: Callable[[int], str]
    fault: DataError | None = None

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, still to be made a table: the work that can be done beside the reading.

    Attributes:
        parse: Makes the table.
        share: The share of the file that has been read with these rows, from 0 to 1.
    """

    parse: Callable[[], Table]
    share: float


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold the texts and the labels.

    Attributes:
        text: The column of texts; None where it is to be found.
        label: The column of labels; None where it is to be found.
        several: Whether a document may have several labels.
        chosen_in: The file in which these columns were found; None for those that were asked for.
    """

    text: str | None = None
    label: str | None = None
    several: bool = False
    chosen_in: Path | None = None


@runtime_checkable
class Reader(Protocol):
    """A file that is read piece by piece."""

    @property
    def columns(self) -> Columns:
        """The columns that are read, found in this file where they were not asked for."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """The rows of the file, each in one piece; it can be read once."""
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...


def choose_columns(
    path: Path, columns: Sequence[str], strings: Callable[[str], Sequence[str]], wanted: Columns
) -> tuple[str, str]:
    """The columns of texts and of labels.

    Args:
        path: The file, for the messages.
        columns: The columns that there are.
        strings: The columns of strings beside the column of labels that it is given.
        wanted: The columns that are asked for.

    Raises:
        DataError: A column is not there, or no column is plainly the one.

    Example:
        >>> path = Path("reviews.csv")
        >>> choose_columns(path, ["id", "body", "label"], lambda label: ["body"], Columns())
        ('body', 'label')
    """
    label = wanted.label or _default_label(path, columns, several=wanted.several)
    for column in (wanted.text, label):
        if column is not None and column not in columns:
            also = "" if wanted.chosen_in is None else f", but there is in {wanted.chosen_in}"
            raise DataError(
                f"no column is named {quoted(column)}{also}", where=str(path), cure=near_names(column, columns)
            )
    text = wanted.text
    if text is None:
        candidates = strings(label)
        named = [column for column in _TEXT_NAMES if column in candidates]
        if len(candidates) != 1 and not named:
            raise DataError(
                "no column is plainly the text", where=str(path), cure=f"name one with --text-column; {_list(columns)}"
            )
        text = candidates[0] if len(candidates) == 1 else named[0]
    if text == label:
        raise DataError(
            f"the column {quoted(text)} is named as text and as label", where=str(path), cure="name two columns"
        )
    return text, label


def _default_label(path: Path, columns: Sequence[str], *, several: bool) -> str:
    if several and "labels" in columns:
        return "labels"
    if "label" in columns:
        return "label"
    if "labels" in columns:
        raise DataError(
            "the column 'labels' holds several labels a document, and one is asked for",
            where=str(path),
            cure="read it as multilabel; if it holds one label a document, name it with --label-column labels",
        )
    raise DataError(
        "no column is named 'label'", where=str(path), cure=f"name one with --label-column; {_list(columns)}"
    )


def check_columns(path: Path, columns: Sequence[str]) -> None:
    """That no two columns have the same name.

    Raises:
        DataError: Two have.
    """
    for column in columns:
        if columns.count(column) > 1:
            raise DataError(f"two columns are named {quoted(column)}", where=str(path), cure="rename one of them")


def _list(columns: Sequence[str]) -> str:
    return near_names("", columns) if columns else "the file has no columns"
