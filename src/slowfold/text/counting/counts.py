"""How often each class uses each word: a table that shards and machines can add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from jaxtyping import Bool, Int64

from slowfold.errors import DataError
from slowfold.text.corpus import Kind
from slowfold.text.counting.joining import add_sets, join_classes, join_words, most_used, moved_columns
from slowfold.text.names import quoted
from slowfold.text.vocabulary import MINIMUM_COUNT, VOCABULARY_SIZE, Vocabulary

__all__ = ["WordCounts"]


@dataclass(frozen=True, eq=False, repr=False)
class WordCounts:
    """How often each class uses each word, and how many documents have which labels; nothing in it can be changed.

    Where documents have several labels, a document counts for every label that it has, and ``occurrences`` counts each
    document once: what is left of it tells of the documents without a label.

    Attributes:
        words: The number of times that each word stands in the documents of each class, [class, word].
        occurrences: The number of times that each word stands in all documents, [word].
        label_sets: The different sets of labels that documents have, [set, class]; with one label a document, a set for
            each class.
        set_documents: The number of documents that have each of these sets, [set].
        class_names: The names of the classes.
        vocabulary: The words.
        kind: ``"categorical"``, ``"ordered"`` or ``"multilabel"``.

    Raises:
        DataError: The parts do not fit together.

    Example:
        >>> words = np.array([[2, 3, 0], [0, 0, 1]])
        >>> counts = WordCounts.of_classes(words, np.array([2, 1]), ("yes", "no"), Vocabulary(("the", "good", "bad")))
        >>> counts
        WordCounts(categorical, 3 documents, 6 tokens, 3 words, 2 classes: 'yes', 'no')
        >>> counts.tokens.tolist(), len(counts + counts)
        ([5, 1], 6)
    """

    words: Int64[np.ndarray, "class word"] = field(repr=False)
    occurrences: Int64[np.ndarray, " word"] = field(repr=False)
    label_sets: Bool[np.ndarray, "set class"] = field(repr=False)
    set_documents: Int64[np.ndarray, " set"]
    class_names: tuple[str, ...]
    vocabulary: Vocabulary
    kind: Kind = "categorical"

    def __post_init__(self) -> None:
        classes, words = len(self.class_names), len(self.vocabulary)
        if not classes or len(set(self.class_names)) < classes:
            raise DataError("the class names are not distinct", where="WordCounts", cure="give each class its own")
        shapes = {
            "words": (classes, words),
            "occurrences": (words,),
            "label_sets": (len(self.set_documents), classes),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise DataError(
                    f"{name} of shape {getattr(self, name).shape} for {classes} classes and {words} words",
                    where="WordCounts",
                    cure=f"give {shape}",
                )
        if self.words.min() < 0 or self.set_documents.min(initial=0) < 0 or (self.words > self.occurrences).any():
            raise DataError(
                "a count is below 0, or a class has more of a word than there is",
                where="WordCounts",
                cure="count again",
            )
        if self.kind != "multilabel" and (self.words.sum(axis=0) != self.occurrences).any():
            raise DataError(
                "the counts of the classes do not add up to those of all documents",
                where="WordCounts",
                cure='count again, or give kind="multilabel"',
            )
        for name in ("words", "occurrences", "label_sets", "set_documents"):
            # The class is frozen for everyone else; here the arrays are made its own.
            object.__setattr__(self, name, _own(getattr(self, name)))

    @classmethod
    def of_classes(
        cls,
        words: Int64[np.ndarray, "class word"],
        documents: Int64[np.ndarray, " class"],
        class_names: Sequence[str],
        vocabulary: Vocabulary,
        kind: Kind = "categorical",
    ) -> WordCounts:
        """Counts of documents that have one label each.

        Args:
            words: The number of times that each word stands in the documents of each class, [class, word].
            documents: The number of documents of each class, [class].
            class_names: The names of the classes.
            vocabulary: The words.
            kind: ``"categorical"`` or ``"ordered"``.

        Raises:
            DataError: The parts do not fit together.
        """
        each = np.eye(len(class_names), dtype=np.bool_)
        return cls(words, words.sum(axis=0), each, documents, tuple(class_names), vocabulary, kind)

    def __repr__(self) -> str:
        names = ", ".join(quoted(name) for name in self.class_names[:5])
        more = ", ..." if len(self.class_names) > 5 else ""
        return (
            f"WordCounts({self.kind}, {len(self)} documents, {self.occurrences.sum()} tokens, "
            f"{len(self.vocabulary)} words, {len(self.class_names)} classes: {names}{more})"
        )

    def __len__(self) -> int:
        """The number of documents."""
        return int(self.set_documents.sum())

    def __eq__(self, other: object) -> bool:
        """Whether every count, every name and their order are the same."""
        if not isinstance(other, WordCounts):
            return NotImplemented
        mine, others = ([getattr(each, part.name) for part in fields(each)] for each in (self, other))
        return all(
            np.array_equal(one, another) if isinstance(one, np.ndarray) else one == another
            for one, another in zip(mine, others, strict=True)
        )

    __hash__ = None  # pyright: ignore[reportAssignmentType] - equal by value, and as large as a corpus

    def __add__(self, other: WordCounts) -> WordCounts:
        """The counts of the documents of both: :meth:`merge` of two."""
        return WordCounts.merge([self, other])

    @property
    def documents(self) -> Int64[np.ndarray, " class"]:
        """The number of documents of each class, [class]."""
        return self.set_documents @ self.label_sets

    @property
    def tokens(self) -> Int64[np.ndarray, " class"]:
        """The number of tokens of each class, [class]."""
        return self.words.sum(axis=1)

    @staticmethod
    def merge(parts: Iterable[WordCounts]) -> WordCounts:
        """The counts of the documents of all parts, classes and words joined by name.

        Counted apart and merged, in any order and any grouping, is the same as counted at once: words stand by
        frequency, then by alphabet, and ``<unk>`` first. Where all parts list the same classes in the same order, that
        order stays; else they stand by number or by alphabet. Merge first and limit then: a word that one part has put
        under ``<unk>`` cannot be told from it any more.

        Raises:
            DataError: There is no part, or the parts are not counts of one task.

        Example:
            >>> vocabularies = Vocabulary(("good", "bad")), Vocabulary(("poor", "good"))
            >>> parts = [
            ...     WordCounts.of_classes(np.array([[2, 1]]), np.array([1]), (name,), vocabulary)
            ...     for name, vocabulary in zip(("yes", "no"), vocabularies)
            ... ]
            >>> merged = WordCounts.merge(parts)
            >>> merged.class_names, merged.vocabulary.words, merged.words.tolist()
            (('no', 'yes'), ('good', 'poor', 'bad'), [[1, 2, 0], [2, 0, 1]])
        """
        joined = list(parts)
        _check_alike(joined)
        kind, several = joined[0].kind, joined[0].kind == "multilabel"
        names = join_classes([part.class_names for part in joined], kind)
        vocabulary, places = join_words([(part.vocabulary, part.occurrences) for part in joined])
        words = np.zeros((len(names), len(vocabulary)), dtype=np.int64)
        occurrences = np.zeros(len(vocabulary), dtype=np.int64)
        documents = np.zeros(len(names), dtype=np.int64)
        sets: list[np.ndarray] = []
        for part, place in zip(joined, places, strict=True):
            rows = np.array([names.index(name) for name in part.class_names], dtype=np.int64)
            # Within a part every class and every word stands once, so that nothing is added to one place twice.
            words[rows[:, None], place] += part.words
            occurrences[place] += part.occurrences
            documents[rows] += part.documents
            sets.append(moved_columns(part.label_sets, rows, len(names)))
        if not several:
            return WordCounts.of_classes(words, documents, names, vocabulary, kind)
        label_sets, set_documents = add_sets(np.concatenate(sets), np.concatenate([p.set_documents for p in joined]))
        return WordCounts(words, occurrences, label_sets, set_documents, names, vocabulary, kind)

    def limited(self, *, minimum_count: int = MINIMUM_COUNT, size: int = VOCABULARY_SIZE) -> WordCounts:
        """The counts of the most frequent words alone, with all others under ``<unk>``, which comes first.

        The words that are kept, and their order, are those of :func:`build_vocabulary`. The others are not left out: a
        classifier reads them too, as one word.

        Args:
            minimum_count: How often a word must occur to be kept.
            size: The greatest number of words, ``<unk>`` included.

        Raises:
            OptionError: ``minimum_count`` is below 1, or ``size`` below 2.
            DataError: No word occurs ``minimum_count`` times.

        Example:
            >>> words, documents = np.array([[1, 3, 0], [0, 0, 2]]), np.array([2, 1])
            >>> counts = WordCounts.of_classes(words, documents, ("yes", "no"), Vocabulary(("the", "good", "bad")))
            >>> limited = counts.limited(minimum_count=2)
            >>> limited.vocabulary.words, limited.words.tolist()
            (('<unk>', 'good', 'bad'), [[1, 3, 0], [0, 0, 2]])
        """
        vocabulary, places = most_used(self.vocabulary, self.occurrences, minimum_count=minimum_count, size=size)
        words = np.zeros((len(self.class_names), len(vocabulary)), dtype=np.int64)
        occurrences = np.zeros(len(vocabulary), dtype=np.int64)
        # Not words[:, places] += ...: many words have the place of <unk>, and each of them counts.
        np.add.at(occurrences, places, self.occurrences)
        for row, counted in zip(words, self.words, strict=True):
            np.add.at(row, places, counted)
        return replace(self, words=words, occurrences=occurrences, vocabulary=vocabulary)


def _check_alike(parts: Sequence[WordCounts]) -> None:
    if not parts:
        raise DataError("there are no counts to merge", where="WordCounts.merge", cure="give at least one part")
    for part in parts[1:]:
        if part.kind != parts[0].kind:
            raise DataError(
                f"the labels of one part are {parts[0].kind}, those of another {part.kind}",
                where="WordCounts.merge",
                cure="count all parts with the same options",
            )


def _own(array: np.ndarray) -> np.ndarray:
    """``array``, or where somebody can still write to it a copy, read-only."""
    own = array.copy() if array.flags.writeable else array
    own.setflags(write=False)
    return own
