"""What several panels draw alike: clouds, readouts with their names, fixed points, a small spectrum in a corner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.request import Request
from slowfold.report.labels import place_labels
from slowfold.report.scene import Distinct

__all__ = [
    "SORTS",
    "Corner",
    "Window",
    "add_cloud",
    "add_names",
    "add_points",
    "add_readouts",
    "add_small_spectrum",
    "free_corner",
    "group_legend",
    "halo",
    "legend_above",
    "legend_columns",
    "legend_height",
    "sort_legend",
    "widened",
]

Corner = Literal["upper right", "upper left", "lower right", "lower left"]
"""A corner of a plane."""

Window = tuple[list[float], list[float]]
"""The ranges of the two axes of a plane."""

# In the order drawn: a stable point lies over the saddle beside it.
SORTS = {"ghost": "o", "degenerate": "X", "saddle": "D", "stable": "o"}
"""The mark of each sort of point; that of a ghost is hollow."""

_SIZES = {"ghost": 4.6, "degenerate": 5.2, "saddle": 4.4, "stable": 5.2}
# labels.py reckons with letters of 7.2 and lines of 16 units; those of a figure of 6.5 points are so many points.
_LETTER_POINTS = 0.56
# The mean width of a letter of a legend, that of a mark with its margins, and the height of a line.
_LETTER_INCHES, _MARK_INCHES, _LINE_INCHES = 0.05, 0.25, 0.115
# The share of a plane's width and height that the small spectrum takes, its own numbers included.
_SMALL = (0.25, 0.29)


def legend_columns(asked: Request, handles: Sequence[Line2D]) -> int:
    """How many columns a legend can have: a wider one would take its width from the axes."""
    lengths = [len(str(handle.get_label())) for handle in handles]
    for columns in range(len(lengths), 1, -1):
        rows = -(-len(lengths) // columns)
        widest = [max(lengths[first : first + rows]) for first in range(0, len(lengths), rows)]
        if sum(_MARK_INCHES + _LETTER_INCHES * letters for letters in widest) <= 0.95 * asked.canvas.inches:
            return columns
    return 1


def legend_height(asked: Request, handles: Sequence[Line2D]) -> float:
    """The height of a legend, in inches."""
    return 0.06 + _LINE_INCHES * -(-len(handles) // legend_columns(asked, handles))


def legend_above(made: PaperFigure, asked: Request, handles: Sequence[Line2D]) -> None:
    """Puts a legend above all axes of a figure."""
    made.legend(handles=list(handles), loc="outside upper center", ncols=legend_columns(asked, handles))


def halo(asked: Request) -> list[Any]:
    """Letters and lines stand out from what they lie on by a thin rim of paper."""
    return [Stroke(linewidth=2.2, foreground=asked.look.paper, alpha=0.95), Normal()]


def add_cloud(
    axes: Axes, at: Float64[np.ndarray, "point 2"], colour: str | Sequence[str], size: float = 3.0, alpha: float = 0.5
) -> None:
    """Puts dots without rims into a plane.

    Args:
        axes: The plane.
        at: Where, [point, component].
        colour: One colour, or one a point.
        size: The area of a dot, in square points.
        alpha: How much of what lies below they hide.
    """
    colours: dict[str, Any] = {"color": colour} if isinstance(colour, str) else {"c": list(colour)}
    axes.scatter(at[:, 0], at[:, 1], s=size, alpha=alpha, linewidths=0, **colours)


def add_readouts(axes: Axes, asked: Request, tips: Float64[np.ndarray, "class 2"], *, width: float = 2.2) -> None:
    """Draws the readouts as thick lines from the mean of the visited states."""
    for tip, colour in zip(tips, asked.look.class_colours, strict=True):
        axes.plot([0, tip[0]], [0, tip[1]], color=colour, linewidth=width, solid_capstyle="round", zorder=3)


def add_names(
    axes: Axes,
    asked: Request,
    tips: Float64[np.ndarray, "name 2"],
    names: Sequence[str],
    colours: Sequence[str],
    *,
    window: Window,
    point: float,
    size: float = 6.5,
) -> int:
    """Writes names beside the ends of lines, as many as fit without hiding each other; tells how many did.

    Args:
        axes: The plane.
        asked: What is asked for.
        tips: Where the lines end, [name, component].
        names: The names, [name].
        colours: Their colours, [name].
        window: The ranges of the plane.
        point: The length of a printer's point in the units of the plane.
        size: The size of the letters, in points.
    """
    scale = _LETTER_POINTS * size / 6.5
    placed = place_labels(tips, list(names), scale * point, (window[0][0], window[0][1]))
    for label in placed:
        axes.annotate(
            names[label.row],
            (float(tips[label.row, 0]), float(tips[label.row, 1])),
            xytext=(
                {"left": 2.0, "center": 0.0, "right": -2.0}[label.xanchor],
                {"bottom": 2.0, "middle": 0.0, "top": -2.0}[label.yanchor] + scale * label.shift,
            ),
            textcoords="offset points",
            ha=label.xanchor,
            va="center" if label.yanchor == "middle" else label.yanchor,
            color=colours[label.row],
            fontsize=size,
            path_effects=halo(asked),
            zorder=6,
        )
    return len(placed)


def add_points(axes: Axes, asked: Request, points: Distinct, colours: Sequence[str], *, rim: str | None = None) -> None:
    """Draws distinct fixed points and ghosts, each in its colour and with the mark of its sort.

    Args:
        axes: The plane.
        asked: What is asked for.
        points: The points.
        colours: Their colours, [point].
        rim: The colour around each; unless given, that of the paper.
    """
    for order, (sort, mark) in enumerate(SORTS.items()):
        for row in np.flatnonzero(np.array(points.sort, dtype=object) == sort).tolist():
            hollow = sort == "ghost"
            axes.plot(
                *points.at[row, :2, None],
                marker=mark,
                markersize=_SIZES[sort],
                markerfacecolor="none" if hollow else colours[row],
                markeredgecolor=colours[row] if hollow else rim or asked.look.paper,
                markeredgewidth=1.1 if hollow else 0.6,
                linestyle="none",
                zorder=4 + 0.1 * order,
            )


def sort_legend(asked: Request, points: Distinct) -> list[Line2D]:
    """What the marks mean and how many there are of each, for a legend."""
    many = {"saddle": "saddles", "ghost": "ghosts"}
    counts = {sort: points.sort.count(sort) for sort in SORTS}
    return [
        Line2D(
            [],
            [],
            marker=SORTS[sort],
            markersize=4,
            linestyle="none",
            markerfacecolor="none" if sort == "ghost" else asked.look.ink,
            markeredgecolor=asked.look.ink,
            markeredgewidth=0.8,
            label=f"{count} {many.get(sort, sort) if count > 1 else sort}",
        )
        for sort, count in reversed(counts.items())
        if count
    ]


def group_legend(asked: Request, groups: Sequence[int] | None = None) -> list[Line2D]:
    """What the colours mean, for a legend.

    Args:
        asked: What is asked for.
        groups: Those to name; unless given, all.
    """
    shown = range(len(asked.group_names)) if groups is None else groups
    return [
        Line2D(
            [],
            [],
            marker="o",
            markersize=3.5,
            linestyle="none",
            markerfacecolor=asked.look.colours[group],
            markeredgewidth=0,
            label=asked.group_names[group],
        )
        for group in shown
    ]


def free_corner(window: Window, *clouds: Float64[np.ndarray, "_point 2"]) -> tuple[Corner, float]:
    """The corner of a plane with the fewest points in it, as in ``"upper left"``, and the share of them that it has."""
    points = np.vstack(clouds)
    (left, right), (low, high) = window
    x = (points[:, 0] - left) / (right - left)
    y = (points[:, 1] - low) / (high - low)
    at_left, at_right, above, below = x < _SMALL[0], x > 1 - _SMALL[0], y > 1 - _SMALL[1], y < _SMALL[1]
    shares: dict[Corner, float] = {
        "upper right": float((above & at_right).mean()),
        "upper left": float((above & at_left).mean()),
        "lower right": float((below & at_right).mean()),
        "lower left": float((below & at_left).mean()),
    }
    corner = min(shares, key=lambda name: shares[name])
    return corner, shares[corner]


def widened(window: Window, *, most: float | None = None, right: float = 0.0) -> Window:
    """A window with more room: on both sides until it is no higher than ``most`` times its width, and on the right."""
    (left, end), (low, high) = window
    end += right * (end - left)
    if most is not None and (lacking := (high - low) / most - (end - left)) > 0:
        left, end = left - lacking / 2, end + lacking / 2
    return [left, end], [low, high]


def add_small_spectrum(axes: Axes, asked: Request, corner: Corner, shares: Sequence[float]) -> Axes:
    """Draws the cumulative variance of the first five components in a corner of a plane.

    Args:
        axes: The plane.
        asked: What is asked for.
        corner: Which corner, as in ``"upper left"``.
        shares: Each component's share, greatest first.
    """
    vertical, horizontal = corner.split()
    wide, tall = 0.19, 0.20
    x = 0.985 - wide if horizontal == "right" else 0.095
    y = 0.975 - tall if vertical == "upper" else 0.105
    small = axes.inset_axes((x, y, wide, tall))
    held = np.cumsum(np.asarray(shares, dtype=np.float64))[:5]
    small.plot(range(1, len(held) + 1), held, color=asked.look.ink, marker="o", markersize=1.8, linewidth=0.8)
    small.set(xlim=(0.5, 5.5), ylim=(0, 1.08))
    small.set_xticks([1, 5], labels=["1", "5"])
    small.set_yticks([0, 1], labels=["0", "1"])
    small.tick_params(labelsize=5, pad=1, length=1.5, width=0.5)
    small.set_title("variance", fontsize=5, pad=1.5)
    small.set_facecolor("none")
    return small
