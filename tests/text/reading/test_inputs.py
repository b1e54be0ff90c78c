"""What paths stand for: files, patterns, folders of tables, folders of texts."""

from __future__ import annotations

import gzip

import polars as pl
import pytest

from slowfold.errors import DataError, OptionError
from slowfold.text.reading.inputs import find_inputs
from slowfold.text.reading.stream import open_documents
from text_files import ROWS, csv_of, json_lines_of, outcome, parquet_of, read, refusal, rows_of, texts_of


@pytest.fixture
def shards(tmp_path):
    """Three tables of the same rows in a folder, each in another format."""
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "part-0.csv.gz").write_bytes(gzip.compress(csv_of(ROWS[:2])))
    (folder / "part-1.jsonl").write_bytes(json_lines_of(ROWS[2:3]))
    (folder / "part-2.parquet").write_bytes(parquet_of(pl.DataFrame(ROWS[3:], schema=["text", "label"], orient="row")))
    (folder / "_SUCCESS").touch()
    return folder


@pytest.fixture
def texts(tmp_path):
    folder = tmp_path / "films"
    for label, names in (("neg", ["1.txt", "2.txt.gz"]), ("pos", ["a.txt", "b.txt"])):
        (folder / label).mkdir(parents=True)
        for name in names:
            content = f"a {label} film {name[0]}".encode()
            (folder / label / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    (folder / ".hidden").mkdir()
    (folder / "README").write_text("no text")
    return folder


FILMS = [("a neg film 1", "neg"), ("a neg film 2", "neg"), ("a pos film a", "pos"), ("a pos film b", "pos")]


def test_many_files_read_as_one_whichever_way_they_are_named(shards):
    for paths in (
        [shards],
        [str(shards / "part-*")],
        [str(shards.parent / "**" / "part-?.*")],
        [shards / "part-0.csv.gz", shards / "*.jsonl", shards / "part-[2-9]*"],
    ):
        documents = read(*paths)
        assert rows_of(documents) == ROWS
        assert documents.name == "shards"


def test_files_are_read_in_the_order_in_which_they_are_named(shards):
    assert texts_of(read(shards / "part-2.parquet", shards / "part-0.csv.gz", held_out=True)) == [
        "not good",
        "so good",
        "fine",
    ]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    path = tmp_path / "a[1].csv"
    path.write_bytes(csv_of(ROWS))
    assert rows_of(read(path)) == ROWS


@pytest.mark.parametrize("batch_bytes", [1, 1000])
def test_a_folder_for_each_class(texts, batch_bytes):
    documents = read(texts, batch_bytes=batch_bytes)
    assert rows_of(documents) == FILMS
    assert documents.name == "films"


def test_a_folder_of_texts_beside_a_table(texts, tmp_path):
    more = tmp_path / "more.csv"
    more.write_bytes(csv_of([("fine", "pos")], header=("review", "class")))
    documents = read(texts, more, label_column="class")
    assert rows_of(documents) == [*FILMS, ("fine", "pos")]


def test_folders_whose_names_are_numbers_are_ordered(texts):
    (texts / "neg").rename(texts / "10")
    (texts / "pos").rename(texts / "9")
    assert read(texts, kind="ordered").class_names == ("9", "10")


def test_texts_that_cannot_be_read(texts):
    bad = texts / "neg" / "3.txt"
    for content, message in ((b"", "the text is empty"), (b"caf\xe9", "the text is not UTF-8")):
        bad.write_bytes(content)
        for batch_bytes in (1, 1000):
            assert f"{bad}: {message}" in refusal(texts, batch_bytes=batch_bytes)
    bad.unlink()
    (texts / "neg" / "2.txt.gz").write_bytes(gzip.compress(b"a text " * 99)[:-9])
    assert "the gzip file is cut off" in refusal(texts)


def test_a_class_folder_without_texts(texts):
    (texts / "empty").mkdir()
    (texts / "empty" / "notes.md").touch()
    assert f"{texts / 'empty'}: the folder of a class holds no texts; put its documents there" in refusal(texts)


def test_folders_of_texts_have_no_columns_and_one_label_a_document(texts):
    assert "text_column: folders of texts have no columns" in refusal(texts, text_column="text")
    assert "separator: " in refusal(texts, separator=";")
    assert "gives one label a document" in refusal(texts, kind="multilabel")


def test_folders_that_hold_nothing_to_read(tmp_path):
    (tmp_path / "notes.md").touch()
    assert "the folder holds nothing to read; give a folder of tables (.csv" in refusal(tmp_path)
    (tmp_path / "1.txt").touch()
    assert "the folder holds texts, but no folder for each class" in refusal(tmp_path)


@pytest.mark.parametrize("second", ["test.csv", "dev.jsonl", "extra.csv"])
def test_a_folder_of_a_training_and_a_test_file_is_not_read_as_one(tmp_path, second):
    for name in ("train.csv", second):
        (tmp_path / name).write_bytes(csv_of(ROWS))
    message = refusal(tmp_path)
    assert f"train.csv and {second}, which are hardly one set" in message or f"{second} and train.csv" in message
    (tmp_path / second).rename(tmp_path / "train-00001.csv")
    assert len(find_inputs([tmp_path])) == 2


def test_files_that_are_not_there_or_of_another_kind(tmp_path):
    (tmp_path / "reviews.csv").write_bytes(csv_of(ROWS))
    assert "there is no such file; did you mean 'reviews.csv'?" in refusal(tmp_path / "review.csv")
    assert "there is no such file; look at the path" in refusal(tmp_path / "no" / "reviews.csv")
    assert "no file matches the pattern; look at the path" in refusal(tmp_path / "*.parquet")
    assert "the file is named twice" in refusal(tmp_path / "reviews.csv", tmp_path / "*.csv")
    for name in ("reviews.xlsx", "reviews", "reviews.parquet.gz"):
        (tmp_path / name).write_bytes(b"x")
        assert "give a file that ends in .csv, .csv.gz" in refusal(tmp_path / name)
    with pytest.raises(OptionError, match="no file is named"):
        open_documents()


# Files that do not fit together


@pytest.fixture
def two(tmp_path):
    def two(first, second, names=("a.csv", "b.csv")):
        paths = [tmp_path / name for name in names]
        for path, content in zip(paths, (first, second), strict=True):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return paths

    return two


def test_shards_whose_columns_differ(two):
    first, second = two("id,body,stars\n1,a,5\n", "id,text,stars\n1,a,5\n")
    message = (
        refusal(first, second, label_column="stars", held_out=True).replace(str(first), "A").replace(str(second), "B")
    )
    assert message == "B: no column is named 'body', but there is in A; there are 'id', 'text', 'stars'"


def test_shards_may_have_other_columns_beside_and_in_another_order(two):
    paths = two("text,label\ngood,x\n", "label,id,text\ny,7,bad\n")
    assert outcome(*paths, held_out=True) == (("x", "y"), [("good", "x"), ("bad", "y")])


def test_shards_without_rows_are_passed_over(two):
    paths = two("text,label\n", csv_of(ROWS))
    assert rows_of(read(*paths)) == ROWS
    assert "there are columns but no rows" in refusal(*two("text,label\n", "text,label\n"))


def test_labels_that_are_numbers_in_one_file_and_words_in_another(two):
    first, second = two("text,label\na,5\nb,4\n", "text,label\nc,good\nd,bad\n")
    for batch_bytes in (1, 1000):
        message = refusal(first, second, batch_bytes=batch_bytes).replace(str(first), "A").replace(str(second), "B")
        assert "B: the labels are words such as 'good', and those of A are numbers such as '5'" in message
    assert "the labels are numbers such as '5'" in refusal(second, first)


def test_numbers_are_the_same_label_however_files_store_them(two, tmp_path):
    frame = pl.DataFrame({"text": ["a", "b", "c"], "label": [5.0, 4.0, 1.5]})
    paths = two(
        "text,label\nd,5\ne,4.0\n", '{"text": "f", "label": 5}\n{"text": "g", "label": "4"}\n', ("a.csv", "b.jsonl")
    )
    (tmp_path / "c.parquet").write_bytes(parquet_of(frame))
    names, rows = outcome(*paths, tmp_path / "c.parquet", held_out=True)
    assert names == ("1.5", "4", "5")
    assert [label for _, label in rows] == ["5", "4", "5", "4", "5", "4", "1.5"]


def test_a_row_is_numbered_within_its_own_file(two):
    first, second = two(csv_of(ROWS), csv_of([*ROWS, ("", "yes")]))
    with pytest.raises(DataError) as caught:
        read(first, second)
    assert str(caught.value).startswith(f"{second}, row 5: the text is empty")
