"""The slow manifold in the figures of states: its points, and which way the state is carried from each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slowfold.report.groups import groups_of
from slowfold.report.scene import coordinates
from slowfold.report.theme import GREY
from slowfold.report.wording import rounded
from slowfold.study import Run

__all__ = ["Surface", "add_manifold", "add_manifold_in_space", "surface_of"]

# Strokes are made longer by one factor, such that nine of ten are no longer than this share of the surface's extent.
_REACH, _MOST = 0.05, 0.9


@dataclass(frozen=True)
class Surface:
    """The points of the slow manifold that were reached.

    Attributes:
        at: Coordinates, [point, component].
        tip: Where the stroke from each ends: along the velocity, made longer by one factor, [point, component].
        note: What a point says under the pointer, safe for plotly, [point].
    """

    at: NDArray[np.float64]
    tip: NDArray[np.float64]
    note: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.note)


def surface_of(run: Run, count: int = 2) -> Surface | None:
    """The slow manifold at the mean input on the first ``count`` components; None where it was not found."""
    if "manifold_reached" not in run.analysis:
        return None
    reached = run.analysis["manifold_reached"].values == 1
    if not reached.any():
        return None
    at = coordinates(run, "manifold_on_components", count)[reached]
    velocity = coordinates(run, "manifold_velocity", count)[reached]
    extent = float((at.max(axis=0) - at.min(axis=0)).max())
    fast = float(np.quantile(np.linalg.norm(velocity, axis=1), _MOST))
    factor = _REACH * extent / fast if fast > 0 else 0.0
    groups = groups_of(run)
    speeds, defects, decided = (
        run.analysis[f"manifold_{name}"].values[reached] for name in ("speed", "defect", "predicted")
    )
    notes = [
        f"slow manifold<br>speed q {speed:.1e}<br>{_off(defect)}<br>predicts {groups.shown.names[group]}"
        for speed, defect, group in zip(speeds.tolist(), defects.tolist(), groups.of(decided).tolist(), strict=True)
    ]
    return Surface(at, at + factor * velocity, tuple(notes))


def add_manifold(drawn: go.Figure, run: Run) -> None:
    """Puts the slow manifold under what follows: grey dots, each with a stroke the way the state is carried.

    Args:
        drawn: The figure.
        run: A finished run.
    """
    surface = surface_of(run)
    if surface is None:
        return
    # Its name in the legend hides the dots and the strokes alike.
    group = "manifold"
    strokes = _with_gaps(surface)
    drawn.add_scatter(
        x=rounded(strokes[:, 0]),
        y=rounded(strokes[:, 1]),
        mode="lines",
        legendgroup=group,
        showlegend=False,
        line={"color": GREY, "width": 1},
        hoverinfo="skip",
    )
    drawn.add_scatter(
        x=rounded(surface.at[:, 0]),
        y=rounded(surface.at[:, 1]),
        mode="markers",
        name=group,
        legendgroup=group,
        marker={"color": GREY, "size": 3},
        hovertext=list(surface.note),
        hoverinfo="text",
    )


def add_manifold_in_space(drawn: go.Figure, run: Run) -> None:
    """Puts the points of the slow manifold into a scene in space.

    Args:
        drawn: The figure.
        run: A finished run.
    """
    surface = surface_of(run, 3)
    if surface is None:
        return
    drawn.add_scatter3d(
        **{name: rounded(surface.at[:, axis]) for axis, name in enumerate("xyz")},
        mode="markers",
        name="slow manifold, mean input",
        marker={"color": GREY, "size": 2.5, "opacity": 0.8},
        hovertext=list(surface.note),
        hoverinfo="text",
    )


def _with_gaps(surface: Surface) -> NDArray[np.float64]:
    """Each point and the end of its stroke, and a gap after each pair, [3 points, component]."""
    gap = np.full_like(surface.at, np.nan)
    return np.stack([surface.at, surface.tip, gap], axis=1).reshape(-1, surface.at.shape[1])


def _off(defect: float) -> str:
    if not np.isfinite(defect):
        return "one step leads to where no surface was found"
    return f"one step leads off it by {100 * defect:.0f} % of its length"
