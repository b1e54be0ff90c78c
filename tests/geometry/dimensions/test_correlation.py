"""The correlation dimension: the slope of shares of close pairs."""

import numpy as np
import pytest
import torch

from geometry.dimensions.clouds_of import cube, half_circle
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions import correlation_dimension


def by_hand(states, low, high, document=None):
    values = states.numpy()
    first, second = np.triu_indices(len(values), 1)
    if document is not None:
        first, second = (side[document[first] != document[second]] for side in (first, second))
    apart = np.sort(np.linalg.norm(values[first] - values[second], axis=1))
    ends = np.log10(apart[[round(p / 100 * (len(apart) - 1)) for p in (low, high)]])
    radii = np.linspace(*ends, 100)
    shares = [(np.log10(apart) <= radius + 1e-12).mean() for radius in radii]
    return np.polyfit(radii, np.log10(shares), 1)[0]


@pytest.mark.parametrize("percentiles", [(2.5, 97.5), (1.0, 20.0)])
@pytest.mark.parametrize("cloud", [cube(150, 3), half_circle(150, 0.1)], ids=["cube", "arc"])
def test_it_is_the_slope(cloud, percentiles):
    assert correlation_dimension(cloud, percentiles=percentiles) == pytest.approx(
        by_hand(cloud, *percentiles), rel=5e-3
    )


def test_pairs_of_one_document_are_left_out():
    cloud, document = cube(120, 2), np.arange(120) // 8
    found = correlation_dimension(cloud, documents=torch.from_numpy(document))
    assert found == pytest.approx(by_hand(cloud, 2.5, 97.5, document), rel=5e-3)
    assert found != pytest.approx(correlation_dimension(cloud), rel=1e-6)


@pytest.mark.parametrize(("cloud", "truth"), [(half_circle(2000), 1), (cube(2000, 2), 2), (cube(2000, 3), 3)])
def test_among_close_pairs_it_is_the_dimension(cloud, truth):
    assert correlation_dimension(cloud, percentiles=(0.1, 5.0)) == pytest.approx(truth, rel=0.1)


def test_across_the_cloud_it_is_far_too_low_in_many_dimensions():
    assert correlation_dimension(cube(1000, 10)) < 5


def test_a_sample_stands_for_the_whole():
    cloud = cube(1600, 2)
    whole = correlation_dimension(cloud, most=1600)
    assert correlation_dimension(cloud, most=600) == pytest.approx(whole, rel=0.05)
    assert correlation_dimension(cloud, most=600, seed=1) != correlation_dimension(cloud, most=600)


def test_equal_states_count_once():
    cloud = cube(100, 2)
    assert correlation_dimension(torch.cat([cloud, cloud])) == pytest.approx(correlation_dimension(cloud), abs=1e-12)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (torch.zeros(0, 3), "no states"),
        (torch.full((50, 3), torch.inf), "infinity"),
        (torch.ones(50, 3), "1 distinct"),
        (torch.eye(30), "equally far"),
    ],
    ids=["none", "infinite", "identical", "simplex"],
)
def test_clouds_without_a_slope_are_refused(states, message):
    with pytest.raises(TensorError, match=message):
        correlation_dimension(states)


def test_one_document_has_no_pairs():
    with pytest.raises(TensorError, match="one document"):
        correlation_dimension(cube(50, 2), documents=torch.zeros(50, dtype=torch.int64))


@pytest.mark.parametrize("options", [{"percentiles": (5.0, 5.0)}, {"percentiles": (-1.0, 50.0)}, {"most": 5}], ids=str)
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        correlation_dimension(cube(50, 2), **options)


def clusters(size, seed=0):
    """Three tight clusters in a plane."""
    draw = torch.Generator().manual_seed(seed)
    middles = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.3, 0.8]], dtype=torch.float64)
    return (middles.unsqueeze(1) + size * torch.randn(3, 60, 2, generator=draw, dtype=torch.float64)).flatten(0, 1)


@pytest.mark.parametrize("size", [1e-3, 1e-7, 1e-9])
def test_tight_clusters_keep_their_distances(size):
    cloud = clusters(size)
    assert correlation_dimension(cloud, percentiles=(0.1, 5)) == pytest.approx(by_hand(cloud, 0.1, 5), rel=5e-3)
