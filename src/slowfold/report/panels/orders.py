"""Where reading ends with the words in their order, and in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float64

from slowfold.report.groups import groups_of
from slowfold.report.rereading import logits_at, network_of, sample_of
from slowfold.report.scene import aspect, axis_title, evenly, frame
from slowfold.report.theme import INK, figure
from slowfold.report.wording import rounded
from slowfold.study import Run

__all__ = ["Shuffled", "shuffled_ends", "shuffled_of"]

_SEED = 0
# More lines than this are a blot.
_MOST = 200


@dataclass(frozen=True)
class Shuffled:
    """The ends of documents with their words in order and in another.

    Attributes:
        ordered: Where each ends, on two components, [document, 2].
        shuffled: Where its words end in random order, [document, 2].
        alike: The share of documents that are decided alike.
        away: How far apart the two ends are, over the length of the first, in the mean.
    """

    ordered: Float64[np.ndarray, "document 2"]
    shuffled: Float64[np.ndarray, "document 2"]
    alike: float
    away: float


def shuffled_of(run: Run) -> Shuffled:
    """Reads the documents that the run keeps twice: as they are, and each with its words in random order.

    Args:
        run: A finished run.
    """
    analysis, network, sample = run.analysis, network_of(run), sample_of(run)
    ends = [network.final_states(one).double().numpy() for one in (sample, sample.shuffled_words(seed=_SEED))]
    read, axes = analysis["read"].values, analysis["axes"].values[:2].astype(np.float64)
    places = [(states[:, read] - analysis["mean"].values) @ axes.T for states in ends]
    ordered, shuffled = (np.pad(place, [(0, 0), (0, 2 - place.shape[1])]) for place in places)
    several = run.summary["task"]["kind"] == "multilabel"
    evidence = [logits_at(run, states) for states in ends]
    decided = [one > 0 if several else one.argmax(axis=1)[:, None] for one in evidence]
    lengths = np.linalg.norm(ends[0][:, read], axis=1)
    return Shuffled(
        ordered=ordered,
        shuffled=shuffled,
        alike=float((decided[0] == decided[1]).all(axis=1).mean()),
        away=float((np.linalg.norm(ends[1][:, read] - ends[0][:, read], axis=1) / np.maximum(lengths, 1e-12)).mean()),
    )


def shuffled_ends(run: Run, found: Shuffled | None = None) -> go.Figure:
    """The end state of each document, filled, and of the same words in random order, hollow, a line between them.

    Args:
        run: A finished run.
        found: What :func:`shuffled_of` found, if that is known.
    """
    found = shuffled_of(run) if found is None else found
    groups = groups_of(run)
    belongs = groups.of(run.analysis["document_label"].values)
    rows = evenly(len(found.ordered), _MOST)
    ranges = frame(found.ordered, found.shuffled, room=0.06)
    drawn = figure(aspect=aspect(ranges), equal=True)
    for symbol, name in (("circle", "in order"), ("circle-open", "shuffled")):
        drawn.add_scatter(
            x=[None], y=[None], mode="markers", name=name, marker={"symbol": symbol, "color": INK}, hoverinfo="skip"
        )
    for group, name in enumerate(groups.shown.names):
        own = rows[belongs[rows] == group]
        if not len(own):
            continue
        ends = np.stack([found.ordered[own], found.shuffled[own], np.full((len(own), 2), np.nan)], axis=1)
        ways = ends.reshape(-1, 2)
        drawn.add_scatter(
            x=rounded(ways[:, 0]),
            y=rounded(ways[:, 1]),
            mode="lines+markers",
            showlegend=False,
            line={"color": groups.shown.colours[group], "width": 0.8},
            marker={
                "symbol": ["circle", "circle-open", "circle"] * len(own),
                "size": 6,
                "color": groups.shown.colours[group],
            },
            hovertext=[
                f"document {row + 1}, {name}: {how}" for row in own.tolist() for how in ("in order", "shuffled", "")
            ],
            hoverinfo="text",
        )
    drawn.update_xaxes(title_text=axis_title(run, 1), range=ranges[0])
    drawn.update_yaxes(title_text=axis_title(run, 2), range=ranges[1])
    return drawn
