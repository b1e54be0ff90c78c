"""Where reading ends with the words in their order, and in another."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from slowfold.report.groups import groups_of
from slowfold.report.rereading import Shuffled, shuffled_of
from slowfold.report.scene import aspect, axis_title, evenly, frame
from slowfold.report.theme import INK, figure
from slowfold.report.wording import rounded
from slowfold.study import Run

__all__ = ["shuffled_ends"]

# More lines than this are a blot.
_MOST = 200


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
