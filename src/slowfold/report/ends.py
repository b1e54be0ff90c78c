"""Directions of a prediction as people read them: which classes and which words lie at either end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slowfold.geometry import Directions
from slowfold.report.wording import shortened

__all__ = ["End", "ends_of"]

# A class belongs to an end if it lies at least half as far out as the furthest of all.
_FAR_OUT = 0.5


@dataclass(frozen=True)
class End:
    """One end of a direction.

    Attributes:
        classes: The positions of the classes that lie there, the furthest first.
        words: The most telling words that lead there and how far one occurrence does, the most telling first.
    """

    classes: tuple[int, ...]
    words: tuple[tuple[str, float], ...]


def ends_of(directions: Directions, direction: int, n: int) -> tuple[End, End]:
    """The positive and the negative end of a direction, with at most ``n`` words each.

    The word that stands for all unknown ones is left out: it tells a person nothing.

    Example:
        >>> from slowfold.geometry import predict_dimension
        >>> from slowfold.text import Corpus, Vocabulary
        >>> words = Vocabulary(("good", "bad", "the"))
        >>> corpus = Corpus.from_tokens([[2, 0], [2, 0, 0], [2, 1]], [0, 0, 1], words, ("yes", "no"))
        >>> [(end.classes, end.words[0][0]) for end in ends_of(predict_dimension(corpus).directions, 0, 1)]
        [((0,), 'good'), ((1,), 'bad')]
    """
    places, vocabulary = directions.classes[:, direction], directions.vocabulary
    unknown = None if vocabulary.unknown is None else vocabulary.words[vocabulary.unknown]
    telling = [pair for pair in directions.words(direction, len(vocabulary)) if pair[0] != unknown]
    ends: list[End] = []
    for sign in (1, -1):
        out = sign * places
        classes = tuple(
            row for row in np.argsort(-out, kind="stable").tolist() if out[row] >= _FAR_OUT * abs(out).max()
        )
        words = [(shortened(word), push) for word, push in telling if push * sign > 0]
        ends.append(End(classes, tuple(words[:n])))
    return ends[0], ends[1]
