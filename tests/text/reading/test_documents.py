"""Documents in memory: without text, split, limited to classes, and made a corpus."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError, OptionError
from slowfold.text.reading.documents import Documents
from slowfold.text.vocabulary import Vocabulary, build_vocabulary, encode
from text_files import csv_of, labels_of, read, rows_of, texts_of


def documents_of(texts, labels, class_names=("a", "b"), kind="categorical"):
    words = [text.split() for text in texts]
    lexicon = sorted({word for text in words for word in text})
    tokens = np.array([lexicon.index(word) for text in words for word in text], dtype=np.int32)
    offsets = np.cumsum([0, *map(len, words)])
    return Documents(
        tokens, offsets, np.array(labels), pl.Series(lexicon, dtype=pl.String), class_names, kind, "mine", "nowhere"
    )


def test_longer_documents_are_cut_or_dropped_and_counted():
    documents = documents_of(["b b b", "a a", "a b c d"], [0, 1, 1])
    whole, cut, dropped = documents.to_corpus(minimum_count=1)
    assert (whole.lengths.tolist(), cut, dropped) == ([3, 2, 4], 0, 0)
    corpus, cut, dropped = documents.to_corpus(max_length=2, minimum_count=1)
    assert ([corpus.words(i) for i in range(3)], cut, dropped) == ([["b", "b"], ["a", "a"], ["a", "b"]], 2, 0)
    assert corpus.vocabulary.words == ("<unk>", "a", "b")
    corpus, cut, dropped = documents.to_corpus(max_length=3, longer="drop", minimum_count=1)
    assert ([corpus.words(i) for i in range(2)], cut, dropped) == ([["b", "b", "b"], ["a", "a"]], 0, 1)
    assert corpus.labels.tolist() == [0, 1]
    assert corpus.vocabulary.words == ("<unk>", "b", "a")
    with pytest.raises(DataError, match="no document has at most 1 words"):
        documents.to_corpus(max_length=1, longer="drop")
    with pytest.raises(OptionError, match="max_length: 0 is below 1"):
        documents.to_corpus(max_length=0)


TEXTS = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(" ".join), min_size=2, max_size=12)


@given(TEXTS, st.integers(1, 3), st.integers(2, 8))
def test_a_corpus_of_documents_is_that_of_their_texts(texts, minimum_count, size):
    documents, series = documents_of(texts, [0] * len(texts)), pl.Series(texts)
    if max(Counter(" ".join(texts).split()).values()) < minimum_count:
        with pytest.raises(DataError, match="a vocabulary of nothing"):
            documents.to_corpus(minimum_count=minimum_count, vocabulary_size=size)
        return
    vocabulary = build_vocabulary(series, minimum_count=minimum_count, size=size)
    corpus = documents.to_corpus(minimum_count=minimum_count, vocabulary_size=size).corpus
    tokens, offsets = encode(series, vocabulary)
    assert corpus.vocabulary == vocabulary
    assert corpus.tokens.tolist() == tokens.tolist()
    assert corpus.offsets.tolist() == offsets.tolist()


def test_test_documents_are_read_with_the_words_of_the_training_documents():
    vocabulary = Vocabulary(("<unk>", "good"), unknown=0)
    corpus = documents_of(["good film", "bad"], [0, 1]).to_corpus(vocabulary).corpus
    assert corpus.tokens.tolist() == [1, 0, 0]
    assert corpus.vocabulary is vocabulary
    closed = Vocabulary(("good", "film"))
    with pytest.raises(DataError, match="document 1: the word 'bad' is not in the vocabulary, which has no <unk>"):
        documents_of(["good film", "bad"], [0, 1]).to_corpus(closed)


def test_a_word_that_no_document_is_left_of_need_not_be_known():
    documents = documents_of(["good film", "bad", "good"], [0, 1, 2], ("a", "b", "c")).only(["a", "c"])
    assert documents.to_corpus(Vocabulary(("good", "film"))).corpus.tokens.tolist() == [0, 1, 0]


def test_documents_split_as_their_corpus_does():
    documents = documents_of([f"w{i}" for i in range(40)], [i % 2 for i in range(40)])
    corpora = documents.to_corpus(minimum_count=1).corpus.split(0.2, seed=3)
    for part, corpus in zip(documents.split(0.2, seed=3), corpora, strict=True):
        assert texts_of(part) == [corpus.words(i)[0] for i in range(len(corpus))]
        assert np.array_equal(part.labels, corpus.labels)


def test_documents_of_several_labels_split_and_are_limited_to_some():
    labels = np.array([[i % 2 == 0, i % 3 == 0, i % 5 == 0] for i in range(60)])
    documents = documents_of([f"w{i}" for i in range(60)], labels, ("two", "three", "five"), "multilabel")
    train, test = documents.split(0.2, seed=0)
    assert sorted(texts_of(train) + texts_of(test)) == sorted(texts_of(documents))
    assert labels_of(test) == [labels_of(documents)[int(text[1:])] for text in texts_of(test)]
    some = documents.only(["prime=two+three", "five"], neither=0.0)
    assert rows_of(some)[:4] == [("w0", ["prime", "five"]), ("w2", ["prime"]), ("w3", ["prime"]), ("w4", ["prime"])]
    assert all(map(any, some.labels))
    assert len(documents.only(["two", "five"], neither=1.0)) == 60


def test_documents_of_some_classes():
    documents = documents_of(["x", "y", "z", "z z"], [2, 1, 0, 0], ("1", "2", "3"), "ordered")
    assert rows_of(documents.only(["3", "1"])) == [("x", "3"), ("z", "1"), ("z z", "1")]
    assert documents.only(["3", "1"]).class_names == ("1", "3")
    assert rows_of(documents.only(["low=1+2", "3"])) == [("x", "3"), ("y", "low"), ("z", "low"), ("z z", "low")]
    with pytest.raises(DataError, match=r"nowhere: no class is named '4'"):
        documents.only(["4", "1"])
    with pytest.raises(DataError, match="no document 4"):
        documents.words(4)


def test_two_orders_of_reading_give_the_same_words(tmp_path):
    rows = [(f"w{i} common w{i % 7}", "ab"[i % 2]) for i in range(200)]
    for name, part in (("1.csv", rows), ("2.csv", rows[::-1])):
        (tmp_path / name).write_bytes(csv_of(part))
    first, second = read(tmp_path / "1.csv", batch_bytes=300), read(tmp_path / "2.csv")
    assert first.lexicon.equals(second.lexicon)
    assert rows_of(first) == rows_of(second)[::-1]
    assert read(tmp_path / "1.csv").tokens.tolist() == first.tokens.tolist()
