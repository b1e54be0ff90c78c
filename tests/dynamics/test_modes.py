"""Modes take a Jacobian apart and put it together again."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import zoo
from slowfold.dynamics import Map, count_before_gap, linearize, time_constants
from slowfold.dynamics.slow_modes import find_slow_modes
from slowfold.errors import TensorError


def at_zero(size: int) -> torch.Tensor:
    return torch.zeros(1, size, dtype=torch.float64)


@given(size=st.integers(1, 12), seed=st.integers(0, 60))
def test_right_and_left_vectors_rebuild_the_jacobian(size, seed):
    held = Map.hold(zoo.random_gru(size, seed, 2.0), torch.zeros(3, dtype=torch.float64))
    draw = torch.Generator().manual_seed(seed)
    points = torch.randn(3, size, generator=draw, dtype=torch.float64)
    modes = linearize(held, points)
    rebuilt = modes.right @ torch.diag_embed(modes.eigenvalue) @ modes.left
    torch.testing.assert_close(rebuilt.real, held.jacobian(points), rtol=0, atol=1e-9)
    assert rebuilt.imag.abs().max() < 1e-9
    identity = torch.eye(size, dtype=torch.complex128).expand(3, size, size)
    torch.testing.assert_close(modes.left @ modes.right, identity, rtol=0, atol=1e-9)
    sizes = modes.eigenvalue.abs()
    assert (sizes[:, :-1] >= sizes[:, 1:]).all()


@given(size=st.integers(2, 12), seed=st.integers(0, 60))
def test_conjugate_partners_stand_side_by_side(size, seed):
    draw = torch.Generator().manual_seed(seed)
    matrix = torch.randn(size, size, generator=draw, dtype=torch.float64)
    values = linearize(Map(lambda h: h @ matrix.T, size), at_zero(size)).eigenvalue[0].tolist()
    place = 0
    while place < size:
        if values[place].imag:
            assert values[place].imag > 0
            assert values[place + 1] == values[place].conjugate()
            place += 1
        place += 1


@given(size=st.integers(1, 12), seed=st.integers(0, 60))
def test_conditioning_is_that_of_the_right_vectors(size, seed):
    draw = torch.Generator().manual_seed(seed)
    matrix = torch.randn(size, size, generator=draw, dtype=torch.float64)
    modes = linearize(Map(lambda h: h @ matrix.T, size), at_zero(size))
    assert modes.conditioning.item() == pytest.approx(np.linalg.cond(modes.right[0].numpy()), rel=1e-6)


def test_sensitivity_is_how_far_a_change_of_the_jacobian_moves_an_eigenvalue():
    _, _, matrix = zoo.affine([0.9, 0.5, 0.1])
    modes = linearize(Map(lambda h: h @ matrix.T, 3), at_zero(3))
    for mode in range(3):
        left, right = modes.left[0, mode].real, modes.right[0, :, mode].real
        change = 1e-7 * torch.outer(left / left.norm(), right)  # of length 1e-7, in the worst direction
        moved = linearize(Map(lambda h, change=change: h @ (matrix + change).T, 3), at_zero(3)).eigenvalue
        shift = (moved - modes.eigenvalue)[0, mode].abs().item()
        assert shift / 1e-7 == pytest.approx(modes.sensitivity[0, mode].item(), rel=1e-4)
    upright = linearize(Map(lambda h: h * torch.tensor([0.9, 0.5], dtype=torch.float64), 2), at_zero(2))
    torch.testing.assert_close(upright.sensitivity, torch.ones(1, 2, dtype=torch.float64))


def test_a_jacobian_that_is_not_finite_is_refused():
    broken = Map(lambda h: h, 1, jacobian=lambda h: torch.full((len(h), 1, 1), math.inf, dtype=torch.float64))
    with pytest.raises(TensorError, match="point 0"):
        linearize(broken, at_zero(1))


def test_two_equal_pairs_stay_pairs():
    block = torch.tensor([[0.6, -0.6], [0.6, 0.6]], dtype=torch.float64)
    matrix = torch.block_diag(block, block)
    values = linearize(Map(lambda h: h @ matrix.T, 4), at_zero(4)).eigenvalue[0]
    assert (values.imag.sign() == torch.tensor([1.0, -1.0, 1.0, -1.0])).all()


def test_a_known_spectrum_has_its_time_constants():
    held, centre, _ = zoo.affine([math.exp(-1 / 20), math.exp(-1 / 5), -math.exp(-1 / 2)])
    modes = linearize(held, centre.unsqueeze(0))
    torch.testing.assert_close(modes.time_constant[0], torch.tensor([20.0, 5.0, 2.0], dtype=torch.float64))


def test_a_left_vector_reads_how_much_of_a_mode_a_displacement_holds():
    held, centre, _ = zoo.affine([0.9, 0.4, 0.1])
    modes = linearize(held, centre.unsqueeze(0))
    shift = modes.right[0, :, 0].real * 3
    held_parts = (modes.left[0] @ shift.to(torch.complex128)).real
    torch.testing.assert_close(held_parts, torch.tensor([3.0, 0.0, 0.0], dtype=torch.float64), rtol=0, atol=1e-9)


def test_an_unstable_mode_is_remembered_however_fast_it_grows():
    held, centre, _ = zoo.affine([1.5, 0.99, 0.2])
    modes = linearize(held, centre.unsqueeze(0))
    assert modes.unstable.tolist() == [1]
    assert modes.remembered(50).tolist() == [2]
    assert modes.remembered(200).tolist() == [1]
    assert modes.before_gap().tolist() == [2]


@pytest.mark.parametrize(
    ("sizes", "modes"),
    [
        ([0.978, 0.93, 0.6], 2),
        ([0.99, 0.5, 0.45, 0.44], 1),
        ([1.2, 1.1, 0.5, 0.49], 2),
        ([1.01, 0.665, 0.665, 0.627, 0.627, 0.4], 1),
        ([1.05] + [0.6] * 50 + [0.37] * 50, 1),
        ([1.0, 0.5, 0.4], 1),
        ([1.1, 0.98, 0.5], 2),
        ([0.5], 1),
        ([1.3], 1),
        ([0.9, 0.0, 0.0], 1),
        ([0.98, 0.96, 0.6, 0.5, 1e-3, 1e-12], 2),
        ([0.3, 0.2], 0),
        ([1.2, 0.3, 0.2], 1),
        ([0.9, 0.8, 0.7], 1),
        ([0.9], 1),
        ([1.0, 1.0], 2),
    ],
)
def test_modes_before_the_gap(sizes, modes):
    assert count_before_gap(np.array(sizes)) == modes
    assert count_before_gap(np.array(sizes[::-1])) == modes


def test_time_constants_at_the_ends():
    values = torch.tensor([1.0, 0.0, -1.0], dtype=torch.complex128)
    assert time_constants(values).tolist() == [math.inf, 0.0, math.inf]


def test_a_defective_matrix_is_told_by_its_conditioning():
    shear = torch.tensor([[0.5, 1.0], [0.0, 0.5]], dtype=torch.float64)
    modes = linearize(Map(lambda h: h @ shear.T, 2), at_zero(2))
    assert modes.conditioning.item() > 1e8
    assert torch.isfinite(modes.left.abs()).all()


def test_points_of_another_network_are_refused():
    with pytest.raises(TensorError, match="shape"):
        linearize(zoo.cubic(2), torch.zeros(1, 3, dtype=torch.float64))


@pytest.mark.parametrize("sizes", [[1.0, 1 - 4e-16, 0.5], [1.0, 1.0, 0.5], [1 + 2e-16, 1 - 4e-16, 0.5]])
def test_on_which_side_of_1_rounding_leaves_a_mode_changes_nothing(sizes):
    assert count_before_gap(np.array(sizes)) == 2


def test_the_points_are_copies():
    states = torch.zeros(1, 2, dtype=torch.float64)
    held = Map(lambda h: h / 2, size=2)
    modes, slow = linearize(held, states), find_slow_modes(held, states)
    states += 1
    assert modes.point.tolist() == slow.point.tolist() == [[0.0, 0.0]]
