"""Splitting, counting and numbering words."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError, OptionError
from slowfold.text.names import clean_name, near_names, quoted
from slowfold.text.vocabulary import UNKNOWN_WORD, Vocabulary, build_vocabulary, encode, split_words

texts_of_any_kind = st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't PANIC!", ["don't", "panic", "!"]),
        ("don\u2019t", ["don\u2019t"]),
        ("'quoted' goin'", ["'", "quoted", "'", "goin", "'"]),
        ("kinda_0 the _x_", ["kinda_0", "the", "_", "x", "_"]),
        ("3.5 stars...", ["3", ".", "5", "stars", ".", ".", "."]),
        ("naïve Ünïted Ж हिन्दी 日本", ["naïve", "ünïted", "ж", "हिन्दी", "日本"]),
        ("a😀b", ["a", "😀", "b"]),
        ("<unk> a", ["<", "unk", ">", "a"]),
        ("a\u200bb\x00c \u0301", ["a", "b", "c"]),
        (" \t\n", []),
    ],
)
def test_words_and_punctuation_stand_apart(text, words):
    assert split_words(pl.Series([text])).to_list() == [words]


@given(texts_of_any_kind)
def test_no_word_is_empty_or_holds_white_space_and_splitting_words_again_changes_nothing(texts):
    words = split_words(pl.Series(texts))
    assert all(word and not any(c.isspace() for c in word) for document in words.to_list() for word in document)
    joined = pl.Series([" ".join(document) for document in words.to_list()])
    # Upper case outlives lower-casing in a few signs (𝐀); those that have no lower case stay as they are.
    assert split_words(joined).to_list() == words.to_list()


@given(texts_of_any_kind, st.integers(1, 3), st.integers(2, 12))
def test_the_vocabulary_is_the_most_frequent_words_in_a_fixed_order(texts, minimum_count, size):
    counts = Counter(word for document in split_words(pl.Series(texts)).to_list() for word in document)
    frequent = sorted(
        (word for word in counts if counts[word] >= minimum_count), key=lambda word: (-counts[word], word)
    )
    if not frequent:
        with pytest.raises(DataError, match="a vocabulary of nothing"):
            build_vocabulary(pl.Series(texts), minimum_count=minimum_count, size=size)
        return
    vocabulary = build_vocabulary(pl.Series(texts), minimum_count=minimum_count, size=size)
    assert vocabulary.words == (UNKNOWN_WORD, *frequent[: size - 1])
    assert vocabulary.unknown == 0


@given(texts_of_any_kind, st.integers(2, 6))
def test_encoding_agrees_with_a_loop_over_words(texts, size):
    series = pl.Series([*texts, "a b a"])
    vocabulary = build_vocabulary(series, minimum_count=1, size=size)
    tokens, offsets = encode(series, vocabulary)
    expected = [[vocabulary.words.index(w) if w in vocabulary else 0 for w in d] for d in split_words(series).to_list()]
    assert [tokens[a:b].tolist() for a, b in pairwise(offsets.tolist())] == expected
    assert (tokens.dtype, offsets.dtype) == (np.int32, np.int64)


def test_a_text_that_spells_the_unknown_word_is_three_words():
    vocabulary = build_vocabulary(pl.Series(["<unk> <unk> fine fine"]), minimum_count=2)
    assert set(vocabulary.words) == {UNKNOWN_WORD, "<", "unk", ">", "fine"}
    tokens, _ = encode(pl.Series(["<unk>"]), vocabulary)
    assert [vocabulary.word(token) for token in tokens.tolist()] == ["<", "unk", ">"]


def test_encoding_names_the_document_and_near_words_where_every_word_is_known():
    with pytest.raises(DataError, match=r"document 1: the word 'kinda_3' .* did you mean 'kinda_0'"):
        encode(pl.Series(["the", "kinda_0 kinda_3"]), Vocabulary(("kinda_0", "the")))


def test_a_vocabulary_looks_up_both_ways_and_names_what_it_lacks():
    vocabulary = Vocabulary((UNKNOWN_WORD, "good", "bad"), unknown=0)
    assert [vocabulary.word(vocabulary.id(word)) for word in vocabulary.words] == list(vocabulary.words)
    assert "good" in vocabulary
    assert "ugly" not in vocabulary
    with pytest.raises(DataError, match="did you mean 'good'"):
        vocabulary.id("goood")
    for position in (-1, 3):
        with pytest.raises(DataError, match="ids go from 0 to 2"):
            vocabulary.word(position)


@pytest.mark.parametrize(
    ("words", "unknown", "message"),
    [((), None, "without words"), (("a", "b", "a"), None, "'a' stands twice"), (("a",), 1, "has id 1")],
)
def test_a_vocabulary_that_cannot_be_is_refused(words, unknown, message):
    with pytest.raises(DataError, match=message):
        Vocabulary(words, unknown)


@pytest.mark.parametrize("unknown", [None, 1])
def test_json_holds_all_of_a_vocabulary(unknown):
    vocabulary = Vocabulary(("the", "good"), unknown)
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary


@pytest.mark.parametrize(
    "value",
    [{}, {"words": "ab"}, {"words": ["a", 1]}, {"words": ["a"], "unknown": "0"}, {"words": ["a"], "unknown": True}],
)
def test_json_that_is_no_vocabulary_is_refused(value):
    with pytest.raises(DataError, match="no vocabulary"):
        Vocabulary.from_json(value)


@pytest.mark.parametrize("options", [{"minimum_count": 0}, {"size": 1}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(OptionError, match="is below"):
        build_vocabulary(pl.Series(["a a"]), **options)


@given(st.text(st.characters(codec="utf-8")))
def test_a_clean_name_has_no_control_characters_and_stays_clean(name):
    cleaned = clean_name(name)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in cleaned)
    assert clean_name(cleaned) == cleaned


def test_near_names_fall_back_on_a_list_that_ends():
    names = [f"{i:04d}" for i in range(30)]
    assert near_names("zzz", names, limit=2) == "there are '0000', '0001' and 28 more"
    assert near_names("WORLD", ["World", "Sports"]) == "did you mean 'World'?"
    assert len(quoted("x" * 10_000_000)) < 60
