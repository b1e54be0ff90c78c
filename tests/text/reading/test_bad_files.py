"""Files that cannot be read: one clear line for each, with the row where there is one."""

from __future__ import annotations

import csv
import gzip
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import SlowfoldError
from slowfold.text.reading.files import read_documents
from slowfold.text.reading.tables import SUFFIXES
from text_files import ROWS, as_file, csv_of, inner, json_lines_of, packed, parquet_of, plain_file, refusal

PACKED = [suffix for suffix in SUFFIXES if inner(suffix) != suffix]


@pytest.fixture
def write(tmp_path):
    def write(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def documents_or_error(path):
    try:
        return read_documents(path)
    except SlowfoldError as error:
        return error


@given(st.sampled_from(SUFFIXES), st.binary(max_size=60), st.integers(0, 200), st.booleans())
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path_factory, suffix, noise, at, packed_after):
    content = plain_file(ROWS, inner(suffix))
    if packed_after or inner(suffix) == suffix:
        content = packed(content[:at] + noise + content[at:], suffix)
    else:
        content = packed(content, suffix)[:at] + noise
    path = tmp_path_factory.mktemp("damaged") / ("reviews" + suffix)
    path.write_bytes(content)
    documents = documents_or_error(path)
    if isinstance(documents, SlowfoldError):
        assert "\n" not in str(documents)
        assert str(path) in str(documents)
    else:
        assert (documents.labels >= 0).all()
        assert (documents.labels < len(documents.class_names)).all()
        assert (documents.offsets[1:] > documents.offsets[:-1]).all()


CSV = csv_of(ROWS).decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty"),
        (" \n\n", ": the file is empty"),
        ("text,label\n", "there are columns but no rows"),
        (CSV + ",no\n", "row 5: the text is empty"),
        (CSV + '"",no\n', "row 5: the text is empty"),
        (CSV + '" \t\n",no\n', "row 5: the text is empty"),
        (CSV + "\u200b,no\n", "row 5: the text is empty"),
        (CSV + "\x00,no\n", "row 5: the text is empty"),
        (CSV + "good,\n", "row 5: the label is empty"),
        (CSV + 'good," "\n', "row 5: the label is empty"),
        (CSV + "good,\x00\n", "row 5: the label is empty"),
        (CSV + "\n\ngood\n", "row 5: the number of fields is 1, not 2"),
        (CSV + "good, or not,no\n", "row 5: the number of fields is 3, not 2"),
        (CSV + "good,no,\n", "row 5: the number of fields is 3, not 2"),
        (CSV + '"two\nlines",no\nx\n', "row 6: the number of fields is 1"),
        (CSV + '"never closed,no\nfine,yes\n', "row 5: the quotes of the row cannot be read"),
        (CSV + '"closed" too early,no\n', "row 5: the quotes of the row cannot be read"),
        (CSV + ',no\n"closed" too early,no\n', "row 5: the text is empty"),
        (CSV + ',no\n"never closed,no\n', "row 5: the text is empty"),
        (CSV.encode() + b"caf\xe9,no\n", "row 5: the row holds bytes that are not UTF-8; save the file as UTF-8"),
        (b"t\xe9xt,label\n", "the header is not UTF-8"),
        ('text,"label\na,x\n', "the header cannot be read"),
        (CSV.encode("utf-16"), "the header is not UTF-8"),
        ("text,label\na,x\nb,x\n", "all documents have the label 'x'"),
        (CSV + "hm,perhaps\n", "row 5: the class 'perhaps' has one document"),
        ("text,label\n" + "".join(f"a,{i}\n" for i in range(20)), "does not look like a label"),
        ("text,label\n" + "".join(f"a,{i // 3}\n" for i in range(3 * 1001)), "1001 different labels in 3003 rows"),
    ],
)
def test_bad_csv_files_are_refused_by_row(write, content, message):
    assert message in refusal(write(content))
    if "different labels" not in message:
        assert message in refusal(write(content), batch_bytes=3)


def test_ten_megabytes_in_one_field_that_a_second_look_has_to_read(write):
    limit = csv.field_size_limit()
    path = write(csv_of([*ROWS, ("word " * 2_000_000, "no"), ("good", "yes", "")]))
    assert "row 6: the number of fields is 3, not 2 as in the header" in refusal(path)
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(("name", "line"), [("a.csv", "row 5"), ("a.jsonl", "line 5")])
def test_a_row_that_never_ends_is_given_up(write, monkeypatch, name, line):
    monkeypatch.setattr("slowfold.text.reading.csv_records._LONGEST_RECORD", 1000)
    monkeypatch.setattr("slowfold.text.reading.json_lines._LONGEST_LINE", 1000)
    content = plain_file(ROWS, name[1:]) + b'"' + b"word " * 1000
    message = refusal(write(content, name), batch_bytes=100)
    assert f"{line}: the {line[:-2]} is longer than 1,000 bytes" in message


LINES = json_lines_of(ROWS).decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty"),
        ("\n \n", ": the file is empty"),
        (LINES + '{"text": 5, "label": "no"}', "line 5: 'text' is a number, not a text"),
        (LINES + '{"text": true, "label": "no"}', "line 5: 'text' is true or false"),
        (LINES + '{"text": ["a"], "label": "no"}', "line 5: 'text' is a list"),
        (LINES + '{"text": {}, "label": "no"}', "line 5: 'text' is an object"),
        (LINES + '{"text": null, "label": "no"}', "line 5: 'text' is null"),
        (LINES + '\n{"text": "", "label": "no"}', "line 6: the text is empty"),
        (LINES + '\r\r\n{"text": "", "label": "no"}', "line 7: the text is empty"),
        (LINES + '{"label": "no"}', "line 5: there is no 'text'"),
        (LINES + '{"text": "a"}', "line 5: the label is empty"),
        (LINES + '{"text": "a", "label": null}', "line 5: the label is empty"),
        (LINES + '{"text": "a", "label": ["no"]}', "line 5: 'label' is a list: several labels"),
        (LINES + '{"text": "a", "label": "no"', "line 5: the line is no JSON"),
        (LINES + '{"text": "\\ud800", "label": "no"}', "line 5: half a character"),
        (LINES + "[" * 100_000, "line 5: the line is no JSON"),
        (LINES + "7", "line 5: 7 where a line is one object"),
        (json.dumps([{"text": "a", "label": "no"}]), "line 1: a JSON array where a line is one object"),
        (json.dumps([{"text": "a", "label": "no"}], indent=1), "line 1: a JSON array where a line is one object"),
        ('{\n"text": "a"\n}', "line 1: the line is no JSON"),
        (LINES.encode() + b'{"text": "caf\xe9", "label": "no"}', "line 5: the line holds bytes that are not UTF-8"),
        ('{"a": "x", "b": "y", "label": 1}', "no column is plainly the text"),
        (LINES.encode("utf-16"), "line 1: the line holds bytes that are not UTF-8"),
    ],
)
def test_bad_json_lines_are_refused_by_line(write, content, message):
    assert message in refusal(write(content, "reviews.jsonl"))
    assert message in refusal(write(content, "reviews.jsonl"), batch_bytes=3)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": [1, 2], "label": ["x", "y"]}, "no column is plainly the text"),
        ({"text": ["a", "b"], "label": [["x"], ["y"]]}, "holds List(String): several labels a document"),
        ({"text": ["a", "b"], "label": [b"x", b"y"]}, "holds Binary, not labels"),
        ({"text": ["a", None], "label": ["x", "y"]}, "row 2: the text is empty"),
        ({"text": ["a", " "], "label": ["x", "y"]}, "row 2: the text is empty"),
        ({"text": ["a", "b"], "label": [1, None]}, "row 2: the label is empty"),
        ({"text": ["a", "b"], "label": [1.0, float("nan")]}, "row 2: the label is empty"),
        ({"text": pl.Series([], dtype=pl.String), "label": pl.Series([], dtype=pl.Int64)}, "columns but no rows"),
    ],
)
def test_bad_parquet_files_are_refused_by_row(write, columns, message):
    path = write(parquet_of(pl.DataFrame(columns)), "reviews.parquet")
    assert message in refusal(path)
    assert message in refusal(path, batch_bytes=1)


def test_a_text_column_of_numbers_in_parquet(write):
    path = write(parquet_of(pl.DataFrame({"n": [1, 2], "text": ["a", "b"], "label": [0, 1]})), "reviews.parquet")
    assert "the column 'n' holds Int64, not text; there are 'text'" in refusal(path, text_column="n")


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("batch_bytes", [5_000, 2**20])
def test_a_packed_file_that_is_cut_off_or_none(write, suffix, batch_bytes):
    cut, other = "the gzip file is cut off", "is no gzip file"
    if suffix.endswith(".zst"):
        cut, other = "is no zstd file, or one that is damaged or cut off", "is no zstd file"
    # Different numbers, for a text that repeats itself would be packed into next to nothing.
    content = as_file([(f"{i * 7919 % 10_007} {i * i % 9973}", "ab"[i % 2]) for i in range(5_000)], suffix)
    path = write(content[: len(content) // 2], "reviews" + suffix)
    assert cut in refusal(path, batch_bytes=batch_bytes)
    path = write(plain_file(ROWS, inner(suffix)), "reviews" + suffix)
    assert other in refusal(path, batch_bytes=batch_bytes)


def test_a_gzip_file_whose_content_was_changed(write):
    content = bytearray(gzip.compress(csv_of(ROWS * 50)))
    content[-6] ^= 1
    assert "is no gzip file, or a damaged one; copy or download it again" in refusal(write(bytes(content), "a.csv.gz"))


def test_a_parquet_file_with_damaged_pages(write):
    content = bytearray(as_file(ROWS * 50, ".parquet"))
    # The pages come first and the schema last: with the pages gone, the columns are known and their rows are not.
    content[4:200] = bytes(196)
    assert "is no Parquet file, or a damaged one" in refusal(write(bytes(content), "reviews.parquet"))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_a_parquet_file_that_is_cut_off(write, share):
    content = as_file(ROWS * 50, ".parquet")
    message = refusal(write(content[: int(share * len(content))], "reviews.parquet"))
    assert "is no Parquet file, or a damaged one; copy or download it again" in message


@pytest.mark.parametrize("separator", [";;", "", '"', "\n", "é"])
def test_separators_that_separate_nothing(write, separator):
    assert "give one character" in refusal(write(csv_of(ROWS)), separator=separator)
    assert "has no separators" in refusal(write(json_lines_of(ROWS), "a.jsonl"), separator=";")


def test_a_vocabulary_of_nothing(write):
    path = write(csv_of([("a", "x"), ("b", "y"), ("c", "x"), ("d", "y")]))
    with pytest.raises(SlowfoldError, match="a vocabulary of nothing: no word occurs 2 times; lower the minimum count"):
        read_documents(path).to_corpus()
