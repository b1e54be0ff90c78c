"""Runs that are trained side by side: which ones, what they come to, and what is wrong with one of them."""

import json
from dataclasses import replace

import pytest

from slowfold.errors import OptionError, RunError, one_line
from slowfold.on_ray import Attempt
from slowfold.storage import write_json, write_toml
from slowfold.study import Experiment, Run, conduct, pipeline
from slowfold.study.pipeline import conduct_together
from slowfold.study.sweeping import (
    CATALOGUE,
    FAILURES,
    JOURNAL,
    Addition,
    Sweep,
    Todo,
    conduct_sweep,
    folder_of,
    many,
    read_catalogue,
    read_failures,
    what_is_left,
)
from slowfold.study.sweeping.companions import find_companions
from slowfold.study.sweeping.working import LOCKS, Assignment, claimed, work_on_together

ONE = Experiment(
    task="categorical", classes="2", length=6, documents=200, hidden=6, steps=8, starts=4, states_of=10, batch_size=16
)


def test_shapes_and_lengths_decide_and_nothing_else():
    asked = [
        ONE,
        replace(ONE, seed=1, l2=1e-2, learning_rate=1e-3, classes="3"),
        replace(ONE, hidden=7),
        replace(ONE, task="ordered", classes="3"),
        replace(ONE, steps=9),
        replace(ONE, cell="lstm"),
        Experiment(task="ag_news"),
        Experiment(task="yelp5"),
        Experiment(task="ag_news", seed=1),
        replace(ONE, seed=2),
    ]
    assert find_companions(asked, 9) == [(0, 1, 3, 9), (2,), (4,), (5,), (6, 8), (7,)]
    assert find_companions(asked, 3) == [(0, 1, 3), (2,), (4,), (5,), (6, 8), (7,), (9,)]
    assert find_companions([], 4) == []


def figures(run):
    return {
        "accuracy": run.summary["accuracy"],
        "dimension": run.summary["dimension"]["visited"]["participation_ratio"],
        "losses": [measured.loss for measured in run.metrics],
    }


def test_runs_together_leave_what_each_would_alone_and_a_bad_one_costs_no_other(tmp_path):
    asked = [ONE, replace(ONE, seed=1, batch_size=5000), replace(ONE, seed=2, classes="3")]
    folders = [tmp_path / str(number) for number in range(3)]
    # One of them was begun by itself, and had come as far as its documents.
    folders[2].mkdir()
    asked[2].save(folders[2] / "experiment.toml")
    with pytest.raises(OptionError, match="batch_size"):
        list(conduct_together(asked, folders))
    ended = dict(conduct_together(asked[::2], folders[::2]))
    for place, number in enumerate((0, 2)):
        together, alone = ended[place], conduct(asked[number], folder=tmp_path / f"alone-{number}")
        assert isinstance(together, Run)
        expected = figures(alone)
        assert figures(together)["losses"] == pytest.approx(expected["losses"], abs=1e-4)
        assert figures(together)["dimension"] == pytest.approx(expected["dimension"], abs=1e-2)
        names = {path.name for path in alone.folder.iterdir()}
        assert {path.name for path in together.folder.iterdir()} == names


def serially(work, parts, needs, *, address=None, until=None, beginning=lambda _part, _number: None):
    """What Ray does, in this process."""
    for part, assigned in enumerate(parts):
        for number in range(1, needs.tries + 1):
            beginning(part, number)
            try:
                yield Attempt(part, number, work(assigned, number))
                break
            except (OptionError, OSError) as error:
                yield Attempt(part, number, None, one_line(error), given_up=number == needs.tries)


def test_a_sweep_of_populations_does_what_is_left_run_by_run(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    asked = (ONE, replace(ONE, seed=1), replace(ONE, hidden=5), replace(ONE, hidden=5, batch_size=5000))
    news = []
    swept = conduct_sweep(
        Sweep("pairs", asked), tmp_path, together=2, tell=lambda told: news.append((told.what, told.run))
    )
    names = [folder_of(tmp_path, one).name for one in asked]
    assert sorted(swept.finished) == sorted(names[:3])
    assert [failure.run for failure in swept.failed] == names[3:]
    assert (tmp_path / FAILURES).exists()
    assert {("begun", name) for name in names} <= set(news)
    assert ("failed", names[3]) in news
    lines = [json.loads(line) for line in (tmp_path / JOURNAL).read_text(encoding="utf-8").splitlines()]
    assert [line["outcome"] for line in lines if line["run"] == names[0]] == ["finished"]
    # What is finished is not done again.
    again = conduct_sweep(Sweep("pairs", asked[:3]), tmp_path, together=2)
    assert (again.before, again.finished) == (3, ())


def test_what_stands_beside_runs_is_made_of_finished_ones_too_and_tried_again_where_it_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    asked = tuple(replace(ONE, seed=seed) for seed in range(3))
    names = [folder_of(tmp_path, one).name for one in asked]
    full = tmp_path / "full"
    full.touch()

    def write(run):
        if run.name == names[0] and full.exists():
            raise OSError("the disk is full")
        (run.folder / "note.txt").touch()

    conduct_sweep(Sweep("one", asked[:1]), tmp_path)
    note, all_three = Addition(write, "note.txt"), Sweep("three", asked)
    assert list(what_is_left(all_three, tmp_path, note).values()) == [Todo.ADD, Todo.RUN, Todo.RUN]
    swept = conduct_sweep(all_three, tmp_path, together=3, addition=note)
    assert (swept.before, sorted(swept.finished)) == (0, sorted(names[1:]))
    (failure,) = read_failures(tmp_path)
    assert (failure.run, failure.error) == (names[0], "OSError: the disk is full")
    assert list(what_is_left(all_three, tmp_path, note)) == [asked[0]]
    full.unlink()
    # What is finished by itself, and all of it in a population of which one fails.
    again = conduct_sweep(all_three, tmp_path, together=3, addition=note)
    assert (again.before, again.finished, again.failed) == (2, (names[0],), ())
    assert read_failures(tmp_path) == ()


def test_an_error_that_nobody_foresaw_costs_one_run_of_a_population(tmp_path, monkeypatch):
    asked = [replace(ONE, seed=seed) for seed in range(3)]
    finish = pipeline._finish

    def finish_most(prepared, *args, **given):
        if prepared.experiment.seed == 0:
            raise ArithmeticError("did not\nconverge")
        return finish(prepared, *args, **given)

    monkeypatch.setattr(pipeline, "_finish", finish_most)
    told = work_on_together(tuple(Assignment(one, tmp_path, place=tmp_path) for one in asked), 1)
    assert told == ("ArithmeticError: did not converge", None, None)


def test_who_is_at_work_is_known_to_a_sweep_that_has_nothing_to_do(tmp_path):
    with claimed(tmp_path / LOCKS / "key"):
        conduct_sweep(Sweep("none", ()), tmp_path)
        with pytest.raises(RunError, match="in use"), claimed(tmp_path / LOCKS / "key"):
            pass


def test_together_is_a_number_above_0(tmp_path):
    with pytest.raises(OptionError, match="--together"):
        conduct_sweep(Sweep("none", ()), tmp_path, together=0)


@pytest.mark.parametrize("together", [1, 2])
def test_what_is_not_seen_from_here_is_a_failure(tmp_path, monkeypatch, together):
    monkeypatch.setattr(many, "attempt_each", serially)
    monkeypatch.setattr(many, "_UNSEEN", 0.0)
    # As a machine does whose folder of this name is another one.
    monkeypatch.setattr(many, "work_on", lambda assignment, _: assignment.folder.name)
    monkeypatch.setattr(many, "work_on_together", lambda group, _: (None,) * len(group))
    asked = (ONE, replace(ONE, seed=1))
    swept = conduct_sweep(Sweep("two", asked), tmp_path, together=together)
    assert swept.finished == ()
    assert [failure.run for failure in swept.failed] == [folder_of(tmp_path, one).name for one in asked]
    assert all("is not seen from here" in failure.error for failure in read_failures(tmp_path))
    lines = [json.loads(line) for line in (tmp_path / JOURNAL).read_text(encoding="utf-8").splitlines()]
    assert [line["outcome"] for line in lines] == ["lost"] * 2 * (together - 1) + ["failed"] * 2


def test_what_is_seen_late_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    monkeypatch.setattr(many, "_LOOK", 0.0)
    looks = []

    def todo_of(*_):
        looks.append(None)
        # Asked before anything is begun, then four times before it is there.
        return Todo.RUN if len(looks) < 6 else Todo.NOTHING

    monkeypatch.setattr(many, "todo_of", todo_of)
    monkeypatch.setattr(many, "work_on", lambda assignment, _: assignment.folder.name)
    assert len(conduct_sweep(Sweep("one", (ONE,)), tmp_path).finished) == 1
    assert len(looks) == 6


def test_what_was_given_up_stands_until_it_is_finished(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    bad, other, good = replace(ONE, batch_size=5000), replace(ONE, batch_size=6000), ONE
    name = {one: folder_of(tmp_path, one).name for one in (bad, other, good)}
    conduct_sweep(Sweep("bad", (bad,)), tmp_path)
    conduct_sweep(Sweep("other", (other,)), tmp_path)
    assert [failure.run for failure in read_failures(tmp_path)] == [name[bad], name[other]]

    def stop(*_, **__):
        raise OptionError("no Ray")

    with monkeypatch.context() as patched:
        patched.setattr(many, "attempt_each", stop)
        with pytest.raises(OptionError, match="no Ray"):
            conduct_sweep(Sweep("bad", (bad, good)), tmp_path)
    assert [failure.run for failure in read_failures(tmp_path)] == [name[bad], name[other]]
    # What fails once more is told once, and what fails no longer is not told.
    assert len(conduct_sweep(Sweep("bad", (bad,)), tmp_path).failed) == 1
    assert len(read_failures(tmp_path)) == 2
    monkeypatch.setattr(many, "work_on", lambda assignment, _: good_as(assignment, tmp_path))
    assert conduct_sweep(Sweep("bad", (bad,)), tmp_path).failed == ()
    assert [failure.run for failure in read_failures(tmp_path)] == [name[other]]
    # Finished by whatever else.
    good_as(Assignment(other, tmp_path), tmp_path)
    conduct_sweep(Sweep("nothing", ()), tmp_path)
    assert not (tmp_path / FAILURES).exists()
    (tmp_path / FAILURES).write_text('{"run": 3}', encoding="utf-8")
    with pytest.raises(RunError, match=r"failures\.jsonl: cannot be read .*; remove it"):
        conduct_sweep(Sweep("nothing", ()), tmp_path)


def good_as(assignment, out):
    write_json(folder_of(out, assignment.experiment) / "summary.json", {"schema": 1})


def test_a_run_of_another_version_is_in_nobodys_way(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    older = tmp_path / "runs" / "older"
    write_json(older / "summary.json", {"schema": 1})
    write_toml(older / "experiment.toml", {"task": "categorical", "gone_option": 3})
    swept = conduct_sweep(Sweep("one", (ONE,)), tmp_path)
    assert len(swept.finished) == 1
    table, wrong = read_catalogue(tmp_path)
    assert table["run"].to_list() == list(swept.finished)
    assert ["gone_option" in str(error) for error in wrong] == [True]


def test_a_disk_that_is_full_is_told_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    (tmp_path / JOURNAL).mkdir()
    (tmp_path / CATALOGUE).mkdir()
    with pytest.raises(RunError, match=r"journal\.jsonl: cannot be written \(Is a directory\)"):
        conduct_sweep(Sweep("one", (ONE,)), tmp_path)
    assert what_is_left(Sweep("one", (ONE,)), tmp_path) == {}
    with pytest.raises(RunError, match=r"catalogue\.parquet: cannot be written \(Is a directory\)"):
        conduct_sweep(Sweep("one", (ONE,)), tmp_path)


def test_rows_of_an_earlier_sweep_are_not_encoded_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    monkeypatch.setattr(many, "_BETWEEN", -1.0)
    tables = []
    monkeypatch.setattr(many, "write_catalogue", lambda table, path: tables.append(table) or path)
    # The corners of classes and those of combinations: lists of two kinds in one column.
    for name, corners in (("a", [1.0, 2.0]), ("b", [[1.0, 2.0]])):
        write_json(tmp_path / "runs" / name / "summary.json", {"schema": 1, "corners": corners})
    swept = conduct_sweep(Sweep("one", (ONE,)), tmp_path)
    assert len(tables) == 2
    for table in tables:
        rows = {row["run"]: row["corners"] for row in table.to_dicts()}
        assert rows == {"a": "[1.0, 2.0]", "b": "[[1.0, 2.0]]", swept.finished[0]: None}
