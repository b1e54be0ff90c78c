"""A figure fits itself, other figures do not, and random corners fit as chance has it."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.shapes import FIGURES, score_figures, simplex_angle


def turned(points, seed=0, units=11):
    """The points turned, scaled and moved at random in more units."""
    draw = torch.Generator().manual_seed(seed)
    basis, _ = torch.linalg.qr(torch.randn(units, units, generator=draw, dtype=torch.float64))
    return 3.7 * points.double() @ basis[: points.shape[1]] + torch.randn(units, generator=draw, dtype=torch.float64)


def labels_of(size):
    return torch.tensor(list(product((False, True), repeat=size)))


def on_arc(corners, degrees):
    angle = torch.linspace(0, math.radians(degrees), corners, dtype=torch.float64)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def procrustes(corners, template):
    """The misfit as SciPy's recipe has it, in NumPy: both centred and scaled, the template turned to fit."""
    a, b = (np.asarray(points) - np.asarray(points).mean(axis=0) for points in (corners, template))
    sizes = np.linalg.svd(b.T @ a / np.linalg.norm(a) / np.linalg.norm(b), compute_uv=False)
    return math.sqrt(max(0.0, 1 - sizes.sum() ** 2))


@pytest.mark.parametrize("corners", range(3, 9))
def test_a_simplex_is_a_simplex(corners):
    found = score_figures(turned(torch.eye(corners)), seed=1)
    assert found.best == "simplex"
    fit = found.fits["simplex"]
    assert (fit.misfit, fit.score, fit.p) == (pytest.approx(0, abs=1e-7), pytest.approx(1, abs=1e-6), 1 / 1000)
    others = [fit.score for name, fit in found.fits.items() if fit is not None and name != "simplex"]
    assert max(others) < 0.4
    sides = ~torch.eye(corners, dtype=torch.bool)
    expected = torch.full((corners * (corners - 1),), simplex_angle(corners), dtype=torch.float64)
    torch.testing.assert_close(found.angles[sides], expected)
    torch.testing.assert_close(found.edges[sides], torch.full_like(expected, 3.7 * math.sqrt(2)))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_cube_is_a_cube(size):
    labels = labels_of(size)
    found = score_figures(turned(labels.double()), labels=labels)
    assert found.best == "cube"
    assert found.fits["cube"].score == pytest.approx(1, abs=1e-6)
    assert found.fits["simplex"].score < 0.1
    # With the labels of another corner each, it is none.
    assert score_figures(turned(labels.double()), labels=labels.roll(1, dims=0)).fits["cube"].score < 0.5


def test_a_square_is_found_without_labels():
    square = turned(torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]))
    assert score_figures(square).fits["cube"].misfit == pytest.approx(0, abs=1e-7)
    assert score_figures(turned(labels_of(3).double())).fits["cube"] is None


@pytest.mark.parametrize("corners", [3, 5, 8])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.75])
def test_an_arc_is_an_arc(corners, share):
    points = turned(on_arc(corners, 360 * share * (corners - 1) / corners))
    assert score_figures(points, in_order=True).fits["arc"].misfit == pytest.approx(0, abs=1e-6)
    mixed = points[torch.randperm(corners, generator=torch.Generator().manual_seed(0))]
    if share <= 0.5:
        # Taken by their first component they are in order again, as long as the arc is no more than half a circle.
        assert score_figures(mixed).fits["arc"].misfit == pytest.approx(0, abs=1e-6)


def test_a_line_and_a_plane_are_told_by_their_directions():
    line = score_figures(turned(torch.tensor([[0.0], [1.0], [4.0], [9.0]])))
    assert (line.fits["line"].misfit, line.fits["plane"].misfit) == pytest.approx((0, 0), abs=1e-7)
    plane = score_figures(turned(torch.randn(6, 2, generator=torch.Generator().manual_seed(0))))
    assert plane.fits["plane"].misfit == pytest.approx(0, abs=1e-7)
    assert plane.fits["line"].misfit > 0.3


@settings(max_examples=30)
@given(corners=st.integers(3, 4), seed=st.integers(0, 100))
def test_misfits_are_those_of_procrustes(corners, seed):
    points = torch.randn(corners, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    labels = labels_of(2)[:corners]
    found = score_figures(points, labels=labels, draws=19).fits
    assert found["simplex"].misfit == pytest.approx(procrustes(points, np.eye(corners)), abs=1e-9)
    assert found["cube"].misfit == pytest.approx(procrustes(points, labels.double()), abs=1e-9)


@pytest.mark.parametrize("in_order", [False, True])
def test_random_corners_score_as_chance_has_it(in_order):
    values = {name: [] for name in FIGURES}
    for seed in range(40):
        points = torch.randn(4, 3, generator=torch.Generator().manual_seed(seed + 500), dtype=torch.float64)
        for name, fit in score_figures(points, in_order=in_order, draws=99, seed=seed).fits.items():
            values[name].append(fit.p)
    for name, found in values.items():
        assert 0.35 < np.mean(found) < 0.65, name
        assert 0.005 < np.mean(np.array(found) <= 0.2) < 0.4, name


@pytest.mark.parametrize(("corners", "scored"), [(2, set()), (3, {"simplex", "line", "arc", "cube"})])
def test_what_fits_any_corners_so_few_has_no_score(corners, scored):
    found = score_figures(torch.eye(corners))
    assert {name for name, fit in found.fits.items() if fit is not None} == scored
    assert (found.best is None) == (not scored)


def test_the_same_seed_draws_the_same_corners():
    points = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    assert score_figures(points, seed=3).fits == score_figures(points, seed=3).fits
    assert score_figures(points, seed=3).fits != score_figures(points, seed=4).fits


@pytest.mark.parametrize(
    ("corners", "options", "error"),
    [
        (torch.ones(1, 3), {}, TensorError),
        (torch.ones(3, 3), {}, TensorError),
        (torch.full((3, 3), torch.nan), {}, TensorError),
        (torch.zeros(0, 3), {}, TensorError),
        (torch.eye(3), {"labels": torch.zeros(3, 2, dtype=torch.bool)}, TensorError),
        (torch.eye(3), {"draws": 5}, OptionError),
    ],
    ids=["one", "identical", "nan", "none", "equal labels", "draws"],
)
def test_what_is_no_figure_is_refused(corners, options, error):
    with pytest.raises(error):
        score_figures(corners, **options)


@pytest.mark.parametrize(("corners", "units"), [(3, 1), (4, 1), (4, 2), (8, 2)])
def test_what_any_corners_in_so_few_units_lie_on_is_not_scored(corners, units):
    fits = score_figures(torch.randn(corners, units, generator=torch.Generator().manual_seed(0)), draws=19).fits
    assert (fits["line"] is None, fits["plane"] is None) == (units == 1, True)
    assert all(fit is None or math.isfinite(fit.score) for fit in fits.values())
