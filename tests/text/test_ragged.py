"""Runs of tokens: each change against the same change of lists."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slowfold.text.ragged import boundaries, pick, reverse, shuffle

documents = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=9), min_size=1, max_size=12)


def run_of(ids):
    return np.array([token for row in ids for token in row], np.int32), boundaries(np.array([len(row) for row in ids]))


def rows_of(tokens, offsets):
    return [tokens[begin:end].tolist() for begin, end in pairwise(offsets)]


@given(documents)
def test_boundaries_are_where_documents_begin_and_end(ids):
    assert rows_of(*run_of(ids)) == ids


@given(documents, st.data())
def test_any_documents_are_picked_any_number_of_times(ids, data):
    tokens, offsets = run_of(ids)
    index = data.draw(st.lists(st.integers(0, len(ids) - 1), max_size=20))
    lengths = [data.draw(st.integers(0, len(ids[i]))) for i in index]
    picked = pick(tokens, offsets, np.array(index, np.int64), np.array(lengths, np.int64))
    assert rows_of(*picked) == [ids[i][:length] for i, length in zip(index, lengths, strict=True)]
    assert picked[0].dtype == np.int32


@given(documents)
def test_each_document_is_reversed_by_itself(ids):
    tokens, offsets = run_of(ids)
    assert rows_of(reverse(tokens, offsets), offsets) == [row[::-1] for row in ids]


@given(documents, st.integers(0, 2**32))
def test_each_document_is_shuffled_by_itself_and_the_same_with_its_seed(ids, seed):
    tokens, offsets = run_of(ids)
    shuffled = shuffle(tokens, offsets, seed)
    assert [sorted(row) for row in rows_of(shuffled, offsets)] == [sorted(row) for row in ids]
    assert shuffled.tolist() == shuffle(tokens, offsets, seed).tolist()
