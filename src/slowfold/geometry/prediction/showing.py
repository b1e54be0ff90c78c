"""A prediction as a table for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slowfold.notebook import html_table

if TYPE_CHECKING:
    from slowfold.geometry.prediction.foretold import Prediction

__all__ = ["prediction_html"]

# Shares of variance, and words of a direction, that a row tells.
_SHARES, _WORDS = 5, 3


def prediction_html(prediction: Prediction) -> str:
    """A row a measure: the dimension that the words ask for, and the words that tell most."""
    counts = prediction.counts
    measures = {
        "evidence of whole documents": prediction.documents,
        "evidence of words": prediction.evidence,
        "word frequencies": prediction.frequency,
    }
    rows = [
        (
            measure,
            f"{directions.participation_ratio:.2f}",
            str(directions.for_90),
            "—" if directions.above_chance is None else f"{directions.above_chance} of {len(directions.shares)}",
            " ".join(f"{share:.2f}" for share in directions.shares[:_SHARES]),
            ", ".join(word for word, _ in directions.words(0, _WORDS)),
        )
        for measure, directions in measures.items()
        if directions is not None
    ]
    return html_table(
        f"How many dimensions the words of {len(counts):,} documents ask for, in {len(counts.class_names):,} classes",
        (
            "directions of",
            "participation ratio",
            "for 90 %",
            "above chance",
            "shares of variance",
            "words along the first",
        ),
        rows,
    )
