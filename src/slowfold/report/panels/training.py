"""How the network learned: loss and accuracy by step, and what was watched meanwhile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from slowfold.networks import Metrics
from slowfold.report.theme import GREY, INK, figure
from slowfold.report.wording import plain, rounded
from slowfold.study import Run

__all__ = ["steps_a_dot", "training_accuracy", "training_loss", "watched"]

# Batches are noisy: neighbouring steps are averaged until there are at most this many dots.
_DOTS = 150


_NAMES = {"test": "test", "shuffled_words": "test, words shuffled"}
"""What a run watches, as people read it."""


class _Look(NamedTuple):
    """How one of the corpora watched is drawn."""

    colour: str
    symbol: str


_LOOKS = (_Look(INK, "square"), _Look(GREY, "circle-open"), _Look(GREY, "diamond-open"), _Look(GREY, "x"))


def training_loss(run: Run) -> go.Figure:
    """Cross entropy by step, of the batches and of the documents kept aside.

    Args:
        run: A finished run.
    """
    drawn = _curves(run, "loss", "validation_loss")
    drawn.update_yaxes(title_text="cross entropy (nats)", rangemode="tozero")
    return drawn


def training_accuracy(run: Run) -> go.Figure:
    """Accuracy by step, of the batches, of the documents kept aside, and of those that were watched.

    Args:
        run: A finished run.
    """
    drawn = _curves(run, "accuracy", "validation_accuracy")
    for look, name in zip(_LOOKS, watched(run), strict=False):
        read = [row for row in run.metrics if name in row.watched]
        drawn.add_scatter(
            x=[row.step for row in read],
            y=rounded([row.watched[name] for row in read]),
            mode="lines+markers",
            name=_NAMES.get(name, plain(name)),
            line={"color": look.colour, "width": 1.5, "dash": "dot"},
            marker={"symbol": look.symbol, "size": 6, "color": look.colour},
            hovertemplate="step %{x}: %{y:.3g}<extra></extra>",
        )
        drawn.update_layout(showlegend=True)
    drawn.update_yaxes(title_text="accuracy", tickformat=".0%")
    return drawn


def watched(run: Run) -> list[str]:
    """The names of what was watched, as in metrics.jsonl, in their order."""
    return list(dict.fromkeys(name for row in run.metrics for name in row.watched))


def steps_a_dot(run: Run) -> int:
    """How many steps are averaged into one dot of the curves."""
    return max(1, -(-len(run.metrics) // _DOTS))


def _curves(run: Run, batch: str, aside: str) -> go.Figure:
    drawn = figure(aspect=0.62)
    rows = [row for row in run.metrics if getattr(row, batch) is not None]
    width = steps_a_dot(run)
    parts = [rows[i : i + width] for i in range(0, len(rows), width)]
    drawn.add_scatter(
        x=rounded([_mean(part, "step") for part in parts]),
        y=rounded([_mean(part, batch) for part in parts]),
        mode="lines",
        name="training batches",
        line={"color": GREY, "width": 1.5},
        hovertemplate="step %{x}: %{y:.3g}<extra></extra>",
    )
    kept = [row for row in run.metrics if getattr(row, aside) is not None]
    if kept:
        drawn.add_scatter(
            x=[row.step for row in kept],
            y=rounded([getattr(row, aside) for row in kept]),
            mode="lines+markers",
            name="kept aside",
            line={"color": INK, "width": 1.8},
            marker={"size": 6},
            hovertemplate="step %{x}: %{y:.3g}<extra></extra>",
        )
    drawn.update_xaxes(title_text="step", rangemode="tozero")
    drawn.update_layout(showlegend=bool(kept))
    return drawn


def _mean(rows: list[Metrics], name: str) -> float:
    return float(np.mean([getattr(row, name) for row in rows]))
