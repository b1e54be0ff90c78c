"""Public data sets by name: from a folder that holds them, else from the Hugging Face Hub."""

from __future__ import annotations

import csv
import gzip
import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from slowfold.errors import DataError
from slowfold.text.corpus import Kind
from slowfold.text.hub import HUB_SETS, download
from slowfold.text.names import clean_name, near_names, quoted
from slowfold.text.reading.classes import Classes, order_groups, parse_classes
from slowfold.text.reading.documents import Documents, collect
from slowfold.text.reading.stream import DocumentStream, open_documents

__all__ = ["KNOWN_KINDS", "NamedSet", "data_folder", "find_named", "list_named", "read_named"]

KNOWN_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        **{name: known.kind for name, known in HUB_SETS.items()},
        "amazon_multi_domain": "ordered",
        "sst5_phrases": "ordered",
    }
)
"""What the labels of well-known sets are."""

_TRAIN, _TEST, _CLASSES = "train.csv.gz", "test.csv.gz", "classes.txt"


@dataclass(frozen=True)
class NamedSet:
    """A data set that was found by its name: its files, and what is known of them.

    Attributes:
        name: What it is called.
        train: The files to train on.
        test: The files to test on.
        class_names: The names of the classes, in the order of the numbers that the files hold.
        kind: What the labels are.
        text_column: The column of texts, or None for the only one there is.
        label_column: The column of labels, which are the positions of classes from 0.
        source: The folder, or the repository on the Hub.
        revision: The commit on the Hub, or None for a folder.
    """

    name: str
    train: tuple[Path, ...] = field(repr=False)
    test: tuple[Path, ...] = field(repr=False)
    class_names: tuple[str, ...]
    kind: Kind
    text_column: str | None
    label_column: str
    source: str
    revision: str | None = None

    def open(
        self, *, kind: Kind | None = None, classes: Classes | None = None, neither: float = 1.0, seed: int = 0
    ) -> tuple[DocumentStream, DocumentStream]:
        """The training and the test documents as streams; nothing is read yet.

        Args:
            kind: What the labels are; by default what is known of the set.
            classes: The classes to keep, joined and renamed as :func:`open_documents` says; by default all.
            neither: With several labels a document, the share of the documents with none of them that is kept.
            seed: Draws which of these documents are kept.

        Raises:
            DataError: A class is unknown (near names are listed).
            OptionError: ``neither`` is out of range, or no document has several labels.
        """
        labels_are = kind or self.kind
        groups: Mapping[str, tuple[str, ...]] = {name: (name,) for name in self.class_names}
        if classes is not None:
            groups = parse_classes(classes, self.class_names, where=self.source)
            groups = order_groups(groups, labels_are, self.class_names, where=self.source)
        # The labels are positions even where the names of the classes are numbers, as those of stars may be.
        positions = {
            name: [str(self.class_names.index(member)) for member in members] for name, members in groups.items()
        }

        def stream(files: tuple[Path, ...], *, held_out: bool) -> DocumentStream:
            opened = open_documents(
                *files,
                text_column=self.text_column,
                label_column=self.label_column,
                kind=labels_are,
                classes=positions,
                class_names=[str(position) for position in range(len(self.class_names))],
                neither=neither,
                held_out=held_out,
                seed=seed,
            )
            return replace(opened, name=self.name)

        return stream(self.train, held_out=False), stream(self.test, held_out=True)

    def read(
        self,
        *,
        kind: Kind | None = None,
        classes: Classes | None = None,
        neither: float = 1.0,
        seed: int = 0,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[Documents, Documents]:
        """The training and the test documents, without their text.

        Args:
            kind: As in :meth:`open`, like ``classes``, ``neither`` and ``seed``.
            classes: The classes to keep.
            neither: The share of the documents with none of the labels that is kept.
            seed: Draws which of these documents are kept.
            progress: Told the share of the bytes that has been read, from 0 to 1.

        Raises:
            DataError: A file, a row or a label cannot be used.
            OptionError: ``neither`` is out of range, or no document has several labels.
        """
        train, test = self.open(kind=kind, classes=classes, neither=neither, seed=seed)
        sizes = [sum(path.stat().st_size for path in stream.inputs) for stream in (train, test)]
        first = sizes[0] / max(1, sum(sizes))
        tell = progress or _tell_nobody
        return (
            collect(train, lambda share: tell(share * first)),
            collect(test, lambda share: tell(first + share * (1 - first))),
        )


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
    files = (_TRAIN, _TEST, _CLASSES)
    try:
        return sorted(folder.name for folder in data_dir.iterdir() if all((folder / file).is_file() for file in files))
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", where=str(data_dir), cure="look at its permissions"
        ) from error


def find_named(
    name: str,
    data_dir: Path | None = None,
    *,
    revision: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> NamedSet:
    r"""The data set of a name: in ``data_dir`` if it is there, else downloaded from the Hugging Face Hub.

    Args:
        name: The name of a folder in ``data_dir`` that holds train.csv.gz and test.csv.gz (columns text and label, the
            label a number from 0; or text and labels, any number of numbers with spaces between them) and classes.txt
            (the names of the classes, a line each); or one of :data:`HUB_SETS`.
        data_dir: The folder of the data sets, or None to ask the Hub alone.
        revision: The commit of the Hub to read, as :attr:`NamedSet.revision` gave it; the folder is not looked at then.
        progress: Told the share of the bytes that have arrived, where files are downloaded, from 0 to 1.

    Raises:
        DataError: There is no such set (near names are listed), or it cannot be had.

    Example:
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp(), "mine")
        >>> folder.mkdir()
        >>> for file in ("train.csv.gz", "test.csv.gz"):
        ...     _ = (folder / file).write_bytes(gzip.compress(b"text,labels\ngood,0 1\nbad,\n"))
        >>> _ = (folder / "classes.txt").write_text("joy\nlove\n")
        >>> find_named("mine", folder.parent).kind
        'multilabel'
    """
    names = [] if data_dir is None or revision is not None else list_named(data_dir)
    if data_dir is not None and name in names:
        return _in_folder(data_dir / name)
    if name not in HUB_SETS:
        raise DataError(
            f"no data set is named {quoted(name)}",
            where=None if data_dir is None else str(data_dir),
            cure=near_names(name, sorted({*names, *HUB_SETS})),
        )
    got, known = download(name, revision=revision, progress=progress), HUB_SETS[name]
    return NamedSet(
        name=name,
        train=got.train,
        test=got.test,
        class_names=known.class_names,
        kind=known.kind,
        text_column=known.text_column,
        label_column=known.label_column,
        source=f"datasets/{known.repository}",
        revision=got.revision,
    )


def read_named(
    name: str,
    data_dir: Path | None = None,
    *,
    kind: Kind | None = None,
    classes: Classes | None = None,
    neither: float = 1.0,
    seed: int = 0,
    revision: str | None = None,
) -> tuple[Documents, Documents]:
    r"""The training and the test documents of a named set: :func:`find_named`, then :meth:`NamedSet.read`.

    To know which commit of the Hub was read, and to see how far it is, take the two steps one by one.

    Raises:
        DataError: There is no such set (near names are listed), or it cannot be had or read.
        OptionError: ``neither`` is out of range, or no document has several labels.

    Example:
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
    found = find_named(name, data_dir, revision=revision)
    return found.read(kind=kind, classes=classes, neither=neither, seed=seed)


def _in_folder(folder: Path) -> NamedSet:
    several = _has_several_labels(folder / _TRAIN)
    return NamedSet(
        name=folder.name,
        train=(folder / _TRAIN,),
        test=(folder / _TEST,),
        class_names=_class_names(folder / _CLASSES),
        kind="multilabel" if several else KNOWN_KINDS.get(folder.name, "categorical"),
        text_column=None,
        label_column="labels" if several else "label",
        source=str(folder),
    )


def _has_several_labels(path: Path) -> bool:
    """Whether the header of a table names a column ``labels`` and none ``label``."""
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            header = [clean_name(name) for name in next(csv.reader(file), [])]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error):
        # Whoever reads the file says what is wrong with it, and where.
        return False
    return "labels" in header and "label" not in header


def _class_names(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read ({error})", where=str(path), cure="save it as UTF-8, a name a line") from error
    names = tuple(name for name in (clean_name(line) for line in lines) if name)
    if len(names) < 2 or len(set(names)) < len(names):
        raise DataError("these are not two or more distinct class names", where=str(path), cure="give a name a line")
    return names


def _tell_nobody(share: float) -> None:
    pass
