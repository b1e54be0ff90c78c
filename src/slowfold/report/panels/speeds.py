"""How fast the state moves over the plane of two components while the mean input is held."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import torch

from slowfold.report.rereading import hold_mean, plane_of
from slowfold.report.scene import SYMBOLS, aspect, axis_title, coordinates, distinct, frame
from slowfold.report.theme import GREY, figure
from slowfold.report.wording import rounded
from slowfold.study import Run

__all__ = ["slowness"]

# So many places across; up, as many as make them square.
_PLACES = 96
# Below this, speed is rounding.
_LEAST = 1e-32


def slowness(run: Run) -> go.Figure:
    """The logarithm of the speed q at states of the plane, with the fixed points and ghosts set down in it.

    Args:
        run: A finished run.
    """
    points = distinct(run, "mean")
    ranges = frame(coordinates(run, "state"), points.at[:, :2], room=0.05)
    (left, right), (low, high) = ranges
    up = max(2, round(_PLACES * (high - low) / (right - left)))
    x = left + (np.arange(_PLACES) + 0.5) * (right - left) / _PLACES
    y = low + (np.arange(up) + 0.5) * (high - low) / up
    drawn = figure(aspect=aspect(ranges), equal=True)
    if "mean_input" in run.analysis:
        states = torch.from_numpy(plane_of(run).states(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)))
        held = hold_mean(run)
        speeds = torch.cat([held.speed(part) for part in states.split(4096)]).numpy()
        heights = np.log10(np.maximum(speeds, _LEAST)).reshape(up, _PLACES)
        drawn.add_heatmap(
            x=rounded(x),
            y=rounded(y),
            z=[rounded(row) for row in heights],
            colorscale="Viridis",
            zsmooth="best",
            colorbar={
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.01,
                "yanchor": "bottom",
                "len": 0.5,
                "thickness": 10,
                "outlinewidth": 0,
                "tickfont": {"color": GREY, "size": 11},
                "title": {"text": "log₁₀ q", "font": {"size": 12}, "side": "top"},
            },
            hovertemplate="log₁₀ q = %{z:.1f}<extra></extra>",
        )
    sorts = np.array(points.sort, dtype=object)
    for sort, symbol in SYMBOLS.items():
        rows = np.flatnonzero(sorts == sort)
        if not len(rows):
            continue
        drawn.add_scatter(
            x=rounded(points.at[rows, 0]),
            y=rounded(points.at[rows, 1]),
            mode="markers",
            showlegend=False,
            # White on viridis whatever the paper is: these two are no colours of the theme.
            marker={"symbol": symbol, "color": "#fefefe", "size": 11, "line": {"color": "#010101", "width": 1.5}},
            hovertext=[points.note[row] for row in rows],
            hoverinfo="text",
        )
    drawn.update_xaxes(title_text=axis_title(run, 1), range=ranges[0], showgrid=False)
    drawn.update_yaxes(title_text=axis_title(run, 2), range=ranges[1], showgrid=False)
    return drawn
