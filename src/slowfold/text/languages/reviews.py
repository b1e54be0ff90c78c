"""The toy language of reviews in which modifiers were first taken apart, with a target at every step."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from slowfold.text.languages.chains import Chain, ChainPhrases
from slowfold.text.languages.language import Language
from slowfold.text.languages.options import check_classes, check_length, with_context
from slowfold.text.languages.reading import ContextWord, Reading
from slowfold.text.languages.rules import Intervals

__all__ = ["toy"]

_VALENCES = {"good": 1, "bad": -1, "awesome": 2, "awful": -2}
_NOISE = ("and", "a", "the", "for", "it", "while")

# A `not` within the reach of another was replaced by a word that modifies nothing; `very` may stand anywhere.
_CONTEXT = (
    ContextWord("not", factor=-1, reach=4, spreads=False),
    ContextWord("very", factor=2, reach=1, repeats=True),
)


def toy(classes: int = 3, length: int = 50) -> Language:
    """The toy language of reviews: valences, modifiers and noise, with the running score as a target at every step.

    ``good`` and ``bad`` add 1 and -1, ``awesome`` and ``awful`` 2 and -2, six words nothing. ``not`` turns the next
    four words round, ``very`` doubles the next one. No ``not`` stands within the reach of another: a plain word stands
    there instead, each of the ten as probable as any other. :meth:`Language.targets` is the score after every word.

    Args:
        classes: 3 for reviews of a negative score, of zero and of a positive one; 2 for the first and the last of
            these, where a review of zero is undecided and not drawn.
        length: The number of words of a review.

    Raises:
        OptionError: An option is out of range.

    Source:
        Maheswaranathan and Sussillo, "How recurrent networks implement contextual processing in sentiment analysis",
        ICML 2020, section 4.

    Example:
        >>> corpus = toy().sample(6, seed=1, shares="natural")
        >>> targets = toy().targets(corpus)
        >>> targets.shape, [corpus.class_names[label] for label in np.sign(targets[49::50, 0]).astype(int) + 1] == [
        ...     corpus.class_names[label] for label in corpus.labels]
        ((300, 1), True)
    """
    check_classes("toy", classes, 2, 3)
    check_length(length)
    units = np.array([[value] for value in [*_VALENCES.values(), *[0] * len(_NOISE)]], dtype=np.int64)
    reading, words = with_context(Reading(units), [*_VALENCES, *_NOISE], _CONTEXT)
    half = Fraction(1, 2)
    rule = Intervals((-half, half) if classes == 3 else (Fraction(0),))
    return Language(
        name="toy",
        kind="ordered",
        words=words,
        class_names=("negative", "zero", "positive") if classes == 3 else ("negative", "positive"),
        dimension=1,
        length=length,
        shortest=length,
        reading=reading,
        rule=rule,
        phrases={"random": ChainPhrases(Chain(reading), rule)},
    )
