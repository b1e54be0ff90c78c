"""Nine measures of one dimension, beside what so many classes ask for; and what the word counts ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from slowfold.report.theme import GREY, INK, PALE, PAPER, figure
from slowfold.report.wording import MINUS, number, percent, rounded
from slowfold.study import Run
from slowfold.study.tasks import numbers_needed

__all__ = ["counts", "estimators"]

_CLOUDS: dict[str, tuple[str, dict[str, Any]]] = {
    "visited": ("visited states", {"symbol": "circle", "color": INK}),
    "final": ("final states", {"symbol": "square", "color": GREY}),
    "manifold": ("slow manifold", {"symbol": "diamond", "color": PALE, "line": {"color": GREY, "width": 1.5}}),
    "fixed_points": ("fixed points", {"symbol": "diamond-open", "color": INK}),
}
_MEASURES = {
    "participation_ratio": "participation ratio",
    "for_90": "90 % of variance",
    "for_95": "95 % of variance",
    "for_classes": "N/(N+1) of variance",
    "local": "local participation ratio",
    "10": "Levina-Bickel, 10",
    "50": "Levina-Bickel, 50",
    "100": "Levina-Bickel, 100",
    "correlation": "correlation dimension",
}
_COUNTED = {
    "frequency": ("word frequencies", "square-open", GREY),
    "evidence": ("evidence of words", "diamond-open", GREY),
    "documents": ("evidence of documents", "circle-open", INK),
}
_MOST_COMPONENTS = 10


def estimators(run: Run) -> go.Figure:
    """Nine measures of the dimension of each cloud of states, a row a measure.

    Args:
        run: A finished run, whose summary has the part ``shape``.
    """
    estimates: dict[str, Any] = run.summary["shape"]["estimates"]
    names = list(_MEASURES.values())
    drawn = figure(aspect=0.62)
    for cloud, (name, look) in _CLOUDS.items():
        found = estimates.get(cloud)
        if found is None:
            continue
        values = {key: _value(found, key) for key in _MEASURES}
        kept = [key for key, value in values.items() if value is not None]
        drawn.add_scatter(
            x=rounded([float(values[key] or 0.0) for key in kept]),
            y=[_MEASURES[key] for key in kept],
            mode="markers",
            name=name,
            marker={"size": 9, **look},
            hovertext=[f"{name}, {_MEASURES[key]}: {number(values[key])}" for key in kept],
            hoverinfo="text",
        )
    task = run.summary["task"]
    drawn.add_vline(
        x=numbers_needed(task["kind"], len(task["classes"])),
        line={"color": GREY, "width": 1.2, "dash": "dash"},
        annotation={
            "text": "N" if task["kind"] == "multilabel" else f"N {MINUS} 1",
            "font": {"color": GREY, "size": 12},
        },
        annotation_position="bottom right",
    )
    drawn.update_xaxes(title_text="dimension", rangemode="tozero")
    drawn.update_yaxes(categoryorder="array", categoryarray=names[::-1], ticks="", showline=False)
    return drawn


def counts(run: Run) -> go.Figure:
    """How much of what sets the classes apart in the word counts the first directions hold, counted in three ways.

    Args:
        run: A finished run.
    """
    predicted: dict[str, Any] = run.summary["dimension"]["predicted"]
    drawn = figure(aspect=0.62)
    for measure, (name, symbol, colour) in _COUNTED.items():
        found = predicted.get(measure)
        if found is None or not found["shares"]:
            continue
        held = np.cumsum(found["shares"])[:_MOST_COMPONENTS]
        drawn.add_scatter(
            x=list(range(1, len(held) + 1)),
            y=rounded(held),
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 1.5},
            marker={"symbol": symbol, "size": 9},
            hovertext=[f"{name}: {i} hold {percent(value)}" for i, value in enumerate(held.tolist(), start=1)],
            hoverinfo="text",
        )
    drawn.add_hline(
        y=0.9,
        line={"color": GREY, "width": 1.2, "dash": "dash"},
        annotation={"text": "90 %", "font": {"color": GREY, "size": 12}},
        annotation_position="bottom right",
    )
    drawn.update_xaxes(title_text="directions", dtick=1)
    drawn.update_yaxes(title_text="cumulative variance", tickformat=".0%", range=[0, 1.06])
    drawn.update_layout(plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)", hoverlabel={"bgcolor": PAPER})
    return drawn


def _value(found: dict[str, Any], key: str) -> float | None:
    value = found["levina_bickel"].get(key) if key.isdigit() else found[key]
    return None if value is None else float(value)
