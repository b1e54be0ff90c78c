"""Keys of runs: the same for the same question, another for any other."""

import dataclasses
import re

import pytest

from slowfold.study.experiment import Experiment
from slowfold.study.sweeping.keys import experiment_key, key_of_folder, run_folder_name

BASE = Experiment(task="categorical")


def test_keys_do_not_change_from_one_machine_or_year_to_the_next():
    # Written down once: runs on disk are found again by them.
    asked = Experiment(task="categorical", classes="3", l2=5e-4, seed=1)
    assert experiment_key(asked, of_version="0.1.0") == "5c7036e6eb6e"


def test_every_option_enters_the_key():
    other = {str: "x", int: 7, float: 0.5, bool: True}
    keys = {experiment_key(BASE)}
    for field in dataclasses.fields(Experiment):
        if field.name in ("task", "cell", "scores", "longer", "readout", "l2_scope", "initialisation"):
            continue
        kind = next(
            kind
            for name, kind in (("bool", bool), ("int", int), ("float", float), ("str", str))
            if name in str(field.type)
        )
        value = other[kind]
        changed = Experiment(task="categorical", **{field.name: value})
        keys.add(experiment_key(changed))
    for name, value in (
        ("task", "ordered"),
        ("cell", "lstm"),
        ("scores", "random"),
        ("longer", "drop"),
        ("initialisation", "paper"),
    ):
        keys.add(experiment_key(dataclasses.replace(BASE, **{name: value})))
    assert len(keys) == 1 + len(dataclasses.fields(Experiment)) - 2


def test_numbers_are_what_they_are_worth():
    assert experiment_key(Experiment(task="a", l2=1)) == experiment_key(Experiment(task="a", l2=1.0))
    assert experiment_key(Experiment(task="a", seed=0)) == experiment_key(Experiment(task="a"))


def test_another_version_is_another_run():
    assert experiment_key(BASE, of_version="1.0") != experiment_key(BASE, of_version="1.1")


@pytest.mark.parametrize("task", ["categorical", "data/re views.csv", "./../*.csv", "ünï.csv", "..."])
def test_folders_have_plain_names_that_tell_the_key(task):
    experiment = Experiment(task=task)
    name = run_folder_name(experiment)
    assert re.fullmatch(r"[\w.-]+", name)
    assert not name.startswith(".")
    assert key_of_folder(name) == experiment_key(experiment)
