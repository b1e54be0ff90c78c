"""Distance of representations: against scikit-learn, and what leaves it as it is."""

import numpy as np
import pytest
import torch
from sklearn.cross_decomposition import CCA

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.comparison import canonical_correlations, representation_distance, representation_distances


def draws(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_correlations_are_those_of_another_library():
    a = draws(400, 3, seed=0)
    b = a @ draws(3, 4, seed=1) + 2 * draws(400, 4, seed=2)
    ours = canonical_correlations(a, b, kept=1.0)
    u, v = CCA(n_components=3, max_iter=20_000, tol=1e-14, scale=False).fit_transform(a.numpy(), b.numpy())
    theirs = [np.corrcoef(u[:, i], v[:, i])[0, 1] for i in range(3)]
    assert ours.numpy() == pytest.approx(sorted(theirs, reverse=True), abs=1e-5)
    assert representation_distance(a, b, kept=1.0) == pytest.approx(1 - np.mean(theirs), abs=1e-5)


@pytest.mark.parametrize("units", [3, 8])
def test_turning_stretching_moving_and_more_units_change_nothing(units):
    a, b = draws(300, 3, seed=0), draws(300, 5, seed=1)
    changed = a @ draws(3, units, seed=2) + 7
    assert representation_distance(a, changed, kept=1.0) == pytest.approx(0, abs=1e-9)
    expected = representation_distance(a, b, kept=1.0)
    assert representation_distance(changed, b, kept=1.0) == pytest.approx(expected, abs=1e-9)


def test_what_holds_little_of_the_variance_is_left_out():
    a, noise = draws(300, 2, seed=0), draws(300, 2, seed=1)
    noisy = torch.hstack([a, 1e-3 * noise])
    other = torch.hstack([a, 1e-3 * draws(300, 2, seed=2)])
    assert len(canonical_correlations(noisy, other)) == 2
    assert representation_distance(noisy, other) == pytest.approx(0, abs=1e-4)
    assert representation_distance(noisy, other, kept=1.0) > 0.4


def test_strangers_are_as_near_as_chance_has_it():
    k, n = 4, 2_000
    found = representation_distance(draws(n, k, seed=0), draws(n, k, seed=1), kept=1.0)
    assert 1 - 1.5 * (k / n) ** 0.5 < found < 1


def test_a_table_of_distances_is_that_of_pairs_and_leaves_the_states_alone():
    states = [draws(100, size, seed=size).float() for size in (2, 3, 5)]
    before = [one.clone() for one in states]
    table = representation_distances(states)
    for i, a in enumerate(states):
        for j, b in enumerate(states):
            assert float(table[i, j]) == pytest.approx(representation_distance(a, b) if i != j else 0, abs=1e-12)
    assert all(torch.equal(one, was) for one, was in zip(states, before, strict=True))


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([], "no networks"),
        ([torch.ones(5, 2), torch.ones(6, 2)], "5 and 6 states"),
        ([torch.ones(5, 2)], "all the same"),
        ([torch.full((5, 2), torch.nan)], "NaN"),
        ([draws(5, 4, seed=0)], "agree with any others"),
        ([torch.zeros(0, 4)], "all the same"),
    ],
    ids=["none", "not matched", "constant", "NaN", "too few", "empty"],
)
def test_what_cannot_be_compared_is_said(states, told):
    with pytest.raises(TensorError, match=told):
        representation_distances(states, kept=1.0)


@pytest.mark.parametrize("kept", [0, 1.1, -1])
def test_a_share_out_of_range_is_refused(kept):
    with pytest.raises(OptionError, match="kept"):
        representation_distance(draws(9, 2, seed=0), draws(9, 2, seed=1), kept=kept)
