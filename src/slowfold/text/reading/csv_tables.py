"""CSV and tab-separated files: read fast where all is in its place, and row by row where it is not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from slowfold.errors import DataError
from slowfold.text.names import clean_name, quoted
from slowfold.text.reading.csv_records import Block, Records, careful_records, cut_blocks, outside_quotes
from slowfold.text.reading.tables import Columns, Piece, Table, check_columns, choose_columns
from slowfold.text.reading.unpacking import Unpacked

__all__ = ["CsvReader"]

_SEPARATORS = (",", ";", "\t", "|")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UNDECODABLE = re.compile("[\udc80-\udcff]")
# What is read to find the columns: the header, and rows enough to tell numbers from words.
_HEAD = 2**16
_ROWS_LOOKED_AT = 100
_LINE_FEED = ord("\n")


class CsvReader:
    r"""A CSV file, or one with another separator.

    Args:
        path: The file.
        wanted: The columns that are asked for.
        separator: What separates the fields, one character.
        size: The bytes of a piece.

    Raises:
        DataError: The header cannot be read, or a column is not there.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("text,label\nso good,yes\n")
        >>> reader = CsvReader(path, Columns(), ",", size=100)
        >>> [piece.parse().text.to_list() for piece in reader.pieces()]
        [['so good']]
        >>> reader.close()
    """

    def __init__(self, path: Path, wanted: Columns, separator: str, size: int) -> None:
        self._path, self._separator, self._size = path, separator, size
        self._file = Unpacked(path)
        try:
            self._head = self._file.read(_HEAD).removeprefix(_BYTE_ORDER_MARK)
            header, self._head, rows = self._header()
            names = [clean_name(name) for name in header]
            self._check_header(header, names)
            text, label = choose_columns(path, names, lambda label: _words(names, rows, label), wanted)
        except BaseException:
            self.close()
            raise
        self._width, self._text, self._label = len(names), names.index(text), names.index(label)
        self.columns = Columns(text, label, wanted.several, wanted.chosen_in or path)

    def close(self) -> None:
        self._file.close()

    def pieces(self) -> Iterator[Piece]:
        for block in cut_blocks(self._read, ord(self._separator), self._size, self._where):
            yield Piece(partial(self._parse, block), self._file.share)

    def _where(self, row: int) -> str:
        return f"{self._path}, row {row + 1}"

    def _read(self, size: int) -> bytes:
        piece, self._head = self._head[:size], self._head[size:]
        return piece or self._file.read(size)

    def _header(self) -> tuple[list[str], bytes, list[list[str]]]:
        """The header, what was read after it, and the first rows."""
        while True:
            records, _ = careful_records(self._head, self._separator, strict=False)
            more = b"" if len(records) > 1 else self._file.read(len(self._head) or 1)
            if not more:
                break
            self._head += more
        if not self._head.strip():
            raise DataError(
                "the file is empty", where=str(self._path), cure="give a file with a header and rows of text"
            )
        (header, end), *rows = records
        _, error = careful_records(self._head[:end], self._separator, strict=True)
        if error is not None:
            raise DataError(
                f"the header cannot be read ({error})", where=str(self._path), cure="look at its quotes"
            ) from error
        return header, self._head[end:], [row for row, _ in islice(rows, _ROWS_LOOKED_AT)]

    def _check_header(self, header: list[str], names: list[str]) -> None:
        if any(_UNDECODABLE.search(name) for name in header):
            raise DataError("the header is not UTF-8", where=str(self._path), cure="save the file as UTF-8")
        if len(header) == 1:
            other = next((mark for mark in _SEPARATORS if mark != self._separator and mark in header[0]), None)
            if other is not None:
                raise DataError(
                    f"the header {quoted(header[0])} is one field, separated by {other!r} where "
                    f"{self._separator!r} is expected",
                    where=str(self._path),
                    cure=f"add --separator {other!r}",
                )
        check_columns(self._path, names)

    def _parse(self, block: Block) -> Table:
        columns = None if block.records is None else self._fast_columns(block, block.records)
        if columns is None:
            return self._careful_table(block)
        return Table(*columns, block.first, lambda row: self._where(block.first + row))

    def _fast_columns(self, block: Block, records: Records) -> tuple[pl.Series, pl.Series] | None:
        """The texts and the labels; None where a row needs a second look."""
        content = np.frombuffer(block.content, np.uint8)
        separators = outside_quotes(np.flatnonzero(content == ord(self._separator)), records.quotes)
        fields = np.diff(np.searchsorted(separators, records.ends), prepend=0) + 1
        if (fields[~records.blank] != self._width).any():
            return None
        header = self._separator.join(f"column {position}" for position in range(self._width))
        try:
            frame = pl.read_csv(
                io.BytesIO(header.encode() + b"\n" + _plain_lines(content, records)),
                columns=[self._text, self._label],
                separator=self._separator,
                quote_char='"' if records.quoted else None,
                infer_schema=False,
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            # Bytes that are no UTF-8, mostly: a second look names the row.
            return None
        if frame.height != block.rows:
            return None
        return frame[f"column {self._text}"], frame[f"column {self._label}"]

    def _careful_table(self, block: Block) -> Table:
        """Reads row by row, ten times as slowly, up to the first row at fault."""
        records, error = careful_records(block.content, self._separator, strict=True)
        fault = None
        if error is not None:
            fault = self._fault(
                block.first + len(records),
                f"the quotes of the row cannot be read ({error})",
                'close every quote, and write a quote inside a quoted field as ""',
                error,
            )
        texts: list[str] = []
        labels: list[str] = []
        for record, _ in records:
            at = block.first + len(texts)
            if len(record) != self._width:
                fault = self._fault(
                    at,
                    f"the number of fields is {len(record)}, not {self._width} as in the header",
                    'put fields that hold a separator or a line break in quotes "..."',
                )
                break
            text, label = record[self._text], record[self._label]
            if _UNDECODABLE.search(text) or _UNDECODABLE.search(label):
                fault = self._fault(at, "the row holds bytes that are not UTF-8", "save the file as UTF-8")
                break
            texts.append(text)
            labels.append(label)
        return Table(
            pl.Series(texts, dtype=pl.String),
            pl.Series(labels, dtype=pl.String),
            block.first,
            lambda row: self._where(block.first + row),
            fault,
        )

    def _fault(self, row: int, what: str, cure: str, cause: csv.Error | None = None) -> DataError:
        fault = DataError(what, where=self._where(row), cure=cure)
        fault.__cause__ = cause
        return fault


def _words(names: list[str], rows: list[list[str]], label: str) -> list[str]:
    # Every field of a CSV file is text; a column of nothing but numbers is hardly the one to read.
    others = [position for position, name in enumerate(names) if name != label]
    return [
        names[position]
        for position in others
        if not rows or not all(_is_number(row[position]) for row in rows if len(row) == len(names))
    ]


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _plain_lines(content: np.ndarray, records: Records) -> bytes:
    """The records with a line feed after each, and no blank lines."""
    lone = records.ends[content[records.ends] != _LINE_FEED]
    if not len(lone) and not records.blank.any():
        return content.tobytes()
    plain = content.copy()
    plain[lone] = _LINE_FEED
    if not records.blank.any():
        return plain.tobytes()
    kept = np.repeat(~records.blank, np.diff(records.ends, prepend=-1))
    return plain[kept].tobytes()
