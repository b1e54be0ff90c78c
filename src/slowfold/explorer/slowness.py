"""How slow the held network is above each place of the plane: the speed between the points of its slow manifold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from slowfold.report.scene import coordinates
from slowfold.study import Run

__all__ = ["Slowness", "measure_slowness"]

# A picture of so many cells along its longer side is smooth to the eye, and takes a tenth of a second to make.
_CELLS = 144
# The value of a cell is that of the nearest points, the nearer the more; beyond a few spacings nothing is known.
_NEAREST, _SPACINGS = 6, 5.0
_LEAST_CELLS = 4


@dataclass(frozen=True)
class Slowness:
    """The speed of the slow manifold over a window of the plane.

    Attributes:
        across: The middle of each column of cells.
        up: The middle of each row of cells.
        speed: log10 of q = 1/2 ||F(h) - h||^2 at the mean input, NaN where no point of the manifold is near,
            [row, column].
    """

    across: Float64[np.ndarray, " column"]
    up: Float64[np.ndarray, " row"]
    speed: Float64[np.ndarray, "row column"]


def measure_slowness(run: Run, window: tuple[tuple[float, float], tuple[float, float]]) -> Slowness | None:
    """The speed over a window of the first two components, or None where the run found no slow manifold.

    Args:
        run: A finished run.
        window: How far the two axes reach.
    """
    if "manifold_reached" not in run.analysis:
        return None
    speeds = np.asarray(run.analysis["manifold_speed"].values, dtype=np.float64)
    known = (run.analysis["manifold_reached"].values == 1) & np.isfinite(speeds) & (speeds > 0)
    if known.sum() <= _NEAREST:
        return None
    at, value = coordinates(run, "manifold_on_components")[known], np.log10(speeds[known])
    (left, right), (low, high) = window
    cell = max(right - left, high - low) / _CELLS
    across, up = np.arange(left + cell / 2, right, cell), np.arange(low + cell / 2, high, cell)
    spacing = np.median(np.sort(_distances(at, at), axis=1)[:, 1])
    reach = max(_SPACINGS * float(spacing), _LEAST_CELLS * cell)
    return Slowness(across, up, np.stack([_row(at, value, across, height, reach) for height in up.tolist()]))


def _row(at: np.ndarray, value: np.ndarray, across: np.ndarray, height: float, reach: float) -> np.ndarray:
    # Row by row: all cells against all points at once would take tens of megabytes.
    away = _distances(np.column_stack([across, np.full_like(across, height)]), at)
    near = np.argpartition(away, _NEAREST, axis=1)[:, :_NEAREST]
    distance = np.take_along_axis(away, near, axis=1)
    weight = 1 / np.maximum(distance, 1e-12) ** 2
    speed = (weight * value[near]).sum(axis=1) / weight.sum(axis=1)
    return np.where(distance.min(axis=1) <= reach, speed, np.nan)


def _distances(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    return np.linalg.norm(these[:, None] - those[None], axis=2)
