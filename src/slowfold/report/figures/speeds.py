"""Panel H: how fast the state moves, over a plane."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.cm import ScalarMappable

from slowfold.dynamics import Map
from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import add_points, sort_legend, widened
from slowfold.report.figures.points import log_speeds
from slowfold.report.figures.request import Request, refused
from slowfold.report.rereading import hold_mean, plane_of
from slowfold.report.scene import axis_title, coordinates, distinct, frame
from slowfold.report.wording import MINUS, percent

__all__ = ["draw_slowness"]

_PLACES = 120
_WIDE = 0.62


def draw_slowness(asked: Request) -> PaperFigure:
    """log10 q over the plane of the first two components, with the fixed points in white.

    Args:
        asked: What is asked for; unless an input is named, the mean one where the run keeps it, else zero.

    Raises:
        RunError: The mean input is asked for and the run does not keep it.
    """
    run = asked.run
    held = _held(asked)
    points = distinct(run, held.name)
    window = widened(
        frame(coordinates(run, "state"), points.at[:, :2], room=0.05), most=_WIDE if asked.width == "double" else None
    )
    (left, right), (low, high) = window
    columns = _PLACES
    rows = max(2, round(_PLACES * (high - low) / (right - left)))
    # The middles of the pieces of the picture.
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = low + (np.arange(rows) + 0.5) * (high - low) / rows
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    states = torch.from_numpy(plane_of(run).states(places))
    with torch.no_grad():
        speeds = torch.cat([held.speed(part) for part in states.split(4096)]).numpy()
    heights = log_speeds(speeds).reshape(rows, columns)
    made, (plane,) = asked.canvas.planes(window, above=0.3)
    shown = plane.imshow(heights, extent=(left, right, low, high), origin="lower", cmap="viridis", aspect="equal")
    made.colorbar(ScalarMappable(shown.norm, "viridis"), ax=plane, location="top", aspect=40, pad=0.01, label="log₁₀ q")
    add_points(plane, asked, points, ["#ffffff"] * len(points), rim="#000000")
    if len(points):
        legend = plane.legend(handles=sort_legend(asked, points), loc="best", frameon=True, framealpha=0.8)
        legend.get_frame().set(facecolor=asked.look.paper, linewidth=0)
    plane.set(xlabel=axis_title(run, 1), ylabel=axis_title(run, 2))
    shares = run.analysis["visited_share"].values[:2]
    whole = len(run.analysis["read"]) == run.analysis.sizes["unit"]
    made.caption = (
        f"How fast the state moves while the {held.name} input is held. In dark valleys it is slow; white marks "
        "are the fixed points and ghosts, set down in the plane. The logarithm of the speed "
        f"q = ½‖F(h) {MINUS} h‖² at {columns} by {rows} states of the plane of the first two principal "
        f"components of the visited states, which hold {percent(float(shares.sum()))} of their variance. A point "
        "that does not lie in the plane need not stand in a valley."
        + ("" if whole else " The readout reads a part of the state; the rest follows from the plane by least squares.")
    )
    return made


def _held(asked: Request) -> Map:
    kept = "mean_input" in asked.run.analysis
    if asked.held == "zero" or not (kept or asked.named):
        return asked.run.network.hold()
    if not kept:
        raise refused(
            asked, "the run does not keep its mean input", "hold the zero input, or analyse the network again"
        )
    return hold_mean(asked.run)
