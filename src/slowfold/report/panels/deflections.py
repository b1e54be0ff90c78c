"""What single words do to the state: F(h, w) - h."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.labels import WIDTH, place_labels
from slowfold.report.scene import MOST_DRAWN, aspect, coordinates, evenly, frame
from slowfold.report.theme import GREY, PAPER, classes_of, figure
from slowfold.report.wording import number, plain, rounded
from slowfold.study import Run

__all__ = ["words"]


def words(run: Run) -> go.Figure:
    """Mean moves as lines from 0, named by their word, over the single moves; in the colour the word speaks for.

    Args:
        run: A finished run.
    """
    analysis, classes = run.analysis, classes_of(run)
    means, moves = coordinates(run, "word_mean_move"), coordinates(run, "word_move")
    favours = analysis["word_favours"].values
    names = [plain(str(word)) for word in analysis["word"].values]
    ranges = _window(means, moves)
    drawn = figure(aspect=aspect(ranges), equal=True)
    kept = evenly(moves.shape[1], max(6, MOST_DRAWN // max(1, len(names))))
    colours = [GREY if label < 0 else classes.colours[label] for label in favours.tolist()]
    for label in sorted(set(favours.tolist())):
        name = "common words" if label < 0 else f"for {classes.names[label]}"
        rows = np.flatnonzero(favours == label)
        cloud = moves[rows][:, kept].reshape(-1, 2)
        drawn.add_scatter(
            x=rounded(cloud[:, 0]),
            y=rounded(cloud[:, 1]),
            mode="markers",
            legendgroup=name,
            showlegend=False,
            marker={"color": colours[rows[0]], "size": 3, "opacity": 0.22},
            hoverinfo="skip",
        )
        drawn.add_scatter(
            x=[None],
            y=[None],
            mode="lines",
            name=name,
            legendgroup=name,
            showlegend=classes.few,
            line={"color": colours[rows[0]], "width": 2.5},
            hoverinfo="skip",
        )
    for row, label in enumerate(favours.tolist()):
        x, y = means[row]
        drawn.add_scatter(
            x=[0, *rounded([x])],
            y=[0, *rounded([y])],
            mode="lines+markers",
            legendgroup="common words" if label < 0 else f"for {classes.names[label]}",
            showlegend=False,
            line={"color": colours[row], "width": 2.2},
            marker={"symbol": ["circle", "arrow"], "size": [0, 10], "angleref": "previous", "color": colours[row]},
            hovertext=_note(run, row, names[row], label, classes.names),
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


def _window(means: NDArray[np.float64], moves: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    # A few moves are far longer than the rest; the window holds the means, and all but the longest hundredth.
    cloud = moves.reshape(-1, 2)
    near = np.stack([np.quantile(cloud, 0.01, axis=0), np.quantile(cloud, 0.99, axis=0)])
    return frame(means, near, np.zeros((1, 2)), room=0.1)


def _note(run: Run, row: int, name: str, label: int, classes: tuple[str, ...]) -> str:
    evidence = run.analysis["word_evidence"].values[row]
    length = float(run.analysis["word_length"].values[row])
    best = evidence.argmax() if label < 0 else label
    amount = float(evidence[best])
    spoken = f"{amount:+.2f} nats for {classes[best]}" if math.isfinite(amount) else ""
    return f"<b>{name}</b><br>mean move {number(length)} in all units<br>{spoken}"
