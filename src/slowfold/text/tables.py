"""Columns of text and labels from CSV, JSON lines and Parquet files, and what is wrong with a file, by row."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

import polars as pl

from slowfold.errors import DataError, OptionError
from slowfold.text.names import clean_name, near_names, quoted

__all__ = ["SUFFIXES", "Table", "read_table"]

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet")
"""The endings of the files that can be read."""

_TEXT_NAMES = ("text", "review", "sentence")
_SEPARATORS = (",", ";", "\t", "|")
_ROWS_LOOKED_AT = 100
_UNDECODABLE = re.compile("[\udc80-\udcff]")
# The greatest field that a C long can state everywhere, Windows included.
_LARGEST_FIELD = 2**31 - 1


@dataclass(frozen=True)
class Table:
    """The text column and the label column of a file, as they stand in it.

    Attributes:
        text: String [row]; null or white space where there is no text.
        label: String [row]; null or white space where there is no label.
        where: Says in words where a row is, such as ``"reviews.csv, row 7"``.
    """

    text: pl.Series
    label: pl.Series
    where: Callable[[int], str]


def read_table(
    path: Path, *, text_column: str | None = None, label_column: str | None = None, separator: str | None = None
) -> Table:
    r"""Reads the text column and the label column of a file.

    Rows are numbered from 1 after the header, blank lines left out; lines of JSON are numbered as they stand.

    Args:
        path: A file that ends in one of :data:`SUFFIXES`.
        text_column: The column of texts. By default the only column of strings beside the label, else the one named
            text, review or sentence.
        label_column: The column of labels, by default the one named label.
        separator: What separates the fields of a .csv file (by default a comma) or a .tsv file (a tab).

    Raises:
        DataError: The file cannot be read, or a column or a field is not what it should be.
        OptionError: ``separator`` is not one character, or the file has no separators.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("text,label\nso good,yes\n")
        >>> table = read_table(path)
        >>> table.text.to_list(), table.label.to_list(), table.where(0).endswith("reviews.csv, row 1")
        (['so good'], ['yes'], True)
    """
    if not path.exists():
        beside = sorted(file.name for file in path.parent.iterdir()) if path.parent.is_dir() else []
        cure = near_names(path.name, beside) if beside else "look at the path"
        raise DataError("there is no such file", where=str(path), cure=cure)
    if path.is_dir():
        raise DataError("is a folder, not a file", where=str(path), cure="name a file in it")
    name = path.name.lower().removesuffix(".gz")
    suffix = Path(name).suffix
    if suffix not in {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"} or path.name.lower().endswith(".parquet.gz"):
        raise DataError(
            "cannot be read by its ending", where=str(path), cure=f"give a file that ends in {', '.join(SUFFIXES)}"
        )
    if separator is not None and suffix not in {".csv", ".tsv"}:
        raise OptionError(f"a {suffix} file has no separators", where="separator", cure="leave it out")
    if separator == r"\t":
        # A shell passes on the two characters.
        separator = "\t"
    if separator is not None and (len(separator) != 1 or not separator.isascii() or separator in '"\r\n'):
        raise OptionError(
            f"{quoted(separator)} separates nothing", where="separator", cure="give one character, such as ';'"
        )
    content = _content(path)
    if suffix == ".parquet":
        return _read_parquet(path, content, text_column, label_column)
    if suffix in {".csv", ".tsv"}:
        return _read_csv(path, content, text_column, label_column, separator or ("," if suffix == ".csv" else "\t"))
    return _read_json_lines(path, content, text_column, label_column)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            content = gzip.decompress(content)
    except EOFError as error:
        raise DataError("the gzip file is cut off", where=str(path), cure="copy or download it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            "is no gzip file, or a damaged one", where=str(path), cure="copy or download it again"
        ) from error
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", where=str(path), cure="look at its permissions"
        ) from error
    if not content.strip():
        raise DataError("the file is empty", where=str(path), cure="give a file with a header and rows of text")
    return content


def _choose_columns(
    path: Path, columns: Sequence[str], strings: Callable[[str], Sequence[str]], text: str | None, label: str | None
) -> tuple[str, str]:
    """The text and the label column; ``strings(label)`` are the columns of strings beside the label."""
    if label is None:
        if "label" not in columns and "labels" in columns:
            raise DataError(
                "the column 'labels' holds several labels a document, which are not read yet",
                where=str(path),
                cure="if it holds one label a document, name it with --label-column labels",
            )
        if "label" not in columns:
            raise DataError(
                "no column is named 'label'", where=str(path), cure=f"name one with --label-column; {_list(columns)}"
            )
        label = "label"
    for column in (text, label):
        if column is not None and column not in columns:
            raise DataError(f"no column is named {quoted(column)}", where=str(path), cure=near_names(column, columns))
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


def _list(columns: Sequence[str]) -> str:
    return near_names("", columns) if columns else "the file has no columns"


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    for column in columns:
        if columns.count(column) > 1:
            raise DataError(f"two columns are named {quoted(column)}", where=str(path), cure="rename one of them")


def _read_csv(path: Path, content: bytes, text_column: str | None, label_column: str | None, separator: str) -> Table:
    columns = _header(path, content, separator)
    frame = _fast_frame(content, columns, separator)
    if frame is None or frame[:, -1].null_count():
        # A null at the end of a row is an empty field, a field that is missing, or a blank line: only a second look can
        # tell. It costs ten times as much, and says which row is at fault.
        frame = _careful_frame(path, content, columns, separator)
    if frame.is_empty():
        raise DataError("there is a header but no rows", where=str(path), cure="give rows of text and label below it")

    def strings(label: str) -> list[str]:
        # Every field of a CSV file is text; a column of nothing but numbers is hardly the one to read.
        others = frame.drop(label)
        numbers = others.select(pl.all().cast(pl.Float64, strict=False).is_not_null().all()).row(0)
        return [column for column, number in zip(others.columns, numbers, strict=True) if not number]

    text, label = _choose_columns(path, columns, strings, text_column, label_column)
    return Table(frame[text], frame[label], lambda row: f"{path}, row {row + 1}")


def _header(path: Path, content: bytes, separator: str) -> list[str]:
    with _any_field_size():
        try:
            text = _lines(content)
            header = next(record for record in csv.reader(text, delimiter=separator, strict=True) if record)
        except csv.Error as error:
            raise DataError(
                f"the header cannot be read ({error})", where=str(path), cure="look at its quotes"
            ) from error
    if any(_UNDECODABLE.search(name) for name in header):
        raise DataError("the header is not UTF-8", where=str(path), cure="save the file as UTF-8")
    columns = [clean_name(name) for name in header]
    if len(columns) == 1:
        other = next((mark for mark in _SEPARATORS if mark != separator and mark in header[0]), None)
        if other is not None:
            raise DataError(
                f"the header {quoted(header[0])} is one field, separated by {other!r} where {separator!r} is expected",
                where=str(path),
                cure=f"add --separator {other!r}",
            )
    _check_columns(path, columns)
    return columns


def _fast_frame(content: bytes, columns: list[str], separator: str) -> pl.DataFrame | None:
    try:
        return pl.read_csv(io.BytesIO(content), separator=separator, infer_schema=False, new_columns=columns)
    except pl.exceptions.PolarsError:
        return None


def _careful_frame(path: Path, content: bytes, columns: list[str], separator: str) -> pl.DataFrame:
    """Reads row by row; the first row at fault is named."""
    rows: list[list[str]] = []
    with _any_field_size():
        text = _lines(content)
        records = (record for record in csv.reader(text, delimiter=separator, strict=True) if record)
        next(records)
        try:
            for record in records:
                where = f"{path}, row {len(rows) + 1}"
                if any(_UNDECODABLE.search(field) for field in record):
                    raise DataError(
                        "the row holds bytes that are not UTF-8", where=where, cure="save the file as UTF-8"
                    )
                if len(record) != len(columns):
                    raise DataError(
                        f"the number of fields is {len(record)}, not {len(columns)} as in the header",
                        where=where,
                        cure='put fields that hold a separator or a line break in quotes "..."',
                    )
                rows.append(record)
        except csv.Error as error:
            raise DataError(
                f"the quotes of the row cannot be read ({error})",
                where=f"{path}, row {len(rows) + 1}",
                cure='close every quote, and write a quote inside a quoted field as ""',
            ) from error
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _lines(content: bytes) -> io.TextIOWrapper:
    # Bytes that are no UTF-8 are let through as lone surrogates, so that the row they stand in can be named.
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", errors="surrogateescape", newline="")


@contextmanager
def _any_field_size() -> Generator[None]:
    # The csv module refuses fields of more than 128 kB unless told otherwise, once for the whole program.
    before = csv.field_size_limit(_LARGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _read_json_lines(path: Path, content: bytes, text_column: str | None, label_column: str | None) -> Table:
    # Not by polars, which would turn a text of 5 into the text "5".
    numbers = [number for number, line in enumerate(content.split(b"\n")) if line.strip()]
    lines = [line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]

    def where(row: int) -> str:
        return f"{path}, line {numbers[row] + 1}"

    first = [_json_object(line, where(row)) for row, line in enumerate(lines[:_ROWS_LOOKED_AT])]
    columns = list(dict.fromkeys(clean_name(key) for record in first for key in record))
    texts = {clean_name(key) for record in first for key, value in record.items() if isinstance(value, str)}
    text, label = _choose_columns(
        path, columns, lambda label: [c for c in columns if c in texts and c != label], text_column, label_column
    )
    keys = {clean_name(key): key for record in first for key in record}
    rows = [
        (_json_text(record, keys[text], where(row)), _json_label(record, keys[label], where(row)))
        for row, record in ((row, _json_object(line, where(row))) for row, line in enumerate(lines))
    ]
    frame = pl.DataFrame(rows, schema={"text": pl.String, "label": pl.String}, orient="row")
    return Table(frame["text"], frame["label"], where)


def _json_object(line: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(
            "the line holds bytes that are not UTF-8", where=where, cure="save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"the line is no JSON ({error})", where=where, cure="give one JSON object a line") from error
    if isinstance(value, list):
        raise DataError(
            "a JSON array where a line is one object", where=where, cure="write one object a line, no brackets"
        )
    if not isinstance(value, dict):
        raise DataError(
            f"{quoted(value)} where a line is one object", where=where, cure='write {"text": .., "label": ..}'
        )
    return cast("dict[str, Any]", value)


def _json_text(record: dict[str, Any], key: str, where: str) -> str:
    if key not in record:
        raise DataError(f"there is no {quoted(key)}", where=where, cure="give it, or remove the line")
    value = record[key]
    if not isinstance(value, str):
        raise DataError(f"{quoted(key)} is {_kind(value)}, not a text", where=where, cure='put it in quotes "..."')
    return _whole_characters(value, where)


def _json_label(record: dict[str, Any], key: str, where: str) -> str | None:
    value = record.get(key)
    if isinstance(value, (list, dict)):
        raise DataError(
            f"{quoted(key)} is {_kind(value)}: several labels a document are not read yet",
            where=where,
            cure="give one label a document",
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if value is None:
        return None
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


def _read_parquet(path: Path, content: bytes, text_column: str | None, label_column: str | None) -> Table:
    try:
        schema = pl.read_parquet_schema(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        _damaged(path, error)
    names = {clean_name(column): column for column in schema}
    _check_columns(path, [clean_name(column) for column in schema])
    strings = [column for column in names if isinstance(schema[names[column]], (pl.String, pl.Categorical, pl.Enum))]
    text, label = _choose_columns(
        path, list(names), lambda label: [c for c in strings if c != label], text_column, label_column
    )
    if text not in strings:
        raise DataError(
            f"the column {quoted(text)} holds {schema[names[text]]}, not text", where=str(path), cure=_list(strings)
        )
    if schema[names[label]].is_nested():
        raise DataError(
            f"the column {quoted(label)} holds {schema[names[label]]}: several labels a document are not read yet",
            where=str(path),
            cure="give one label a document",
        )
    try:
        frame = pl.read_parquet(io.BytesIO(content), columns=[names[text], names[label]])
        labels = frame[names[label]]
        if labels.dtype.is_float():
            whole = labels.cast(pl.Int64, strict=False)
            labels = whole if whole.cast(labels.dtype).equals(labels, null_equal=True) else labels.fill_nan(None)
        texts, labels = frame[names[text]].cast(pl.String), labels.cast(pl.String)
    except pl.exceptions.InvalidOperationError as error:
        raise DataError(
            f"the column {quoted(label)} holds {schema[names[label]]}, not labels",
            where=str(path),
            cure="name another with --label-column",
        ) from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        _damaged(path, error)
    if frame.is_empty():
        raise DataError("there are columns but no rows", where=str(path), cure="give rows of text and label")
    return Table(texts, labels, lambda row: f"{path}, row {row + 1}")


def _damaged(path: Path, error: BaseException) -> NoReturn:
    raise DataError(
        "is no Parquet file, or a damaged one", where=str(path), cure="copy or download it again"
    ) from error
