"""The slow modes alone are those of the full decomposition, and none is missing."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.cells import LSTM
from slowfold.dynamics import Map, linearize
from slowfold.dynamics.slow_modes import count_slow, find_slow_modes
from slowfold.errors import OptionError, TensorError


def linear(matrix: torch.Tensor) -> Map:
    return Map(lambda h: h @ matrix.T, len(matrix), jacobian=lambda h: matrix.expand(len(h), *matrix.shape))


def with_spectrum(sizes: list[float], angles: list[float], *, size: int, seed: int, skew: float = 0.05) -> torch.Tensor:
    """A matrix in a skew basis whose first modes are as told (a pair where the angle is not 0), the rest below 0.5."""
    draw = torch.Generator().manual_seed(seed)
    blocks = [
        torch.tensor([[r * math.cos(a), -r * math.sin(a)], [r * math.sin(a), r * math.cos(a)]], dtype=torch.float64)
        if a
        else torch.full((1, 1), r, dtype=torch.float64)
        for r, a in zip(sizes, angles, strict=True)
    ]
    led = torch.block_diag(*blocks)
    rest = torch.diag(0.5 * torch.rand(size - len(led), generator=draw, dtype=torch.float64))
    basis = torch.eye(size, dtype=torch.float64) + skew * torch.randn(size, size, generator=draw, dtype=torch.float64)
    return basis @ torch.block_diag(led, rest) @ torch.linalg.inv(basis)


def origin(size: int) -> torch.Tensor:
    return torch.zeros(1, size, dtype=torch.float64)


def assert_agrees_with_the_full_decomposition(held: Map, points: torch.Tensor, **options: float) -> None:
    slow, full = find_slow_modes(held, points, **options), linearize(held, points)
    jacobian = held.jacobian(points)
    for row in range(len(points)):
        count, gap = count_slow(full.eigenvalue[row].numpy(), **options)
        assert slow.count[row] == count
        assert slow.gap[row] == gap
        found, missing = slow.eigenvalue[row, :count], slow.eigenvalue[row, count:]
        torch.testing.assert_close(found, full.eigenvalue[row, :count], rtol=0, atol=1e-9)
        assert missing.isnan().all()
        right, left = slow.right[row, :, :count], slow.left[row, :count]
        torch.testing.assert_close(right.abs().square().sum(dim=0), torch.ones(count, dtype=torch.float64))
        torch.testing.assert_close(left @ right, torch.eye(count, dtype=torch.complex128), rtol=0, atol=1e-9)
        # What a group does to a state is the same, whichever vectors stand for it.
        ours = right @ torch.diag(found) @ left
        theirs = full.right[row, :, :count] @ torch.diag(full.eigenvalue[row, :count]) @ full.left[row, :count]
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-7)
        matrix, size = jacobian[row].to(torch.complex128), torch.linalg.matrix_norm(jacobian[row], 2)
        assert ((matrix @ right - right * found).norm(dim=0) <= 1e-9 * size).all()
        assert ((left @ matrix - found[:, None] * left).norm(dim=1) <= 1e-9 * size * left.norm(dim=1)).all()
        others = full.eigenvalue[row, count:].abs().max() if count < held.size else torch.zeros(())
        assert others <= slow.rest[row] + 1e-9


@given(
    sizes=st.lists(
        st.sampled_from([0.6, 0.7, 0.89, 0.9, 0.97, 0.99, 1.0, 1.01, 1.2]), min_size=1, max_size=6, unique=True
    ),
    angles=st.lists(st.sampled_from([0.0, 0.02, 0.4, 2.0]), min_size=6, max_size=6),
    seed=st.integers(0, 50),
)
@settings(max_examples=20)
def test_any_leading_modes_are_those_of_the_full_decomposition(sizes, angles, seed):
    matrix = with_spectrum(sizes, angles[: len(sizes)], size=100, seed=seed)
    assert_agrees_with_the_full_decomposition(linear(matrix), origin(100))


@pytest.mark.parametrize("gain", [1.0, 4.0])
def test_the_modes_of_a_gated_cell_are_found_without_a_full_decomposition(gain):
    held = Map.hold(zoo.random_gru(128, 3, gain), torch.zeros(3, dtype=torch.float64))
    points = 0.5 * torch.randn(3, 128, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert_agrees_with_the_full_decomposition(held, points)
    assert_agrees_with_the_full_decomposition(held, points, gap=0.2, most=5)
    modes = find_slow_modes(held, points)
    assert modes.fallbacks == 0
    # The condition number of a simple eigenvalue does not depend on how its vectors were found.
    torch.testing.assert_close(modes.sensitivity[:, 0], linearize(held, points).sensitivity[:, 0])


def test_memories_that_crowd_below_one_are_told_apart():
    cell = zoo.random_gru(128, 0)
    cell.set_memory(200, torch.Generator().manual_seed(1))
    held = Map.hold(cell, torch.zeros(3, dtype=torch.float64))
    points = held.iterate(torch.zeros(1, 128, dtype=torch.float64), 50)
    assert (linearize(held, points).eigenvalue.abs() > 0.97).sum() > 64
    assert find_slow_modes(held, points).fallbacks == 0
    assert_agrees_with_the_full_decomposition(held, points)


def test_the_modes_of_an_lstm_are_found_in_both_halves_of_its_state():
    cell = LSTM(2, 64, generator=torch.Generator().manual_seed(0)).double()
    points = torch.randn(2, 128, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert_agrees_with_the_full_decomposition(Map.hold(cell, torch.zeros(2, dtype=torch.float64)), points)


def test_growing_modes_come_first_and_no_gap_among_them_ends_the_group():
    matrix = with_spectrum([1.5, 1.2, 0.99, 0.8], [0, 0, 0, 0], size=100, seed=0)
    modes = find_slow_modes(linear(matrix), origin(100))
    torch.testing.assert_close(modes.eigenvalue[0, :2].real, torch.tensor([1.5, 1.2], dtype=torch.float64))
    assert (modes.count.item(), modes.unstable.item(), modes.krylov.item()) == (2, 2, True)
    assert modes.remembered(1000).item() == 2


@pytest.mark.parametrize("copies", [2, 3, 9])
def test_equal_modes_are_all_found(copies):
    # A Krylov space holds one direction of each eigenvalue; the others are found beside it, or by falling back.
    matrix = with_spectrum([0.9] * copies, [0] * copies, size=100, seed=1)
    modes = find_slow_modes(linear(matrix), origin(100))
    assert modes.count.item() == min(copies, 8)
    found = modes.eigenvalue[0, : modes.count.item()]
    torch.testing.assert_close(found.real, torch.full_like(found.real, 0.9), rtol=0, atol=1e-9)
    if copies <= 8:  # of nine equal modes, which eight are taken is open
        full = linearize(linear(matrix), origin(100))
        theirs = full.right[0, :, :copies] @ full.left[0, :copies]
        torch.testing.assert_close(modes.right[0, :, :copies] @ modes.left[0, :copies], theirs, rtol=0, atol=1e-7)


@pytest.mark.parametrize("angle", [math.pi / 8, math.pi / 16, math.pi])
def test_modes_that_a_power_cannot_tell_apart_are_all_found(angle):
    # Their 16th powers are equal, or so are those of the two partners.
    turned = [-1.0, 0.0] if angle == math.pi else [1.0, angle]
    matrix = with_spectrum([0.9, 0.89 * turned[0]], [0, turned[1]], size=100, seed=2)
    assert_agrees_with_the_full_decomposition(linear(matrix), origin(100))


def test_the_bound_holds_for_a_matrix_whose_powers_grow_before_they_fade():
    chain = torch.diag(torch.full((99,), 3.0), 1) + torch.diag(torch.linspace(0.9, 0.1, 100))
    matrix = chain.double()
    modes = find_slow_modes(linear(matrix), origin(100))
    # Rounding alone moves the eigenvalues of such a matrix by much: what matters is that nothing is called proven.
    assert modes.fallbacks == 1


@pytest.mark.parametrize("matrix", [torch.zeros(100, 100), torch.diag(torch.ones(99), 1), torch.eye(100)])
def test_matrices_without_any_gap_are_taken_apart_whole(matrix):
    modes = find_slow_modes(linear(matrix.double()), origin(100))
    assert modes.fallbacks == 1
    assert modes.count.item() == 8
    assert not modes.gap.item()


@given(size=st.integers(1, 9), most=st.integers(2, 9), seed=st.integers(0, 40))
def test_small_maps_of_any_size_agree_too(size, most, seed):
    draw = torch.Generator().manual_seed(seed)
    matrix = torch.randn(size, size, generator=draw, dtype=torch.float64)
    modes = find_slow_modes(linear(matrix), origin(size), most=most)
    assert modes.eigenvalue.shape == (1, min(size, most))
    values = modes.eigenvalue[0, : modes.count.item()]
    full = linearize(linear(matrix), origin(size)).eigenvalue[0, : len(values)]
    torch.testing.assert_close(values, full, rtol=0, atol=1e-9)
    assert values.imag.sum().abs() < 1e-12  # no pair is split


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([0.99, 0.5], (1, True)),
        ([0.99, 0.98, 0.5], (2, True)),
        ([1.5, 1.2, 1.1, 0.9], (3, True)),
        ([1.5, 1.2, 0.99, 0.9], (2, True)),
        ([1.005, 0.999, 0.5], (2, True)),
        ([1.5, 1.0, 0.9], (2, True)),
        ([1.5, 1 - 1e-12, 0.9], (2, True)),
        ([0.9], (1, True)),
        ([0.9] * 8, (8, True)),
        ([0.9] * 9, (8, False)),
        ([0.9] * 7 + [0.9 + 0.01j, 0.9 - 0.01j], (7, False)),
        ([0.9] * 6 + [0.9 + 0.01j, 0.9 - 0.01j, 0.9], (8, False)),
        ([0.8 + 0.2j, 0.8 - 0.2j, 0.1], (2, True)),
    ],
)
def test_how_many_modes_are_slow(values, count):
    assert count_slow(np.array(values, dtype=np.complex128)) == count


def test_the_same_bits_come_out_twice_and_points_are_left_alone():
    held = Map.hold(zoo.random_gru(100, 0, 3.0), torch.zeros(3, dtype=torch.float64))
    points = torch.randn(2, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    before = points.clone()
    first, second = find_slow_modes(held, points), find_slow_modes(held, points)
    assert torch.equal(points, before)
    assert torch.equal(first.right.nan_to_num(), second.right.nan_to_num())
    # A point does not depend on those beside it.
    alone = find_slow_modes(held, points[1:])
    assert torch.equal(alone.left.nan_to_num(), second.left[1:].nan_to_num())


def test_options_out_of_range_and_broken_maps_are_refused():
    held = zoo.cubic(2)
    with pytest.raises(OptionError, match="gap"):
        find_slow_modes(held, origin(2), gap=1.0)
    with pytest.raises(OptionError, match="most"):
        find_slow_modes(held, origin(2), most=1)
    broken = Map(lambda h: h, 2, jacobian=lambda h: torch.full((len(h), 2, 2), math.nan, dtype=torch.float64))
    with pytest.raises(TensorError, match="point 0"):
        find_slow_modes(broken, origin(2))
