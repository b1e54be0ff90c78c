from __future__ import annotations

import json
import multiprocessing
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from networks.samples import same, timeless, train_in, weights
from slowfold.errors import RunError
from slowfold.networks import (
    Classifier,
    Metrics,
    fit,
    read_metrics,
)
from slowfold.text.corpus import Corpus

Reader = tuple[Classifier, Corpus]


class KilledError(Exception):
    """Stands for the end of the process."""


def killed_after(step: int) -> Callable[[Metrics], None]:
    def on_step(metrics: Metrics) -> None:
        if metrics.step == step:
            raise KilledError

    return on_step


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


def test_what_a_killed_run_left_half_written_is_removed(phrases: Corpus, tmp_path: Path) -> None:
    left = tmp_path / "checkpoints" / ".step-000000003.safetensors.half"
    left.parent.mkdir()
    left.write_bytes(b"half")
    fit(Classifier.build(phrases, hidden=8), phrases, steps=3, folder=tmp_path)
    assert [file.name for file in left.parent.iterdir()] == ["step-000000003.safetensors"]


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


@pytest.mark.usefixtures("by_default")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_step_end_and_saves(phrases: Corpus, tmp_path: Path, number: int) -> None:
    options = {"steps": 9, "held_out": 0.2, "checkpoint_every": 100}
    whole = Classifier.build(phrases, hidden=8)
    expected = fit(whole, phrases, **options)
    before = signal.getsignal(number)

    def on_step(metrics: Metrics) -> None:
        if metrics.step == 5:
            signal.raise_signal(number)

    network = Classifier.build(phrases, hidden=8)
    with pytest.raises((KeyboardInterrupt, SystemExit)) as stopped:
        fit(network, phrases, folder=tmp_path, on_step=on_step, **options)
    assert getattr(stopped.value, "code", None) == (None if number == signal.SIGINT else 143)
    assert signal.getsignal(number) is before
    assert [file.name for file in (tmp_path / "checkpoints").iterdir()] == ["step-000000005.safetensors"]
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 5
    resumed = Classifier.build(phrases, hidden=8)
    actual = fit(resumed, phrases, folder=tmp_path, resume=True, **options)
    assert same(weights(resumed), weights(whole))
    assert timeless(actual.metrics) == timeless(expected.metrics)


@pytest.mark.usefixtures("by_default")
def test_without_a_folder_a_signal_stops_at_once(phrases: Corpus) -> None:
    steps: list[int] = []

    def on_step(metrics: Metrics) -> None:
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        steps.append(metrics.step)
        signal.raise_signal(signal.SIGINT)

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        fit(Classifier.build(phrases, hidden=8), phrases, steps=5, on_step=on_step)
    assert steps == [1]
    assert threading.active_count() == before


def test_killed_at_any_moment_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    whole = train_in(tmp_path / "whole")
    draw = random.Random(0)
    killed = tmp_path / "killed"
    # A server that has loaded PyTorch once: what is killed begins at once, so that it is killed at work.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["slowfold.networks"])
    log = killed / "metrics.jsonl"
    for reached in (2, 26):
        process = processes.Process(target=train_in, args=(killed,))
        process.start()
        while process.is_alive() and (not log.exists() or log.read_bytes().count(b"\n") < reached):
            time.sleep(0.001)
        time.sleep(draw.uniform(0, 0.005))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    resumed = train_in(killed)
    assert same(weights(resumed), weights(whole))
    expected, actual = (read_metrics(folder / "metrics.jsonl") for folder in (tmp_path / "whole", killed))
    assert timeless(actual) == timeless(expected)
    assert len(expected) == 45
