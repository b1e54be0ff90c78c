"""The figure that the classes make: where each ends in the mean, and how well simplex, cube, line, arc or plane fit."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from slowfold.report.groups import groups_of
from slowfold.report.labels import WIDTH, place_labels
from slowfold.report.scene import aspect, axis_title, coordinates, distinct, frame
from slowfold.report.theme import GREY, INK, PALE, PAPER, figure
from slowfold.report.wording import number, plural, rounded
from slowfold.study import Run

__all__ = ["corners", "figure_fits"]

# Beyond so many corners the lines between them hide everything.
_JOINED = 10


def corners(run: Run) -> go.Figure:
    """The mean final state of each class or combination of labels, joined as the best figure joins them.

    Args:
        run: A finished run whose arrays hold corners.
    """
    analysis, groups = run.analysis, groups_of(run)
    points = distinct(run, "mean")
    if "corner_place" not in analysis:
        return figure(aspect=0.7)
    at, belongs = coordinates(run, "corner_place"), groups.of(analysis["corner_label"].values)
    documents = analysis["corner_documents"].values
    ranges = frame(at, points.at[:, :2], room=0.16)
    drawn = figure(aspect=aspect(ranges), equal=True)
    for one, other in _joined(run, len(at)):
        distance = float(np.linalg.norm(at[one] - at[other]))
        if "corner_distance" in analysis:
            distance = float(analysis["corner_distance"].values[one, other])
        drawn.add_scatter(
            x=rounded(at[[one, other], 0]),
            y=rounded(at[[one, other], 1]),
            mode="lines",
            showlegend=False,
            line={"color": PALE, "width": 1.5},
            hovertext=f"distance {number(distance)} in all units",
            hoverinfo="text",
        )
    drawn.add_scatter(
        x=rounded(points.at[:, 0]),
        y=rounded(points.at[:, 1]),
        mode="markers",
        name="fixed points and ghosts, mean input",
        marker={
            "symbol": ["circle-open" if sort == "ghost" else "diamond" for sort in points.sort],
            "color": GREY,
            "size": 7,
        },
        hovertext=list(points.note),
        hoverinfo="text",
    )
    drawn.add_scatter(
        x=rounded(at[:, 0]),
        y=rounded(at[:, 1]),
        mode="markers",
        showlegend=False,
        marker={
            "color": [groups.shown.colours[group] for group in belongs],
            "size": 15,
            "line": {"color": PAPER, "width": 1.5},
        },
        hovertext=[
            f"mean end of {groups.shown.names[group]}<br>{plural(count, 'document')}"
            for group, count in zip(belongs.tolist(), documents.tolist(), strict=True)
        ],
        hoverinfo="text",
    )
    names = [groups.shown.names[group] for group in belongs]
    pixel = (ranges[0][1] - ranges[0][0]) / WIDTH
    for placed in place_labels(at, names, 2 * pixel, (ranges[0][0], ranges[0][1])):
        drawn.add_annotation(
            x=float(at[placed.row, 0]),
            y=float(at[placed.row, 1]),
            text=f"<b>{names[placed.row]}</b>",
            showarrow=False,
            font={"color": groups.shown.colours[belongs[placed.row]], "size": 13},
            xanchor=placed.xanchor,
            yanchor=placed.yanchor,
            xshift={"left": 9, "center": 0, "right": -9}[placed.xanchor],
            yshift=placed.shift + {"bottom": 8, "middle": 0, "top": -8}[placed.yanchor],
        )
    drawn.update_xaxes(title_text=axis_title(run, 1), range=ranges[0])
    drawn.update_yaxes(title_text=axis_title(run, 2), range=ranges[1])
    return drawn


def figure_fits(run: Run) -> go.Figure:
    """The misfit of each figure, filled, beside that of random corners, hollow.

    Args:
        run: A finished run.
    """
    figures: dict[str, Any] | None = (run.summary.get("shape") or {}).get("figures")
    drawn = figure(aspect=0.62)
    fits = {} if figures is None else {name: fit for name, fit in figures["fits"].items() if fit is not None}
    for key, name, marker in (
        ("by_chance", "random corners, median", {"symbol": "circle-open", "color": GREY, "size": 10}),
        ("misfit", "these corners", {"symbol": "circle", "color": INK, "size": 11}),
    ):
        drawn.add_scatter(
            x=rounded([fit[key] for fit in fits.values()]),
            y=list(fits),
            mode="markers",
            name=name,
            marker=marker,
            hovertext=[
                f"{figured}: misfit {fit['misfit']:.3f}, by chance {fit['by_chance']:.3f}<br>"
                f"score {fit['score']:.2f}, p = {number(fit['p'])}"
                for figured, fit in fits.items()
            ],
            hoverinfo="text",
        )
    drawn.update_xaxes(title_text="misfit (0: exact)", rangemode="tozero")
    drawn.update_yaxes(categoryorder="array", categoryarray=list(fits)[::-1], ticks="", showline=False)
    return drawn


def _joined(run: Run, count: int) -> list[tuple[int, int]]:
    """The corners that are joined: along the arc of ordered classes, of a cube those one label apart, else all."""
    shape, kind = run.summary.get("shape") or {}, run.summary["task"]["kind"]
    labels = run.analysis["corner_label"].values
    if kind == "ordered" and shape.get("arc") is not None:
        place = {int(label): row for row, label in enumerate(labels.tolist())}
        return [(place[one], place[other]) for one, other in pairwise(shape["arc"]["order"])]
    if kind == "multilabel":
        return [pair for pair in combinations(range(count), 2) if np.abs(labels[pair[0]] - labels[pair[1]]).sum() == 1]
    return list(combinations(range(count), 2)) if count <= _JOINED else []
