"""How fast the network forgets: eigenvalues of dF/dh, and time constants, at fixed points and on the slow manifold."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.groups import groups_of
from slowfold.report.scene import distinct, evenly
from slowfold.report.theme import GREY, INK, PALE, figure
from slowfold.report.wording import MINUS, number, rounded
from slowfold.study import Run

__all__ = ["eigenvalues", "manifold_time_constants", "slow_eigenvalues", "time_constants"]

# Dots and points that a figure takes before it is a blot, and the modes whose time constants are shown.
_MOST_DOTS, _MOST_POINTS, _MODES = 2_500, 40, 20
# From so many points on dots lie on each other, and are drawn paler.
_CROWD = 20
_PLACES = ("mean_time_constant", "manifold_time_constant")


def eigenvalues(run: Run, held: str = "mean") -> go.Figure:
    """Every eigenvalue at the distinct fixed points, with the unit circle: outside it a mode grows.

    Args:
        run: A finished run.
        held: The input held: ``"mean"`` or ``"zero"``.
    """
    drawn = figure(aspect=0.95, equal=True)
    turn = np.linspace(0, 2 * np.pi, 181)
    drawn.add_scatter(
        x=rounded(np.cos(turn)),
        y=rounded(np.sin(turn)),
        mode="lines",
        line={"color": GREY, "width": 1},
        hoverinfo="skip",
    )
    values = _values(run, held)
    _add(drawn, run, held, values, np.ones(values.shape, dtype=bool))
    most = max(1.0, float(np.abs(values).max(initial=0.0))) * 1.08
    drawn.update_xaxes(title_text="real part", range=[-most, most])
    drawn.update_yaxes(title_text="imaginary part", range=[-most, most])
    drawn.update_layout(showlegend=False)
    return drawn


def slow_eigenvalues(run: Run, held: str = "mean") -> go.Figure:
    """The same near 1, where memory is long: the circle, and the eigenvalues that stand apart.

    Args:
        run: A finished run.
        held: The input held: ``"mean"`` or ``"zero"``.
    """
    drawn = figure(aspect=0.95, equal=True)
    values = _values(run, held)
    # The window holds the three slowest modes of a point, in the median, and all that grow, so that they stand apart.
    away = np.sort(np.abs(values - 1), axis=1)
    slowest = float(np.median(away[:, min(2, away.shape[1] - 1)])) if len(away) else 0.0
    growing = float(np.abs(values - 1)[np.abs(values) > 1].max(initial=0.0))
    reach = float(np.clip(1.25 * max(slowest, growing), 0.02, 0.6))
    turn = np.linspace(-1.2 * reach, 1.2 * reach, 101)
    drawn.add_scatter(
        x=rounded(np.cos(turn), 8),
        y=rounded(np.sin(turn), 8),
        mode="lines",
        line={"color": GREY, "width": 1},
        hoverinfo="skip",
    )
    _add(drawn, run, held, values, np.abs(values - 1) <= 1.5 * reach)
    drawn.update_xaxes(title_text="real part, near 1", range=[1 - reach, 1 + reach])
    drawn.update_yaxes(title_text="imaginary part", range=[-reach, reach])
    drawn.update_layout(showlegend=False)
    return drawn


def time_constants(run: Run, held: str = "mean") -> go.Figure:
    """How long each mode is remembered, at each fixed point and in the median, beside the mean length of a document.

    Args:
        run: A finished run.
        held: The input held: ``"mean"`` or ``"zero"``.
    """
    points = distinct(run, held)
    return _times(run, held, points.predicted, points.sort)


def manifold_time_constants(run: Run) -> go.Figure:
    """The same at points of the slow manifold at the mean input.

    Args:
        run: A finished run.
    """
    if "manifold_row" not in run.analysis:
        return _times(run, "manifold", np.zeros(0, dtype=np.int64), ())
    predicted = groups_of(run).of(run.analysis["manifold_predicted"].values)[run.analysis["manifold_row"].values]
    return _times(run, "manifold", predicted, ("slow manifold",) * len(predicted))


def _times(run: Run, place: str, predicted: NDArray[np.int64], sorts: tuple[str, ...]) -> go.Figure:
    """The time constants at the points of one place, each in the colour of what is decided there."""
    groups = groups_of(run).shown
    drawn = figure(aspect=0.8)
    name = f"{place}_time_constant"
    times = run.analysis[name].values[:, :_MODES] if name in run.analysis else np.zeros((0, 1))
    modes = np.arange(1, times.shape[1] + 1)
    growing = np.abs(_values(run, place)[:, :_MODES]) > 1 if len(times) else np.zeros_like(times, dtype=bool)
    chosen = evenly(len(times), _MOST_POINTS)
    for grows, symbol, label in ((False, "circle", "fades"), (True, "triangle-up", "grows")):
        places, columns = np.nonzero(growing[chosen] == grows)
        rows = chosen[places]
        if not len(rows):
            continue
        drawn.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=label,
            marker={"symbol": symbol, "color": INK, "size": 8},
            hoverinfo="skip",
        )
        drawn.add_scatter(
            x=modes[columns].tolist(),
            y=rounded(times[rows, columns]),
            mode="markers",
            showlegend=False,
            marker={
                "symbol": symbol,
                "color": [groups.colours[predicted[row]] for row in rows],
                "size": 10 if grows else 7,
                "opacity": 0.75 if len(chosen) < _CROWD else 0.4,
            },
            hovertext=[
                f"mode {column + 1} {label}: {number(float(times[row, column]))} tokens<br>"
                f"{sorts[row]}, predicts {groups.names[predicted[row]]}"
                for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            ],
            hoverinfo="text",
        )
    if len(times):
        # The median is of the sizes: a mode that grows in 50 tokens is as slow as one that fades in 50.
        drawn.add_scatter(
            x=modes.tolist(),
            y=rounded(np.median(times, axis=0)),
            mode="lines",
            name="median",
            line={"color": INK, "width": 1.5},
            hoverinfo="skip",
        )
    length = float(run.analysis.attrs["mean_length"])
    drawn.add_shape(
        type="line", xref="paper", x0=0, x1=1, y0=length, y1=length, line={"color": GREY, "width": 1.2, "dash": "dash"}
    )
    # On a logarithmic axis plotly takes the place of an annotation as its logarithm.
    drawn.add_annotation(
        text=f"mean document, {number(length)} words",
        font={"color": GREY, "size": 12},
        showarrow=False,
        xref="paper",
        x=1,
        xanchor="right",
        y=float(np.log10(length)),
        yanchor="bottom",
    )
    drawn.update_xaxes(
        title_text="mode, greatest eigenvalue first", dtick=5, tick0=0, range=[0.3, max(5, len(modes)) + 0.7]
    )
    drawn.update_yaxes(
        title_text="time constant (tokens)",
        type="log",
        dtick=1,
        range=_window(run, length),
        minor={"ticks": "outside", "ticklen": 2, "tickcolor": PALE},
    )
    return drawn


def _window(run: Run, length: float) -> list[float]:
    """The logarithms of the least and greatest time constant of any place, so that figures can be laid side by side."""
    names = [name for name in _PLACES if name in run.analysis]
    seen = np.concatenate([[length], *(run.analysis[name].values[:, :_MODES].ravel() for name in names)])
    seen = np.log10(seen[np.isfinite(seen) & (seen > 0)])
    return [float(seen.min()) - 0.15, float(seen.max()) + 0.25]


def _values(run: Run, held: str) -> NDArray[np.complex128]:
    name = f"{held}_eigenvalue"
    return run.analysis[name].values if name in run.analysis else np.zeros((0, 0), dtype=np.complex128)


def _add(drawn: go.Figure, run: Run, held: str, values: NDArray[np.complex128], chosen: NDArray[np.bool_]) -> None:
    groups, points = groups_of(run).shown, distinct(run, held)
    fits = max(1, _MOST_DOTS // max(1, int(chosen.sum() / max(1, len(values)))))
    rows, columns = np.nonzero(chosen[:fits])
    dots = values[rows, columns]
    drawn.add_scatter(
        x=rounded(dots.real, 6),
        y=rounded(dots.imag, 6),
        mode="markers",
        marker={
            "color": [groups.colours[points.predicted[row]] for row in rows],
            "symbol": ["circle" if size <= 1 else "triangle-up" for size in np.abs(dots).tolist()],
            "size": 6,
            "opacity": 0.6,
            "line": {"width": 0, "color": PALE},
        },
        hovertext=[
            f"mode {column + 1}: {value.real:.4f} {'+' if value.imag >= 0 else MINUS} {abs(value.imag):.4f} i<br>"
            f"size {abs(value):.4f}<br>{points.sort[row]}, predicts {groups.names[points.predicted[row]]}"
            for row, column, value in zip(rows.tolist(), columns.tolist(), dots.tolist(), strict=True)
        ],
        hoverinfo="text",
    )
