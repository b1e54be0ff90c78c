"""The map of networks: distances of points are found again, others as nearly as can be."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.comparison import place_by_distance


def distances_of(points):
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


@given(st.integers(2, 12), st.integers(1, 2), st.integers(0, 99))
def test_points_of_a_plane_are_found_again(count, dimensions, seed):
    points = torch.randn(count, dimensions, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    table = distances_of(points)
    placed = place_by_distance(table, axes=min(2, count))
    assert torch.allclose(distances_of(placed.position), table, atol=1e-7)
    assert placed.beyond < 1e-9
    assert float(placed.shares.sum()) == pytest.approx(1, abs=1e-9)
    assert torch.allclose(placed.position.mean(0), torch.zeros(1, dtype=torch.float64), atol=1e-9)


def test_shares_say_what_an_axis_leaves_out():
    points = torch.tensor([[3.0, 0, 0], [-3, 0, 0], [0, 2, 0], [0, -2, 0], [0, 0, 1], [0, 0, -1]], dtype=torch.float64)
    variances = np.array([9.0, 4.0, 1.0])
    assert place_by_distance(distances_of(points)).shares.numpy() == pytest.approx(variances[:2] / 14, abs=1e-12)


def test_what_is_not_flat_is_told():
    # Four corners of a square whose sides are 1 and whose diagonals are 2: the long way round, as on a ring.
    ring = torch.tensor([[0.0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]])
    assert place_by_distance(ring).beyond == pytest.approx(1 / 4, abs=1e-9)


def test_the_same_distances_give_the_same_map_and_alike_networks_one_point():
    table = distances_of(torch.randn(9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))
    before = table.clone()
    assert torch.equal(place_by_distance(table).position, place_by_distance(table).position)
    assert torch.equal(table, before)
    alike = place_by_distance(torch.zeros(4, 4))
    assert not alike.position.any()
    assert alike.beyond == 0


@pytest.mark.parametrize(
    "table",
    [
        torch.tensor([[0.0, 1], [2, 0]]),
        torch.tensor([[0.0, -1], [-1, 0]]),
        torch.tensor([[1.0, 1], [1, 0]]),
        torch.tensor([[0.0, torch.nan], [torch.nan, 0]]),
    ],
    ids=["not symmetric", "negative", "diagonal", "NaN"],
)
def test_what_is_no_table_of_distances_is_refused(table):
    with pytest.raises(TensorError, match="distances"):
        place_by_distance(table)


@pytest.mark.parametrize("axes", [0, 3])
def test_too_many_axes_or_none_are_refused(axes):
    with pytest.raises(OptionError, match="axes"):
        place_by_distance(torch.zeros(2, 2), axes=axes)
