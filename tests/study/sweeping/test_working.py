"""What one process of a sweep does: nobody else at work, nothing done twice, nothing lost."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from slowfold.errors import DataError, RunError
from slowfold.study import Experiment
from slowfold.study.sweeping.working import LOCKS, Assignment, claimed, folder_of, work_on

TINY = Experiment(
    task="categorical", classes="2", length=6, documents=120, hidden=4, steps=12, starts=6, states_of=10, seed=3
)


def test_a_run_is_done_once(tmp_path):
    seen = []
    order = Assignment(TINY, tmp_path, place=tmp_path, afterwards=seen.append)
    name = work_on(order, 1)
    folder = folder_of(tmp_path, TINY)
    assert name == folder.name
    before = (folder / "summary.json").stat().st_mtime_ns
    assert work_on(order, 1) == name
    assert (folder / "summary.json").stat().st_mtime_ns == before
    assert [run.folder for run in seen] == [folder, folder]


def figures(folder):
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return {name: part for name, part in summary.items() if name != "seconds"}


def test_what_was_begun_is_gone_on_with_and_begun_anew_the_last_time(tmp_path):
    order = Assignment(TINY, tmp_path / "a", place=tmp_path)
    order.out.mkdir()
    work_on(order, 1)
    whole = figures(folder_of(order.out, TINY))
    # As a process leaves it that was killed while it analysed.
    begun = folder_of(order.out, TINY)
    (begun / "summary.json").unlink()
    work_on(order, 1)
    assert figures(begun) == whole
    # As nothing can go on with: what it was asked is not what was begun there.
    (begun / "summary.json").unlink()
    replace(TINY, seed=4).save(begun / "experiment.toml")
    with pytest.raises(RunError, match="started with seed"):
        work_on(order, 2)
    work_on(order, 3)
    assert figures(begun) == whole
    # As a process leaves it that was killed before it had written anything.
    shutil.rmtree(begun)
    begun.mkdir()
    (begun / ".experiment.toml.abc").write_text("half", encoding="utf-8")
    work_on(order, 1)
    assert figures(begun) == whole


def test_where_nothing_but_a_summary_is_there_a_run_is_done_again_if_asked(tmp_path):
    folder = folder_of(tmp_path, TINY)
    work_on(Assignment(TINY, tmp_path, place=tmp_path), 1)
    whole = figures(folder)
    for name in ("analysis.nc", "model.safetensors", "experiment.toml"):
        (folder / name).unlink()
    work_on(Assignment(TINY, tmp_path, place=tmp_path), 1)
    assert not (folder / "analysis.nc").exists()
    seen = []
    again = Assignment(TINY, tmp_path, place=tmp_path, afterwards=seen.append, anew=True)
    work_on(again, 1)
    assert (folder / "analysis.nc").exists()
    assert figures(folder) == whole
    # Once it is whole it is not done again, whatever becomes of what is done afterwards.
    before = (folder / "summary.json").stat().st_mtime_ns
    work_on(again, 2)
    assert (folder / "summary.json").stat().st_mtime_ns == before
    assert len(seen) == 2


def test_a_run_that_cannot_be_done_says_why(tmp_path):
    order = Assignment(Experiment(task="missing.csv"), tmp_path, place=tmp_path)
    with pytest.raises(DataError, match=r"missing\.csv"):
        work_on(order, 1)
    with pytest.raises(RunError, match="all machines share"):
        work_on(Assignment(TINY, tmp_path / "elsewhere", place=tmp_path), 1)


HOLD = """
import sys, time
from pathlib import Path
from slowfold.study.sweeping.working import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_run_belongs_to_one_process_until_that_ends_however_it_ends(tmp_path):
    path = tmp_path / LOCKS / "key"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=f'"process": {holder.pid}'), claimed(path):
            pass
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()
    begin = time.monotonic()
    with claimed(path, patience=20):
        assert time.monotonic() - begin < 20
    with claimed(path):
        pass
