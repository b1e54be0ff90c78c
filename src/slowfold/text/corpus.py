"""A corpus: documents of any length as one run of token ids, with their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

from slowfold.errors import DataError, OptionError
from slowfold.text.grouping import group_positions, regroup_labels
from slowfold.text.names import quoted
from slowfold.text.ragged import boundaries, pick, reverse, shuffle
from slowfold.text.splitting import balanced_draw, stratified_split
from slowfold.text.vocabulary import Vocabulary

__all__ = ["Corpus", "Kind"]

Kind = Literal["categorical", "ordered", "multilabel"]
"""What the labels are: one class a document, one of several classes in an order, or any number of labels."""

# A corpus that was opened from a file may be larger than memory: so many tokens of it are looked at at a time.
_AT_ONCE = 1 << 20


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
        begins, ends, tokens, words = self.offsets[:-1], self.offsets[1:], self.tokens, len(self.vocabulary)
        short = _first(len(self), lambda part: ends[part] <= begins[part])
        if short is not None:
            falls = ends[short] < begins[short]
            raise DataError(
                "the offsets fall" if falls else "the document has no words",
                where=f"{self.name}, document {short}",
                cure="give offsets that rise" if falls else "leave it out",
            )
        wrong = _first(len(tokens), lambda part: (tokens[part] < 0) | (tokens[part] >= words))
        if wrong is not None:
            document = int(np.searchsorted(self.offsets, wrong, side="right")) - 1
            raise DataError(
                f"no word has the token id {tokens[wrong]}",
                where=f"{self.name}, document {document}",
                cure=f"token ids go from 0 to {words - 1}",
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
        labels = self.labels
        wrong = _first(len(labels), lambda part: (labels[part] < 0) | (labels[part] >= classes))
        if wrong is not None:
            raise DataError(
                f"no class has the label {labels[wrong]}",
                where=f"{self.name}, document {wrong}",
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
            boundaries(lengths),
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

    def _repr_html_(self) -> str:
        # A notebook asks for this; whoever reads needs no markup.
        from slowfold.text.showing import corpus_html

        return corpus_html(self)

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

    def token_counts(self) -> Int64[np.ndarray, " word"]:
        """How often each word stands in the documents, [word]."""
        counts = np.zeros(len(self.vocabulary), dtype=np.int64)
        # Counting makes its tokens wider first: not those of a corpus larger than memory all at once.
        for start in range(0, len(self.tokens), _AT_ONCE):
            counts += np.bincount(self.tokens[start : start + _AT_ONCE], minlength=len(counts))
        return counts

    def token_frequencies(self) -> Float64[np.ndarray, " word"]:
        """The share of all tokens that each word has, [word]; the shares sum to 1."""
        return self.token_counts() / len(self.tokens)

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

    def split(self, test: float = 0.1, seed: int = 0) -> tuple[Corpus, Corpus]:
        """Two corpora, one to train on and one to test on, with the same shares of the classes.

        The documents keep their order within each. Where they have several labels, the share of each label is kept as
        nearly as can be: :func:`~slowfold.text.splitting.stratified_split` says how.

        Args:
            test: The share of each class that goes to the second corpus; at least one document a class on both sides.
            seed: Draws which documents.

        Raises:
            OptionError: ``test`` is not between 0 and 1.
            DataError: A class has a single document.

        Example:
            >>> labels = [0] * 20 + [1] * 10
            >>> corpus = Corpus.from_tokens([[0]] * 30, labels, Vocabulary(("the",)), ("a", "b"))
            >>> train, test = corpus.split(test=0.1, seed=0)
            >>> np.bincount(train.labels).tolist(), np.bincount(test.labels).tolist()
            ([18, 9], [2, 1])
        """
        train, held_out = stratified_split(self.labels, self.class_names, test=test, seed=seed)
        return self.select(train), self.select(held_out)

    def take(self, n: int, seed: int = 0) -> Corpus:
        """At most ``n`` documents, of each class as nearly the same number as there are, in the order of the corpus.

        Where documents have several labels, each counts for all it has, and those without a label are a class too.

        Args:
            n: The greatest number of documents.
            seed: Draws which documents; none is drawn twice.

        Raises:
            OptionError: ``n`` is below 1.
        """
        return self.select(balanced_draw(self.labels, n, classes=len(self.class_names), seed=seed))

    def regroup(self, groups: Mapping[str, Sequence[str]], *, neither: float = 1.0, seed: int = 0) -> Corpus:
        """The documents of some classes, joined and renamed.

        Args:
            groups: The classes that each new class consists of, in the order in which the new ones are to be numbered;
                where the classes are ordered, so are the new ones.
            neither: With several labels a document, the share of the documents with none of the labels that is kept.
                With one class a document, those of no group are left out.
            seed: Draws which documents with none of the labels are kept.

        Raises:
            DataError: A class is unknown (near names are listed) or in two groups, groups of ordered classes
                interleave, there are fewer than two groups of single classes, or no document is left.
            OptionError: ``neither`` is not between 0 and 1.

        Example:
            >>> stars = ("1", "2", "3", "4", "5")
            >>> labels = [0, 4, 2, 1, 3]
            >>> corpus = Corpus.from_tokens([[0]] * 5, labels, Vocabulary(("the",)), stars, kind="ordered")
            >>> two = corpus.regroup({"negative": ["1", "2"], "positive": ["4", "5"]})
            >>> two.class_names, two.labels.tolist()
            (('negative', 'positive'), [0, 1, 0, 1])
        """
        positions = group_positions(groups, self.class_names, ordered=self.kind == "ordered", where=self.name)
        if len(positions) < (1 if self.kind == "multilabel" else 2):
            raise DataError("these are not two or more classes", where=self.name, cure="name more groups")
        kept, labels = regroup_labels(self.labels, list(positions.values()), neither=neither, seed=seed)
        if not len(kept):
            raise DataError("no document belongs to these classes", where=self.name, cure="name other classes")
        return replace(self.select(kept), labels=labels, class_names=tuple(positions))

    def cut(self, length: int) -> Corpus:
        """The same documents, each cut after its first ``length`` tokens.

        Raises:
            OptionError: ``length`` is below 1.
        """
        if length < 1:
            raise OptionError(f"{length} is below 1", where="length", cure="give the greatest number of words")
        return self._pick(np.arange(len(self)), np.minimum(self.lengths, length))

    def reversed_words(self) -> Corpus:
        """The same documents with the words of each from the last to the first.

        Example:
            >>> corpus = Corpus.from_tokens([[0, 1]], [0], Vocabulary(("not", "good")), ("no", "yes"))
            >>> corpus.reversed_words().words(0)
            ['good', 'not']
        """
        return replace(self, tokens=_read_only(reverse(self.tokens, self.offsets)))

    def shuffled_words(self, seed: int = 0) -> Corpus:
        """The same documents with the words of each in a random order."""
        return replace(self, tokens=_read_only(shuffle(self.tokens, self.offsets, seed)))

    def save(self, path: str | Path) -> None:
        """Writes the corpus to one Arrow file, whole or not at all; :func:`open_corpus` opens it.

        Raises:
            RunError: The file cannot be written.
            DataError: A word is no text that UTF-8 can hold.
        """
        # The file knows what a corpus is, so this module learns of it only when it is asked to write one.
        from slowfold.text.corpus_file import write_corpus

        write_corpus(self, Path(path))

    def _pick(self, index: np.ndarray, lengths: np.ndarray) -> Corpus:
        """The first ``lengths`` tokens of the documents ``index``."""
        tokens, offsets = pick(self.tokens, self.offsets, index, lengths)
        return replace(
            self, tokens=_read_only(tokens), offsets=_read_only(offsets), labels=_read_only(self.labels[index])
        )


def _first(count: int, wrong: Callable[[slice], np.ndarray]) -> int | None:
    """The first of ``count`` entries that is wrong, looked for part by part."""
    for start in range(0, count, _AT_ONCE):
        hits = wrong(slice(start, min(start + _AT_ONCE, count)))
        if hits.any():
            return start + int(hits.argmax())
    return None


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
