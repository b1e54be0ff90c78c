"""What the command line does not know is told in one line, with what is near it; help says nothing empty."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest
import tyro
from rich.console import Console

from slowfold.cli import main
from slowfold.cli.listing import ListCommand
from slowfold.cli.machines import Machines
from slowfold.cli.parsing import Command, parse
from slowfold.cli.predict import PredictCommand, Reading
from slowfold.cli.reproduce import ReproduceCommand
from slowfold.cli.run import RunCommand
from slowfold.cli.sweep import SweepCommand
from slowfold.study import Experiment


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("slowfold: ")
    return line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["run", "a.csv", "--label", "stars"],
            "--label: slowfold run has no such option; did you mean '--label-column'?",
        ),
        (["run", "--label", "stars", "a.csv"], "'--label-column'"),
        (["run", "a.csv", "--lable-column=stars"], "'--label-column'"),
        (["run", "a.csv", "--label_colum", "stars"], "--label-colum: slowfold run has no such option"),
        (["predict", "a.csv", "--permutation", "9"], "'--permutations'"),
        (["report", "runs/a", "--xyzzy"], "--xyzzy: slowfold report has no such option; there are '--debug', '--help'"),
        (["run", "a.csv", "b.csv"], "b.csv: is one word too many; see slowfold run --help"),
        (["predict", "a.csv", "--wordpiece", "9"], "--wordpiece: does not apply to slowfold predict; leave it out"),
        (["analyze", "net", "--corpus", "a.csv", "--ordered"], "--ordered: does not apply to slowfold analyze"),
        (["repotr", "runs/a"], "repotr: there is no such command; did you mean 'report'"),
    ],
)
def test_what_is_not_known_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in complaint(arguments, capsys)
    assert list(tmp_path.iterdir()) == []


def test_options_may_be_written_in_all_usual_ways(capsys: pytest.CaptureFixture[str]) -> None:
    for written in (["--label-column", "stars"], ["--label-column=stars"], ["--label_column", "stars"]):
        assert "missing.csv" in complaint(["predict", "missing.csv", *written], capsys)


@pytest.mark.parametrize("command", ["run", "predict", "analyze", "report", "list"])
def test_help_shows_what_applies_and_nothing_empty(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert not ended.value.code
    said = capsys.readouterr().out
    assert "None" not in said
    assert "(default: )" not in said
    shown = set(re.findall(r"--[a-z-]+", said))
    assert ("--wordpiece" in shown) == ("--test" in shown) == (command == "run")
    assert ("--ordered" in shown) == (command in ("run", "predict"))
    # What stands for something is still said.
    assert ("(default: 0)" in said) == (command in ("run", "predict", "analyze"))


@dataclass(frozen=True, kw_only=True)
class Sail:
    """A part of a part."""

    sheets: int = 1
    colour: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A part."""

    sail: tyro.conf.OmitArgPrefixes[Sail] = field(default_factory=Sail)
    masts: int | None = 2
    crew: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Boat:
    """A command whose parts have defaults of its own."""

    rig: tyro.conf.OmitArgPrefixes[Rig] = field(
        default_factory=lambda: Rig(sail=Sail(sheets=7, colour="red"), masts=None, crew=("Ann",))
    )

    def execute(self, console: Console, complaints: Console) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["reproduce"], ReproduceCommand()),
        (["reproduce", "--threads", "2"], ReproduceCommand(machines=Machines(together=4, threads=2))),
        (["reproduce", "--together", "2"], ReproduceCommand(machines=Machines(together=2))),
        (["sweep", "a.toml"], SweepCommand(file=Path("a.toml"))),
        (["run", "a.csv"], RunCommand(experiment=Experiment(task="a.csv"))),
        (["predict", "a.csv"], PredictCommand(tasks=("a.csv",), source=Reading())),
        (["list"], ListCommand()),
        (["boat"], Boat()),
        (["boat", "--masts", "3"], Boat(rig=Rig(sail=Sail(sheets=7, colour="red"), masts=3, crew=("Ann",)))),
        (["boat", "--sheets", "3"], Boat(rig=Rig(sail=Sail(sheets=3, colour="red"), masts=None, crew=("Ann",)))),
    ],
)
def test_what_is_not_given_is_as_the_command_has_it_in_its_parts_too(words: list[str], asked: Command) -> None:
    others: dict[str, type[Command]] = {"sweep": SweepCommand, "list": ListCommand}
    assert asdict(parse(words, {**others, words[0]: type(asked)}, description="")) == asdict(asked)
