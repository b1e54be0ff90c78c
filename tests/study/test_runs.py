"""A run folder is whole or says that it is not; a killed run ends with the numbers of one that was not."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from slowfold.errors import DataError, OptionError, RunError, SlowfoldError
from slowfold.study import Experiment, conduct, list_runs, next_folder, open_run, taken_folder
from slowfold.study.runs import resuming


def test_a_run_is_opened_by_its_folder(run):
    opened = open_run(run.folder)
    assert opened.summary == run.summary
    assert opened.name == "small"
    assert [path.name for path in run.folder.iterdir() if path.name.startswith(".")] == []


def test_a_run_knows_what_was_asked(run, experiment):
    assert run.experiment == experiment
    assert [line.step for line in run.metrics] == list(range(1, 121))


def test_latest_is_the_newest(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match="no finished run"):
        open_run("latest")
    for name, when in (("b", 100), ("a", 200)):
        shutil.copytree(run.folder, tmp_path / "runs" / name)
        os.utime(tmp_path / "runs" / name / "analysis.nc", (when, when))
    # A report that is written again does not make its run the newest.
    open_run(tmp_path / "runs" / "b").record_seconds("report", 1.0)
    assert open_run("latest").name == "a"
    # Of some, nothing but the summary was copied here.
    (tmp_path / "runs" / "bare").mkdir()
    shutil.copy(run.folder / "summary.json", tmp_path / "runs" / "bare")
    assert open_run("latest").name == "a"
    assert [one.name for one in list_runs()] == ["a", "b", "bare"]


def test_a_run_that_is_missing_lists_its_neighbours(run):
    with pytest.raises(RunError, match="small"):
        open_run(run.folder.parent / "smal")


def test_an_unfinished_run_says_how_to_finish_it(run, tmp_path):
    (tmp_path / "part").mkdir()
    shutil.copy(run.folder / "experiment.toml", tmp_path / "part")
    with pytest.raises(RunError, match=re.escape(resuming(tmp_path / "part"))):
        open_run(tmp_path / "part")


def test_what_is_told_to_be_typed_can_be_typed(tmp_path):
    words = shlex.split(resuming(tmp_path / "my runs" / "one"))
    assert words[2] == str(tmp_path / "my runs" / "one" / "experiment.toml")
    assert words[3:] == ["--out", str(tmp_path / "my runs" / "one"), "--resume"]


def test_a_run_without_words_has_numbers_for_words(run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run.folder, folder)
    (folder / "vocabulary.json").unlink()
    network = open_run(folder).network
    assert network.vocabulary.words[:2] == ("word 0", "word 1")
    assert network.readout.weight.equal(run.network.readout.weight)
    (folder / "model.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SlowfoldError, match=r"model\.json|vocabulary"):
        _ = open_run(folder).network


def test_a_damaged_analysis_is_refused_in_one_line(run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "run")
    path = tmp_path / "run" / "analysis.nc"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RunError, match=r"analysis\.nc"):
        _ = open_run(tmp_path / "run").analysis


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("summary.json", "{}"),
        ("summary.json", '{"schema": 99}'),
        ("summary.json", "[1"),
        ("vocabulary.json", '{"words": 3}'),
        ("vocabulary.json", "{"),
        ("metrics.jsonl", '{"step": '),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(run, tmp_path, name, text):
    shutil.copytree(run.folder, tmp_path / "run")
    (tmp_path / "run" / name).write_text(text, encoding="utf-8")
    opened = open_run(tmp_path / "run")
    with pytest.raises(SlowfoldError, match=re.escape(name)):
        _ = opened.summary, opened.vocabulary, opened.metrics


def test_folders_are_numbered(tmp_path):
    assert next_folder("ag_news", "gru", tmp_path).name == "ag_news-gru-001"
    (tmp_path / "ag_news-gru-001").mkdir()
    (tmp_path / "ag_news-gru-007").mkdir()
    (tmp_path / "ag_news-lstm-009").mkdir()
    assert next_folder("ag_news", "gru", tmp_path).name == "ag_news-gru-008"
    assert next_folder("some where/my reviews.csv.gz", "gru", tmp_path).name == "my-reviews-gru-001"


def test_of_several_runs_at_once_each_has_a_folder_of_its_own(tmp_path):
    with taken_folder("ag_news", "gru", tmp_path) as one, taken_folder("ag_news", "gru", tmp_path) as other:
        assert (one.name, other.name) == ("ag_news-gru-001", "ag_news-gru-002")
        (other / "experiment.toml").touch()
    # Bad input leaves nothing behind.
    assert [path.name for path in tmp_path.iterdir()] == ["ag_news-gru-002"]


def test_a_folder_that_another_takes_meanwhile_is_left_to_it(tmp_path, monkeypatch):
    found = iter(("ag_news-gru-001", "ag_news-gru-002"))
    (tmp_path / "ag_news-gru-001").mkdir()
    monkeypatch.setattr("slowfold.study.runs.next_folder", lambda _task, _cell, root: root / next(found))
    with taken_folder("ag_news", "gru", tmp_path) as folder:
        assert folder.name == "ag_news-gru-002"


def test_seconds_of_a_later_stage_are_added(run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "run")
    opened = open_run(tmp_path / "run")
    total = opened.summary["seconds"]["total"]
    for seconds in (5.0, 2.0):
        opened.record_seconds("report", seconds)
    again = open_run(tmp_path / "run").summary["seconds"]
    assert again["report"] == 2.0
    assert again["total"] == pytest.approx(total + 2.0)


def test_an_existing_folder_is_left_as_it_is(run, experiment):
    before = sorted(path.name for path in run.folder.iterdir())
    with pytest.raises(RunError, match=r"exists already; choose another folder$"):
        conduct(experiment, folder=run.folder)
    with pytest.raises(RunError, match="finished"):
        conduct(experiment, folder=run.folder, resume=True)
    assert sorted(path.name for path in run.folder.iterdir()) == before


def test_bad_input_leaves_no_folder_behind(tmp_path):
    (tmp_path / "bad.csv").write_text("text,label\ngood,1\n", encoding="utf-8")
    with pytest.raises(DataError):
        conduct(Experiment(task=str(tmp_path / "bad.csv")), folder=tmp_path / "out")
    for device in ("abacus", "meta", "mps", "cuda:99", ""):
        with pytest.raises(OptionError, match="--device"):
            conduct(Experiment(task="categorical", device=device), folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_resuming_needs_a_run_and_the_same_options(run, experiment, tmp_path):
    with pytest.raises(OptionError, match="--out"):
        conduct(experiment, resume=True)
    with pytest.raises(RunError, match="no run to go on with"):
        conduct(experiment, folder=tmp_path / "none", resume=True)
    (tmp_path / "part").mkdir()
    shutil.copy(run.folder / "experiment.toml", tmp_path / "part")
    with pytest.raises(RunError, match=re.escape(resuming(tmp_path / "part"))):
        conduct(experiment, folder=tmp_path / "part")
    with pytest.raises(RunError, match="hidden = 16"):
        conduct(Experiment(**{**vars(experiment), "hidden": 8}), folder=tmp_path / "part", resume=True)
    # A public set notes the commit that was read: that it was not asked for is no other experiment.
    replace(experiment, revision="abc123").save(tmp_path / "part" / "experiment.toml")
    with pytest.raises(RunError, match=f"started with hidden = {experiment.hidden}"):
        conduct(Experiment(**{**vars(experiment), "hidden": 8}), folder=tmp_path / "part", resume=True)


PROGRAM = """
import sys
from slowfold.study import Experiment, conduct
from pathlib import Path
conduct(Experiment.load(Path(sys.argv[1])), folder=sys.argv[2], resume=sys.argv[3] == "resume")
"""


def test_a_run_that_is_killed_ends_with_the_numbers_of_one_that_is_not(experiment, tmp_path):
    longer = Experiment(**{**vars(experiment), "steps": 400})
    longer.save(tmp_path / "asked.toml")

    def start(folder, how):
        arguments = [sys.executable, "-c", PROGRAM, str(tmp_path / "asked.toml"), str(tmp_path / folder), how]
        return subprocess.Popen(arguments, env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"})

    killed = start("killed", "new")
    log = tmp_path / "killed" / "metrics.jsonl"
    # Past the first checkpoint and before the last step.
    while killed.poll() is None and (not log.exists() or log.read_bytes().count(b"\n") < 130):
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    with pytest.raises(RunError, match="not finished"):
        open_run(tmp_path / "killed")
    assert start("killed", "resume").wait() == 0
    assert start("whole", "new").wait() == 0
    resumed, whole = open_run(tmp_path / "killed"), open_run(tmp_path / "whole")
    assert len(resumed.metrics) == len(whole.metrics) == 400
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
    for one in (resumed, whole):
        one.summary.pop("seconds")
    assert json.dumps(resumed.summary) == json.dumps(whole.summary)
