"""Files that are written whole or not at all; JSON and TOML."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import tomllib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import tomli_w

from slowfold.errors import RunError

__all__ = ["read_json", "read_toml", "unwritable", "whole_file", "write_json", "write_text", "write_toml"]

# A disk, the share of it that somebody has, or a file that can grow no further.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def whole_file(path: Path) -> Generator[Path]:
    """Yields a path beside ``path`` to write to; it takes the place of ``path`` only when all of it is on the disk.

    Whoever reads ``path`` sees the old file or the new one, never a part, also after a kill or a power cut.

    Raises:
        RunError: The file cannot be written, as in a folder that is not yours or on a disk that is full.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> with whole_file(folder / "a.txt") as beside:
        ...     _ = beside.write_text("whole")
        >>> [file.name for file in folder.iterdir()]
        ['a.txt']
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        # mkstemp makes files that only their owner may read; a result is as readable as any other new file.
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        beside.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> RunError:
    """What is said of a file that the system does not let be written.

    Example:
        >>> print(unwritable(Path("a.txt"), OSError(errno.ENOSPC, "No space left on device")))
        a.txt: cannot be written (No space left on device); make room on the disk
        >>> print(unwritable(Path("a.txt"), PermissionError(errno.EACCES, "Permission denied")))
        a.txt: cannot be written (Permission denied); choose a folder you may write to
    """
    cure = "make room on the disk" if error.errno in _NO_ROOM else "choose a folder you may write to"
    return RunError(f"cannot be written ({error.strerror or error})", where=str(path), cure=cure)


def _umask() -> int:
    # The mask can only be read by setting it; reading it from /proc would not work on every system.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Writes ``text`` as UTF-8, whole or not at all."""
    with whole_file(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Writes ``value`` as JSON that any reader understands: no NaN, no infinity.

    Raises:
        ValueError: ``value`` holds NaN or infinity; a missing number is None.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON can hold anything
    """Reads a JSON file.

    Raises:
        RunError: The file is missing, or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"cannot be read as JSON ({error})", where=str(path)) from error


def write_toml(path: Path, value: Mapping[str, object]) -> None:
    """Writes ``value`` as TOML, whole or not at all; keys that are None are left out, for TOML has no null."""
    write_text(path, tomli_w.dumps(cast("dict[str, Any]", _without_none(value))))


def read_toml(path: Path) -> dict[str, Any]:
    """Reads a TOML file.

    Raises:
        RunError: The file is missing, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"cannot be read as TOML ({error})", where=str(path)) from error


def _without_none(value: object) -> object:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return {key: _without_none(entry) for key, entry in pairs if entry is not None}
    return value
