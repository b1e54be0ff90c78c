"""A stream of documents: the same in batches of any size, in shards, and as far as it is read."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.errors import DataError, OptionError
from slowfold.text.reading.stream import open_documents
from text_files import ROWS, csv_of, json_lines_of, outcome, parquet_of, plain_file, refusal

# Everything that makes one CSV file hard to cut: quotes, line ends, separators, NULs, characters of several bytes.
CHARACTERS = 'ab ,"\n\r\x00é7'
FIELDS = st.one_of(st.text(CHARACTERS, max_size=8), st.text(CHARACTERS, max_size=8).map(lambda t: '"' + t + '"'))


@pytest.fixture
def write(tmp_path):
    def write(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def taken(stream):
    """The words and the labels of all documents of a stream."""
    return [
        (" ".join(words), label)
        for batch in stream.batches()
        for words, label in zip(batch.words.to_list(), batch.labels.to_list(), strict=True)
    ]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(FIELDS, st.sampled_from(["x", "y", '"y"', "", "x,x"])), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    st.integers(1, 30),
)
def test_rough_csv_reads_alike_in_blocks_of_any_size(tmp_path_factory, rows, line_end, batch_bytes):
    path = tmp_path_factory.mktemp("rough") / "reviews.csv"
    lines = ["text,label", "a,x", "b,y", *(f"{text},{label}" for text, label in rows), "c,x", "d,y"]
    path.write_bytes(line_end.join(lines).encode())
    assert outcome(path, batch_bytes=batch_bytes) == outcome(path)


@settings(max_examples=60)
@given(st.sampled_from([".csv", ".tsv", ".jsonl"]), st.binary(max_size=30), st.integers(0, 150), st.integers(1, 40))
def test_damaged_tables_read_alike_in_blocks_of_any_size(tmp_path_factory, suffix, noise, at, batch_bytes):
    content = plain_file(ROWS, suffix)
    path = tmp_path_factory.mktemp("damaged") / ("reviews" + suffix)
    path.write_bytes(content[:at] + noise + content[at:])
    assert outcome(path, batch_bytes=batch_bytes) == outcome(path)


def test_a_stream_can_be_read_again_and_by_two_at_once(write):
    stream = replace(open_documents(write(csv_of(ROWS))), batch_bytes=20)
    pairs = list(zip(stream.batches(), stream.batches(), strict=True))
    assert len(pairs) > 1
    assert all(a.words.equals(b.words) and a.labels.equals(b.labels) for a, b in pairs)
    assert taken(stream) == taken(stream) == ROWS


def test_a_stream_that_is_left_early_lets_go_of_its_threads(write):
    threads = threading.active_count()
    batches = replace(open_documents(write(csv_of(ROWS * 100))), batch_bytes=50).batches()
    next(batches)
    batches.close()
    assert threading.active_count() == threads


def test_opening_reads_nothing_and_a_missing_file_is_told_at_once(write, tmp_path):
    assert open_documents(write(b"nonsense")).name == "reviews"
    with pytest.raises(DataError, match="there is no such file"):
        open_documents(tmp_path / "reviews.txt.csv")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_progress_goes_up_to_one_over_all_files(write, suffix):
    content = plain_file([(f"number {i}", "ab"[i % 2]) for i in range(80)], suffix)
    paths = [write(content, f"{name}{suffix}") for name in "abc"]
    shares = []
    for _ in replace(open_documents(*paths), batch_bytes=200).batches(shares.append):
        pass
    assert shares == sorted(shares)
    assert len(shares) > 6
    assert shares[-1] == 1.0
    assert 0 < shares[0] < 0.34


def test_work_on_batches_is_done_in_their_order(write):
    rows = [(f"w{i}", "ab"[i % 2]) for i in range(500)]
    stream = replace(open_documents(write(csv_of(rows))), batch_bytes=100)
    assert [word for words in stream.each(lambda batch: batch.words.explode().to_list()) for word in words] == [
        text for text, _ in rows
    ]


# Several labels a document


LABELLED = [("a", ["1", "3"]), ("b", []), ("c", ["2"]), ("d", ["3", "1", "3"]), ("e", ["4"]), ("f", ["2", "4"])]


def written_lists(suffix):
    rows = [(text, " ".join(labels)) for text, labels in LABELLED]
    if suffix == ".csv":
        return csv_of(rows, header=("text", "labels"))
    if suffix == ".jsonl":
        return json_lines_of([(text, list(map(int, labels))) for text, labels in LABELLED], keys=("text", "labels"))
    return parquet_of(pl.DataFrame(LABELLED, schema={"text": pl.String, "labels": pl.List(pl.String)}, orient="row"))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("batch_bytes", [1, 1000])
def test_several_labels_a_document(write, suffix, batch_bytes):
    path = write(written_lists(suffix), "a" + suffix)
    stream = replace(open_documents(path, kind="multilabel"), batch_bytes=batch_bytes)
    assert taken(stream) == [(text, list(dict.fromkeys(labels))) for text, labels in LABELLED]
    names, rows = outcome(path, kind="multilabel", batch_bytes=batch_bytes)
    assert names == ("1", "2", "3", "4")
    assert rows == [(text, sorted(set(labels))) for text, labels in LABELLED]
    some = {"odd": ["1", "3"], "two": ["2"]}
    assert taken(open_documents(path, kind="multilabel", classes=some)) == [
        ("a", ["odd"]), ("b", []), ("c", ["two"]), ("d", ["odd"]), ("e", []), ("f", ["two"])
    ]  # fmt: skip
    assert taken(open_documents(path, kind="multilabel", classes=["1", "2"], neither=0)) == [
        ("a", ["1"]), ("c", ["2"]), ("d", ["1"]), ("f", ["2"])
    ]  # fmt: skip


def test_several_labels_by_position_or_by_name(write):
    names = ("joy", "fear", "awe")
    content = "text,labels\na,0 2\nb,\nc,1\n"
    assert taken(open_documents(write(content), kind="multilabel", class_names=names)) == [
        ("a", ["joy", "awe"]), ("b", []), ("c", ["fear"])
    ]  # fmt: skip
    content = "text,labels\na,joy awe\nb,\nc,fear\n"
    assert taken(open_documents(write(content), kind="multilabel", class_names=names)) == [
        ("a", ["joy", "awe"]), ("b", []), ("c", ["fear"])
    ]  # fmt: skip
    message = refusal(write("text,labels\na,joy\nb,7\n"), kind="multilabel", class_names=names)
    assert "row 2: the label '7' is none of the 3 classes" in message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "a", "labels": null}', "line 1: the label is empty; fill it in, or give an empty list"),
        ('{"text": "a", "labels": {"joy": 1}}', "line 1: 'labels' is an object"),
        ('{"text": "a", "labels": ["joy", ["awe"]]}', "line 1: 'labels' holds what is no label"),
        ('{"text": "a", "labels": ["joy", ""]}', "line 1: the label is empty"),
    ],
)
def test_lists_of_labels_that_are_none(write, line, message):
    assert message in refusal(write(line, "a.jsonl"), kind="multilabel")


def test_the_rate_of_documents_with_none_of_the_labels_is_kept_whatever_the_batches(write):
    rows = [(f"w{i}", "1" if i % 10 == 0 else "2 3" if i % 10 == 1 else "") for i in range(3000)]
    path = write(csv_of(rows, header=("text", "labels")))
    stream = open_documents(path, kind="multilabel", neither=0.3, seed=5)
    kept = taken(stream)
    none = sum(not labels for _, labels in kept)
    assert len(kept) - none == 600
    # 2,400 draws with a chance of 0.3: five standard deviations are 112.
    assert abs(none - 720) < 112
    for batch_bytes in (64, 1000):
        assert taken(replace(stream, batch_bytes=batch_bytes)) == kept
    assert taken(open_documents(path, kind="multilabel", neither=0.3, seed=6)) != kept
    assert taken(open_documents(path, kind="multilabel", neither=1.0)) == [(t, labels.split()) for t, labels in rows]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neither": 0.5}, "only multilabel documents may have no label"),
        ({"neither": 1.5, "kind": "multilabel"}, "neither: a share of 1.5; give a share from 0 to 1"),
    ],
)
def test_rates_that_make_no_sense(write, options, message):
    with pytest.raises(OptionError, match=message):
        open_documents(write(csv_of(ROWS)), **options)


# Shards


def test_shards_give_together_what_one_pass_gives(write):
    rng = np.random.default_rng(0)
    paths = []
    for name in "abc":
        rows = [(f"{name}{i}", " ".join(rng.choice(["1", "2", "3"], rng.integers(0, 3)))) for i in range(200)]
        paths.append(write(csv_of(rows, header=("text", "labels")), f"{name}.csv"))
    whole = open_documents(*paths, kind="multilabel", classes=["1+2", "3"], neither=0.5, seed=1)
    shards = whole.shards()
    assert [shard.source for shard in shards] == list(map(str, paths))
    assert [row for shard in shards for row in taken(shard)] == taken(whole)
    assert whole.class_names(["3"]) == ("1+2", "3")


def test_a_shard_may_lack_a_class_or_any_document(write):
    paths = [write(f"text,label\na b,{label}\nc d,{label}\n", f"{label}.csv") for label in ("x", "y", "z")]
    stream = open_documents(*paths, write("text,label\n", "empty.csv"), classes=["y", "x"])
    assert [[label for _, label in taken(shard)] for shard in stream.shards()] == [["x"] * 2, ["y"] * 2, [], []]
    assert stream.class_names({"x": 2, "y": 2}) == ("y", "x")
    with pytest.raises(DataError, match="all documents have the label 'x'"):
        open_documents(*paths).class_names({"x": 2})


def test_shards_read_the_columns_that_the_first_one_decides(write):
    first, second = write("body,label\na,x\n", "1.csv"), write("text,body,label\nno,b,y\n", "2.csv")
    stream = open_documents(first, second)
    assert [taken(shard) for shard in stream.shards()] == [[("a", "x")], [("b", "y")]]
    assert taken(stream) == [("a", "x"), ("b", "y")]
