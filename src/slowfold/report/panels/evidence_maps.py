"""The evidence for each class over the slow manifold, and what is decided where on the plane."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float64

from slowfold.report.groups import groups_of
from slowfold.report.rereading import logits_at
from slowfold.report.scene import aspect, axis_title, coordinates, frame
from slowfold.report.theme import GREY, INK, PAPER, classes_of, figure
from slowfold.report.wording import number, rounded
from slowfold.study import Run

__all__ = ["MOST_MAPS", "decisions", "logits"]

MOST_MAPS = 8
"""Of so many classes the evidence is drawn."""


def logits(run: Run, label: int = 0) -> go.Figure:
    """The evidence for one class, against the mean of all, at states of the slow manifold.

    Args:
        run: A finished run.
        label: Which class or label.
    """
    classes = classes_of(run)
    at, shown = _on_manifold(run)
    ranges = frame(at, room=0.08) if len(at) else ([-1.0, 1.0], [-1.0, 1.0])
    drawn = figure(aspect=aspect(ranges), equal=True)
    if len(at):
        reach = float(np.quantile(np.abs(shown), 0.99)) or 1.0
        drawn.add_scatter(
            x=rounded(at[:, 0]),
            y=rounded(at[:, 1]),
            mode="markers",
            showlegend=False,
            marker={
                "size": 6,
                "color": rounded(shown[:, label]),
                "cmin": -reach,
                "cmax": reach,
                "colorscale": [[0, PAPER], [0.5, _faint(classes.colours[label])], [1, classes.colours[label]]],
                "line": {"color": GREY, "width": 0.3},
                "colorbar": {
                    "orientation": "h",
                    "x": 0,
                    "xanchor": "left",
                    "y": 1.01,
                    "yanchor": "bottom",
                    "len": 0.55,
                    "thickness": 8,
                    "outlinewidth": 0,
                    "tickfont": {"color": GREY, "size": 10},
                    "ticksuffix": " nats",
                    "showticksuffix": "last",
                },
            },
            hovertext=[f"{classes.names[label]}: {number(value)} nats" for value in shown[:, label].tolist()],
            hoverinfo="text",
        )
    # Small and several: the axes are those of the decisions beside them.
    drawn.update_xaxes(range=ranges[0])
    drawn.update_yaxes(range=ranges[1])
    return drawn


def decisions(run: Run) -> go.Figure:
    """What the readout decides over the plane of two components, with its borders, and where test documents end.

    Args:
        run: A finished run.
    """
    analysis, groups = run.analysis, groups_of(run)
    has_regions = "region" in analysis
    x, y = (
        analysis[f"region_{axis}"].values if has_regions else coordinates(run, "final")[:, row]
        for row, axis in enumerate("xy")
    )
    ranges = frame(np.stack([[x.min(), y.min()], [x.max(), y.max()]]), room=0.0)
    drawn = figure(aspect=aspect(ranges), equal=True)
    if has_regions:
        decided = analysis["region"].values.astype(np.int64)
        if groups.by != "class":
            bits = (decided.reshape(-1, 1) >> np.arange(groups.labels)) & 1
            decided = groups.of(bits).reshape(decided.shape)
        drawn.add_heatmap(
            x=rounded(x),
            y=rounded(y),
            z=decided.tolist(),
            zmin=0,
            zmax=max(1, len(groups) - 1),
            colorscale=_steps(groups.shown.colours),
            showscale=False,
            opacity=0.4,
            hovertext=[[groups.shown.names[group] for group in row] for row in decided.tolist()],
            hoverinfo="text",
        )
        ends = analysis["border_ends"].values
        gaps = np.concatenate([ends, np.full((len(ends), 1, 2), np.nan)], axis=1).reshape(-1, 2)
        drawn.add_scatter(
            x=rounded(gaps[:, 0]),
            y=rounded(gaps[:, 1]),
            mode="lines",
            showlegend=False,
            line={"color": INK, "width": 1.2},
            hoverinfo="skip",
        )
    drawn.update_xaxes(title_text=axis_title(run, 1), range=ranges[0], showgrid=False)
    drawn.update_yaxes(title_text=axis_title(run, 2), range=ranges[1], showgrid=False)
    return drawn


def _on_manifold(run: Run) -> tuple[Float64[np.ndarray, "state 2"], Float64[np.ndarray, "state class"]]:
    """The points of the slow manifold that were reached, and the evidence there."""
    analysis = run.analysis
    classes = analysis.sizes["class"]
    if "manifold_reached" not in analysis or not (reached := analysis["manifold_reached"].values == 1).any():
        return np.zeros((0, 2)), np.zeros((0, classes))
    evidence = logits_at(run, analysis["manifold_state"].values[reached].astype(np.float64))
    if run.summary["task"]["kind"] != "multilabel":
        evidence = evidence - evidence.mean(axis=1, keepdims=True)
    return coordinates(run, "manifold_on_components")[reached], evidence


def _steps(colours: tuple[str, ...]) -> list[list[float | str]]:
    """A colour scale without transitions: so many colours, each for its own number."""
    if len(colours) == 1:
        return [[0, colours[0]], [1, colours[0]]]
    edges = [(2 * place + 1) / (2 * (len(colours) - 1)) for place in range(len(colours) - 1)]
    bounds = [0.0, *edges, 1.0]
    return [[bound, colour] for place, colour in enumerate(colours) for bound in bounds[place : place + 2]]


def _faint(colour: str) -> str:
    """The colour at less than half its strength, on whatever paper."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
