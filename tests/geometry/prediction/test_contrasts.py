"""What sets classes apart, word by word."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.geometry.prediction.contrasts import frequency_contrasts, word_evidence

tables = st.tuples(st.integers(1, 5), st.integers(2, 7), st.integers(0, 2**32)).map(
    lambda drawn: np.random.default_rng(drawn[2]).integers(0, 50, drawn[:2]) + np.eye(*drawn[:2], dtype=np.int64)
)


@given(tables)
def test_alternatives_are_set_against_their_mean(words):
    every = words.sum(axis=0)
    contrasts, evidence = (part(words, every, "categorical") for part in (frequency_contrasts, word_evidence))
    shares = [[count / sum(row) for count in row] for row in words.tolist()]
    means = [sum(column) / len(words) for column in zip(*shares, strict=True)]
    assert np.allclose(contrasts, [[share - mean for share, mean in zip(row, means, strict=True)] for row in shares])
    smoothed = [[math.log((count + 1) / (sum(row) + len(row))) for count in row] for row in words.tolist()]
    means = [sum(column) / len(words) for column in zip(*smoothed, strict=True)]
    assert np.allclose(evidence, [[log - mean for log, mean in zip(row, means, strict=True)] for row in smoothed])


@given(tables, st.integers(1, 30))
def test_labels_are_set_against_the_documents_without_them(words, more):
    every = words.sum(axis=0) + more
    contrasts, evidence = (part(words, every, "multilabel") for part in (frequency_contrasts, word_evidence))
    for row, counts in enumerate(words):
        rest = every - counts
        assert np.allclose(contrasts[row], counts / counts.sum() - rest / rest.sum())
        size = len(counts)
        with_label, without = (counts + 1) / (counts.sum() + size), (rest + 1) / (rest.sum() + size)
        assert np.allclose(evidence[row], np.log(with_label / without))


@pytest.mark.parametrize("measure", [frequency_contrasts, word_evidence])
def test_two_alternatives_have_one_direction_and_two_labels_have_two(measure):
    words = np.array([[9, 1, 1, 5], [1, 9, 1, 5]])
    assert np.linalg.matrix_rank(measure(words, words.sum(axis=0), "categorical")) == 1
    assert np.linalg.matrix_rank(measure(words, words.sum(axis=0) + 7, "multilabel")) == 2
