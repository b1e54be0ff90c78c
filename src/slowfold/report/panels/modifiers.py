"""Words that change what the words after them do: by how much, which, and for how long."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from slowfold.report.theme import GREY, INK, figure, palette
from slowfold.report.wording import number, plain, rounded
from slowfold.study import Run

__all__ = ["barcodes", "factors", "fading"]

# Lines that can be told apart.
_MOST_LINES = 6
# More names than this below an axis cannot be read; they stand under the pointer.
_NAMED = 14


def factors(run: Run) -> go.Figure:
    """By what each modifier multiplies what the next word says, with its interval, a row a modifier.

    Args:
        run: A finished run with words that modify.
    """
    drawn = figure(aspect=0.8)
    if "modifier" not in run.analysis:
        return drawn
    analysis = run.analysis
    names = _names(run, "modifier")
    value, low, high = (analysis[f"context_overall{end}"].values.astype(np.float64) for end in ("", "_low", "_high"))
    drawn.add_scatter(
        x=rounded(value),
        y=list(range(len(names))),
        mode="markers",
        showlegend=False,
        marker={"color": INK, "size": 9},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": rounded(high - value),
            "arrayminus": rounded(value - low),
            "color": GREY,
            "thickness": 1.5,
        },
        hovertext=[
            f"<b>{name}</b><br>times {number(one)} ({number(least)} to {number(most)})"
            for name, one, least, most in zip(names, value.tolist(), low.tolist(), high.tolist(), strict=True)
        ],
        hoverinfo="text",
    )
    usual = (run.summary.get("context") or {}).get("usual")
    for place, said, dash in (
        (1.0, "no change", "dash"),
        (0.0, "nothing left", "dot"),
        (usual, "ordinary words", "dot"),
    ):
        if place is not None and not (said == "ordinary words" and abs(place - 1) < 0.02):
            drawn.add_vline(
                x=place,
                line={"color": GREY, "width": 1, "dash": dash},
                annotation={"text": said, "font": {"color": GREY, "size": 11}},
                annotation_position="top",
            )
    # What is said above the lines stands outside of the axes.
    drawn.update_layout(margin={"t": 26})
    drawn.update_xaxes(title_text="factor")
    drawn.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, autorange="reversed", showgrid=False, ticks="", showline=False
    )
    return drawn


def barcodes(run: Run) -> go.Figure:
    """What each modifier adds to what each probe says about the class it speaks of, in nats.

    Args:
        run: A finished run with words that modify.
    """
    drawn = figure(aspect=0.8)
    if "modifier" not in run.analysis:
        return drawn
    analysis = run.analysis
    names, probes = _names(run, "modifier"), _names(run, "probe")
    favours = analysis["context_favours"].values.astype(np.int64)
    places = np.arange(len(probes))
    before = analysis["context_before"].values[places, favours]
    change = analysis["context_barcode"].values[:, places, favours] * np.sign(before)
    order = np.lexsort((-np.abs(before), favours))
    change, before, favours = change[:, order], np.abs(before[order]), favours[order]
    probes = [probes[place] for place in order]
    classes = [plain(str(name)) for name in run.summary["task"]["classes"]]
    reach = float(np.abs(change).max()) or 1.0
    drawn.add_heatmap(
        x=list(range(len(probes))),
        y=list(range(len(names))),
        z=[rounded(row) for row in change],
        zmin=-reach,
        zmax=reach,
        colorscale=[[0, "rgba(213,94,0,0.9)"], [0.5, "rgba(127,127,127,0.06)"], [1, "rgba(0,114,178,0.9)"]],
        xgap=1,
        ygap=2,
        colorbar={
            "thickness": 10,
            "outlinewidth": 0,
            "tickfont": {"color": GREY, "size": 11},
            "title": {"text": "nats", "font": {"size": 11}},
        },
        hovertext=[
            [
                f"<b>{probes[place]}</b> after <b>{name}</b><br>{classes[favours[place]]}: "
                f"{before[place]:.2f} nats before, {row[place]:+.2f} more"
                for place in range(len(probes))
            ]
            for name, row in zip(names, change, strict=True)
        ],
        hoverinfo="text",
    )
    drawn.update_xaxes(
        tickvals=list(range(len(probes))) if len(probes) <= _NAMED else [],
        ticktext=probes,
        tickangle=-60,
        tickfont={"size": 10},
        showgrid=False,
        ticks="",
    )
    drawn.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, autorange="reversed", showgrid=False, ticks="", showline=False
    )
    return drawn


def fading(run: Run) -> go.Figure:
    """The factor of the foremost modifiers with so many ordinary words between them and the next word.

    Args:
        run: A finished run with words that modify.
    """
    drawn = figure(aspect=0.8)
    if "context_fading" not in run.analysis:
        return drawn
    analysis = run.analysis
    between = analysis["between"].values.tolist()
    for row, name in enumerate(_names(run, "modifier")[:_MOST_LINES]):
        value = analysis["context_fading"].values[row].astype(np.float64)
        drawn.add_scatter(
            x=between,
            y=rounded(value),
            mode="lines+markers",
            name=name,
            line={"color": palette(row)[0], "width": 1.8},
            marker={"size": 5},
            hovertext=[
                f"<b>{name}</b><br>{step} words between: times {number(one)}" for step, one in enumerate(value.tolist())
            ],
            hoverinfo="text",
        )
    drawn.add_hline(y=1.0, line={"color": GREY, "width": 1, "dash": "dash"})
    drawn.update_xaxes(title_text="words between", dtick=1)
    drawn.update_yaxes(title_text="factor")
    return drawn


def _names(run: Run, dimension: str) -> list[str]:
    return [plain(str(word), 24) for word in run.analysis[dimension].values]
