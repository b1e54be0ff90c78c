"""A corpus: documents of any length as one run of token ids, with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

from slowfold.errors import DataError, OptionError
from slowfold.text.names import quoted
from slowfold.text.vocabulary import Vocabulary

__all__ = ["Corpus", "Kind", "stratified_split"]

Kind = Literal["categorical", "ordered", "multilabel"]
"""What the labels are: one class a document, one of several classes in an order, or any number of labels."""

# One seed decides several draws, which must not be one and the same: each has a stream of its own.
_SPLIT, _TAKE, _SHUFFLE = 1, 2, 3


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """Documents as token ids, and their labels; nothing in it can be changed.

    Attributes:
        tokens: The token ids of all documents, one document after the other, [token].
        offsets: Where each document begins in ``tokens``, and where the last one ends, [document + 1].
        labels: The class of each document, [document]; where documents have several labels, which ones they have,
            [document, label].
        vocabulary: The words that the token ids stand for.
        class_names: The names of the classes, in the order of the labels.
        kind: ``"categorical"``, ``"ordered"`` (the classes stand in their order) or ``"multilabel"``.
        name: What the corpus is called in reports.

    Raises:
        DataError: The parts do not fit together: a document without words, a token id or a label out of range.

    Example:
        >>> vocabulary = Vocabulary(("the", "good", "bad"))
        >>> corpus = Corpus.from_tokens([[1, 0], [2], [0, 1, 1]], [0, 1, 0], vocabulary, ("good", "bad"))
        >>> corpus
        Corpus('corpus', categorical, 3 documents, 6 tokens, 3 words, 2 classes: 'good', 'bad')
        >>> corpus.words(2), corpus.lengths.tolist()
        (['the', 'good', 'good'], [2, 1, 3])
    """

    tokens: Int32[np.ndarray, " token"]
    offsets: Int64[np.ndarray, " boundary"]
    labels: Int64[np.ndarray, " document"] | Bool[np.ndarray, "document label"]
    vocabulary: Vocabulary
    class_names: tuple[str, ...]
    kind: Kind = "categorical"
    name: str = "corpus"

    def __post_init__(self) -> None:
        # The class is frozen for everyone else; here the arrays are made its own.
        object.__setattr__(self, "tokens", _own(self.tokens, np.int32, "tokens"))
        object.__setattr__(self, "offsets", _own(self.offsets, np.int64, "offsets"))
        object.__setattr__(self, "labels", _own(self.labels, _label_type(self.kind), "labels"))
        object.__setattr__(self, "class_names", tuple(self.class_names))
        self._check_documents()
        self._check_labels()

    def _check_documents(self) -> None:
        if self.tokens.ndim != 1 or self.offsets.ndim != 1:
            raise DataError(
                "tokens and offsets are not flat arrays", where=self.name, cure="give [token], [document + 1]"
            )
        if len(self.offsets) < 2:
            raise DataError("a corpus without documents", where=self.name, cure="give at least one document")
        if self.offsets[0] != 0 or self.offsets[-1] != len(self.tokens):
            raise DataError(
                f"the offsets go from {self.offsets[0]} to {self.offsets[-1]}, but there are {len(self.tokens)} tokens",
                where=self.name,
                cure="begin with 0 and end with the number of tokens",
            )
        short = np.flatnonzero(np.diff(self.offsets) < 1)
        if len(short):
            falls = self.offsets[short[0] + 1] < self.offsets[short[0]]
            raise DataError(
                "the offsets fall" if falls else "the document has no words",
                where=f"{self.name}, document {short[0]}",
                cure="give offsets that rise" if falls else "leave it out",
            )
        wrong = np.flatnonzero((self.tokens < 0) | (self.tokens >= len(self.vocabulary)))
        if len(wrong):
            document = int(np.searchsorted(self.offsets, wrong[0], side="right")) - 1
            raise DataError(
                f"no word has the token id {self.tokens[wrong[0]]}",
                where=f"{self.name}, document {document}",
                cure=f"token ids go from 0 to {len(self.vocabulary) - 1}",
            )

    def _check_labels(self) -> None:
        classes = len(self.class_names)
        if not classes or len(set(self.class_names)) < classes:
            raise DataError(
                "the class names are not distinct", where=self.name, cure="give each class a name of its own"
            )
        if self.kind == "multilabel":
            if self.labels.shape != (len(self), classes):
                raise DataError(
                    f"labels of shape {self.labels.shape} for {len(self)} documents and {classes} labels",
                    where=self.name,
                    cure="give [document, label]",
                )
            return
        if self.labels.shape != (len(self),):
            raise DataError(
                f"labels of shape {self.labels.shape} for {len(self)} documents",
                where=self.name,
                cure="give one label a document",
            )
        wrong = np.flatnonzero((self.labels < 0) | (self.labels >= classes))
        if len(wrong):
            raise DataError(
                f"no class has the label {self.labels[wrong[0]]}",
                where=f"{self.name}, document {wrong[0]}",
                cure=f"labels go from 0 to {classes - 1}",
            )

    @classmethod
    def from_tokens(
        cls,
        ids: Sequence[Sequence[int]] | Sequence[np.ndarray],
        labels: Sequence[int] | Sequence[Sequence[bool]] | np.ndarray,
        vocabulary: Vocabulary,
        class_names: Sequence[str],
        *,
        kind: Kind = "categorical",
        name: str = "corpus",
    ) -> Corpus:
        """A corpus from the token ids of each document.

        Raises:
            DataError: The parts do not fit together.
        """
        lengths = np.fromiter((len(document) for document in ids), dtype=np.int64, count=len(ids))
        # Read as int64 first: an id that int32 cannot hold is out of range, not a number that has wrapped around.
        tokens = np.fromiter(chain.from_iterable(ids), dtype=np.int64, count=int(lengths.sum()))
        return cls(
            _own(tokens, np.int32, "tokens"),
            _bounds(lengths),
            _own(np.asarray(labels), _label_type(kind), "labels"),
            vocabulary,
            tuple(class_names),
            kind,
            name,
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __repr__(self) -> str:
        names = ", ".join(quoted(name) for name in self.class_names[:5])
        more = ", ..." if len(self.class_names) > 5 else ""
        return (
            f"Corpus({quoted(self.name)}, {self.kind}, {len(self)} documents, {len(self.tokens)} tokens, "
            f"{len(self.vocabulary)} words, {len(self.class_names)} classes: {names}{more})"
        )

    @cached_property
    def lengths(self) -> Int64[np.ndarray, " document"]:
        """The number of tokens of each document, [document]."""
        return _read_only(np.diff(self.offsets))

    @property
    def mean_length(self) -> float:
        """The mean number of tokens of a document."""
        return len(self.tokens) / len(self)

    def document(self, i: int) -> Int32[np.ndarray, " token"]:
        """The token ids of document ``i``, [token].

        Raises:
            DataError: There is no such document.
        """
        if not 0 <= i < len(self):
            raise DataError(f"no document {i}", where=self.name, cure=f"documents go from 0 to {len(self) - 1}")
        return self.tokens[self.offsets[i] : self.offsets[i + 1]]

    def words(self, i: int) -> list[str]:
        """The words of document ``i``.

        Raises:
            DataError: There is no such document.
        """
        return [self.vocabulary.words[token] for token in self.document(i)]

    def token_frequencies(self) -> Float64[np.ndarray, " word"]:
        """The share of all tokens that each word has, [word]; the shares sum to 1."""
        return np.bincount(self.tokens, minlength=len(self.vocabulary)) / len(self.tokens)

    def select(self, index: np.ndarray) -> Corpus:
        """The documents at the positions ``index`` [document], in that order.

        Raises:
            DataError: A position is out of range, or there is none.
        """
        index = np.asarray(index)
        if index.ndim != 1 or not len(index) or not np.issubdtype(index.dtype, np.integer):
            raise DataError(
                "no positions of documents", where=self.name, cure="give at least one whole number, [document]"
            )
        if index.min() < 0 or index.max() >= len(self):
            raise DataError(
                f"no document {index.min() if index.min() < 0 else index.max()}",
                where=self.name,
                cure=f"documents go from 0 to {len(self) - 1}",
            )
        return self._pick(index, self.lengths[index])

    def cut(self, length: int) -> Corpus:
        """The same documents, each cut after its first ``length`` tokens.

        Raises:
            OptionError: ``length`` is below 1.
        """
        if length < 1:
            raise OptionError(f"{length} is below 1", where="length", cure="give the greatest number of words")
        return self._pick(np.arange(len(self)), np.minimum(self.lengths, length))

    def split(self, test: float = 0.1, seed: int = 0) -> tuple[Corpus, Corpus]:
        """Two corpora, one to train on and one to test on, with the same shares of the classes.

        The documents keep their order within each.

        Args:
            test: The share of each class that goes to the second corpus; at least one document a class on both sides.
            seed: Draws which documents.

        Raises:
            OptionError: ``test`` is not between 0 and 1.
            DataError: A class has a single document, or documents have several labels.

        Example:
            >>> labels = [0] * 20 + [1] * 10
            >>> corpus = Corpus.from_tokens([[0]] * 30, labels, Vocabulary(("the",)), ("a", "b"))
            >>> train, test = corpus.split(test=0.1, seed=0)
            >>> np.bincount(train.labels).tolist(), np.bincount(test.labels).tolist()
            ([18, 9], [2, 1])
        """
        train, held_out = stratified_split(self._single_labels("split"), self.class_names, test=test, seed=seed)
        return self.select(train), self.select(held_out)

    def take(self, n: int, seed: int = 0) -> Corpus:
        """At most ``n`` documents, of each class as nearly the same number as there are, in the order of the corpus.

        Args:
            n: The greatest number of documents.
            seed: Draws which documents; none is drawn twice.

        Raises:
            OptionError: ``n`` is below 1.
            DataError: Documents have several labels.
        """
        if n < 1:
            raise OptionError(f"{n} is below 1", where="number of documents", cure="take 1 or more")
        labels = self._single_labels("draw from")
        shuffled = np.random.default_rng([seed, _TAKE]).permutation(len(self))
        by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
        counts = np.bincount(labels, minlength=len(self.class_names))
        turn = np.arange(len(self)) - np.repeat(np.cumsum(counts) - counts, counts)
        # The classes take turns: all first documents, then all second ones, until n are taken or none is left.
        return self.select(np.sort(by_class[np.argsort(turn, kind="stable")[:n]]))

    def shuffled_words(self, seed: int = 0) -> Corpus:
        """The same documents with the words of each in a random order."""
        key = np.random.default_rng([seed, _SHUFFLE]).random(len(self.tokens))
        document = np.repeat(np.arange(len(self)), self.lengths)
        return replace(self, tokens=self.tokens[np.lexsort((key, document))])

    def _pick(self, index: np.ndarray, lengths: np.ndarray) -> Corpus:
        """The first ``lengths`` tokens of the documents ``index``."""
        offsets = _bounds(lengths)
        positions = np.arange(offsets[-1]) + np.repeat(self.offsets[index] - offsets[:-1], lengths)
        return replace(self, tokens=self.tokens[positions], offsets=offsets, labels=self.labels[index])

    def _single_labels(self, purpose: str) -> np.ndarray:
        if self.kind == "multilabel":
            raise DataError(
                f"cannot {purpose} documents of several labels class by class", where=self.name, cure="use select"
            )
        return self.labels


def stratified_split(
    labels: Int64[np.ndarray, " document"], class_names: Sequence[str], *, test: float, seed: int
) -> tuple[Int64[np.ndarray, " train"], Int64[np.ndarray, " test"]]:
    """Which documents to train on and which to test on, so that both hold the same shares of the classes.

    Args:
        labels: The class of each document, [document].
        class_names: The names of the classes, for the messages.
        test: The share of each class to test on; at least one document, and never all.
        seed: Draws which documents.

    Returns:
        The positions of the documents to train on and of those to test on, both rising.

    Raises:
        OptionError: ``test`` is not between 0 and 1.
        DataError: A class has a single document.

    Example:
        >>> train, test = stratified_split(np.array([0, 0, 1, 1, 1]), ("a", "b"), test=0.1, seed=0)
        >>> len(train), len(test)
        (3, 2)
    """
    if not 0 < test < 1:
        raise OptionError(f"a test share of {test}", where="test", cure="give a share between 0 and 1, such as 0.1")
    counts = np.bincount(labels, minlength=len(class_names))
    if (counts == 1).any():
        lone = int(np.argmax(counts == 1))
        raise DataError(
            f"the class {quoted(class_names[lone])} has one document, and a split needs two",
            where=f"document {int(np.argmax(labels == lone))}",
            cure="add another, or leave the class out",
        )
    wanted = np.clip(np.rint(test * counts), 1, np.maximum(counts - 1, 1)).astype(np.int64)
    shuffled = np.random.default_rng([seed, _SPLIT]).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    turn = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    held_out = turn < np.repeat(wanted, counts)
    return np.sort(by_class[~held_out]), np.sort(by_class[held_out])


def _label_type(kind: Kind) -> type[np.int64 | np.bool_]:
    return np.bool_ if kind == "multilabel" else np.int64


def _own(values: np.ndarray, dtype: type[np.int32 | np.int64 | np.bool_], name: str) -> np.ndarray:
    """``values`` as a read-only array that nobody else can write to."""
    given = np.asarray(values)
    if given.dtype == dtype and not given.flags.writeable:
        return given
    if issubclass(dtype, np.bool_):
        if given.dtype != np.bool_:
            raise DataError(f"{name} of type {given.dtype}", cure="give True or False")
    elif given.size:
        if not np.issubdtype(given.dtype, np.integer):
            raise DataError(f"{name} of type {given.dtype}", cure="give whole numbers")
        limits = np.iinfo(dtype)
        if given.min() < limits.min or given.max() > limits.max:
            raise DataError(f"{name} hold a number that {limits.dtype} cannot", cure="number from 0")
    return _read_only(given.astype(dtype, copy=True))


def _read_only(values: np.ndarray) -> np.ndarray:
    values.setflags(write=False)
    return values


def _bounds(lengths: np.ndarray) -> np.ndarray:
    """Where documents of these lengths begin, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
