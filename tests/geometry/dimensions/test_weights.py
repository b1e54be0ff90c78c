"""Weights by which groups count alike."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import TensorError
from slowfold.geometry.dimensions import balanced_weights, dimension, principal_components


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40))
def test_every_group_weighs_the_same_and_within_it_every_part(pairs):
    outer, inner = torch.tensor(pairs).T
    weights = balanced_weights(outer, inner)
    assert weights.sum().item() == pytest.approx(1)
    for group in outer.unique():
        own = outer == group
        assert weights[own].sum().item() == pytest.approx(1 / len(outer.unique()))
        parts = [weights[own & (inner == part)] for part in inner[own].unique()]
        for part in parts:
            assert part.sum().item() == pytest.approx(1 / len(outer.unique()) / len(parts))
            assert (part == part[0]).all()


def test_weights_do_what_copies_do():
    draw = torch.Generator().manual_seed(0)
    states, times = torch.randn(30, 5, generator=draw), torch.randint(0, 4, (30,), generator=draw)
    copied = principal_components(states.repeat_interleave(times, dim=0))
    weighted = principal_components(states, times.double())
    torch.testing.assert_close(weighted.variances, copied.variances)
    torch.testing.assert_close(weighted.axes, copied.axes)
    torch.testing.assert_close(weighted.mean, copied.mean)


def test_a_long_document_dominates_only_unasked():
    draw = torch.Generator().manual_seed(0)
    long, short = torch.randn(5000, 1, generator=draw), torch.randn(100, 1, generator=draw)
    states = torch.zeros(5100, 2)
    states[:5000, 0], states[5000:, 1] = long[:, 0], short[:, 0]
    document = torch.cat([torch.zeros(5000), torch.ones(100)]).long()
    assert dimension(states).participation_ratio < 1.1
    assert dimension(states, balanced_weights(document)).participation_ratio == pytest.approx(2, abs=0.1)


def test_the_caller_keeps_its_weights():
    weights = torch.tensor([2.0, 1.0])
    dimension(torch.eye(2), weights)
    assert weights.tolist() == [2.0, 1.0]


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]], ids=str)
def test_weights_that_mean_nothing_are_refused(weights):
    with pytest.raises(TensorError, match="weight"):
        dimension(torch.eye(2), torch.tensor(weights))


@pytest.mark.parametrize("groups", [(), (torch.zeros(0, dtype=torch.int64),)], ids=["none", "empty"])
def test_nothing_to_balance_is_refused(groups):
    with pytest.raises(TensorError):
        balanced_weights(*groups)
