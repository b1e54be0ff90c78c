"""What a prediction says of itself."""

from __future__ import annotations

import re

from report.hostile import CLASSES, WORDS
from slowfold.geometry import foretell, predict_dimension
from slowfold.text import Corpus, Vocabulary, categorical


def test_every_measure_has_a_row() -> None:
    found = predict_dimension(categorical(classes=3).sample(300, seed=0), permutations=19)
    shown = found._repr_html_()
    for measure in (found.documents, found.evidence, found.frequency):
        assert f"<td>{measure.participation_ratio:.2f}</td><td>{measure.for_90}</td>" in shown
        assert f"<td>{measure.above_chance} of 2</td>" in shown
    assert "words of 300 documents" in shown
    assert repr(found) == (
        f"Prediction(3 classes, 300 documents; participation ratio by "
        f"documents {found.documents.participation_ratio:.2f}"
        f", evidence {found.evidence.participation_ratio:.2f}, frequency {found.frequency.participation_ratio:.2f})"
    )


def test_counts_alone_show_two_measures() -> None:
    counts = predict_dimension(categorical(classes=3).sample(300, seed=0), permutations=0).counts
    shown = foretell(counts)._repr_html_()
    assert shown.count("<tr>") == 3
    assert "whole documents</th>" not in shown
    assert "documents " not in repr(foretell(counts)).split(";")[1]


def test_no_word_becomes_markup() -> None:
    ids = [[*range(len(WORDS))] + [label] * 5 for label in (0, 1, 2) * 12]
    corpus = Corpus.from_tokens(ids, (0, 1, 2) * 12, Vocabulary(WORDS), CLASSES)
    shown = predict_dimension(corpus, permutations=0)._repr_html_()
    assert set(re.findall(r"<([a-z]+)", shown)) == {"div", "table", "caption", "thead", "tr", "th", "tbody", "td"}
    assert len(shown) < 10_000
