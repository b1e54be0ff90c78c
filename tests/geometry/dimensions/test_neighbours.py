"""Neighbours are the nearest there are, and the dimensions they tell have the bias they are known for."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from geometry.dimensions.clouds_of import cube, half_circle, simplex
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions import levina_bickel, local_dimension
from slowfold.geometry.dimensions import nearest as searching
from slowfold.geometry.dimensions.clouds import distinct_rows
from slowfold.geometry.dimensions.nearest import find_neighbours

EVERY = {"documents": None, "queries": 10_000, "seed": 0}


def by_hand(states, count, document=None):
    """All distances in NumPy, no state its own neighbour, nor another of its document."""
    values = np.unique(states.numpy(), axis=0) if document is None else states.numpy()
    apart = np.linalg.norm(values[:, None] - values[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    if document is not None:
        apart[document.numpy()[:, None] == document.numpy()[None]] = np.inf
    return np.sort(apart, axis=1)[:, :count]


@given(count=st.integers(1, 6), states=st.integers(7, 60), units=st.integers(1, 9), seed=st.integers(0, 20))
def test_neighbours_are_the_nearest(count, states, units, seed):
    cloud = torch.randn(states, units, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 100
    found = find_neighbours(cloud, count, **EVERY)
    expected = by_hand(cloud, count)
    np.testing.assert_allclose(np.sort(found.distance.numpy(), axis=0), np.sort(expected, axis=0), rtol=1e-9)
    apart = (found.cloud[found.query].unsqueeze(1) - found.cloud[found.row]).norm(dim=2)
    torch.testing.assert_close(apart, found.distance)


def test_blocks_change_nothing(monkeypatch):
    cloud = cube(300, 3)
    whole = find_neighbours(cloud, 5, **EVERY)
    monkeypatch.setattr(searching, "_AT_ONCE", 1000)
    parts = find_neighbours(cloud, 5, **EVERY)
    torch.testing.assert_close(parts.distance, whole.distance)
    assert parts.row.equal(whole.row)


def test_the_own_document_holds_no_neighbours():
    cloud, document = cube(60, 2), torch.arange(60) // 6
    found = find_neighbours(cloud, 4, documents=document, queries=60, seed=0)
    np.testing.assert_allclose(found.distance.numpy(), by_hand(cloud, 4, document), rtol=1e-9)


def test_small_distances_far_from_the_origin_keep_their_digits():
    cloud = torch.tensor([[1e3, 0.0], [1e3, 1e-7], [1e3 + 1, 0.0]], dtype=torch.float64)
    assert find_neighbours(cloud, 1, **EVERY).distance[0].item() == pytest.approx(1e-7, rel=1e-6)


def test_equal_states_count_once():
    cloud = cube(400, 2)
    for measure in (levina_bickel, local_dimension):
        assert measure(torch.cat([cloud, cloud[:200], -0.0 + cloud[:9]])) == pytest.approx(measure(cloud), abs=1e-12)


def test_the_likelihood_is_that_of_the_paper():
    distance = by_hand(cube(200, 3), 10)
    seen = 1 / np.log(distance[:, -1:] / distance[:, :-1]).mean(axis=1)
    assert levina_bickel(cube(200, 3), 10) == pytest.approx(seen.mean(), rel=1e-9)
    assert levina_bickel(cube(200, 3), 10, average="inverse") == pytest.approx(1 / (1 / seen).mean(), rel=1e-9)


@pytest.mark.parametrize("neighbours", [5, 10, 30])
def test_the_mean_is_too_large_by_what_theory_says(neighbours):
    # On a ring every place is alike: there is no edge, and density is even.
    angle = 2 * math.pi * torch.rand(2500, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    ring = torch.stack([angle.cos(), angle.sin()], dim=1)
    mean = levina_bickel(ring, neighbours, queries=2500)
    inverse = levina_bickel(ring, neighbours, average="inverse", queries=2500)
    assert mean == pytest.approx((neighbours - 1) / (neighbours - 2), rel=0.04)
    assert inverse == pytest.approx(1, rel=0.04)


def test_a_line_through_one_text_is_not_the_dimension():
    # Each text is a straight run through a three-dimensional cloud, in steps much shorter than texts are apart.
    draw = torch.Generator().manual_seed(0)
    begin, way = torch.randn(2, 300, 3, generator=draw, dtype=torch.float64)
    states = (begin.unsqueeze(1) + 1e-3 * torch.arange(20).view(-1, 1) * way.unsqueeze(1)).flatten(0, 1)
    document = torch.arange(300).repeat_interleave(20)
    assert levina_bickel(states, 10) < 1.5
    assert levina_bickel(states, 10, documents=document, average="inverse") > 2


@pytest.mark.parametrize(("cloud", "truth"), [(half_circle(2000), 1), (cube(2000, 2), 2), (simplex(2000, 2), 2)])
def test_flat_places_have_the_dimension_of_the_surface(cloud, truth):
    assert local_dimension(cloud, 50) == pytest.approx(truth, abs=0.2)


def test_local_dimension_is_the_mean_over_places():
    cloud = cube(300, 3)
    found = find_neighbours(cloud, 40, documents=None, queries=7, seed=5)
    expected = []
    for rows in found.row:
        values = np.linalg.eigvalsh(np.cov(found.cloud[rows].numpy().T))
        expected.append(values.sum() ** 2 / (values**2).sum())
    assert local_dimension(cloud, 40, places=7, seed=5) == pytest.approx(np.mean(expected), rel=1e-9)


def test_a_lattice_tells_nothing_to_its_nearest_neighbours():
    corners = torch.eye(12)
    with pytest.raises(TensorError, match="equally far"):
        levina_bickel(corners, 5)


@pytest.mark.parametrize("measure", [levina_bickel, local_dimension])
@pytest.mark.parametrize(
    ("states", "message"),
    [
        (torch.zeros(0, 3), "no states"),
        (torch.full((50, 3), torch.nan), "NaN"),
        (torch.ones(50, 3), "1 distinct"),
        (torch.eye(10), "too few"),
    ],
    ids=["none", "nan", "identical", "few"],
)
def test_clouds_without_neighbours_are_refused(measure, states, message):
    with pytest.raises(TensorError, match=message):
        measure(states, 10)


def test_one_document_has_no_neighbours():
    with pytest.raises(TensorError, match="less those of one document"):
        levina_bickel(cube(50, 2), 5, documents=torch.zeros(50, dtype=torch.int64))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: levina_bickel(cube(50, 2), 2),
        lambda: levina_bickel(cube(50, 2), 5, queries=0),
        lambda: levina_bickel(cube(50, 2), 5, average="median"),
        lambda: local_dimension(cube(50, 2), 1),
        lambda: local_dimension(cube(50, 2), 5, places=0),
    ],
)
def test_numbers_out_of_range_are_refused(ask):
    with pytest.raises(OptionError):
        ask()


@given(
    st.lists(st.tuples(st.sampled_from([-1.0, -0.0, 0.0, 0.5]), st.sampled_from([0.0, 2.0])), min_size=1, max_size=30)
)
def test_distinct_rows_are_the_first_of_their_kind(rows):
    cloud = torch.tensor(rows, dtype=torch.float64)
    first = {}
    for number, row in enumerate(rows):
        first.setdefault(tuple(value + 0.0 for value in row), number)
    assert distinct_rows(cloud).tolist() == sorted(first.values())


def test_checksums_that_agree_do_not_make_rows_equal(monkeypatch):
    monkeypatch.setattr(np.random, "default_rng", lambda seed: type("Draw", (), {"integers": _none}))
    cloud = torch.tensor([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    assert distinct_rows(cloud).tolist() == [0, 1]


def _none(most, size):
    return np.zeros(size, dtype=np.int64)


@pytest.mark.parametrize("size", [1e-3, 1e-8, 1e-9])
def test_neighbours_in_tight_clusters_are_the_nearest(size):
    draw = torch.Generator().manual_seed(0)
    middles = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.3, 0.8]], dtype=torch.float64)
    states = (middles.unsqueeze(1) + size * torch.randn(3, 60, 2, generator=draw, dtype=torch.float64)).flatten(0, 1)
    document = torch.arange(180) // 2
    assert find_neighbours(states, 5, **EVERY).distance.sort(dim=0).values.numpy() == pytest.approx(
        np.sort(by_hand(states, 5), axis=0), rel=1e-6
    )
    apart = find_neighbours(states, 5, documents=document, queries=10_000, seed=0)
    assert apart.distance.numpy() == pytest.approx(by_hand(states, 5, document)[apart.query.numpy()], rel=1e-6)
