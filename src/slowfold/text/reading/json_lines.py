"""JSON lines: one object a line, with a text and a label among its keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import polars as pl

from slowfold.errors import DataError
from slowfold.text.names import clean_name, quoted
from slowfold.text.reading.tables import Columns, Piece, Table, check_columns, choose_columns
from slowfold.text.reading.unpacking import Unpacked

__all__ = ["JsonLinesReader"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What is read to find the columns: at most so many lines, of which the first is read whole.
_HEAD = 2**18
_LINES_LOOKED_AT = 100
# A line longer than this is no document, but a whole file on one line.
_LONGEST_LINE = 2**28


class JsonLinesReader:
    r"""A file of JSON objects, one a line.

    Args:
        path: The file.
        wanted: The columns that are asked for.
        size: The bytes of a piece.

    Raises:
        DataError: The first line is no object, or a column is not there.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.jsonl")
        >>> _ = path.write_text('{"text": "so good", "label": 1}\n')
        >>> reader = JsonLinesReader(path, Columns(), size=100)
        >>> [piece.parse().label.to_list() for piece in reader.pieces()]
        [['1']]
        >>> reader.close()
    """

    def __init__(self, path: Path, wanted: Columns, size: int) -> None:
        self._path, self._size = path, size
        self._file = Unpacked(path)
        try:
            self._head = self._file.read(_HEAD).removeprefix(_BYTE_ORDER_MARK)
            first = self._first_objects()
            keys = {clean_name(key): key for record in first for key in record}
            texts = {clean_name(key) for record in first for key, value in record.items() if isinstance(value, str)}
            text, label = choose_columns(
                path, list(keys), lambda label: [key for key in keys if key in texts and key != label], wanted
            )
        except BaseException:
            self.close()
            raise
        self._text, self._label = keys[text], keys[label]
        self.columns = Columns(text, label, wanted.several, wanted.chosen_in or path)

    def close(self) -> None:
        self._file.close()

    def pieces(self) -> Iterator[Piece]:
        rest, line, row, asked = b"", 0, 0, self._size
        while True:
            read = self._read(asked)
            rest += read
            # A carriage return at the end of what was read may be half of a line end.
            end = len(rest) if not read else max(rest.rfind(b"\n"), rest.rfind(b"\r", 0, len(rest) - 1)) + 1
            if end:
                lines = rest[:end].splitlines()
                numbers = [line + at for at, content in enumerate(lines) if content.strip()]
                filled = [content for content in lines if content.strip()]
                yield Piece(partial(self._parse, filled, numbers, row), self._file.share)
                rest, line, row, asked = rest[end:], line + len(lines), row + len(filled), self._size
            elif len(rest) > _LONGEST_LINE:
                raise DataError(
                    f"the line is longer than {_LONGEST_LINE:,} bytes",
                    where=self._where(line),
                    cure="give one JSON object a line",
                )
            else:
                asked = max(self._size, len(rest))
            if not read:
                return

    def _where(self, line: int) -> str:
        return f"{self._path}, line {line + 1}"

    def _read(self, size: int) -> bytes:
        piece, self._head = self._head[:size], self._head[size:]
        return piece or self._file.read(size)

    def _first_objects(self) -> list[dict[str, Any]]:
        """The objects of the first lines, up to one that cannot be read."""
        while self._head.count(b"\n") <= self._blank_lines():
            more = self._file.read(len(self._head) or 1)
            if not more or len(self._head) > _LONGEST_LINE:
                break
            self._head += more
        if not self._head.strip():
            raise DataError("the file is empty", where=str(self._path), cure="give one JSON object a line")
        objects: list[dict[str, Any]] = []
        for number, line in enumerate(self._head.splitlines()[:_LINES_LOOKED_AT]):
            if not line.strip():
                continue
            try:
                objects.append(_object(line, self._where(number)))
            except DataError:
                # It is met again when its turn comes, unless nothing comes before it.
                if not objects:
                    raise
                break
            check_columns(self._path, [clean_name(key) for key in _keys(line)])
        return objects

    def _blank_lines(self) -> int:
        """The number of line feeds before the first line that is not blank."""
        return self._head.count(b"\n", 0, len(self._head) - len(self._head.lstrip()))

    def _parse(self, lines: list[bytes], numbers: list[int], first: int) -> Table:
        texts: list[str] = []
        labels: list[str | None] | list[list[str] | None] = []
        fault = None
        for number, line in zip(numbers, lines, strict=True):
            where = self._where(number)
            try:
                record = _object(line, where)
                text = _text(record, self._text, where)
                label = (
                    _labels(record, self._label, where) if self.columns.several else _label(record, self._label, where)
                )
            except DataError as error:
                fault = error
                break
            texts.append(text)
            cast("list[Any]", labels).append(label)
        kind = pl.List(pl.String) if self.columns.several else pl.String
        return Table(
            pl.Series(texts, dtype=pl.String),
            pl.Series(labels, dtype=kind),
            first,
            lambda row: self._where(numbers[row]),
            fault,
        )


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        # Not by polars, which would turn a text of 5 into the text "5".
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(
            "the line holds bytes that are not UTF-8", where=where, cure="save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:
        if line.strip() == b"[":
            raise _array(where) from error
        raise DataError(f"the line is no JSON ({error})", where=where, cure="give one JSON object a line") from error
    if isinstance(value, list):
        raise _array(where)
    if not isinstance(value, dict):
        raise DataError(
            f"{quoted(value)} where a line is one object", where=where, cure='write {"text": .., "label": ..}'
        )
    return cast("dict[str, Any]", value)


def _array(where: str) -> DataError:
    return DataError(
        "a JSON array where a line is one object", where=where, cure="write one object a line, no brackets"
    )


def _keys(line: bytes) -> list[str]:
    """The keys of an object as they are written, twice where one is."""
    keys: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys[:] = [key for key, _ in pairs]
        return {}

    # The outermost object is the last to be closed.
    json.loads(line, object_pairs_hook=note)
    return keys


def _text(record: dict[str, Any], key: str, where: str) -> str:
    if key not in record:
        raise DataError(f"there is no {quoted(key)}", where=where, cure="give it, or remove the line")
    value = record[key]
    if not isinstance(value, str):
        raise DataError(f"{quoted(key)} is {_kind(value)}, not a text", where=where, cure='put it in quotes "..."')
    return _whole_characters(value, where)


def _label(record: dict[str, Any], key: str, where: str) -> str | None:
    value = record.get(key)
    if isinstance(value, (list, dict)):
        raise DataError(
            f"{quoted(key)} is {_kind(value)}: several labels a document, and one is asked for",
            where=where,
            cure="give one label a document, or read them as multilabel",
        )
    return None if value is None else _spelling(value, where)


def _labels(record: dict[str, Any], key: str, where: str) -> list[str] | None:
    value = record.get(key)
    if isinstance(value, dict):
        raise DataError(f"{quoted(key)} is an object", where=where, cure="give a list of labels")
    if isinstance(value, str):
        # As in CSV: labels with spaces between them.
        return _whole_characters(value, where).split()
    if not isinstance(value, list):
        return None if value is None else [_spelling(value, where)]
    labels = cast("list[object]", value)
    if any(label is None or isinstance(label, (list, dict)) for label in labels):
        raise DataError(
            f"{quoted(key)} holds what is no label", where=where, cure="give a list of strings or of numbers"
        )
    return [_spelling(label, where) for label in labels]


def _spelling(value: object, where: str) -> str:
    return _whole_characters(value, where) if isinstance(value, str) else json.dumps(value)


def _whole_characters(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DataError("half a character (a lone surrogate) is escaped", where=where, cure="remove it") from error
    return value


def _kind(value: object) -> str:
    kinds: dict[type, str] = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "null")
