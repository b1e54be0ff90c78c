"""Words to try in place of another: near ones where it is not known, and the telling words of the run."""

from __future__ import annotations

import difflib

import numpy as np

from slowfold.report.wording import shortened
from slowfold.study import Run

__all__ = ["Suggester"]

_MOST = 8
# Words that turn or strengthen what follows, in the languages of the tutorials: offered where the network knows them.
_MODIFIERS = ("not", "very", "never", "hardly", "but")
_MOST_MODIFIERS = 3
# Whoever types a word that long is not looking for a near one.
_LONGEST = 40


class Suggester:
    """Looks words up among those that the network of a run knows.

    Args:
        run: A finished run.
        words: The words that the network knows, the most frequent first.

    Attributes:
        modifiers: Words to insert that change what follows: those that the run found, or usual ones that it knows.
        telling: The words that the run shows, by the class each speaks for; those under -1 speak for none.
    """

    def __init__(self, run: Run, words: tuple[str, ...]) -> None:
        self._words = tuple(word for word in words if len(word) <= _LONGEST)
        self.modifiers = _modifiers(run, frozenset(words))
        favours, named = run.analysis["word_favours"].values, run.analysis["word"].values
        self.telling: dict[int, list[str]] = {}
        for label, word in zip(np.asarray(favours).reshape(len(named), -1)[:, 0].tolist(), named.tolist(), strict=True):
            self.telling.setdefault(int(label), []).append(shortened(str(word)))

    def near(self, word: str) -> list[str]:
        """Known words that begin as ``word`` does, the most frequent first, then those that are spelled much alike.

        Args:
            word: What was typed, in any case.
        """
        wanted = word.lower()[:_LONGEST]
        if not wanted:
            return []
        begun = [known for known in self._words if known.startswith(wanted) and known != wanted][:_MOST]
        if len(begun) < _MOST:
            # Words of much the same length alone can be near, and comparing with all 20,000 takes a tenth of a second.
            alike = [known for known in self._words if abs(len(known) - len(wanted)) <= 2 and known != wanted]
            begun += [one for one in difflib.get_close_matches(wanted, alike, n=_MOST) if one not in begun]
        return begun[:_MOST]


def _modifiers(run: Run, known: frozenset[str]) -> list[str]:
    analysis = run.analysis
    found: list[str] = []
    if "context_overall_low" in analysis:
        # Those that leave no doubt: they turn round what follows, or strengthen it.
        beyond = (analysis["context_overall_high"].values < 0) | (analysis["context_overall_low"].values > 1)
        found = [str(word) for word in analysis["modifier"].values[beyond].tolist()]
    return [shortened(word) for word in found or _MODIFIERS if word in known][:_MOST_MODIFIERS]
