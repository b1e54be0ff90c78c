"""The surface in space: states, fixed points, the ways from saddles, readouts, and a document walking over it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.branches import Branch, branches_of
from slowfold.report.groups import groups_of
from slowfold.report.panels.manifold import add_manifold_in_space
from slowfold.report.scene import SYMBOLS, Distinct, coordinates, distinct, evenly, examples, readout_tips, state_notes
from slowfold.report.theme import GREY, INK, PALE, PAPER, Classes, classes_of, figure, flat
from slowfold.report.wording import plural, rounded
from slowfold.study import Run

__all__ = ["WALK", "states_in_space", "third_share"]

WALK = "walk"
"""What the traces of the document that is stepped through are tagged with: its way so far, and where it is."""

# A scene in space is redrawn whole at each turn, so it takes fewer points.
_MOST = 1_200
# A third component below this share of the variance is thickness, not shape: such a surface is looked at from above.
_THIN = 0.05
# From where a cube of side 1 fills its place.
_DISTANCE = 1.9


def third_share(run: Run) -> float:
    """The share of the variance of the visited states that the third component holds."""
    shares = run.analysis["visited_share"].values
    return float(shares[2]) if len(shares) > 2 else 0.0


def states_in_space(run: Run) -> go.Figure:
    """The surface on three components, at the mean input; the last two traces are the walk of one document.

    Args:
        run: A finished run.
    """
    classes, groups, points = classes_of(run), groups_of(run), distinct(run, "mean")
    visited, final, initial = (coordinates(run, name, 3) for name in ("state", "final", "initial"))
    rows = evenly(len(visited), _MOST)
    drawn = figure(aspect=0.86)
    drawn.add_scatter3d(
        **_at(visited[rows]),
        mode="markers",
        name="visited states",
        marker={"color": PALE, "size": 2, "opacity": 0.5},
        hovertext=state_notes(run, rows),
        hoverinfo="text",
    )
    add_manifold_in_space(drawn, run)
    belongs, rows = groups.of(run.analysis["final_label"].values), evenly(len(final), _MOST)
    for group, name in enumerate(groups.shown.names):
        ends = rows[belongs[rows] == group]
        drawn.add_scatter3d(
            **_at(final[ends]),
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=groups.shown.few,
            marker={"color": groups.shown.colours[group], "size": 2.5, "opacity": 0.45},
            hovertext=[f"end of test document {row + 1}, {name}" for row in ends.tolist()],
            hoverinfo="text",
        )
    _add_branches(drawn, branches_of(run), points)
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
    _add_points(drawn, points, groups.shown)
    drawn.add_scatter3d(
        **_at(initial[None]),
        mode="markers",
        name="initial state",
        marker={"symbol": "square", "color": INK, "size": 5},
        hovertext="initial state",
        hoverinfo="text",
    )
    _add_walk(drawn, run)
    eye = _eye(np.concatenate([visited, final, tips]), third_share(run))
    drawn.update_layout(
        legend={"itemsizing": "constant", "y": 1.0, "yanchor": "bottom", "font": {"size": 11}},
        scene={
            "xaxis": flat("PC 1"),
            "yaxis": flat("PC 2"),
            "zaxis": flat("PC 3"),
            "aspectmode": "data",
            "camera": {"eye": eye, "center": {"x": 0, "y": 0, "z": 0}},
            "dragmode": "turntable",
            # A scene shows the texts of its traces with their entities as they stand, those of annotations properly.
            "annotations": [_named(tip, classes, label) for label, tip in enumerate(tips)],
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )
    return drawn


def _add_branches(drawn: go.Figure, branches: list[Branch], points: Distinct) -> None:
    """Draws the ways from the saddles as thin lines, each saying where it leads."""
    for row, branch in enumerate(branches):
        drawn.add_scatter3d(
            **_at(branch.states),
            mode="lines",
            name="ways from saddles",
            legendgroup="ways from saddles",
            showlegend=row == 0,
            line={"color": INK, "width": 2.5},
            hovertext=f"a way from a saddle {_leads(branch, points)}",
            hoverinfo="text",
        )


def _leads(branch: Branch, points: Distinct) -> str:
    if branch.reached is None:
        return "that comes to no listed point"
    return f"to a {points.sort[branch.reached]} point"


def _add_points(drawn: go.Figure, points: Distinct, groups: Classes) -> None:
    """Draws fixed points and ghosts: their shape tells the sort, their colour what is decided there."""
    sorts = np.array(points.sort, dtype=object)
    for sort, symbol in SYMBOLS.items():
        rows = np.flatnonzero(sorts == sort)
        if not len(rows):
            continue
        drawn.add_scatter3d(
            **_at(points.at[rows]),
            mode="markers",
            name=f"{len(rows)} {sort}" if sort in ("stable", "degenerate") else plural(len(rows), sort),
            marker={
                "symbol": symbol,
                "color": [groups.colours[group] for group in points.predicted[rows]],
                "size": 6,
                # Lines in space have one width of any colour, and an open circle has no other.
                "line": {"color": PAPER, "width": 1} if sort != "ghost" else {"width": 1},
            },
            hovertext=[f"{points.note[row]}<br>predicts {groups.names[points.predicted[row]]}" for row in rows],
            hoverinfo="text",
        )


def _add_walk(drawn: go.Figure, run: Run) -> None:
    """The way of one document and the place it has come to: the page puts others in their place."""
    paths = examples(run, 3)
    states = paths[0].states if paths else coordinates(run, "initial", 3)[None]
    drawn.add_scatter3d(
        **_at(states),
        mode="lines+markers",
        name="one document, word by word",
        line={"color": INK, "width": 4},
        marker={"color": GREY, "size": 2.5},
        hoverinfo="skip",
        meta=WALK,
    )
    drawn.add_scatter3d(
        **_at(states[-1:]),
        mode="markers",
        showlegend=False,
        marker={"color": INK, "size": 9},
        hoverinfo="skip",
        meta=WALK,
    )


def _named(tip: NDArray[np.float64], classes: Classes, label: int) -> dict[str, Any]:
    return {
        **dict(zip("xyz", rounded(tip), strict=True)),
        "text": f"<b>{classes.names[label]}</b>",
        "font": {"color": classes.colours[label], "size": 13},
        "showarrow": False,
        "yshift": 9,
    }


def _eye(shown: NDArray[np.float64], third: float) -> dict[str, float]:
    """Where a scene is seen from: a flat one from above, and each from where it just fills its place."""
    toward = np.array([0.3, -1.05, 1.75]) if third < _THIN else np.array([1.2, 1.2, 0.8])
    sides = np.ptp(shown, axis=0)
    # Of an axis on which all is the same, plotly shows one unit each way; and it makes the box of a scene one of volume
    # 1, so that a flat one is long.
    sides[sides == 0] = 2.0
    reach = np.linalg.norm(sides / np.cbrt(sides.prod())) / np.sqrt(3)
    x, y, z = (_DISTANCE * reach * toward / np.linalg.norm(toward)).round(3).tolist()
    return {"x": x, "y": y, "z": z}


def _at(points: NDArray[np.float64]) -> dict[str, list[float | None]]:
    return {name: rounded(points[:, axis]) for axis, name in enumerate("xyz")}
