"""The readouts of the classes: the angles between them, and their lengths."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from slowfold.geometry import simplex_angle
from slowfold.report.theme import INK, classes_of, figure
from slowfold.report.wording import degrees, rounded, significant
from slowfold.study import Run
from slowfold.text import Kind

__all__ = ["readout_lengths", "readouts", "unrelated_angle"]

# Beyond this many classes the angles do not fit into their cells.
_NUMBERED = 10


def unrelated_angle(kind: Kind, count: int) -> float:
    """The angle of two readouts that have nothing to do with each other, in degrees.

    Classes exclude each other, so that evidence for one is evidence against the others: their readouts stand as far
    apart as can be, like the corners of a regular simplex. Labels do not: theirs are at right angles.

    Example:
        >>> round(unrelated_angle("categorical", 3)), unrelated_angle("multilabel", 3)
        (120, 90.0)
    """
    return 90.0 if kind == "multilabel" else simplex_angle(count)


def readouts(run: Run) -> go.Figure:
    """The angle of every pair, coloured by how far it is from that of readouts that have nothing to do with each other.

    Args:
        run: A finished run.
    """
    classes = classes_of(run)
    angles = run.summary["readouts"]["angles"]
    expected = unrelated_angle(run.summary["task"]["kind"], len(classes))
    places = list(range(len(classes)))
    pairs = [(i, j) for i in range(len(classes)) for j in range(len(classes)) if i != j]
    away = [[None if i == j or angles[i][j] is None else angles[i][j] - expected for j in places] for i in places]
    reach = max(15.0, *(abs(value) for row in away for value in row if value is not None))
    many = len(classes) > _NUMBERED
    drawn = figure(aspect=0.8)
    drawn.add_heatmap(
        x=places,
        y=places,
        z=[[None if value is None else significant(value) for value in row] for row in away],
        zmin=-reach,
        zmax=reach,
        colorscale=[[0, "rgba(213,94,0,0.7)"], [0.5, "rgba(127,127,127,0.08)"], [1, "rgba(0,114,178,0.7)"]],
        showscale=False,
        xgap=2,
        ygap=2,
        hovertext=[
            [
                f"{classes.names[i]} and {classes.names[j]}: {degrees(angles[i][j], 1)}" if i != j else classes.names[i]
                for j in places
            ]
            for i in places
        ],
        hoverinfo="text",
    )
    if not many:
        for i, j in pairs:
            drawn.add_annotation(x=j, y=i, text=degrees(angles[i][j]), showarrow=False, font={"color": INK, "size": 13})
    ticks: dict[str, Any] = {
        "tickvals": places,
        "ticktext": list(classes.names),
        "showgrid": False,
        "ticks": "",
        "showline": False,
    }
    # Both axes have the same names; of many, those at the side are enough.
    drawn.update_layout(
        xaxis={**ticks, "showticklabels": not many},
        yaxis={**ticks, "autorange": "reversed", "tickfont": {"size": 9 if many else 12}},
    )
    return drawn


def readout_lengths(run: Run) -> go.Figure:
    """The length of every readout: how far apart the evidence of that class can be.

    Args:
        run: A finished run.
    """
    classes, norms = classes_of(run), run.summary["readouts"]["norms"]
    drawn = figure(aspect=0.8)
    drawn.add_bar(
        y=list(range(len(classes))),
        x=rounded(norms),
        orientation="h",
        marker={"color": list(classes.colours)},
        hovertext=[f"{name}: {norm:.2f}" for name, norm in zip(classes.names, norms, strict=True)],
        hoverinfo="text",
    )
    drawn.update_xaxes(title_text="length", rangemode="tozero")
    drawn.update_yaxes(
        tickvals=list(range(len(classes))), ticktext=list(classes.names), showgrid=False, ticks="", autorange="reversed"
    )
    drawn.update_layout(bargap=0.45)
    return drawn
