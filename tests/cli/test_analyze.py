"""``slowfold analyze``: a network trained elsewhere, from its folder to a report in one command."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from slowfold.cli import main

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "train_by_hand.py"
QUICK = ["--starts", "8", "--states-of", "20"]


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder that the example makes, and the command that it names."""
    folder = tmp_path_factory.mktemp("examples") / "by hand"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLE), str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    # A path may hold spaces, and what is told is there to be copied.
    return folder, shlex.split(done.stdout)


def test_a_network_trained_by_hand_is_analysed_by_the_one_command_it_names(
    by_hand: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, (program, *words) = by_hand
    assert program == "slowfold"
    assert main([*words, *QUICK, "--out", str(tmp_path / "run")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("This network adds up evidence for 2 classes")
    assert told.rstrip().splitlines()[-1] == str(tmp_path / "run" / "report.html")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["accuracy"]["test"] > 0.95
    assert summary["task"]["classes"] == ["bad", "good"]
    assert summary["network"]["l2"] is None
    assert f"read from {folder.name}/network" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_words_are_kept_out_if_asked(by_hand: tuple[Path, list[str]], tmp_path: Path) -> None:
    _, (_, *words) = by_hand
    assert main([*words, *QUICK, "--no-text", "--out", str(tmp_path / "run")]) == 0
    for path in (tmp_path / "run").iterdir():
        assert b"dull" not in path.read_bytes(), path.name


def test_what_is_missing_or_does_not_match_is_one_line(
    by_hand: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    network = str(by_hand[0] / "network")
    (tmp_path / "other.csv").write_text("text,label\nwords of another kind,1\nmore of them,2\n" * 3, encoding="utf-8")
    for words, said in (
        ([network], "name them, as in --corpus reviews.csv"),
        ([network, "--corpus", "missing.csv"], "missing.csv"),
        ([network, "--corpus", "other.csv"], "other.csv"),
        ([str(tmp_path), "--corpus", "other.csv"], "model.safetensors"),
    ):
        assert main(["analyze", *words]) == 2
        complaint = capsys.readouterr().err.splitlines()[-1]
        assert complaint.startswith("slowfold: ")
        assert said in complaint
    assert [path.name for path in tmp_path.iterdir()] == ["other.csv"]
