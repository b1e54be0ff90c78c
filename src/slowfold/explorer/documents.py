"""The test documents of a run, by where reading them ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slowfold.report.wording import shortened
from slowfold.study import Run

__all__ = ["Document", "Documents"]

# A document is there to be recognised and read again, not to be printed in full.
_MOST_WORDS, _LONGEST_WORD = 400, 80
# Typical documents are neither the shortest nor the longest, and short enough to be taken in.
_TYPICAL = (0.1, 0.6)


@dataclass(frozen=True)
class Document:
    """A test document.

    Attributes:
        text: Its words, joined by spaces; None where the run holds no words.
        words: How many words it has.
        labels: The true classes: one, or of several labels any number.
        decided: The classes decided for.
        away: How far its end is from the place asked for, on the components asked about.
    """

    text: str | None
    words: int
    labels: tuple[int, ...]
    decided: tuple[int, ...]
    away: float


class Documents:
    """The test documents whose words are on record, and where reading each ended.

    Args:
        run: A finished run.
    """

    def __init__(self, run: Run) -> None:
        analysis = run.analysis
        self._words = run.vocabulary.words if run.has_words else None
        self._token = analysis["state_token"].values
        labels, decided = analysis["document_label"].values, analysis["document_predicted"].values
        self._labels, self._decided = _sets(labels), _sets(decided)
        lengths = np.bincount(analysis["state_document"].values, minlength=len(labels))
        self._last = np.cumsum(lengths)
        self._first = self._last - lengths
        # A document without words ends where it began, and is nobody's neighbour.
        self._read = np.flatnonzero(lengths)
        self._ends = np.asarray(analysis["state"].values, dtype=np.float64)[self._last[self._read] - 1]

    @property
    def has_words(self) -> bool:
        """Whether the words of the documents are on record."""
        return self._words is not None

    def nearest(self, at: NDArray[np.float64], count: int = 5) -> list[Document]:
        """The documents that ended nearest to a place.

        Args:
            at: Its first coordinates, on as many components as are to be compared, [component].
            count: How many documents.
        """
        compared = min(len(at), self._ends.shape[1])
        away = np.linalg.norm(self._ends[:, :compared] - at[:compared], axis=1)
        rows = np.argsort(away, kind="stable")[:count]
        return [self._document(int(self._read[row]), float(away[row])) for row in rows]

    def typical(self, label: int) -> Document | None:
        """A document of one class alone that was read rightly, ends near where its class ends, and is rather short."""
        right = [
            row
            for row, document in enumerate(self._read.tolist())
            if self._labels[document] == (label,) == self._decided[document]
        ]
        if not right:
            return None
        rows = np.array(right)
        lengths = (self._last - self._first)[self._read[rows]]
        low, high = np.quantile(lengths, _TYPICAL)
        fitting = rows[(lengths >= low) & (lengths <= high)]
        away = np.linalg.norm(self._ends[fitting] - np.median(self._ends[rows], axis=0), axis=1)
        best = int(fitting[away.argmin()])
        return self._document(int(self._read[best]), 0.0)

    def _document(self, document: int, away: float) -> Document:
        tokens = self._token[self._first[document] : self._last[document]]
        text = None
        if self._words is not None:
            shown = [shortened(self._words[token], _LONGEST_WORD) for token in tokens[:_MOST_WORDS].tolist()]
            text = " ".join(shown)
        return Document(text, len(tokens), self._labels[document], self._decided[document], away)


def _sets(labels: NDArray[np.integer]) -> list[tuple[int, ...]]:
    """The labels of each document, whether they are written as one class or as a row of yes and no."""
    if labels.ndim == 1:
        return [(int(label),) for label in labels.tolist()]
    return [tuple(np.flatnonzero(row).tolist()) for row in labels]
