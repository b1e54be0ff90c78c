"""Folders of plain texts: one folder a class, one file a document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import polars as pl

from slowfold.errors import DataError
from slowfold.text.reading.tables import Columns, Piece, Table
from slowfold.text.reading.unpacking import Unpacked

__all__ = ["TEXT_SUFFIXES", "FolderReader", "class_folders"]

TEXT_SUFFIXES = (".txt", ".txt.gz", ".txt.zst")
"""The endings of the files that hold one document each."""

# How much longer a text is unpacked, roughly, so that a piece of packed texts does not outgrow one of plain ones.
_PACKED = 4


def class_folders(path: Path) -> list[Path]:
    """The folders in a folder, by name; hidden ones are left out.

    Raises:
        DataError: The folder cannot be read.
    """
    try:
        return sorted(folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", where=str(path), cure="look at its permissions"
        ) from error


class FolderReader:
    """A folder that holds a folder of texts for each class, named like it.

    Args:
        path: The folder.
        wanted: Whether a document may have several labels, which these have not.
        size: The bytes of a piece.

    Raises:
        DataError: A folder of a class holds no texts, or several labels a document are asked for.

    Example:
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> for label, text in (("pos", "so good"), ("neg", "bad")):
        ...     (folder / label).mkdir()
        ...     _ = (folder / label / "1.txt").write_text(text)
        >>> reader = FolderReader(folder, Columns(), size=100)
        >>> [piece.parse().label.to_list() for piece in reader.pieces()]
        [['neg', 'pos']]
    """

    def __init__(self, path: Path, wanted: Columns, size: int) -> None:
        if wanted.several:
            raise DataError(
                "a folder for each class gives one label a document",
                where=str(path),
                cure="give a table with a column of labels, or do not read it as multilabel",
            )
        self._path, self._size, self.columns = path, size, wanted
        self._files: list[tuple[Path, str, int]] = []
        for folder in class_folders(path):
            texts = sorted(file for file in folder.iterdir() if file.name.lower().endswith(TEXT_SUFFIXES))
            if not texts:
                raise DataError(
                    "the folder of a class holds no texts",
                    where=str(folder),
                    cure="put its documents there, a file ending in .txt each, or remove the folder",
                )
            for file in texts:
                packed = 1 if file.name.lower().endswith(".txt") else _PACKED
                self._files.append((file, folder.name, packed * file.stat().st_size))

    def close(self) -> None:
        pass

    def pieces(self) -> Iterator[Piece]:
        total, read, size, first = sum(size for *_, size in self._files), 0, 0, 0
        for at, (*_, file_size) in enumerate(self._files, start=1):
            size += file_size
            if size >= self._size or at == len(self._files):
                read += size
                yield Piece(partial(self._parse, first, at), read / total if total else 1.0)
                size, first = 0, at

    def _parse(self, first: int, last: int) -> Table:
        files = self._files[first:last]
        texts: list[str] = []
        fault = None
        for file, *_ in files:
            try:
                texts.append(_text(file))
            except DataError as error:
                fault = error
                break
        labels = [label for _, label, _ in files[: len(texts)]]
        return Table(
            pl.Series(texts, dtype=pl.String),
            pl.Series(labels, dtype=pl.String),
            first,
            lambda row: str(files[row][0]),
            fault,
        )


def _text(path: Path) -> str:
    with closing(Unpacked(path)) as file:
        content = b""
        while piece := file.read(2**20):
            content += piece
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("the text is not UTF-8", where=str(path), cure="save the file as UTF-8") from error
