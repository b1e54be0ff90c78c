"""The figures of runs side by side: dimension, accuracy, variance, spectra, and maps of the networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.compare_look import Look
from slowfold.report.labels import place_labels
from slowfold.report.theme import GREY, INK, figure
from slowfold.report.wording import number, percent, plain, rounded
from slowfold.study import Run
from slowfold.study.comparing import Comparison, Distances
from slowfold.study.intervals import wilson

__all__ = ["accuracies", "dimensions", "eigenvalues", "network_map", "time_constants", "variances"]

# Components and modes that are drawn, and points of a spectrum before it is a blot.
_COMPONENTS, _MODES, _POINTS = 10, 20, 24
# The slowest of each point: those that the distance of spectra compares.
_SLOWEST = 10
# The axis of dimensions is never shorter than this.
_LEAST_SPAN = 1.0
# How far apart runs stand that share a place, as a part of the distance of two places.
_ASIDE = 0.09
# Values that an axis names one by one, and those of an axis on which ten times as much is always as far.
_TICKS = 8
_TENFOLD = [digit * 10.0**power for power in range(-2, 6) for digit in (1, 2, 5)]
# Networks that a map names, and its width on a wide page, pixels.
_NAMED, _MAP_WIDTH = 24, 440.0

_Found = tuple[float, float | None, float | None]


def dimensions(compared: Comparison, look: Look) -> go.Figure:
    """The participation ratio of the visited states of each run with its interval, and what words alone ask for.

    Args:
        compared: The runs.
        look: What stands for each.
    """
    drawn = _against(compared, look, _visited, "visited states", _predicted, "words alone")
    drawn.update_yaxes(title_text="participation ratio", range=_range_of(compared))
    return drawn


def accuracies(compared: Comparison, look: Look) -> go.Figure:
    """The test accuracy of each run with its interval, and what a bag of words gets.

    Args:
        compared: The runs.
        look: What stands for each.
    """
    drawn = _against(compared, look, _accuracy, "network", _bag_of_words, "bag of words")
    drawn.update_yaxes(title_text="test accuracy", tickformat=".1~%")
    return drawn


def variances(compared: Comparison, look: Look) -> go.Figure:
    """How much of the variance of the visited states the first components hold together, a line a run.

    Args:
        compared: The runs.
        look: What stands for each.
    """
    drawn = figure(aspect=0.7)
    for row, run in enumerate(compared.runs):
        held = np.cumsum(run.analysis["visited_share"].values.astype(np.float64))[:_COMPONENTS]
        _line(drawn, look, row, held, [f"{i} hold {percent(value)}" for i, value in enumerate(held.tolist(), start=1)])
    drawn.add_hline(
        y=0.9,
        line={"color": GREY, "width": 1.2, "dash": "dash"},
        annotation={"text": "90 %", "font": {"color": GREY, "size": 12}},
        annotation_position="bottom right",
    )
    drawn.update_xaxes(title_text="components", dtick=1)
    drawn.update_yaxes(title_text="cumulative variance", tickformat=".0%", range=[0, 1.04])
    return drawn


def time_constants(compared: Comparison, look: Look) -> go.Figure:
    """How long the mode of each rank is remembered, in the median, a line a run.

    Args:
        compared: The runs.
        look: What stands for each.
    """
    drawn = figure(aspect=0.7)
    for row, run in enumerate(compared.runs):
        modes = run.summary.get("modes")
        if modes is None:
            continue
        times = np.array([np.nan if time is None else time for time in modes["time_constants"][:_MODES]])
        grow = modes["unstable"]
        _line(
            drawn,
            look,
            row,
            times,
            [
                f"mode {rank} {'grows' if rank <= grow else 'fades'}: {number(float(time))} tokens"
                for rank, time in enumerate(times.tolist(), start=1)
            ],
        )
    drawn.update_xaxes(title_text="mode, by the size of its eigenvalue")
    drawn.update_yaxes(
        title_text="time constant, tokens",
        type="log",
        tickvals=_TENFOLD,
        ticktext=[number(value) for value in _TENFOLD],
    )
    return drawn


def eigenvalues(compared: Comparison, look: Look) -> go.Figure:
    """The slowest eigenvalues at the fixed points of each run, with the unit circle: outside it a mode grows.

    Args:
        compared: The runs.
        look: What stands for each.
    """
    found = [_slowest(run) for run in compared.runs]
    every = np.concatenate([values.ravel() for values in found])
    most = max(1.0, float(np.abs(every).max(initial=0.0))) * 1.04
    least = min(0.0, float(every.real.min(initial=0.0))) - 0.04
    reach = max(0.3, 1.15 * float(np.abs(every.imag).max(initial=0.0)))
    drawn = figure(aspect=float(np.clip(2 * reach / (most - least) + 0.08, 0.4, 1.0)), equal=True)
    turn = np.linspace(0, 2 * np.pi, 181)
    circle = {"color": GREY, "width": 1}
    drawn.add_scatter(
        x=rounded(np.cos(turn)), y=rounded(np.sin(turn)), mode="lines", line=circle, hoverinfo="skip", showlegend=False
    )
    for row, values in enumerate(found):
        drawn.add_scatter(
            x=rounded(values.real.ravel(), 6),
            y=rounded(values.imag.ravel(), 6),
            mode="markers",
            name=look.names[row],
            showlegend=False,
            marker={"symbol": _open(look.symbol[row]), "color": look.colour_of(row), "size": 7, "line": {"width": 1.5}},
            hovertext=[f"{look.names[row]}: {number(abs(value))} in size" for value in values.ravel().tolist()],
            hoverinfo="text",
        )
    drawn.update_xaxes(title_text="real part", range=[least, most])
    drawn.update_yaxes(title_text="imaginary part", range=[-reach, reach])
    return drawn


def network_map(look: Look, distances: Distances) -> go.Figure | None:
    """The networks as points in a plane whose distances are, as nearly as may be, those of the networks.

    Args:
        look: What stands for each run.
        distances: What they are placed by.

    Returns:
        The map, or None where fewer than three can be compared.
    """
    found = distances.placed()
    if found is None:
        return None
    rows, placed = found
    position, spread = placed.position.numpy(), placed.shares.tolist()
    drawn = figure(aspect=0.85, equal=True)
    for place, row in enumerate(rows):
        drawn.add_scatter(
            x=rounded([position[place, 0]]),
            y=rounded([position[place, 1]]),
            mode="markers",
            name=look.names[row],
            showlegend=False,
            marker={"symbol": look.symbol[row], "color": look.colour_of(row), "size": 12, "opacity": 0.9},
            hovertext=[_nearest(look, distances, row)],
            hoverinfo="text",
        )
    reach = 1.35 * max(float(np.abs(position).max(initial=0.0)), 1e-6)
    names = [look.names[row] for row in rows] if len(rows) <= _NAMED else []
    for label in place_labels(position[: len(names)], names, 2 * reach / _MAP_WIDTH, (-reach, reach)):
        drawn.add_annotation(
            x=float(position[label.row, 0]),
            y=float(position[label.row, 1]),
            text=names[label.row],
            showarrow=False,
            font={"color": GREY, "size": 11},
            xanchor=label.xanchor,
            yanchor=label.yanchor,
            yshift=label.shift + {"bottom": 8, "top": -8}.get(label.yanchor, 0),
            xshift={"left": 9, "right": -9}.get(label.xanchor, 0) if label.yanchor == "middle" else 0,
        )
    for update, share in ((drawn.update_xaxes, spread[0]), (drawn.update_yaxes, spread[1])):
        update(
            title_text=f"{percent(share, 0)} of squared distances",
            showticklabels=False,
            ticks="",
            showgrid=False,
            range=[-reach, reach],
        )
    return drawn


def _nearest(look: Look, distances: Distances, row: int) -> str:
    """A run, and which other is nearest to it."""
    own = distances.between[row].tolist()
    value, other = min((value, other) for other, value in enumerate(own) if other != row and math.isfinite(value))
    return f"{look.names[row]}<br>nearest: {look.names[other]}, {number(value)} away"


def _against(
    compared: Comparison,
    look: Look,
    measured: Callable[[Run], _Found | None],
    called: str,
    beside: Callable[[Run], float | None],
    beside_called: str,
) -> go.Figure:
    """A figure of every run, in its colour with its interval, beside what is expected of it, hollow."""
    drawn = figure(aspect=0.7)
    places, ticks = _places(look, len(compared))
    for _, rows in look.groups():
        found = [(row, found) for row in rows if (found := measured(compared.runs[row])) is not None]
        if not found:
            continue
        order = sorted(found, key=lambda one: places[one[0]])
        colour = look.colour_of(order[0][0])
        joined = look.across is not None and look.across is not look.coloured_by
        drawn.add_scatter(
            x=[places[row] for row, _ in order],
            y=rounded([value for _, (value, _, _) in order]),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [_beyond(high, value) for _, (value, _, high) in order],
                "arrayminus": [_beyond(value, low) for _, (value, low, _) in order],
                "color": colour,
                "thickness": 1.5,
                "width": 4,
            },
            mode="lines+markers" if joined and _is_axis(look) else "markers",
            line={"width": 1, "color": colour},
            marker={"color": colour, "size": 9},
            showlegend=False,
            hovertext=[_told(look.names[row], called, value) for row, value in order],
            hoverinfo="text",
        )
        asked = [(row, value) for row, _ in order if (value := beside(compared.runs[row])) is not None]
        drawn.add_scatter(
            x=[places[row] for row, _ in asked],
            y=rounded([value for _, value in asked]),
            mode="markers",
            marker={"symbol": "circle-open", "color": colour, "size": 12, "line": {"width": 1.5}},
            showlegend=False,
            hovertext=[f"{look.names[row]}<br>{beside_called}: {number(value)}" for row, value in asked],
            hoverinfo="text",
        )
    for name, symbol in ((called, "circle"), (beside_called, "circle-open")):
        drawn.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            marker={"symbol": symbol, "color": INK, "size": 9},
            hoverinfo="skip",
        )
    drawn.update_xaxes(**ticks)
    return drawn


def _range_of(compared: Comparison) -> list[float]:
    """From the least to the greatest dimension, but never so near that noise fills the figure."""
    found = [one for run in compared.runs if (one := _visited(run)) is not None]
    values = [end for one in found for end in one if end is not None]
    values += [asked for run in compared.runs if (asked := _predicted(run)) is not None]
    least, most = min(values, default=0.0), max(values, default=1.0)
    half = max(_LEAST_SPAN, 1.16 * (most - least)) / 2
    return [max(0.0, (least + most) / 2 - half), (least + most) / 2 + half]


def _is_axis(look: Look) -> bool:
    return look.across is not None and look.across.is_number


def _places(look: Look, count: int) -> tuple[list[float], dict[str, Any]]:
    """Where each run stands along the axis, and how the axis is written."""
    across = look.across
    if across is None:
        return [float(row) for row in range(count)], _named(look.names)
    if across.is_number and min(float(value or 0) for value in across.values) > 0:
        values = [float(value or 0) for value in across.values]
        if across.name in ("classes", "layers"):
            return values, {"title_text": across.name, "dtick": 1}
        chosen = [float(value or 0) for value in across.distinct]
        ticks = {"tickvals": chosen, "ticktext": [number(value) for value in chosen]} if len(chosen) <= _TICKS else {}
        return values, {"title_text": across.name, "type": "log", "exponentformat": "power", **ticks}
    # Names, and numbers one of which is 0 or not on record, stand side by side; so do runs that share a place.
    rows = [across.distinct.index(value) for value in across.values]
    aside = [sum(other == row for other in rows[:run]) - (rows.count(row) - 1) / 2 for run, row in enumerate(rows)]
    spread = _ASIDE if max(map(rows.count, rows)) * _ASIDE < 1 else 1 / (1 + max(map(rows.count, rows)))
    names = [plain(across.tell(value)) for value in across.distinct]
    return [row + spread * off for row, off in zip(rows, aside, strict=True)], _named(names)


def _named(names: Sequence[str]) -> dict[str, Any]:
    return {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "range": [-0.5, len(names) - 0.5],
        "showgrid": False,
    }


def _line(drawn: go.Figure, look: Look, row: int, values: NDArray[np.float64], told: list[str]) -> None:
    """One run as a line over ranks."""
    colour = look.colour_of(row)
    drawn.add_scatter(
        x=list(range(1, len(values) + 1)),
        y=rounded(values),
        mode="lines+markers",
        name=look.names[row],
        showlegend=False,
        line={"color": colour, "width": 1.5},
        marker={"symbol": look.symbol[row], "color": colour, "size": 6},
        hovertext=[f"{look.names[row]}<br>{one}" for one in told],
        hoverinfo="text",
    )


def _told(name: str, called: str, found: _Found) -> str:
    value, low, high = found
    sure = "" if low is None or high is None else f" ({number(low)} to {number(high)})"
    return f"{name}<br>{called}: {number(value)}{sure}"


def _beyond(greater: float | None, less: float | None) -> float:
    return 0.0 if greater is None or less is None else max(0.0, greater - less)


def _visited(run: Run) -> _Found | None:
    found = run.summary["dimension"]["visited"]
    if found is None:
        return None
    intervals = (run.summary.get("shape") or {}).get("intervals") or {}
    low, high = (intervals.get("visited") or {}).get("participation_ratio", (None, None))
    return found["participation_ratio"], low, high


def _predicted(run: Run) -> float | None:
    found = run.summary["dimension"]["predicted"]["documents"]
    return None if found is None else found["participation_ratio"]


def _accuracy(run: Run) -> _Found | None:
    share = run.summary["accuracy"]["test"]
    return (share, *wilson(share, run.summary["task"]["documents"]["test"]))


def _bag_of_words(run: Run) -> float | None:
    return run.summary["accuracy"]["bag_of_words"]


def _slowest(run: Run) -> NDArray[np.complex128]:
    """The slowest eigenvalues at some of the fixed points, [point, mode]."""
    found = run.analysis.get("mean_eigenvalue")
    if found is None:
        return np.zeros((0, 0), dtype=np.complex128)
    return np.asarray(found.values, dtype=np.complex128)[:_POINTS, :_SLOWEST]


def _open(symbol: str) -> str:
    return f"{symbol}-open"
