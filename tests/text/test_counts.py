"""Counting words by class."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.text.corpus import Corpus
from slowfold.text.counts import count_words
from slowfold.text.vocabulary import Vocabulary

VOCABULARY = Vocabulary(("the", "good", "bad", "never"))
rows = st.lists(
    st.tuples(st.lists(st.integers(0, 2), min_size=1, max_size=9), st.integers(0, 2)), min_size=1, max_size=12
)


@given(rows, st.sampled_from(["categorical", "ordered"]))
def test_counts_agree_with_a_loop(rows, kind):
    corpus = Corpus.from_tokens([ids for ids, _ in rows], [c for _, c in rows], VOCABULARY, ("a", "b", "c"), kind=kind)
    counts = count_words(corpus)
    seen = Counter((c, token) for ids, c in rows for token in ids)
    assert counts.words.tolist() == [[seen[c, token] for token in range(4)] for c in range(3)]
    assert counts.documents.tolist() == [sum(c == label for _, label in rows) for c in range(3)]
    assert counts.tokens.tolist() == counts.words.sum(axis=1).tolist()
    assert (counts.words.dtype, counts.tokens.dtype) == (np.int64, np.int64)
    with pytest.raises(ValueError, match="read-only"):
        counts.words[0, 0] = 1
