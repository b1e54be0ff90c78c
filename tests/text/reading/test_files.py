"""Reading labelled texts from good files, whichever way they are written."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.text.reading.files import read_corpus, read_documents
from slowfold.text.reading.tables import SUFFIXES
from text_files import (
    ROWS,
    as_file,
    csv_of,
    json_lines_of,
    labels_of,
    parquet_of,
    plain_file,
    read,
    refusal,
    rows_of,
    texts_of,
    words_of,
)


@pytest.fixture
def write(tmp_path):
    def write(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_file_reads_alike(write, suffix):
    documents = read_documents(write(as_file(ROWS, suffix), "reviews" + suffix))
    assert rows_of(documents) == ROWS
    assert documents.class_names == ("no", "yes")
    assert (documents.name, documents.kind, len(documents)) == ("reviews", "categorical", 4)
    assert documents.lexicon.to_list() == ["bad", "fine", "good", "not", "so"]
    assert not documents.tokens.flags.writeable


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"], codec="utf-8"), max_size=20), st.booleans()),
        max_size=8,
    ),
    st.sampled_from([".csv", ".tsv", ".jsonl", ".parquet"]),
    st.integers(1, 60),
)
def test_whatever_is_written_is_read_back(tmp_path_factory, rows, suffix, batch_bytes):
    rows = [("a " + text, "yes" if label else "no") for text, label in rows] + ROWS
    path = tmp_path_factory.mktemp("written") / ("reviews" + suffix)
    path.write_bytes(plain_file(rows, suffix))
    documents = read(path, batch_bytes=batch_bytes)
    assert texts_of(documents) == words_of([text for text, _ in rows])
    assert labels_of(documents) == [label for _, label in rows]


def test_na_and_null_are_texts_and_labels(write):
    rows = [("NA", "null"), ("null", "null"), ("None", "NA"), ("nan", "NA")]
    documents = read_documents(write(csv_of(rows)))
    assert rows_of(documents) == [(text.lower(), label) for text, label in rows]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_ten_megabytes_in_one_field(write, suffix):
    rows = [*ROWS, ("word " * 2_000_000, "no")]
    documents = read_documents(write(as_file(rows, suffix), "reviews" + suffix))
    assert np.diff(documents.offsets).tolist() == [2, 1, 1, 2, 2_000_000]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + csv_of(ROWS),
        csv_of(ROWS).replace(b"\n", b"\r\n"),
        csv_of(ROWS).replace(b"\n", b"\r"),
        csv_of(ROWS).replace(b"\n", b"\n\n") + b"\n\n",
        b"\n\r\n" + csv_of(ROWS).replace(b"yes\n", b"yes\r").replace(b"bad,no\n", b"bad,no\r\n\r\n\r"),
        csv_of(ROWS).rstrip(),
        csv_of(ROWS, header=(" text", "label ")),
        csv_of([(text, f" {label} ") for text, label in ROWS]),
        b'"text","label"\n' + csv_of(ROWS).partition(b"\n")[2],
        csv_of(ROWS).replace(b"fine", b'"fine"'),
    ],
    ids=[
        "byte-order mark",
        "CRLF",
        "CR",
        "blank lines",
        "mixed line ends",
        "no last line end",
        "header spaces",
        "label spaces",
        "quotes",
        "quoted field",
    ],
)
@pytest.mark.parametrize("batch_bytes", [1, 7, 1000])
def test_the_same_table_in_other_spellings(write, content, batch_bytes):
    assert rows_of(read(write(content), batch_bytes=batch_bytes)) == ROWS


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n\n", b"\r", b"\n\r"])
def test_a_byte_order_mark_and_other_line_ends_in_json(write, line_end):
    content = b"\xef\xbb\xbf" + json_lines_of(ROWS).replace(b"\n", line_end)
    assert rows_of(read(write(content, "reviews.jsonl"), batch_bytes=10)) == ROWS


def test_quoted_line_breaks_stay_in_the_text(write):
    rows = [("two\nlines, one text", "no"), ('"so\r\ngood"', "yes"), *ROWS]
    assert texts_of(read_documents(write(csv_of(rows))))[:2] == ["two lines , one text", '" so good "']


def test_a_quote_inside_a_field_that_has_none_around_it_is_a_letter(write):
    content = 'text,label\nthe 5" pipe,no\n"two\nlines",yes\nfine,no\nso" good,yes\n'
    for batch_bytes in (1, 20, 1000):
        assert texts_of(read(write(content), batch_bytes=batch_bytes)) == [
            'the 5 " pipe',
            "two lines",
            "fine",
            'so " good',
        ]
    content = content.replace('"two\nlines"', "two lines")
    assert texts_of(read(write(content), batch_bytes=20)) == ['the 5 " pipe', "two lines", "fine", 'so " good']


def test_control_characters_part_words_and_are_left_out_of_names(write):
    content = csv_of([("a\x00b\x1b[0m", "ye\x00s"), ("x", "ye\x07s"), *ROWS], header=("te\x00xt", "label"))
    documents = read_documents(write(content))
    assert texts_of(documents)[0] == "a b [ 0m"
    assert documents.class_names == ("no", "yes")
    rows = [("a\x00b", "ye\x00s"), *ROWS]
    for name, content in (
        ("a.jsonl", json_lines_of(rows)),
        ("a.parquet", parquet_of(pl.DataFrame(rows, schema=["te\x00xt", "label"], orient="row"))),
    ):
        documents = read_documents(write(content, name))
        assert (texts_of(documents)[0], documents.class_names) == ("a b", ("no", "yes"))


@pytest.mark.parametrize("separator", [";", "|", "\t", "\\t"])
def test_other_separators(write, separator):
    path = write(csv_of(ROWS, separator=separator[-1] if separator != "\\t" else "\t"))
    assert rows_of(read_documents(path, separator=separator)) == ROWS


def test_empty_fields_of_other_columns_do_not_matter(write):
    content = "id,text,label,note\n1,so good,yes,\n,fine,yes,x\n3,bad,no,\n4,not good,no,\n"
    assert rows_of(read_documents(write(content), text_column="text")) == ROWS


@pytest.mark.parametrize("rows_a_group", [1, 3, 100])
def test_parquet_is_read_across_row_groups_and_of_every_string_type(write, rows_a_group):
    frame = pl.DataFrame(ROWS, schema=["text", "label"], orient="row")
    for label in (pl.String, pl.Categorical, pl.Enum(["yes", "no"])):
        content = parquet_of(frame.with_columns(pl.col("label").cast(label)), row_group_size=rows_a_group)
        assert rows_of(read(write(content, "reviews.parquet"), batch_bytes=12)) == ROWS


# Which column is which


@pytest.mark.parametrize(
    ("header", "values", "options", "text"),
    [
        ("words,label", "good", {}, "words"),
        ("id,words,stars,label", "7,good,4.5", {}, "words"),
        ("title,review,label", "a,good", {}, "review"),
        ("sentence,text,label", "a,good", {}, "text"),
        ("title,body,label", "a,good", {"text_column": "body"}, "body"),
    ],
)
def test_the_text_column_is_the_one_that_design_says(write, header, values, options, text):
    rows = "".join(f"{values},{label}\n" for label in "xxyy")
    documents = read_documents(write(f"{header}\n{rows}"), **options)
    assert texts_of(documents) == [dict(zip(header.split(","), values.split(","), strict=False))[text]] * 4


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "title,body,label\na,b,x\n",
            {},
            "no column is plainly the text; name one with --text-column; there are 'title'",
        ),
        ("a,b,label\n1,2,x\n", {}, "no column is plainly the text"),
        (
            "text,class\na,x\n",
            {},
            "no column is named 'label'; name one with --label-column; there are 'text', 'class'",
        ),
        ("text,labels\na,1 2\n", {}, "several labels a document, and one is asked for; read it as multilabel"),
        ("text,label\na,x\n", {"text_column": "txt"}, "no column is named 'txt'; did you mean 'text'"),
        ("text,label\na,x\n", {"label_column": "stars"}, "no column is named 'stars'; there are"),
        ("text,label\na,x\n", {"text_column": "label"}, "'label' is named as text and as label"),
        ("text,text,label\na,a,x\n", {}, "two columns are named 'text'"),
        ("text,te\x00xt,label\na,a,x\n", {}, "two columns are named 'text'"),
        ("text;label\na, b;x\n", {}, "add --separator ';'"),
        ("text\tlabel\na\tx\n", {}, r"add --separator '\t'"),
        ("text\na\n", {}, "no column is named 'label'"),
    ],
)
def test_columns_that_are_not_there_or_not_plain(write, content, options, message):
    assert message in refusal(write(content), **options)


def test_columns_of_one_name_in_json_and_parquet(write):
    twice = b'{"text": "a", "text": "b", "label": 1}\n'
    assert "two columns are named 'text'" in refusal(write(twice, "a.jsonl"))
    frame = pl.DataFrame({"text": ["a"], "text\x00": ["b"], "label": [1]})
    assert "two columns are named 'text'" in refusal(write(parquet_of(frame), "a.parquet"))


def test_a_column_named_labels_is_read_when_it_is_named(write):
    assert len(read_documents(write(csv_of(ROWS, header=("text", "labels"))), label_column="labels")) == 4


# The whole way


def test_a_corpus_straight_from_a_file(write):
    path = write(csv_of([(text, {"no": 1, "yes": 5}[label]) for text, label in ROWS], header=("review", "stars")))
    shares = []
    corpus = read_corpus(path, label="stars", kind="ordered", max_length=1, minimum_count=1, progress=shares.append)
    assert (corpus.class_names, corpus.kind, corpus.name) == (("1", "5"), "ordered", "reviews")
    assert [corpus.words(i) for i in range(4)] == [["so"], ["fine"], ["bad"], ["not"]]
    assert shares == [1.0]


def test_natural_texts_are_read_whole_and_in_their_order(data_dir):
    path = data_dir / "sst5" / "train.csv.gz"
    documents, frame = read_documents(path), pl.read_csv(path)
    assert labels_of(documents) == [str(label) for label in frame["label"]]
    last = len(frame) - 1
    assert [" ".join(documents.words(i)) for i in (0, 1, last)] == words_of(frame["text"][[0, 1, last]])
