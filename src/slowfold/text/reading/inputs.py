"""What a path stands for: a table, a folder of tables, a folder of texts, or a pattern that many files match."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from slowfold.errors import DataError, OptionError
from slowfold.text.names import clean_name, near_names, quoted
from slowfold.text.reading.csv_tables import CsvReader
from slowfold.text.reading.folders import TEXT_SUFFIXES, FolderReader, class_folders
from slowfold.text.reading.json_lines import JsonLinesReader
from slowfold.text.reading.parquet import ParquetReader
from slowfold.text.reading.tables import SUFFIXES, Columns, Reader
from slowfold.text.reading.unpacking import unpacked_name

__all__ = ["common_name", "find_inputs", "open_input", "separator_of"]

_PATTERN = re.compile(r"[*?\[]")
# How files are called that hold the parts of one set, which are not to be read as one.
_PART = re.compile(r"(train|test|dev|valid|validation|val)(?![a-z])")
_CSV = frozenset({".csv", ".tsv"})


def find_inputs(paths: Sequence[str | Path]) -> list[Path]:
    """The tables, and the folders of texts, that some paths stand for.

    Args:
        paths: Each a table; a folder of tables; a folder that holds a folder of texts for each class; or a pattern with
            ``*``, ``**``, ``?`` or ``[..]``, for which all that match stand, by name.

    Raises:
        DataError: There is nothing at a path, or nothing that can be read.
        OptionError: No path is given.

    Example:
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> for name in ("b.csv", "a.csv", "notes.md"):
        ...     folder.joinpath(name).touch()
        >>> [path.name for path in find_inputs([folder / "*.csv"])]
        ['a.csv', 'b.csv']
    """
    if not paths:
        raise OptionError("no file is named", where="paths", cure="name one or more")
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists() and _PATTERN.search(str(path)):
            # The folders that a pattern like shards/* happens to match are read if they are all that it matches.
            matches = sorted(map(Path, glob.glob(str(path), recursive=True)))  # noqa: PTH207 - Path.glob takes no absolute pattern
            files = [match for match in matches if match.is_file()] or matches
            if not files:
                raise DataError("no file matches the pattern", where=str(path), cure="look at the path")
        else:
            files = [path]
        for file in files:
            found += _folder(file) if file.is_dir() else [_table(file)]
    seen: set[Path] = set()
    for path in found:
        if path in seen:
            raise DataError("the file is named twice", where=str(path), cure="name each file once")
        seen.add(path)
    return found


def separator_of(separator: str | None, inputs: Sequence[Path]) -> str | None:
    r"""The separator that was asked for, made sure that it is one.

    Raises:
        OptionError: It is not one character, or a file has no separators.

    Example:
        >>> separator_of(r"\t", [Path("reviews.csv")])
        '\t'
    """
    if separator is None:
        return None
    for path in inputs:
        suffix = Path(unpacked_name(path)).suffix
        if suffix not in _CSV:
            what = f"a {suffix} file has no separators" if suffix else f"{path} has no separators"
            raise OptionError(what, where="separator", cure="leave it out")
    if separator == r"\t":
        # A shell passes on the two characters.
        return "\t"
    if len(separator) != 1 or not separator.isascii() or separator in '"\r\n':
        raise OptionError(
            f"{quoted(separator)} separates nothing", where="separator", cure="give one character, such as ';'"
        )
    return separator


def open_input(path: Path, columns: Columns, separator: str | None, size: int) -> Reader:
    """Opens one of the inputs that :func:`find_inputs` found.

    Args:
        path: The table, or the folder of texts.
        columns: The columns that are asked for.
        separator: What separates the fields of a .csv file (by default a comma) or a .tsv file (a tab).
        size: The bytes of a piece.

    Raises:
        DataError: The input cannot be read, or a column is not there.
    """
    if path.is_dir():
        return FolderReader(path, columns, size)
    suffix = Path(unpacked_name(path)).suffix
    if suffix == ".parquet":
        return ParquetReader(path, columns, size)
    if suffix in _CSV:
        return CsvReader(path, columns, separator or ("," if suffix == ".csv" else "\t"), size)
    return JsonLinesReader(path, columns, size)


def common_name(inputs: Sequence[Path]) -> str:
    """What documents are called: like their file, or like the folder that holds all their files.

    Example:
        >>> common_name([Path("mine/reviews.csv.gz")]), common_name([Path("mine/a.csv"), Path("mine/b.csv")])
        ('reviews', 'mine')
    """
    if len(inputs) == 1 and not inputs[0].is_dir():
        name = inputs[0].name[: len(unpacked_name(inputs[0]))].rpartition(".")[0]
        return clean_name(name)
    folder = Path(os.path.commonpath([path.resolve() if path.is_dir() else path.resolve().parent for path in inputs]))
    return clean_name(folder.name) or "documents"


def _table(path: Path) -> Path:
    if not path.exists():
        beside = sorted(file.name for file in path.parent.iterdir()) if path.parent.is_dir() else []
        cure = near_names(path.name, beside) if beside else "look at the path"
        raise DataError("there is no such file", where=str(path), cure=cure)
    if not path.name.lower().endswith(SUFFIXES):
        raise DataError(
            "cannot be read by its ending", where=str(path), cure=f"give a file that ends in {', '.join(SUFFIXES)}"
        )
    return path


def _folder(path: Path) -> list[Path]:
    """The tables in a folder, or the folder itself where it holds folders of texts."""
    folders = class_folders(path)
    try:
        files = sorted(file for file in path.iterdir() if file.is_file())
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", where=str(path), cure="look at its permissions"
        ) from error
    tables = [file for file in files if file.name.lower().endswith(SUFFIXES)]
    if not tables and folders:
        return [path]
    if not tables:
        plain = any(file.name.lower().endswith(TEXT_SUFFIXES) for file in files)
        raise DataError(
            "the folder holds texts, but no folder for each class" if plain else "the folder holds nothing to read",
            where=str(path),
            cure=f"give a folder of tables ({', '.join(SUFFIXES)}), or one with a folder of .txt files for each class",
        )
    parts = {match[1]: table for table in tables if (match := _PART.match(table.name.lower()))}
    if len(parts) > 1 or (parts and len(tables) > 1 and not all(_PART.match(table.name.lower()) for table in tables)):
        first, second = [table.name for table in [*parts.values(), *tables] if table][:2]
        raise DataError(
            f"the folder holds {first} and {second}, which are hardly one set",
            where=str(path),
            cure="name the file to train on, and the one to test on with --test",
        )
    return tables
