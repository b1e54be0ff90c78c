"""Languages whose classes depend on each other: between an order and none, correlated, or on one line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

import numpy as np

from slowfold.errors import OptionError
from slowfold.text.languages.language import Language
from slowfold.text.languages.lattice import CountPhrases, ListedPhrases, multinomial_weights, uniform_weights
from slowfold.text.languages.options import as_fraction, check_classes, check_length
from slowfold.text.languages.reading import Reading
from slowfold.text.languages.rules import Interpolation, Largest, Merged, Rule
from slowfold.text.languages.unordered import MOST_CLASSES
from slowfold.text.names import quoted

__all__ = ["correlated", "edge_only", "interpolated", "merged"]

# Scores are products of floats, which are whole up to here.
_WHOLE = 2**53
# Where classes in an order meet, as shares of the length: 3, or 2 and 6, in a phrase of 50 words.
_BOUNDS = {3: (Fraction(3, 50),), 5: (Fraction(2, 50), Fraction(6, 50))}


def interpolated(classes: int = 3, length: int = 50, *, order: float = 0.3) -> Language:
    """The language between classes without an order and classes in one.

    The words are ``kinda_0`` and so on, and no neutral one. Let d be the score of the first class less that of the
    last, and L the length. With three classes, the middle one wins where abs(d) < 3 L / 50 times ``order``. With five,
    it wins where abs(d) < 2 L / 50 times ``order``, and its neighbours where abs(d) < 6 L / 50 times ``order``, the
    second class where d is positive. Elsewhere the largest score wins, after those of all classes between the ends have
    been multiplied by 1 - ``order``.

    Args:
        classes: 3 or 5.
        length: The number of words of a phrase.
        order: 0 for no order, 1 for an order and nothing else.

    Raises:
        OptionError: An option is out of range.

    Source:
        The code that the authors of "The geometry of integration in text classification RNNs", ICLR 2021, published;
        the parameters ``eps2`` and ``eps5``.

    Example:
        >>> language = interpolated(classes=3, length=50, order=0.5)
        >>> language.label(np.array([[19.0, 13.0, 18.0], [20.0, 12.0, 18.0], [8.0, 30.0, 12.0]])).tolist()
        [1, 0, 1]
    """
    if classes not in _BOUNDS:
        raise OptionError(f"{classes} classes", where="classes", cure="the interpolated language has 3 or 5")
    check_length(length)
    if not 0 <= order <= 1:
        raise OptionError(f"{order} is no share", where="order", cure="give a number from 0 to 1")
    share = as_fraction(order, "order")
    # Without any order there are no bounds: a difference of zero is then nothing special.
    bounds = tuple(bound * length * share for bound in _BOUNDS[classes])
    rule = Interpolation(bounds, 1 - share) if share else Largest(classes)
    units = np.eye(classes, dtype=np.int64)
    return _counted("interpolated", Reading(units), rule, length, dimension=1 if share == 1 else classes - 1)


def correlated(classes: int = 3, length: int = 50, *, pairs: Mapping[tuple[int, int], float] | None = None) -> Language:
    """The language of classes that share evidence: a word for one class of a pair speaks for the other as well.

    For a pair correlated by c, each class gives up c times its own score, and what the two give up is shared between
    them. So ``kinda_0`` adds 1 - c / 2 to its own class and c / 2 to the other one. The label is the class with the
    largest score.

    The authors gave all of it to one of the two, and tossed a coin for each phrase to say which. That is noise on the
    labels, which nobody can learn: one of their networks stayed at an accuracy of 0.325 with four classes. Here each
    gets what it got on the average, so that classes are correlated and words still decide.

    Args:
        classes: The number of classes, 2 to 20.
        length: The number of words of a phrase.
        pairs: How much two classes are correlated, above 0 and below 1; unless given, the first two by 0.5.

    Raises:
        OptionError: An option is out of range, or two classes become one.

    Source:
        The code that the authors of "The geometry of integration in text classification RNNs", ICLR 2021, published;
        the parameter ``corr_vals``.

    Example:
        >>> correlated(classes=3, pairs={(0, 1): 0.5}).evidence.tolist()
        [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    check_classes("correlated", classes, 2, MOST_CLASSES)
    check_length(length)
    shared = {(0, 1): 0.5} if pairs is None else pairs
    evidence = [[Fraction(int(i == j)) for j in range(classes)] for i in range(classes)]
    seen: set[frozenset[int]] = set()
    for (one, other), strength in shared.items():
        pair = frozenset((one, other))
        if len(pair) < 2 or not pair <= set(range(classes)) or pair in seen or not 0 < strength < 1:
            raise OptionError(
                f"{quoted((one, other))} correlated by {strength}",
                where="pairs",
                cure=f"give each two of the classes 0 to {classes - 1} once, with a number above 0 and below 1",
            )
        seen.add(pair)
        half = as_fraction(strength, "pairs") / 2
        for own, mate in ((one, other), (other, one)):
            evidence[own][own] -= half
            evidence[own][mate] += half
    scale = lcm(*(entry.denominator for row in evidence for entry in row))
    if scale * length > _WHOLE:
        raise OptionError(
            "the pairs have no small common denominator", where="pairs", cure="give correlations of fewer digits"
        )
    units = np.array([[int(entry * scale) for entry in row] for row in evidence])
    if np.linalg.matrix_rank(units) < classes or (units.diagonal() < 0).any():
        raise OptionError(
            "the pairs leave some classes no evidence of their own", where="pairs", cure="give smaller correlations"
        )
    reading = Reading(np.vstack([units, np.zeros((1, classes), dtype=np.int64)]), scale)
    return _counted("correlated", reading, Largest(classes), length, dimension=classes - 1)


def merged(classes: int = 3, length: int = 50, *, most: int = 24) -> Language:
    """The language of three classes in which the first and the last together are evidence for the middle one.

    Where the scores of both exceed L / 2 - ``most``, m, the least of the two and of ``most``, is taken from each, and 2
    m is added to the middle class; then the largest score wins.

    Args:
        classes: 3.
        length: The number of words of a phrase, L.
        most: The most evidence that is taken from each, from 1.

    Raises:
        OptionError: An option is out of range.

    Source:
        The code that the authors of "The geometry of integration in text classification RNNs", ICLR 2021, published;
        the parameter ``filter`` with random phrases.

    Example:
        >>> merged(length=50).label(np.array([[20.0, 0.0, 18.0], [30.0, 2.0, 5.0], [20.0, 9.0, 1.0]])).tolist()
        [1, 0, 0]
    """
    check_classes("merged", classes, 3, 3)
    check_length(length)
    if most < 1:
        raise OptionError(f"{most} is below 1", where="most", cure="give the most evidence to take from each class")
    units = np.vstack([np.eye(3, dtype=np.int64), np.zeros((1, 3), dtype=np.int64)])
    rule = Merged(Fraction(length, 2) - most, most)
    return _counted("merged", Reading(units), rule, length, dimension=2)


def edge_only(classes: int = 3, length: int = 50, *, overlap: int = 0) -> Language:
    """The language of three classes that asks for one number: no phrase has words for both of the first two classes.

    The words are ``kinda_0`` to ``kinda_2``, and no neutral one: what the first two leave over is evidence for the
    last. So the score of the first class less that of the second decides alone. Two edges of the triangle of scores are
    left.

    Args:
        classes: 3.
        length: The number of words of a phrase.
        overlap: The most words for the rarer of the first two classes that a phrase may have after all; with 1 or more,
            two numbers decide. The authors' ``filter`` is half the length less this.

    Raises:
        OptionError: An option is out of range.

    Source:
        The code that the authors of "The geometry of integration in text classification RNNs", ICLR 2021, published;
        the parameter ``filter`` with uniform scores.

    Example:
        >>> corpus = edge_only(length=7).sample(30)
        >>> counts = np.stack([np.bincount(corpus.document(i), minlength=3) for i in range(30)])
        >>> int(counts[:, :2].min(axis=1).max())
        0
    """
    check_classes("edge_only", classes, 3, 3)
    check_length(length)
    if overlap < 0:
        raise OptionError(f"an overlap of {overlap}", where="overlap", cure="give 0 or more")
    reading, rule = Reading(np.eye(3, dtype=np.int64)), Largest(3)

    def counts(length: int) -> np.ndarray:
        first, second = np.divmod(np.arange((length + 1) ** 2), length + 1)
        kept = (first + second <= length) & (np.minimum(first, second) <= overlap)
        return np.stack([first, second, length - first - second], axis=1)[kept]

    return Language(
        name="edge_only",
        kind="categorical",
        words=_words(3),
        class_names=_names(3),
        dimension=2 if overlap else 1,
        length=length,
        shortest=length,
        reading=reading,
        rule=rule,
        phrases={
            "uniform": ListedPhrases(counts, uniform_weights, reading.units, rule),
            "random": ListedPhrases(counts, multinomial_weights, reading.units, rule),
        },
    )


def _counted(name: str, reading: Reading, rule: Rule, length: int, *, dimension: int) -> Language:
    """A language whose scores are told by its word counts alone, with a word for each class and perhaps ``the``."""
    classes = reading.units.shape[1]
    return Language(
        name=name,
        kind="categorical",
        words=(*_words(classes), "the")[: len(reading.units)],
        class_names=_names(classes),
        dimension=dimension,
        length=length,
        shortest=length,
        reading=reading,
        rule=rule,
        phrases={
            "uniform": CountPhrases(True, reading.units, rule),  # noqa: FBT003 - uniform or not
            "random": CountPhrases(False, reading.units, rule),  # noqa: FBT003 - uniform or not
        },
    )


def _words(classes: int) -> tuple[str, ...]:
    return tuple(f"kinda_{i}" for i in range(classes))


def _names(classes: int) -> tuple[str, ...]:
    return tuple(f"class {i}" for i in range(classes))
