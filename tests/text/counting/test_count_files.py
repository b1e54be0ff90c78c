"""Word counts on disk: the same back, and one line about a file that is not what it should be."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from slowfold.errors import DataError, RunError
from slowfold.text import Vocabulary, WordCounts, count_words, open_counts, save_counts
from text.samples import COUNTED, documents_of


@pytest.fixture
def counts():
    rows = [(["so", "good"], ["yes", "sure"]), (["not"], []), (["bad", "so"], ["no"])]
    return count_words([documents_of(rows)])


@pytest.fixture
def saved(counts, tmp_path):
    save_counts(counts, tmp_path / "mine.counts")
    return tmp_path / "mine.counts"


@given(COUNTED)
def test_what_was_saved_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("counts") / "mine.counts"
    counts = count_words([documents_of(rows)])
    for kept in (counts, counts.limited(minimum_count=1, size=3)):
        save_counts(kept, path)
        assert open_counts(path) == kept


@pytest.mark.parametrize("words", [("a\0b", "🎭"), ("\u202e", " "), ("x" * 100_000, "")])
def test_any_words_and_classes_come_back(words, tmp_path):
    made = np.array([[2**60, 0], [1, 5]])
    counts = WordCounts.of_classes(made, np.array([2**50, 1]), ("<b>", "ß\n"), Vocabulary(words), "ordered")
    save_counts(counts, tmp_path / "a")
    assert open_counts(tmp_path / "a") == counts


def test_words_that_no_file_can_hold_are_refused(tmp_path):
    counts = WordCounts.of_classes(np.array([[1]]), np.array([1]), ("a",), Vocabulary(("half \ud800",)))
    with pytest.raises(DataError, match="no text that UTF-8 can hold"):
        save_counts(counts, tmp_path / "a.counts")
    assert list(tmp_path.iterdir()) == []


def test_any_reader_of_arrow_finds_a_row_a_word(saved, counts):
    with pa.OSFile(str(saved)) as file, pa.ipc.open_file(file) as reader:
        rows = reader.read_all().to_pylist()
    assert [row["word"] for row in rows] == list(counts.vocabulary.words)
    assert [row["counts"] for row in rows] == counts.words.T.tolist()


def test_a_file_cut_anywhere_is_refused(saved):
    whole = saved.read_bytes()
    for end in [0, 1, 7, *range(8, len(whole), 61), len(whole) - 1]:
        saved.write_bytes(whole[:end])
        with pytest.raises(DataError, match=r"mine\.counts: .*(damaged|cannot be read)"):
            open_counts(saved)


def test_a_file_edited_anywhere_is_refused_or_reads_as_counts(saved):
    whole = saved.read_bytes()
    for place in range(0, len(whole), 13):
        edited = bytearray(whole)
        edited[place] ^= 0x5A
        saved.write_bytes(bytes(edited))
        # Any other error fails the test, and so does a crash of Arrow.
        with suppress(DataError):
            open_counts(saved)


def rewritten(path, about=None, **columns):
    """The file with other metadata or columns."""
    with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
        table = reader.read_all()
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    told = json.loads(table.schema.metadata[b"slowfold"]) | (about or {})
    table = table.replace_schema_metadata({b"slowfold": json.dumps(told)})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"format": "corpus"}, "holds no word counts"),
        ({"version": 2}, "word counts of version 2"),
        ({"version": "1"}, "word counts of version '1'"),
        ({"kind": "other"}, "which classes"),
        ({"class_names": []}, "which classes"),
        ({"class_names": "abc"}, "which classes"),
        ({"class_names": ["a", "b"]}, "other columns"),
        ({"class_names": ["a", "a", "b"]}, "not distinct"),
        ({"unknown": 1.5}, "which classes"),
        ({"unknown": 99}, "the unknown word has id 99"),
        ({"label_sets": [[0], [7]]}, "labels are not those"),
        ({"label_sets": [["x"]] * 3}, "labels are not those"),
        ({"set_documents": [1]}, "damaged"),
        ({"set_documents": [1, 2, 2**70]}, "damaged"),
        ({"set_documents": ["a", "b", "c"]}, "damaged"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(saved, about, told):
    rewritten(saved, about)
    with pytest.raises(DataError, match=told) as raised:
        open_counts(saved)
    assert str(saved) in str(raised.value)


def test_columns_that_do_not_fit_are_refused(saved, counts):
    rewritten(saved, occurrences=pa.array([1.0] * len(counts.vocabulary)))
    with pytest.raises(DataError, match="other columns"):
        open_counts(saved)
    save_counts(counts, saved)
    rewritten(saved, occurrences=pa.array([None, *[9] * (len(counts.vocabulary) - 1)], pa.int64()))
    with pytest.raises(DataError, match="rows without numbers"):
        open_counts(saved)
    save_counts(counts, saved)
    rewritten(saved, word=pa.array(["a"] * len(counts.vocabulary), pa.large_string()))
    with pytest.raises(DataError, match="'a' stands twice"):
        open_counts(saved)


def test_what_is_no_such_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        open_counts(tmp_path / "nowhere.counts")
    with pytest.raises(DataError, match="cannot be read"):
        open_counts(tmp_path)
    (tmp_path / "a.csv").write_text("text,label\n" * 100, encoding="utf-8")
    with pytest.raises(DataError, match="no file of word counts"):
        open_counts(tmp_path / "a.csv")
    table = pa.table({"a": [1]})
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DataError, match="holds no word counts"):
        open_counts(tmp_path / "a.arrow")


def test_what_cannot_be_written_leaves_nothing(counts, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written"):
        save_counts(counts, tmp_path / "file" / "a.counts")
