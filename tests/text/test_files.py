"""Reading labelled texts: what is read from good files, and one clear line for each bad one."""

from __future__ import annotations

import csv
import gzip
import io
import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError, OptionError, SlowfoldError
from slowfold.text.files import Documents, read_corpus, read_documents
from slowfold.text.tables import SUFFIXES
from slowfold.text.vocabulary import Vocabulary

ROWS = [("so good", "yes"), ("fine", "yes"), ("bad", "no"), ("not good", "no")]


def csv_of(rows, header=("text", "label"), separator=","):
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows([header, *rows])
    return file.getvalue().encode()


def json_lines_of(rows):
    return "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows).encode()


def parquet_of(frame):
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def as_file(rows, suffix):
    inner = suffix.removesuffix(".gz")
    if inner == ".parquet":
        content = parquet_of(pl.DataFrame(rows, schema=["text", "label"], orient="row"))
    elif inner in (".csv", ".tsv"):
        content = csv_of(rows, separator="\t" if inner == ".tsv" else ",")
    else:
        content = json_lines_of(rows)
    return gzip.compress(content) if suffix.endswith(".gz") else content


@pytest.fixture
def write(tmp_path):
    def write(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def texts_of(documents):
    return documents.frame["text"].to_list()


def labels_of(documents):
    return [documents.class_names[label] for label in documents.frame["label"]]


def refusal(path, **options):
    with pytest.raises(SlowfoldError) as caught:
        read_documents(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message or isinstance(caught.value, OptionError)
    return message


def documents_or_error(path):
    try:
        return read_documents(path)
    except SlowfoldError as error:
        return error


# Files that can be read


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_file_reads_alike(write, suffix):
    documents = read_documents(write(as_file(ROWS, suffix), "reviews" + suffix))
    assert list(zip(texts_of(documents), labels_of(documents), strict=True)) == ROWS
    assert documents.class_names == ("no", "yes")
    assert (documents.name, documents.kind, len(documents)) == ("reviews", "categorical", 4)
    assert documents.frame.schema == {"text": pl.String, "label": pl.Int64}


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cc", "Cs"], codec="utf-8"), max_size=20), st.booleans()),
        max_size=8,
    )
)
def test_whatever_a_csv_writer_writes_is_read_back(tmp_path_factory, rows):
    rows = [("a " + text, "yes" if label else "no") for text, label in rows] + ROWS
    path = tmp_path_factory.mktemp("csv") / "reviews.csv"
    path.write_bytes(csv_of(rows))
    documents = read_documents(path)
    assert list(zip(texts_of(documents), labels_of(documents), strict=True)) == rows


@given(st.sampled_from(SUFFIXES), st.binary(max_size=60), st.integers(0, 200), st.booleans())
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path_factory, suffix, noise, at, gzipped_after):
    inner = suffix.removesuffix(".gz")
    content = as_file(ROWS, inner)
    content = content[:at] + noise + content[at:]
    if suffix.endswith(".gz"):
        content = gzip.compress(content) if gzipped_after else gzip.compress(as_file(ROWS, inner))[:at] + noise
    path = tmp_path_factory.mktemp("damaged") / ("reviews" + suffix)
    path.write_bytes(content)
    result = documents_or_error(path)
    if isinstance(result, SlowfoldError):
        assert "\n" not in str(result)
        assert str(path) in str(result)
    else:
        assert result.frame.null_count().row(0) == (0, 0)
        assert result.frame["label"].is_between(0, len(result.class_names) - 1).all()


def test_na_and_null_are_texts_and_labels(write):
    rows = [("NA", "null"), ("null", "null"), ("None", "NA"), ("nan", "NA")]
    documents = read_documents(write(csv_of(rows)))
    assert list(zip(texts_of(documents), labels_of(documents), strict=True)) == rows


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_ten_megabytes_in_one_field(write, suffix):
    rows = [*ROWS, ("word " * 2_000_000, "no")]
    documents = read_documents(write(as_file(rows, suffix), "reviews" + suffix))
    assert len(texts_of(documents)[-1]) == 10_000_000


def test_ten_megabytes_in_one_field_that_a_second_look_has_to_read(write):
    limit = csv.field_size_limit()
    path = write(csv_of([*ROWS, ("word " * 2_000_000, "no"), ("good", "yes", "")]))
    assert "row 6: the number of fields is 3, not 2 as in the header" in refusal(path)
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + csv_of(ROWS),
        csv_of(ROWS).replace(b"\n", b"\r\n"),
        csv_of(ROWS).replace(b"\n", b"\r"),
        csv_of(ROWS).replace(b"\n", b"\n\n") + b"\n\n",
        csv_of(ROWS).rstrip(),
        csv_of(ROWS, header=(" text", "label ")),
        csv_of([(text, f" {label} ") for text, label in ROWS]),
        b'"text","label"\n' + csv_of(ROWS).partition(b"\n")[2],
    ],
    ids=["byte-order mark", "CRLF", "CR", "blank lines", "no last line end", "header spaces", "label spaces", "quotes"],
)
def test_the_same_table_in_other_spellings(write, content):
    documents = read_documents(write(content))
    assert list(zip(texts_of(documents), labels_of(documents), strict=True)) == ROWS


def test_a_byte_order_mark_and_blank_lines_in_json(write):
    content = b"\xef\xbb\xbf" + json_lines_of(ROWS).replace(b"\n", b"\r\n\n")
    assert texts_of(read_documents(write(content, "reviews.jsonl"))) == [text for text, _ in ROWS]


def test_quoted_line_breaks_stay_in_the_text(write):
    rows = [("two\nlines, one text", "no"), *ROWS]
    assert texts_of(read_documents(write(csv_of(rows))))[0] == "two\nlines, one text"


def test_control_characters_part_words_and_are_left_out_of_names(write):
    content = csv_of([("a\x00b\x1b[0m", "ye\x00s"), ("x", "ye\x07s"), *ROWS], header=("te\x00xt", "label"))
    documents = read_documents(write(content))
    assert texts_of(documents)[0] == "a b [0m"
    assert documents.class_names == ("no", "yes")


@pytest.mark.parametrize("separator", [";", "|", "\t", "\\t"])
def test_other_separators(write, separator):
    path = write(csv_of(ROWS, separator=separator[-1] if separator != "\\t" else "\t"))
    assert len(read_documents(path, separator=separator)) == 4


def test_empty_fields_of_other_columns_do_not_matter(write):
    content = "id,text,label,note\n1,so good,yes,\n,fine,yes,x\n3,bad,no,\n4,not good,no,\n"
    assert texts_of(read_documents(write(content), text_column="text")) == [text for text, _ in ROWS]


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
        ("text,labels\na,1 2\n", {}, "several labels a document"),
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


def test_a_column_named_labels_is_read_when_it_is_named(write):
    assert len(read_documents(write(csv_of(ROWS, header=("text", "labels"))), label_column="labels")) == 4


# Bad files


def test_files_that_are_not_there_or_of_another_kind(write, tmp_path):
    write(csv_of(ROWS), "reviews.csv")
    assert "there is no such file; did you mean 'reviews.csv'?" in refusal(tmp_path / "review.csv")
    assert "there is no such file; look at the path" in refusal(tmp_path / "no" / "reviews.csv")
    assert "is a folder" in refusal(tmp_path)
    for name in ("reviews.xlsx", "reviews", "reviews.parquet.gz"):
        assert "give a file that ends in .csv, .csv.gz" in refusal(write(b"x", name))


@pytest.mark.parametrize("separator", [";;", "", '"', "\n", "é"])
def test_separators_that_separate_nothing(write, separator):
    assert "give one character" in refusal(write(csv_of(ROWS)), separator=separator)
    assert "has no separators" in refusal(write(json_lines_of(ROWS), "a.jsonl"), separator=";")


CSV = csv_of(ROWS).decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty"),
        (" \n\n", ": the file is empty"),
        ("text,label\n", "a header but no rows"),
        (CSV + ",no\n", "row 5: the text is empty"),
        (CSV + '"",no\n', "row 5: the text is empty"),
        (CSV + '" \t\n",no\n', "row 5: the text is empty"),
        (CSV + "\u200b,no\n", "row 5: the text is empty"),
        (CSV + "good,\n", "row 5: the label is empty"),
        (CSV + 'good," "\n', "row 5: the label is empty"),
        (CSV + "\n\ngood\n", "row 5: the number of fields is 1, not 2"),
        (CSV + "good, or not,no\n", "row 5: the number of fields is 3, not 2"),
        (CSV + '"two\nlines",no\nx\n', "row 6: the number of fields is 1"),
        (CSV + '"never closed,no\nfine,yes\n', "row 5: the quotes of the row cannot be read"),
        (CSV + '"closed" too early,no\n', "row 5: the quotes of the row cannot be read"),
        (CSV.encode() + b"caf\xe9,no\n", "row 5: the row holds bytes that are not UTF-8; save the file as UTF-8"),
        (b"t\xe9xt,label\n", "the header is not UTF-8"),
        (CSV.encode("utf-16"), "the header is not UTF-8"),
        ("text,label\na,x\nb,x\n", "all documents have the label 'x'"),
        (CSV + "hm,perhaps\n", "row 5: the class 'perhaps' has one document"),
        ("text,label\n" + "".join(f"a,{i}\n" for i in range(20)), "does not look like a label"),
        ("text,label\n" + "".join(f"a,{i // 3}\n" for i in range(3 * 1001)), "1001 different labels in 3003 rows"),
    ],
)
def test_bad_csv_files_are_refused_by_row(write, content, message):
    assert message in refusal(write(content))


LINES = json_lines_of(ROWS).decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LINES + '{"text": 5, "label": "no"}', "line 5: 'text' is a number, not a text"),
        (LINES + '{"text": true, "label": "no"}', "line 5: 'text' is true or false"),
        (LINES + '{"text": ["a"], "label": "no"}', "line 5: 'text' is a list"),
        (LINES + '{"text": {}, "label": "no"}', "line 5: 'text' is an object"),
        (LINES + '{"text": null, "label": "no"}', "line 5: 'text' is null"),
        (LINES + '\n{"text": "", "label": "no"}', "line 6: the text is empty"),
        (LINES + '{"label": "no"}', "line 5: there is no 'text'"),
        (LINES + '{"text": "a"}', "line 5: the label is empty"),
        (LINES + '{"text": "a", "label": null}', "line 5: the label is empty"),
        (LINES + '{"text": "a", "label": ["no"]}', "line 5: 'label' is a list: several labels"),
        (LINES + '{"text": "a", "label": "no"', "line 5: the line is no JSON"),
        (LINES + '{"text": "\\ud800", "label": "no"}', "line 5: half a character"),
        (LINES + "[" * 100_000, "line 5: the line is no JSON"),
        (LINES + "7", "line 5: 7 where a line is one object"),
        (json.dumps([{"text": "a", "label": "no"}]), "line 1: a JSON array where a line is one object"),
        (json.dumps([{"text": "a", "label": "no"}], indent=1), "line 1: the line is no JSON"),
        (LINES.encode() + b'{"text": "caf\xe9", "label": "no"}', "line 5: the line holds bytes that are not UTF-8"),
        ('{"a": "x", "b": "y", "label": 1}', "no column is plainly the text"),
    ],
)
def test_bad_json_lines_are_refused_by_line(write, content, message):
    assert message in refusal(write(content, "reviews.jsonl"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": [1, 2], "label": ["x", "y"]}, "no column is plainly the text"),
        ({"text": ["a", "b"], "label": [["x"], ["y"]]}, "holds List(String): several labels a document"),
        ({"text": ["a", None], "label": ["x", "y"]}, "row 2: the text is empty"),
        ({"text": ["a", " "], "label": ["x", "y"]}, "row 2: the text is empty"),
        ({"text": ["a", "b"], "label": [1, None]}, "row 2: the label is empty"),
        ({"text": ["a", "b"], "label": [1.0, float("nan")]}, "row 2: the label is empty"),
        ({"text": pl.Series([], dtype=pl.String), "label": pl.Series([], dtype=pl.Int64)}, "columns but no rows"),
    ],
)
def test_bad_parquet_files_are_refused_by_row(write, columns, message):
    assert message in refusal(write(parquet_of(pl.DataFrame(columns)), "reviews.parquet"))


def test_a_text_column_of_numbers_in_parquet(write):
    path = write(parquet_of(pl.DataFrame({"n": [1, 2], "text": ["a", "b"], "label": [0, 1]})), "reviews.parquet")
    assert "the column 'n' holds Int64, not text; there are 'text'" in refusal(path, text_column="n")


@pytest.mark.parametrize("values", [[1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], ["1", "1", "0", "0"]])
def test_labels_are_numbers_however_parquet_and_json_store_them(write, values):
    texts = [text for text, _ in ROWS]
    frame = pl.DataFrame({"text": texts, "label": values})
    for path in (
        write(parquet_of(frame), "a.parquet"),
        write(json_lines_of(zip(texts, values, strict=True)), "a.jsonl"),
    ):
        documents = read_documents(path)
        assert documents.class_names == ("0", "1")
        assert labels_of(documents) == ["1", "1", "0", "0"]


@pytest.mark.parametrize("suffix", [".csv.gz", ".tsv.gz", ".jsonl.gz"])
def test_a_gzip_file_that_is_cut_off_or_none(write, suffix):
    content = as_file(ROWS * 50, suffix)
    assert "the gzip file is cut off" in refusal(write(content[: len(content) // 2], "reviews" + suffix))
    assert "is no gzip file" in refusal(write(csv_of(ROWS), "reviews" + suffix))


def test_a_parquet_file_with_damaged_pages(write):
    content = bytearray(as_file(ROWS * 50, ".parquet"))
    # The pages come first and the schema last: with the pages gone, the columns are known and their rows are not.
    content[4:200] = bytes(196)
    assert "is no Parquet file, or a damaged one" in refusal(write(bytes(content), "reviews.parquet"))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_parquet_file_that_is_cut_off(write, share):
    content = as_file(ROWS * 50, ".parquet")
    message = refusal(write(content[: int(share * len(content))], "reviews.parquet"))
    assert "is no Parquet file, or a damaged one; copy or download it again" in message


# Labels


def test_classes_stand_in_the_order_of_numbers_where_all_are_numbers(write):
    rows = [("a", label) for label in ("10", "9", "-1", "2.5")] * 3
    assert read_documents(write(csv_of(rows))).class_names == ("-1", "2.5", "9", "10")
    rows += [("a", "b")] * 2
    assert read_documents(write(csv_of(rows))).class_names == ("-1", "10", "2.5", "9", "b")


def test_ordered_classes_are_numbers_by_value(write):
    rows = [("a", "4.0"), ("b", "1"), ("c", "4"), ("d", "10"), ("e", "1.0"), ("f", "10")]
    documents = read_documents(write(csv_of(rows)), kind="ordered")
    assert documents.class_names == ("1", "4", "10")
    assert documents.frame["label"].to_list() == [1, 0, 1, 2, 0, 2]
    assert documents.kind == "ordered"
    message = refusal(write(csv_of([*rows, ("g", "good"), ("h", "good")])), kind="ordered")
    assert "row 7: the label 'good' is no number" in message
    for word in ("nan", "inf", "1_0"):
        assert "is no number" in refusal(write(csv_of([*rows, ("g", word)] * 2)), kind="ordered")


def test_several_labels_a_document_are_not_read(write):
    assert "several labels a document are not read yet" in refusal(write(csv_of(ROWS)), kind="multilabel")


def test_a_file_to_test_on_keeps_the_numbers_of_the_classes(write):
    names = ("yes", "perhaps", "no")
    documents = read_documents(write("text,label\nbad,no\n"), class_names=names)
    assert documents.frame["label"].to_list() == [2]
    assert read_documents(write("text,label\nbad,2\n"), class_names=names).frame["label"].to_list() == [2]
    assert "row 2: the label 'yess' is none of the 3 classes; did you mean 'yes'" in refusal(
        write("text,label\nbad,no\nfine,yess\n"), class_names=names
    )
    stars = ("1", "3", "5")
    assert read_documents(write("text,label\na,5.0\n"), class_names=stars).frame["label"].to_list() == [2]
    assert "row 1: the label '0'" in refusal(write("text,label\na,0\n"), class_names=stars)


def test_classes_are_kept_in_the_order_asked(write):
    rows = [(f"{name} {i}", name) for i in range(3) for name in ("World", "Sports", "Business")]
    documents = read_documents(write(csv_of([*rows, ("x", "Lone")])), classes=["Sports", "Business"])
    assert documents.class_names == ("Sports", "Business")
    assert labels_of(documents) == ["Sports", "Business"] * 3
    assert all(text.startswith(label) for text, label in zip(texts_of(documents), labels_of(documents), strict=True))
    for classes, message in [
        (["Sport", "World"], "no class is named 'Sport'; did you mean 'Sports'?"),
        (["World", "World"], "not two or more distinct classes"),
        (["World"], "not two or more distinct classes"),
    ]:
        assert message in refusal(write(csv_of(rows)), classes=classes)


# Documents as corpora


def documents_of(texts, labels):
    return Documents(pl.DataFrame({"text": texts, "label": labels}), ("a", "b"), "categorical", "mine", "nowhere")


def test_longer_documents_are_cut_or_dropped_and_counted():
    documents = documents_of(["b b b", "a a", "a b c d"], [0, 1, 1])
    whole, cut, dropped = documents.to_corpus(minimum_count=1)
    assert (whole.lengths.tolist(), cut, dropped) == ([3, 2, 4], 0, 0)
    corpus, cut, dropped = documents.to_corpus(max_length=2, minimum_count=1)
    assert ([corpus.words(i) for i in range(3)], cut, dropped) == ([["b", "b"], ["a", "a"], ["a", "b"]], 2, 0)
    assert corpus.vocabulary.words == ("<unk>", "a", "b")
    corpus, cut, dropped = documents.to_corpus(max_length=3, longer="drop", minimum_count=1)
    assert ([corpus.words(i) for i in range(2)], cut, dropped) == ([["b", "b", "b"], ["a", "a"]], 0, 1)
    assert corpus.labels.tolist() == [0, 1]
    assert corpus.vocabulary.words == ("<unk>", "b", "a")
    with pytest.raises(DataError, match="no document has at most 1 words"):
        documents.to_corpus(max_length=1, longer="drop")
    with pytest.raises(OptionError, match="max_length: 0 is below 1"):
        documents.to_corpus(max_length=0)


def test_test_documents_are_read_with_the_words_of_the_training_documents():
    vocabulary = Vocabulary(("<unk>", "good"), unknown=0)
    corpus = documents_of(["good film", "bad"], [0, 1]).to_corpus(vocabulary).corpus
    assert corpus.tokens.tolist() == [1, 0, 0]
    assert corpus.vocabulary is vocabulary


def test_documents_split_as_their_corpus_does():
    documents = documents_of([f"w{i}" for i in range(40)], [i % 2 for i in range(40)])
    for part, corpus in zip(
        documents.split(0.2, seed=3), documents.to_corpus(minimum_count=1).corpus.split(0.2, seed=3), strict=True
    ):
        assert texts_of(part) == [corpus.words(i)[0] for i in range(len(corpus))]
        assert np.array_equal(part.frame["label"], corpus.labels)


def test_a_corpus_straight_from_a_file(write):
    path = write(csv_of([(text, {"no": 1, "yes": 5}[label]) for text, label in ROWS], header=("review", "stars")))
    corpus = read_corpus(path, label="stars", kind="ordered", max_length=1, minimum_count=1)
    assert (corpus.class_names, corpus.kind, corpus.name) == (("1", "5"), "ordered", "reviews")
    assert [corpus.words(i) for i in range(4)] == [["so"], ["fine"], ["bad"], ["not"]]
