"""The file of a sweep: what it asks for, and one line where it asks wrongly."""

import pytest

from slowfold.errors import OptionError, RunError
from slowfold.study.experiment import Experiment
from slowfold.study.sweeping import Sweep, read_sweep


def write(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_grid_is_every_way_to_choose(tmp_path):
    path = write(
        tmp_path, '[base]\ntask = "categorical"\nhidden = 8\n[grid]\nclasses = [2, 3]\nl2 = [1e-3, 1]\nseed = [0, 1]\n'
    )
    sweep = read_sweep(path)
    asked = {(one.classes, one.l2, one.seed) for one in sweep.experiments}
    assert asked == {(n, l2, seed) for n in ("2", "3") for l2 in (1e-3, 1) for seed in (0, 1)}
    assert {one.hidden for one in sweep.experiments} == {8}
    assert (sweep.name, sweep.repeated) == ("sweep", 0)


def test_entries_stand_on_the_base_and_each_goes_through_the_grid(tmp_path):
    text = (
        '[base]\ntask = "categorical"\n[grid]\nseed = [0, 1]\n'
        '[[runs]]\ncell = "lstm"\n[[runs]]\ntask = "ordered"\nclasses = "5"\n'
    )
    asked = [(one.task, one.cell, one.classes, one.seed) for one in read_sweep(write(tmp_path, text)).experiments]
    assert asked == [
        ("categorical", "lstm", None, 0),
        ("categorical", "lstm", None, 1),
        ("ordered", "gru", "5", 0),
        ("ordered", "gru", "5", 1),
    ]


def test_what_is_asked_for_twice_is_done_once(tmp_path):
    text = '[base]\ntask = "categorical"\n[[runs]]\nl2 = 1\n[[runs]]\nl2 = 1.0\n[[runs]]\nseed = 0\n[[runs]]\n'
    sweep = read_sweep(write(tmp_path, text))
    assert (len(sweep.experiments), sweep.repeated) == (2, 2)
    assert Sweep.of("none", []).experiments == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "asks for nothing"),
        ("[base]\n", "the task is missing"),
        ('[base]\ntask = "categorical"\nhiden = 8\n', "there is no option 'hiden'"),
        ('[base]\ntask = "categorical"\nhidden = "many"\n', "hidden: 'many' is no value"),
        ('[base]\ntask = "categorical"\ncell = "rnn"\n', "choose from gru"),
        ('[base]\ntask = "categorical"\nsteps = 0\n', "--steps: 0 is out of range"),
        ('[base]\ntask = "categorical"\nclasses = true\n', "classes: True is no value"),
        ('[base]\ntask = "categorical"\n[grid]\nseed = []\n', "[grid], seed: has no values"),
        ('[base]\ntask = "categorical"\n[grid]\nseed = 3\n', "[grid], seed: is no list"),
        ('[base]\ntask = "categorical"\n[grid]\nseeds = [3]\n', "there is no option 'seeds'"),
        ('[bases]\ntask = "categorical"\n', "did you mean 'base'"),
        ('base = "categorical"\n', "is no table"),
        ('runs = "categorical"\n', "is no list of tables"),
        ('runs = []\n[base]\ntask = "categorical"\n', "has no runs"),
        ('[base]\ntask = "categorical"\n[grid]\nl2 = [1.0]\n[[runs]]\nl2 = 2.0\n', "l2 stands in [grid], too"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, text, told):
    with pytest.raises(OptionError) as caught:
        read_sweep(write(tmp_path, text))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_slip_of_the_pen_is_no_million_runs(tmp_path):
    many = ", ".join(map(str, range(1000)))
    with pytest.raises(OptionError, match="1,000,000 runs"):
        read_sweep(
            write(
                tmp_path, f'[base]\ntask = "a"\n[grid]\nseed = [{many}]\nhidden = [{many.replace("0,", "1000,", 1)}]\n'
            )
        )


@pytest.mark.parametrize("text", ["[base\n", "= 3"])
def test_what_is_no_toml_is_said(tmp_path, text):
    with pytest.raises(RunError, match="TOML"):
        read_sweep(write(tmp_path, text))
    with pytest.raises(RunError, match="TOML"):
        read_sweep(tmp_path / "missing.toml")


def test_the_order_of_options_does_not_matter(tmp_path):
    one = read_sweep(write(tmp_path, '[base]\ntask = "ordered"\nl2 = 0.1\nseed = 2\n')).experiments
    assert one == (Experiment(task="ordered", seed=2, l2=0.1),)
