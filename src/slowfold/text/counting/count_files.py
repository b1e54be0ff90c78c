"""Word counts on disk: one small Arrow file, which any program that knows Arrow can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast, get_args

import numpy as np

from slowfold.errors import DataError
from slowfold.storage import whole_file
from slowfold.text.corpus import Kind
from slowfold.text.counting.counts import WordCounts
from slowfold.text.names import quoted
from slowfold.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COUNTS_SUFFIX", "open_counts", "save_counts"]

COUNTS_SUFFIX = ".counts"
"""The ending by which files of word counts are known."""

_KEY = b"slowfold"
"""Under which the schema's metadata say, in JSON, what the columns do not: the classes, the documents, the version."""

_FORMAT, _VERSION = "word counts", 1


def save_counts(counts: WordCounts, path: str | Path) -> None:
    """Writes word counts to one Arrow file, whole or not at all; :func:`open_counts` reads them again.

    A row is a word: ``word``, ``occurrences`` in all documents, and ``counts``, one number a class. The classes, their
    order, and how many documents have which labels stand in the metadata of the schema.

    Args:
        counts: The counts.
        path: The file, which by custom ends in :data:`COUNTS_SUFFIX`.

    Raises:
        RunError: The file cannot be written.
        DataError: A word is no text that UTF-8 can hold.

    Example:
        >>> from tempfile import mkdtemp
        >>> words = np.array([[2, 3, 0], [0, 0, 1]])
        >>> counts = WordCounts.of_classes(words, np.array([2, 1]), ("yes", "no"), Vocabulary(("the", "good", "bad")))
        >>> path = Path(mkdtemp(), "mine.counts")
        >>> save_counts(counts, path)
        >>> open_counts(path) == counts
        True
    """
    import pyarrow as pa

    path = Path(path)
    try:
        words = pa.array(counts.vocabulary.words, type=pa.large_string())
    except UnicodeEncodeError as error:
        raise DataError(
            f"the word {quoted(error.object)} is no text that UTF-8 can hold", where=str(path), cure="leave it out"
        ) from error
    about = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": counts.kind,
        "class_names": counts.class_names,
        "unknown": counts.vocabulary.unknown,
        "label_sets": [np.flatnonzero(row).tolist() for row in counts.label_sets],
        "set_documents": counts.set_documents.tolist(),
    }
    each = pa.FixedSizeListArray.from_arrays(pa.array(counts.words.T.reshape(-1)), len(counts.class_names))
    columns = {"word": words, "occurrences": pa.array(counts.occurrences), "counts": each}
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(about)})
    # Most counts are small, and most words are used by few classes: the file shrinks to about a tenth.
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with (
        whole_file(path) as beside,
        pa.OSFile(str(beside), "wb") as file,
        pa.ipc.new_file(file, table.schema, options=options) as writer,
    ):
        writer.write_table(table)


def open_counts(path: str | Path) -> WordCounts:
    """Reads the word counts that :func:`save_counts` wrote.

    Args:
        path: The file.

    Raises:
        DataError: The file is missing, holds no word counts, was cut short or edited, or is of another version.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.text import categorical, count_words
        >>> path = Path(mkdtemp(), "mine.counts")
        >>> save_counts(count_words(categorical(classes=3).sample(100, seed=0)), path)
        >>> open_counts(path)
        WordCounts(categorical, 100 documents, 5000 tokens, 4 words, 3 classes: 'class 0', 'class 1', 'class 2')
    """
    import pyarrow as pa

    path = Path(path)
    try:
        with pa.OSFile(str(path), "rb") as file, pa.ipc.open_file(file) as reader:
            table = reader.read_all().combine_chunks()
        table.validate(full=True)
    except FileNotFoundError as error:
        raise DataError("there is no such file", where=str(path), cure="look at the path") from error
    except pa.ArrowException as error:
        _refuse(path, "is no file of word counts, or a damaged one", error)
    except OSError as error:
        # Arrow tells of compressed data that were cut or edited in this way too.
        _refuse(path, f"cannot be read ({error.strerror or 'it is damaged'})", error)
    about = _about(table.schema.metadata, path)
    names, kind = tuple(about["class_names"]), cast("Kind", about["kind"])
    if table.schema.remove_metadata() != _schema(len(names)):
        _refuse(path, "is no file of word counts: it has other columns")
    columns = [column.chunk(0) if column.num_chunks else column.combine_chunks() for column in table.columns]
    word, occurrences, counts = columns
    if word.null_count + occurrences.null_count + counts.null_count + counts.values.null_count:
        _refuse(path, "is damaged: there are rows without numbers")
    sets = np.zeros((len(about["label_sets"]), len(names)), dtype=np.bool_)
    try:
        for row, labels in zip(sets, about["label_sets"], strict=True):
            row[np.array(labels, dtype=np.int64)] = True
        return WordCounts(
            np.ascontiguousarray(counts.flatten().to_numpy().reshape(-1, len(names)).T),
            occurrences.to_numpy(),
            sets,
            np.array(about["set_documents"], dtype=np.int64),
            names,
            Vocabulary(tuple(word.to_pylist()), about["unknown"]),
            kind,
        )
    except (DataError, IndexError, ValueError, TypeError, OverflowError) as error:
        what = error.what if isinstance(error, DataError) else "its labels are not those of its classes"
        _refuse(path, f"is damaged: {what}", error)


def _about(metadata: dict[bytes, bytes] | None, path: Path) -> dict[str, Any]:
    """What the metadata say, all of it there and of the right type."""
    try:
        about = json.loads((metadata or {})[_KEY])
        if about["format"] != _FORMAT:
            raise ValueError(about["format"])
    except (KeyError, ValueError, TypeError) as error:
        _refuse(path, "is an Arrow file, but holds no word counts", error)
    if about.get("version") != _VERSION:
        raise DataError(
            f"holds word counts of version {quoted(about.get('version'))}, and this slowfold reads version {_VERSION}",
            where=str(path),
            cure="count again, or read it with the slowfold that wrote it",
        )
    # Where it is missing, it is no whole number and not None.
    names, unknown = about.get("class_names"), about.get("unknown", "")
    lists = [about.get("label_sets"), about.get("set_documents")]
    whole = (
        about.get("kind") in get_args(Kind)
        and isinstance(names, list)
        and all(isinstance(name, str) for name in cast("list[object]", names))
        and bool(names)
        and (unknown is None or type(unknown) is int)
        and all(isinstance(entry, list) for entry in lists)
    )
    if not whole:
        _refuse(path, "is damaged: it does not say which classes it counts")
    return cast("dict[str, Any]", about)


def _schema(classes: int) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [("word", pa.large_string()), ("occurrences", pa.int64()), ("counts", pa.list_(pa.int64(), classes))]
    )


def _refuse(path: Path, what: str, error: BaseException | None = None) -> NoReturn:
    raise DataError(what, where=str(path), cure="give a file that --save-counts wrote, or count again") from error
