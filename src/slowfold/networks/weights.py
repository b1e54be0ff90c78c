"""Tensors with a note beside them in one file, written whole or not at all; no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save_file
from torch import Tensor

from slowfold.errors import NetworkError
from slowfold.storage import whole_file

__all__ = ["Stored", "read_tensors", "write_tensors"]

_KEY = "slowfold"


class Stored(NamedTuple):
    """What a file of tensors holds.

    Attributes:
        tensors: The tensors by name, on the CPU.
        note: What was written beside them.
    """

    tensors: dict[str, Tensor]
    note: dict[str, Any]


def write_tensors(path: Path, tensors: Mapping[str, Tensor], note: Mapping[str, object]) -> None:
    """Writes tensors and a note that JSON can hold as one safetensors file.

    Raises:
        RunError: The folder cannot be written to.
        ValueError: The note holds NaN or infinity.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # Without NaN, any JSON reader understands the note.
    metadata = {_KEY: json.dumps(dict(note), ensure_ascii=False, allow_nan=False)}
    with whole_file(path) as beside:
        save_file(plain, beside, metadata=metadata)


def read_tensors(path: Path) -> Stored:
    """Reads a file that :func:`write_tensors` wrote.

    Raises:
        NetworkError: The file is missing, cut off, or not one of slowfold's.

    Example:
        >>> import tempfile, torch
        >>> path = Path(tempfile.mkdtemp()) / "a.safetensors"
        >>> write_tensors(path, {"a": torch.ones(2)}, {"step": 3})
        >>> read_tensors(path)
        Stored(tensors={'a': tensor([1., 1.])}, note={'step': 3})
    """
    try:
        data = path.read_bytes()
        tensors = tensors_from_bytes(data)
        # The file opens with the length of its header, which is JSON; safetensors keeps the note to itself.
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        note = json.loads(header["__metadata__"][_KEY])
    except OSError as error:
        raise NetworkError(f"cannot be read ({error.strerror})", where=str(path)) from error
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise NetworkError(
            "is cut off, or is no file of weights that slowfold wrote", where=str(path), cure="save the network again"
        ) from error
    if not isinstance(note, dict):
        raise NetworkError("has no note that slowfold wrote", where=str(path), cure="save the network again")
    return Stored(tensors, note)
