"""Panel E: eigenvalues of dF/dh at the fixed points, all of them and those near 1."""

from __future__ import annotations

import numpy as np
from jaxtyping import Complex128
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import group_legend, legend_above, legend_height
from slowfold.report.figures.request import Request, refused
from slowfold.report.scene import distinct
from slowfold.report.wording import listed, plural

__all__ = ["draw_spectrum"]

# Dots that a plane takes before it is a blot.
_MOST_DOTS = 4_000
# The least and the greatest half width of the window around 1.
_NEAREST, _FURTHEST = 0.02, 0.6


def draw_spectrum(asked: Request) -> PaperFigure:
    """Every eigenvalue at the distinct fixed points with the unit circle, and a window around 1.

    Args:
        asked: What is asked for.

    Raises:
        RunError: No fixed point was found.
    """
    name = f"{asked.held}_eigenvalue"
    if name not in asked.run.analysis:
        raise refused(asked, f"no fixed point was found at the {asked.held} input")
    values = asked.run.analysis[name].values
    groups = distinct(asked.run, asked.held).predicted
    (left, right), (low, high) = _around_1(values)
    most = max(1.06, 1.06 * float(np.abs(values).max()), right + 0.03)
    told = sorted(set(groups[: len(values)].tolist()))
    grows = Line2D([], [], marker="^", markersize=3.5, linestyle="none", color=asked.look.ink, label="grows")
    handles = group_legend(asked, told) + ([grows] if (np.abs(values) > 1).any() else [])
    made, (whole, near) = asked.canvas.planes(([-most, most], [-most, most]), 2, above=legend_height(asked, handles))
    near.set(xlim=(left, right), ylim=(low, high))
    for axes in (whole, near):
        turn = np.linspace(0, 2 * np.pi, 721) if axes is whole else np.linspace(2 * low, 2 * high, 181)
        axes.plot(np.cos(turn), np.sin(turn), color=asked.look.grey, linewidth=0.6, zorder=1)
        shown = np.ones(values.shape, dtype=bool) if axes is whole else np.abs(values - 1) <= 2 * (right - left)
        _add(axes, asked, values, groups, shown)
        axes.xaxis.set_major_locator(MaxNLocator(3))
        axes.yaxis.set_major_locator(MaxNLocator(3))
    sides = [left, right, right, left, left], [low, low, high, high, low]
    whole.plot(*sides, color=asked.look.grey, linewidth=0.5, linestyle=(0, (3, 2)))
    whole.set(xlabel="real part", ylabel="imaginary part")
    near.set(xlabel="real part, near 1")
    legend_above(made, asked, handles)
    made.caption = (
        "How it remembers. Inside the circle a displacement fades, outside it, drawn as a triangle, it grows; as many "
        "eigenvalues as stand apart near 1, so many quantities are remembered. "
        f"All eigenvalues of dF/dh at {plural(len(values), 'distinct fixed point')} at the {asked.held} input, in the "
        f"colour of what the network decides for there; on the right the window around 1. {_nearest(values)}"
    )
    return made


def _around_1(values: Complex128[np.ndarray, "point mode"]) -> tuple[tuple[float, float], tuple[float, float]]:
    """A square around 1 that holds the three slowest modes of a point, in the median, and all that grow."""
    away = np.sort(np.abs(values - 1), axis=1)
    inward = np.clip(1.25 * float(np.median(away[:, min(2, away.shape[1] - 1)])), _NEAREST, _FURTHEST)
    growing = float(np.abs(values - 1)[np.abs(values) > 1].max(initial=0.0))
    outward = np.clip(1.25 * growing, 0.3 * inward, _FURTHEST)
    inward = max(inward, 0.5 * outward)
    half = float(inward + outward) / 2
    return (float(1 - inward), float(1 + outward)), (-half, half)


def _add(
    axes: Axes,
    asked: Request,
    values: Complex128[np.ndarray, "point mode"],
    groups: np.ndarray,
    shown: np.ndarray,
) -> None:
    fits = max(1, _MOST_DOTS // max(1, int(shown.sum() / len(values))))
    rows, columns = np.nonzero(shown[:fits])
    dots = values[rows, columns]
    grows = np.abs(dots) > 1
    colours = np.array([asked.look.colours[group] for group in groups[rows].tolist()], dtype=object)
    for part, mark, size in ((~grows, "o", 5), (grows, "^", 8)):
        if part.any():
            axes.scatter(
                np.real(dots[part]), np.imag(dots[part]), c=list(colours[part]), marker=mark, s=size, alpha=0.7,
                linewidths=0, zorder=2,
            )  # fmt: skip


def _nearest(values: Complex128[np.ndarray, "point mode"]) -> str:
    sizes = np.median(-np.sort(-np.abs(values), axis=1), axis=0)[:4]
    return f"In the median over the points the greatest sizes are {listed([f'{size:.3f}' for size in sizes])}."
