"""A task is a file, a language or a named set, and options that do not belong to it are refused."""

import gzip

import pytest

from slowfold.errors import DataError, OptionError, SlowfoldError
from slowfold.study import read_task, task_type
from slowfold.study.experiment import Source


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.csv"
    rows = "".join(
        f"{word} film number {row},{label}\n" for row in range(20) for word, label in (("good", 1), ("bad", 0))
    )
    path.write_text("text,label\n" + rows, encoding="utf-8")
    return path


@pytest.fixture
def sets(tmp_path):
    folder = tmp_path / "sets" / "news"
    folder.mkdir(parents=True)
    for name, copies in (("train", 6), ("test", 2)):
        text = "text,label\n" + "".join(
            f"word{label} word{label} the {copy},{label}\n" for copy in range(copies) for label in range(3)
        )
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "classes.txt").write_text("World\nSports\nBusiness\n", encoding="utf-8")
    return folder.parent


def test_what_a_task_is(reviews, tmp_path, monkeypatch):
    assert task_type(str(reviews)) == "file"
    assert task_type("missing.csv") == "file"
    assert task_type("missing.parquet") == "file"
    assert task_type("categorical") == "language"
    assert task_type("ag_news") == "named"
    # A file of that name is meant before a language of that name.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "categorical").write_text("text,label\n", encoding="utf-8")
    assert task_type("categorical") == "file"


def test_the_test_documents_of_a_file_are_a_tenth_of_each_class(reviews):
    task = read_task(Source(task=str(reviews)))
    assert (len(task.train), len(task.test)) == (36, 4)
    assert sorted(task.test.labels.tolist()) == [0, 0, 1, 1]
    assert "seed 0" in " ".join(task.notes)


def test_the_vocabulary_comes_from_the_training_documents_alone(reviews, tmp_path):
    other = tmp_path / "test.csv"
    other.write_text("text,label\nmarvellous marvellous film,1\nbad film,0\n", encoding="utf-8")
    task = read_task(Source(task=str(reviews), test=str(other)))
    assert "marvellous" not in task.train.vocabulary
    assert task.test.vocabulary == task.train.vocabulary
    assert len(task.train) == 40
    assert task.test.words(0) == ["<unk>", "<unk>", "film"]


def test_a_test_file_may_lack_a_class_but_not_bring_one(reviews, tmp_path):
    other = tmp_path / "test.csv"
    other.write_text("text,label\ngood film,1\n", encoding="utf-8")
    assert read_task(Source(task=str(reviews), test=str(other))).test.labels.tolist() == [1]
    other.write_text("text,label\ngood film,7\n", encoding="utf-8")
    with pytest.raises(DataError, match="row 1"):
        read_task(Source(task=str(reviews), test=str(other)))


def test_a_named_set_keeps_the_classes_asked_for_in_their_order(sets):
    task = read_task(Source(task="news", data_dir=str(sets), classes="Sports,World"))
    assert task.train.class_names == task.test.class_names == ("Sports", "World")
    assert (len(task.train), len(task.test)) == (12, 4)


def test_of_a_named_set_so_many_training_documents_are_drawn_and_all_test_documents_stay(sets):
    whole = read_task(Source(task="news", data_dir=str(sets)))
    drawn = [read_task(Source(task="news", data_dir=str(sets), documents=9, seed=seed)) for seed in (0, 0, 1)]
    assert {(len(task.train), len(task.test)) for task in drawn} == {(9, len(whole.test))}
    assert "Of 18 training documents 9 were drawn with seed 1." in drawn[2].notes[0]
    assert drawn[0].train.tokens.tolist() == drawn[1].train.tokens.tolist()
    texts = [{tuple(task.train.words(row)) for row in range(len(task.train))} for task in (whole, *drawn)]
    assert texts[1] != texts[3]
    # What is asked for beyond what there is is all.
    asked = read_task(Source(task="news", data_dir=str(sets), documents=10_000))
    assert len(asked.train) == len(whole.train)
    assert asked.notes == whole.notes


def test_the_classes_of_a_language_can_be_ordered_in_part():
    labels = [
        read_task(Source(task="interpolated", length=10, documents=400, scores="random", shares="natural", order=order))
        for order in (None, 0.3, 1.0)
    ]
    assert labels[0].train.labels.tolist() == labels[1].train.labels.tolist()
    assert labels[0].train.labels.tolist() != labels[2].train.labels.tolist()


def test_documents_that_are_cut_are_counted(sets):
    task = read_task(Source(task="news", data_dir=str(sets), max_length=3))
    assert task.train.lengths.max() == 3
    assert "18 training documents were longer than 3 words and were cut there." in task.notes
    assert "6 test documents were longer than 3 words and were cut there." in task.notes


def test_a_language_takes_a_number_of_classes():
    task = read_task(Source(task="categorical", classes="4", length=7, documents=200))
    assert len(task.train.class_names) == 4
    assert set(task.train.lengths.tolist()) == {7}
    assert len(task.train) + len(task.test) == 200


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"task": "categorical", "ordered": True}, "--ordered"),
        ({"task": "categorical", "label_column": "x"}, "--label-column"),
        ({"task": "categorical", "max_length": 5}, "--max-length"),
        ({"task": "categorical", "classes": "a,b"}, "--classes"),
        ({"task": "categorical", "classes": "1"}, "classes"),
        ({"task": "reviews.csv", "length": 5}, "--length"),
        ({"task": "reviews.csv", "data_dir": "x"}, "--data-dir"),
        ({"task": "news", "text_column": "x"}, "--text-column"),
        ({"task": "news", "test": "x.csv"}, "--test"),
        ({"task": "reviews.csv", "documents": 5}, "--documents"),
        ({"task": "news", "order": 0.5}, "--order"),
        ({"task": "categorical", "order": 0.5}, "--order: does not apply to categorical"),
    ],
)
def test_an_option_that_does_not_apply_says_so(asked, complaint):
    with pytest.raises(OptionError, match=complaint):
        read_task(Source(**asked))


def test_a_number_of_classes_is_refused_for_a_file(reviews):
    with pytest.raises(OptionError, match="name the classes"):
        read_task(Source(task=str(reviews), classes="2"))


def test_an_unknown_task_lists_what_is_near(sets, monkeypatch):
    with pytest.raises(DataError, match="did you mean 'news'"):
        read_task(Source(task="newz", data_dir=str(sets)))
    monkeypatch.delenv("SLOWFOLD_DATA", raising=False)
    with pytest.raises(DataError, match=r"did you mean 'categorical'.*--data-dir"):
        read_task(Source(task="categorial"))


def test_every_complaint_is_one_line(sets):
    with pytest.raises(SlowfoldError) as caught:
        read_task(Source(task="no\nsuch\tset", data_dir=str(sets)))
    assert "\n" not in str(caught.value)


def test_a_test_file_may_have_one_document_of_a_kept_class(reviews, tmp_path):
    other = tmp_path / "test.csv"
    other.write_text("text,label\ngood film,1\nodd film,7\n", encoding="utf-8")
    task = read_task(Source(task=str(reviews), test=str(other), classes="0,1"))
    assert task.test.labels.tolist() == [1]


def test_a_class_that_loses_all_its_documents_is_told_before_training(tmp_path):
    path = tmp_path / "long.csv"
    rows = [f"short text {row},{label}" for row in range(8) for label in "ab"] + ["a rather long text here,c"] * 4
    path.write_text("\n".join(["text,label", *rows, ""]), encoding="utf-8")
    with pytest.raises(DataError, match=r"no training document is left of the class 'c'.*--classes"):
        read_task(Source(task=str(path), max_length=3, longer="drop"))


def test_ordered_classes_keep_their_order(tmp_path):
    path = tmp_path / "stars.csv"
    rows = [f"text {row},{stars}" for row in range(4) for stars in (5, 1, 3, 10)]
    path.write_text("\n".join(["text,label", *rows, ""]), encoding="utf-8")
    assert read_task(Source(task=str(path), ordered=True, classes="10,1,5")).train.class_names == ("1", "5", "10")
    assert read_task(Source(task=str(path), classes="10,1,5")).train.class_names == ("10", "1", "5")
