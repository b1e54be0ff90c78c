"""What one process of a sweep does: nobody else at work, nothing done twice, nothing lost."""

import errno
import fcntl
import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from slowfold.errors import DataError, RunError
from slowfold.networks import fit
from slowfold.study import Experiment, pipeline
from slowfold.study.sweeping import working
from slowfold.study.sweeping.additions import Addition
from slowfold.study.sweeping.working import LOCKS, Assignment, claimed, folder_of, work_on, work_on_together

TINY = Experiment(
    task="categorical", classes="2", length=6, documents=120, hidden=4, steps=12, starts=6, states_of=10, seed=3
)


def count(run):
    """Leaves a line in a file for each time it is called."""
    with (run.folder / "count.txt").open("a", encoding="utf-8") as file:
        file.write(f"{run.summary['schema']}\n")


def counted(folder):
    return len((folder / "count.txt").read_text(encoding="utf-8").splitlines())


COUNTED = Addition(count, "count.txt", required=frozenset([TINY]))


def test_a_run_is_done_once_and_so_is_what_stands_beside_it(tmp_path):
    order = Assignment(TINY, tmp_path, place=tmp_path)
    name = work_on(order, 1)
    folder = folder_of(tmp_path, TINY)
    assert name == folder.name
    before = (folder / "summary.json").stat().st_mtime_ns
    assert work_on(order, 1) == name
    more = replace(order, addition=COUNTED)
    assert work_on(more, 1) == work_on(more, 1) == name
    assert (folder / "summary.json").stat().st_mtime_ns == before
    assert counted(folder) == 1


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


def test_what_is_begun_from_nothing_takes_the_place_of_the_rest_once_it_is_finished(tmp_path, monkeypatch):
    order = Assignment(TINY, tmp_path, place=tmp_path)
    work_on(order, 1)
    whole = figures(order.folder)
    (order.folder / "summary.json").unlink()
    left = sorted(path.name for path in order.folder.iterdir())
    analyze = pipeline.analyze

    def fail(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(pipeline, "analyze", fail)
    with pytest.raises(OSError, match="No space left"):
        work_on(order, 3)
    assert sorted(path.name for path in order.folder.iterdir()) == left
    monkeypatch.setattr(pipeline, "analyze", analyze)
    # As a process leaves it that was killed before it put the new run in its place.
    monkeypatch.setattr(working, "_complete", lambda _: None)
    work_on(order, 3)
    assert not (order.folder / "summary.json").exists()
    monkeypatch.undo()
    monkeypatch.setattr(pipeline, "conduct", fail)
    work_on(order, 1)
    assert figures(order.folder) == whole
    assert not list((tmp_path / ".again").iterdir())


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_what_was_begun_is_gone_on_with_however_few_the_attempts(tmp_path, monkeypatch, tries):
    asked = []
    monkeypatch.setattr(pipeline, "conduct", lambda *_, resume, **__: asked.append(resume))
    order = Assignment(TINY, tmp_path, place=tmp_path, tries=tries)
    TINY.save(order.folder / "experiment.toml")
    for attempt in range(1, tries + 1):
        work_on(order, attempt)
        TINY.save(order.folder / "experiment.toml")
    assert asked == [True] if tries == 1 else [True] * (tries - 1) + [False]


@pytest.fixture
def bare(tmp_path):
    """A run of which nothing but the summary is there, and what it says."""
    order = Assignment(TINY, tmp_path, place=tmp_path)
    work_on(order, 1)
    whole = figures(order.folder)
    for path in list(order.folder.iterdir()):
        if path.is_file() and path.name != "summary.json":
            path.unlink()
    return replace(order, addition=COUNTED), whole


def test_where_nothing_but_a_summary_is_there_a_run_is_done_again_if_asked(tmp_path, bare):
    again, whole = bare
    work_on(replace(again, addition=replace(COUNTED, required=frozenset())), 1)
    assert not (again.folder / "analysis.nc").exists()
    work_on(again, 1)
    assert figures(again.folder) == whole
    assert counted(again.folder) == 1
    assert not list((tmp_path / ".again").iterdir())
    # Once it is whole it is not done again, whatever becomes of what stands beside it.
    before = (again.folder / "summary.json").stat().st_mtime_ns
    (again.folder / "count.txt").unlink()
    work_on(again, 2)
    assert (again.folder / "summary.json").stat().st_mtime_ns == before
    assert counted(again.folder) == 1


def test_until_it_is_done_again_the_summary_stays(bare, monkeypatch):
    again, whole = bare
    finish = pipeline._finish

    def fail(*_, **__):
        raise RunError("the machine stops here")

    monkeypatch.setattr(pipeline, "_finish", fail)
    with pytest.raises(RunError, match="stops here"):
        work_on(again, 1)
    assert work_on_together((again, replace(again, experiment=replace(TINY, seed=4))), 1) == (
        "the machine stops here",
        "the machine stops here",
    )
    assert figures(again.folder) == whole
    # What it had come to is gone on with, and what was finished beside it is put in its place.
    monkeypatch.setattr(pipeline, "_finish", finish)
    trained = []
    monkeypatch.setattr(pipeline, "fit", lambda *args, **given: trained.append(given["resume"]) or fit(*args, **given))
    monkeypatch.setattr(working, "_complete", lambda _: None)
    work_on(again, 1)
    assert not (again.folder / "count.txt").exists()
    monkeypatch.undo()
    # As a process leaves it that was killed between the two.
    again.folder.rename(again.out / "former")
    work_on(again, 1)
    assert trained == [True]
    assert figures(again.folder) == whole
    assert counted(again.folder) == 1


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


FULL = """
import resource, signal, sys
from pathlib import Path
from slowfold.errors import RunError
from slowfold.study.sweeping.working import claimed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    with claimed(Path(sys.argv[1])):
        pass
except RunError as error:
    sys.exit(0 if "cannot be written (File too large)" in str(error) else str(error))
sys.exit("written")
"""


def test_a_claim_that_cannot_be_written_down_is_told_in_a_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "key")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_file_system_without_locks_is_told_in_a_line(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with (
        pytest.raises(RunError, match=r"key: cannot be held by one process \(No locks available\)"),
        claimed(tmp_path / "key"),
    ):
        pass


def test_a_place_that_cannot_be_written_is_told_in_a_line(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(RunError, match=r"file/key: cannot be written .*; choose a folder you may write to"),
        claimed(tmp_path / "file" / "key"),
    ):
        pass
