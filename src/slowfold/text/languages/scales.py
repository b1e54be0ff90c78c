"""Languages of classes in an order: one score cut into intervals, or a sentiment and a neutrality."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from slowfold.errors import OptionError
from slowfold.text.languages.chains import Chain, ChainPhrases
from slowfold.text.languages.drawing import Phrases
from slowfold.text.languages.ladder import LadderPhrases
from slowfold.text.languages.language import Language
from slowfold.text.languages.options import as_fraction, check_classes, check_length, with_context
from slowfold.text.languages.reading import ContextWord, Reading
from slowfold.text.languages.rules import Intervals, Plane
from slowfold.text.names import quoted

__all__ = ["ordered", "sentiment_plane"]

_WORDS = {
    3: (("bad", -1), ("good", 1), ("the", 0)),
    5: (("awful", -2), ("bad", -1), ("good", 1), ("awesome", 2), ("the", 0)),
}


def ordered(
    classes: int = 3,
    length: int = 50,
    *,
    words: int = 3,
    borders: Sequence[float] | None = None,
    context: Sequence[ContextWord] = (),
) -> Language:
    """The ordered language: one score, from the worst class to the best.

    The scores from -L to L that three words can make in a phrase of L, or from -2 L to 2 L with five, are cut into as
    many equal intervals as there are classes. The borders of the authors lie half a score too high, at
    -L + k (2 L + 1) / N instead of -L - 1/2 + k (2 L + 1) / N, so that the first class was larger than the last; here
    the two ends are the same.

    Args:
        classes: The number of classes, 2 or more, each with a score of its own.
        length: The number of words of a phrase.
        words: 3 for ``bad`` -1, ``the`` 0 and ``good`` 1; 5 for ``awful`` -2 and ``awesome`` 2 besides.
        borders: Where the classes meet instead, rising, as shares of the length. For random phrases the authors took
            (0,), (-1/3, 1/3) and (-0.18, -0.05, 0.05, 0.18).
        context: Words that multiply the evidence of the words after them, such as :data:`NOT`; there are then no
            uniform scores.

    Raises:
        OptionError: An option is out of range, or a class has no score.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, and the code its authors
        published.

    Example:
        >>> language = ordered(classes=3, length=4)
        >>> language.label(np.arange(-4.0, 5.0)[:, None]).tolist(), language.dimension
        ([0, 0, 0, 1, 1, 1, 2, 2, 2], 1)
    """
    check_length(length)
    if words not in _WORDS:
        raise OptionError(f"{words} words", where="words", cure="give 3 or 5")
    most = length * max(value for _, value in _WORDS[words])
    check_classes("ordered", classes, 2, 2 * most + 1)
    units = np.array([[value] for _, value in _WORDS[words]], dtype=np.int64)
    reading, names = with_context(Reading(units), [word for word, _ in _WORDS[words]], context)
    rule = Intervals(_equal(classes, most) if borders is None else _given(borders, classes, length))
    _check_scores(rule, classes, most * int(np.prod([abs(word.factor) for word in context], dtype=np.int64)))
    phrases: dict[str, Phrases] = {} if context else {"uniform": LadderPhrases(units, rule)}
    phrases["random"] = ChainPhrases(Chain(reading), rule)
    return Language(
        name="ordered",
        kind="ordered",
        words=names,
        class_names=tuple(f"level {k}" for k in range(1, classes + 1)),
        dimension=1,
        length=length,
        shortest=length,
        reading=reading,
        rule=rule,
        phrases=phrases,
    )


def sentiment_plane(classes: int = 5, length: int = 50, *, good: tuple[float, float] = (2, 1)) -> Language:
    """The ordered language of two scores, sentiment and neutrality, whose five levels lie around a half disc.

    The third level where neutrality is positive and exceeds the size of sentiment; elsewhere the sign of sentiment
    gives the side, and a positive neutrality the mild level of that side, a negative one the extreme level. The authors
    gave a sentiment of zero without neutrality to the first level; here it is undecided, as everything between two
    levels.

    Args:
        classes: 5.
        length: The number of words of a phrase.
        good: The sentiment and the neutrality of ``good``, in halves: (2, 1) or (1, 0.5); that of ``bad`` is turned
            round. ``awesome`` has (2, -1), ``awful`` (-2, -1), ``okay`` (0, 2) and ``the`` (0, 0).

    Raises:
        OptionError: An option is out of range.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, and the code its authors
        published.

    Example:
        >>> language = sentiment_plane()
        >>> language.words, language.dimension
        (('awful', 'bad', 'okay', 'good', 'awesome', 'the'), 2)
        >>> language.label(np.array([[-4.0, -1.0], [-4.0, 1.0], [0.0, 1.0], [4.0, 1.0], [4.0, -1.0]])).tolist()
        [0, 1, 2, 3, 4]
    """
    check_classes("sentiment_plane", classes, 5, 5)
    check_length(length)
    halves = 2 * np.array(good, dtype=np.float64)
    if (
        halves.shape != (2,)
        or not (halves == np.rint(halves)).all()
        or not 0 < halves[0] <= 8
        or not 0 < halves[1] <= 8
    ):
        raise OptionError(
            f"{quoted(good)} is no value of the word",
            where="good",
            cure="give two positive halves up to 4, as (1, 0.5)",
        )
    sentiment, neutrality = (int(value) for value in halves)
    units = np.array([[-4, -2], [-sentiment, neutrality], [0, 4], [sentiment, neutrality], [4, -2], [0, 0]])
    reading = Reading(units, scale=2)
    rule = Plane()
    return Language(
        name="sentiment_plane",
        kind="ordered",
        words=("awful", "bad", "okay", "good", "awesome", "the"),
        class_names=tuple(f"level {k}" for k in range(1, classes + 1)),
        dimension=2,
        length=length,
        shortest=length,
        reading=reading,
        rule=rule,
        phrases={"uniform": LadderPhrases(units, rule), "random": ChainPhrases(Chain(reading), rule)},
    )


def _check_scores(rule: Intervals, classes: int, most: int) -> None:
    """Refuses classes that no score from -most to most has."""
    labels = rule(np.arange(-most, most + 1)[:, None])
    empty = np.setdiff1d(np.arange(classes), labels)
    if len(empty):
        raise OptionError(
            f"no score is left for class {empty[0]} of {classes}",
            where="borders",
            cure="give longer phrases, fewer classes, or borders that lie farther apart",
        )


def _equal(classes: int, most: int) -> tuple[Fraction, ...]:
    """The borders between equal intervals of the scores from -most to most, half a score around each included."""
    width = Fraction(2 * most + 1, classes)
    return tuple(-most - Fraction(1, 2) + k * width for k in range(1, classes))


def _given(borders: Sequence[float], classes: int, length: int) -> tuple[Fraction, ...]:
    """The borders at the given shares of the length."""
    exact = [as_fraction(border, "borders") for border in borders]
    if len(exact) != classes - 1 or any(later <= border for border, later in pairwise(exact)):
        raise OptionError(
            f"{len(exact)} borders {quoted(tuple(borders))} for {classes} classes",
            where="borders",
            cure=f"give {classes - 1}, rising",
        )
    return tuple(border * length for border in exact)
