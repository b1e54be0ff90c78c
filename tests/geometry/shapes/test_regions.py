"""Regions and borders: what the readout says of states in the plane, and where it changes its mind."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.errors import OptionError, TensorError
from slowfold.geometry import PrincipalComponents, principal_components
from slowfold.geometry.shapes import class_regions, label_regions

WINDOW = ((-2.0, 1.5), (-1.0, 2.0))


def drawn(classes, seed, units=5):
    draw = torch.Generator().manual_seed(seed)
    states = torch.randn(40, units, generator=draw, dtype=torch.float64) + 1
    weight, bias = torch.randn(classes, units + 1, generator=draw, dtype=torch.float64).split((units, 1), dim=1)
    return principal_components(states), weight, bias.squeeze(1)


def logits_at(axes, weight, bias, places):
    states = axes.mean + places @ axes.axes[:2]
    return states @ weight.T + bias


@settings(max_examples=30)
@given(classes=st.integers(2, 6), seed=st.integers(0, 60))
def test_the_grid_is_decided_as_states_are(classes, seed):
    axes, weight, bias = drawn(classes, seed)
    found = class_regions(axes, weight, bias, within=WINDOW, resolution=7)
    for row, y in enumerate(found.y):
        places = torch.stack([found.x, y.expand(7)], dim=1)
        assert found.decided[row].equal(logits_at(axes, weight, bias, places).argmax(dim=1))


@settings(max_examples=30)
@given(classes=st.integers(2, 6), seed=st.integers(0, 60))
def test_on_a_border_two_classes_are_tied_for_most(classes, seed):
    axes, weight, bias = drawn(classes, seed)
    found = class_regions(axes, weight, bias, within=WINDOW, resolution=5)
    for ends, (a, b) in zip(found.borders, found.between.tolist(), strict=True):
        for place in torch.lerp(ends[0], ends[1], torch.tensor([[0.0], [0.37], [1.0]], dtype=torch.float64)):
            logits = logits_at(axes, weight, bias, place)
            assert logits[a].item() == pytest.approx(logits[b].item(), abs=1e-9)
            assert logits[a] >= logits.max() - 1e-9
            for value, (low, high) in zip(place.tolist(), WINDOW, strict=True):
                assert low - 1e-9 <= value <= high + 1e-9


@settings(max_examples=30)
@given(classes=st.integers(2, 6), seed=st.integers(0, 60))
def test_no_border_is_missing(classes, seed):
    axes, weight, bias = drawn(classes, seed)
    found = class_regions(axes, weight, bias, within=WINDOW, resolution=40)
    beside = {
        frozenset(pair)
        for first, second in (
            (found.decided[:, 1:], found.decided[:, :-1]),
            (found.decided[1:], found.decided[:-1]),
        )
        for pair in zip(first.flatten().tolist(), second.flatten().tolist(), strict=True)
        if pair[0] != pair[1]
    }
    borders = {frozenset(pair) for pair in found.between.tolist()}
    # A region narrower than the grid lies between two classes that the grid shows side by side: then both are borders.
    thin = {label for pair in borders - beside for label in pair}
    assert all(pair in borders or thin for pair in beside)
    for pair in beside - borders:
        assert any({min(pair), other} <= set(border) for border in borders for other in thin)


def test_labels_have_a_border_each():
    axes = PrincipalComponents(torch.zeros(2), torch.eye(2), torch.ones(2))
    found = label_regions(axes, torch.eye(2), torch.tensor([0.5, 0.0]), within=((-1.0, 1.0), (-1.0, 1.0)), resolution=4)
    assert found.borders.tolist() == [[[-0.5, -1.0], [-0.5, 1.0]], [[-1.0, 0.0], [1.0, 0.0]]]
    assert found.between.tolist() == [[0, 0], [1, 1]]
    assert found.decided.tolist() == [[0, 1, 1, 1], [0, 1, 1, 1], [2, 3, 3, 3], [2, 3, 3, 3]]


def test_three_classes_meet_in_one_place():
    corners = torch.tensor([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]])
    axes = PrincipalComponents(torch.zeros(2), torch.eye(2), torch.ones(2))
    found = class_regions(axes, corners, within=((-1.0, 1.0), (-1.0, 1.0)), resolution=3)
    assert len(found.borders) == 3
    assert all(ends.norm(dim=1).min().item() == pytest.approx(0, abs=1e-6) for ends in found.borders)


def test_readouts_that_are_equal_have_no_border():
    axes = PrincipalComponents(torch.zeros(2), torch.eye(2), torch.ones(2))
    found = class_regions(axes, torch.ones(2, 2), within=WINDOW, resolution=3)
    assert found.borders.shape == (0, 2, 2)
    assert found.between.shape == (0, 2)


@pytest.mark.parametrize("draw", [class_regions, label_regions])
def test_what_has_no_plane_is_refused(draw):
    axes, weight, bias = drawn(3, 0)
    line = PrincipalComponents(axes.mean, axes.axes[:1], axes.variances[:1])
    with pytest.raises(TensorError, match="plane"):
        draw(line, weight, bias, within=WINDOW)
    with pytest.raises(TensorError, match="NaN"):
        draw(axes, weight * torch.nan, bias, within=WINDOW)
    with pytest.raises(OptionError):
        draw(axes, weight, bias, within=((1.0, 1.0), (0.0, 1.0)))
    with pytest.raises(OptionError):
        draw(axes, weight, bias, within=WINDOW, resolution=1)


def test_one_class_has_no_border():
    axes, weight, bias = drawn(1, 0)
    with pytest.raises(TensorError, match="one class"):
        class_regions(axes, weight, bias, within=WINDOW)
