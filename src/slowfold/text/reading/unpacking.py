"""The content of a file, unpacked piece by piece as it is read."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import cast

from isal import igzip, isal_zlib

from slowfold.errors import DataError

__all__ = ["PACKED", "Unpacked", "unpacked_name"]

PACKED = (".gz", ".zst")
"""The endings of files that are unpacked while they are read."""

_AGAIN = "copy or download it again"

# The annotations of isal say of this class that it is one of its instances.
_Damaged = cast("type[Exception]", isal_zlib.error)


def unpacked_name(path: Path) -> str:
    """The name of a file in lower case, without the ending that says how it is packed.

    Example:
        >>> unpacked_name(Path("shards", "Reviews.CSV.gz"))
        'reviews.csv'
    """
    name = path.name.lower()
    return next((name.removesuffix(ending) for ending in PACKED if name.endswith(ending)), name)


class Unpacked:
    r"""The content of a file, with no more of it in memory than was asked for.

    Args:
        path: The file; one that ends in .gz or .zst is unpacked.

    Raises:
        DataError: The file cannot be opened.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv.gz")
        >>> _ = path.write_bytes(gzip.compress(b"text,label\n"))
        >>> content = Unpacked(path)
        >>> content.read(4), content.read(100), content.share
        (b'text', b',label\n', 1.0)
        >>> content.close()
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._size = path.stat().st_size
            self._raw = path.open("rb")
        except OSError as error:
            raise self._unreadable(error) from error
        self._read = self._reader()

    def _reader(self) -> Callable[[int], bytes]:
        name = self._path.name.lower()
        if name.endswith(".gz"):
            # A third of the time that Python's own takes.
            return igzip.IGzipFile(fileobj=self._raw, mode="rb").read
        if name.endswith(".zst"):
            import pyarrow as pa

            return pa.CompressedInputStream(pa.PythonFile(self._raw), "zstd").read
        return self._raw.read

    @property
    def share(self) -> float:
        """The share of the packed file that has been read, from 0 to 1."""
        return min(self._raw.tell() / self._size, 1.0) if self._size else 1.0

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes of content, or fewer at its end.

        Raises:
            DataError: The file cannot be read or unpacked.
        """
        try:
            return self._read(size)
        except EOFError as error:
            raise DataError("the gzip file is cut off", where=str(self._path), cure=_AGAIN) from error
        except (gzip.BadGzipFile, _Damaged) as error:
            raise DataError("is no gzip file, or a damaged one", where=str(self._path), cure=_AGAIN) from error
        except OSError as error:
            if error.errno is None:
                what = "is no zstd file, or one that is damaged or cut off"
                raise DataError(what, where=str(self._path), cure=_AGAIN) from error
            raise self._unreadable(error) from error

    def close(self) -> None:
        """Lets go of the file."""
        self._raw.close()

    def _unreadable(self, error: OSError) -> DataError:
        return DataError(
            f"cannot be read ({error.strerror})", where=str(self._path), cure="look at the path and its permissions"
        )
