"""A certificate proves a root, and a ball in which it is the only one; where there is no root it proves nothing."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Vanilla
from slowfold.dynamics import Map, certify, find_fixed_points


def single_unit(weight: float, bias: float) -> Map:
    """h -> tanh(weight h + bias), as a cell: three fixed points where the weight is great enough."""
    cell = Vanilla(1, 1, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        for parameter, value in zip(cell.parameters(), (0.0, weight, bias, 0.0), strict=True):
            parameter.fill_(value)
    return Map.hold(cell, torch.zeros(1, dtype=torch.float64))


@settings(max_examples=40)
@given(weight=st.floats(1.05, 5), bias=st.floats(-0.3, 0.3))
def test_no_ball_holds_another_root(weight, bias):
    held = single_unit(weight, bias)
    begin = torch.linspace(-1, 1, 41, dtype=torch.float64).unsqueeze(1)
    points = find_fixed_points(held, begin).distinct
    for row, proof in enumerate(points.certificate):
        assert proof.bounded
        others = torch.cat([points.point[:row], points.point[row + 1 :]])
        if proof.certain and len(others):
            assert (others - points.point[row]).abs().min() >= proof.radius


def test_the_ball_of_a_pitchfork_is_known_in_closed_form():
    # At 0 the slope of tanh(2 h) is 2, so beta is 1; the greatest bend of tanh(2 h) near 0 is 4 tanh''(2 r).
    proof = certify(single_unit(2.0, 0.0), torch.zeros(1, dtype=torch.float64))
    assert proof.sign == -1
    assert proof.smallest == pytest.approx(1)
    assert proof.certain
    argument = min(2 * proof.radius, math.atanh(1 / math.sqrt(3)))
    bend = 4 * 2 * math.tanh(argument) * (1 - math.tanh(argument) ** 2)
    assert proof.radius <= 2 / bend * (1 + 1e-9)
    assert proof.radius > 0.3


def test_where_there_is_no_root_nothing_is_proven():
    held = single_unit(2.0, 0.0)
    proof = certify(held, torch.tensor([0.4], dtype=torch.float64))
    assert not proof.certain
    assert proof.radius == 0


def test_a_double_root_is_not_certain():
    proof = certify(Map(lambda h: h + h * h, 1), torch.tensor([1e-11], dtype=torch.float64))
    assert not proof.certain
    assert not proof.bounded


@pytest.mark.parametrize("point", [[0.0, 0.0, 0.0], [0.7, 0.0, 0.0]])
def test_the_points_of_a_line_are_not_certain(point):
    assert not certify(zoo.line(), torch.tensor(point, dtype=torch.float64)).certain


def test_a_state_where_the_map_is_not_finite_is_not_certain():
    proof = certify(Map(lambda h: 1 / h, 1), torch.zeros(1, dtype=torch.float64))
    assert not proof.certain


@pytest.mark.parametrize("kind", [GRU, LSTM, UGRNN, Vanilla])
def test_the_proof_stands_the_size_of_a_network(kind):
    cell = kind(3, 40, generator=torch.Generator().manual_seed(1)).double()
    held = Map.hold(cell, torch.zeros(3, dtype=torch.float64))
    points = find_fixed_points(held, torch.zeros(1, cell.size, dtype=torch.float64)).distinct
    (proof,) = points.certificate
    assert proof.certain
    assert proof.bounded
    assert proof.product < 1e-9
    assert proof.radius > 1e-3
    # From anywhere in the ball, Newton's method ends at this root.
    draw = torch.Generator().manual_seed(2)
    aside = torch.randn(5, cell.size, generator=draw, dtype=torch.float64)
    aside = points.point + 0.9 * proof.radius * aside / aside.norm(dim=1, keepdim=True)
    again = find_fixed_points(held, aside).distinct
    assert len(again) == 1
    torch.testing.assert_close(again.point, points.point, rtol=0, atol=1e-9)
