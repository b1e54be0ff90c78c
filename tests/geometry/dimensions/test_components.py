"""Dimensions of clouds whose dimension is known."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import TensorError
from slowfold.geometry import Dimension, dimension, principal_components


def cloud(count: int, size: int, filled: int, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    basis, _ = torch.linalg.qr(torch.randn(size, size, generator=draw, dtype=torch.float64))
    return torch.randn(count, filled, generator=draw, dtype=torch.float64) @ basis[:filled] + 3.0


@given(filled=st.integers(1, 8), seed=st.integers(0, 50))
def test_a_round_cloud_fills_its_dimension(filled, seed):
    measured = dimension(cloud(4000, 12, filled, seed))
    assert measured.participation_ratio == pytest.approx(filled, rel=0.05)
    assert sum(measured.shares[filled:]) < 1e-12
    assert measured.for_95 <= filled


@pytest.mark.parametrize("classes", range(2, 12))
def test_the_corners_of_a_simplex_fill_one_dimension_fewer(classes):
    measured = dimension(torch.eye(classes))
    assert measured.participation_ratio == pytest.approx(classes - 1)
    assert measured.for_90 == math.ceil(0.9 * (classes - 1) - 1e-9)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20).filter(lambda values: sum(values) > 1e-6))
def test_shares_add_up_and_the_ratio_lies_between_one_and_all(variances):
    measured = Dimension.from_variances(variances)
    assert sum(measured.shares) == pytest.approx(1)
    assert 1 - 1e-9 <= measured.participation_ratio <= len(variances) + 1e-9
    assert 1 <= measured.for_90 <= measured.for_95 <= len(variances)
    assert list(measured.shares) == sorted(measured.shares, reverse=True)


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10))
def test_neither_scale_nor_place_nor_rotation_matters(scale, shift):
    states = cloud(60, 6, 4)
    turned = states[:, torch.randperm(6, generator=torch.Generator().manual_seed(1))]
    expected = dimension(states).participation_ratio
    assert dimension(scale * turned + shift).participation_ratio == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("count", [1, 5])
def test_equal_points_fill_no_dimension(count):
    measured = dimension(torch.full((count, 4), 1 / 3))
    assert measured == Dimension(shares=(), participation_ratio=0.0, for_90=0, for_95=0)


def test_rounding_noise_of_coarse_states_fills_no_dimension():
    draw = torch.Generator().manual_seed(0)
    flips = torch.randint(-1, 2, (200, 16), generator=draw)
    noisy = torch.full((200, 16), 0.3) + flips * torch.finfo(torch.float32).eps * 0.3
    assert dimension(noisy).shares == ()
    assert dimension(noisy.double()).participation_ratio > 10


def test_fewer_points_than_units():
    measured = dimension(cloud(3, 50, 20))
    assert sum(share > 1e-9 for share in measured.shares) == 2


@pytest.mark.parametrize("states", [torch.zeros(0, 3), torch.tensor([[0.0, float("nan")]])])
def test_no_states_or_bad_ones_are_refused(states):
    with pytest.raises(TensorError):
        dimension(states)


def test_variances_that_are_not_finite_are_refused():
    with pytest.raises(TensorError):
        Dimension.from_variances([1.0, float("nan")])


def test_projecting_and_flattening_agree():
    states = cloud(40, 7, 7)
    axes = principal_components(states)
    torch.testing.assert_close(axes.flatten(states, 7), states)
    flat = axes.flatten(states, 2)
    torch.testing.assert_close(axes.project(flat, 2), axes.project(states, 2))
    assert axes.project(flat)[:, 2:].abs().max() < 1e-12
    shift = torch.ones(7, dtype=torch.float64)
    torch.testing.assert_close(axes.project(states + shift) - axes.project(states), axes.direction(shift).expand(40, 7))


def test_variances_are_those_of_numpy():
    states = cloud(200, 5, 5)
    expected = np.linalg.eigvalsh(np.cov(states.numpy().T, bias=True))[::-1]
    np.testing.assert_allclose(principal_components(states).variances.numpy(), expected, rtol=1e-10)


def test_axes_do_not_depend_on_the_order_of_the_states():
    states = cloud(50, 6, 6)
    torch.testing.assert_close(principal_components(states).axes, principal_components(states.flip(0)).axes)
