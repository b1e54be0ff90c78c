"""What a run shows before any text is read: the surface with its regions, points and documents, as two figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.explorer.regions import Plane, find_regions
from slowfold.explorer.slowness import Slowness, measure_slowness
from slowfold.report.groups import Groups, groups_of
from slowfold.report.labels import WIDTH, place_labels
from slowfold.report.panels.manifold import add_manifold, add_manifold_in_space
from slowfold.report.panels.trajectories import add_visited
from slowfold.report.scene import (
    MOST_DRAWN,
    SYMBOLS,
    Distinct,
    axis_title,
    coordinates,
    distinct,
    evenly,
    frame,
    readout_tips,
)
from slowfold.report.theme import GREY, INK, PALE, PAPER, Classes, classes_of, figure, flat
from slowfold.report.wording import rounded
from slowfold.study import Run

__all__ = ["Layer", "draw_plane", "draw_space", "find_layers", "group_of", "window_of"]

Window = tuple[tuple[float, float], tuple[float, float]]

# In the order drawn: a stable point lies over the saddle beside it.
# A scene in space is redrawn whole at each turn, so it takes fewer points.
_MOST_IN_SPACE = 1_200
# Regions lie under everything: a breath of colour is enough.
_TINT = 0.13
# Height over width of the plane: neither a ribbon nor a tower.
_ASPECTS = (0.4, 0.95)
# A third component below this share of the variance is thickness, not shape.
_LEAST_THIRD = 0.02


@dataclass(frozen=True)
class Layer:
    """A part of the figure that can be shown or hidden.

    Attributes:
        name: What its traces are tagged with.
        title: What people read.
        shown: Whether it is shown at first.
    """

    name: str
    title: str
    shown: bool


def find_layers(run: Run) -> list[Layer]:
    """The layers that the run has something to show in, in the order drawn.

    Args:
        run: A finished run.
    """
    has_manifold = "manifold_reached" in run.analysis and bool((run.analysis["manifold_reached"].values == 1).any())
    points = {held: len(distinct(run, held)) for held in ("mean", "zero")}
    listed = [
        Layer("regions", "what is decided where", shown=True),
        Layer("speed", "speed (the stronger the slower)", shown=False) if has_manifold else None,
        Layer("visited", "visited states", shown=False),
        Layer("documents", "where test documents end", shown=True),
        Layer("manifold", "slow manifold", shown=False) if has_manifold else None,
        Layer("readouts", "readouts", shown=True),
        Layer("mean", f"fixed points, mean input ({points['mean']})", shown=True) if points["mean"] else None,
        Layer("zero", f"fixed points, zero input ({points['zero']})", shown=False) if points["zero"] else None,
    ]
    return [layer for layer in listed if layer is not None]


def window_of(run: Run) -> Window:
    """How far the axes of the plane reach: to hold all that is drawn on it.

    Args:
        run: A finished run.
    """
    clouds = [coordinates(run, name) for name in ("state", "final", "initial")]
    points = [distinct(run, held).at[:, :2] for held in ("mean", "zero")]
    across, up = frame(*clouds, *points, 1.06 * readout_tips(run), room=0.04)
    return (across[0], across[1]), (up[0], up[1])


def draw_plane(run: Run) -> go.Figure:
    """The first two components of the visited states; each trace is tagged with its layer in ``meta``.

    Args:
        run: A finished run.
    """
    classes, groups, window = classes_of(run), groups_of(run), window_of(run)
    (left, right), (low, high) = window
    # The page adds the room for the axes, which does not grow with the figure.
    drawn = figure(aspect=float(np.clip((high - low) / (right - left), *_ASPECTS)), equal=True)
    speed = measure_slowness(run, window)
    _tag(drawn, "regions", lambda: _add_regions(drawn, run, groups, window))
    if speed is not None:
        _tag(drawn, "speed", lambda: _add_speed(drawn, speed))
    _tag(drawn, "visited", lambda: add_visited(drawn, run))
    _tag(drawn, "documents", lambda: _add_documents(drawn, run, groups))
    _tag(drawn, "manifold", lambda: add_manifold(drawn, run))
    _tag(drawn, "readouts", lambda: _add_readouts(drawn, readout_tips(run), classes, window))
    for held in ("zero", "mean"):
        _tag(drawn, held, lambda held=held: _add_points(drawn, distinct(run, held), groups, held))
    initial = coordinates(run, "initial")
    drawn.add_scatter(
        x=rounded(initial[:1]),
        y=rounded(initial[1:]),
        mode="markers",
        marker={"symbol": "square", "color": INK, "size": 10, "line": {"color": PAPER, "width": 1.5}},
        hovertext="initial state",
        hoverinfo="text",
        meta="initial",
    )
    drawn.update_traces(showlegend=False)
    drawn.update_xaxes(title_text=axis_title(run, 1), range=list(window[0]))
    drawn.update_yaxes(title_text=axis_title(run, 2), range=list(window[1]))
    drawn.update_layout(dragmode="pan")
    return drawn


def draw_space(run: Run) -> go.Figure | None:
    """The first three components, or None where the third holds next to nothing.

    Args:
        run: A finished run.
    """
    shares = run.analysis["visited_share"].values
    if len(shares) < 3 or float(shares[2]) < _LEAST_THIRD:
        return None
    classes, groups = classes_of(run), groups_of(run)
    drawn = figure(aspect=0.8)
    visited = coordinates(run, "state", 3)
    _tag(drawn, "visited", lambda: _add_cloud(drawn, visited[evenly(len(visited), _MOST_IN_SPACE)]))
    _tag(drawn, "documents", lambda: _add_documents_in_space(drawn, run, groups))
    _tag(drawn, "manifold", lambda: add_manifold_in_space(drawn, run))
    _tag(drawn, "readouts", lambda: _add_readouts_in_space(drawn, readout_tips(run, 3), classes))
    for held in ("zero", "mean"):
        _tag(drawn, held, lambda held=held: _add_points_in_space(drawn, distinct(run, held), groups, held))
    initial = coordinates(run, "initial", 3)
    drawn.add_scatter3d(
        **_at(initial[None]),
        mode="markers",
        marker={"symbol": "square", "color": INK, "size": 5},
        hovertext="initial state",
        hoverinfo="text",
        meta="initial",
    )
    drawn.update_traces(showlegend=False)
    drawn.update_layout(
        scene={
            "xaxis": flat("PC 1"),
            "yaxis": flat("PC 2"),
            "zaxis": flat("PC 3"),
            "aspectmode": "data",
            "camera": {"eye": {"x": 0.95, "y": 0.95, "z": 0.6}},
            # A scene shows the texts of its traces with their entities as they stand, those of annotations properly.
            "annotations": [
                {
                    **dict(zip("xyz", rounded(tip), strict=True)),
                    "text": f"<b>{name}</b>",
                    "font": {"color": colour, "size": 13},
                    "showarrow": False,
                    "yshift": 9,
                }
                for name, colour, tip in zip(classes.names, classes.colours, readout_tips(run, 3), strict=True)
            ],
            "dragmode": "turntable",
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )
    return drawn


def _tag(drawn: go.Figure, layer: str, add: Callable[[], None]) -> None:
    """Adds traces and marks them as one layer."""
    before = len(cast("tuple[object, ...]", drawn.data))
    add()
    for trace in cast("tuple[Any, ...]", drawn.data)[before:]:
        trace.meta = layer


def _add_regions(drawn: go.Figure, run: Run, groups: Groups, window: Window) -> None:
    """Draws what the readout would decide, were the state on this plane."""
    weight, mean = run.analysis["readout"].values.astype(np.float64), run.analysis["mean"].values
    plane = Plane(coordinates(run, "readout_direction"), weight @ mean + run.analysis["readout_bias"].values)
    # The figure can be moved, and equal axes show more than was asked for along one of them.
    roomy = tuple((low - (high - low), high + (high - low)) for low, high in window)
    several = run.summary["task"]["kind"] == "multilabel"
    for region in find_regions(plane, (roomy[0], roomy[1]), several=several):
        corners = np.vstack([region.corners, region.corners[:1]])
        drawn.add_scatter(
            x=rounded(corners[:, 0]),
            y=rounded(corners[:, 1]),
            mode="lines",
            fill="toself",
            fillcolor=groups.shown.colours[group_of(groups, region.labels)],
            opacity=_TINT,
            line={"width": 0},
            hoverinfo="skip",
        )


def group_of(groups: Groups, labels: Sequence[int]) -> int:
    """The group of what is decided: one class, or any number of labels.

    Args:
        groups: The groups of a run.
        labels: The class alone, or the labels.
    """
    if groups.by == "class":
        return labels[0]
    has = np.zeros((1, groups.labels), dtype=np.int64)
    has[0, list(labels)] = 1
    return int(groups.of(has)[0])


def _add_speed(drawn: go.Figure, slowness: Slowness) -> None:
    drawn.add_heatmap(
        x=rounded(slowness.across),
        y=rounded(slowness.up),
        z=[rounded(row) for row in slowness.speed],
        colorscale=[[0, INK], [0.35, GREY], [1, PAPER]],
        opacity=0.55,
        zsmooth="best",
        showscale=False,
        hoverinfo="skip",
    )


def _add_documents(drawn: go.Figure, run: Run, groups: Groups) -> None:
    final = coordinates(run, "final")
    for name, colour, rows in _by_group(run, groups, MOST_DRAWN):
        drawn.add_scatter(
            x=rounded(final[rows, 0]),
            y=rounded(final[rows, 1]),
            mode="markers",
            marker={"color": colour, "size": 4.5, "opacity": 0.32},
            hovertext=name,
            hoverinfo="text",
        )


def _add_documents_in_space(drawn: go.Figure, run: Run, groups: Groups) -> None:
    final = coordinates(run, "final", 3)
    for name, colour, rows in _by_group(run, groups, _MOST_IN_SPACE):
        drawn.add_scatter3d(
            **_at(final[rows]),
            mode="markers",
            marker={"color": colour, "size": 2, "opacity": 0.45},
            hovertext=name,
            hoverinfo="text",
        )


def _by_group(run: Run, groups: Groups, most: int) -> list[tuple[str, str, NDArray[np.int64]]]:
    """What documents are called, their colour, and which they are: a sample of the test documents, group by group."""
    belongs = groups.of(run.analysis["final_label"].values)
    rows = evenly(len(belongs), most)
    return [
        (f"{name}: end of a test document", groups.shown.colours[group], rows[belongs[rows] == group])
        for group, name in enumerate(groups.shown.names)
    ]


def _add_readouts(drawn: go.Figure, tips: NDArray[np.float64], classes: Classes, window: Window) -> None:
    """Draws the readouts from the mean of the visited states, each named at its end."""
    for name, colour, tip in zip(classes.names, classes.colours, tips, strict=True):
        drawn.add_scatter(
            x=[0, *rounded(tip[:1])],
            y=[0, *rounded(tip[1:])],
            mode="lines",
            line={"color": colour, "width": 4},
            opacity=0.75,
            hovertext=f"readout of {name}",
            hoverinfo="text",
        )
    pixel = (window[0][1] - window[0][0]) / WIDTH
    for placed in place_labels(tips, list(classes.names), 1.15 * pixel, window[0]):
        drawn.add_annotation(
            x=float(tips[placed.row, 0]),
            y=float(tips[placed.row, 1]),
            text=f"<b>{classes.names[placed.row]}</b>",
            showarrow=False,
            font={"color": classes.colours[placed.row], "size": 14},
            bgcolor=PAPER,
            borderpad=1,
            opacity=0.92,
            xanchor=placed.xanchor,
            yanchor=placed.yanchor,
            yshift=1.15 * placed.shift,
            name="readouts",
        )


def _add_readouts_in_space(drawn: go.Figure, tips: NDArray[np.float64], classes: Classes) -> None:
    for label, tip in enumerate(tips):
        drawn.add_scatter3d(
            x=[0, *rounded(tip[:1])],
            y=[0, *rounded(tip[1:2])],
            z=[0, *rounded(tip[2:])],
            mode="lines",
            line={"color": classes.colours[label], "width": 6},
            hovertext=f"readout of {classes.names[label]}",
            hoverinfo="text",
        )


def _add_points(drawn: go.Figure, points: Distinct, groups: Groups, held: str) -> None:
    """Draws fixed points and ghosts: their shape tells the sort, their colour what is decided there."""
    sorts = np.array(points.sort, dtype=object)
    for sort, symbol in SYMBOLS.items():
        rows = np.flatnonzero(sorts == sort)
        if not len(rows):
            continue
        drawn.add_scatter(
            x=rounded(points.at[rows, 0]),
            y=rounded(points.at[rows, 1]),
            mode="markers",
            marker={
                "symbol": symbol,
                "color": [groups.shown.colours[group] for group in points.predicted[rows]],
                "size": 14,
                "line": {"color": PAPER, "width": 1.5} if sort != "ghost" else {"width": 2},
            },
            hovertext=_point_notes(points, rows, groups, held),
            hoverinfo="text",
        )


def _add_points_in_space(drawn: go.Figure, points: Distinct, groups: Groups, held: str) -> None:
    if not len(points):
        return
    drawn.add_scatter3d(
        **_at(points.at),
        mode="markers",
        marker={
            "symbol": [SYMBOLS[sort] for sort in points.sort],
            "color": [groups.shown.colours[group] for group in points.predicted],
            "size": 6,
        },
        hovertext=_point_notes(points, np.arange(len(points)), groups, held),
        hoverinfo="text",
    )


def _point_notes(points: Distinct, rows: NDArray[np.int64], groups: Groups, held: str) -> list[str]:
    return [
        f"{points.note[row]}<br>predicts {groups.shown.names[points.predicted[row]]}<br>{held} input" for row in rows
    ]


def _add_cloud(drawn: go.Figure, states: NDArray[np.float64]) -> None:
    drawn.add_scatter3d(
        **_at(states), mode="markers", marker={"color": PALE, "size": 2, "opacity": 0.5}, hoverinfo="skip"
    )


def _at(points: NDArray[np.float64]) -> dict[str, list[float | None]]:
    return {name: rounded(points[:, axis]) for axis, name in enumerate("xyz")}
