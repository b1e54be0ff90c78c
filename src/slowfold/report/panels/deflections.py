"""What single words do to the state: F(h, w) - h."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.labels import WIDTH, place_labels
from slowfold.report.scene import MOST_DRAWN, aspect, coordinates, evenly, frame
from slowfold.report.theme import GREY, PAPER, Classes, classes_of, figure
from slowfold.report.wording import number, plain, rounded
from slowfold.study import Run

__all__ = ["words"]


@dataclass(frozen=True)
class _Side:
    """The words that say the same: for a class, or, where labels do not exclude each other, against one.

    Attributes:
        name: What they are called.
        colour: The colour of the class; grey for words that say little.
        dash: How their lines are drawn: those against a label are broken.
        rows: Which words.
    """

    name: str
    colour: str
    dash: str
    rows: NDArray[np.int64]


def words(run: Run) -> go.Figure:
    """Mean moves as lines from 0, named by their word, over the single moves; in the colour the word speaks for.

    Args:
        run: A finished run.
    """
    classes = classes_of(run)
    means, moves = coordinates(run, "word_mean_move"), coordinates(run, "word_move")
    names = [plain(str(word)) for word in run.analysis["word"].values]
    ranges = _window(means, moves)
    drawn = figure(aspect=aspect(ranges), equal=True)
    kept = evenly(moves.shape[1], max(6, MOST_DRAWN // max(1, len(names))))
    colours = [GREY] * len(names)
    for side in _sides(run, classes):
        cloud = moves[side.rows][:, kept].reshape(-1, 2)
        drawn.add_scatter(
            x=rounded(cloud[:, 0]),
            y=rounded(cloud[:, 1]),
            mode="markers",
            legendgroup=side.name,
            showlegend=False,
            marker={"color": side.colour, "size": 3, "opacity": 0.22},
            hoverinfo="skip",
        )
        drawn.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            name=side.name,
            legendgroup=side.name,
            showlegend=classes.few,
            line={"color": side.colour, "width": 2.5, "dash": side.dash},
            hoverinfo="skip",
        )
        for row in side.rows.tolist():
            colours[row] = side.colour
            drawn.add_scatter(
                x=[0, *rounded(means[row, :1])],
                y=[0, *rounded(means[row, 1:])],
                mode="lines+markers",
                legendgroup=side.name,
                showlegend=False,
                line={"color": side.colour, "width": 2.2, "dash": side.dash},
                marker={
                    "symbol": ["circle", "arrow"],
                    "size": [0, 13],
                    "angleref": "previous",
                    "color": side.colour,
                    # Of marks of several sizes plotly makes pale bubbles with a rim.
                    "opacity": 1,
                    "line": {"width": 0},
                },
                hovertext=_note(run, row, names[row], classes.names),
                hoverinfo="text",
            )
    for placed in place_labels(means, names, (ranges[0][1] - ranges[0][0]) / WIDTH, (ranges[0][0], ranges[0][1])):
        drawn.add_annotation(
            x=float(means[placed.row, 0]),
            y=float(means[placed.row, 1]),
            text=names[placed.row],
            showarrow=False,
            font={"color": colours[placed.row], "size": 12},
            xanchor=placed.xanchor,
            yanchor=placed.yanchor,
            yshift=placed.shift,
            bgcolor=PAPER,
            opacity=0.85,
            borderpad=1,
        )
    drawn.update_xaxes(title_text="move along PC 1", range=ranges[0])
    drawn.update_yaxes(title_text="move along PC 2", range=ranges[1])
    return drawn


def _sides(run: Run, classes: Classes) -> list[_Side]:
    """The words in the order in which they are drawn: those that say little first."""
    favours = run.analysis["word_favours"].values
    evidence = run.analysis["word_evidence"].values
    against = np.zeros(len(favours), dtype=bool)
    if run.summary["task"]["kind"] == "multilabel":
        against = (favours >= 0) & (evidence[np.arange(len(favours)), favours] < 0)
    sides = [_Side("common words", GREY, "solid", np.flatnonzero(favours < 0))]
    for label, (name, colour) in enumerate(zip(classes.names, classes.colours, strict=True)):
        for which, dash, rows in (("for", "solid", ~against), ("against", "dash", against)):
            sides.append(_Side(f"{which} {name}", colour, dash, np.flatnonzero((favours == label) & rows)))
    return [side for side in sides if len(side.rows)]


def _window(means: NDArray[np.float64], moves: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    # A few moves are far longer than the rest; the window holds the means, and all but the longest hundredth.
    cloud = moves.reshape(-1, 2)
    near = np.stack([np.quantile(cloud, 0.01, axis=0), np.quantile(cloud, 0.99, axis=0)])
    return frame(means, near, np.zeros((1, 2)), room=0.1)


def _note(run: Run, row: int, name: str, classes: tuple[str, ...]) -> str:
    label = int(run.analysis["word_favours"].values[row])
    evidence = run.analysis["word_evidence"].values[row]
    length = float(run.analysis["word_length"].values[row])
    most = int(evidence.argmax()) if label < 0 else label
    amount = float(evidence[most])
    spoken = f"{amount:+.2f} nats for {classes[most]}" if math.isfinite(amount) else ""
    return f"<b>{name}</b><br>mean move {number(length)} in all units<br>{spoken}"
