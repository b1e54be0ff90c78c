"""Synthetic languages: phrases whose words carry a known evidence for known classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from slowfold.errors import OptionError
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary

__all__ = ["LANGUAGES", "Language", "categorical"]

_FEWEST_CLASSES, _MOST_CLASSES = 2, 20


@dataclass(frozen=True, eq=False)
class Language:
    """A language of phrases of one length, in which word i is evidence for class i and the last word for none.

    The label of a phrase is the class with the most evidence; of classes with the same evidence, the first.

    Attributes:
        name: The name under which it is asked for, such as ``"categorical"``.
        words: The words; the last one is neutral.
        class_names: The names of the classes.
        evidence: What one word adds to the score of each class, [word, class].
        dimension: How many numbers a reader must keep: one fewer than there are classes, for what all classes share
            does not tell them apart.
        length: The number of words of a phrase.
    """

    name: str
    words: tuple[str, ...]
    class_names: tuple[str, ...]
    evidence: Float64[np.ndarray, "word class"]
    dimension: int
    length: int

    def sample(self, documents: int, seed: int = 0, *, balanced: bool = True) -> Corpus:
        """Draws phrases whose scores are uniform over all the scores that a phrase can have.

        The counts of the evidence words are drawn uniformly from all vectors of non-negative integers whose sum is at
        most the length; neutral words fill up the phrase, and the words are shuffled.

        Args:
            documents: The number of phrases.
            seed: Draws the phrases.
            balanced: Whether every class gets the same number of phrases (the first classes one more where the number
                does not divide); the scores are then uniform within each class.

        Raises:
            OptionError: ``documents`` is below 1, or balanced and below the number of classes.

        Source:
            Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, uniform-score sampling.

        Example:
            >>> corpus = categorical(classes=3, length=5).sample(9, seed=0)
            >>> np.bincount(corpus.labels).tolist(), corpus.lengths.tolist()
            ([3, 3, 3], [5, 5, 5, 5, 5, 5, 5, 5, 5])
        """
        classes = len(self.class_names)
        fewest = classes if balanced else 1
        if documents < fewest:
            raise OptionError(f"{documents} phrases", where="documents", cure=f"ask for at least {fewest}")
        generator = np.random.default_rng(seed)
        if balanced:
            counts = generator.permutation(_balanced_counts(documents, classes, self.length, generator))
        else:
            counts = _uniform_counts(documents, classes, self.length, generator)
        every = np.column_stack([counts, self.length - counts.sum(axis=1)])
        ids = np.tile(np.arange(classes + 1, dtype=np.int32), documents)
        phrases = np.repeat(ids, every.ravel()).reshape(documents, self.length)
        return Corpus(
            tokens=generator.permuted(phrases, axis=1).ravel(),
            offsets=np.arange(documents + 1, dtype=np.int64) * self.length,
            labels=counts.argmax(axis=1),
            vocabulary=Vocabulary(self.words),
            class_names=self.class_names,
            name=self.name,
        )


def categorical(classes: int = 3, length: int = 50) -> Language:
    """The categorical language: ``kinda_0`` is evidence for the first class and so on, ``the`` for none.

    Args:
        classes: The number of classes, 2 to 20.
        length: The number of words of a phrase.

    Raises:
        OptionError: ``classes`` or ``length`` is out of range.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, section 3.1.

    Example:
        >>> language = categorical(classes=3)
        >>> language.words, language.dimension
        (('kinda_0', 'kinda_1', 'kinda_2', 'the'), 2)
    """
    if not _FEWEST_CLASSES <= classes <= _MOST_CLASSES:
        raise OptionError(
            f"{classes} classes",
            where="classes",
            cure=f"the categorical language has {_FEWEST_CLASSES} to {_MOST_CLASSES}",
        )
    if length < 1:
        raise OptionError(f"phrases of {length} words", where="length", cure="give 1 or more")
    evidence = np.eye(classes + 1, classes)
    evidence.setflags(write=False)
    return Language(
        name="categorical",
        words=(*(f"kinda_{i}" for i in range(classes)), "the"),
        class_names=tuple(f"class {i}" for i in range(classes)),
        evidence=evidence,
        dimension=classes - 1,
        length=length,
    )


LANGUAGES: dict[str, Callable[..., Language]] = {"categorical": categorical}
"""The synthetic languages by name; each is built from the number of classes and the length of a phrase."""


def _uniform_counts(
    documents: int, classes: int, length: int, generator: np.random.Generator
) -> Int64[np.ndarray, "document class"]:
    """Vectors of non-negative integers with a sum of at most ``length``, each as probable as any other.

    Such a vector is a choice of ``classes`` bars among length + classes places: the stars between the bars are the
    counts, those after the last bar are left over. The places are chosen by Floyd's algorithm, which draws as many
    numbers as there are bars and never draws again.
    """
    bars = np.empty((documents, classes), dtype=np.int64)
    for chosen in range(classes):
        last = length + chosen
        place = generator.integers(last + 1, size=documents)
        taken = (bars[:, :chosen] == place[:, None]).any(axis=1)
        bars[:, chosen] = np.where(taken, last, place)
    bars.sort(axis=1)
    return np.diff(bars, axis=1, prepend=-1) - 1


def _balanced_counts(
    documents: int, classes: int, length: int, generator: np.random.Generator
) -> Int64[np.ndarray, "document class"]:
    """:func:`_uniform_counts` drawn until each class has its share, class after class; the surplus is thrown away.

    What is kept of a class depends on nothing but the class, so it is uniform within it.
    """
    missing = np.full(classes, documents // classes) + (np.arange(classes) < documents % classes)
    kept: list[list[np.ndarray]] = [[] for _ in range(classes)]
    while missing.any():
        counts = _uniform_counts(max(1024, int(missing.sum())), classes, length, generator)
        labels = counts.argmax(axis=1)
        for label in np.flatnonzero(missing):
            found = counts[labels == label][: missing[label]]
            kept[label].append(found)
            missing[label] -= len(found)
    return np.concatenate([part for parts in kept for part in parts])
