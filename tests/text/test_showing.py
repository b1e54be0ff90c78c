"""What a corpus says of itself in a notebook."""

from __future__ import annotations

import re

import pytest

from report.hostile import CLASSES, WORDS
from slowfold.text import Corpus, Vocabulary


def rows_of(shown: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", shown)]


def test_every_class_has_a_row() -> None:
    vocabulary = Vocabulary(("the", "good", "bad"))
    corpus = Corpus.from_tokens([[1, 0], [2], [0, 1, 1], [2] * 12], [0, 1, 0, 1], vocabulary, ("yes", "no"), name="it")
    shown = corpus._repr_html_()
    assert rows_of(shown)[1:] == [
        ["yes", "2", "50.0%", "2.5", "good the"],
        ["no", "2", "50.0%", "6.5", "bad"],
    ]
    assert "it: 4 documents, 18 tokens, 3 words, 2 classes" in shown


def test_a_class_without_documents_and_a_long_document() -> None:
    corpus = Corpus.from_tokens([[0] * 11], [1], Vocabulary(("the",)), ("none", "all"))
    assert rows_of(corpus._repr_html_())[1:] == [
        ["none", "0", "0.0%", "—", "—"],
        ["all", "1", "100.0%", "11.0", "the " * 10 + "…"],
    ]


def test_labels_are_counted_one_by_one() -> None:
    labels = [[True, False], [True, True], [False, False]]
    corpus = Corpus.from_tokens([[0], [0], [0]], labels, Vocabulary(("the",)), ("joy", "fear"), kind="multilabel")
    assert [row[:3] for row in rows_of(corpus._repr_html_())[1:]] == [["joy", "2", "66.7%"], ["fear", "1", "33.3%"]]


@pytest.mark.parametrize("count", [3, 300])
def test_hostile_words_and_many_classes(count: int) -> None:
    names = [f"{CLASSES[i % 3]} {i}" for i in range(count)]
    corpus = Corpus.from_tokens([[*range(len(WORDS))]] * count, range(count), Vocabulary(WORDS), names, name=WORDS[1])
    shown = corpus._repr_html_()
    assert set(re.findall(r"<([a-z]+)", shown)) == {"div", "table", "caption", "thead", "tr", "th", "tbody", "td"}
    assert len(shown) < 20_000
    assert ("more" in shown) == (count == 300)
