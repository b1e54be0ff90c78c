from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from networks.samples import ragged_corpus
from slowfold.cells import cell_layers
from slowfold.errors import NetworkError, OptionError, RunError, TrainingError
from slowfold.networks import Classifier, Metrics, Training, choose_recipe, fit, read_metrics
from slowfold.networks.training import penalised_weights
from slowfold.text.corpus import Corpus
from slowfold.text.languages import categorical

Reader = tuple[Classifier, Corpus]


class KilledError(Exception):
    """Stands for the end of the process."""


def killed_after(step: int) -> Callable[[Metrics], None]:
    def on_step(metrics: Metrics) -> None:
        if metrics.step == step:
            raise KilledError

    return on_step


def weights(network: Classifier) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)


def timeless(metrics: tuple[Metrics, ...]) -> list[Metrics]:
    return [replace(line, seconds=0.0, tokens_per_second=0.0) for line in metrics]


def test_a_language_is_learned(phrases: Corpus) -> None:
    network = Classifier.build(phrases, hidden=16)
    training = fit(network, phrases, steps=150, batch_size=64, learning_rate=0.02)
    assert network.accuracy(phrases) > 0.95
    assert training.metrics[-1].loss < 0.3 < training.metrics[0].loss


def test_embedded_words_are_learned_too() -> None:
    corpus = ragged_corpus(300, seed=3)
    network = Classifier.build(corpus, hidden=24, embedding=8)
    training = fit(network, corpus, steps=150, learning_rate=0.02)
    assert training.best_accuracy is not None
    assert training.best_accuracy > 0.6
    assert training.trained_on + training.held_out == 300
    assert training.held_out == pytest.approx(30, abs=2)
    assert network.accuracy(corpus) > 0.8


def test_a_seed_decides_all_bits_and_global_randomness_is_left_alone(reader: Reader) -> None:
    _, corpus = reader
    torch_before, threads = torch.get_rng_state(), torch.get_num_threads()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is what must not change
    runs = []
    for seed in (0, 0, 1):
        network = Classifier.build(corpus, hidden=8, seed=0)
        fit(network, corpus, steps=6, batch_size=8, seed=seed)
        runs.append(weights(network))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])
    assert torch.get_rng_state().equal(torch_before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("killed_at", [3, 4, 9, 13])
def test_a_killed_training_goes_on_bit_for_bit(reader: Reader, tmp_path: Path, killed_at: int) -> None:
    _, corpus = reader
    options = {"steps": 14, "batch_size": 16, "held_out": 0.2, "checkpoint_every": 4, "learning_rate": 0.05}
    whole = Classifier.build(corpus, hidden=8)
    expected = fit(whole, corpus, **options)
    killed = Classifier.build(corpus, hidden=8)
    with pytest.raises(KilledError):
        fit(killed, corpus, folder=tmp_path, on_step=killed_after(killed_at), **options)
    steps: list[int] = []
    resumed = Classifier.build(corpus, hidden=8)
    actual = fit(
        resumed, corpus, folder=tmp_path, resume=True, on_step=lambda metrics: steps.append(metrics.step), **options
    )
    assert steps == list(range(killed_at // 4 * 4 + 1, 15))
    assert same(weights(resumed), weights(whole))
    assert timeless(actual.metrics) == timeless(expected.metrics)
    assert timeless(read_metrics(tmp_path / "metrics.jsonl")) == timeless(expected.metrics)
    assert (actual.best_step, actual.best_accuracy) == (expected.best_step, expected.best_accuracy)


def test_a_finished_training_is_taken_as_it_is(phrases: Corpus, tmp_path: Path) -> None:
    network = Classifier.build(phrases, hidden=8)
    first = fit(network, phrases, steps=5, held_out=0.1, folder=tmp_path)
    again = Classifier.build(phrases, hidden=8, seed=9)
    second = fit(again, phrases, steps=5, held_out=0.1, folder=tmp_path, resume=True, on_step=killed_after(1))
    assert second == first
    assert same(weights(again), weights(network))


def test_an_early_stop_survives_a_resume(phrases: Corpus, tmp_path: Path) -> None:
    options = {"steps": 200, "held_out": 0.2, "patience": 1, "learning_rate": 1e-12, "folder": tmp_path}
    first = fit(Classifier.build(phrases, hidden=8), phrases, **options)
    again = Classifier.build(phrases, hidden=8)
    second = fit(again, phrases, resume=True, on_step=killed_after(first.steps + 1), **options)
    assert first.stopped_early
    assert second == first


def test_without_a_checkpoint_a_resume_starts_from_the_beginning(phrases: Corpus, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        fit(Classifier.build(phrases, hidden=8), phrases, steps=5, folder=tmp_path, on_step=killed_after(2))
    training = fit(Classifier.build(phrases, hidden=8), phrases, steps=5, folder=tmp_path, resume=True)
    assert [line.step for line in training.metrics] == [1, 2, 3, 4, 5]
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 5


def test_an_unreadable_last_checkpoint_falls_back_to_the_one_before(phrases: Corpus, tmp_path: Path) -> None:
    options = {"steps": 9, "folder": tmp_path, "checkpoint_every": 3}
    network = Classifier.build(phrases, hidden=8)
    fit(network, phrases, **options)
    files = sorted((tmp_path / "checkpoints").iterdir())
    assert [file.name for file in files] == ["step-000000006.safetensors", "step-000000009.safetensors"]
    files[-1].write_bytes(files[-1].read_bytes()[:-1])
    resumed = Classifier.build(phrases, hidden=8)
    fit(resumed, phrases, resume=True, **options)
    assert same(weights(resumed), weights(network))
    for file in files:
        file.write_bytes(b"")
    with pytest.raises(RunError, match="no checkpoint that can be read"):
        fit(resumed, phrases, resume=True, **options)


@pytest.mark.parametrize("change", ["recipe", "seed", "documents", "network"])
def test_a_checkpoint_of_another_experiment_is_refused(phrases: Corpus, tmp_path: Path, change: str) -> None:
    fit(Classifier.build(phrases, hidden=8), phrases, steps=2, folder=tmp_path)
    network = Classifier.build(phrases, hidden=9 if change == "network" else 8)
    corpus = phrases.select(np.arange(299)) if change == "documents" else phrases
    named = {
        "recipe": "learning_rate was 0.007, is 0.1",
        "seed": "seed was 0, is 3",
        "network": "layers was .*'hidden': 8.*, is .*'hidden': 9",
    }
    before = weights(network)
    with pytest.raises(RunError, match=named.get(change, "documents was 300")):
        fit(
            network,
            corpus,
            steps=2,
            folder=tmp_path,
            resume=True,
            seed=3 if change == "seed" else 0,
            learning_rate=0.1 if change == "recipe" else None,
        )
    assert same(weights(network), before)


def test_a_training_is_not_overwritten(phrases: Corpus, tmp_path: Path) -> None:
    network = Classifier.build(phrases, hidden=8)
    fit(network, phrases, steps=2, folder=tmp_path)
    before = (tmp_path / "metrics.jsonl").read_bytes()
    with pytest.raises(RunError, match="resume it, or choose a new folder"):
        fit(network, phrases, steps=2, folder=tmp_path)
    assert (tmp_path / "metrics.jsonl").read_bytes() == before


@pytest.mark.parametrize("lines", [0, 1])
def test_lost_metrics_are_noticed(phrases: Corpus, tmp_path: Path, lines: int) -> None:
    fit(Classifier.build(phrases, hidden=8), phrases, steps=3, folder=tmp_path)
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:lines]))
    with pytest.raises(RunError, match=f"holds {lines} steps"):
        fit(Classifier.build(phrases, hidden=8), phrases, steps=3, folder=tmp_path, resume=True)


def test_each_line_of_the_metrics_is_plain_json(phrases: Corpus, tmp_path: Path) -> None:
    training = fit(Classifier.build(phrases, hidden=8), phrases, steps=4, held_out=0.1, folder=tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [Metrics(**line) for line in lines] == list(training.metrics)
    assert {line["l2_scope"] for line in lines} == {"all"}
    assert all(line["tokens_per_second"] > 0 for line in lines)
    assert [line["seconds"] for line in lines] == sorted(line["seconds"] for line in lines)


def test_the_scope_says_which_weights_are_penalised(reader: Reader) -> None:
    network, corpus = reader
    recurrent = [name for name, _ in network.named_parameters() if name.startswith("cell.") and "weight" in name]
    others = ["readout.weight"] + ["embedding.weight"] * (network.embedding is not None)
    for scope, names in (("cell", recurrent), ("all", recurrent + others)):
        expected = [network.get_parameter(name) for name in names]
        assert {id(weight) for weight in penalised_weights(network, scope)} == {id(weight) for weight in expected}
        squares = sum(float(weight.detach().square().sum()) for weight in expected)
        training = fit(copy.deepcopy(network), corpus, steps=1, l2=0.3, l2_scope=scope, held_out=0)
        assert training.metrics[0].penalty == pytest.approx(0.3 * squares, rel=1e-5)
        assert training.metrics[0].l2_scope == scope


def test_the_input_and_the_cell_decide_the_recipe(reader: Reader) -> None:
    network, corpus = reader
    recipe = fit(network, corpus, steps=1).recipe
    kinds = [layer.kind for layer in cell_layers(network.cell)]
    assert recipe == choose_recipe(kinds, one_hot=network.embedding is None).override(steps=1)
    assert recipe.l2_scope == ("all" if network.embedding is None else "cell")


def test_the_penalty_shrinks_what_is_penalised(phrases: Corpus) -> None:
    def size(l2: float) -> float:
        network = Classifier.build(phrases, hidden=8)
        fit(network, phrases, steps=100, l2=l2)
        return sum(float(weight.detach().square().sum()) for weight in penalised_weights(network, "all"))

    assert size(0.1) < 0.2 * size(0.0)


def test_the_gradient_is_clipped(phrases: Corpus) -> None:
    norms: list[float] = []

    def seen(network: Classifier, clip: float) -> float:
        norms.clear()

        def on_step(metrics: Metrics) -> None:
            gradients = [parameter.grad for parameter in network.parameters()]
            norms.append(math.sqrt(sum(float(g.square().sum()) for g in gradients if g is not None)))

        fit(network, phrases, steps=3, clip=clip, l2=0, on_step=on_step)
        return max(norms)

    assert seen(Classifier.build(phrases, hidden=8), 1e-3) == pytest.approx(1e-3, rel=1e-3)
    assert 1e-2 < seen(Classifier.build(phrases, hidden=8), 1e6) < 1e3


def test_the_best_weights_are_kept(phrases: Corpus) -> None:
    train, validation = phrases.split(test=0.3)
    after: dict[int, dict[str, Tensor]] = {}
    network = Classifier.build(phrases, hidden=8)
    # At this rate training jumps about, so that the last step is not the best.
    training = fit(
        network,
        train,
        steps=60,
        learning_rate=0.3,
        decay=1,
        validation=validation,
        on_step=lambda metrics: after.update({metrics.step: weights(network)}),
    )
    scores = {
        line.step: (line.validation_accuracy, -line.validation_loss)
        for line in training.metrics
        if line.validation_accuracy is not None and line.validation_loss is not None
    }
    assert list(scores) == list(range(4, 61, 4))
    assert training.best_step == max(scores, key=lambda step: scores[step])
    assert training.best_step != 60
    assert same(weights(network), after[training.best_step])
    assert network.accuracy(validation) == pytest.approx(scores[training.best_step][0])
    assert training.best_accuracy == scores[training.best_step][0]
    assert training.held_out == len(validation)


def test_training_stops_when_nothing_gets_better(phrases: Corpus) -> None:
    options = {"steps": 150, "held_out": 0.2, "learning_rate": 1e-12}
    stopped = fit(Classifier.build(phrases, hidden=8), phrases, patience=2, **options)
    # Evaluated every ten steps; weights that barely move better the first evaluation by rounding at most.
    assert stopped.stopped_early
    assert stopped.steps < 150
    assert stopped.steps % 10 == 0
    through = fit(Classifier.build(phrases, hidden=8), phrases, patience=0, **options)
    assert (through.stopped_early, through.steps) == (False, 150)


def test_without_documents_kept_aside_the_last_weights_stay(phrases: Corpus) -> None:
    training = fit(Classifier.build(phrases, hidden=8), phrases, steps=3)
    assert (training.held_out, training.best_step, training.best_accuracy) == (0, None, None)
    assert training.trained_on == 300


def test_few_documents_of_many_are_kept_aside() -> None:
    corpus = ragged_corpus(25_000, words=80, longest=2)
    training = fit(Classifier.build(corpus, hidden=4, embedding=2), corpus, steps=1)
    assert training.held_out == pytest.approx(2000, abs=2)


def test_the_state_of_the_network_is_given_back(reader: Reader) -> None:
    network, corpus = reader
    network.eval()
    with torch.no_grad():
        fit(network, corpus, steps=2)
    assert not network.training


def test_frozen_weights_stay(phrases: Corpus) -> None:
    network = Classifier.build(phrases, hidden=8)
    network.readout.requires_grad_(False)
    before = weights(network)
    fit(network, phrases, steps=3)
    assert network.readout.weight.equal(before["readout.weight"])
    assert not network.initial_state.equal(before["initial_state"])


def test_a_loss_that_is_not_finite_ends_training(phrases: Corpus, tmp_path: Path) -> None:
    network = Classifier.build(phrases, hidden=8)

    def poison(metrics: Metrics) -> None:
        if metrics.step == 5:
            with torch.no_grad():
                network.readout.weight[0, 0] = math.nan

    with pytest.raises(TrainingError, match=r"^step 6: .* try a learning rate below"):
        fit(network, phrases, steps=9, folder=tmp_path, checkpoint_every=2, on_step=poison)
    assert [file.name for file in sorted((tmp_path / "checkpoints").iterdir())][-1] == "step-000000004.safetensors"
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 5
    # What went wrong may have been the machine: the last checkpoint is good, and training goes on from it.
    assert fit(network, phrases, steps=9, folder=tmp_path, checkpoint_every=2, resume=True).steps == 9


def test_an_infinite_gradient_never_reaches_the_weights(phrases: Corpus) -> None:
    network = Classifier.build(phrases, hidden=8)
    before = weights(network)
    network.readout.weight.register_hook(lambda gradient: gradient * math.inf)
    with pytest.raises(TrainingError, match="step 1"):
        fit(network, phrases, steps=3)
    assert same(weights(network), before)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"steps": 0}, "steps"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"checkpoint_every": 0}, "checkpoint_every"),
        ({"resume": True}, "resume"),
    ],
)
def test_bad_options_leave_the_network_alone(phrases: Corpus, options: dict[str, object], name: str) -> None:
    network = Classifier.build(phrases, hidden=8)
    before = weights(network)
    with pytest.raises(OptionError, match=f"^{name}: "):
        fit(network, phrases, **options)
    assert same(weights(network), before)


def test_other_words_are_refused(phrases: Corpus) -> None:
    other = categorical(classes=4, length=8).sample(40, seed=0)
    network = Classifier.build(phrases, hidden=8)
    with pytest.raises(NetworkError, match="words"):
        fit(network, other, steps=1)
    with pytest.raises(NetworkError, match="words"):
        fit(network, phrases, validation=other, steps=1)


def test_the_bar_changes_nothing(phrases: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    plain, shown = (Classifier.build(phrases, hidden=8) for _ in range(2))
    first: Training = fit(plain, phrases, steps=4, held_out=0.1)
    second = fit(shown, phrases, steps=4, held_out=0.1, progress=True)
    assert timeless(first.metrics) == timeless(second.metrics)
    assert capsys.readouterr().out == ""
