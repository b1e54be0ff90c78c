"""What a sweep will take: read off finished runs of a kind, or tried out, and scaled to what each run asks for."""

import json
from dataclasses import replace

import pytest

from slowfold.errors import DataError
from slowfold.study import Experiment
from slowfold.study.sweeping import Addition, Sweep, folder_of
from slowfold.study.sweeping.estimating import Shown, estimate_sweep, try_out

TINY = Experiment(
    task="categorical", classes="2", length=6, documents=120, hidden=4, steps=12, starts=6, states_of=10, seed=3
)


def finish(experiment, out, *, steps, train=3.0, documents=1_000, embedding=None):
    """A run of so many steps that took 10 seconds, 3 of them in training."""
    folder = folder_of(out, experiment)
    folder.mkdir(parents=True)
    experiment.save(folder / "experiment.toml")
    line = {"step": steps, "loss": 0.1, "penalty": 0.0, "l2_scope": "all", "accuracy": 1.0, "learning_rate": 1e-3}
    line |= {"validation_loss": None, "validation_accuracy": None, "tokens_per_second": 1.0, "seconds": 1.0}
    (folder / "metrics.jsonl").write_text(json.dumps(line | {"watched": {}}) + "\n", encoding="utf-8")
    summary = {
        "schema": 1,
        "task": {"documents": {"train": documents, "test": 100}},
        "network": {"embedding": embedding},
        "seconds": {"data": 1.0, "train": train, "report": 2.0, "total": 10.0},
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def costs(tmp_path, *experiments, **options):
    return estimate_sweep(Sweep("asked", experiments), tmp_path, **options).costs


def test_a_run_of_more_steps_takes_so_much_longer(tmp_path):
    finish(TINY, tmp_path, steps=12)
    twice, seeded = costs(tmp_path, TINY, replace(TINY, steps=24), replace(TINY, seed=9, l2=0.1))
    assert (twice.steps, seeded.steps) == (24, 12)
    assert twice.seconds == pytest.approx(1 + 2 * 3 + 4)
    assert seeded.seconds == pytest.approx(1 + 3 + 4)
    assert twice.measured


def test_what_asks_for_no_steps_takes_those_of_the_recipe_whatever_finished_runs_took(tmp_path):
    finish(replace(TINY, steps=3_000), tmp_path, steps=3_000)
    (usual,) = costs(tmp_path, replace(TINY, steps=None))
    assert usual.steps == 600
    assert usual.step == pytest.approx(1e-3)


def test_epochs_are_counted_on_the_documents_of_the_finished_run(tmp_path):
    natural = Experiment(task="reviews.csv", epochs=1, batch_size=10)
    finish(natural, tmp_path, steps=100, embedding=64)
    few, many = costs(tmp_path, replace(natural, seed=1), replace(natural, epochs=10))
    assert many.steps == 10 * few.steps == 1_000


def test_a_public_set_that_notes_what_was_read_is_of_the_same_kind(tmp_path):
    finish(replace(TINY, revision="abc"), tmp_path, steps=12)
    (cost,) = costs(tmp_path, TINY)
    assert cost.measured


def test_a_damaged_run_is_passed_over(tmp_path):
    finish(TINY, tmp_path, steps=12)
    finish(replace(TINY, seed=4), tmp_path, steps=12, train=300.0)
    folder_of(tmp_path, replace(TINY, seed=4)).joinpath("summary.json").write_text("{", encoding="utf-8")
    (cost,) = costs(tmp_path, replace(TINY, seed=5))
    assert cost.step == pytest.approx(0.25)


def test_runs_that_only_lack_an_addition_are_not_trained(tmp_path):
    finish(TINY, tmp_path, steps=12)
    again = replace(TINY, seed=4)
    finish(again, tmp_path, steps=12)
    for name in ("analysis.nc", "model.json", "model.safetensors"):
        (folder_of(tmp_path, TINY) / name).touch()
    note = Addition(print, "note.txt", required=frozenset([TINY, again]))
    (cost,) = costs(tmp_path, TINY, again, addition=note)
    assert cost.seconds == pytest.approx(8.0)


def test_a_trial_takes_the_steps_that_are_asked_for_and_says_what_they_took(tmp_path):
    shown = try_out(TINY, threads=1, together=2)
    assert (shown.documents, shown.one_hot, shown.measured) == (108, True, False)
    assert shown.step > 0
    assert shown.analyse > 0
    cost = shown.cost_of(replace(TINY, steps=1_000))
    assert cost.seconds == pytest.approx(shown.read + 1_000 * shown.step + shown.analyse)
    assert not list(tmp_path.iterdir())


def test_what_a_trial_meets_is_told():
    with pytest.raises(DataError, match="missing"):
        try_out(Experiment(task="missing.csv"), threads=1)


def test_a_cost_is_that_of_its_parts():
    cost = Shown(1.0, 0.5, 2.0, 100, one_hot=True).cost_of(replace(TINY, steps=8))
    assert (cost.steps, cost.seconds) == (8, 7.0)
