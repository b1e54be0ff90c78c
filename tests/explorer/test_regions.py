"""Regions against the evidence itself, at places drawn at random."""

from __future__ import annotations

import numpy as np
import pytest

from slowfold.explorer.regions import Plane, Region, find_regions

WINDOW = ((-2.0, 3.0), (-1.0, 1.5))
AREA = 12.5


def drawn(classes: int, seed: int) -> Plane:
    random = np.random.default_rng(seed)
    return Plane(random.normal(size=(classes, 2)), random.normal(size=classes))


def area(region: Region) -> float:
    x, y = region.corners.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def holds(region: Region, places: np.ndarray) -> np.ndarray:
    """Which places lie in a convex polygon: on the same side of all of its edges."""
    edges = np.roll(region.corners, -1, axis=0) - region.corners
    to = places[:, None] - region.corners[None]
    side = edges[:, 0] * to[..., 1] - edges[:, 1] * to[..., 0]
    return (side > 0).all(axis=1) | (side < 0).all(axis=1)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("classes", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("seed", [0, 1])
def test_each_place_lies_in_the_region_of_what_is_decided_there(classes: int, seed: int, several: bool) -> None:
    plane = drawn(classes, seed)
    regions = find_regions(plane, WINDOW, several=several)
    assert sum(area(region) for region in regions) == pytest.approx(AREA)
    assert len({region.labels for region in regions}) == len(regions)
    places = np.random.default_rng(2).uniform((-2, -1), (3, 1.5), size=(400, 2))
    evidence = places @ plane.slopes.T + plane.offsets
    inside = np.stack([holds(region, places) for region in regions], axis=1)
    assert (inside.sum(axis=1) == 1).all()
    for row, region in zip(evidence, inside.argmax(axis=1), strict=True):
        decided = tuple(np.flatnonzero(row > 0).tolist()) if several else (int(row.argmax()),)
        assert regions[region].labels == decided


def test_a_class_that_never_has_the_most_evidence_has_no_region() -> None:
    plane = Plane(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]), np.array([0.0, 0.0, -1.0]))
    assert {region.labels for region in find_regions(plane, WINDOW, several=False)} == {(0,), (1,)}
