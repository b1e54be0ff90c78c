from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import OptionError
from slowfold.networks.batches import batches_per_epoch, epoch_batches, epoch_order, gather_batch, reading_order
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


def test_starting_later_gives_the_rest_of_the_epoch() -> None:
    corpus = corpus_of(np.arange(1, 30))
    whole = list(epoch_batches(corpus, size=4, seed=2, epoch=1))
    rest = list(epoch_batches(corpus, size=4, seed=2, epoch=1, start=3))
    assert len(rest) == len(whole) - 3
    assert all(one.tokens.equal(other.tokens) for one, other in zip(whole[3:], rest, strict=True))


@given(lengths_of, st.integers(1, 100))
def test_reading_visits_every_document_within_the_budget(lengths: np.ndarray, budget: int) -> None:
    batches = list(reading_order(lengths, budget=budget))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(len(members) == 1 or len(members) * lengths[members].max() <= budget for members in batches)


@pytest.mark.parametrize("options", [{"size": 0}, {"size": 4, "pool": 0}])
def test_sizes_out_of_range(options: dict[str, int]) -> None:
    with pytest.raises(OptionError, match="give 1 or more"):
        epoch_order(np.array([1, 2]), seed=0, epoch=0, **options)
