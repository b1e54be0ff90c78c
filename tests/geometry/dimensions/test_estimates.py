"""All measures at once, and the biases that the documentation tabulates."""

import pytest
import torch

from geometry.dimensions.clouds_of import cube, half_circle, simplex
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions import (
    Dimension,
    balanced_weights,
    correlation_dimension,
    dimension,
    dimension_over,
    estimate_dimensions,
    levina_bickel,
    local_dimension,
    principal_components,
    resample,
)


def test_components_that_are_known_are_not_measured_again():
    states = simplex(300, 2, 0.1)
    document = torch.arange(300) // 3
    weights = torch.linspace(1, 2, 300)
    axes = principal_components(states, weights)
    found = estimate_dimensions(states, classes=3, weights=weights)
    assert estimate_dimensions(states, classes=3, axes=axes) == found
    drawn = resample(states, document, weights=weights, draws=20).drawn
    assert resample(states, document, weights=weights, axes=axes, draws=20).drawn.equal(drawn)


def test_all_measures_are_those_that_stand_alone():
    states = simplex(700, 2, 0.1)
    document = torch.arange(700) // 7
    weights = balanced_weights(document)
    found = estimate_dimensions(states, classes=3, weights=weights, documents=document, seed=2)
    assert found.variance == dimension(states, weights)
    assert found.for_classes == found.variance.components_for(3 / 4)
    assert found.local == pytest.approx(local_dimension(states, 150, documents=document, seed=2))
    assert found.correlation == pytest.approx(correlation_dimension(states, documents=document, seed=2))
    for count, value in found.nearest.items():
        assert value == pytest.approx(levina_bickel(states, count, documents=document, seed=2))
    assert list(found.nearest) == [10, 50, 100]


@pytest.mark.parametrize(("share", "components"), [(0.5, 1), (0.75, 2), (0.9, 4), (1.0, 4)])
def test_thresholds_count_components(share, components):
    assert Dimension.from_variances([4.0, 2.0, 1.0, 1.0]).components_for(share) == components


def test_where_nothing_varies_no_component_is_needed():
    assert Dimension.from_variances([]).components_for(0.9) == 0


@pytest.mark.parametrize("share", [0.0, 1.1, -1.0])
def test_a_share_beyond_all_is_refused(share):
    with pytest.raises(OptionError):
        dimension(torch.eye(3)).components_for(share)


def test_what_too_few_states_cannot_tell_is_none():
    few = estimate_dimensions(cube(15, 2), classes=2)
    assert (few.nearest[50], few.nearest[100], few.local, few.correlation) == (None, None, None, None)
    assert few.nearest[10] is not None
    assert few.variance.participation_ratio > 1


@pytest.mark.parametrize("states", [torch.ones(40, 3), torch.ones(1, 3)], ids=["identical", "one"])
def test_one_place_fills_no_dimension(states):
    found = estimate_dimensions(states, classes=2)
    assert (found.distinct, found.variance.participation_ratio, found.for_classes) == (1, 0.0, 0)
    assert {found.local, found.correlation, *found.nearest.values()} == {None}


def test_corners_all_equally_far_tell_neighbours_nothing():
    found = estimate_dimensions(torch.eye(120), classes=1)
    assert {found.correlation, *found.nearest.values()} == {None}
    assert found.variance.participation_ratio == pytest.approx(119)


def test_one_document_tells_neighbours_nothing():
    found = estimate_dimensions(cube(200, 2), classes=1, documents=torch.zeros(200, dtype=torch.int64))
    assert {found.local, found.correlation, *found.nearest.values()} == {None}


@pytest.mark.parametrize(
    ("states", "options", "error"),
    [
        (torch.zeros(0, 2), {"classes": 2}, TensorError),
        (torch.full((9, 2), torch.nan), {"classes": 2}, TensorError),
        (torch.eye(4), {"classes": 0}, OptionError),
        (torch.eye(4), {"classes": 2, "average": "middle"}, OptionError),
        (torch.eye(4), {"classes": 2, "weights": torch.ones(3)}, TensorError),
    ],
    ids=["none", "nan", "no class", "no such average", "weights of others"],
)
def test_what_cannot_be_measured_is_refused(states, options, error):
    with pytest.raises(error):
        estimate_dimensions(states, **options)


def test_clouds_are_measured_one_at_a_time():
    held = []

    def clouds():
        for size in (2, 3, 5):
            held.append(size)
            yield torch.eye(size)
            assert held[-1] == size

    assert [found.for_95 for found in dimension_over(clouds())] == [1, 2, 4]


# The biases that benchmarks/estimators.py tabulates, of 1,000 states: participation ratio, for 90 %, for 95 %, for
# N / (N + 1), local, Levina-Bickel with 10, 50 and 100 neighbours, correlation. The last number of a key is the noise.
PINNED = {
    ("simplex", 1, 0.0): (0.00, 0, 0, 0, 0.00, 0.12, 0.02, -0.01, -0.09),
    ("simplex", 1, 0.1): (0.02, 0, 0, 0, 2.52, 14.56, 6.06, 2.35, 0.03),
    ("simplex", 2, 0.0): (-0.00, 0, 0, 0, -0.18, 0.18, -0.05, -0.11, -0.45),
    ("simplex", 2, 0.1): (0.04, 0, 0, 0, 0.09, 4.78, 1.03, 0.46, -0.39),
    ("simplex", 5, 0.0): (-0.05, 0, 0, 0, -0.66, -0.13, -0.84, -1.07, -2.29),
    ("simplex", 5, 0.1): (0.03, 0, 0, 0, -0.50, 0.51, -0.55, -0.88, -2.26),
    ("simplex", 10, 0.0): (-0.11, -1, 0, -1, -0.99, -1.72, -3.10, -3.50, -6.23),
    ("simplex", 10, 0.1): (0.03, -1, 0, 0, -0.82, -1.32, -2.91, -3.37, -6.20),
    ("cube", 2, 0.0): (-0.00, 0, 0, 0, -0.07, 0.17, -0.04, -0.10, -0.40),
    ("cube", 2, 0.1): (0.04, 0, 0, 0, 0.31, 4.20, 0.94, 0.42, -0.33),
    ("cube", 10, 0.0): (-0.10, -1, 0, -1, -0.41, -0.99, -2.23, -2.62, -5.26),
    ("cube", 10, 0.1): (0.03, -1, 0, 0, -0.25, -0.65, -2.06, -2.49, -5.23),
    ("half circle", 1, 0.0): (0.35, 1, 1, 0, 0.02, 0.12, 0.01, -0.01, -0.05),
    ("half circle", 1, 0.1): (0.38, 1, 1, 0, 0.27, 13.77, 5.12, 1.86, 0.10),
}


@pytest.mark.parametrize(("shape", "size", "noise"), PINNED)
def test_biases_are_those_of_the_table(shape, size, noise):
    draw, classes = {
        "simplex": (lambda: simplex(1000, size, noise, 1), size + 1),
        "cube": (lambda: cube(1000, size, noise, 1), size),
        "half circle": (lambda: half_circle(1000, noise, 1), 5),
    }[shape]
    found = estimate_dimensions(draw(), classes=classes)
    variance = found.variance
    told = (variance.participation_ratio, variance.for_90, variance.for_95, found.for_classes, found.local)
    biases = [value - size for value in (*told, *found.nearest.values(), found.correlation)]
    assert biases == pytest.approx(PINNED[shape, size, noise], abs=0.02)
