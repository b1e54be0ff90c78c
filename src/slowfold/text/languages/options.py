"""What the options of every language are checked for, and how context words join its other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from slowfold.errors import OptionError
from slowfold.text.languages.reading import ContextWord, Reading
from slowfold.text.names import quoted

__all__ = ["as_fraction", "check_classes", "check_length", "with_context"]

# Fractions finer than this are taken for the nearest one, so that products with scores stay whole numbers of 64 bits.
_FINEST = 10_000


def check_classes(language: str, classes: int, fewest: int, most: int) -> None:
    """Refuses a number of classes that a language cannot have."""
    if not fewest <= classes <= most:
        number = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise OptionError(f"{classes} classes", where="classes", cure=f"the {language} language has {number}")


def check_length(length: int, fewest: int = 1) -> None:
    """Refuses phrases that are too short."""
    if length < fewest:
        raise OptionError(f"phrases of {length} words", where="length", cure=f"give {fewest} or more")


def as_fraction(value: float, name: str) -> Fraction:
    """A number as the fraction that was meant: 0.1 is a tenth, and not the float beside it.

    Raises:
        OptionError: It is NaN or infinite.
    """
    if not np.isfinite(value):
        raise OptionError(f"{value} is no number", where=name, cure="give a number")
    return Fraction(value).limit_denominator(_FINEST)


def with_context(
    reading: Reading, words: Sequence[str], context: Sequence[ContextWord]
) -> tuple[Reading, tuple[str, ...]]:
    """A reading and its words with context words after them.

    Raises:
        OptionError: A context word reaches nothing, does nothing, or has the name of another word.
    """
    every = list(words)
    for word in context:
        if word.reach < 1 or word.factor in {0, 1}:
            raise OptionError(
                f"{quoted(word.word)} multiplies {word.reach} words by {word.factor}",
                where="context",
                cure="give a reach of 1 or more, and a factor other than 0 and 1",
            )
        if word.word in every:
            raise OptionError(f"there are two words {quoted(word.word)}", where="context", cure="name each word once")
        every.append(word.word)
    silent = np.zeros((len(context), reading.units.shape[1]), dtype=np.int64)
    numbered = tuple((word, len(words) + place) for place, word in enumerate(context))
    return replace(reading, units=np.vstack([reading.units, silent]), context=numbered), tuple(every)
