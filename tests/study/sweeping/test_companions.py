"""Runs that are trained side by side: which ones, what they come to, and what is wrong with one of them."""

import json
from dataclasses import replace

import pytest

from slowfold.errors import OptionError, RunError, one_line
from slowfold.on_ray import Attempt
from slowfold.study import Experiment, Run, conduct, pipeline
from slowfold.study.pipeline import conduct_together
from slowfold.study.sweeping import (
    FAILURES,
    JOURNAL,
    Addition,
    Sweep,
    Todo,
    conduct_sweep,
    folder_of,
    many,
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
