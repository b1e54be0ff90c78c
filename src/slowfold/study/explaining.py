"""Why a network decides as it does on one text: each word's part in the logits, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import DataError, OptionError
from slowfold.geometry.evidence import Bookkeeper, Ledger
from slowfold.networks import Classifier
from slowfold.text.corpus import Kind
from slowfold.text.names import near_names, quoted
from slowfold.text.vocabulary import encode_words, split_words
from slowfold.text.wordpiece import WordPiece

__all__ = ["Explainer", "Explanation", "Held", "explain"]

Held = Literal["zero"] | Float[Tensor, " input"]
"""What words are measured against: the input of no word, or an input of your own, such as the mean input."""


@dataclass(frozen=True, repr=False)
class Explanation:
    """What a network makes of one text.

    Attributes:
        words: The words of the text as the network reads them, one a token of the ledger.
        known: Which of them are in its vocabulary; the others were read as ``<unk>``.
        class_names: The classes.
        probabilities: Of each class; of several labels a document, of each label by itself, [class].
        decided: The class decided for; of several labels, all that are given, which may be none.
        ledger: Each word's part in the logits.
        kind: What the classes are to each other.
    """

    words: tuple[str, ...]
    known: tuple[bool, ...]
    class_names: tuple[str, ...]
    probabilities: Float64[Tensor, " class"]
    decided: tuple[str, ...]
    ledger: Ledger
    kind: Kind = "categorical"

    @property
    def foremost(self) -> str:
        """The class with the most evidence: the one decided for, where there is one class a document."""
        return self.class_names[int(self.ledger.logits.argmax())]

    def towards(self, name: str, values: Float64[Tensor, "*batch class"]) -> Float64[Tensor, "*batch"]:
        """Evidence for one class against the others, [...]: its own, less the mean of theirs.

        Where a document may have several labels, evidence is for each label against its absence already.

        Args:
            name: The class.
            values: A part of the ledger, in nats, [..., class].

        Raises:
            OptionError: There is no such class.
        """
        if name not in self.class_names:
            raise OptionError(
                f"there is no class {quoted(name)}", where="towards", cure=near_names(name, self.class_names)
            )
        label, classes = self.class_names.index(name), len(self.class_names)
        own = values[..., label]
        if self.kind == "multilabel":
            return own
        return own - (values.sum(dim=-1) - own) / (classes - 1)

    @property
    def not_linear(self) -> float:
        """The part of the remainder in all that is added up, for the class with the most evidence: 0 to 1."""
        parts = (self.ledger.wordless.unsqueeze(0), self.ledger.evidence, self.ledger.remainder.unsqueeze(0))
        sizes = [float(self.towards(self.foremost, part).abs().sum()) for part in parts]
        return sizes[-1] / sum(sizes) if sum(sizes) else 0.0

    @property
    def verdict(self) -> str:
        """What was decided and how surely, in a few words."""
        chances = dict(zip(self.class_names, self.probabilities.tolist(), strict=True))
        if not self.decided:
            return f"no label; the nearest is {self.foremost} with {chances[self.foremost]:.1%}"
        return ", ".join(f"{name} with {chances[name]:.1%}" for name in self.decided)

    def _repr_html_(self) -> str:
        from slowfold.geometry.evidence.markup import ledger_html

        notes = ["" if known else "not known" for known in self.known]
        return ledger_html(self.ledger, self.words, self.class_names, caption=self.verdict, notes=notes)

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        chances = ", ".join(
            f"{name} {chance:.3f}" for name, chance in zip(self.class_names, self.probabilities.tolist(), strict=True)
        )
        return f"Explanation({len(self)} words; {chances})"


class Explainer:
    """Explains the decisions of one network: what does not depend on a text is done once.

    Args:
        network: The network; what is needed of it is copied, and it is not changed.
        held: What words are measured against: ``"zero"``, or an input, [input].

    Raises:
        OptionError: There is nothing called ``held`` to hold.
        TensorError: The input held has the wrong shape, or holds NaN or infinity.
    """

    def __init__(self, network: Classifier, held: Held = "zero") -> None:
        if isinstance(held, str) and held != "zero":
            raise OptionError(
                f"there is no input {quoted(held)}", where="held", cure="give 'zero', or an input as a tensor"
            )
        self.class_names = network.class_names
        self.kind: Kind = network.kind
        self.vocabulary = network.vocabulary
        # Of its own: a network that is trained on does not change what is explained here.
        embedding = network.embedding
        self._vectors = None if embedding is None else embedding.weight.detach().to("cpu", copy=True)
        self._pieces = WordPiece.of(network.vocabulary)
        self._keeper = Bookkeeper(
            network.cell,
            network.readout.weight,
            network.readout.bias,
            network.initial_state,
            network.zero_input() if isinstance(held, str) else held,
            network.readout_of,
        )

    @torch.no_grad()
    def explain(self, text: str) -> Explanation:
        """Explains one text; see :func:`explain`.

        Raises:
            DataError: The text has no word; or a word is not in a vocabulary that has no ``<unk>``: near ones are
                listed.
        """
        words, ids, known = self._read(text)
        ledger = self._keeper.keep(self._inputs(ids))
        several = self.kind == "multilabel"
        probabilities = ledger.logits.sigmoid() if several else ledger.logits.softmax(dim=0)
        chosen = (ledger.logits > 0).nonzero().flatten().tolist() if several else [int(ledger.logits.argmax())]
        return Explanation(
            words=words,
            known=known,
            class_names=self.class_names,
            probabilities=probabilities,
            decided=tuple(self.class_names[label] for label in chosen),
            ledger=ledger,
            kind=self.kind,
        )

    def _inputs(self, ids: Tensor) -> Tensor:
        """What the cell is given for each word number, [token, input]."""
        if self._vectors is None:
            return torch.nn.functional.one_hot(ids, len(self.vocabulary)).to(torch.float64)
        return self._vectors[ids]

    def _read(self, text: str) -> tuple[tuple[str, ...], Tensor, tuple[bool, ...]]:
        """The words of a text, their numbers [token], and whether the network knows them."""
        split = split_words(pl.Series([text], dtype=pl.String))
        words: list[str] = split[0].to_list()
        if not words:
            raise DataError("the text has no word", where="the text", cure="give at least one letter or digit")
        if self._pieces is not None:
            return _in_pieces(words, self._pieces)
        if self.vocabulary.unknown is None:
            for word in words:
                self.vocabulary.id(word)
        ids, _ = encode_words(split, self.vocabulary)
        known = ids != (-1 if self.vocabulary.unknown is None else self.vocabulary.unknown)
        return tuple(words), torch.from_numpy(ids.astype(np.int64)), tuple(known.tolist())


def explain(network: Classifier, text: str, held: Held = "zero") -> Explanation:
    """Explains what a network makes of a text, word by word.

    Args:
        network: The network; it is not changed.
        text: The text, as a person writes it.
        held: What words are measured against: ``"zero"``, the input of no word, or an input, such as
            ``network.mean_input(train)``, [input].

    Returns:
        The words, the decision and the ledger. In a notebook it shows itself as a table.

    Raises:
        DataError: The text has no word; or a word is not in a vocabulary that has no ``<unk>``: near ones are listed.
        OptionError: There is nothing called ``held`` to hold.
        TensorError: The input held has the wrong shape, or holds NaN or infinity.

    Example:
        >>> from slowfold.text import Vocabulary
        >>> words = ("<unk>", "good", "bad")
        >>> modules = torch.nn.Embedding(3, 4), torch.nn.GRU(4, 8), torch.nn.Linear(8, 2)
        >>> network = Classifier.from_torch(*modules, vocabulary=Vocabulary(words, 0), class_names=("no", "yes"))
        >>> found = explain(network, "Good, not bad")
        >>> found.words, found.known
        (('good', ',', 'not', 'bad'), (True, False, False, True))
        >>> found.ledger.evidence.shape
        torch.Size([4, 2])
    """
    return Explainer(network, held).explain(text)


def _in_pieces(words: list[str], pieces: WordPiece) -> tuple[tuple[str, ...], Tensor, tuple[bool, ...]]:
    """The pieces of words; a word that cannot be cut stays whole, and is not known."""
    ids, offsets = pieces.cut_all(words)
    unknown = pieces.vocabulary.unknown
    whole = np.repeat(np.asarray(words, dtype=object), np.diff(offsets)).tolist()
    known = tuple(bool(number != unknown) for number in ids)
    names = pieces.vocabulary.words
    shown = tuple(names[number] if is_known else word for number, word, is_known in zip(ids, whole, known, strict=True))
    return shown, torch.from_numpy(ids.astype(np.int64)), known
