from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from networks.samples import labelled_corpus, ragged_corpus
from slowfold.errors import DataError, NetworkError, OptionError, RunError
from slowfold.networks import Classifier, Metrics, Training, choose_recipe, fit, lockstep
from slowfold.networks.populations import Member, fit_population
from slowfold.text.corpus import Corpus
from slowfold.text.languages import categorical

Reader = tuple[Classifier, Corpus]


def crowd(corpus: Corpus | Sequence[Corpus], count: int = 4, **options: Any) -> list[Classifier]:
    """Untrained networks in float64, in which one by one and all at once differ by next to nothing."""
    corpora = [corpus] * count if isinstance(corpus, Corpus) else corpus
    built = {"hidden": 8, **options}
    return [Classifier.build(one, seed=seed, **built).double() for seed, one in enumerate(corpora)]


def one_by_one(networks: list[Classifier], corpora: Sequence[Corpus], **options: Any) -> list[Training]:
    """Trains each network by itself; an option that is a list holds one value a network."""
    return [
        fit(network, corpus, **{name: v[i] if isinstance(v, list) else v for name, v in options.items()})
        for i, (network, corpus) in enumerate(zip(networks, corpora, strict=True))
    ]


def farthest(some: Sequence[Classifier], others: Sequence[Classifier]) -> float:
    """The greatest distance between any two weights that should be the same."""
    pairs = zip((w for n in some for w in n.parameters()), (w for n in others for w in n.parameters()), strict=True)
    return max((one - other).abs().max().item() for one, other in pairs)


def assert_same_training(member: Training, alone: Training, *, tolerance: float = 1e-9) -> None:
    assert member.recipe == alone.recipe
    for name in ("steps", "trained_on", "held_out", "best_step", "best_accuracy", "stopped_early"):
        assert getattr(member, name) == getattr(alone, name), name
    for one, other in zip(member.metrics, alone.metrics, strict=True):
        own, expected = (timeless(asdict(metrics)) for metrics in (one, other))
        for name in ("loss", "penalty", "validation_loss"):
            assert own.pop(name) == pytest.approx(expected.pop(name), abs=tolerance), name
        assert own == expected


def timeless(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if name not in ("seconds", "tokens_per_second")}


def weights(networks: Sequence[Classifier]) -> list[Tensor]:
    return [weight.detach().clone() for network in networks for weight in network.parameters()]


def test_a_population_ends_as_its_networks_end_one_by_one(reader: Reader) -> None:
    network, corpus = reader
    together = []
    for seed in range(3):
        member = copy.deepcopy(network).double()
        member.cell.reset(torch.Generator().manual_seed(seed))
        together.append(member)
    alone = copy.deepcopy(together)
    options = {
        "steps": 8,
        "batch_size": 16,
        "learning_rate": [0.01, 0.02, 0.005],
        "decay": [1.0, 10.0, 20.0],
        "clip": [10.0, 0.01, 0.1],
        "l2": [1e-3, 1e-2, 0.1],
        "l2_scope": ["cell", "all", "none"],
        "word_dropout": [0.3, 0.0, 0.6],
        "held_out": 0.2,
        "seed": [3, 1, 4],
        "watch": {"shuffled": corpus.shuffled_words()},
    }
    population = fit_population(together, corpus, **options)
    for member, expected in zip(population, one_by_one(alone, [corpus] * 3, **options), strict=True):
        assert member.failure is None
        assert_same_training(member.training, expected)
    assert farthest(together, alone) < 1e-9
    assert [member.network for member in population] == together


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-8), (torch.float32, 1e-3)])
def test_a_population_and_its_networks_do_not_drift_apart(dtype: torch.dtype, tolerance: float) -> None:
    # Sixteen of them over 200 steps take a minute or more: benchmarks/populations.py compares these.
    corpus = categorical(classes=3, length=5).sample(300, seed=0)
    together = [Classifier.build(corpus, hidden=64, seed=seed).to(dtype) for seed in range(3)]
    alone = copy.deepcopy(together)
    options = {"steps": 60, "batch_size": 4, "learning_rate": 0.005, "seed": [0, 1, 2]}
    population = fit_population(together, corpus, **options)
    for member, training in zip(population, one_by_one(alone, [corpus] * 3, **options), strict=True):
        for one, other in zip(member.training.metrics, training.metrics, strict=True):
            assert one.loss == pytest.approx(other.loss, abs=tolerance)
    assert farthest(together, alone) < tolerance


def test_networks_of_other_classes_words_and_documents_read_together() -> None:
    corpora = [categorical(classes=classes, length=4 + classes).sample(40 * classes, seed=0) for classes in (2, 5, 3)]
    together = crowd(corpora)
    alone = copy.deepcopy(together)
    options: dict[str, Any] = {"epochs": 2, "batch_size": 16, "seed": [0, 1, 2]}
    population = fit_population(together, corpora, **options)
    expected = one_by_one(alone, corpora, **options)
    assert [member.training.steps for member in population] == [10, 26, 16]
    for member, training in zip(population, expected, strict=True):
        assert_same_training(member.training, training)
    assert farthest(together, alone) < 1e-9


def test_several_labels_a_document() -> None:
    corpus = labelled_corpus(words=6)
    together = crowd(corpus)
    alone = copy.deepcopy(together)
    options: dict[str, Any] = {"steps": 8, "batch_size": 10, "seed": [0, 1, 2, 3], "held_out": 0.2}
    population = fit_population(together, corpus, **options)
    for member, training in zip(population, one_by_one(alone, [corpus] * 4, **options), strict=True):
        assert_same_training(member.training, training)
    assert farthest(together, alone) < 1e-9


def test_how_many_read_together_changes_nothing(phrases: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = crowd(phrases), crowd(phrases)
    fit_population(whole, phrases, steps=5)
    monkeypatch.setattr(lockstep, "_AT_ONCE", {"cpu": 1})
    fit_population(parts, phrases, steps=5)
    assert farthest(whole, parts) < 1e-12


def test_a_network_that_fails_leaves_the_others_alone(phrases: Corpus) -> None:
    together = crowd(phrases)
    with torch.no_grad():
        together[2].readout.weight[0, 0] = torch.nan
    alone = copy.deepcopy(together)
    population = fit_population(together, phrases, steps=6, seed=[0, 1, 2, 3], held_out=0.1)
    assert [member.failure is None for member in population] == [True, True, False, True]
    failed = population[2]
    assert "step 1: the loss or its gradient is no longer a finite number" in str(failed.failure)
    assert (failed.training.steps, failed.training.metrics, failed.training.best_step) == (0, (), None)
    for i in (0, 1, 3):
        assert_same_training(population[i].training, fit(alone[i], phrases, steps=6, seed=i, held_out=0.1))
    assert farthest([together[i] for i in (0, 1, 3)], [alone[i] for i in (0, 1, 3)]) < 1e-9


def test_a_network_that_diverges_keeps_its_last_finite_weights(phrases: Corpus) -> None:
    networks = [network.float() for network in crowd(phrases, count=3)]
    population = fit_population(networks, phrases, steps=30, l2=[0.0, 1e17, 0.0], learning_rate=[0.01, 10.0, 0.01])
    diverged = population[1]
    assert diverged.failure is not None
    assert f"step {diverged.training.steps + 1}" in str(diverged.failure)
    assert 0 < diverged.training.steps < 30
    assert all(bool(weight.isfinite().all()) for weight in diverged.network.parameters())
    assert [member.training.steps for member in population if member.failure is None] == [30, 30]


def test_each_network_stops_in_its_own_time(phrases: Corpus) -> None:
    together = crowd(phrases)
    alone = copy.deepcopy(together)
    options = {"steps": [4, 30, 9, 30], "patience": 1, "held_out": 0.2, "learning_rate": [0.01, 1e-300, 0.01, 0.01]}
    population = fit_population(together, phrases, **options)
    expected = one_by_one(alone, [phrases] * 4, **options)
    assert [member.training.steps for member in population] == [training.steps for training in expected]
    assert population[1].training.stopped_early
    assert population[1].training.steps < 30
    assert farthest(together, alone) < 1e-9


def test_a_recipe_each_and_a_validation_each(phrases: Corpus) -> None:
    short = replace(choose_recipe(["gru"], one_hot=True), steps=3)
    others = categorical(classes=3, length=8).sample(30, seed=5)
    population = fit_population(
        crowd(phrases, count=2), phrases, recipe=[short, replace(short, steps=5)], validation=[others, phrases]
    )
    assert [member.training.steps for member in population] == [3, 5]
    assert [member.training.held_out for member in population] == [30, 300]
    assert all(member.training.trained_on == 300 for member in population)


def test_a_seed_decides_all_bits_and_global_randomness_is_left_alone(reader: Reader) -> None:
    network, corpus = reader
    before = torch.get_rng_state()
    ends = []
    for seeds in ((0, 1), (0, 1), (1, 0)):
        networks = [copy.deepcopy(network) for _ in seeds]
        fit_population(networks, corpus, steps=5, batch_size=8, seed=seeds)
        ends.append(weights(networks))
    assert all(one.equal(other) for one, other in zip(ends[0], ends[1], strict=True))
    assert not all(one.equal(other) for one, other in zip(ends[0], ends[2], strict=True))
    assert torch.get_rng_state().equal(before)


def test_what_it_leaves_in_folders_is_what_each_alone_would_leave(phrases: Corpus, tmp_path: Path) -> None:
    together, alone = crowd(phrases, count=3), crowd(phrases, count=3)
    options: dict[str, Any] = {"steps": 6, "batch_size": 8, "seed": [0, 1, 2]}
    folders = [tmp_path / f"together-{number}" for number in range(3)]
    fit_population(together, phrases, folders=folders, checkpoint_every=4, **options)
    for number, network in enumerate(alone):
        fit(network, phrases, steps=6, batch_size=8, seed=number, folder=tmp_path / f"{number}", checkpoint_every=4)
        files = {path.relative_to(tmp_path / f"{number}") for path in (tmp_path / f"{number}").rglob("*.*")}
        assert {path.relative_to(folders[number]) for path in folders[number].rglob("*.*")} == files
        # What a population has begun, one alone can go on with: here nothing is left but to hand over the weights.
        fresh = crowd(phrases, count=3)[number]
        training = fit(fresh, phrases, steps=6, batch_size=8, seed=number, folder=folders[number], resume=True)
        assert farthest([fresh], [together[number]]) == 0
        assert [metrics.step for metrics in training.metrics] == list(range(1, 7))
    assert farthest(together, alone) < 1e-9


def test_a_population_that_was_killed_goes_on_each_from_its_own_checkpoint(phrases: Corpus, tmp_path: Path) -> None:
    options: dict[str, Any] = {"steps": [7, 5], "batch_size": 8, "seed": [0, 1]}
    undisturbed, killed, resumed = (crowd(phrases, count=2) for _ in range(3))
    expected = fit_population(undisturbed, phrases, **options)
    folders = [tmp_path / "one", tmp_path / "other"]

    class KilledError(Exception):
        pass

    def kill(number: int, metrics: Metrics) -> None:
        if (number, metrics.step) == (0, 5):
            raise KilledError

    with pytest.raises(KilledError):
        fit_population(killed, phrases, folders=folders, checkpoint_every=2, on_step=kill, **options)
    found = fit_population(resumed, phrases, folders=folders, checkpoint_every=2, resume=True, **options)
    assert farthest(resumed, undisturbed) == 0
    for one, other in zip(found, expected, strict=True):
        assert_same_training(one.training, other.training, tolerance=0)


def test_the_seconds_of_all_networks_add_up(phrases: Corpus) -> None:
    began = time.perf_counter()
    members = fit_population(crowd(phrases, count=3), phrases, steps=4)
    passed = time.perf_counter() - began
    assert 0 < sum(member.training.seconds for member in members) < passed


def test_folders_that_cannot_be_written_to(phrases: Corpus, tmp_path: Path) -> None:
    networks = crowd(phrases, count=2)
    with pytest.raises(OptionError, match="folders"):
        fit_population(networks, phrases, steps=1, folders=[tmp_path])
    with pytest.raises(OptionError, match="given twice"):
        fit_population(networks, phrases, steps=1, folders=[tmp_path, tmp_path])
    with pytest.raises(OptionError, match="no folders to resume from"):
        fit_population(networks, phrases, steps=1, resume=True)
    with pytest.raises(OptionError, match="checkpoint_every"):
        fit_population(networks, phrases, steps=1, checkpoint_every=0)
    fit_population(networks, phrases, steps=1, folders=[tmp_path / "one", tmp_path / "other"])
    with pytest.raises(RunError, match="holds a training already"):
        fit_population(networks, phrases, steps=1, folders=[tmp_path / "one", tmp_path / "third"])


def test_every_step_is_told(phrases: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[int, int]] = []

    def on_step(number: int, metrics: Metrics) -> None:
        told.append((number, metrics.step))
        assert metrics.tokens_per_second > 0
        assert metrics.seconds > 0

    networks = crowd(phrases, count=3)
    networks[0].eval()
    fit_population(networks, phrases, steps=[2, 3, 2], on_step=on_step, progress=True)
    assert told == [(0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (2, 2), (1, 3)]
    assert [network.training for network in networks] == [False, True, True]
    assert capsys.readouterr().out == ""


def test_a_sweep_over_penalties_is_learned(phrases: Corpus) -> None:
    networks = [Classifier.build(phrases, hidden=16, seed=seed) for seed in range(3)]
    penalties = np.logspace(-6, -3, 3)
    population: tuple[Member, ...] = fit_population(
        networks, phrases, steps=100, batch_size=64, learning_rate=0.03, l2=penalties, seed=range(3)
    )
    assert [member.training.recipe.l2 for member in population] == penalties.tolist()
    assert all(member.network.accuracy(phrases) > 0.95 for member in population)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"l2": [0.1, 0.2]}, "l2: 2 values for 3 networks; give one for all, or one for each"),
        ({"seed": range(4)}, "seed: 4 values for 3 networks"),
        ({"steps": [5, 0, 5]}, "steps: 0 is out of range"),
        ({"learning_rate": [0.1, -0.1, 0.1]}, "learning_rate: -0.1 is out of range"),
        ({"batch_size": 301}, "batch_size: 301 is more than the 300 documents"),
        ({"recipe": "secret"}, "recipe: there is no 'secret'"),
    ],
)
def test_numbers_that_cannot_be(phrases: Corpus, options: dict[str, Any], message: str) -> None:
    networks = crowd(phrases, count=3)
    before = weights(networks)
    with pytest.raises(OptionError, match=message):
        fit_population(networks, phrases, **options)
    assert all(one.equal(other) for one, other in zip(before, weights(networks), strict=True))


def test_networks_that_do_not_go_together(phrases: Corpus) -> None:
    networks = crowd(phrases, count=2)
    with pytest.raises(NetworkError, match="networks: there is none"):
        fit_population([], phrases)
    with pytest.raises(NetworkError, match="network 2: is network 0 once more"):
        fit_population([*networks, networks[0]], phrases)
    with pytest.raises(NetworkError, match="network 2: its cell has another shape"):
        fit_population([*networks, *crowd(phrases, count=1, hidden=9)], phrases)
    with pytest.raises(NetworkError, match="words of the network"):
        fit_population(networks, [phrases, ragged_corpus()])
    absent = phrases.select(np.flatnonzero(phrases.labels > 0))
    with pytest.raises(DataError, match="has no document of class 0"):
        fit_population(networks, [phrases, absent])
