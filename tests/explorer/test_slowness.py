from __future__ import annotations

import numpy as np
import pytest

from slowfold.explorer.landscape import window_of
from slowfold.explorer.slowness import measure_slowness
from slowfold.report.scene import coordinates
from slowfold.study import Run


def test_beside_a_point_of_the_manifold_the_speed_is_that_of_the_point(explored: Run) -> None:
    found = measure_slowness(explored, window_of(explored))
    assert found is not None
    reached = explored.analysis["manifold_reached"].values == 1
    at = coordinates(explored, "manifold_on_components")[reached]
    speed = np.log10(explored.analysis["manifold_speed"].values[reached])
    cell = found.across[1] - found.across[0]
    column = np.rint((at[:, 0] - found.across[0]) / cell).astype(int)
    row = np.rint((at[:, 1] - found.up[0]) / cell).astype(int)
    spread = found.speed[row, column]
    assert np.isfinite(spread).all()
    # A cell lies among several points, so it has a mean of their speeds, and the order of places stays.
    assert np.corrcoef(spread, speed)[0, 1] > 0.95
    assert spread.min() >= speed.min()
    assert spread.max() <= speed.max()


def test_far_from_the_manifold_nothing_is_said(explored: Run) -> None:
    found = measure_slowness(explored, ((-500.0, -400.0), (300.0, 400.0)))
    assert found is not None
    assert np.isnan(found.speed).all()


@pytest.mark.parametrize("few", [0, 3])
def test_without_a_manifold_there_is_no_shading(explored: Run, few: int) -> None:
    analysis = explored.analysis.copy(deep=True)
    analysis["manifold_reached"].values[few:] = 0
    run = Run(explored.folder)
    # What is read of a run is kept in its dictionary.
    run.__dict__["analysis"] = analysis
    assert measure_slowness(run, window_of(explored)) is None
