"""What was trained elsewhere, taken apart: the cell, the vectors of the words, and the readout."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from slowfold.cells import Cell, from_torch
from slowfold.errors import NetworkError
from slowfold.text.corpus import Kind
from slowfold.text.vocabulary import UNKNOWN_WORD, Vocabulary

__all__ = ["Adopted", "adopt"]


class Adopted(NamedTuple):
    """Copies of all that a classifier is made of.

    Attributes:
        cell: The recurrent cell.
        embedding: The vector of each word, [word, input], or None for one-hot words.
        readout: One row a class, [class, unit].
        bias: One number a class, [class], or None.
        vocabulary: The words.
        class_names: The classes.
    """

    cell: Cell
    embedding: Tensor | None
    readout: Tensor
    bias: Tensor | None
    vocabulary: Vocabulary
    class_names: tuple[str, ...]


def adopt(
    embedding: nn.Embedding | None,
    rnn: nn.Module,
    linear: nn.Linear,
    vocabulary: Vocabulary | Sequence[str],
    class_names: Sequence[str] | None,
    kind: Kind = "categorical",
) -> Adopted:
    """Copies what a classifier is made of out of PyTorch's modules; they stay as they are.

    Args:
        embedding: The vectors of the words, or None for one-hot words.
        rnn: A recurrent module, or one of slowfold's cells.
        linear: The readout of the output of ``rnn``; a single logit becomes two classes, or stays one label.
        vocabulary: The words, in the order of their numbers.
        class_names: The classes, in the order of the logits, or None to number them.
        kind: What the classes are to each other.

    Raises:
        NetworkError: A module is of a kind that cannot be taken over, or the modules do not fit together.
        DataError: A word stands twice in the vocabulary.
    """
    cell = copy.deepcopy(rnn) if isinstance(rnn, Cell) else from_torch(rnn)
    words = vocabulary if isinstance(vocabulary, Vocabulary) else _known(tuple(vocabulary))
    vectors = None if embedding is None else _vectors(embedding)
    readout, bias = _rows(linear) if kind == "multilabel" else _two_classes(linear)
    names = tuple(class_names) if class_names is not None else tuple(f"class {i}" for i in range(len(readout)))
    _require_fit(cell, words, vectors, readout, names)
    return Adopted(cell, vectors, readout, bias, words, names)


def _known(words: tuple[str, ...]) -> Vocabulary:
    return Vocabulary(words, unknown=words.index(UNKNOWN_WORD) if UNKNOWN_WORD in words else None)


@torch.no_grad()
def _vectors(embedding: nn.Embedding) -> Tensor:
    """The vectors that the module gives out; one with ``max_norm`` shortens them as it does."""
    weight = embedding.weight.detach().clone()
    if embedding.max_norm is None:
        return weight
    everything = torch.arange(len(weight), device=weight.device)
    return nn.functional.embedding(everything, weight, max_norm=embedding.max_norm, norm_type=embedding.norm_type)


def _rows(linear: nn.Linear) -> tuple[Tensor, Tensor | None]:
    """The rows and biases of the logits, as they are: of one label, its logit against its absence."""
    bias = next((value.detach().clone() for name, value in linear.named_parameters() if name == "bias"), None)
    return linear.weight.detach().clone(), bias


def _two_classes(linear: nn.Linear) -> tuple[Tensor, Tensor | None]:
    """The rows and biases of the classes; the one logit of yes against no is parted evenly between the two."""
    weight, bias = _rows(linear)
    if len(weight) > 1:
        return weight, bias
    return torch.cat([-weight, weight]) / 2, None if bias is None else torch.cat([-bias, bias]) / 2


def _require_fit(
    cell: Cell, vocabulary: Vocabulary, vectors: Tensor | None, readout: Tensor, class_names: tuple[str, ...]
) -> None:
    if vectors is not None and len(vectors) != len(vocabulary):
        raise NetworkError(
            f"has vectors for {len(vectors)} words, and the vocabulary has {len(vocabulary)}",
            where="embedding",
            cure="give the words in the order of their numbers, those of padding and of unknown words among them",
        )
    inputs = len(vocabulary) if vectors is None else vectors.shape[1]
    for where, what, found, expected in (
        ("rnn", "inputs", cell.input_size, inputs),
        ("linear", "inputs", readout.shape[1], cell.output_size),
        ("class_names", "names", len(class_names), len(readout)),
    ):
        if found != expected:
            raise NetworkError(f"has {found} {what}, not {expected}", where=where, cure="give parts of one network")
    tensors = [readout, *cell.parameters(), *([] if vectors is None else [vectors])]
    if len({(tensor.dtype, tensor.device) for tensor in tensors}) > 1:
        raise NetworkError(
            "is of several types, or on several devices", where="the network", cure="move its modules to one"
        )
