"""What becomes of the push that a word gives the state, beside what the modes foretell; and what is not linear."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float64

from slowfold.report.theme import GREY, INK, figure
from slowfold.report.wording import number, percent, rounded
from slowfold.study import Run

__all__ = ["projected_accuracy", "remainders", "responses"]

_BAND = "rgba(127,127,127,0.18)"
# The quartiles between which a band lies.
_QUARTER, _HALF, _THREE_QUARTERS = 0.25, 0.5, 0.75
_BARS = 30


def responses(run: Run, course: str = "held") -> go.Figure:
    """How much of a push is left after so many tokens: median and quartiles over pushes, and the modes' prediction.

    Args:
        run: A finished run.
        course: ``"held"``, while the mean input is held, or ``"read"``, while the documents are read on.
    """
    drawn = figure(aspect=0.72)
    if f"{course}_left" not in run.analysis:
        return drawn
    times = run.analysis[f"{course}_time"].values.astype(np.float64)
    left, foretold = (_quartiles(run, f"{course}_{name}") for name in ("left", "foretold"))
    drawn.add_scatter(
        x=[*times.tolist(), *times[::-1].tolist()],
        y=[*rounded(left[0]), *rounded(left[2][::-1])],
        mode="lines",
        name="half of the pushes",
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0, "color": GREY},
        hoverinfo="skip",
    )
    for values, name, look in (
        (left, "left, median", {"color": INK, "width": 2}),
        (foretold, "foretold by the modes, median", {"color": GREY, "width": 1.8, "dash": "dash"}),
    ):
        drawn.add_scatter(
            x=times.tolist(),
            y=rounded(values[1]),
            mode="lines+markers",
            name=name,
            line=look,
            marker={"size": 6},
            hovertext=[
                f"{name}: after {number(time)} tokens {percent(value)}"
                for time, value in zip(times.tolist(), values[1].tolist(), strict=True)
            ],
            hoverinfo="text",
        )
    drawn.update_xaxes(
        title_text="further tokens", type="log", tickvals=times.tolist(), ticktext=[number(t) for t in times]
    )
    drawn.update_yaxes(title_text="left of the push", tickformat=".0%", rangemode="tozero")
    return drawn


def remainders(run: Run) -> go.Figure:
    """The remainder of the linear account beside the range of the logits, of each document.

    Args:
        run: A finished run.
    """
    drawn = figure(aspect=0.72)
    if "remainder_share" not in run.analysis:
        return drawn
    shares = run.analysis["remainder_share"].values.astype(np.float64)
    heights, edges = np.histogram(shares, bins=_BARS, range=(0.0, max(0.3, float(np.quantile(shares, 0.99)))))
    drawn.add_bar(
        x=rounded((edges[1:] + edges[:-1]) / 2),
        y=heights.tolist(),
        width=float(edges[1] - edges[0]),
        marker={"color": GREY},
        showlegend=False,
        hovertext=[
            f"{count} documents leave {percent(low, 0)} to {percent(high, 0)}"
            for count, low, high in zip(heights.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        ],
        hoverinfo="text",
    )
    median = float(np.median(shares))
    drawn.add_vline(
        x=median,
        line={"color": INK, "width": 1.5, "dash": "dash"},
        annotation={"text": f"median {percent(median, 0)}", "font": {"color": INK, "size": 12}},
        annotation_position="top right",
    )
    drawn.update_xaxes(title_text="remainder, share of the range of the logits", tickformat=".0%", rangemode="tozero")
    drawn.update_yaxes(title_text="documents")
    drawn.update_layout(bargap=0.05)
    return drawn


def projected_accuracy(run: Run) -> go.Figure:
    """How often the network is right with its final states flattened onto so many of their components.

    Args:
        run: A finished run.
    """
    drawn = figure(aspect=0.72)
    if "projected_accuracy" not in run.analysis:
        return drawn
    values = run.analysis["projected_accuracy"].values.astype(np.float64).tolist()
    drawn.add_scatter(
        x=list(range(1, len(values) + 1)),
        y=rounded(values),
        mode="lines+markers",
        showlegend=False,
        line={"color": INK, "width": 1.8},
        marker={"size": 7},
        hovertext=[f"on {count} components {percent(value)} right" for count, value in enumerate(values, start=1)],
        hoverinfo="text",
    )
    accuracy = float(run.summary["accuracy"]["test"])
    drawn.add_hline(
        y=accuracy,
        line={"color": GREY, "width": 1.2, "dash": "dash"},
        annotation={"text": f"all of the state, {percent(accuracy)}", "font": {"color": GREY, "size": 12}},
        annotation_position="bottom right",
    )
    drawn.update_xaxes(title_text="components kept", dtick=1)
    drawn.update_yaxes(title_text="right", tickformat=".0%")
    return drawn


def _quartiles(run: Run, name: str) -> Float64[np.ndarray, "quantile time"]:
    values = run.analysis[name].values.astype(np.float64)
    return np.nanquantile(values, [_QUARTER, _HALF, _THREE_QUARTERS], axis=1)
