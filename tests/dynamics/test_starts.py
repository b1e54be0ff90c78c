"""Starts lie far apart, within reach, and where the map leads by itself."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import zoo
from slowfold.dynamics.starts import choose_starts, farthest_points, grid_in_plane, scatter, with_noise
from slowfold.errors import OptionError, TensorError


def cloud(count: int, size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(count=st.integers(1, 40), wanted=st.integers(1, 50), size=st.integers(1, 5), seed=st.integers(0, 20))
def test_each_is_as_far_as_any_from_those_before(count, wanted, size, seed):
    states = cloud(count, size, seed)
    rows = farthest_points(states, wanted)
    assert len(rows) == min(count, wanted) == len(set(rows.tolist()))
    for place in range(1, len(rows)):
        distance = torch.cdist(states, states[rows[:place]]).min(dim=1).values
        assert distance[rows[place]] >= distance.max() - 1e-9


def test_states_that_are_alike_are_each_taken_once():
    assert sorted(farthest_points(torch.ones(5, 2), 9).tolist()) == [0, 1, 2, 3, 4]


def test_a_small_cluster_is_not_left_out():
    states = torch.cat([cloud(2_000, 3), cloud(3, 3) * 0.01 + 20])
    assert (farthest_points(states, 4) >= 2_000).any()


def test_the_settled_are_where_the_map_leads():
    held = zoo.pitchfork(2.0)
    starts = choose_starts(held, cloud(50, 1) / 4, apart=20, settled=5)
    assert starts.shape == (25, 1)
    torch.testing.assert_close(held(starts[20:]), starts[20:])


@pytest.mark.parametrize("options", [{"apart": 0}, {"settled": -1}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        choose_starts(zoo.cubic(), cloud(5, 1), **options)


def test_states_of_another_width_are_refused():
    with pytest.raises(TensorError):
        choose_starts(zoo.cubic(), cloud(5, 2))


def test_what_is_scattered_stays_within_reach_and_in_the_plane_of_the_states():
    plane = torch.linalg.qr(cloud(6, 2)).Q
    states = cloud(80, 2) @ plane.T + 3
    drawn = scatter(states, 500, torch.Generator().manual_seed(1))
    centre = states.mean(dim=0)
    flat = (drawn - centre) @ plane
    torch.testing.assert_close(flat @ plane.T + centre, drawn)
    _, axes = torch.linalg.eigh(torch.cov(((states - centre) @ plane).T))
    visited, along = (states - centre) @ plane @ axes, flat @ axes
    assert (along <= 1.5 * visited.amax(dim=0) + 1e-9).all()
    assert (along >= 1.5 * visited.amin(dim=0) - 1e-9).all()
    assert (along.amax(dim=0) > 1.2 * visited.amax(dim=0)).all()


def test_one_state_can_be_scattered_about_nothing():
    assert scatter(torch.ones(1, 2), 3, torch.Generator().manual_seed(0)).tolist() == [[1.0, 1.0]] * 3


def test_a_grid_lies_in_the_plane_of_the_states():
    states = cloud(60, 2) @ torch.linalg.qr(cloud(5, 2)).Q.T
    grid = grid_in_plane(states, 4)
    assert grid.shape == (16, 5)
    assert torch.linalg.matrix_rank(grid - states.mean(dim=0), rtol=1e-9) == 2
    assert grid_in_plane(states, 3, dimensions=1).shape == (3, 5)
    with pytest.raises(OptionError):
        grid_in_plane(states, 2, dimensions=6)


def test_noise_is_in_proportion_to_each_unit():
    states = cloud(4_000, 2) * torch.tensor([1.0, 100.0], dtype=torch.float64)
    aside = with_noise(states, 0.1, torch.Generator().manual_seed(3)) - states
    torch.testing.assert_close(aside.std(dim=0) / states.std(dim=0), torch.full((2,), 0.1).double(), rtol=0.1, atol=0)


def test_states_whose_distances_rounding_drowns_are_each_taken_once():
    states = torch.tensor([[0.0], [1e12], [1e12 + 1], [1e12 + 2], [-1e12]], dtype=torch.float64)
    assert sorted(farthest_points(states, 5).tolist()) == [0, 1, 2, 3, 4]
