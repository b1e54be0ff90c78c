"""The command line: what was asked is done, and what was asked wrongly ends in one line and exit code 2."""

import re
import shutil
from pathlib import Path

import pytest

from slowfold.cli import main
from slowfold.report.tables import network_facts
from slowfold.study import open_run

QUICK = [
    "--length",
    "10",
    "--documents",
    "600",
    "--hidden",
    "12",
    "--steps",
    "60",
    "--starts",
    "20",
    "--states-of",
    "30",
]


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.csv"
    rows = [
        f"a {word} film {row % 5},{stars}"
        for row in range(30)
        for word, stars in (("good", 5), ("fair", 3), ("bad", 1))
    ]
    path.write_text("\n".join(["text,stars", *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "runs" / "one"
    assert main(["run", "categorical", "--classes", "3", *QUICK, "--out", str(folder)]) == 0
    return folder


def test_a_run_leaves_a_report_and_says_where(finished, capsys):
    assert main(["report", str(finished)]) == 0
    told = capsys.readouterr().out
    assert told.rstrip().splitlines()[-1] == str(finished / "report.html")
    assert told.startswith("This network")
    assert "test accuracy" in told
    assert (finished / "report.html").stat().st_size > 100_000
    assert open_run(finished).summary["seconds"]["report"] > 0


def test_a_network_that_has_not_learned_is_said_to_have_not_learned(tmp_path, capsys):
    asked = ["run", "categorical", *QUICK, "--out", str(tmp_path / "run")]
    asked[asked.index("--steps") + 1] = "1"
    assert main([*asked, "--learning-rate", "1e-6"]) == 0
    assert "has not learned" in " ".join(capsys.readouterr().out.split()[:5])


def test_runs_are_listed(finished, capsys):
    assert main(["list", str(finished.parent)]) == 0
    told = capsys.readouterr().out
    assert "one" in told
    assert "gru" in told
    assert main(["list", str(finished / "nothing")]) == 0
    assert "no finished runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--cell", "lstm"], "LSTM, 12 units; the state has 24"),
        (["--cell", "lstm", "--readout", "state"], "LSTM, 12 units; the state has 24, all of which are read"),
        (["--cell", "ugrnn"], "UGRNN, 12 units"),
        (["--cell", "vanilla", "--layers", "2"], "VANILLA, 2 layers of 12 units; the state has 24"),
    ],
)
def test_every_cell_is_trained_and_reported_on(options, told, tmp_path, capsys):
    quick = [*QUICK]
    quick[quick.index("--steps") + 1] = "10"
    assert main(["run", "categorical", *quick, *options, "--out", str(tmp_path / "run")]) == 0
    assert dict(network_facts(open_run(tmp_path / "run")))["Cell"] == told
    assert (tmp_path / "run" / "report.html").stat().st_size > 100_000


def test_an_unknown_cell_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["run", "categorical", "--cell", "gur"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("gru", "lstm", "ugrnn", "vanilla"))


def test_a_damaged_run_does_not_hide_the_others(finished, tmp_path, capsys):
    shutil.copytree(finished, tmp_path / "runs" / "whole")
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / "summary.json").write_text("{}", encoding="utf-8")
    assert main(["list", str(tmp_path / "runs")]) == 0
    told = capsys.readouterr()
    assert "whole" in told.out
    assert "broken" in told.err


def test_an_interrupted_run_goes_on_as_its_message_says(finished, tmp_path, capsys):
    part = tmp_path / "part"
    part.mkdir()
    shutil.copy(finished / "experiment.toml", part)
    assert main(["report", str(part)]) == 2
    cure = capsys.readouterr().err.strip().split("finish it with slowfold ")[1]
    assert main(cure.split()) == 0
    first, again = open_run(finished).summary, open_run(part).summary
    assert {**first, "seconds": None} == {**again, "seconds": None}


def test_an_experiment_is_repeated_from_its_file(finished, tmp_path):
    asked = finished / "experiment.toml"
    assert main(["run", str(asked), "--out", str(tmp_path / "again")]) == 0
    first, again = open_run(finished).summary, open_run(tmp_path / "again").summary
    assert {**first, "seconds": None} == {**again, "seconds": None}
    assert (tmp_path / "again" / "experiment.toml").read_text() == asked.read_text()


def test_predicting_needs_no_training(reviews, capsys):
    assert main(["predict", str(reviews), "--label-column", "stars", "--ordered"]) == 0
    told = capsys.readouterr().out
    assert "good" in told
    assert re.search(r"ask for [12]\.\d\d dimensions", " ".join(told.split()))
    assert not list(Path(reviews).parent.glob("runs*"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "missing.csv"], "missing.csv"),
        (["run", "nonsense"], "no synthetic language"),
        (["run", "categorical", "--steps", "0"], "--steps"),
        (["run", "categorical", "--layers", "0"], "--layers"),
        (["run", "categorical", "--classes", "a,b"], "--classes"),
        (["run", "categorical", "--ordered"], "--ordered"),
        (["run", "categorical", "--resume"], "--out"),
        (["run", "missing.toml"], "missing.toml"),
        (["report", "nowhere"], "nowhere"),
        (["walk"], "there is no such command"),
        (["predict", "missing.parquet"], "missing.parquet"),
    ],
)
def test_what_is_asked_wrongly_ends_in_one_line(arguments, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("reading")]
    assert len(lines) == 1
    assert lines[0].startswith("slowfold: ")
    assert complaint in lines[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", "categorical", "--steps", "many"], ["report"]])
def test_the_parser_refuses_with_the_same_exit_code(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_an_experiment_that_is_repeated_takes_no_other_options(finished, tmp_path, capsys):
    assert main(["run", str(finished / "experiment.toml"), "--hidden", "8", "--out", str(tmp_path / "x")]) == 2
    assert "--hidden" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_an_existing_folder_is_refused_and_left_alone(finished, capsys):
    before = {path.name: path.stat().st_mtime_ns for path in finished.iterdir()}
    assert main(["run", "categorical", *QUICK, "--out", str(finished)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert {path.name: path.stat().st_mtime_ns for path in finished.iterdir()} == before


def test_debug_shows_where(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="nonsense"):
        main(["run", "nonsense", "--debug"])


def test_too_little_memory_is_said_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "categorical", "--documents", "99999999999"]) == 2
    assert "not enough memory" in capsys.readouterr().err


def test_an_interruption_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("slowfold.study.pipeline.fit", interrupt)
    assert main(["run", "categorical", *QUICK]) == 130
    told = capsys.readouterr().err
    assert "go on with slowfold run runs/categorical-gru-001/experiment.toml" in told
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert main(told.split("go on with slowfold ")[1].splitlines()[0].split()) == 0


def test_names_of_runs_are_whole_on_a_narrow_terminal(finished, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    shutil.copytree(finished, tmp_path / "runs" / "categorical-gru-001")
    assert main(["list", str(tmp_path / "runs")]) == 0
    told = capsys.readouterr().out
    assert "categorical-gru-001" in told
    assert max(map(len, told.splitlines())) <= 80


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert re.fullmatch(r"slowfold \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_markup_in_a_message_is_no_markup(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "[red]nonsense[/red]"]) == 2
    assert "[red]nonsense" in capsys.readouterr().err


def test_a_file_learns_and_keeps_its_words_out_if_asked(reviews, tmp_path, capsys):
    folder = tmp_path / "mine"
    asked = ["run", str(reviews), "--label-column", "stars", "--ordered", "--no-text", "--minimum-count", "1"]
    small = ["--steps", "40", "--hidden", "8", "--embedding", "4", "--starts", "10", "--states-of", "9"]
    assert main([*asked, *small, "--out", str(folder)]) == 0
    summary = open_run(folder).summary
    assert summary["task"]["classes"] == ["1", "3", "5"]
    assert summary["task"]["kind"] == "ordered"
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"fair" not in path.read_bytes(), path.name
    capsys.readouterr()


def test_an_error_that_only_speaks_of_memory_is_not_taken_for_a_lack_of_it(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("expected a tensor in contiguous memory format")

    monkeypatch.setattr("slowfold.study.tasks.data_folder", fail)
    with pytest.raises(RuntimeError, match="memory format"):
        main(["predict", "nonsense"])
