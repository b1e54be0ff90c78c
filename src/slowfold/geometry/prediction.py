"""How many dimensions a corpus asks for, from its word counts alone, before any network is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from slowfold.errors import DataError
from slowfold.geometry.dimensions import Dimension
from slowfold.text import Corpus, Vocabulary, WordCounts, count_words

__all__ = ["Prediction", "predict_dimension"]

# Centring leaves one direction without variance, which rounding fills: singular values of about 1e-16 of the first.
_ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the word counts of a corpus say about the directions that its classes need.

    Attributes:
        frequency: The dimension of the class-by-word frequencies.
        axes: The weight of each word in each direction, orthonormal rows, [direction, word]; the weight of greatest
            size in each is positive.
        classes: Where each class lies along each direction, [class, direction].
        class_names: The names of the classes.
        vocabulary: The words.
    """

    frequency: Dimension
    axes: Float64[np.ndarray, "direction word"] = field(repr=False)
    classes: Float64[np.ndarray, "class direction"] = field(repr=False)
    class_names: tuple[str, ...]
    vocabulary: Vocabulary = field(repr=False)

    @property
    def shares(self) -> tuple[float, ...]:
        """Each direction's share of the variance between classes, greatest first; at most one fewer than classes."""
        return self.frequency.shares

    @property
    def participation_ratio(self) -> float:
        """The participation ratio of the frequencies."""
        return self.frequency.participation_ratio

    @property
    def for_90(self) -> int:
        """The least number of directions that hold 90 % of the variance."""
        return self.frequency.for_90

    @property
    def for_95(self) -> int:
        """The least number of directions that hold 95 % of the variance."""
        return self.frequency.for_95

    def words(self, direction: int, n: int = 10) -> list[tuple[str, float]]:
        """The ``n`` most telling words of a direction, and their weights, of greatest size first.

        Raises:
            DataError: There is no such direction.
        """
        if not 0 <= direction < len(self.axes):
            raise DataError(
                f"no direction {direction}",
                where="Prediction.words",
                cure=f"there are {len(self.axes)} directions, counted from 0",
            )
        weights = self.axes[direction]
        telling = np.argsort(-np.abs(weights), kind="stable")[:n]
        return [(self.vocabulary.words[word], float(weights[word])) for word in telling]


def predict_dimension(corpus: Corpus | WordCounts) -> Prediction:
    """Predicts how many dimensions a classifier needs, by principal components of how often classes use words.

    For class c and word w, f_cw is the number of times that w stands in the documents of c over the number of tokens of
    c. The mean over the classes is taken off, and the principal components of the class rows are found: at most one
    fewer than there are classes, as directions below 1e-10 of the first are rounding.

    Args:
        corpus: The training documents, or their counts.

    Raises:
        DataError: A class has no documents, all classes use words alike, or documents have several labels.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, section 4 (latent semantic
        analysis of class-averaged word counts).

    Example:
        >>> from slowfold.text import categorical
        >>> prediction = predict_dimension(categorical(classes=3).sample(6000, seed=0))
        >>> len(prediction.shares), round(prediction.participation_ratio, 1)
        (2, 2.0)
    """
    counts = count_words(corpus) if isinstance(corpus, Corpus) else corpus
    empty = np.flatnonzero(counts.tokens == 0)
    if len(empty):
        raise DataError(
            f"the class {counts.class_names[empty[0]]!r} has no words to count",
            where="predict_dimension",
            cure="give documents of every class, or leave the class out",
        )
    frequencies = counts.words / counts.tokens[:, None]
    centred = frequencies - frequencies.mean(axis=0)
    left, singular, axes = np.linalg.svd(centred, full_matrices=False)
    if singular[0] ** 2 <= _ROUNDING**2 * np.square(frequencies).sum():
        raise DataError(
            "all classes use all words equally often",
            where="predict_dimension",
            cure="look at the labels of the corpus",
        )
    variances = np.square(singular)
    kept = singular > _ROUNDING * singular[0]
    axes, left = axes[kept], left[:, kept]
    signs = np.sign(np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1))
    axes, places = axes * signs, left * singular[kept] * signs[:, 0]
    for array in (axes, places):
        array.setflags(write=False)
    return Prediction(
        frequency=Dimension.from_variances(variances[kept]),
        axes=axes,
        classes=places,
        class_names=counts.class_names,
        vocabulary=counts.vocabulary,
    )
