"""Angles and lengths of readouts."""

import math

import pytest
import torch

from slowfold.errors import TensorError
from slowfold.geometry import measure_readouts, simplex_angle


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
