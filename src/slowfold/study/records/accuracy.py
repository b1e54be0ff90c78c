"""How the accuracy is written down."""

from __future__ import annotations

from typing import Any

from slowfold.study.stages.accuracy import Accuracy
from slowfold.text import Kind

__all__ = ["accuracy_summary"]


def accuracy_summary(measured: Accuracy, kind: Kind) -> dict[str, Any]:
    """The part ``accuracy`` of summary.json: shares of decisions that are right, and of several labels more."""
    shares: dict[str, Any] = {
        "train": measured.train,
        "test": measured.test.accuracy,
        "shuffled_words": measured.shuffled_words,
        "bag_of_words": measured.bag_of_words.test.accuracy,
        "majority": measured.majority.accuracy,
        "projected": measured.projected,
    }
    if kind == "multilabel":
        shares |= {
            "exact": measured.test.exact,
            "macro_f1": measured.test.macro_f1,
            "bag_of_words_macro_f1": measured.bag_of_words.test.macro_f1,
        }
    return shares
