"""Public data sets, read by name from a folder that holds them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from slowfold.errors import DataError
from slowfold.text.corpus import Kind
from slowfold.text.files import Documents, read_documents
from slowfold.text.names import clean_name, near_names, quoted

__all__ = ["KNOWN_KINDS", "data_folder", "list_named", "read_named"]

KNOWN_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "ag_news": "categorical",
        "dbpedia_14": "categorical",
        "yelp5": "ordered",
        "sst5": "ordered",
        "sst5_phrases": "ordered",
        "amazon_multi_domain": "ordered",
        "imdb": "ordered",
        "goemotions": "multilabel",
    }
)
"""What the labels of well-known sets are."""

_FILES = ("train.csv.gz", "test.csv.gz", "classes.txt")


def data_folder(data_dir: Path | None = None) -> Path | None:
    """The folder of named sets: ``data_dir``, else the environment variable SLOWFOLD_DATA, else None.

    Example:
        >>> data_folder(Path("sets")).name
        'sets'
    """
    if data_dir is not None:
        return data_dir
    folder = os.environ.get("SLOWFOLD_DATA")
    return Path(folder) if folder else None


def list_named(data_dir: Path) -> list[str]:
    """The sets in a folder: each a folder of train.csv.gz, test.csv.gz and classes.txt.

    Raises:
        DataError: The folder is missing.

    Example:
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> (folder / "mine").mkdir()
        >>> for file in ("train.csv.gz", "test.csv.gz", "classes.txt"):
        ...     (folder / "mine" / file).touch()
        >>> list_named(folder)
        ['mine']
    """
    if not data_dir.is_dir():
        raise DataError(
            "there is no such folder", where=str(data_dir), cure="give the folder of the data sets (--data-dir)"
        )
    try:
        return sorted(folder.name for folder in data_dir.iterdir() if all((folder / file).is_file() for file in _FILES))
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", where=str(data_dir), cure="look at its permissions"
        ) from error


def read_named(
    name: str, data_dir: Path, *, kind: Kind | None = None, classes: Sequence[str] | None = None
) -> tuple[Documents, Documents]:
    r"""The training and the test documents of a named set.

    Args:
        name: The name of a folder in ``data_dir`` that holds train.csv.gz and test.csv.gz (columns text and label, the
            label a number from 0) and classes.txt (the names of the classes, a line each).
        data_dir: The folder of the data sets.
        kind: What the labels are; by default what :data:`KNOWN_KINDS` says, else categorical.
        classes: The classes to keep, in the order in which they are to be numbered; by default all.

    Raises:
        DataError: There is no such set (near names are listed), or it cannot be read.

    Example:
        >>> import gzip
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp(), "mine")
        >>> folder.mkdir()
        >>> for file in ("train.csv.gz", "test.csv.gz"):
        ...     _ = (folder / file).write_bytes(gzip.compress(b"text,label\ngood,1\nbad,0\n"))
        >>> _ = (folder / "classes.txt").write_text("no\nyes\n")
        >>> train, test = read_named("mine", folder.parent)
        >>> train.class_names, len(train), len(test)
        (('no', 'yes'), 2, 2)
    """
    names = list_named(data_dir)
    if name not in names:
        raise DataError(f"no data set is named {quoted(name)}", where=str(data_dir), cure=near_names(name, names))
    folder = data_dir / name
    class_names = _class_names(folder / "classes.txt")
    labels_are = kind or KNOWN_KINDS.get(name, "categorical")

    def read(file: str) -> Documents:
        # The names of stars are no positions: they go on after the numbers have been read.
        positions = [str(position) for position in range(len(class_names))]
        documents = read_documents(folder / file, label_column=None, kind=labels_are, class_names=positions)
        documents = replace(documents, class_names=class_names, name=name)
        return documents if classes is None else documents.only(classes)

    return read("train.csv.gz"), read("test.csv.gz")


def _class_names(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read ({error})", where=str(path), cure="save it as UTF-8, a name a line") from error
    names = tuple(name for name in (clean_name(line) for line in lines) if name)
    if len(names) < 2 or len(set(names)) < len(names):
        raise DataError("these are not two or more distinct class names", where=str(path), cure="give a name a line")
    return names
