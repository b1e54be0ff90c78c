"""Phrases of languages whose labels are alike but for the names of their words: drawn freely, then renamed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from slowfold.text.languages.drawing import by_length, no_such_phrase
from slowfold.text.languages.reading import Reading
from slowfold.text.languages.rules import UNDECIDED, Rule

__all__ = ["SymmetricPhrases", "rotations", "sign_changes"]

# Of phrases of one length at least this share must be decided: it is a sixth in the languages of the paper at worst.
_LEAST_DECIDED = 1e-3
_FIRST_DRAW = 4096


@dataclass(frozen=True, eq=False)
class SymmetricPhrases:
    """Draws phrases freely, draws those anew that are undecided, and renames the words of the rest.

    Renaming takes a phrase with one label to a phrase with any other, and no phrase is more probable than the one that
    it is renamed to. So what is drawn is distributed exactly as free phrases of this label are, and however rare a
    share is asked for, nothing is thrown away for its label.

    Attributes:
        free: Draws phrases of one length, whatever their labels: from a length, a number of phrases and a generator to
            [document, length].
        reading: What phrases say.
        rule: Which label that is.
        renamings: The word in the place of each word, [renaming, word].
        taking: The renaming that takes one label to another, [from, to].
    """

    free: Callable[[int, int, np.random.Generator], Int32[np.ndarray, "document length"]]
    reading: Reading
    rule: Rule
    renamings: Int32[np.ndarray, "renaming word"]
    taking: Int64[np.ndarray, "from to"]

    def draw(
        self, lengths: Sequence[int], wanted: Int64[np.ndarray, " label"] | int, generator: np.random.Generator
    ) -> list[Int32[np.ndarray, "_document _length"]]:
        alike = np.ones((len(lengths), self.rule.labels))
        numbers = by_length(lengths, alike, wanted, generator)
        drawn: list[np.ndarray] = []
        for length, number in zip(lengths, numbers, strict=True):
            if not number.any():
                continue
            tokens, labels = self._decided(length, int(number.sum()), generator)
            renaming = self.taking[labels, np.repeat(np.arange(len(number)), number)]
            drawn.append(self.renamings[renaming[:, None], tokens])
        return drawn

    def _decided(self, length: int, documents: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Phrases of one length, each drawn anew until its label is decided."""
        found: list[tuple[np.ndarray, np.ndarray]] = []
        have = tried = 0
        while have < documents:
            # The share that was decided so far says how many to draw, and a little over.
            share = have / tried if have else 1.0
            draw = min(int((documents - have) / share * 1.05), 4 * documents) + 16
            if not have:
                draw = min(draw, max(documents, _FIRST_DRAW))
            tokens = self.free(length, draw, generator)
            labels = self.rule(self.reading.scores(tokens.ravel(), np.arange(draw + 1) * length))
            decided = np.flatnonzero(labels != UNDECIDED)[: documents - have]
            found.append((tokens[decided], labels[decided]))
            have += len(decided)
            tried += draw
            if tried * _LEAST_DECIDED > max(have, _FIRST_DRAW * _LEAST_DECIDED):
                raise no_such_phrase([length])
        return np.concatenate([tokens for tokens, _ in found]), np.concatenate([labels for _, labels in found])


def rotations(
    turned: Callable[[int], Sequence[int]], classes: int
) -> tuple[Int32[np.ndarray, "renaming word"], Int64[np.ndarray, "from to"]]:
    """The renamings that turn the classes round, and which of them takes one class to another.

    Args:
        turned: The word in the place of each word when every class becomes the one so many places further on.
        classes: How many classes there are.
    """
    renamings = np.array([turned(places) for places in range(classes)], dtype=np.int32)
    return renamings, np.subtract.outer(-np.arange(classes), -np.arange(classes)) % classes


def sign_changes(labels: int) -> tuple[Int32[np.ndarray, "renaming word"], Int64[np.ndarray, "from to"]]:
    """The renamings that exchange words for and against some of ``labels`` labels, and which takes one set to another.

    The words are those for each label, those against each label, and a neutral one.
    """
    sets = np.arange(1 << labels)
    exchanged = (sets[:, None] >> np.arange(labels)[::-1]) & 1
    own = np.arange(labels)
    renamings = np.hstack(
        [own + labels * exchanged, own + labels * (1 - exchanged), np.full((len(sets), 1), 2 * labels)]
    )
    return renamings.astype(np.int32), sets[:, None] ^ sets
