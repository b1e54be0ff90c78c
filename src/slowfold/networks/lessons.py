"""What a network is taught: documents, and what it is to say of them, after the last word or after every one."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from slowfold.errors import DataError
from slowfold.text.corpus import Corpus
from slowfold.text.splitting import stratified_split

__all__ = ["Lessons"]


@dataclass(frozen=True, eq=False)
class Lessons:
    """Documents, and what is to be said of them.

    Attributes:
        corpus: The documents; their labels are what is to be said after the last word, unless there are targets.
        targets: What is to be said after each word, in the order of the tokens of the corpus, [token, output], or None.

    Raises:
        DataError: There is not one row of targets a token, or one that is not finite.
    """

    corpus: Corpus
    targets: Float[np.ndarray, "token output"] | None = None

    def __post_init__(self) -> None:
        if self.targets is None:
            return
        if self.targets.ndim != 2 or len(self.targets) != len(self.corpus.tokens):
            raise DataError(
                f"have the shape {self.targets.shape} for {len(self.corpus.tokens)} tokens",
                where="targets",
                cure="give [token, output], in the order of the tokens",
            )
        wrong = np.flatnonzero(~np.isfinite(self.targets).all(axis=1))
        if len(wrong):
            raise DataError(
                "the target is not a finite number", where=f"targets, token {wrong[0]}", cure="leave the document out"
            )

    @classmethod
    def of(cls, corpus: Corpus, targets: np.ndarray | None) -> Lessons:
        """Lessons from targets of any number type, [token, output], or [token] where there is one output."""
        if targets is None:
            return cls(corpus)
        given = np.asarray(targets)
        if given.dtype.kind not in "fiu":
            raise DataError(f"are of type {given.dtype}", where="targets", cure="give numbers")
        numbers = given.astype(np.float32)
        return cls(corpus, numbers[:, None] if numbers.ndim == 1 else numbers)

    def __len__(self) -> int:
        return len(self.corpus)

    def require_every_class(self) -> None:
        """Raises a DataError where a class or label has no document: its evidence could only sink."""
        labels = self.corpus.labels
        counts = labels.sum(axis=0) if labels.ndim == 2 else np.bincount(labels, minlength=len(self.corpus.class_names))
        absent = [name for name, count in zip(self.corpus.class_names, counts, strict=True) if not count]
        if absent and self.targets is None:
            raise DataError(
                f"has no document of {', '.join(absent)}",
                where=self.corpus.name,
                cure="add some, or build the network without that class",
            )

    def hold_out(self, share: float, seed: int) -> tuple[Lessons, Lessons | None]:
        """Keeps a share of each class aside, of documents with several labels a share of each combination of them.

        A class with a single document keeps it for training.
        """
        combinations = _combinations(self.corpus)
        counts = np.bincount(combinations)
        divisible = np.flatnonzero(counts[combinations] > 1)
        if not len(divisible):
            return self, None
        names = tuple(map(str, range(len(counts))))
        _, held_out = stratified_split(combinations[divisible], names, test=share, seed=seed)
        aside = divisible[held_out]
        return self._select(np.setdiff1d(np.arange(len(self)), aside)), self._select(aside)

    def fingerprint(self) -> str:
        """The number of documents and a checksum of their words, labels, vocabulary and targets."""
        corpus = self.corpus
        checksum = zlib.crc32("\n".join(corpus.vocabulary.words).encode())
        for part in (corpus.tokens, corpus.offsets, corpus.labels, self.targets):
            if part is not None:
                checksum = zlib.crc32(np.ascontiguousarray(part).data, checksum)
        return f"{len(corpus)} documents {checksum:08x}"

    def _select(self, documents: np.ndarray) -> Lessons:
        chosen = self.corpus.select(documents)
        if self.targets is None:
            return Lessons(chosen)
        tokens = np.arange(len(chosen.tokens)) + np.repeat(
            self.corpus.offsets[documents] - chosen.offsets[:-1], chosen.lengths
        )
        return Lessons(chosen, self.targets[tokens])


def _combinations(corpus: Corpus) -> np.ndarray:
    """The number of the class of each document, or of the combination of its labels, [document]."""
    if corpus.labels.ndim == 1:
        return corpus.labels
    return np.unique(corpus.labels, axis=0, return_inverse=True)[1].reshape(-1)
