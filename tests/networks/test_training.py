from __future__ import annotations

import copy
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from networks.samples import labelled_corpus, ragged_corpus, same, timeless, weights
from slowfold.cells import cell_layers
from slowfold.errors import DataError, NetworkError, OptionError, TrainingError
from slowfold.networks import (
    PAPER_SYNTHETIC,
    Classifier,
    Metrics,
    Training,
    choose_recipe,
    fit,
    read_metrics,
)
from slowfold.networks.batches import gather_batch
from slowfold.networks.course import penalised_weights
from slowfold.text.corpus import Corpus
from slowfold.text.languages import categorical
from slowfold.text.vocabulary import Vocabulary

Reader = tuple[Classifier, Corpus]


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


def test_the_scope_says_which_weights_are_penalised(reader: Reader) -> None:
    network, corpus = reader
    recurrent = [name for name, _ in network.named_parameters() if name.startswith("cell.") and "weight" in name]
    others = ["readout.weight"] + ["embedding.weight"] * (network.embedding is not None)
    for scope, names in (("cell", recurrent), ("all", recurrent + others), ("none", [])):
        expected = [network.get_parameter(name) for name in names]
        assert {id(weight) for weight in penalised_weights(network, scope)} == {id(weight) for weight in expected}
        squares = sum(float(weight.detach().square().sum()) for weight in expected)
        training = fit(copy.deepcopy(network), corpus, steps=1, l2=0.3, l2_scope=scope, held_out=0)
        assert training.metrics[0].penalty == pytest.approx(0.3 * squares, rel=1e-5)
        assert (squares == 0) == (scope == "none")
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


def test_of_labels_the_best_step_is_that_of_the_least_loss() -> None:
    corpus = labelled_corpus(200)
    # At this rate training jumps about: accuracy and loss are best at different steps.
    training = fit(
        Classifier.build(corpus, hidden=8, seed=2),
        corpus,
        steps=60,
        learning_rate=0.2,
        decay=1,
        patience=0,
        held_out=0.2,
        seed=2,
    )
    scores = {
        line.step: (line.validation_accuracy, -line.validation_loss)
        for line in training.metrics
        if line.validation_accuracy is not None and line.validation_loss is not None
    }
    assert training.best_step == max(scores, key=lambda step: scores[step][1])
    assert training.best_step != max(scores, key=lambda step: scores[step])
    assert training.best_accuracy is None


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


def test_words_that_do_not_occur_keep_their_vectors() -> None:
    corpus = ragged_corpus(60).select(np.arange(6))
    for scope, stay in (("cell", True), ("none", True), ("all", False)):
        network = Classifier.build(corpus, hidden=8, embedding=4)
        assert network.embedding is not None
        before = network.embedding.weight.detach().clone()
        fit(network, corpus, steps=3, held_out=0, word_dropout=0, l2=0.1, l2_scope=scope)
        same = (network.embedding.weight.detach() == before).all(dim=1).numpy()
        read = np.isin(np.arange(80), corpus.tokens)
        assert not same[read].any()
        assert same[~read].all() == stay


def test_padding_moves_no_vector() -> None:
    # Word 0 fills the end of short documents, and occurs in none.
    vocabulary = Vocabulary(tuple("abcdef"))
    corpus = Corpus.from_tokens([[1], [2, 3, 4, 5], [3, 1]], [0, 1, 1], vocabulary, ("x", "y"))
    network = Classifier.build(corpus, hidden=4, embedding=2)
    assert network.embedding is not None
    before = network.embedding.weight.detach().clone()
    fit(network, corpus, steps=3, held_out=0)
    assert network.embedding.weight[0].equal(before[0])


def test_vectors_may_be_given_and_frozen() -> None:
    corpus = ragged_corpus()
    vectors = torch.randn(80, 6, generator=torch.Generator().manual_seed(0))
    given = Classifier.build(corpus, hidden=8, vectors=vectors)
    frozen = Classifier.build(corpus, hidden=8, vectors=vectors, frozen=True)
    for network in (given, frozen):
        assert network.embedding is not None
        assert network.embedding.weight.equal(vectors)
        fit(network, corpus, steps=2, l2=0.1, l2_scope="all")
        assert network.embedding.weight.equal(vectors) == (network is frozen)
    assert not frozen.initial_state.equal(torch.zeros(8))


def test_the_papers_recipe_has_a_name(phrases: Corpus) -> None:
    training = fit(Classifier.build(phrases, hidden=8), phrases, recipe="paper", steps=3)
    assert training.recipe == replace(PAPER_SYNTHETIC, steps=3)
    assert [line.learning_rate for line in training.metrics] == pytest.approx([0.1, 0.1 * 0.9997, 0.1 * 0.9997**2])
    own = replace(PAPER_SYNTHETIC, steps=2, l2=0.25)
    assert fit(Classifier.build(phrases, hidden=8), phrases, recipe=own).recipe == own


def test_betas_and_epsilon_are_adams(phrases: Corpus) -> None:
    """Three steps of the paper's recipe, taken by hand."""
    network = Classifier.build(phrases, hidden=4)
    by_hand = copy.deepcopy(network)
    fit(network, phrases, recipe="paper", steps=3, batch_size=300)
    adam = torch.optim.Adam(by_hand.parameters(), lr=0.1, betas=(0.9, 0.99), eps=0.1)
    batch = gather_batch(phrases, np.arange(300))
    for step in range(3):
        adam.param_groups[0]["lr"] = 0.1 * 0.9997**step
        adam.zero_grad()
        loss = torch.nn.functional.cross_entropy(by_hand(batch.tokens, batch.lengths), batch.labels)
        squares = [weight.square().sum() for weight in by_hand.parameters() if weight.dim() > 1]
        (loss + 5e-4 * torch.stack(squares).sum()).backward()
        adam.step()
    for one, other in zip(network.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def test_what_is_watched_decides_nothing(phrases: Corpus, tmp_path: Path) -> None:
    test, shuffled = phrases.take(30), phrases.take(60).shuffled_words()
    plain, watched = (Classifier.build(phrases, hidden=8) for _ in range(2))
    fit(plain, phrases, steps=30)
    training = fit(watched, phrases, steps=30, watch={"test": test, "shuffled words": shuffled}, folder=tmp_path)
    assert same(weights(plain), weights(watched))
    lines = [line for line in training.metrics if line.watched]
    assert [line.step for line in lines] == list(range(2, 31, 2))
    assert lines[-1].watched == {"test": watched.accuracy(test), "shuffled words": watched.accuracy(shuffled)}
    assert read_metrics(tmp_path / "metrics.jsonl") == training.metrics


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
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"batch_size": 301}, "batch_size"),
        ({"batch_size": 271, "held_out": 0.1}, "batch_size"),
        ({"batch_tokens": -1}, "batch_tokens"),
        ({"recipe": "cooking"}, "recipe"),
        ({"precision": "float16"}, "precision"),
        ({"precision": "bfloat16"}, "precision"),
        ({"compile": True}, "compile"),
        ({"validation_targets": np.zeros(8)}, "validation_targets"),
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


def test_a_default_batch_is_no_larger_than_the_corpus() -> None:
    few = ragged_corpus(20)
    training = fit(Classifier.build(few, hidden=4, embedding=2), few, steps=2, held_out=0)
    assert (training.recipe.batch_size, training.trained_on) == (64, 20)


@pytest.mark.parametrize("kind", ["categorical", "multilabel"])
def test_a_class_without_documents_is_named(kind: str) -> None:
    corpus = ragged_corpus(20) if kind == "categorical" else labelled_corpus(20)
    documents = np.flatnonzero(corpus.labels != 1 if kind == "categorical" else ~corpus.labels[:, 1])
    network = Classifier.build(corpus, hidden=4, embedding=2)
    with pytest.raises(DataError, match="has no document of class1; add some"):
        fit(network, corpus.select(documents), steps=1)


def test_where_memory_runs_out_it_says_what_to_lower(phrases: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Classifier.build(phrases, hidden=8)
    for error in (
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
    ):

        def fail(inputs: Tensor, error: Exception = error) -> Tensor:
            raise error

        monkeypatch.setattr(network, "unroll_inputs", fail)
        with pytest.raises(TrainingError, match=r"^a batch of 100 documents and 800 tokens: .* lower batch_size"):
            fit(network, phrases, steps=1)
    monkeypatch.setattr(network, "unroll_inputs", lambda inputs: inputs @ torch.zeros(7, 7))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        fit(network, phrases, steps=1)


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
