"""Panel C: where the state comes to rest, by speed and by what the network decides for there."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import (
    Corner,
    add_cloud,
    add_points,
    add_readouts,
    add_small_spectrum,
    free_corner,
    group_legend,
    legend_columns,
    legend_height,
    sort_legend,
    widened,
)
from slowfold.report.figures.request import Request, refused
from slowfold.report.scene import coordinates, distinct, frame, readout_tips
from slowfold.report.wording import MINUS, listed, plural

__all__ = ["draw_points", "log_speeds"]

_HIDDEN, _ROOM = 0.02, 0.34
# So many groups are named, whether points are in them or not.
_NAMED = 8
# What stands for a speed of 0, and for all that rounding leaves of one.
_LEAST_SPEED = 1e-20


def log_speeds(speeds: Float64[np.ndarray, " place"]) -> Float64[np.ndarray, " place"]:
    """The decimal logarithms of speeds, those that are rounding noise as high as the noise.

    Example:
        >>> log_speeds(np.array([0.01, 0.0])).tolist()
        [-2.0, -20.0]
    """
    return np.log10(np.maximum(speeds, _LEAST_SPEED))


def draw_points(asked: Request) -> PaperFigure:
    """The slow manifold and the fixed points twice: by log10 q, and by what the network decides for there.

    Args:
        asked: What is asked for; at the zero input there is no manifold.

    Raises:
        RunError: There is neither a fixed point nor a slow manifold.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, figure 1 c.
    """
    run, look, held = asked.run, asked.look, asked.held
    analysis = run.analysis
    points = distinct(run, held)
    reached = (
        analysis["manifold_reached"].values == 1
        if held == "mean" and "manifold_reached" in analysis
        else np.zeros(0, dtype=bool)
    )
    surface = coordinates(run, "manifold_on_components")[reached] if reached.any() else np.zeros((0, 2))
    if not len(points) and not len(surface):
        raise refused(asked, f"nothing comes to rest at the {held} input")
    at, tips = points.at[:, :2], readout_tips(run)
    window = frame(surface, at, 1.04 * tips, room=0.05)
    # What stands alone weighs as much as a crowd: no point and no readout is to be hidden.
    lone = np.repeat(np.vstack([at, *(share * tips for share in (0.4, 0.6, 0.8, 1.0))]), len(surface) // 30 + 4, axis=0)
    corner, hidden = free_corner(window, surface, lone)
    if hidden > _HIDDEN:
        window = widened(window, right=_ROOM)
        corner, _ = free_corner(window, surface, lone)
    handles = group_legend(asked, sorted({*points.predicted.tolist(), *range(min(len(look.names), _NAMED))}))
    made, planes = asked.canvas.planes(
        window, 2, most=2 if asked.width == "double" else 1, above=max(0.28, legend_height(asked, handles))
    )
    by_speed, by_group = planes

    if len(surface):
        speeds = log_speeds(analysis["manifold_speed"].values[reached])
        scale = Normalize(float(speeds.min()), float(max(speeds.max(), speeds.min() + 1)))
        order = np.argsort(-speeds, kind="stable")  # the slowest lie on top
        by_speed.scatter(*surface[order].T, c=speeds[order], s=4, linewidths=0, cmap="viridis", norm=scale)
        made.colorbar(
            ScalarMappable(scale, "viridis"), ax=by_speed, location="top", aspect=40, pad=0.01, label="log₁₀ q"
        )
        states = analysis["manifold_state"].values[reached].astype(np.float64)
        colours = [look.colours[group] for group in asked.groups_at(states).tolist()]
        add_cloud(by_group, surface, colours, size=4, alpha=0.6)
    add_points(by_speed, asked, points, [look.ink] * len(points))
    if len(points):
        by_speed.legend(handles=sort_legend(asked, points), loc=_opposite(window, surface, at))
    add_readouts(by_group, asked, tips, width=1.6)
    add_points(by_group, asked, points, [look.colours[group] for group in points.predicted.tolist()], rim=look.ink)
    found = run.summary["dimension"]["manifold" if len(surface) else "fixed_points"]
    if found is not None and found["shares"]:
        add_small_spectrum(by_group, asked, corner, found["shares"])
    by_group.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(4, legend_columns(asked, handles))
    )
    for plane in planes:
        plane.set(xlabel="PC 1", ylabel="PC 2")
    made.caption = _caption(asked, points.sort, int(reached.sum()), found is not None and bool(found["shares"]))
    return made


def _opposite(window: tuple[list[float], list[float]], *clouds: Float64[np.ndarray, "_point 2"]) -> Corner:
    return free_corner(window, *(cloud for cloud in clouds if len(cloud)))[0]


def _caption(asked: Request, sorts: tuple[str, ...], surface: int, spectrum: bool) -> str:  # noqa: FBT001 - what is shown
    summary = asked.run.summary
    entry = next(entry for entry in summary["fixed_points"] if entry["input"] == asked.held)
    counts = [plural(sorts.count(sort), name) for sort, name in _NAMES.items() if sort in sorts]
    manifold = summary.get("manifold")
    text = (
        f"Where the state comes to rest while the {asked.held} input is held: {listed(counts) or 'no point'}, found by "
        f"searches from {plural(entry['starts'], 'start')}"
    )
    audit = entry["audit"]
    if audit["applicable"]:
        text += f"; their indices add up to {audit['sum']:+d}".replace("-", MINUS)
    text += ". Round: stable; diamonds: saddles; hollow: ghosts, where the state is slow without a fixed point."
    if surface and manifold is not None:
        text += (
            f" Dots: {plural(surface, 'place')} of the slow manifold, above the plane of "
            f"{plural(manifold['plane'], 'component')}, by the logarithm of the speed q = ½‖F(h) {MINUS} h‖², and in "
            "the colour of what the network decides for there."
        )
    if spectrum:
        text += f" Small: the variance that the first components of {'the manifold' if surface else 'the points'} hold."
    return text + " Lines are the readouts. On the first two principal components of the visited states, to one scale."


_NAMES = {"stable": "stable point", "saddle": "saddle", "degenerate": "degenerate point", "ghost": "ghost"}
