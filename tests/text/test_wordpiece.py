"""Words in pieces: that they can be put together again, and that the same words give the same pieces."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import models

from slowfold.errors import DataError, OptionError
from slowfold.text import wordpiece
from slowfold.text.corpus import Corpus
from slowfold.text.named import read_named
from slowfold.text.vocabulary import Vocabulary
from slowfold.text.wordpiece import WordPiece, learn_wordpiece, read_wordpiece

# Words that are marks of the pieces themselves are words like any other.
words = st.text(st.sampled_from("abcde#<unk>é") | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
counted = st.dictionaries(words, st.integers(1, 20), min_size=1, max_size=12).filter(lambda d: set(d) != {"<unk>"})


def learned(counts, **options):
    return learn_wordpiece(list(counts), np.array(list(counts.values())), **options)


def joined(pieces):
    return pieces[0] + "".join(piece.removeprefix("##") for piece in pieces[1:])


@given(counted, st.integers(3, 60))
def test_pieces_joined_are_the_word_again(counts, size):
    pieces = learned(counts, size=size)
    assert len(pieces) <= size
    assert pieces.vocabulary.word(0) == "<unk>"
    for word in set(counts) - {"<unk>"}:
        cut = pieces.cut(word)
        assert cut == ("<unk>",) or joined(cut) == word


@given(counted)
def test_with_room_for_all_characters_no_word_of_them_is_unknown(counts):
    pieces = learned(counts, size=5 + 4 * sum(map(len, counts)))
    characters = "".join(set(counts) - {"<unk>"})
    for word in [*(set(counts) - {"<unk>"}), characters, characters[::-1]]:
        assert joined(pieces.cut(word)) == word


@given(st.dictionaries(st.text("abc", min_size=1, max_size=9), st.integers(1, 20), min_size=1), st.integers(3, 40))
def test_words_are_cut_as_the_tokenizers_package_cuts_them(counts, size):
    pieces = learned(counts, size=size)
    numbers = {piece: at for at, piece in enumerate(pieces.vocabulary.words)}
    peer = models.WordPiece(vocab=numbers, unk_token="<unk>", max_input_chars_per_word=1000)
    for word in [*counts, "abcabc", "d", "abd"]:
        assert pieces.cut(word) == tuple(token.value for token in peer.tokenize(word))


def test_frequent_words_are_whole_and_rare_ones_are_put_together():
    pieces = learned({"the": 900, "then": 3, "good": 200, "goodness": 4, "fulness": 50}, size=34)
    assert pieces.cut("the") == ("the",)
    assert pieces.cut("goodness") == ("good", "##ness")
    assert pieces.cut("thegood")[0] == "the"
    assert pieces.cut("") == pieces.cut("xyz") == ("<unk>",)


def test_the_same_words_give_the_same_pieces_in_every_process():
    # Many characters and many ties: the order of a hash table would show.
    program = (
        "import hashlib, numpy as np\n"
        "from slowfold.text.wordpiece import learn_wordpiece\n"
        "words = [chr(97 + i % 23) + chr(97 + i % 19) + chr(224 + i % 17) + chr(945 + i % 13) for i in range(3000)]\n"
        "words = sorted(set(words))\n"
        "pieces = learn_wordpiece(words, np.full(len(words), 3), size=400)\n"
        "print(hashlib.sha256(repr(pieces.vocabulary.words).encode()).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "TOKENIZERS_PARALLELISM": parallel},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for parallel in ("true", "false")
    }
    assert len(digests) == 1


def test_counts_beyond_the_limit_are_scaled(monkeypatch):
    counts = {"the": 9000, "then": 300, "good": 2000, "goodness": 400, "fulness": 500}
    whole = learned(counts, size=34)
    monkeypatch.setattr(wordpiece, "_MOST_OCCURRENCES", 1220)
    assert learned(counts, size=34) == whole


def test_characters_for_which_there_is_no_room_leave_their_words_unknown():
    pieces = learned({"aa": 50, "bb": 40, "cz": 1}, size=6)
    assert (pieces.cut("aa"), pieces.cut("ba")) == (("aa",), ("b", "##a"))
    assert pieces.cut("cz") == ("<unk>",)


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), min_size=1, max_size=6), st.booleans())
def test_a_corpus_in_pieces_is_the_same_documents(ids, unknown):
    vocabulary = Vocabulary(("<unk>", "good", "goodness", "bad", "badness"), unknown=0 if unknown else None)
    corpus = Corpus.from_tokens(ids, np.arange(len(ids)) % 2, vocabulary, ("a", "b"), kind="ordered", name="mine")
    pieces = WordPiece(Vocabulary(("<unk>", *"badnesgo<uk>", "##ness", *(f"##{c}" for c in "badnesgouk>")), unknown=0))
    applied = pieces.apply(corpus)
    assert (applied.kind, applied.name, applied.class_names) == ("ordered", "mine", ("a", "b"))
    assert applied.labels.tolist() == corpus.labels.tolist()
    for i in range(len(ids)):
        cuts = [("<unk>",) if unknown and at == 0 else pieces.cut(vocabulary.word(at)) for at in ids[i]]
        assert applied.words(i) == [piece for cut in cuts for piece in cut]


def test_a_very_long_word_takes_no_more_than_its_length():
    pieces = WordPiece(Vocabulary(("<unk>", "a", "##a", "##aa"), unknown=0))
    assert len(pieces.cut("a" * 100_001)) == 50_001


def test_pieces_are_saved_and_read(tmp_path):
    pieces = learned({"naïve": 3, "nul\x00": 2, "日本語": 5}, size=30)
    pieces.save(tmp_path / "pieces.json")
    assert read_wordpiece(tmp_path / "pieces.json") == pieces
    assert json.loads((tmp_path / "pieces.json").read_text(encoding="utf-8"))["words"][0] == "<unk>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read as JSON"),
        ("[1]", "holds no pieces of version 1"),
        ('{"words": ["<unk>"], "unknown": 0}', "holds no pieces of version 1"),
        ('{"format": "wordpiece", "version": 2, "words": ["<unk>"], "unknown": 0}', "no pieces of version 1"),
        ('{"format": "wordpiece", "version": 1, "words": [1], "unknown": 0}', "no vocabulary"),
        ('{"format": "wordpiece", "version": 1, "words": ["a"], "unknown": null}', "without <unk>"),
    ],
)
def test_files_that_hold_no_pieces_are_refused(tmp_path, content, message):
    path = tmp_path / "pieces.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=f"pieces.json: .*{message}.*; give a file that WordPiece.save wrote"):
        read_wordpiece(path)


def test_what_cannot_be_learned_is_said(monkeypatch):
    with pytest.raises(OptionError, match="2 is below 3"):
        learned({"a": 1}, size=2)
    with pytest.raises(OptionError, match="minimum_count: 0 is below 1"):
        learned({"a": 1}, minimum_count=0)
    with pytest.raises(DataError, match="no word to learn pieces of"):
        learned({"<unk>": 3, "": 2, "a": 0})
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(OptionError, match=r'not installed; run pip install "slowfold\[wordpiece\]"'):
        learned({"a": 1})


def test_natural_text_in_pieces(data_dir):
    train, test = read_named("sst5", data_dir)
    train = train.to_corpus(minimum_count=1).corpus
    pieces = learn_wordpiece(train.vocabulary.words, train.token_counts(), size=4000)
    assert len(pieces) == 4000
    applied = pieces.apply(train)
    assert len(train.tokens) < len(applied.tokens) < 1.5 * len(train.tokens)
    assert "".join(piece.removeprefix("##") for piece in applied.words(5)) == "".join(train.words(5))
    # Words that training never saw are told by their pieces, unless a character is new.
    seen = pieces.apply(test.to_corpus(minimum_count=1).corpus)
    assert seen.token_frequencies()[0] < 1e-3
