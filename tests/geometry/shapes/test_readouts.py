"""Angles and lengths of readouts."""

import math

import pytest
import torch

from slowfold.errors import TensorError
from slowfold.geometry import measure_readouts, principal_components, simplex_angle
from slowfold.geometry.shapes import shadow_on


@pytest.mark.parametrize("classes", range(2, 12))
def test_a_regular_simplex_has_its_angle(classes):
    corners = torch.eye(classes, dtype=torch.float64) - 1 / classes
    measured = measure_readouts(3 * corners)
    torch.testing.assert_close(
        measured.pair_angles,
        torch.full((classes * (classes - 1) // 2,), simplex_angle(classes), dtype=torch.float64),
    )
    torch.testing.assert_close(measured.norms, 3 * corners.norm(dim=1))


@pytest.mark.parametrize("degrees", [0.0, 1e-6, 0.5, 60.0, 90.0, 179.999999, 180.0])
def test_small_and_large_angles_keep_their_digits(degrees):
    angle = math.radians(degrees)
    rows = torch.tensor([[1.0, 0.0], [math.cos(angle), math.sin(angle)]], dtype=torch.float64)
    assert measure_readouts(rows).pair_angles.item() == pytest.approx(degrees, abs=1e-6, rel=1e-6)


@pytest.mark.parametrize("row", [[float("nan"), 1.0], [float("inf"), 1.0]])
def test_a_readout_that_is_not_finite_is_refused(row):
    with pytest.raises(TensorError):
        measure_readouts(torch.tensor([[1.0, 0.0], row]))


def test_a_readout_of_zero_has_no_angle():
    measured = measure_readouts(torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 3.0]]))
    assert measured.angles.isnan().tolist() == [[False, True, False], [True, True, True], [False, True, False]]
    assert measured.norms.tolist() == [1.0, 0.0, 3.0]


def test_one_class_makes_no_simplex():
    with pytest.raises(TensorError):
        simplex_angle(1)


@pytest.mark.parametrize("classes", range(2, 8))
def test_readouts_of_a_simplex_follow_from_each_other_and_those_of_a_cube_do_not(classes):
    corners = torch.eye(classes, dtype=torch.float64) - 1 / classes
    torch.testing.assert_close(measure_readouts(corners).in_span, torch.ones(classes, dtype=torch.float64))
    assert measure_readouts(torch.eye(classes)).in_span.abs().max() < 1e-12


@pytest.mark.parametrize("classes", range(2, 8))
@pytest.mark.parametrize("size", [0.0, 0.05, 0.15, 0.6])
def test_what_all_readouts_have_in_common_keeps_them_out_of_each_others_span(classes, size):
    corners = torch.eye(classes, dtype=torch.float64) - 1 / classes
    corners /= corners[0].norm()
    rows = torch.cat([corners, torch.full((classes, 1), size, dtype=torch.float64)], dim=1)
    measured, most = measure_readouts(rows), classes - 1
    expected = abs(1 - most * size**2) / math.sqrt((1 + size**2) * (1 + most**2 * size**2))
    assert measured.in_span.tolist() == pytest.approx([expected] * classes, abs=1e-9)
    assert measured.common == pytest.approx(size / math.sqrt(1 + size**2), abs=1e-12)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 60.0, 90.0])
def test_the_share_in_the_span_is_a_cosine(degrees):
    angle = math.radians(degrees)
    rows = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 3 * math.cos(angle), 3 * math.sin(angle)]], dtype=torch.float64)
    assert measure_readouts(rows).in_span[2].item() == pytest.approx(math.cos(angle), abs=1e-9)
    assert shadow_on(rows, rows[:2])[2].item() == pytest.approx(math.cos(angle), abs=1e-9)


def test_a_readout_of_zero_is_nowhere():
    measured = measure_readouts(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
    assert measured.in_span.tolist() == pytest.approx([0.0, math.nan], nan_ok=True)


def test_readouts_lie_within_the_components_they_are_made_of():
    states = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    axes = principal_components(states).axes
    torch.testing.assert_close(shadow_on(axes[:3] * 2, axes[:3]), torch.ones(3, dtype=torch.float64))
    assert shadow_on(axes[3:], axes[:3]).max() < 1e-12


def test_axes_that_are_not_finite_are_refused():
    with pytest.raises(TensorError):
        shadow_on(torch.eye(2), torch.tensor([[math.nan, 1.0]]))
