from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import OptionError
from slowfold.networks.batches import Order, batches_per_epoch, epoch_order, gather_batch, reading_order
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary

lengths_of = st.lists(st.integers(1, 40), min_size=1, max_size=120).map(lambda x: np.array(x, dtype=np.int64))


def corpus_of(lengths: np.ndarray) -> Corpus:
    """Documents whose words say where they stand: document i counts on from where document i - 1 ended."""
    words = int(lengths.sum())
    ids = np.split(np.arange(words), np.cumsum(lengths)[:-1])
    return Corpus.from_tokens(ids, np.arange(len(lengths)) % 2, Vocabulary(tuple(map(str, range(words)))), ("a", "b"))


@given(lengths_of, st.integers(1, 20), st.integers(1, 5), st.integers(0, 3))
def test_an_epoch_holds_every_document_once(lengths: np.ndarray, size: int, pool: int, epoch: int) -> None:
    order = epoch_order(lengths, size=size, seed=0, epoch=epoch, pool=pool)
    assert len(order) == batches_per_epoch(len(lengths), size)
    assert sorted(np.concatenate(order).tolist()) == list(range(len(lengths)))


@given(lengths_of, st.integers(1, 20))
def test_batches_differ_by_at_most_one_document(lengths: np.ndarray, size: int) -> None:
    sizes = [len(members) for members in epoch_order(lengths, size=size, seed=0, epoch=0)]
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


@given(lengths_of, st.integers(1, 20))
def test_an_epoch_is_decided_by_seed_and_number(lengths: np.ndarray, size: int) -> None:
    first, again = (epoch_order(lengths, size=size, seed=3, epoch=5) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_epochs_and_seeds_differ() -> None:
    lengths = np.arange(1, 200)
    orders = [
        np.concatenate(epoch_order(lengths, size=8, seed=seed, epoch=epoch)).tolist()
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    ]
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_a_pool_pads_less_than_chance() -> None:
    lengths = np.random.default_rng(0).integers(1, 200, size=4000)

    def computed(pool: int) -> float:
        order = epoch_order(lengths, size=16, seed=0, epoch=0, pool=pool)
        return sum(int(lengths[members].max()) * len(members) for members in order) / lengths.sum()

    assert computed(50) < 1.06
    assert computed(1) > 1.7


@given(lengths_of, st.data())
def test_a_gathered_batch_holds_the_documents(lengths: np.ndarray, data: st.DataObject) -> None:
    corpus = corpus_of(lengths)
    documents = np.array(data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=10)))
    batch = gather_batch(corpus, documents)
    assert batch.tokens.shape == (len(documents), lengths[documents].max())
    for row, document in enumerate(documents):
        length = int(batch.lengths[row])
        assert batch.tokens[row, :length].tolist() == corpus.document(int(document)).tolist()
        assert (batch.tokens[row, length:] == 0).all()
    assert batch.labels.tolist() == corpus.labels[documents].tolist()


@given(lengths_of, st.integers(1, 100))
def test_reading_visits_every_document_within_the_budget(lengths: np.ndarray, budget: int) -> None:
    batches = list(reading_order(lengths, budget=budget))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(len(members) == 1 or len(members) * lengths[members].max() <= budget for members in batches)


@pytest.mark.parametrize("options", [{"size": 0}, {"size": 4, "pool": 0}])
def test_sizes_out_of_range(options: dict[str, int]) -> None:
    with pytest.raises(OptionError, match="give 1 or more"):
        epoch_order(np.array([1, 2]), seed=0, epoch=0, **options)


@given(lengths_of, st.integers(1, 20), st.integers(1, 100), st.integers(0, 2))
def test_a_budget_of_tokens_is_kept_to(lengths: np.ndarray, size: int, tokens: int, epoch: int) -> None:
    order = epoch_order(lengths, size=size, seed=0, epoch=epoch, tokens=tokens)
    assert sorted(np.concatenate(order).tolist()) == list(range(len(lengths)))
    assert all(len(members) <= size for members in order)
    assert all(len(members) == 1 or len(members) * lengths[members].max() <= tokens for members in order)


def test_a_budget_that_is_never_reached_changes_nothing() -> None:
    lengths = np.arange(1, 100)
    plain, bounded = (epoch_order(lengths, size=8, seed=0, epoch=0, tokens=tokens) for tokens in (0, 8 * 99))
    assert all(np.array_equal(one, other) for one, other in zip(plain, bounded, strict=True))


@given(lengths_of, st.integers(1, 20), st.sampled_from([0, 7, 60]), st.integers(0, 40))
def test_an_order_goes_on_from_any_step(lengths: np.ndarray, size: int, tokens: int, step: int) -> None:
    order = Order(lengths, size=size, tokens=tokens, seed=1)
    several = [members for epoch in range(3) for members in order.epoch(epoch)]
    assert order.steps(3) == len(several)
    rest = itertools.islice(order.after(step), max(len(several) - step, 0))
    assert all(np.array_equal(one, other) for one, other in zip(several[step:], rest, strict=True))


def test_a_batch_carries_the_targets_of_its_words() -> None:
    corpus = corpus_of(np.array([3, 1, 4]))
    targets = np.stack([corpus.tokens, -corpus.tokens], axis=1).astype(np.float32)
    batch = gather_batch(corpus, np.array([2, 1]), targets)
    assert batch.targets is not None
    assert batch.targets.shape == (2, 4, 2)
    real = torch.arange(4) < batch.lengths[:, None]
    assert batch.targets[real][:, 0].tolist() == batch.tokens[real].tolist()
    moved = batch.to(torch.device("meta"))
    assert {part.device.type for part in moved if part is not None} == {"meta"}
