"""The fixed points of one run beside those of others: where they lie, and which of them each saddle leads to."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from slowfold.geometry.comparison import Topology
from slowfold.report.groups import groups_of
from slowfold.report.labels import place_labels
from slowfold.report.scene import SYMBOLS, distinct, frame
from slowfold.report.theme import GREY, PAPER, figure
from slowfold.report.wording import plain, plural, rounded
from slowfold.study import Run
from slowfold.study.records.searching import count_saddles

__all__ = ["WIDTH", "graph_caption", "point_graph"]

WIDTH = 300.0
"""The width of such a figure on a wide page, pixels: names beside points are laid out for it."""

# Of more points the names of the classes would hide the points.
_NAMED = 12
_LONGEST = 14


def point_graph(run: Run, graph: Topology | None, colour: str) -> go.Figure:
    """The distinct fixed points at the mean input on the first two components, with an arrow from each saddle.

    Args:
        run: A finished run.
        graph: Which point leads where, in the order of analysis.nc; None where that is not known.
        colour: The colour of the run.
    """
    points, groups = distinct(run, "mean"), groups_of(run).shown
    count = sum(sort != "ghost" for sort in points.sort)
    at, sorts = points.at[:count, :2], np.array(points.sort[:count], dtype=object)
    # The window is that of the points: what is compared is how they lie to each other.
    ranges = _square(*frame(at, room=0.22)) if count else ([-1.0, 1.0], [-1.0, 1.0])
    drawn = figure(aspect=0.95, equal=True)
    if graph is not None and len(graph.unstable) == count:
        for begin, end in graph.leads_to.nonzero().tolist():
            _arrow(drawn, at[begin].tolist(), at[end].tolist(), colour)
    for sort, symbol in SYMBOLS.items():
        rows = np.flatnonzero(sorts == sort)
        if not len(rows):
            continue
        numbered = sort == "saddle" and len(rows) <= _NAMED
        drawn.add_scatter(
            x=rounded(at[rows, 0]),
            y=rounded(at[rows, 1]),
            mode="markers+text" if numbered else "markers",
            showlegend=False,
            marker={
                "symbol": symbol,
                "color": PAPER if sort == "saddle" else colour,
                "size": 17 if numbered else 13 if count <= _NAMED else 9,
                "line": {"color": colour, "width": 1.5},
            },
            text=[str(points.unstable[row]) for row in rows] if numbered else None,
            textfont={"color": colour, "size": 10},
            hovertext=[f"{points.note[row]}<br>predicts {groups.names[points.predicted[row]]}" for row in rows],
            hoverinfo="text",
        )
    stable = np.flatnonzero(sorts == "stable") if count <= _NAMED else np.zeros(0, dtype=np.int64)
    names = [plain(groups.names[points.predicted[row]], _LONGEST) for row in stable]
    for label in place_labels(at[stable], names, (ranges[0][1] - ranges[0][0]) / WIDTH, (ranges[0][0], ranges[0][1])):
        x, y = at[stable[label.row]].tolist()
        drawn.add_annotation(
            x=x,
            y=y,
            text=names[label.row],
            showarrow=False,
            font={"color": GREY, "size": 11},
            xanchor=label.xanchor,
            yanchor=label.yanchor,
            yshift=label.shift + {"bottom": 9, "top": -9}.get(label.yanchor, 0),
            xshift={"left": 10, "right": -10}.get(label.xanchor, 0) if label.yanchor == "middle" else 0,
        )
    if not count:
        drawn.add_annotation(
            text="no fixed point was found", showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper", font_color=GREY
        )
    drawn.update_xaxes(range=ranges[0], showticklabels=False, ticks="", showgrid=False, title_text="PC 1")
    drawn.update_yaxes(range=ranges[1], showticklabels=False, ticks="", showgrid=False, title_text="PC 2")
    return drawn


def graph_caption(run: Run) -> str:
    """What is drawn, in a few words."""
    entry = next((one for one in run.summary["fixed_points"] if one["input"] == "mean"), None)
    if entry is None or not entry["distinct"]:
        return "no fixed point"
    degenerate = entry["distinct_degenerate"]
    beside = f", {degenerate} degenerate" if degenerate else ""
    return f"{entry['stable']} stable, {plural(count_saddles(entry), 'saddle')}{beside}"


def _square(across: list[float], up: list[float]) -> tuple[list[float], list[float]]:
    """Two ranges of the same length, so that the figures of all runs are of one size."""
    half = max(across[1] - across[0], up[1] - up[0]) / 2
    middles = [sum(ends) / 2 for ends in (across, up)]
    return [middles[0] - half, middles[0] + half], [middles[1] - half, middles[1] + half]


def _arrow(drawn: go.Figure, begin: list[float], end: list[float], colour: str) -> None:
    """A line from one point to another with a head; a trace, for on a narrow page notes make way for each other."""
    drawn.add_scatter(
        x=rounded([begin[0], end[0]]),
        y=rounded([begin[1], end[1]]),
        mode="lines+markers",
        line={"color": colour, "width": 1.3},
        marker={"symbol": "arrow", "angleref": "previous", "color": colour, "size": [0, 12], "standoff": [0, 8]},
        opacity=0.75,
        showlegend=False,
        hoverinfo="skip",
    )
