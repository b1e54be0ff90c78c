"""The command sweep, as far as it goes without Ray: what it refuses, and what it says a sweep will take."""

from pathlib import Path

import pytest
from rich.console import Console

from slowfold.cli.machines import Machines, duration
from slowfold.cli.sweep import SweepCommand
from slowfold.cli.watching import _View
from slowfold.errors import OptionError, RunError
from slowfold.study import Experiment
from slowfold.study.sweeping import FAILURES, Failure, News, Swept, folder_of, read_sweep
from study.claims.made_up import keep

TINY = """
[base]
task = "categorical"
classes = 2
length = 6
documents = 120
hidden = 4
steps = 12
starts = 6
states_of = 10
[grid]
seed = [0, 1, 2]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


def said(command):
    console, progress = Console(record=True, width=100, file=None), Console(record=True, width=100, stderr=True)
    command.execute(console, progress)
    return console.export_text(), progress.export_text()


def test_a_dry_run_says_what_there_is_to_do_and_leaves_nothing(file, tmp_path, monkeypatch):
    # In this process: that a trial has one of its own is for its memory's sake.
    from slowfold.study.sweeping import estimating

    monkeypatch.setattr(estimating, "_apart", estimating.try_out)
    told, progress = said(SweepCommand(file=file, out=tmp_path / "out", dry_run=True, machines=Machines(workers=2)))
    assert "3, of which 0 are finished" in told
    assert "with 2 at once" in told
    assert "1 trials" in told
    assert "MiB" in told
    assert "processor time" in told
    assert "trial 1 of 1" in progress
    assert not (tmp_path / "out").exists()


def test_how_many_cores_a_cluster_has_is_not_asked_for_a_dry_run(file):
    with pytest.raises(OptionError, match=r"--address: .*; give --workers too"):
        said(SweepCommand(file=file, dry_run=True, machines=Machines(address="auto")))


@pytest.mark.parametrize(
    "options",
    [{"workers": 0}, {"threads": 0}, {"together": 0}, {"gpus_per_run": -1.0}, {"gpus_per_run": float("nan")}],
    ids=str,
)
def test_machines_out_of_range_are_refused(file, options):
    ((name, value),) = options.items()
    with pytest.raises(OptionError, match=rf"--{name.replace('_', '-')}: {value} is out of range; give [01] or more"):
        said(SweepCommand(file=file, machines=Machines(**options)))


def test_a_number_of_retries_below_0_is_refused(file):
    with pytest.raises(OptionError, match="--retries: -1 is out of range"):
        said(SweepCommand(file=file, retries=-1))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(RunError, match=r"missing\.toml"):
        said(SweepCommand(file=tmp_path / "missing.toml"))


def pretend(monkeypatch, failed=()):
    from slowfold.study import sweeping

    def conduct(sweep, out, *, tell, needs, address, together, addition):
        for experiment in sweep.experiments:
            tell(News("begun", "a", experiment, 1))
            tell(News("finished", "a", experiment, 1))
        return Swept(Path(out), 1, ("a", "b"), tuple(failed))

    monkeypatch.setattr(sweeping, "conduct_sweep", conduct)


def test_what_was_done_is_told(file, tmp_path, monkeypatch):
    pretend(monkeypatch)
    told, progress = said(SweepCommand(file=file, out=tmp_path / "out"))
    assert "2 runs are finished; 1 had been before" in told
    assert "catalogue.parquet" in told
    assert progress.count("finished a") == 3


def test_the_runs_themselves_stand_in_a_table_at_the_end(file, tmp_path, monkeypatch):
    pretend(monkeypatch)
    own, other = read_sweep(file).experiments, Experiment(task="categorical", classes="7", l2=0.1, seed=9)
    keep((*own, other), tmp_path / "out")
    told, _ = said(SweepCommand(file=file, out=tmp_path / "out"))
    assert [folder_of(tmp_path, experiment).name in told for experiment in (*own, other)] == [True, True, True, False]


def test_a_long_table_ends_in_how_to_see_the_rest(tmp_path, monkeypatch):
    pretend(monkeypatch)
    file = tmp_path / "long.toml"
    file.write_text(TINY.replace("[0, 1, 2]", str(list(range(30)))), encoding="utf-8")
    keep(read_sweep(file).experiments, tmp_path / "out")
    told, _ = said(SweepCommand(file=file, out=tmp_path / "out"))
    assert told.count("-gru-") == 24
    assert f"and 6 more: slowfold list {tmp_path / 'out'}" in told


def test_runs_that_failed_end_in_one_line_and_a_cure(file, tmp_path, monkeypatch):
    pretend(monkeypatch, [Failure("key", "a", 3, "there is not enough memory", {})])
    with pytest.raises(RunError, match=rf"{FAILURES}: 1 of 3 runs failed; see there why"):
        said(SweepCommand(file=file, out=tmp_path / "out"))


def test_whoever_looks_on_sees_what_is_at_work(tmp_path):
    experiment = Experiment(task="categorical", classes="3", seed=4)
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    (folder / "metrics.jsonl").write_text('{"step": 41, "accuracy": 0.5}\n{"step": 42, "accuracy": 0.625}\n')
    view = _View(tmp_path, runs=3, before=1)
    for news in (
        News("begun", "a", experiment, 2),
        News("begun", "b", experiment, 1),
        News("lost", "b", experiment, 1, "the process was lost"),
    ):
        view.tell(news)
    console = Console(record=True, width=120)
    console.print(view.render())
    shown = console.export_text()
    assert "1/3" in shown
    assert "42" in shown
    assert "0.625" in shown
    assert "1 attempts lost" in shown
    assert "classes 3, seed 4" in shown


@pytest.mark.parametrize(("seconds", "told"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2.0 h")])
def test_times_are_read_easily(seconds, told):
    assert duration(seconds) == told
