"""Counting words by class: what is counted, in one pass, whatever the batches and wherever they come from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError
from slowfold.text import Batch, Corpus, Tally, Vocabulary, count_words, open_documents
from slowfold.text.counting.tally import split_roughly
from slowfold.text.vocabulary import split_words
from text.samples import COUNTED, documents_of, shards_of

VOCABULARY = Vocabulary(("the", "good", "bad", "never"))
rows_of_ids = st.lists(
    st.tuples(st.lists(st.integers(0, 2), min_size=1, max_size=9), st.integers(0, 2)), min_size=1, max_size=12
)


@given(rows_of_ids, st.sampled_from(["categorical", "ordered"]))
def test_counts_of_a_corpus_agree_with_a_loop(rows, kind):
    corpus = Corpus.from_tokens([ids for ids, _ in rows], [c for _, c in rows], VOCABULARY, ("a", "b", "c"), kind=kind)
    counts = count_words(corpus)
    seen = Counter((c, token) for ids, c in rows for token in ids)
    assert counts.words.tolist() == [[seen[c, token] for token in range(4)] for c in range(3)]
    assert counts.documents.tolist() == [sum(c == label for _, label in rows) for c in range(3)]
    assert counts.tokens.tolist() == counts.words.sum(axis=1).tolist()
    assert (counts.words.dtype, counts.tokens.dtype) == (np.int64, np.int64)
    assert (counts.vocabulary, counts.kind, len(counts)) == (VOCABULARY, kind, len(rows))


@given(COUNTED)
def test_counts_of_batches_agree_with_a_loop(rows):
    counts = count_words([documents_of(rows)])
    several = isinstance(rows[0][1], list)
    labels = [own if several else [own] for _, own in rows]
    seen = Counter((name, word) for (words, _), own in zip(rows, labels, strict=True) for name in own for word in words)
    everywhere = Counter(word for words, _ in rows for word in words)
    assert counts.vocabulary.words == tuple(sorted(everywhere, key=lambda word: (-everywhere[word], word)))
    assert counts.occurrences.tolist() == [everywhere[word] for word in counts.vocabulary.words]
    assert counts.words.tolist() == [
        [seen[name, word] for word in counts.vocabulary.words] for name in counts.class_names
    ]
    assert counts.documents.tolist() == [sum(name in own for own in labels) for name in counts.class_names]
    sets = Counter(tuple(name in own for name in counts.class_names) for own in labels)
    found = zip(counts.label_sets.tolist(), counts.set_documents.tolist(), strict=True)
    assert {tuple(row): documents for row, documents in found if documents} == sets
    assert (counts.kind, len(counts)) == ("multilabel" if several else "categorical", len(rows))


@given(COUNTED, st.data())
def test_batches_of_any_size_count_alike(rows, data):
    batches = [documents_of(shard) for shard in data.draw(shards_of(rows))]
    assert count_words(batches) == count_words([documents_of(rows)])


def test_counts_are_added_up_on_the_way(monkeypatch):
    monkeypatch.setattr("slowfold.text.counting.tally._WAITING_ROWS", 2)
    batches = [documents_of([([f"word{n % 7}", "the"], "ab"[n % 2])]) for n in range(40)]
    tally = Tally()
    for batch in batches:
        tally.include(Tally(batch))
        # Two labels, eight words: no more rows than twice what that comes to wait.
        assert sum(part.height for part in tally._parts) <= 2 * 14 + 4
    counts = tally.finish(("a", "b"), "categorical")
    assert counts.occurrences.tolist() == [40, *[6] * 5, *[5] * 2]
    assert tally.labels == {"a": 20, "b": 20}


def test_a_label_named_twice_counts_once():
    batch = Batch(pl.Series([["so", "good"]]), pl.Series([["b", "a", "b"]]))
    counts = count_words([batch])
    assert counts.documents.tolist() == [1, 1]
    assert counts.words.tolist() == [[1, 1], [1, 1]]


def test_a_tally_knows_the_classes_that_it_is_told():
    tally = Tally(documents_of([(["so"], "yes"), (["not"], "no")]))
    counts = tally.finish(("yes", "perhaps", "no"), "categorical")
    assert counts.documents.tolist() == [1, 0, 1]
    with pytest.raises(DataError, match="'yes' is none of the classes"):
        tally.finish(("no", "perhaps"), "categorical")


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("\n".join(["text,label", *(f"{text},{label}" for text, label in rows), ""]), encoding="utf-8")
    return path


def test_files_are_counted_as_their_documents(tmp_path):
    rows = [(f"so {word} film {n % 3}", label) for n in range(20) for word, label in (("good", "yes"), ("bad", "no"))]
    write(tmp_path / "a.csv", rows[:15])
    write(tmp_path / "b.csv", rows[15:])
    shares = []
    counts = count_words(open_documents(tmp_path / "*.csv"), shares.append)
    assert counts == count_words([documents_of([(text.split(), label) for text, label in rows])])
    assert shares[-1] == pytest.approx(1)
    assert shares == sorted(shares)


texts = st.text(st.sampled_from("aZ9é_'\u2019.,!-/ \n\t\u00a0\u0301\u200d\u202e\0字ßİ€«"), max_size=30)


@given(st.lists(texts, min_size=1, max_size=5))
def test_pieces_hold_the_words_of_their_text_and_no_others(drawn):
    pieces = split_roughly(pl.Series(drawn))
    for text, cut in zip(drawn, pieces.to_list(), strict=True):
        words = split_words(pl.Series([text])).to_list()[0]
        again = [word for own in split_words(pl.Series(cut, dtype=pl.String)).to_list() for word in own]
        assert again == words


@given(st.lists(st.tuples(texts, st.sampled_from("xy")), min_size=1, max_size=8))
def test_counts_by_pieces_are_counts_by_words(rows):
    labels = pl.Series([label for _, label in rows])
    split = [cut(pl.Series([text for text, _ in rows])) for cut in (split_words, split_roughly)]
    by_words, by_pieces = Tally(Batch(split[0], labels)), Tally()
    for begin in range(0, len(rows), 3):
        by_pieces.include(Tally.of_pieces(Batch(split[1][begin : begin + 3], labels[begin : begin + 3])))
    names = tuple(sorted(by_words.labels))
    if any(words for words in split[0].to_list()):
        assert by_pieces.finish(names, "categorical") == by_words.finish(names, "categorical")


def test_labels_that_cannot_be_classes_are_refused_after_the_pass(tmp_path):
    with pytest.raises(DataError, match="all documents have the label 'yes'"):
        count_words(open_documents(write(tmp_path / "a.csv", [("so good", "yes"), ("fine", "yes")])))
