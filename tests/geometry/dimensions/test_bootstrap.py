"""Intervals over documents: the same as drawing states by hand, and as wide as they should be."""

import numpy as np
import pytest
import torch

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions import Dimension, balanced_weights, dimension, resample
from slowfold.geometry.dimensions.bootstrap import _draw


def texts(documents, units=6, seed=0, most=6):
    """States of documents of several lengths, those of one near each other, in no order."""
    draw = torch.Generator().manual_seed(seed)
    document = torch.arange(documents).repeat_interleave(torch.randint(1, most, (documents,), generator=draw))
    document = document[torch.randperm(len(document), generator=draw)]
    scale = torch.linspace(1, 0.2, units, dtype=torch.float64)
    centres = torch.randn(documents, units, generator=draw, dtype=torch.float64) * scale
    return centres[document] + 0.1 * torch.randn(len(document), units, generator=draw, dtype=torch.float64), document


@pytest.mark.parametrize("weighted", [False, True])
def test_draws_are_those_of_whole_documents(weighted):
    states, document = texts(30)
    weights = balanced_weights(document) if weighted else None
    found = resample(states + 5, document, weights=weights, draws=25, components=3, seed=4)
    counts = _draw(torch.zeros(30, dtype=torch.int64), 25, torch.Generator().manual_seed(4))
    own = torch.ones(len(states), dtype=torch.float64) if weights is None else weights
    expected = [dimension(states, own * times[document]) for times in counts]
    ratios = np.array([one.participation_ratio for one in expected])
    # Directions beyond those that hold 99.99 % of the variance count as variance alone.
    np.testing.assert_allclose(found.drawn.numpy(), ratios, rtol=1e-6)
    assert found.participation_ratio == pytest.approx(np.quantile(ratios, [0.025, 0.975]), rel=1e-6)
    first = [one.shares[0] for one in expected]
    assert found.shares[0].tolist() == pytest.approx(np.quantile(first, [0.025, 0.975]), rel=1e-6)
    assert found.shares.shape == (3, 2)


def test_many_small_directions_count_as_variance():
    draw = torch.Generator().manual_seed(0)
    states = torch.randn(400, 80, generator=draw, dtype=torch.float64)
    states[:, 2:] *= 1e-3
    found = resample(states, torch.arange(400), draws=20, seed=1)
    counts = _draw(torch.zeros(400, dtype=torch.int64), 20, torch.Generator().manual_seed(1))
    expected = [dimension(states, times).participation_ratio for times in counts]
    np.testing.assert_allclose(found.drawn.numpy(), expected, rtol=1e-5)


def test_each_document_is_drawn_as_often_as_any_other_within_its_class():
    classes = torch.tensor([0] * 10 + [1] * 3)
    counts = _draw(classes, 1500, torch.Generator().manual_seed(0))
    assert (counts[:, :10].sum(dim=1) == 10).all()
    assert (counts[:, 10:].sum(dim=1) == 3).all()
    torch.testing.assert_close(counts.mean(dim=0), torch.ones(13, dtype=torch.float64), atol=0.1, rtol=0)
    # Drawn with replacement, a document comes with the variance 1 - 1/n.
    assert counts[:, 0].var().item() == pytest.approx(0.9, abs=0.12)


def test_copies_of_a_document_make_it_no_surer():
    states, document = texts(60)
    once = resample(states, document, seed=0)
    thrice = resample(states.repeat(3, 1), document.repeat(3), seed=0)
    torch.testing.assert_close(thrice.drawn, once.drawn)
    alone = resample(states.repeat(3, 1), torch.arange(3 * len(states)), seed=0).participation_ratio
    assert alone[1] - alone[0] < 0.7 * (once.participation_ratio[1] - once.participation_ratio[0])


def test_intervals_hold_the_truth_as_often_as_they_say():
    spread = torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64)
    truth = Dimension.from_variances(spread.square().tolist()).participation_ratio
    held, rounds = 0, 120
    for seed in range(rounds):
        draw = torch.Generator().manual_seed(seed)
        states = torch.randn(150, 3, generator=draw, dtype=torch.float64) * spread
        low, high = resample(states, torch.arange(150), level=0.9, draws=100, seed=seed).participation_ratio
        held += low <= truth <= high
    assert 0.8 <= held / rounds <= 0.96


def test_classes_keep_their_numbers():
    # Two classes apart along one axis: which share of the documents is of which class is most of the variance.
    draw = torch.Generator().manual_seed(0)
    classes = torch.arange(60) % 2
    states = torch.randn(60, 3, generator=draw, dtype=torch.float64) * 0.1
    states[:, 0] += classes
    free = resample(states, torch.arange(60), seed=0)
    balanced = resample(states, torch.arange(60), classes=classes, seed=0)
    assert balanced.drawn.std() < 0.9 * free.drawn.std()


def test_the_same_seed_draws_the_same_documents():
    states, document = texts(20)
    assert resample(states, document, seed=3).drawn.equal(resample(states, document, seed=3).drawn)
    assert not resample(states, document, seed=3).drawn.equal(resample(states, document, seed=4).drawn)


@pytest.mark.parametrize(
    ("states", "document", "message"),
    [
        (torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64), "no states"),
        (torch.tensor([[float("nan"), 0.0]]), torch.zeros(1, dtype=torch.int64), "NaN"),
        (torch.eye(3), torch.zeros(3, dtype=torch.int64), "one document"),
        (torch.ones(9, 2), torch.arange(9), "all the same"),
    ],
    ids=["none", "nan", "one document", "identical"],
)
def test_clouds_that_cannot_be_drawn_anew_are_refused(states, document, message):
    with pytest.raises(TensorError, match=message):
        resample(states, document)


def test_a_document_of_two_classes_is_refused():
    with pytest.raises(TensorError, match="two classes"):
        resample(torch.eye(3), torch.tensor([0, 0, 1]), classes=torch.tensor([0, 1, 1]))


@pytest.mark.parametrize("options", [{"draws": 5}, {"level": 1.0}, {"level": 0.0}], ids=str)
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        resample(torch.eye(3), torch.arange(3), **options)
