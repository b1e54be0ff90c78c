"""The states that the network visits, on their first two principal components."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.groups import groups_of
from slowfold.report.labels import WIDTH, place_labels
from slowfold.report.scene import (
    Path,
    aspect,
    axis_title,
    coordinates,
    evenly,
    examples,
    frame,
    readout_tips,
    state_notes,
)
from slowfold.report.theme import INK, PALE, PAPER, Classes, classes_of, figure
from slowfold.report.wording import rounded
from slowfold.study import Run

__all__ = ["add_visited", "path_notes", "states"]


def states(run: Run) -> go.Figure:
    """Where reading leads: visited states, end states, an example document a group, readouts and the initial state.

    Args:
        run: A finished run.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, figure 1.
    """
    groups = groups_of(run)
    visited, final, initial = (coordinates(run, name) for name in ("state", "final", "initial"))
    paths, tips = examples(run), readout_tips(run)
    ranges = frame(visited, final, initial, 1.06 * tips, room=0.04)
    drawn = figure(aspect=aspect(ranges), equal=True)
    add_visited(drawn, run)
    belongs = groups.of(run.analysis["final_label"].values)
    rows = evenly(len(final))
    for group, name in enumerate(groups.shown.names):
        ends = final[rows[belongs[rows] == group]]
        drawn.add_scatter(
            x=rounded(ends[:, 0]),
            y=rounded(ends[:, 1]),
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=groups.shown.few,
            marker={"color": groups.shown.colours[group], "size": 5, "opacity": 0.5},
            hovertext=[f"end of test document {row + 1}, {name}" for row in rows[belongs[rows] == group].tolist()],
            hoverinfo="text",
        )
    for path in paths:
        _add_path(drawn, path, groups.shown)
    _add_readouts(drawn, tips, classes_of(run), ranges[0])
    drawn.add_scatter(
        x=rounded(initial[:1]),
        y=rounded(initial[1:]),
        mode="markers",
        name="initial state",
        marker={"symbol": "square", "color": INK, "size": 11, "line": {"color": PAPER, "width": 1.5}},
        hovertext="initial state",
        hoverinfo="text",
    )
    drawn.update_layout(legend_itemsizing="constant")
    drawn.update_xaxes(title_text=axis_title(run, 1), range=ranges[0])
    drawn.update_yaxes(title_text=axis_title(run, 2), range=ranges[1])
    return drawn


def add_visited(drawn: go.Figure, run: Run) -> None:
    """Puts the visited states under what follows, pale."""
    visited = coordinates(run, "state")
    rows = evenly(len(visited))
    visited = visited[rows]
    drawn.add_scatter(
        x=rounded(visited[:, 0]),
        y=rounded(visited[:, 1]),
        mode="markers",
        name="visited states",
        marker={"color": PALE, "size": 4, "opacity": 0.6},
        hovertext=state_notes(run, rows),
        hoverinfo="text",
    )


def _add_readouts(drawn: go.Figure, tips: NDArray[np.float64], classes: Classes, window: list[float]) -> None:
    """Draws the readouts as thick lines from the mean of the visited states, each named at its end."""
    pixel = (window[1] - window[0]) / WIDTH
    for name, colour, tip in zip(classes.names, classes.colours, tips, strict=True):
        drawn.add_scatter(
            x=[0, *rounded(tip[:1])],
            y=[0, *rounded(tip[1:])],
            mode="lines",
            legendgroup=name,
            showlegend=False,
            line={"color": colour, "width": 5},
            hovertext=f"readout of {name}",
            hoverinfo="text",
        )
    for placed in place_labels(tips, list(classes.names), 1.15 * pixel, (window[0], window[1])):
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
        )


def path_notes(path: Path, groups: Classes) -> list[str]:
    """What each state of an example says under the pointer: the word just read, and which step it was."""
    steps = len(path.words)
    return [f"{groups.names[path.group]}: initial state"] + [
        f"<b>{word}</b><br>word {step} of {steps}, a document of {groups.names[path.group]}"
        for step, word in enumerate(path.words, start=1)
    ]


def _add_path(drawn: go.Figure, path: Path, groups: Classes) -> None:
    name, colour = groups.names[path.group], groups.colours[path.group]
    last = len(path.words)
    drawn.add_scatter(
        x=rounded(path.states[:, 0]),
        y=rounded(path.states[:, 1]),
        mode="lines+markers",
        legendgroup=name,
        showlegend=False,
        line={"color": colour, "width": 1.6},
        marker={
            "color": colour,
            "size": [4] * last + [11],
            "line": {"color": PAPER, "width": [0] * last + [1.5]},
        },
        hovertext=path_notes(path, groups),
        hoverinfo="text",
    )
