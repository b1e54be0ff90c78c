"""``slowfold predict``: one file or many, counts that are merged, a page at the end, or one line that says why not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from slowfold.cli import main
from slowfold.text import WordCounts, count_words, open_counts, open_documents

KINDS = (("good", 5), ("fair", 3), ("bad", 1))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(path: str, kinds=KINDS, rows: int = 30, label: str = "stars") -> str:
    lines = [f"a {word} film {row % 5},{stars}" for row in range(rows) for word, stars in kinds]
    Path(path).write_text("\n".join([f"text,{label}", *lines, ""]), encoding="utf-8")
    return path


def told(capsys) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_file_gives_a_table_and_a_page(capsys):
    assert main(["predict", write("reviews.csv"), "--label-column", "stars", "--ordered"]) == 0
    said = capsys.readouterr().out
    assert said.rstrip().splitlines()[-1] == "predictions/reviews-001.html"
    page = Path("predictions/reviews-001.html").read_text(encoding="utf-8")
    words = " ".join(said.split())
    assert re.match(r"The words of 90 documents ask for [12]\.\d\d dimensions: [12] direction", words)
    for measure in ("evidence of whole documents", "evidence of words", "word frequencies"):
        assert re.search(measure + r" [12]\.\d\d \d 2 of 2 0\.\d\d 0\.\d\d", words)
        assert measure in page
    assert {sign for _, sign in re.findall(r"(good|fair|bad) ([+-])\d", words)} == {"+", "-"}
    assert "first 400 words" in words


def test_pages_are_numbered_and_none_is_written_over(capsys):
    for number in (1, 2):
        assert main(["predict", "categorical", "--documents", "200"]) == 0
        assert told(capsys).endswith(f"predictions/categorical-00{number}.html")
    assert main(["predict", "categorical", "--documents", "200", "--out", "predictions/categorical-001.html"]) == 2
    assert "--out: is there already" in capsys.readouterr().err
    assert main(["predict", "categorical", "--documents", "200", "--out", "mine.html"]) == 0
    assert told(capsys).endswith("mine.html")
    for folder in ("pages/", "pages"):
        assert main(["predict", "categorical", "--documents", "200", "--out", folder]) == 0
    assert sorted(path.name for path in Path("pages").iterdir()) == ["categorical-001.html", "categorical-002.html"]


def test_shards_counted_apart_and_merged_are_one_pass(capsys):
    write("a.csv", KINDS[:2], rows=12)
    write("b.csv", KINDS[1:], rows=7)
    write("c.csv", KINDS[2:], rows=20)
    for name in "abc":
        assert main(["predict", f"{name}.csv", "--label-column", "stars", "--save-counts", f"{name}.counts"]) == 0
    said = capsys.readouterr().out
    # The last shard has a single class, which foretells nothing by itself.
    assert "lack a class" in said
    assert said.rstrip().splitlines()[-1] == "c.counts"
    one = count_words(open_documents("?.csv", label_column="stars"))
    assert WordCounts.merge(open_counts(f"{name}.counts") for name in "cab") == one
    assert main(["predict", "b.counts", "c.counts", "a.counts", "--save-counts", "all.counts"]) == 0
    assert open_counts("all.counts") == one
    said = told(capsys)
    # A pattern that no shell has expanded.
    assert main(["predict", "?.counts", "--out", "merged.html"]) == 0
    assert "The words of 58 documents" in told(capsys)
    assert "The words of 58 documents" in said
    assert "evidence of whole documents" not in said
    assert "chance is not measured" in said


def test_many_files_are_read_as_one(capsys):
    for name, kinds in (("a", KINDS[:2]), ("b", KINDS[1:])):
        write(f"{name}.csv", kinds)
    for asked in (["a.csv", "b.csv"], ["*.csv"]):
        assert main(["predict", *asked, "--label-column", "stars"]) == 0
        assert "The words of 120 documents" in told(capsys)


def test_several_labels_a_document_are_each_set_against_the_rest(capsys):
    words = {"good": ("so good", "rather bad"), "long": ("and long", "but short")}
    lines = list[str]()
    for n in range(120):
        labels = {"good": n % 2 > 0, "long": n % 3 > 0}
        text = " ".join(words[name][0 if has else 1] for name, has in labels.items())
        lines.append(f"{text},{' '.join(name for name, has in labels.items() if has)}")
    Path("a.csv").write_text("\n".join(["text,labels", *lines, ""]), encoding="utf-8")
    assert main(["predict", "a.csv", "--multilabel"]) == 0
    assert re.search(r"evidence of whole documents (1\.9|2\.0)\d 2 2 of 2", told(capsys))


def test_words_can_be_kept_out(capsys):
    write("a.csv", (("verysecretword", 1), ("another", 2)))
    assert main(["predict", "a.csv", "--label-column", "stars", "--no-text", "--out", "page.html"]) == 0
    assert "verysecretword" not in capsys.readouterr().out
    page = Path("page.html").read_text(encoding="utf-8")
    assert "verysecretword" not in page
    assert "holds no words" in page


def test_chance_can_be_left_out(capsys):
    write("a.csv")
    assert main(["predict", "a.csv", "--label-column", "stars", "--permutations", "0"]) == 0
    assert "Not measured" in Path("predictions/a-001.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["missing.csv"], "missing.csv"),
        (["nonsense"], "no synthetic language"),
        (["a.csv", "categorical"], "categorical is no file"),
        (["a.csv", "a.counts"], "a.csv is no file of word counts"),
        (["a.counts"], "a.counts: there is no such file"),
        (["a.counts", "--ordered"], "--ordered: does not apply to word counts"),
        (["a.counts", "--ray"], "--ray: does not apply to word counts"),
        (["a.csv", "--test", "b.csv"], "--test: does not apply to slowfold predict"),
        (["a.csv", "--wordpiece", "100"], "--wordpiece: does not apply to slowfold predict"),
        (["a.csv", "--length", "5"], "--length: does not apply"),
        (["categorical", "--ray"], "--ray: does not apply to a synthetic language"),
        (["a.csv", "--permutations", "5"], "--permutations: 5 cannot tell"),
        (["a.csv"], "no column is named 'label'"),
        (["a.csv", "--label-column", "stars", "--save-counts", "a.csv/x.counts"], "cannot be written"),
        (["a.csv", "--label-column", "stars", "--save-counts", "x"], "x does not end in .counts; call it x.counts"),
        (["a.csv", "--no-text", "--save-counts", "x.counts"], "--no-text: does not go with --save-counts"),
        (["a.csv", "--label-column", "stars", "--out", "page"], "--out: page is no page; call it page.html, or page/"),
        (["*.counts"], "*.counts: no file matches"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, complaint, capsys):
    write("a.csv")
    assert main(["predict", *arguments]) == 2
    said = capsys.readouterr()
    assert complaint in said.err
    assert said.err.strip().splitlines()[-1].startswith("slowfold: ")
    assert "Traceback" not in said.err
    assert not Path("predictions").exists()


RAY = """
import signal
from pathlib import Path
from slowfold.cli import main
from slowfold.text import count_words, open_counts, open_documents
from slowfold.on_ray import ray_running

def handled(*_): ...

signal.signal(signal.SIGTERM, handled)
with ray_running() as ray:
    assert signal.getsignal(signal.SIGTERM) is handled
    assert main(["predict", "*.csv", "--label-column", "stars", "--ray", "--save-counts", "all.counts"]) == 0
    assert open_counts("all.counts") == count_words(open_documents("?.csv", label_column="stars"))
    Path("b.csv").write_text(Path("b.csv").read_text() + "no stars\\n")
    assert main(["predict", "*.csv", "--label-column", "stars", "--ray"]) == 2
    assert ray.is_initialized()
assert not ray.is_initialized()
assert signal.getsignal(signal.SIGTERM) is handled
"""


def test_files_are_counted_by_ray_as_in_one_pass():
    pytest.importorskip("ray")
    write("a.csv", KINDS[:2])
    write("b.csv", KINDS[1:])
    # In a process of its own: Ray leaves threads and files behind that pytest would blame on a later test.
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", RAY], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "The words of 120 documents" in said
    assert "2 of 2" in said
    assert "b.csv, row 61: the number of fields is 1, not 2" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_without_ray_one_line_says_how_to_install_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["predict", write("a.csv"), "--label-column", "stars", "--ray"]) == 2
    assert 'pip install "slowfold[sweep]"' in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before
