"""Parquet files, read slice by slice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from slowfold.errors import DataError
from slowfold.text.names import clean_name, near_names, quoted
from slowfold.text.reading.tables import Columns, Piece, Table, check_columns, choose_columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ParquetReader"]

# What is read ahead of a column at a time; without it, whole columns of a row group would be.
_BUFFER = 2**20
# A column that repeats its values does not say how long they are once they are unpacked: so many rows are, at a time.
_MOST_ROWS = 2**14


class ParquetReader:
    """A Parquet file.

    Args:
        path: The file.
        wanted: The columns that are asked for.
        size: About how many bytes of text and labels a piece holds.

    Raises:
        DataError: The file is damaged, or a column is not there or not of a kind that can be read.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.parquet")
        >>> pl.DataFrame({"text": ["so good"], "label": [1]}).write_parquet(path)
        >>> reader = ParquetReader(path, Columns(), size=100)
        >>> [piece.parse().label.to_list() for piece in reader.pieces()]
        [['1']]
        >>> reader.close()
    """

    def __init__(self, path: Path, wanted: Columns, size: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path, self._size = path, size
        self._faults = (pa.ArrowException, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
        try:
            self._file = pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
        except self._faults as error:
            raise self._damaged(path, error) from error
        try:
            text, label = self._choose(wanted)
        except BaseException:
            self.close()
            raise
        self.columns = Columns(text, label, wanted.several, wanted.chosen_in or path)

    def close(self) -> None:
        self._file.close(force=True)

    def pieces(self) -> Iterator[Piece]:
        names = [self._names[self.columns.text or ""], self._names[self.columns.label or ""]]
        rows, first = self._file.metadata.num_rows, 0
        slices = self._file.iter_batches(batch_size=self._slice_rows(names), columns=names, use_threads=False)
        while True:
            try:
                part = next(slices, None)
            except self._faults as error:
                raise self._damaged(self._path, error) from error
            if part is None:
                return
            # Where a column repeats its values, a slice is longer than the file says.
            step = max(1, int(part.num_rows * min(self._size / max(part.nbytes, 1), 1.0)))
            for begin in range(0, part.num_rows, step):
                some = part.slice(begin, step)
                yield Piece(partial(self._parse, some, first), min((first + some.num_rows) / rows, 1.0))
                first += some.num_rows

    def _slice_rows(self, names: list[str]) -> int:
        """How many rows hold about ``size`` bytes."""
        metadata = self._file.metadata
        size = 0
        for group in range(metadata.num_row_groups):
            chunks = [metadata.row_group(group).column(at) for at in range(metadata.num_columns)]
            size += sum(
                chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in names
            )
        return max(1, min(int(self._size / max(size / max(metadata.num_rows, 1), 1)), _MOST_ROWS))

    def _choose(self, wanted: Columns) -> tuple[str, str]:
        stored = self._file.schema_arrow.names
        check_columns(self._path, [clean_name(column) for column in stored])
        self._names = {clean_name(column): column for column in stored}
        frame = self._frame(self._file.schema_arrow.empty_table())
        kinds = {name: frame.schema[column] for name, column in self._names.items()}
        strings = [name for name, kind in kinds.items() if isinstance(kind, (pl.String, pl.Categorical, pl.Enum))]
        text, label = choose_columns(
            self._path, list(kinds), lambda label: [name for name in strings if name != label], wanted
        )
        if text not in strings:
            raise DataError(
                f"the column {quoted(text)} holds {kinds[text]}, not text",
                where=str(self._path),
                cure=near_names("", strings) if strings else "name another with --text-column",
            )
        kind = kinds[label]
        if kind.is_nested() and not wanted.several:
            raise DataError(
                f"the column {quoted(label)} holds {kind}: several labels a document, and one is asked for",
                where=str(self._path),
                cure="give one label a document, or read them as multilabel",
            )
        inner = kind.inner if isinstance(kind, (pl.List, pl.Array)) else kind
        if not isinstance(inner, (pl.String, pl.Categorical, pl.Enum, pl.Boolean)) and not (
            isinstance(inner, pl.DataType) and inner.is_numeric()
        ):
            raise DataError(
                f"the column {quoted(label)} holds {kind}, not labels",
                where=str(self._path),
                cure="name another with --label-column",
            )
        return text, label

    def _frame(self, rows: pa.Table | pa.RecordBatch) -> pl.DataFrame:
        try:
            return pl.DataFrame(pl.from_arrow(rows))
        except self._faults as error:
            raise self._damaged(self._path, error) from error

    def _parse(self, rows: pa.RecordBatch, first: int) -> Table:
        frame = self._frame(rows)
        text, label = frame.to_series(0).cast(pl.String), frame.to_series(1)
        if label.dtype.is_nested():
            label = label.cast(pl.List(pl.String))
        else:
            label = (label.fill_nan(None) if label.dtype.is_float() else label).cast(pl.String)
        return Table(text, label, first, lambda row: f"{self._path}, row {first + row + 1}")

    def _damaged(self, path: Path, error: BaseException) -> DataError:
        if isinstance(error, OSError) and error.errno is not None:
            what, cure = f"cannot be read ({error.strerror})", "look at the path and its permissions"
        else:
            what, cure = "is no Parquet file, or a damaged one", "copy or download it again"
        return DataError(what, where=str(path), cure=cure)
