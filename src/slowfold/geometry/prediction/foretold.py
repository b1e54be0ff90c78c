"""How many dimensions a corpus asks for, from its words alone, before any network is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slowfold.errors import DataError
from slowfold.geometry.dimensions.components import Dimension
from slowfold.geometry.prediction.chance import PERMUTATIONS, count_above
from slowfold.geometry.prediction.contrasts import frequency_contrasts, word_evidence
from slowfold.geometry.prediction.directions import ROUNDING_OF_VALUES, Directions, axes_of, find_directions
from slowfold.geometry.prediction.survey import DocumentSurvey, survey_documents
from slowfold.text import Corpus, DocumentStream, WordCounts, count_words, quoted

__all__ = ["Prediction", "foretell", "predict_dimension"]


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """What the words of a corpus say about the directions that its classes need, measured in three ways.

    Attributes:
        counts: The word counts that it comes from.
        frequency: The directions in which the classes differ in how often they use words.
        evidence: The directions of the evidence that words are, each word weighing as much as it is frequent.
        documents: The directions of the evidence that whole documents add up to, or None where there were no documents
            to go through once more.
    """

    counts: WordCounts
    frequency: Directions
    evidence: Directions
    documents: Directions | None

    @property
    def directions(self) -> Directions:
        """The measure that is closest to trained networks: of whole documents, or without these of the evidence."""
        return self.evidence if self.documents is None else self.documents

    @property
    def dimension(self) -> Dimension:
        """The shares of :attr:`directions`, and what follows from them."""
        return self.directions.dimension

    @property
    def shares(self) -> tuple[float, ...]:
        """Each direction's share of the variance, greatest first, by :attr:`directions`."""
        return self.dimension.shares

    @property
    def participation_ratio(self) -> float:
        """The participation ratio, by :attr:`directions`."""
        return self.dimension.participation_ratio

    @property
    def for_90(self) -> int:
        """The least number of directions that hold 90 % of the variance, by :attr:`directions`."""
        return self.dimension.for_90

    @property
    def for_95(self) -> int:
        """The least number of directions that hold 95 % of the variance, by :attr:`directions`."""
        return self.dimension.for_95

    @property
    def above_chance(self) -> int | None:
        """How many directions stand above what permuted labels show, by :attr:`directions`; None: not measured."""
        return self.directions.above_chance

    def __repr__(self) -> str:
        ratios = ", ".join(
            f"{name} {directions.participation_ratio:.2f}"
            for name, directions in (
                ("documents", self.documents),
                ("evidence", self.evidence),
                ("frequency", self.frequency),
            )
            if directions is not None
        )
        return (
            f"Prediction({len(self.counts.class_names)} classes, {len(self.counts):,} documents; "
            f"participation ratio by {ratios})"
        )

    def _repr_html_(self) -> str:
        # A notebook asks for this; whoever computes needs no markup.
        from slowfold.geometry.prediction.showing import prediction_html

        return prediction_html(self)


def predict_dimension(
    source: Corpus | DocumentStream | WordCounts, *, permutations: int = PERMUTATIONS, seed: int = 0
) -> Prediction:
    """Predicts how many dimensions a classifier needs, from how its classes use words.

    Documents are gone through twice: to count their words, and then to add up the evidence of each document and to see
    what permuted labels would show. Memory does not grow with their number. Word counts alone give the first two
    measures, and no comparison with chance.

    Args:
        source: The training documents, or their counts. Of documents that are streamed the most frequent words are
            known, as many as a classifier would know; a corpus and word counts are taken as they are.
        permutations: How often the labels are permuted; 0 leaves the comparison with chance out.
        seed: Decides the permutations.

    Raises:
        DataError: A class has no words, or all documents; all classes use words alike; or the documents cannot be read.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, section 4 (latent semantic
        analysis of class-averaged word counts): the measure ``frequency``.

    Example:
        >>> from slowfold.text import categorical
        >>> prediction = predict_dimension(categorical(classes=3).sample(6000, seed=0))
        >>> prediction.above_chance, round(prediction.participation_ratio, 1)
        (2, 2.0)
    """
    if isinstance(source, WordCounts):
        return foretell(source)
    counts = count_words(source)
    if isinstance(source, DocumentStream):
        counts = counts.limited()
    _check(counts)
    return foretell(counts, survey_documents(source, counts, permutations=permutations, seed=seed))


def foretell(counts: WordCounts, survey: DocumentSurvey | None = None) -> Prediction:
    """The prediction from word counts and, where there is one, from a survey of the documents that were counted.

    Three times principal components are taken. *Frequency*: of the rows of :func:`frequency_contrasts`. *Evidence*: of
    :func:`word_evidence` over all tokens, centred on their mean. *Documents*: of the sums of the evidence over each
    document, centred on their mean. Directions with singular values below 1e-10 of the first are rounding and left out;
    of the last, which come from sums of products, those with a variance below 1e-13 of the first.

    Raises:
        DataError: A class has no words, or all documents; or all classes use words alike.

    Example:
        >>> from slowfold.text import categorical, count_words
        >>> counts = count_words(categorical(classes=3).sample(6000, seed=0))
        >>> round(foretell(counts).evidence.participation_ratio, 1)
        2.0
    """
    _check(counts)
    words, occurrences, kind = counts.words, counts.occurrences, counts.kind
    contrasts, evidence = frequency_contrasts(words, occurrences, kind), word_evidence(words, occurrences, kind)
    if np.square(contrasts).sum() <= ROUNDING_OF_VALUES * np.square(words / counts.tokens[:, None]).sum():
        raise DataError(
            "all classes use all words equally often",
            where="predict_dimension",
            cure="look at the labels of the documents",
        )
    # What a word is worth when all tokens are looked at: the root, for it is squared where variance is.
    weights = np.sqrt(occurrences / occurrences.sum())
    above: list[int | None] = [None, None, None]
    if survey is not None and len(survey.dealt):
        above = _above_chance(counts, survey, contrasts, evidence, weights)
    axes, singular, pushes = _decomposed(contrasts)
    frequency = find_directions(
        np.square(singular), axes, pushes, np.ones_like(weights), above_chance=above[0], counts=counts
    )
    axes, singular, _ = _decomposed(_spread(evidence, weights))
    by_word = find_directions(
        np.square(singular), axes, axes.T @ evidence, weights, above_chance=above[1], counts=counts
    )
    by_document = None
    if survey is not None:
        variances, axes = axes_of(survey.covariance)
        by_document = find_directions(variances, axes, axes.T @ evidence, weights, above_chance=above[2], counts=counts)
    return Prediction(counts, frequency, by_word, by_document)


def _check(counts: WordCounts) -> None:
    empty = np.flatnonzero(counts.tokens == 0)
    if len(empty):
        raise DataError(
            f"the class {quoted(counts.class_names[empty[0]])} has no words to count",
            where="predict_dimension",
            cure="give documents of every class, or leave the class out",
        )
    full = np.flatnonzero(counts.tokens == counts.occurrences.sum())
    if len(full):
        raise DataError(
            f"all documents have the label {quoted(counts.class_names[full[0]])}",
            where="predict_dimension",
            cure="give documents without it, or leave the label out",
        )


def _spread(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Evidence of words [class, word], off its mean over all tokens, times the root of each word's share of them."""
    return (evidence - (evidence @ np.square(weights))[:, None]) * weights


def _decomposed(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors over the classes, singular values, greatest first, and unit vectors over the words."""
    left, singular, right = np.linalg.svd(rows, full_matrices=False)
    kept = np.square(singular) > ROUNDING_OF_VALUES * singular[0] ** 2
    return left[:, kept], singular[kept], right[kept]


def _values(products: np.ndarray) -> np.ndarray:
    """Singular values, greatest first, from the products of the rows."""
    return np.sqrt(np.clip(np.linalg.eigvalsh(products)[::-1], 0, None))


def _above_chance(
    counts: WordCounts, survey: DocumentSurvey, contrasts: np.ndarray, evidence: np.ndarray, weights: np.ndarray
) -> list[int | None]:
    """How many directions of each measure stand above those of permuted labels."""
    spread = _spread(evidence, weights)
    # Like with like: that the kept documents are not all of them moves what is measured and what is dealt alike.
    measured = [contrasts @ contrasts.T, spread @ spread.T, survey.covariance_of(evidence)]
    by_chance: list[list[np.ndarray]] = [[], [], []]
    for words in survey.dealt:
        contrasts = frequency_contrasts(words, counts.occurrences, counts.kind)
        evidence = word_evidence(words, counts.occurrences, counts.kind)
        spread = _spread(evidence, weights)
        dealt = [contrasts @ contrasts.T, spread @ spread.T, survey.covariance_of(evidence)]
        for values, products in zip(by_chance, dealt, strict=True):
            values.append(_values(products))
    return [
        count_above(np.sqrt(axes_of(products)[0]), np.array(values))
        for products, values in zip(measured, by_chance, strict=True)
    ]
