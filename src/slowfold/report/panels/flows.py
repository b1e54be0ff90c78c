"""Where a single word carries each state of the slow manifold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Float64

from slowfold.geometry import measure_deflections
from slowfold.report.scene import aspect, coordinates, frame, spread_out
from slowfold.report.theme import GREY, PALE, classes_of, figure
from slowfold.report.wording import number, plain, rounded
from slowfold.study import Run

__all__ = ["Flow", "flow", "flows_of"]

# Arrows that a plane takes before they hide each other.
_MOST_ARROWS = 150
# Nine of ten arrows are no longer than this share of the window's width.
_REACH, _MOST = 0.09, 0.9


@dataclass(frozen=True)
class Flow:
    """What one word does to the states of the slow manifold.

    Attributes:
        word: The word, safe for plotly.
        favours: The class or label it says most about; -1 for a word that says little.
        at: The states, on two components, [state, 2].
        moves: F(h, w) - h there, [state, 2].
        length: The median length of the moves in all units.
    """

    word: str
    favours: int
    at: Float64[np.ndarray, "state 2"]
    moves: Float64[np.ndarray, "state 2"]
    length: float


def flows_of(run: Run) -> list[Flow]:
    """The most telling word of all, and the commonest of those that say little, where there is one.

    Args:
        run: A finished run.

    Returns:
        No flow where no slow manifold was found.
    """
    analysis = run.analysis
    if "manifold_reached" not in analysis or not (reached := analysis["manifold_reached"].values == 1).any():
        return []
    network, rows = run.network, _telling(run)
    numbers = {word: number for number, word in enumerate(network.vocabulary.words)}
    names = analysis["word"].values.tolist()
    rows = [row for row in rows if names[row] in numbers]
    if not rows:
        return []
    states = torch.from_numpy(analysis["manifold_state"].values[reached].astype(np.float64))
    inputs = torch.stack([network.word_input(numbers[names[row]]) for row in rows]).detach().cpu()
    moves = measure_deflections(network.cell, states, inputs).moves.numpy()[:, :, analysis["read"].values]
    axes = analysis["axes"].values[:2].astype(np.float64)
    on_plane = moves @ axes.T
    on_plane = np.pad(on_plane, [(0, 0), (0, 0), (0, 2 - on_plane.shape[2])])
    at = coordinates(run, "manifold_on_components")[reached]
    return [
        Flow(
            word=plain(str(names[row])),
            favours=int(analysis["word_favours"].values[row]),
            at=at,
            moves=on_plane[place],
            length=float(np.median(np.linalg.norm(moves[place], axis=1))),
        )
        for place, row in enumerate(rows)
    ]


def flow(run: Run, place: int = 0) -> go.Figure:
    """The moves of one of the words of :func:`flows_of` as arrows over the slow manifold.

    Args:
        run: A finished run.
        place: Which of the words; all are made longer by one factor.
    """
    flows, classes = flows_of(run), classes_of(run)
    if place >= len(flows):
        drawn = figure(aspect=0.7)
        drawn.add_annotation(
            text="no slow manifold was found", showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5
        )
        return drawn
    shown = flows[place]
    ranges = frame(shown.at, room=0.12)
    drawn = figure(aspect=aspect(ranges), equal=True)
    drawn.add_scatter(
        x=rounded(shown.at[:, 0]),
        y=rounded(shown.at[:, 1]),
        mode="markers",
        showlegend=False,
        marker={"color": PALE, "size": 4},
        hoverinfo="skip",
    )
    long = float(np.quantile(np.concatenate([np.linalg.norm(one.moves, axis=1) for one in flows]), _MOST))
    factor = _REACH * (ranges[0][1] - ranges[0][0]) / long if long > 0 else 1.0
    rows = spread_out(shown.at, _MOST_ARROWS)
    tips = shown.at[rows] + factor * shown.moves[rows]
    ways = np.stack([shown.at[rows], tips, np.full_like(tips, np.nan)], axis=1).reshape(-1, 2)
    colour = GREY if shown.favours < 0 else classes.colours[shown.favours]
    lengths = np.linalg.norm(shown.moves[rows], axis=1)
    drawn.add_scatter(
        x=rounded(ways[:, 0]),
        y=rounded(ways[:, 1]),
        mode="lines+markers",
        name=shown.word,
        showlegend=True,
        line={"color": colour, "width": 1.6},
        marker={
            "symbol": ["circle", "arrow", "circle"] * len(rows),
            "size": [0, 11, 0] * len(rows),
            "angleref": "previous",
            "color": colour,
            # Of marks of several sizes plotly makes pale bubbles with a rim.
            "opacity": 1,
            "line": {"width": 0},
        },
        hovertext=[
            f"<b>{shown.word}</b><br>moves the state by {number(length)}" for length in lengths for _ in range(3)
        ],
        hoverinfo="text",
    )
    drawn.update_xaxes(title_text="PC 1", range=ranges[0])
    drawn.update_yaxes(title_text="PC 2", range=ranges[1])
    return drawn


def _telling(run: Run) -> list[int]:
    """The row of the word with the most evidence for its class, and that of the first that says little."""
    favours, evidence = run.analysis["word_favours"].values, run.analysis["word_evidence"].values
    telling, little = np.flatnonzero(favours >= 0), np.flatnonzero(favours < 0)
    rows = [int(telling[np.abs(evidence[telling, favours[telling]]).argmax()])] if len(telling) else []
    return rows + little[:1].tolist()
