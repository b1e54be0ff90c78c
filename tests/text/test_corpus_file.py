"""A corpus on disk: what comes back, that it is not copied, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError, RunError
from slowfold.text.corpus import Corpus
from slowfold.text.corpus_file import open_corpus
from slowfold.text.vocabulary import Vocabulary

KINDS = ("categorical", "ordered", "multilabel")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@st.composite
def parts(draw):
    """What a corpus is made of; it is made in the test, because checking annotations draws random numbers."""
    words, classes = (draw(st.lists(texts, min_size=1, max_size=6, unique=True)) for _ in range(2))
    ids = draw(st.lists(st.lists(st.integers(0, len(words) - 1), min_size=1, max_size=5), min_size=1, max_size=9))
    kind = draw(st.sampled_from(KINDS))
    of_one = st.integers(0, len(classes) - 1)
    if kind == "multilabel":
        of_one = st.lists(st.booleans(), min_size=len(classes), max_size=len(classes))
    labels = draw(st.lists(of_one, min_size=len(ids), max_size=len(ids)))
    return words, draw(st.none() | st.integers(0, len(words) - 1)), ids, labels, classes, kind, draw(texts)


def made_of(words, unknown, ids, labels, classes, kind, name):
    return Corpus.from_tokens(ids, labels, Vocabulary(tuple(words), unknown), classes, kind=kind, name=name)


def small(kind="categorical"):
    labels = [[True, False], [False, False], [True, True]] if kind == "multilabel" else [0, 1, 0]
    ids = [[1, 0], [2, 1, 1], [2]]
    return Corpus.from_tokens(ids, labels, Vocabulary(("<unk>", "good", "bad"), 0), ("yes", "no"), kind=kind)


def check_same(one, other):
    for field in ("vocabulary", "class_names", "kind", "name"):
        assert getattr(one, field) == getattr(other, field)
    for field in ("tokens", "offsets", "labels"):
        a, b = getattr(one, field), getattr(other, field)
        assert (a.dtype, a.tolist()) == (b.dtype, b.tolist())


@given(parts())
def test_what_is_saved_comes_back_also_in_the_place_of_its_own_file(values):
    corpus = made_of(*values)
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.arrow")
        corpus.save(path)
        opened = open_corpus(path)
        check_same(opened, corpus)
        opened.save(path)
        check_same(open_corpus(path), corpus)
        check_same(opened, corpus)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_corpus_makes_the_same_bytes_and_nothing_else_is_left(kind, tmp_path):
    for name in ("a.arrow", "b.arrow"):
        small(kind).save(str(tmp_path / name))
    assert (tmp_path / "a.arrow").read_bytes() == (tmp_path / "b.arrow").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.arrow", "b.arrow"]


def test_other_programs_see_the_words(tmp_path):
    small().save(tmp_path / "a.arrow")
    assert pl.read_ipc(tmp_path / "a.arrow").to_dict(as_series=False) == {
        "words": [["good", "<unk>"], ["bad", "good", "good"], ["bad"]],
        "label": [0, 1, 0],
    }


def test_arrays_are_views_of_the_file_that_nobody_can_write_to(tmp_path):
    path = tmp_path / "a.arrow"
    small().save(path)
    opened = open_corpus(path)
    content = path.read_bytes()
    for array, changed in ((opened.tokens, 2), (opened.offsets, 1), (opened.labels, 1)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = changed
        # What is written into the file is seen in the array: it is the file, and no copy of it.
        assert content.count(array.tobytes()) == 1
        with path.open("rb+") as file:
            file.seek(content.index(array.tobytes()))
            file.write(array.dtype.type(changed).tobytes())
        assert array[0] == changed


def test_a_large_file_is_opened_in_little_memory(tmp_path):
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("only Linux says how much memory a process has")
    path = tmp_path / "large.arrow"
    ids = np.zeros((1_000_000, 20), np.int32)
    corpus = Corpus(
        ids.reshape(-1), np.arange(1_000_001) * 20, np.arange(1_000_000) % 2, Vocabulary(("the",)), ("yes", "no")
    )
    corpus.save(path)
    program = (
        "import sys, pyarrow\n"
        "from slowfold.text.corpus import Corpus\n"
        "from slowfold.text.corpus_file import open_corpus\n"
        "def memory(): return int(open('/proc/self/status').read().split('VmRSS:')[1].split()[0]) * 1024\n"
        "open_corpus(sys.argv[1])\n"  # the first time brings in pyarrow itself
        "before = memory()\n"
        "corpus = open_corpus(sys.argv[2])\n"
        "print(memory() - before, len(corpus.tokens))\n"
    )
    small().save(tmp_path / "small.arrow")
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "small.arrow", path], capture_output=True, text=True, check=True
    )
    grown, tokens = map(int, done.stdout.split())
    assert tokens == 20_000_000
    assert path.stat().st_size > 90_000_000
    assert grown < 10_000_000


@given(st.sampled_from(KINDS), st.data())
def test_a_file_that_was_cut_is_refused_in_one_line(kind, data):
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.arrow")
        small(kind).save(path)
        content = path.read_bytes()
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        with pytest.raises(DataError, match=r"a\.arrow: ") as refused:
            open_corpus(path)
        assert "\n" not in str(refused.value)


@given(st.sampled_from(KINDS), st.data())
def test_a_file_that_was_edited_is_refused_or_is_a_corpus(kind, data):
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.arrow")
        small(kind).save(path)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        try:
            opened = open_corpus(path)
        except DataError:
            return
        assert [len(opened.words(i)) for i in range(len(opened))] == opened.lengths.tolist()


def rewritten(path, column=None, **about):
    """The small corpus with another column, or with other metadata."""
    small().save(path)
    with pa.ipc.open_file(path) as reader:
        table = reader.read_all()
    known = json.loads(table.schema.metadata[b"slowfold"])
    for name, values in (column or {}).items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    table = table.replace_schema_metadata({"slowfold": json.dumps({**known, **about})})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)


def words_of(ids, words=("<unk>", "good", "bad")):
    flat = pa.array([token for row in ids for token in row], pa.int32())
    # Not safe: it does not look whether there is such a word.
    tokens = pa.DictionaryArray.from_arrays(flat, pa.array(words, pa.large_string()), safe=False)
    offsets = np.cumsum([0, *map(len, ids)])
    return pa.LargeListArray.from_arrays(pa.array(offsets), tokens)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "is a corpus of version 2, and this slowfold reads version 1; save it again"),
        ({"format": "counts"}, "holds 'counts', no corpus"),
        ({"kind": "other"}, "metadata that say no kind"),
        ({"class_names": ["yes", 1]}, "metadata that say no kind"),
        ({"class_names": ["yes", "yes"]}, "the class names are not distinct"),
        ({"class_names": ["yes"]}, r"corpus, document 1: no class has the label 1\)"),
        ({"name": None}, "metadata that say no kind"),
        ({"unknown": True}, "metadata that say no kind"),
        ({"unknown": 3}, "the unknown word has id 3"),
        ({"kind": "multilabel"}, "columns of other types"),
        ({"column": {"label": pa.array([0, 1, None])}}, "rows that are null"),
        ({"column": {"label": pa.array([0.0, 1.0, 0.0])}}, "columns of other types"),
        ({"column": {"label": pa.array([0, 2, 0])}}, "document 1: no class has the label 2"),
        ({"column": {"words": words_of([[1], [], [0]])}}, "document 1: the document has no words"),
        ({"column": {"words": words_of([[1], [0], [0, 9]])}}, "document 2: no word has the token id 9"),
        ({"column": {"words": words_of([[1], [0], [0]], ["a", "b", "a"])}}, "the word 'a' stands twice"),
    ],
)
def test_parts_of_a_file_that_do_not_fit_are_named(tmp_path, change, message):
    path = tmp_path / "a.arrow"
    rewritten(path, **change)
    with pytest.raises(DataError, match=rf"a\.arrow: .*{message}"):
        open_corpus(path)


def test_a_file_that_is_no_corpus_is_refused(tmp_path):
    for name, write, message in (
        ("missing", None, "cannot be read .No such file"),
        ("folder", Path.mkdir, "cannot be read .Is a directory"),
        ("empty", Path.touch, "the file is empty"),
        ("text", lambda path: path.write_text("text,label\n" * 99), "is no corpus"),
        ("parquet", pl.DataFrame({"a": [1]}).write_parquet, "is no corpus"),
        ("arrow", pl.DataFrame({"a": [1]}).write_ipc, "is an Arrow file, but no corpus"),
    ):
        path = tmp_path / name
        if write:
            write(path)
        with pytest.raises(DataError, match=f"{name}: {message}") as refused:
            open_corpus(path)
        assert "\n" not in str(refused.value)


def test_rows_in_several_batches_are_refused(tmp_path):
    path = tmp_path / "a.arrow"
    small().save(path)
    with pa.ipc.open_file(path) as reader:
        batch = reader.get_batch(0)
    with pa.ipc.new_file(path, batch.schema) as writer:
        writer.write_batch(batch.slice(0, 2))
        writer.write_batch(batch.slice(2))
    with pytest.raises(DataError, match="2 record batches"):
        open_corpus(path)


def test_what_cannot_be_written_is_said_and_leaves_the_old_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written"):
        small().save(tmp_path / "file" / "a.arrow")
    path = tmp_path / "a.arrow"
    small().save(path)
    before = path.read_bytes()
    lone = Corpus.from_tokens([[0]], [0], Vocabulary(("\ud800",)), ("yes",))
    with pytest.raises(DataError, match="no text that UTF-8 can hold"):
        lone.save(path)
    assert [file.name for file in tmp_path.iterdir() if file.name != "file"] == ["a.arrow"]
    assert path.read_bytes() == before
