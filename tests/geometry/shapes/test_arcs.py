"""The way along an arc: its order, its bend, and how often chance would find the order."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.errors import TensorError
from slowfold.geometry.shapes import follow_arc


def on_arc(corners, degrees, radius=2.0):
    angle = torch.linspace(0, math.radians(degrees), corners, dtype=torch.float64)
    return radius * torch.stack([angle.cos(), angle.sin(), torch.zeros_like(angle)], dim=1)


@pytest.mark.parametrize("corners", [3, 5, 9])
@pytest.mark.parametrize("degrees", [1.0, 90.0, 180.0, 230.0])
def test_an_arc_is_followed(corners, degrees):
    arc = follow_arc(on_arc(corners, degrees))
    assert arc.order == tuple(range(corners))
    assert arc.rank_correlation == pytest.approx(1)
    turn = degrees / (corners - 1)
    assert arc.turning.tolist() == pytest.approx([turn] * (corners - 2))
    assert arc.total_turning == pytest.approx(turn * (corners - 2))
    assert arc.curvature.tolist() == pytest.approx([0.5] * (corners - 2), rel=1e-6)
    chord = 4 * math.sin(math.radians(degrees) / 2)
    assert arc.straightness == pytest.approx(chord / ((corners - 1) * 4 * math.sin(math.radians(turn) / 2)))


def test_a_line_has_no_bend():
    arc = follow_arc(torch.tensor([[0.0, 0.0], [1.0, 2.0], [3.0, 6.0], [4.0, 8.0]]))
    assert (arc.total_turning, arc.straightness) == (pytest.approx(0, abs=1e-5), pytest.approx(1))


@settings(max_examples=30)
@given(corners=st.integers(3, 6), seed=st.integers(0, 50))
def test_the_way_is_the_shortest(corners, seed):
    points = torch.randn(corners, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)

    def length(order):
        return points[list(order)].diff(dim=0).norm(dim=1).sum().item()

    arc = follow_arc(points)
    assert sorted(arc.order) == list(range(corners))
    assert length(arc.order) == pytest.approx(min(map(length, permutations(range(corners)))))
    ranks = np.arange(corners)
    assert arc.rank_correlation == pytest.approx(abs(np.corrcoef(ranks, arc.order)[0, 1]), abs=1e-9)
    agreements = [abs(np.corrcoef(ranks, order)[0, 1]) for order in permutations(ranks)]
    assert arc.p == pytest.approx(np.mean(np.array(agreements) >= arc.rank_correlation - 1e-9))


def test_another_order_agrees_less():
    assert follow_arc(on_arc(5, 120)[[0, 2, 1, 3, 4]]).order == (0, 2, 1, 3, 4)
    assert follow_arc(on_arc(5, 120)[[0, 2, 1, 3, 4]]).rank_correlation == pytest.approx(0.9)
    assert follow_arc(on_arc(5, 120).flip(0)).rank_correlation == pytest.approx(1)


def test_of_many_classes_orders_are_drawn():
    assert 0 < follow_arc(on_arc(9, 120)).p < 1e-3
    mixed = on_arc(9, 120)[np.random.default_rng(0).permutation(9)]
    assert 0.05 < follow_arc(mixed).p <= 1
    assert follow_arc(mixed, seed=1).p == pytest.approx(follow_arc(mixed, seed=2).p, abs=0.03)


def test_neighbours_at_one_point_have_no_angle():
    arc = follow_arc(torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [2.0, 1.0]]))
    assert arc.turning.isnan().tolist() == [True, False]


@pytest.mark.parametrize(
    "corners",
    [torch.eye(2), torch.eye(15), torch.ones(4, 2), torch.full((3, 2), torch.nan), torch.zeros(0, 2)],
    ids=["two", "too many", "identical", "nan", "none"],
)
def test_what_is_no_arc_is_refused(corners):
    with pytest.raises(TensorError):
        follow_arc(corners)
