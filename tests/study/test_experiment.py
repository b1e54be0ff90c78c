"""What was asked survives the disk, and what makes no sense is refused by name."""

from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.cells import CELLS
from slowfold.errors import OptionError, RunError
from slowfold.study.experiment import Experiment, option

NUMBERS = st.one_of(st.none(), st.integers(1, 10_000))


@given(
    classes=st.one_of(st.none(), st.sampled_from(["3", "World,Sports", "a b,c"])),
    length=NUMBERS,
    hidden=NUMBERS,
    steps=NUMBERS,
    rate=st.one_of(st.none(), st.floats(1e-6, 1.0)),
    ordered=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_an_experiment_comes_back_from_toml_as_it_was(
    tmp_path_factory, classes, length, hidden, steps, rate, ordered, seed
):
    path = tmp_path_factory.mktemp("experiment") / "experiment.toml"
    asked = Experiment(
        task="categorical",
        classes=classes,
        length=length,
        hidden=hidden,
        steps=steps,
        learning_rate=rate,
        ordered=ordered,
        seed=seed,
    )
    asked.save(path)
    assert Experiment.load(path) == asked
    assert "None" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("hidden", -1),
        ("layers", 0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", 1e9),
        ("l2", -1e-3),
        ("l2", float("nan")),
        ("seed", -1),
        ("starts", 0),
        ("states_of", 0),
        ("max_length", 0),
        ("documents", 0),
        ("order", 1.5),
    ],
)
def test_a_number_out_of_range_is_refused_by_the_name_that_was_typed(name, value):
    with pytest.raises(OptionError, match=option(name)):
        Experiment(task="categorical", **{name: value})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('classes = "3"', "task is missing"),
        ('task = "categorical"\nhiden = 3', "hiden"),
        ('task = "categorical"\nhidden = "many"', "hidden"),
        ('task = "categorical"\nhidden = true', "hidden"),
        ('task = "categorical"\nordered = 1', "ordered"),
        ('task = "categorical"\nlonger = "stretch"', "longer"),
        ('task = "categorical"\nhidden = 0', "--hidden"),
        ('task = "categorical"\ncell = "gur"', "choose from gru, lstm, ugrnn, vanilla"),
        ('task = "categorical"\nreadout = "memory"', "choose from output, state"),
    ],
)
def test_a_file_that_asks_for_nonsense_is_refused(tmp_path, text, complaint):
    path = tmp_path / "experiment.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match=complaint):
        Experiment.load(path)


def test_every_cell_there_is_can_be_asked_for():
    asked = get_type_hints(Experiment)["cell"]
    assert set(get_args(asked)) == set(CELLS)


def test_a_whole_number_stands_for_a_fraction(tmp_path):
    path = tmp_path / "experiment.toml"
    path.write_text('task = "categorical"\nl2 = 0', encoding="utf-8")
    assert Experiment.load(path).l2 == 0


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "experiment.toml"
    path.write_text("task = ", encoding="utf-8")
    with pytest.raises(RunError, match="TOML"):
        Experiment.load(path)


def test_classes_are_a_number_or_names():
    assert Experiment(task="t", classes="12").class_count == 12
    assert Experiment(task="t", classes="12").class_names is None
    assert Experiment(task="t", classes="World, Sports").class_names == ("World", "Sports")
    assert Experiment(task="t", classes="World, Sports").class_count is None


def test_given_names_what_is_not_left_alone():
    assert Experiment(task="t", length=5, seed=3).given("length", "documents", "seed") == ["length", "seed"]


def test_steps_and_epochs_are_not_given_together():
    with pytest.raises(OptionError, match="--epochs"):
        Experiment(task="categorical", steps=10, epochs=1)
