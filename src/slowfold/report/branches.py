"""Where the held network goes from its saddles: the ways along what grows there, as a figure can show them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from slowfold.dynamics import Map
from slowfold.report.rereading import hold_mean
from slowfold.report.scene import coordinates, distinct
from slowfold.study import Run

__all__ = ["ASIDE", "MOST_STEPS", "Branch", "branches_of"]

ASIDE = 0.01
"""How far beside a saddle a way begins, over the spread of the visited states."""

MOST_STEPS = 2_000
"""A way is followed no further than this."""

# More ways than this hide each other; and so many states of each are drawn, evenly along its length.
_MOST_BRANCHES, _DRAWN = 80, 40
# Steps that are taken at a time, and how near a listed point a way has arrived, over the spread of the visited states.
_STRIDE, _NEAR = 100, 0.01


@dataclass(frozen=True)
class Branch:
    """One way from a saddle.

    Attributes:
        saddle: The row of the saddle among the distinct points.
        reached: The row of the fixed point that it comes to; None where it has come to none in :data:`MOST_STEPS`.
        states: States on the way, that of the saddle first, [time, component].
    """

    saddle: int
    reached: int | None
    states: Float64[np.ndarray, "time component"]


def branches_of(run: Run, count: int = 3) -> list[Branch]:
    """The ways from the saddles at the mean input, both ways along each slow mode that grows there.

    They are followed from one hundredth of the spread of the visited states beside the saddle, so that they are ways
    near those that leave the saddle itself. :func:`slowfold.dynamics.find_connections` says with more care which
    attractors a saddle lies between.

    Args:
        run: A finished run.
        count: How many components.

    Returns:
        At most 80 ways; none where the run has no saddle, or does not keep its mean input.
    """
    analysis = run.analysis
    if "mean_eigenvalue" not in analysis or "mean_input" not in analysis:
        return []
    points = torch.from_numpy(analysis["mean_point_state"].values.astype(np.float64))
    stable = np.array([sort == "stable" for sort in distinct(run, "mean").sort[: len(points)]], dtype=bool)
    spread = float(np.sqrt(coordinates(run, "state", analysis.sizes["component"]).var(axis=0).sum()))
    saddles, directions = _growing(run)
    if not saddles or not stable.any() or spread <= 0:
        return []
    saddles, directions = saddles[:_MOST_BRANCHES], directions[:_MOST_BRANCHES]
    begin = points[saddles] + ASIDE * spread * directions
    path, reached = _followed(hold_mean(run), begin, points, np.flatnonzero(stable), _NEAR * spread)
    network, mean = run.network, analysis["mean"].values.astype(np.float64)
    axes = analysis["axes"].values[:count].astype(np.float64)
    axes = np.vstack([axes, np.zeros((count - len(axes), axes.shape[1]))])
    branches: list[Branch] = []
    for row, saddle in enumerate(saddles):
        end = reached[row]
        states = torch.cat([points[saddle : saddle + 1], path[: end[1] + 1, row]])
        if end[0] is not None:
            states = torch.cat([states, points[end[0] : end[0] + 1]])
        read = network.read_out(states).numpy().astype(np.float64)
        branches.append(Branch(saddle, end[0], _thinned((read - mean) @ axes.T)))
    return branches


def _growing(run: Run) -> tuple[list[int], Tensor]:
    """The saddle of each way, and the unit vector along which it is left, [way, unit]."""
    values, right = run.analysis["mean_eigenvalue"].values, run.analysis["mean_right"].values
    kept = right.shape[2]
    saddles: list[int] = []
    directions: list[Float64[np.ndarray, " unit"]] = []
    for point, row in enumerate(values[:, :kept]):
        # Of a conjugate pair one is enough: the way turns through the plane of both.
        for mode in np.flatnonzero((np.abs(row) > 1) & (row.imag >= 0)).tolist():
            along = np.real(right[point, :, mode]).astype(np.float64)
            along /= max(float(np.linalg.norm(along)), 1e-300)
            saddles += [point, point]
            directions += [along, -along]
    if not directions:
        return [], torch.zeros(0, right.shape[1], dtype=torch.float64)
    return saddles, torch.from_numpy(np.stack(directions))


def _followed(
    held: Map, begin: Tensor, points: Tensor, ends: np.ndarray, near: float
) -> tuple[Tensor, list[tuple[int | None, int]]]:
    """All states of all ways, [time, way, unit], and of each the point that it came to and after how many steps."""
    parts = [begin[None]]
    targets = points[torch.from_numpy(ends)]
    found: list[tuple[int | None, int]] = [(None, MOST_STEPS)] * len(begin)
    for done in range(0, MOST_STEPS, _STRIDE):
        part = held.follow(parts[-1][-1], _STRIDE)[1:]
        parts.append(part)
        away = torch.stack([(part - target).norm(dim=2) for target in targets], dim=2)  # [time, way, end]
        arrived = (away <= near).any(dim=2)
        for way in arrived.any(dim=0).nonzero().flatten().tolist():
            if found[way][0] is None:
                time = int(arrived[:, way].int().argmax())
                found[way] = (int(ends[int(away[time, way].argmin())]), done + time + 1)
        if all(row is not None for row, _ in found):
            break
    path = torch.cat(parts)
    return path, [(row, min(time, len(path) - 1)) for row, time in found]


def _thinned(states: Float64[np.ndarray, "time component"]) -> Float64[np.ndarray, "drawn component"]:
    """So many of the states, evenly along the length of the way, both ends among them."""
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(states, axis=0), axis=1).cumsum()])
    wanted = np.searchsorted(along, np.linspace(0, along[-1], _DRAWN)).clip(max=len(states) - 1)
    return states[np.unique(np.concatenate([[0], wanted, [len(states) - 1]]))]
