"""Named data sets of a folder."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from slowfold.errors import DataError
from slowfold.text.named import KNOWN_KINDS, data_folder, list_named, read_named


@pytest.fixture
def sets(tmp_path):
    def make(name, rows, classes, column="label"):
        folder = tmp_path / name
        folder.mkdir()
        for file in ("train.csv.gz", "test.csv.gz"):
            (folder / file).write_bytes(gzip.compress((f"text,{column}\n" + rows).encode()))
        (folder / "classes.txt").write_text(classes, encoding="utf-8")

    make("ag_news", "a w,0\nb s,1\nc b,2\nd s,1\n", "World\nSports\nBusiness\n")
    make("yelp5", "a,0\nb,1\n", "1 star\n2 stars\n")
    make("goemotions", "a,0 1\n", "joy\nfear\n", column="labels")
    make("mine", "a,0\nb,1\n", "\ufeffno\n\nyes\n")
    make("broken", "a,0\nb,2\n", "no\nyes\n")
    make("one", "a,0\n", "no\n")
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_a_folder_of_that_form_is_a_name(sets):
    assert list_named(sets) == ["ag_news", "broken", "goemotions", "mine", "one", "yelp5"]
    with pytest.raises(DataError, match="there is no such folder"):
        list_named(sets / "missing")


def test_train_and_test_have_the_names_of_the_classes(sets):
    for documents in read_named("ag_news", sets):
        assert documents.class_names == ("World", "Sports", "Business")
        assert documents.frame["label"].to_list() == [0, 1, 2, 1]
        assert (documents.name, documents.kind) == ("ag_news", "categorical")


def test_classes_are_kept_in_the_order_asked(sets):
    train, test = read_named("ag_news", sets, classes=("Sports", "World"))
    assert train.class_names == test.class_names == ("Sports", "World")
    assert train.frame["text"].to_list() == ["a w", "b s", "d s"]
    assert train.frame["label"].to_list() == [1, 0, 0]


def test_a_well_known_name_knows_its_kind_and_others_are_told(sets):
    assert KNOWN_KINDS["imdb"] == "ordered"
    assert read_named("yelp5", sets)[0].kind == "ordered"
    assert read_named("mine", sets)[0].kind == "categorical"
    assert read_named("mine", sets)[0].class_names == ("no", "yes")
    assert read_named("mine", sets, kind="ordered")[1].kind == "ordered"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("agnews", {}, "no data set is named 'agnews'; did you mean 'ag_news'?"),
        ("notes", {}, "no data set is named 'notes'"),
        ("goemotions", {}, "several labels a document are not read yet"),
        ("goemotions", {"kind": "categorical"}, "several labels a document"),
        ("broken", {}, r"train.csv.gz, row 2: the label '2' is none of the 2 classes"),
        ("one", {}, r"classes.txt: these are not two or more distinct class names"),
        ("ag_news", {"classes": ("Sport", "World")}, "did you mean 'Sports'"),
    ],
)
def test_sets_that_cannot_be_read(sets, name, options, message):
    with pytest.raises(DataError, match=message):
        read_named(name, sets, **options)


def test_the_option_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("SLOWFOLD_DATA", "there")
    assert data_folder(Path("here")) == Path("here")
    assert data_folder() == Path("there")
    monkeypatch.setenv("SLOWFOLD_DATA", "")
    assert data_folder() is None


@pytest.mark.parametrize(
    ("name", "train", "test", "classes"), [("ag_news", 57_162, 7_600, 4), ("sst5", 8_538, 2_210, 5)]
)
def test_natural_sets_are_read_whole(data_dir, name, train, test, classes):
    documents = read_named(name, data_dir)
    assert tuple(len(part) for part in documents) == (train, test)
    assert len(documents[0].class_names) == classes
    encoded = documents[0].to_corpus(max_length=20)
    assert encoded.corpus.lengths.max() == 20
    assert encoded.cut > 0
    assert encoded.dropped == 0
