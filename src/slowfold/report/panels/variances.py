"""How many dimensions there are: what word counts foretell, and what the states show."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from slowfold.report.theme import GREY, INK, PALE, PAPER, figure
from slowfold.report.wording import percent, rounded
from slowfold.study import Run

__all__ = ["MEASURES", "dimension_of", "dimensions", "variance"]

MEASURES = {
    "predicted": "predicted from words alone",
    "visited": "visited states",
    "final": "final states",
    "manifold": "slow manifold, mean input",
    "fixed_points": "fixed points, mean input",
}
"""The clouds whose dimension is compared, and what they are called."""

_SHORT = {
    "predicted": "word counts",
    "visited": "visited",
    "final": "final",
    "manifold": "slow manifold",
    "fixed_points": "fixed points",
}

_LOOK: dict[str, dict[str, object]] = {
    "predicted": {"color": PAPER, "line": {"color": INK, "width": 1.5}},
    "visited": {"color": INK, "line": {"color": INK, "width": 1.5}},
    "final": {"color": GREY, "line": {"color": GREY, "width": 1.5}},
    "manifold": {"color": PALE, "line": {"color": GREY, "width": 1.5}},
    "fixed_points": {"color": PALE, "line": {"color": PALE, "width": 1.5}},
}
_SYMBOLS = {"predicted": "circle-open", "visited": "circle", "final": "square"}


def dimension_of(run: Run, measure: str) -> dict[str, Any] | None:
    """One of :data:`MEASURES` in the summary; None where it was not measured, or where nothing varies."""
    found = run.summary["dimension"][measure]
    if measure == "predicted" and found is not None:
        found = found["documents"]
    return found if found is not None and found["shares"] else None


def dimensions(run: Run) -> go.Figure:
    """The shares of variance side by side: predicted by word counts, and of each cloud of states.

    Args:
        run: A finished run.
    """
    drawn = figure(aspect=0.7)
    shares = {measure: _shares(run, measure) for measure in MEASURES}
    count = _worth(shares)
    for measure, values in shares.items():
        if not values:
            continue
        # One more than there are is no share at all, and is left out rather than drawn as 0.
        part = values[:count]
        drawn.add_bar(
            x=list(range(1, len(part) + 1)),
            y=rounded(part),
            name=_SHORT[measure],
            marker=_LOOK[measure],
            hovertext=[
                f"{MEASURES[measure]}, component {i}: {percent(value)}" for i, value in enumerate(part, start=1)
            ],
            hoverinfo="text",
        )
    drawn.update_xaxes(title_text="principal component", dtick=1, showgrid=False)
    drawn.update_yaxes(title_text="share of variance", tickformat=".0%", rangemode="tozero")
    drawn.update_layout(bargap=0.28, bargroupgap=0.08)
    return drawn


def variance(run: Run) -> go.Figure:
    """How much of the variance the first components hold together.

    Args:
        run: A finished run.
    """
    drawn = figure(aspect=0.7)
    for measure, symbol in _SYMBOLS.items():
        name = f"{measure}_share"
        if name not in run.analysis or not run.analysis[name].size:
            continue
        held = np.cumsum(run.analysis[name].values.astype(np.float64))[:10]
        drawn.add_scatter(
            x=list(range(1, len(held) + 1)),
            y=rounded(held),
            mode="lines+markers",
            name=_SHORT[measure],
            line={"color": GREY if measure == "final" else INK, "width": 1.5},
            marker={"symbol": symbol, "size": 8},
            hovertext=[
                f"{MEASURES[measure]}: {i} hold {percent(value)}" for i, value in enumerate(held.tolist(), start=1)
            ],
            hoverinfo="text",
        )
    drawn.add_hline(
        y=0.9,
        line={"color": GREY, "width": 1.2, "dash": "dash"},
        annotation={"text": "90 %", "font": {"color": GREY, "size": 12}},
        annotation_position="bottom right",
    )
    drawn.update_xaxes(title_text="components", dtick=1)
    drawn.update_yaxes(title_text="cumulative variance", tickformat=".0%", range=[0, 1.04])
    return drawn


def _shares(run: Run, measure: str) -> list[float]:
    found = dimension_of(run, measure)
    return [] if found is None else list(found["shares"])


def _worth(shares: dict[str, list[float]]) -> int:
    largest = max((sum(value >= 0.01 for value in values) for values in shares.values()), default=0)
    return min(12, max(4, largest + 1))
