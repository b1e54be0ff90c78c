"""Labels and the classes that they come to be: in which order, known beforehand, chosen, joined and renamed."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError
from slowfold.text.reading.classes import order_groups, parse_classes
from slowfold.text.reading.labels import Labels, is_number, spell
from text_files import ROWS, csv_of, json_lines_of, labels_of, outcome, parquet_of, read, refusal, texts_of


@pytest.fixture
def write(tmp_path):
    def write(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


# Which classes there are


@pytest.mark.parametrize(
    "values", [[1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], ["1", "1", "0", "0"], ["1.0", "1", "0", "0.00"]]
)
def test_labels_are_numbers_however_files_store_them(write, values):
    texts = [text for text, _ in ROWS]
    rows = list(zip(texts, values, strict=True))
    for path in (
        write(parquet_of(pl.DataFrame({"text": texts, "label": values})), "a.parquet"),
        write(json_lines_of(rows), "a.jsonl"),
        write(csv_of(rows), "a.csv"),
    ):
        documents = read(path)
        assert documents.class_names == ("0", "1")
        assert labels_of(documents) == ["1", "1", "0", "0"]


def test_classes_stand_in_the_order_of_numbers_where_all_are_numbers(write):
    rows = [("a", label) for label in ("10", "9", "-1", "2.5")] * 3
    assert read(write(csv_of(rows))).class_names == ("-1", "2.5", "9", "10")
    rows += [("a", "b")] * 2
    assert read(write(csv_of(rows))).class_names == ("-1", "10", "2.5", "9", "b")


def test_ordered_classes_are_numbers_by_value(write):
    rows = [("a", "4.0"), ("b", "1"), ("c", "4"), ("d", "10"), ("e", "1.0"), ("f", "1e1")]
    documents = read(write(csv_of(rows)), kind="ordered")
    assert documents.class_names == ("1", "4", "10")
    assert documents.labels.tolist() == [1, 0, 1, 2, 0, 2]
    assert documents.kind == "ordered"
    message = refusal(write(csv_of([*rows, ("g", "good"), ("h", "good")])), kind="ordered")
    assert "row 7: the label 'good' is no number" in message
    for word in ("nan", "inf", "1_0"):
        assert "is no number" in refusal(write(csv_of([*rows, ("g", word)] * 2)), kind="ordered")


@given(st.integers(-(10**6), 10**6), st.integers(0, 3))
def test_a_number_is_spelled_in_one_way(value, zeros):
    for kind in ("categorical", "ordered", "multilabel"):
        assert spell(f"{value}.{'0' * (zeros + 1)}", kind) == str(value)
        assert spell(spell(str(value), kind), kind) == str(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_ordered_spellings_keep_the_value(value):
    assert is_number(repr(value))
    assert float(spell(repr(value), "ordered")) == value


def test_a_file_to_test_on_keeps_the_numbers_of_the_classes(write):
    names = ("yes", "perhaps", "no")
    assert read(write("text,label\nbad,no\n"), class_names=names).labels.tolist() == [2]
    assert read(write("text,label\nbad,2\n"), class_names=names).labels.tolist() == [2]
    assert "row 2: the label 'yess' is none of the 3 classes; did you mean 'yes'" in refusal(
        write("text,label\nbad,no\nfine,yess\n"), class_names=names
    )
    stars = ("1", "3", "5")
    assert read(write("text,label\na,5.0\n"), class_names=stars).labels.tolist() == [2]
    assert "row 1: the label '0'" in refusal(write("text,label\na,0\n"), class_names=stars)


@pytest.mark.parametrize("batch_bytes", [1, 1000])
def test_names_and_positions_do_not_mix_in_a_file(write, batch_bytes):
    path = write("text,label\na,yes\nb,no\nc,0\nd,no\n")
    message = refusal(path, class_names=("no", "yes"), batch_bytes=batch_bytes)
    assert "row 3: the label '0' is a position where 'yes' before it is a name" in message


def test_a_label_seen_only_in_test(write):
    path = write("text,label\na,x\nb,z\n")
    assert "row 2: the label 'z' is none of the 2 classes" in refusal(path, class_names=("x", "y"), held_out=True)
    assert outcome(path, classes=["x", "y"], held_out=True) == (("x", "y"), [("a", "x")])
    assert "no document belongs to these classes" in refusal(path, classes=["v", "w"], held_out=True)


# Which classes are kept


def test_classes_are_kept_in_the_order_asked(write):
    rows = [(f"{name} {i}", name) for i in range(3) for name in ("World", "Sports", "Business")]
    documents = read(write(csv_of([*rows, ("x", "Lone")])), classes=["Sports", "Business"])
    assert documents.class_names == ("Sports", "Business")
    assert labels_of(documents) == ["Sports", "Business"] * 3
    assert all(
        text.startswith(label.lower()) for text, label in zip(texts_of(documents), labels_of(documents), strict=True)
    )
    for classes, message in [
        (["Sport", "World"], "no class is named 'Sport'; did you mean 'Sports'?"),
        (["World", "World"], "not two or more distinct classes"),
        (["World"], "not two or more distinct classes"),
        (["World+Sports", "Sports"], "'Sports' is named twice"),
        (["a=World", "a=Sports"], "'a' is named twice"),
        (["World+Sprots", "Business"], "no class is named 'Sprots'; did you mean 'Sports'?"),
        (["=World", "Sports"], "the entry '' names no classes"),
        (["a=", "Sports"], "the entry 'a' names no classes"),
        (["World++Sports", "Business"], "names no classes"),
        ({"a": [], "b": ["World"]}, "the entry 'a' names no classes"),
    ]:
        assert message in refusal(write(csv_of(rows)), classes=classes)
        if "no class is named" in message:
            assert message in refusal(write(csv_of(rows)), classes=classes, class_names=["World", "Sports", "Business"])


def test_documents_that_are_left_out_need_no_text(write):
    path = write("text,label\ngood,x\n,z\nbad,y\n")
    assert outcome(path, classes=["x", "y"], held_out=True) == (("x", "y"), [("good", "x"), ("bad", "y")])
    assert "row 2: the text is empty" in refusal(path)


STARS = csv_of([(f"text {i}", str(i % 5 + 1)) for i in range(20)])


@pytest.mark.parametrize("kind", ["categorical", "ordered"])
@pytest.mark.parametrize(
    ("classes", "names", "kept"),
    [
        (["1", "3", "5"], ("1", "3", "5"), "135"),
        (["1+2", "4+5"], ("1+2", "4+5"), "1245"),
        (["negative=1+2", "3.0", "positive=4.0+5"], ("negative", "3.0", "positive"), "12345"),
        ({"negative": ["1", "2"], "positive": ["4", "5"]}, ("negative", "positive"), "1245"),
    ],
)
def test_stars_are_grouped_and_renamed(write, kind, classes, names, kept):
    for known in (None, ("1", "2", "3", "4", "5")):
        documents = read(write(STARS), classes=classes, kind=kind, class_names=known)
        assert documents.class_names == names
        assert texts_of(documents) == [f"text {i}" for i in range(20) if str(i % 5 + 1) in kept]
        group = {star: position for position, stars in enumerate([kept[:2], kept[2:]]) for star in stars}
        if len(names) == 2:
            assert documents.labels.tolist() == [group[str(i % 5 + 1)] for i in range(20) if str(i % 5 + 1) in kept]


def test_ordered_groups_stand_in_the_order_of_their_numbers(write):
    documents = read(write(STARS), classes=["good=4+5", "bad=1+2"], kind="ordered")
    assert documents.class_names == ("bad", "good")
    assert read(write(STARS), classes=["good=4+5", "bad=1+2"]).class_names == ("good", "bad")
    assert "interleave" in refusal(write(STARS), classes=["1+5", "3"], kind="ordered")
    words = csv_of([("a", "low"), ("b", "high"), ("c", "middle")] * 2)
    assert read(write(words), classes=["low", "middle", "high"], kind="ordered").class_names == (
        "low",
        "middle",
        "high",
    )


def test_a_class_whose_name_holds_the_signs_of_the_syntax_is_that_class(write):
    rows = [("a", "C++"), ("b", "C"), ("c", "x=1"), ("d", "Java+C"), ("e", "Java")] * 2
    for known in (None, ("C++", "C", "x=1", "Java+C", "Java")):
        path, options = write(csv_of(rows)), {"class_names": known}
        assert outcome(path, classes=["C++", "Java+C"], **options)[1] == [("a", "C++"), ("d", "Java+C")] * 2
        assert (
            outcome(path, classes=["x=1", "C+++Java"], **options)[1]
            == [
                ("a", "C+++Java"),
                ("c", "x=1"),
                ("e", "C+++Java"),
            ]
            * 2
        )
        assert outcome(path, classes=["new=x=1", "old=C+C++"], **options)[0] == ("new", "old")
    assert outcome(path, classes={"Java+C": ["Java", "C"], "C++": ["C++"]})[0] == ("Java+C", "C++")


def test_a_class_is_quoted_where_its_first_document_stands(write):
    rows = [*ROWS, ("hm", "3"), *ROWS]
    for batch_bytes in (1, 1000):
        message = refusal(write(csv_of(rows)), classes=["a=3", "b=yes+no"], batch_bytes=batch_bytes)
        assert "row 5: the class 'a' has one document" in message


@given(st.lists(st.sampled_from(["1", "2", "3", "4"]), min_size=2, max_size=4, unique=True), st.data())
def test_whatever_groups_are_made_are_read_from_their_names(members, data):
    cut = data.draw(st.integers(1, len(members) - 1))
    entries = ["+".join(members[:cut]), "b=" + " + ".join(members[cut:])]
    groups = parse_classes(entries, ["1", "2", "3", "4"], where="here")
    assert list(groups.values()) == [tuple(members[:cut]), tuple(members[cut:])]
    assert order_groups(groups, "categorical", None, where="here") == groups


def test_labels_read_apart_are_labels_read_together():
    labels = Labels("multilabel", groups={"a": ("1", "2"), "b": ("3",)})
    rows = pl.Series(["1 2", "", None, "3 1", "4"])
    assert labels.read(rows).names.to_list() == [["a"], [], [], ["b", "a"], []]
    assert [labels.read(rows[i : i + 1]).names.to_list()[0] for i in range(5)] == labels.read(rows).names.to_list()
    with pytest.raises(DataError, match="the entry '' names no classes"):
        parse_classes([""], [], where="here")
