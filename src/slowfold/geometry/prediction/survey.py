"""The second look at the documents: the spread of the evidence that each adds up to, and that of dealt labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64, Int32, Int64

from slowfold.errors import DataError
from slowfold.geometry.prediction.chance import PERMUTATIONS, ChanceLabels
from slowfold.geometry.prediction.contrasts import word_evidence
from slowfold.on_ray import each_on_ray
from slowfold.text import Batch, Chunk, Corpus, DocumentStream, WordCounts, encode_documents
from slowfold.text.counting.shards import ShardCounts
from slowfold.text.ragged import pick

__all__ = ["DocumentSurvey", "survey_documents", "survey_part", "survey_shards"]

# Documents that are kept to compare what their labels make of them with what dealt labels do. They are drawn without a
# look at the labels, and the same ones serve both sides of the comparison.
_KEPT = 2000
_CHOSEN = 13

# Words of the kept documents are looked up in blocks of this many, to stay within the caches.
_TOKENS_AT_ONCE = 2**18


@dataclass(frozen=True, eq=False)
class DocumentSurvey:
    """What one pass over documents tells beyond their counts; it does not grow with their number, and parts add up.

    Attributes:
        documents: The number of documents.
        total: The sum over documents of the evidence for each class, [class].
        square: The sum over documents of the products of evidence for two classes, [class, other].
        dealt: The number of times that each word stands in the documents of each class when labels are dealt at random,
            [permutation, class, word].
        keys: The random number of each of the documents that are kept, the least of all, [kept].
        tokens: The token ids of the documents that are kept, [token].
        offsets: Where each of them begins, and where the last one ends, [kept + 1].
    """

    documents: int
    total: Float64[np.ndarray, " class"] = field(repr=False)
    square: Float64[np.ndarray, "class other"] = field(repr=False)
    dealt: Int64[np.ndarray, "permutation class word"] = field(repr=False)
    keys: Float64[np.ndarray, " kept"] = field(repr=False)
    tokens: Int32[np.ndarray, " token"] = field(repr=False)
    offsets: Int64[np.ndarray, " boundary"] = field(repr=False)

    def __add__(self, other: DocumentSurvey) -> DocumentSurvey:
        """The survey of the documents of both."""
        kept = _least(
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.tokens, other.tokens]),
            np.concatenate([self.offsets, other.offsets[1:] + self.offsets[-1]]),
        )
        return DocumentSurvey(
            self.documents + other.documents,
            self.total + other.total,
            self.square + other.square,
            self.dealt + other.dealt,
            *kept,
        )

    @property
    def covariance(self) -> Float64[np.ndarray, "class other"]:
        """The covariance over documents of the evidence for the classes, [class, other]."""
        mean = self.total / self.documents
        return self.square / self.documents - np.outer(mean, mean)

    def covariance_of(self, evidence: Float64[np.ndarray, "class word"]) -> Float64[np.ndarray, "class other"]:
        """The covariance over the kept documents of other evidence that words might be, [class, other]."""
        added = _add_up(self.tokens, self.offsets, np.ascontiguousarray(evidence.T))
        added -= added.mean(axis=0)
        return added.T @ added / len(added)


def survey_documents(
    documents: Corpus | DocumentStream | Iterable[Batch],
    counts: WordCounts,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> DocumentSurvey:
    """One more pass over documents that were counted.

    Args:
        documents: The documents that were counted.
        counts: Their counts, which say what evidence each word is.
        permutations: How often the labels are dealt anew; 0 for not at all.
        seed: Decides how.
        progress: Is told which share of the files has been read, from 0 to 1.

    Raises:
        DataError: The documents cannot be read, or are not those that were counted.

    Example:
        >>> from slowfold.text import categorical, count_words
        >>> corpus = categorical(classes=3).sample(100, seed=0)
        >>> survey = survey_documents(corpus, count_words(corpus), permutations=19)
        >>> survey.documents, survey.dealt.shape
        (100, (19, 3, 4))
    """
    labels = ChanceLabels.of(counts, permutations, seed)
    survey = survey_part(documents, counts, labels, progress)
    if survey.documents != len(counts):
        raise DataError(
            f"there are {survey.documents} documents, and {len(counts)} were counted",
            where="survey_documents",
            cure="count these documents, and read them",
        )
    return survey


def survey_part(
    documents: Corpus | DocumentStream | Iterable[Batch],
    counts: WordCounts,
    labels: ChanceLabels,
    progress: Callable[[float], None] | None = None,
) -> DocumentSurvey:
    """One more pass over a part of the documents that were counted; the surveys of all parts add up to that of all.

    Args:
        documents: The documents of the part.
        counts: The counts of all documents.
        labels: The labels to deal over the part, from :meth:`ChanceLabels.divide`. They are used up.
        progress: Is told which share of the files has been read, from 0 to 1.

    Raises:
        DataError: The documents cannot be read, or were not counted.

    Example:
        >>> from slowfold.text import categorical, count_words
        >>> corpus = categorical(classes=3).sample(100, seed=0)
        >>> counts = count_words(corpus)
        >>> dealt = ChanceLabels.of(counts, 19, seed=0).divide([60, 40])
        >>> halves = corpus.select(np.arange(60)), corpus.select(np.arange(60, 100))
        >>> parts = [survey_part(half, counts, labels) for half, labels in zip(halves, dealt)]
        >>> (parts[0] + parts[1]).documents
        100
    """
    # By word, not by class: the evidence for all classes of one word lies together in memory.
    evidence = np.ascontiguousarray(word_evidence(counts.words, counts.occurrences, counts.kind).T)
    whole = _nothing(counts, len(labels.left))
    chosen = np.random.default_rng([labels.seed, _CHOSEN, labels.part])
    keys, tokens, offsets = whole.keys, whole.tokens, whole.offsets
    total, square, seen = whole.total, whole.square, 0
    for chunk in encode_documents(documents, counts, progress):
        seen += len(chunk)
        added = _add_up(chunk.tokens, chunk.offsets, evidence)
        total += added.sum(axis=0)
        square += added.T @ added
        _count_dealt(whole.dealt, chunk, labels.deal(len(chunk)), counts)
        drawn = chosen.random(len(chunk))
        # Of most chunks no document, or a few, can be among the least: only these are brought together.
        near = np.flatnonzero(drawn < (keys.max() if len(keys) >= _KEPT else 1.0))
        near_tokens, near_offsets = pick(chunk.tokens, chunk.offsets, near, np.diff(chunk.offsets)[near])
        keys, tokens, offsets = _least(
            np.concatenate([keys, drawn[near]]),
            np.concatenate([tokens, near_tokens]),
            np.concatenate([offsets, near_offsets[1:] + offsets[-1]]),
        )
    return DocumentSurvey(seen, total, square, whole.dealt, keys, tokens, offsets)


def survey_shards(
    stream: DocumentStream,
    shards: ShardCounts,
    counts: WordCounts,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    address: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> DocumentSurvey:
    """One more pass over many files, every one of them in a task of Ray.

    Args:
        stream: The documents that were counted.
        shards: What :func:`count_shards` made of them.
        counts: The counts to go by: those of ``shards``, or the most frequent words of them.
        permutations: How often the labels are dealt anew; 0 for not at all.
        seed: Decides how.
        address: The address of a Ray cluster; unless given, the tasks run on this machine.
        progress: Is told which share of the files has been read, from 0 to 1.

    Raises:
        OptionError: Ray is not installed, or cannot be reached.
        DataError: The documents cannot be read, or are not those that were counted.
    """
    labels = ChanceLabels.of(counts, permutations, seed).divide(shards.documents)
    parts = [_ShardWork(shard, counts, dealt) for shard, dealt in zip(stream.shards(), labels, strict=True)]
    whole = _nothing(counts, permutations)
    for number, part in enumerate(each_on_ray(_ShardWork.survey, parts, address), start=1):
        whole += part
        if progress is not None:
            progress(number / len(parts))
    return whole


@dataclass(frozen=True)
class _ShardWork:
    """What a task needs."""

    shard: DocumentStream
    counts: WordCounts
    labels: ChanceLabels

    def survey(self) -> DocumentSurvey:
        return survey_part(self.shard, self.counts, self.labels)


def _nothing(counts: WordCounts, permutations: int) -> DocumentSurvey:
    """The survey of no document."""
    classes = len(counts.class_names)
    return DocumentSurvey(
        0,
        np.zeros(classes),
        np.zeros((classes, classes)),
        np.zeros((permutations, classes, len(counts.vocabulary)), dtype=np.int64),
        np.zeros(0),
        np.zeros(0, dtype=np.int32),
        np.zeros(1, dtype=np.int64),
    )


def _count_dealt(dealt: np.ndarray, chunk: Chunk, labels: np.ndarray, counts: WordCounts) -> None:
    """Adds the words of each class to ``dealt``, the documents having ``labels`` [permutation, document]."""
    classes, words = dealt.shape[1:]
    document = np.repeat(np.arange(len(chunk)), np.diff(chunk.offsets))
    for counted, sets in zip(dealt, labels, strict=True):
        if counts.kind != "multilabel":
            cells = (sets * words)[document] + chunk.tokens
            counted += np.bincount(cells, minlength=classes * words).reshape(classes, words)
            continue
        for row, having in zip(counted, counts.label_sets[sets].T, strict=True):
            row += np.bincount(chunk.tokens[having[document]], minlength=words)


def _add_up(tokens: np.ndarray, offsets: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """The evidence [document, class] that documents add up to, given that of each word [word, class]."""
    added = np.empty((len(offsets) - 1, evidence.shape[1]))
    begin = 0
    while begin < len(added):
        reach = int(np.searchsorted(offsets, offsets[begin] + _TOKENS_AT_ONCE, side="right")) - 1
        end = min(max(reach, begin + 1), len(added))
        first = offsets[begin]
        read = evidence[tokens[first : offsets[end]]]
        added[begin:end] = np.add.reduceat(read, offsets[begin:end] - first, axis=0)
        begin = end
    return added


def _least(keys: np.ndarray, tokens: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The documents with the least keys, as many as are kept, in the order of their keys."""
    order = np.argsort(keys, kind="stable")[:_KEPT]
    return keys[order], *pick(tokens, offsets, order, np.diff(offsets)[order])
