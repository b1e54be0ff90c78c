"""Named data sets: of a folder, and of a Hub of our own, which stands in for the one that cannot be asked here."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fake_hub import ask_only, serving_hub
from slowfold.errors import DataError, OptionError
from slowfold.text.hub import HUB_SETS
from slowfold.text.named import KNOWN_KINDS, data_folder, find_named, list_named, read_named


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
    make("goemotions", "a,0 1\nb,\nc,2\nd,1\n", "joy\nfear\nlove\n", column="labels")
    make("feelings", "a,0 1\nb,0\n", "joy\nfear\n", column="labels")
    make("mine", "a,0\nb,1\n", "\ufeffno\n\nyes\n")
    make("stars", "a,0\nb,1\nc,2\n", "1\n2\n3\n")
    make("broken", "a,0\nb,2\n", "no\nyes\n")
    make("one", "a,0\n", "no\n")
    (tmp_path / "notes").mkdir()
    return tmp_path


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with serving_hub() as hub:
        ask_only(hub, tmp_path, monkeypatch)
        yield hub


def publish(hub, name, texts, labels, extra=()):
    """Puts a data set on the Hub in the form that it has there: in two files to train on, and one to test on."""
    known = HUB_SETS[name]
    frame = pl.DataFrame({known.text_column: texts, known.label_column: labels, **dict(extra)})
    files = {}
    for split, pattern in (("train", known.train), ("test", known.test)):
        parts = [frame[:1], frame[1:]] if split == "train" and "*" in pattern else [frame]
        for number, part in enumerate(parts):
            content = io.BytesIO()
            (part.write_parquet if pattern.endswith(".parquet") else part.write_ndjson)(content)
            files[pattern.replace("*", f"{number:05}-of-{len(parts):05}")] = content.getvalue()
    return hub.commit(known.repository, files)


def words_of(documents):
    return [" ".join(documents.words(i)) for i in range(len(documents))]


def test_a_folder_of_that_form_is_a_name(sets):
    found = ["ag_news", "broken", "feelings", "goemotions", "mine", "one", "stars", "yelp5"]
    assert list_named(sets) == found
    with pytest.raises(DataError, match="there is no such folder"):
        list_named(sets / "missing")


def test_train_and_test_have_the_names_of_the_classes(sets):
    for documents in read_named("ag_news", sets):
        assert documents.class_names == ("World", "Sports", "Business")
        assert documents.labels.tolist() == [0, 1, 2, 1]
        assert (documents.name, documents.kind) == ("ag_news", "categorical")
    assert find_named("ag_news", sets).revision is None


def test_labels_are_positions_even_where_the_names_are_numbers(sets):
    train, _ = read_named("stars", sets)
    assert (train.class_names, train.labels.tolist()) == (("1", "2", "3"), [0, 1, 2])
    train, _ = read_named("stars", sets, classes=["3", "low=1+2"], kind="ordered")
    assert (train.class_names, train.labels.tolist()) == (("low", "3"), [0, 0, 1])


def test_classes_are_kept_in_the_order_asked(sets):
    train, test = read_named("ag_news", sets, classes=("Sports", "rest=World+Business"))
    assert train.class_names == test.class_names == ("Sports", "rest")
    assert words_of(train) == ["a w", "b s", "c b", "d s"]
    assert train.labels.tolist() == [1, 0, 1, 0]
    train, _ = read_named("ag_news", sets, classes=("Sports", "World"))
    assert words_of(train) == ["a w", "b s", "d s"]


def test_a_column_labels_means_several_labels(sets):
    for name, classes in (("goemotions", 3), ("feelings", 2)):
        train, _ = read_named(name, sets)
        assert (train.kind, train.labels.shape[1]) == ("multilabel", classes)
    train, test = read_named("goemotions", sets, classes=["joy", "fear"], neither=0.0)
    assert (words_of(train), words_of(test)) == (["a", "d"], ["a", "d"])
    assert train.labels.tolist() == [[True, True], [False, True]]
    assert words_of(read_named("goemotions", sets, classes=["joy", "fear"])[0]) == ["a", "b", "c", "d"]


def test_a_well_known_name_knows_its_kind_and_others_are_told(sets):
    assert KNOWN_KINDS["imdb"] == KNOWN_KINDS["amazon_multi_domain"] == "ordered"
    assert read_named("yelp5", sets)[0].kind == "ordered"
    assert read_named("mine", sets)[0].kind == "categorical"
    assert read_named("mine", sets)[0].class_names == ("no", "yes")
    assert read_named("mine", sets, kind="ordered")[1].kind == "ordered"


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("agnews", {}, DataError, "no data set is named 'agnews'; did you mean 'ag_news'?"),
        ("notes", {}, DataError, "no data set is named 'notes'"),
        ("goemotions", {"kind": "categorical"}, DataError, "'0 1' is none of the 3 classes"),
        ("broken", {}, DataError, r"train.csv.gz, row 2: the label '2' is none of the 2 classes"),
        ("one", {}, DataError, r"classes.txt: these are not two or more distinct class names"),
        ("ag_news", {"classes": ("Sport", "World")}, DataError, "did you mean 'Sports'"),
        ("stars", {"classes": ("mid=1+3", "2"), "kind": "ordered"}, DataError, "'mid' and '2' interleave"),
        ("ag_news", {"neither": 0.5}, OptionError, "neither: only multilabel documents"),
    ],
)
def test_sets_that_cannot_be_read(sets, name, options, error, message):
    with pytest.raises(error, match=message):
        read_named(name, sets, **options)


@pytest.mark.parametrize(
    "content", [b"", b"text,label\na,0\nb,1\n", gzip.compress(b"text,labels\n\xff,0\n" * 9, mtime=0)[:-9]]
)
def test_a_table_that_cannot_be_opened_is_named(sets, content):
    (sets / "mine" / "train.csv.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"train\.csv\.gz"):
        read_named("mine", sets)


def test_the_option_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("SLOWFOLD_DATA", "there")
    assert data_folder(Path("here")) == Path("here")
    assert data_folder() == Path("there")
    monkeypatch.setenv("SLOWFOLD_DATA", "")
    assert data_folder() is None


def test_progress_goes_over_both_files_to_the_whole(sets):
    told: list[float] = []
    find_named("ag_news", sets).read(progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert any(0.4 < share < 0.6 for share in told)


# --- the Hub ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(HUB_SETS))
def test_every_set_of_the_hub_is_read_with_its_classes_and_kind(hub, tmp_path, name):
    known = HUB_SETS[name]
    last = len(known.class_names) - 1
    several = known.kind == "multilabel"
    labels = [[0, last], [], [last]] if several else [0, last, 1]
    # What else stands in the files is not read: titles, ids, the labels in words.
    sha = publish(hub, name, ["so good", "bad", "fine"], labels, extra={"title": ["t"] * 3, "id": [7, 8, 9]}.items())
    found = find_named(name)
    assert found.revision == sha
    train, test = found.read()
    for documents in (train, test):
        assert words_of(documents) == ["so good", "bad", "fine"]
        assert (documents.class_names, documents.kind, documents.name) == (known.class_names, known.kind, name)
        got = [np.flatnonzero(row).tolist() for row in documents.labels] if several else documents.labels.tolist()
        assert got == labels


def test_the_folder_comes_before_the_hub_unless_a_revision_is_asked_for(hub, sets):
    sha = publish(hub, "ag_news", ["far away", "and off"], [0, 3])
    assert find_named("ag_news", sets).revision is None
    assert hub.requests == []
    found = find_named("ag_news", sets, revision=sha)
    assert (found.revision, len(found.read()[0])) == (sha, 2)
    assert find_named("ag_news").revision == sha


def test_a_name_that_is_nowhere_is_refused_without_asking(hub, sets):
    for folder in (None, sets):
        with pytest.raises(DataError, match="no data set is named 'dbpedia_41'; did you mean 'dbpedia_14'"):
            find_named("dbpedia_41", folder)
    assert hub.requests == []


def test_a_hub_that_refuses_names_the_folder_as_the_way_out(hub, sets):
    with pytest.raises(DataError, match=r"imdb .*put imdb/train\.csv\.gz, .* name that with --data-dir"):
        read_named("imdb", sets)


def test_nothing_heavy_is_loaded_before_it_is_needed():
    program = (
        "import sys, slowfold.text\n"
        "heavy = {'torch', 'pyarrow', 'huggingface_hub', 'tokenizers', 'ray'} & set(sys.modules)\n"
        "assert not heavy, f'loaded with slowfold.text: {sorted(heavy)}; import them where they are used'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- natural sets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "train", "test", "classes"),
    [("ag_news", 57_162, 7_600, 4), ("sst5", 8_538, 2_210, 5), ("goemotions", 42_910, 5_427, 28)],
)
def test_natural_sets_are_read_whole(data_dir, name, train, test, classes):
    documents = read_named(name, data_dir)
    assert tuple(len(part) for part in documents) == (train, test)
    assert len(documents[0].class_names) == classes
    encoded = documents[0].to_corpus(max_length=20)
    assert encoded.corpus.lengths.max() == 20
    assert encoded.cut > 0
    assert encoded.dropped == 0


def test_the_folder_and_the_hub_name_the_same_classes(data_dir):
    both = set(list_named(data_dir)) & set(HUB_SETS)
    assert both
    for name in both:
        found = find_named(name, data_dir)
        assert (found.class_names, found.kind) == (HUB_SETS[name].class_names, HUB_SETS[name].kind)


def test_emotions_are_split_with_the_share_of_each(data_dir):
    train, _ = read_named("goemotions", data_dir)
    corpus = train.to_corpus().corpus
    kept, held_out = corpus.split(0.1, seed=0)
    assert len(kept) + len(held_out) == len(corpus)
    expected = np.maximum(1, np.rint(0.1 * corpus.labels.sum(axis=0)))
    assert np.abs(held_out.labels.sum(axis=0) - expected).max() <= 1
