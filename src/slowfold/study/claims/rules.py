"""What the claims share: the figure they are about, and bounds that were said before any network was trained."""

from __future__ import annotations

from slowfold.study.claims.claim import Check
from slowfold.study.claims.figures import number_at
from slowfold.study.experiment import Experiment

__all__ = [
    "ALLOWED",
    "DEGREES",
    "HELD",
    "MODERATE",
    "NEUTRAL",
    "PAPER",
    "STRONG",
    "VISITED",
    "WEAK",
    "WORD_DEGREES",
    "near",
]

PAPER = "Aitken et al., ICLR 2021, and the notebooks of its authors"
"""Whose claims most of them are."""

VISITED = "dimension.visited.participation_ratio"
"""The dimension that the paper's main figure shows: that of the states after each word."""

ALLOWED = 0.2
"""How far a participation ratio may be from what is claimed."""

DEGREES = 2.0
"""How far the angles of readouts may be from what the figure asks for: the authors' own are 120.8, 120.0 and 119.2."""

WORD_DEGREES = 12.0
"""How far the angles between the moves of words may be from it: in trials one network had 115, 126 and 119."""

NEUTRAL = 0.1
"""How far the neutral word may move the state beside the others, along the surface: in trials 6 %."""

HELD = 0.95
"""The share of the variance of the states that the paper's dimensions carry."""

WEAK, STRONG = 1e-5, 1e-2
"""The weakest and the strongest penalty of the paper's 630 networks."""

MODERATE = (5e-4, 1e-3, 5e-3)
"""The penalties between, at which the dimension is what the task asks for."""


def near(of: str, what: str, path: str, samples: tuple[tuple[Experiment, ...], ...], expected: float) -> Check:
    """That a number is no further from what is expected than :data:`ALLOWED`.

    Args:
        of: Which networks.
        what: What is measured on them.
        path: Where it stands in summary.json.
        samples: The networks.
        expected: What is expected.
    """
    return Check(
        of=of,
        what=what,
        path=path,
        samples=samples,
        value=number_at(path),
        low=expected - ALLOWED,
        high=expected + ALLOWED,
    )
