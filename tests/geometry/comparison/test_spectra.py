"""Distance of spectra: against SciPy, and the rules of a metric."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.comparison import spectra_distance, spectra_distances


def cloud(points, modes, seed):
    return torch.randn(points, modes, dtype=torch.complex128, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("first", "second"), [((4, 3), (4, 3)), ((5, 4), (3, 2)), ((1, 1), (7, 5))])
def test_it_is_the_mean_over_directions_of_the_distance_on_a_line(first, second):
    a, b = cloud(*first, seed=0), cloud(*second, seed=1)
    angles = np.arange(32) * math.pi / 32
    seen = [[(one.numpy().ravel() * np.exp(-1j * angle)).real for one in (a, b)] for angle in angles]
    expected = np.mean([wasserstein_distance(*pair) for pair in seen])
    assert spectra_distance(a, b) == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 1000))
def test_it_is_symmetric_and_the_triangle_holds(seed):
    a, b, c = (cloud(2 + seed % 3, 3, seed=seed + place) for place in range(3))
    table = spectra_distances([a, b, c])
    assert torch.equal(table, table.mT)
    assert table[0, 2] <= table[0, 1] + table[1, 2] + 1e-12
    assert float(table[0, 1]) == spectra_distance(a, b)


def test_the_order_of_points_and_fast_modes_do_not_matter():
    a, b = cloud(6, 4, seed=0), cloud(5, 4, seed=1)
    assert spectra_distance(a.flip(0), b) == pytest.approx(spectra_distance(a, b), rel=1e-12)
    fast = torch.hstack([a, 1e-3 * cloud(6, 9, seed=2)])
    assert spectra_distance(fast, b, slowest=4) == pytest.approx(spectra_distance(a, b), rel=1e-12)
    assert spectra_distance(fast, b, slowest=13) != pytest.approx(spectra_distance(a, b), rel=1e-3)


def test_many_copies_of_a_point_are_as_one():
    a = cloud(1, 3, seed=0)
    assert spectra_distance(a, a.expand(50, 3)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("made", [torch.zeros(0, 3), torch.full((1, 1), math.nan)], ids=["empty", "NaN"])
def test_no_spectrum_is_refused(made):
    with pytest.raises(TensorError, match="b"):
        spectra_distance(cloud(1, 1, seed=0), made.to(torch.complex128))


def test_no_modes_are_refused():
    with pytest.raises(OptionError, match="slowest"):
        spectra_distance(cloud(1, 1, seed=0), cloud(1, 1, seed=0), slowest=0)
