"""The network itself: word by word into a recurrent cell, and from its states to the classes."""

from __future__ import annotations

import math
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from slowfold.cells import Cell, describe_cell
from slowfold.errors import NetworkError, OptionError
from slowfold.networks.reading import last_states
from slowfold.text.corpus import Kind
from slowfold.text.vocabulary import Vocabulary

__all__ = ["Network", "ReadoutOf"]

ReadoutOf = Literal["output", "state"]
"""What a readout reads: the output of the cell, or its whole state."""

EMBEDDING_DEVIATION = 0.1


class Network(nn.Module):
    """Words, one-hot or embedded, to a cell, to a linear readout of its states; what reads corpora is a Classifier.

    The arguments are those of :class:`slowfold.networks.Classifier`.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        vocabulary: Vocabulary,
        class_names: tuple[str, ...],
        kind: Kind,
        embedding: int | None,
        readout_of: str = "output",
        bias: bool | None = None,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        if readout_of not in ("output", "state"):
            raise OptionError(f"there is no {readout_of!r} to read", where="readout", cure="choose from output, state")
        expected = len(vocabulary) if embedding is None else embedding
        if cell.input_size != expected:
            raise NetworkError(f"has {cell.input_size} inputs", where="cell", cure=f"make one of {expected} inputs")
        if len(class_names) < (1 if kind == "multilabel" else 2):
            raise NetworkError(f"has {len(class_names)} classes", where="the network", cure="give at least two")
        self.vocabulary = vocabulary
        self.class_names = tuple(class_names)
        self.kind: Kind = kind
        self.cell = cell
        # On the meta device nothing is drawn, so that the caller's global random state stays as it is.
        self.embedding = (
            None
            if embedding is None
            else nn.Embedding(len(vocabulary), embedding, device="meta").to_empty(device="cpu")
        )
        self.readout_of: ReadoutOf = "state" if readout_of == "state" else "output"
        read = cell.size if readout_of == "state" else cell.output_size
        has_bias = embedding is not None if bias is None else bias
        self.readout = nn.Linear(read, len(class_names), bias=has_bias, device="meta").to_empty(device="cpu")
        self.initial_state = nn.Parameter(torch.zeros(cell.size))
        self._reset(generator)

    @torch.no_grad()
    def _reset(self, generator: torch.Generator) -> None:
        if self.embedding is not None:
            # Small, so that words hardly move the state before they are learned. Learning moves a rare word by a few
            # hundredths in each number, and what was drawn for it stays as noise: with five times as much of it, a
            # network that learned from 1,500 documents decides fewer others right.
            self.embedding.weight.normal_(std=EMBEDDING_DEVIATION, generator=generator)
        bound = 1 / math.sqrt(self.readout.in_features)
        for parameter in self.readout.parameters():
            parameter.uniform_(-bound, bound, generator=generator)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.initial_state.device

    def config(self) -> dict[str, object]:
        """What the network is made of, as JSON can hold it."""
        return {
            "layers": describe_cell(self.cell),
            "readout_of": self.readout_of,
            "bias": "bias" in dict(self.readout.named_parameters()),
            "embedding": None if self.embedding is None else self.embedding.embedding_dim,
            "words": len(self.vocabulary),
            "classes": list(self.class_names),
            "kind": self.kind,
        }

    def forward(
        self, tokens: Int64[Tensor, "document time"], lengths: Int64[Tensor, " document"]
    ) -> Float[Tensor, "document class"]:
        """The evidence after the last word of each document, [document, class]; padding never matters.

        Args:
            tokens: Word numbers, [document, time]; any number of a word will do beyond the end of a document.
            lengths: The number of words of each document, 1 or more, [document].
        """
        return self.evidence(last_states(self.unroll(tokens), lengths))

    def read_out(self, states: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch read"]:
        """The part of each state that the readout reads, [..., read]: what "visited" and "final" dimensions are of."""
        return states if self.readout_of == "state" else self.cell.output(states)

    def evidence(self, states: Float[Tensor, "*batch unit"]) -> Float[Tensor, "*batch class"]:
        """The logits in each state, [..., class].

        They are nats of evidence: of one class a document up to a constant a state, of several labels for each label
        against its absence.
        """
        return self.readout(self.read_out(states))

    def unroll(self, tokens: Int64[Tensor, "document time"]) -> Float[Tensor, "document time unit"]:
        """The states after each word, [document, time, unit], those after padding included."""
        return self.unroll_inputs(self.inputs(tokens))

    def unroll_inputs(self, inputs: Float[Tensor, "document time input"]) -> Float[Tensor, "document time unit"]:
        """The states after each input, [document, time, unit], read in order from the initial state."""
        return self.cell.unroll(inputs, self.initial_state.expand(len(inputs), -1))

    def inputs(self, tokens: Int64[Tensor, "*batch"]) -> Float[Tensor, "*batch input"]:
        """What the cell is given for each word number, [..., input]."""
        if self.embedding is None:
            return nn.functional.one_hot(tokens, len(self.vocabulary)).to(self.initial_state.dtype)
        return self.embedding(tokens)
