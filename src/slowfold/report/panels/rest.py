"""The fixed points and ghosts at one held input, over the visited states and the slow manifold."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from slowfold.report.groups import groups_of
from slowfold.report.panels.manifold import add_manifold
from slowfold.report.panels.trajectories import add_visited
from slowfold.report.scene import SYMBOLS, aspect, axis_title, coordinates, distinct, frame
from slowfold.report.theme import GREY, INK, PAPER, figure
from slowfold.report.wording import plural, rounded
from slowfold.study import Run

__all__ = ["fixed_points"]

# In the order drawn: a stable point lies over the saddle beside it.
# More numbers than this would hide each other.
_NUMBERED = 25


def fixed_points(run: Run, held: str = "mean") -> go.Figure:
    """The distinct fixed points and ghosts, in the colour of what is decided there, their shape telling their sort.

    The slow manifold, which is that at the mean input, lies under those at the mean input.

    Args:
        run: A finished run.
        held: The input held: ``"mean"`` or ``"zero"``.
    """
    groups = groups_of(run).shown
    points = distinct(run, held)
    at, sorts = points.at[:, :2], np.array(points.sort, dtype=object)
    both = [coordinates(run, f"{one}_point_on_components") for one in ("zero", "mean")]
    # Both inputs get the same window, so that they can be laid side by side.
    ranges = frame(coordinates(run, "state"), *both, at)
    drawn = figure(aspect=min(1.0, aspect(ranges) + 0.08), equal=True)
    add_visited(drawn, run)
    if held == "mean":
        add_manifold(drawn, run)
    for sort, symbol in SYMBOLS.items():
        rows = np.flatnonzero(sorts == sort)
        if not len(rows):
            continue
        numbered = sort == "saddle" and len(rows) <= _NUMBERED
        drawn.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=_name(sort, len(rows)),
            marker={"symbol": symbol, "color": INK, "size": 9},
            hoverinfo="skip",
        )
        drawn.add_scatter(
            x=rounded(at[rows, 0]),
            y=rounded(at[rows, 1]),
            mode="markers+text" if numbered else "markers",
            showlegend=False,
            marker={
                "symbol": symbol,
                "color": [groups.colours[group] for group in points.predicted[rows]],
                "size": 18 if numbered else 14 if len(rows) <= _NUMBERED else 10,
                "line": {"color": PAPER, "width": 1.5} if sort != "ghost" else {"width": 2},
            },
            text=[str(points.unstable[row]) for row in rows] if numbered else None,
            textfont={"color": PAPER, "size": 11},
            hovertext=[f"{points.note[row]}<br>predicts {groups.names[points.predicted[row]]}" for row in rows],
            hoverinfo="text",
        )
    if not len(points):
        drawn.add_annotation(
            text="no fixed point was found", showarrow=False, x=0.5, y=0.96, xref="paper", yref="paper", font_color=GREY
        )
    drawn.update_layout(legend_itemsizing="constant")
    drawn.update_xaxes(title_text=axis_title(run, 1).split(" (")[0], range=ranges[0])
    drawn.update_yaxes(title_text=axis_title(run, 2).split(" (")[0], range=ranges[1])
    return drawn


def _name(sort: str, count: int) -> str:
    return {
        "stable": f"{count} stable",
        "saddle": plural(count, "saddle"),
        "degenerate": f"{count} degenerate",
        "ghost": plural(count, "ghost"),
    }[sort]
