"""A network in a folder: its weights, what it is made of, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from slowfold.cells import CELLS
from slowfold.errors import NetworkError, SlowfoldError
from slowfold.networks.weights import read_tensors, write_tensors
from slowfold.storage import read_json, write_json
from slowfold.text.vocabulary import Vocabulary

__all__ = ["Saved", "fill", "read_saved", "write_saved"]

_AGAIN = "save the network again"


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
        raise NetworkError(error.what, where=error.where or str(folder), cure=_AGAIN) from error
    if config != note:
        raise NetworkError("model.json and model.safetensors are of two networks", where=str(folder), cure=_AGAIN)
    if len(vocabulary) != note.get("words"):
        raise NetworkError(
            f"the vocabulary has {len(vocabulary)} words, the network {note.get('words')}",
            where=str(folder),
            cure="give the vocabulary that it was trained with",
        )
    _require_known(folder, note, tensors)
    return Saved(note, vocabulary, tensors)


def fill(network: nn.Module, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """Gives ``network`` the weights that were read from ``folder``.

    Raises:
        NetworkError: Their shapes are others than those of the network.
    """
    expected = {name: tensor.shape for name, tensor in network.state_dict().items()}
    if {name: tensor.shape for name, tensor in tensors.items()} != expected:
        raise NetworkError("its weights have other shapes than model.json says", where=str(folder), cure=_AGAIN)
    network.load_state_dict(dict(tensors))


def _require_known(folder: Path, config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Looks at a network before it is built, so that a changed number cannot ask for more memory than the file has."""
    layers: list[Mapping[str, Any]] = config.get("layers") or []
    known = [layer for layer in layers if layer.get("cell") in CELLS]
    units = sum(layer.get("hidden", 0) for layer in known)
    state = tensors.get("initial_state")
    vectors = tensors.get("embedding.weight")
    width = None if vectors is None else vectors.shape[-1]
    if not layers or known != layers or state is None or units > state.numel() or config.get("embedding") != width:
        raise NetworkError("is not a network that this version knows", where=str(folder), cure=_AGAIN)


def _vocabulary(path: Path) -> Vocabulary:
    value = read_json(path)
    if not isinstance(value, dict):
        raise NetworkError("is no vocabulary", where=str(path))
    return Vocabulary.from_json(value)
