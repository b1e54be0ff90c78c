"""Principal angles between spaces that were turned by known angles."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import TensorError
from slowfold.geometry.dimensions import compare_spaces, principal_angles

ANGLES = st.lists(st.floats(0, 90), min_size=1, max_size=4)


def pair(angles, extra, seed):
    """Two spaces with given principal angles, mixed within themselves and turned together."""
    draw = torch.Generator().manual_seed(seed)
    size = len(angles)
    units = 2 * size + extra
    first, second = torch.zeros(2, size, units, dtype=torch.float64)
    for row, angle in enumerate(angles):
        first[row, row] = 1
        second[row, row], second[row, size + row] = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    turn, _ = torch.linalg.qr(torch.randn(units, units, generator=draw, dtype=torch.float64))
    larger = torch.cat([first, torch.eye(units, dtype=torch.float64)[2 * size :]])
    return _mixed(larger, draw) @ turn, _mixed(second, draw) @ turn


def _mixed(rows, draw):
    basis, _ = torch.linalg.qr(torch.randn(len(rows), len(rows), generator=draw, dtype=torch.float64))
    return torch.cat([basis @ rows * 3, rows[:1]])


@given(angles=ANGLES, extra=st.integers(0, 2), seed=st.integers(0, 30))
def test_angles_are_those_the_spaces_were_turned_by(angles, extra, seed):
    larger, smaller = pair(angles, extra, seed)
    for a, b in ((larger, smaller), (smaller, larger)):
        assert principal_angles(a, b).tolist() == pytest.approx(sorted(angles), abs=1e-6)


@pytest.mark.parametrize("angle", [1e-9, 1e-5, 45.0, 89.999999999])
def test_small_and_large_angles_keep_their_digits(angle):
    turned = torch.tensor([[math.cos(math.radians(angle)), math.sin(math.radians(angle))]], dtype=torch.float64)
    assert principal_angles(torch.eye(2, dtype=torch.float64)[:1], turned).item() == pytest.approx(angle, rel=1e-9)


def test_spaces_are_compared_pair_by_pair():
    larger, smaller = pair([10.0, 70.0], 1, 0)
    found = compare_spaces({"larger": larger, "none": larger[:0], "smaller": smaller})
    assert found.dimensions == (3, 0, 2)
    assert found.angles[0, 2].tolist() == pytest.approx([10, 70, math.nan], abs=1e-6, nan_ok=True)
    assert found.shared[0, 2].item() == pytest.approx(
        (math.cos(math.radians(10)) ** 2 + math.cos(math.radians(70)) ** 2) / 2
    )
    assert found.shared[0, 0].item() == pytest.approx(1)
    assert found.angles[1].isnan().all()
    assert found.shared[1].isnan().all()
    assert found.by_chance[0, 2].item() == 3 / 5


def test_chance_is_that_of_random_spaces():
    draw = torch.Generator().manual_seed(0)
    shared = []
    for _ in range(150):
        a, b = torch.randn(2, 12, generator=draw).double(), torch.randn(5, 12, generator=draw).double()
        found = compare_spaces({"a": a, "b": b})
        shared.append(found.shared[0, 1].item())
    assert sum(shared) / len(shared) == pytest.approx(found.by_chance[0, 1].item(), abs=0.03)


def test_spaces_without_a_direction_are_refused():
    with pytest.raises(TensorError, match="zero"):
        principal_angles(torch.zeros(2, 3), torch.eye(3))
    with pytest.raises(TensorError, match="NaN"):
        principal_angles(torch.full((1, 3), torch.nan), torch.eye(3))
    with pytest.raises(TensorError, match="no spaces"):
        compare_spaces({})
