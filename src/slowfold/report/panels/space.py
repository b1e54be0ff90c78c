"""The states that the network visits, in space: for state spaces of three dimensions and more."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.groups import groups_of
from slowfold.report.panels.manifold import add_manifold_in_space
from slowfold.report.panels.trajectories import path_notes
from slowfold.report.scene import coordinates, distinct, evenly, examples, readout_tips
from slowfold.report.theme import INK, PALE, Classes, classes_of, figure, flat
from slowfold.report.wording import rounded
from slowfold.study import Run

__all__ = ["states_in_space"]

# A scene in space is redrawn whole at each turn, so it takes fewer points.
_MOST = 1_200


def states_in_space(run: Run) -> go.Figure:
    """Visited states, end states, examples, readouts, slow manifold and fixed points on three components.

    Args:
        run: A finished run.
    """
    classes, groups = classes_of(run), groups_of(run)
    visited, final, initial = (coordinates(run, name, 3) for name in ("state", "final", "initial"))
    visited = visited[evenly(len(visited), _MOST)]
    drawn = figure(aspect=0.8)
    drawn.add_scatter3d(
        **_at(visited),
        mode="markers",
        name="visited states",
        marker={"color": PALE, "size": 2, "opacity": 0.5},
        hoverinfo="skip",
    )
    add_manifold_in_space(drawn, run)
    belongs, rows = groups.of(run.analysis["final_label"].values), evenly(len(final), _MOST)
    for group, name in enumerate(groups.shown.names):
        drawn.add_scatter3d(
            **_at(final[rows[belongs[rows] == group]]),
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=groups.shown.few,
            marker={"color": groups.shown.colours[group], "size": 3, "opacity": 0.6},
            hovertext=f"{name}: end of a document",
            hoverinfo="text",
        )
    for path in examples(run, 3):
        drawn.add_scatter3d(
            **_at(path.states),
            mode="lines+markers",
            legendgroup=groups.shown.names[path.group],
            showlegend=False,
            line={"color": groups.shown.colours[path.group], "width": 3},
            marker={"color": groups.shown.colours[path.group], "size": 2},
            hovertext=path_notes(path, groups.shown),
            hoverinfo="text",
        )
    tips = readout_tips(run, 3)
    for label, tip in enumerate(tips):
        drawn.add_scatter3d(
            x=[0, *rounded(tip[:1])],
            y=[0, *rounded(tip[1:2])],
            z=[0, *rounded(tip[2:])],
            mode="lines",
            legendgroup=classes.names[label],
            showlegend=False,
            line={"color": classes.colours[label], "width": 7},
            hovertext=f"readout of {classes.names[label]}",
            hoverinfo="text",
        )
    points = distinct(run, "mean")
    if len(points):
        drawn.add_scatter3d(
            **_at(points.at),
            mode="markers",
            name="fixed points, mean input",
            marker={
                "symbol": ["circle" if sort == "stable" else "diamond" for sort in points.sort],
                "color": INK,
                "size": 4,
            },
            hovertext=list(points.note),
            hoverinfo="text",
        )
    drawn.add_scatter3d(
        **_at(initial[None]),
        mode="markers",
        name="initial state",
        marker={"symbol": "square", "color": INK, "size": 5},
        hovertext="initial state",
        hoverinfo="text",
    )
    drawn.update_layout(
        legend_itemsizing="constant",
        scene={
            "xaxis": flat("PC 1"),
            "yaxis": flat("PC 2"),
            "zaxis": flat("PC 3"),
            "aspectmode": "data",
            "camera": {"eye": {"x": 1.25, "y": 1.25, "z": 0.8}, "center": {"x": 0, "y": 0, "z": -0.12}},
            "dragmode": "turntable",
            # A scene shows the texts of its traces with their entities as they stand, those of annotations properly.
            "annotations": [_named(tip, classes, label) for label, tip in enumerate(tips)],
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )
    return drawn


def _named(tip: NDArray[np.float64], classes: Classes, label: int) -> dict[str, Any]:
    return {
        **dict(zip("xyz", rounded(tip), strict=True)),
        "text": f"<b>{classes.names[label]}</b>",
        "font": {"color": classes.colours[label], "size": 13},
        "showarrow": False,
        "yshift": 9,
    }


def _at(points: NDArray[np.float64]) -> dict[str, list[float | None]]:
    return {name: rounded(points[:, axis]) for axis, name in enumerate("xyz")}
