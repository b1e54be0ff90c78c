"""A network in a folder: its weights, what it is made of, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from slowfold.errors import NetworkError, SlowfoldError
from slowfold.networks.weights import read_tensors, write_tensors
from slowfold.storage import read_json, write_json
from slowfold.text.vocabulary import Vocabulary

__all__ = ["AGAIN", "Saved", "read_saved", "write_saved"]

AGAIN = "save the network again"


class Saved(NamedTuple):
    """What the files of a network hold.

    Attributes:
        config: What it is made of.
        vocabulary: The words it reads.
        tensors: Its weights, by name.
    """

    config: dict[str, Any]
    vocabulary: Vocabulary
    tensors: dict[str, Tensor]


def write_saved(
    folder: Path, config: Mapping[str, object], tensors: Mapping[str, Tensor], vocabulary: Vocabulary | None
) -> None:
    """Writes ``model.json``, ``model.safetensors`` and, if it is given, ``vocabulary.json``.

    Raises:
        RunError: The folder cannot be written to.
    """
    if vocabulary is not None:
        write_json(folder / "vocabulary.json", vocabulary.to_json())
    write_json(folder / "model.json", dict(config))
    # The weights come last and repeat the configuration: a save cut short cannot pass for a whole one.
    write_tensors(folder / "model.safetensors", tensors, config)


def read_saved(folder: Path, vocabulary: Vocabulary | None = None) -> Saved:
    """Reads what :func:`write_saved` wrote, and checks that the files belong together.

    Args:
        folder: Where it was saved.
        vocabulary: Its words, where they were not saved with it.

    Raises:
        NetworkError: A file is missing, cut off, not one of slowfold's, or does not belong to the others.
    """
    tensors, note = read_tensors(folder / "model.safetensors")
    try:
        config = read_json(folder / "model.json")
        if vocabulary is None:
            vocabulary = _vocabulary(folder / "vocabulary.json")
    except SlowfoldError as error:
        raise NetworkError(error.what, where=error.where or str(folder), cure=AGAIN) from error
    if config != note:
        raise NetworkError("model.json and model.safetensors are of two networks", where=str(folder), cure=AGAIN)
    if len(vocabulary) != note.get("words"):
        raise NetworkError(
            f"the vocabulary has {len(vocabulary)} words, the network {note.get('words')}",
            where=str(folder),
            cure="give the vocabulary that it was trained with",
        )
    return Saved(note, vocabulary, tensors)


def _vocabulary(path: Path) -> Vocabulary:
    value = read_json(path)
    if not isinstance(value, dict):
        raise NetworkError("is no vocabulary", where=str(path))
    return Vocabulary.from_json(value)
