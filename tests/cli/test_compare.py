"""``slowfold compare``: a table and a page, or one line that says why not."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from slowfold.cli import main
from slowfold.cli.compare import CompareCommand
from slowfold.networks import Classifier
from slowfold.study import analyze
from slowfold.text import categorical


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs that differ in their cell."""
    train, test = categorical(classes=3, length=8).sample(240, seed=0).split(test=0.25, seed=0)
    folder = tmp_path_factory.mktemp("compare")
    for cell in ("gru", "ugrnn"):
        network = Classifier.build(train, cell=cell, hidden=6, seed=0)
        analyze(network, train, test, folder=folder / cell, starts=16, states_of=30)
    return folder / "gru", folder / "ugrnn"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_two_runs_make_a_table_and_a_page(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *map(str, runs)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("2 networks that differ in cell: ")
    for run in runs:
        accuracy = json.loads((run / "summary.json").read_text(encoding="utf-8"))["accuracy"]["test"]
        assert any(line.split()[:2] == [run.name, f"{accuracy:.3f}"] for line in told.splitlines())
    assert told.rstrip().splitlines()[-1] == "comparisons/categorical-001.html"
    page = Path("comparisons/categorical-001.html").read_text(encoding="utf-8")
    assert "2 networks that differ in cell" in page


@pytest.mark.parametrize("width", [36, 60, 140])
def test_the_table_fits_a_narrow_terminal(runs: tuple[Path, Path], width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    CompareCommand(runs=tuple(map(str, runs)), out="pages/").execute(console, Console(file=io.StringIO()))
    *lines, path = out.getvalue().rstrip().splitlines()
    assert max(map(len, lines)) <= width
    assert path.startswith("pages/categorical-")
    assert ("saddles" in out.getvalue()) == (width >= 76)


def test_what_cannot_be_compared_is_one_line(
    runs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unfinished = tmp_path / "part"
    unfinished.mkdir()
    (unfinished / "experiment.toml").write_text('task = "categorical"\n', encoding="utf-8")
    taken = tmp_path / "taken.html"
    shutil.copy(__file__, taken)
    first, second = map(str, runs)
    for words, said in (
        ([], "name the folders of two runs or more"),
        ([first], "one run has nothing beside it"),
        ([first, first], "is named twice"),
        ([first, "nowhere"], "nowhere: there is no run"),
        ([first, str(unfinished)], "the run is not finished"),
        ([first, second, "--out", str(taken)], "--out: is there already"),
        ([first, second, "--out", "page"], "call it page.html"),
        ([first, second, "--nut", "page"], "no such option"),
    ):
        assert main(["compare", *words]) == 2
        error = capsys.readouterr().err.strip().splitlines()
        assert said in error[-1]
    assert not Path("comparisons").exists()
