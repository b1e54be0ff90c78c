"""The command explain: a table that fits a terminal, and one clear line where there is nothing to explain."""

import io
import re
import shutil

import pytest
import torch
from rich.console import Console

from slowfold.cli.explain import ExplainCommand
from slowfold.errors import DataError, NetworkError, RunError
from slowfold.networks import Classifier
from slowfold.storage import write_json
from slowfold.text import Corpus, Vocabulary

WORDS = ("<unk>", "good", "bad", "excellent", "the", "film")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run as far as explaining goes: a network, and a summary that says that it is finished."""
    return run_of(tmp_path_factory.mktemp("explain") / "run", ("no", "yes", "[bold]maybe[/bold]"))


def run_of(folder, classes):
    corpus = Corpus.from_tokens([[1]], [0], Vocabulary(WORDS, unknown=0), classes)
    network = Classifier.build(corpus, hidden=6, embedding=5, seed=3)
    with torch.no_grad():
        network.embedding.weight.mul_(20)
    network.save(folder)
    write_json(folder / "summary.json", {"schema": 1})
    return folder


def told(folder, text, *, width=80, **options):
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    ExplainCommand(run=str(folder), text=text, **options).execute(console, Console(file=io.StringIO()))
    return out.getvalue()


def rows_of(answer):
    """The rows below the head of the table, cell by cell; columns stand at least two spaces apart."""
    lines = answer.splitlines()
    begin = next(number for number, line in enumerate(lines) if set(line.strip()) == {"─"})
    rows = [re.split(r" {2,}", line.strip()) for line in lines[begin + 1 :]]
    return [row for row in rows if len(row) > 1]


def test_the_table_fits_eighty_columns_and_adds_up(folder):
    answer = told(folder, "The good film, the bad film")
    assert max(map(len, answer.splitlines())) <= 80
    assert answer.splitlines()[0].split(" with ")[0] in ("no", "yes", "[bold]maybe[/bold]")
    rows = rows_of(answer)
    assert [row[0] for row in rows[:7]] == ["the", "good", "film", ", (?)", "the", "bad", "film"]
    sums = {row[0].split(" (")[0]: float(row[1]) for row in rows[7:]}
    assert sum(float(row[3]) for row in rows[:7]) == pytest.approx(sums["all words"], abs=0.04)
    parts = sums["without any word"] + sums["all words"] + sums["not linear"]
    assert parts == pytest.approx(sums["in all"], abs=0.021)


def test_bars_point_to_the_sign(folder):
    for row in rows_of(told(folder, "The good film, the bad film"))[:7]:
        value, bar = float(row[3]), row[4]
        assert "-" not in bar if value > 0.05 else True
        assert "+" not in bar if value < -0.05 else True


def test_every_class_has_a_column_and_names_are_no_markup(folder):
    answer = told(folder, "good film", classes=True, width=100)
    assert "[bold]maybe[/bold]" in answer
    assert rows_of(answer)[-1][0] == "probability"
    assert sum(float(cell.rstrip("%")) for cell in rows_of(answer)[-1][1:]) == pytest.approx(100, abs=0.2)


def test_of_many_classes_the_likeliest_have_columns(tmp_path):
    run = run_of(tmp_path / "many", tuple(f"class {number}" for number in range(14)))
    answer = told(run, "good film", classes=True)
    assert max(map(len, answer.splitlines())) <= 80
    assert "the 5 likeliest of 14 classes" in " ".join(answer.split())
    assert answer.split(" with ")[0] in answer.partition("\n")[2]


def test_unknown_words_are_marked_and_near_ones_suggested(folder):
    answer = told(folder, "an exellent goood xqzw vbnm film exellent")
    assert "exellent (?)" in answer
    assert "(?) 'exellent' is not among the words of the network; did you mean 'excellent'?" in answer
    assert "(?) 'an' is not among the words of the network\n" in answer
    assert answer.rstrip().endswith("(?) nor are 2 words more")


def test_of_a_long_text_the_most_telling_words_are_shown(folder):
    text = "the " * 70 + "good"
    short = rows_of(told(folder, text))
    assert len(short) == 40 + 1 + 4
    assert short[40][0] == "31 words more"
    assert len(rows_of(told(folder, text, all=True))) == 71 + 4
    shown = sum(float(row[3]) for row in short[:41])
    assert shown == pytest.approx(float(short[42][1]), abs=0.2)


def test_a_text_of_ten_thousand_words_is_explained(folder, monkeypatch):
    # With annotations checked at each of so many steps it would take minutes.
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    answer = told(folder, "the good film was bad " * 2_000)
    assert "9,960 words more" in answer


def test_a_text_can_come_from_standard_input(folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("good film\nbad"))
    assert [row[0] for row in rows_of(told(folder, "-"))[:3]] == ["good", "film", "bad"]


def test_a_word_of_any_length_leaves_the_table_whole(folder):
    answer = told(folder, f"good {'x' * 500}")
    assert [row[0] for row in rows_of(answer)[:2]] == ["good", f"{'x' * 19}… (?)"]
    assert max(len(line) for line in answer.splitlines() if "(?)" not in line[:3]) <= 80


def test_what_cannot_be_explained_ends_in_one_line(folder, tmp_path):
    with pytest.raises(DataError, match="the text has no word"):
        told(folder, "  ")
    with pytest.raises(RunError, match="there is no run"):
        told(tmp_path / "nowhere", "good")
    wordless = tmp_path / "wordless"
    shutil.copytree(folder, wordless)
    (wordless / "vocabulary.json").unlink()
    with pytest.raises((NetworkError, RunError), match="vocabulary") as caught:
        told(wordless, "good")
    assert "\n" not in str(caught.value)
