"""The command list: filters, an order, and one line where there is nothing to list."""

import json

import pytest
from rich.console import Console

from slowfold.cli.listing import ListCommand
from slowfold.errors import OptionError
from slowfold.study import Experiment
from slowfold.study.sweeping import folder_of
from study.claims.made_up import keep

ASKED = (
    Experiment(task="categorical", classes="3", l2=0.1, seed=0),
    Experiment(task="categorical", classes="5", cell="lstm", l2=0.1, seed=0),
    Experiment(task="edge_only", classes="3", cell="lstm", l2=0.1, seed=0),
)


@pytest.fixture
def folder(tmp_path):
    keep(ASKED, tmp_path)
    for place, experiment in enumerate(ASKED):
        experiment.save(folder_of(tmp_path, experiment) / "experiment.toml")
        path = folder_of(tmp_path, experiment) / "summary.json"
        summary = json.loads(path.read_text(encoding="utf-8"))
        summary["accuracy"]["test"] = (0.7, 0.9, 0.8)[place]
        path.write_text(json.dumps(summary), encoding="utf-8")
    return tmp_path


def rows(**options):
    console, complaints = Console(record=True, width=160), Console(record=True, width=160, stderr=True)
    ListCommand(**options).execute(console, complaints)
    told = console.export_text()
    return [line.split() for line in told.splitlines() if ".toml" in line or "-gru-" in line or "-lstm-" in line], told


def test_a_folder_of_a_sweep_or_of_runs_is_listed_by_name(folder):
    found, told = rows(folder=folder)
    assert [row[0] for row in found] == sorted(row[0] for row in found)
    assert len(found) == 3
    assert rows(folder=folder / "runs")[0] == found
    # All have the same penalty and seed, which is not worth a column.
    assert "l2" not in told
    assert "seed" not in told


@pytest.mark.parametrize(
    ("options", "accuracies"),
    [
        ({"sort": "accuracy"}, ["0.900", "0.800", "0.700"]),
        ({"sort": "accuracy", "reverse": True}, ["0.700", "0.800", "0.900"]),
        ({"sort": "accuracy.test", "cell": "lstm"}, ["0.900", "0.800"]),
        ({"task": "categorical", "sort": "classes"}, ["0.900", "0.700"]),
        ({"classes": 3, "sort": "accuracy"}, ["0.800", "0.700"]),
    ],
)
def test_runs_are_chosen_and_put_in_order(folder, options, accuracies):
    found, _ = rows(folder=folder, **options)
    assert [row[4] for row in found] == accuracies


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sort": "acuracy"}, "did you mean 'accuracy'"),
        ({"sort": "dimension.visited.shares"}, "no column"),
        ({"cell": "lstn"}, "did you mean 'lstm'"),
        ({"task": "ag_news"}, "there are 'categorical', 'edge_only'"),
        ({"classes": 4}, "there are '3', '5'"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(folder, options, told):
    with pytest.raises(OptionError, match="--") as caught:
        rows(folder=folder, **options)
    assert told in str(caught.value)


def test_nothing_to_list_is_said(folder, tmp_path):
    assert "no finished runs" in rows(folder=tmp_path / "nothing")[1]
    with pytest.raises(OptionError, match="there are '3'"):
        rows(folder=folder, cell="gru", classes=5)


def test_a_damaged_run_is_told_of_and_hides_no_other(folder, capsys):
    (folder_of(folder, ASKED[0]) / "summary.json").write_text("{", encoding="utf-8")
    found, _ = rows(folder=folder)
    assert len(found) == 2
    assert "cannot be read as JSON" in capsys.readouterr().err
