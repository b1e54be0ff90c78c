"""Documents of a stream, no longer than a limit."""

from __future__ import annotations

import pytest

from slowfold.errors import OptionError
from slowfold.text import count_words, open_documents
from slowfold.text.reading.cutting import cut_stream


@pytest.fixture
def stream(tmp_path):
    for name, texts in (("a", ("one two three", "one")), ("b", ("four", "two three"))):
        rows = [f"{text},{label}" for text, label in zip(texts, ("yes", "no"), strict=True)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["text,label", *rows, ""]), encoding="utf-8")
    return open_documents(tmp_path, held_out=True)


@pytest.mark.parametrize(
    ("longer", "words"),
    [("cut", [["one", "two"], ["one"], ["four"], ["two", "three"]]), ("drop", [["one"], ["four"], ["two", "three"]])],
)
def test_longer_documents_are_cut_or_left_out(stream, longer, words):
    cut = cut_stream(stream, 2, longer)
    assert [document for batch in cut.batches() for document in batch.words.to_list()] == words
    assert [document for batch in cut.batches() for document in batch.words.to_list()] == words
    shards = [document for shard in cut.shards() for batch in shard.batches() for document in batch.words.to_list()]
    assert shards == words
    assert count_words(cut).occurrences.sum() == sum(map(len, words))
    assert (cut.kind, cut.name, cut.source) == (stream.kind, stream.name, stream.source)


def test_a_limit_that_nothing_reaches_changes_nothing(stream):
    assert count_words(cut_stream(stream, 3)) == count_words(stream)


def test_no_words_are_no_documents(stream):
    with pytest.raises(OptionError, match="max_length: 0 is below 1"):
        cut_stream(stream, 0)
