"""Runs that are trained side by side: which ones, what they come to, and what is wrong with one of them."""

import json
from dataclasses import replace

import pytest

from slowfold.errors import OptionError
from slowfold.on_ray import Attempt
from slowfold.study import Experiment, Run, conduct
from slowfold.study.pipeline import conduct_together
from slowfold.study.sweeping import FAILURES, JOURNAL, Sweep, conduct_sweep, folder_of, many
from slowfold.study.sweeping.companions import find_companions

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
            except OptionError as error:
                yield Attempt(part, number, None, str(error), given_up=number == needs.tries)


def test_a_sweep_of_populations_does_what_is_left_run_by_run(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "attempt_each", serially)
    asked = (ONE, replace(ONE, seed=1), replace(ONE, hidden=5), replace(ONE, hidden=5, batch_size=5000))
    news = []
    kept = []
    swept = conduct_sweep(
        Sweep("pairs", asked),
        tmp_path,
        together=2,
        afterwards=lambda run: kept.append(run.name),
        tell=lambda told: news.append((told.what, told.run)),
    )
    names = [folder_of(tmp_path, one).name for one in asked]
    assert sorted(swept.finished) == sorted(names[:3]) == sorted(kept)
    assert [failure.run for failure in swept.failed] == names[3:]
    assert (tmp_path / FAILURES).exists()
    assert {("begun", name) for name in names} <= set(news)
    assert ("failed", names[3]) in news
    lines = [json.loads(line) for line in (tmp_path / JOURNAL).read_text(encoding="utf-8").splitlines()]
    assert [line["outcome"] for line in lines if line["run"] == names[0]] == ["finished"]
    # What is finished is not done again.
    again = conduct_sweep(Sweep("pairs", asked[:3]), tmp_path, together=2)
    assert (again.before, again.finished) == (3, ())


def test_together_is_a_number_above_0(tmp_path):
    with pytest.raises(OptionError, match="--together"):
        conduct_sweep(Sweep("none", ()), tmp_path, together=0)
