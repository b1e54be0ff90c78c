"""Tables of counts: what fits together, what is merged, what is left out."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError, OptionError
from slowfold.text import Batch, Corpus, Vocabulary, WordCounts, build_vocabulary, count_words
from text.samples import COUNTED, documents_of, one_label, shards_of, some_labels

VOCABULARY = Vocabulary(("the", "good", "bad", "never"))


def counts_of(words, names=("a", "b"), kind="categorical", vocabulary=VOCABULARY):
    words = np.array(words, dtype=np.int64)
    return WordCounts.of_classes(words, np.ones(len(words), np.int64), names, vocabulary, kind)


@given(COUNTED, st.data())
def test_shards_counted_apart_and_merged_are_one_pass_exactly(rows, data):
    one = count_words([documents_of(rows)])
    parts = [count_words([documents_of(shard)]) for shard in data.draw(shards_of(rows))]
    assert WordCounts.merge(parts) == one
    assert WordCounts.merge(data.draw(st.permutations(parts))) == one
    assert reduce(add, parts) == one
    middle = len(parts) // 2
    left, right = parts[: middle + 1], parts[middle + 1 :]
    assert WordCounts.merge([WordCounts.merge(left), *right]) == one


def test_counts_that_differ_in_anything_are_not_equal():
    counts = counts_of([[1, 2, 3, 0], [0, 1, 0, 4]])
    assert counts == counts_of([[1, 2, 3, 0], [0, 1, 0, 4]])
    assert counts != counts_of([[1, 2, 3, 0], [0, 1, 1, 4]])
    assert counts != counts_of([[1, 2, 3, 0], [0, 1, 0, 4]], names=("b", "a"))
    assert counts != counts_of([[1, 2, 3, 0], [0, 1, 0, 4]], vocabulary=Vocabulary(("the", "bad", "good", "never")))
    assert counts != counts_of([[1, 2, 3, 0], [0, 1, 0, 4]], kind="ordered")
    assert counts != "counts"
    with pytest.raises(TypeError):
        hash(counts)


def test_classes_keep_the_order_in_which_all_parts_list_them():
    asked = counts_of([[1, 0, 0, 0], [0, 1, 0, 0]], names=("yes", "no"))
    assert (asked + asked).class_names == ("yes", "no")
    other = counts_of([[1, 0, 0, 0], [0, 1, 0, 0]], names=("yes", "perhaps"))
    assert (asked + other).class_names == (other + asked).class_names == ("no", "perhaps", "yes")
    stars = [counts_of([[1, 0, 0, 0]], names=(name,), kind="ordered") for name in ("10", "9", "1")]
    assert WordCounts.merge(stars).class_names == ("1", "9", "10")


def test_what_does_not_belong_together_is_not_merged():
    counts = counts_of([[1, 2, 3, 0], [0, 1, 0, 4]])
    with pytest.raises(DataError, match="no counts to merge"):
        WordCounts.merge([])
    with pytest.raises(DataError, match="categorical, those of another ordered"):
        counts + counts_of([[1, 2, 3, 0], [0, 1, 0, 4]], kind="ordered")
    with pytest.raises(DataError, match="merge first, and limit"):
        counts + counts.limited(minimum_count=1)
    ordered = [counts_of([[1, 0, 0, 0]], names=(name,), kind="ordered") for name in ("low", "high")]
    with pytest.raises(DataError, match="'high' stands among ordered"):
        ordered[0] + ordered[1]


@given(COUNTED, st.integers(1, 3), st.integers(2, 6))
def test_the_words_kept_are_those_of_a_vocabulary_and_nothing_is_lost(rows, minimum_count, size):
    counts = count_words([documents_of(rows)])
    texts = pl.Series([" ".join(words) for words, _ in rows])
    if counts.occurrences.max() < minimum_count:
        with pytest.raises(DataError, match="vocabulary of nothing"):
            counts.limited(minimum_count=minimum_count, size=size)
        return
    limited = counts.limited(minimum_count=minimum_count, size=size)
    assert limited.vocabulary == build_vocabulary(texts, minimum_count=minimum_count, size=size)
    assert limited.occurrences.sum() == counts.occurrences.sum()
    assert limited.tokens.tolist() == counts.tokens.tolist()
    assert limited.documents.tolist() == counts.documents.tolist()
    for word in limited.vocabulary.words[1:]:
        kept, before = limited.vocabulary.id(word), counts.vocabulary.id(word)
        assert limited.words[:, kept].tolist() == counts.words[:, before].tolist()
        assert limited.occurrences[kept] == counts.occurrences[before]
    # What is limited already keeps its word for unknown ones.
    assert limited.limited(minimum_count=1, size=size) == limited


@given(st.sampled_from([one_label, some_labels]).flatmap(lambda rows: rows), st.integers(2, 5))
def test_limited_counts_are_those_of_a_corpus_with_that_vocabulary(rows, size):
    limited = count_words([documents_of(rows)]).limited(minimum_count=1, size=size)
    several = isinstance(rows[0][1], list)
    names, known = limited.class_names, limited.vocabulary
    ids = [[known.id(word) if word in known else 0 for word in words] for words, _ in rows]
    labels = [[name in own for name in names] if several else names.index(own) for _, own in rows]
    corpus = Corpus.from_tokens(ids, np.array(labels), known, names, kind="multilabel" if several else "categorical")
    assert count_words(corpus) == limited


def test_options_out_of_range_are_refused():
    counts = counts_of([[1, 2, 3, 0], [0, 1, 0, 4]])
    with pytest.raises(OptionError, match="minimum_count: 0 is below 1"):
        counts.limited(minimum_count=0)
    with pytest.raises(OptionError, match="vocabulary size: 1 is below 2"):
        counts.limited(size=1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"class_names": ("a", "a")}, "not distinct"),
        ({"class_names": ("a", "b", "c")}, "words of shape"),
        ({"occurrences": np.array([1, 3, 3, 5])}, "do not add up"),
        ({"occurrences": np.array([1, 1, 3, 4])}, "more of a word than there is"),
        ({"set_documents": np.array([-1, 2])}, "below 0"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, told):
    parts = {
        "words": np.array([[1, 2, 3, 0], [0, 1, 0, 4]]),
        "occurrences": np.array([1, 3, 3, 4]),
        "label_sets": np.eye(2, dtype=np.bool_),
        "set_documents": np.array([1, 1]),
        "class_names": ("a", "b"),
        "vocabulary": VOCABULARY,
    }
    assert WordCounts(**parts).documents.tolist() == [1, 1]
    with pytest.raises(DataError, match=told):
        WordCounts(**(parts | change))


def test_nobody_can_change_counts_from_outside():
    words = np.array([[1, 2, 3, 0], [0, 1, 0, 4]])
    counts = counts_of(words)
    words[0, 0] = 9
    assert counts.words[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        counts.words[0, 0] = 1


def test_batches_of_nothing_count_nothing():
    empty = Batch(pl.Series([], dtype=pl.List(pl.String)), pl.Series([], dtype=pl.String))
    full = documents_of([(["so"], "a"), (["not"], "b")])
    assert count_words([empty, full, empty]) == count_words([full])
    with pytest.raises(DataError, match="there are no documents"):
        count_words([empty])
