"""Small runs to report on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr

from report.hostile import CLASSES, WORDS
from slowfold.networks import Classifier, fit
from slowfold.study import Run, analyze, open_run
from slowfold.study.growth import Growth
from slowfold.study.runs import write_dataset
from slowfold.text import Corpus, Vocabulary, categorical


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on three classes, with a record of its training."""
    train, test = categorical(classes=3, length=10).sample(1_500, seed=0).split(test=0.2, seed=0)
    network = Classifier.build(train, hidden=16, seed=0)
    folder = tmp_path_factory.mktemp("report") / "run"
    growth = Growth(network, test, folder, seed=0)
    training = fit(network, train, steps=40, seed=0, folder=folder, held_out=0.1, on_step=growth)
    growth.end(training.steps, None)
    return analyze(
        network, train, test, folder=folder, starts=16, training=training, notes=("These documents were drawn.",)
    )


@pytest.fixture
def variant(finished: Run, tmp_path: Path) -> Callable[..., Run]:
    """Makes a copy of the run with its summary or its arrays changed."""

    def change(
        summary: Callable[[dict[str, Any]], None] = lambda _: None,
        analysis: Callable[[xr.Dataset], xr.Dataset] | None = None,
        without: tuple[str, ...] = (),
    ) -> Run:
        folder = tmp_path / "variant"
        shutil.copytree(finished.folder, folder)
        for name in without:
            (folder / name).unlink()
        changed = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        summary(changed)
        (folder / "summary.json").write_text(json.dumps(changed), encoding="utf-8")
        changed_run = open_run(folder)
        if analysis is not None:
            write_dataset(folder / "analysis.nc", analysis(finished.analysis.copy(deep=True)))
        elif "analysis.nc" not in without:
            # The same arrays: to read them again takes a second.
            vars(changed_run)["analysis"] = finished.analysis
        return changed_run

    return change


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Makes runs of untrained networks on documents drawn at random."""

    def make(classes: list[str], words: list[str], *, kind: str = "categorical", keep_words: bool = True) -> Run:
        random = np.random.default_rng(0)
        count = 12 * len(classes)
        ids = [random.integers(len(words), size=6).tolist() for _ in range(count)]
        labels: Any = [position % len(classes) for position in range(count)]
        if kind == "multilabel":
            labels = random.random((count, len(classes))) < 0.5
        corpus = Corpus.from_tokens(ids, labels, Vocabulary(tuple(words)), classes, kind=kind, name="drawn")
        train, test = corpus.split(test=0.5, seed=0)
        folder = tmp_path_factory.mktemp("untrained") / "run"
        return analyze(
            Classifier.build(train, hidden=6, seed=0), train, test, folder=folder, starts=8, words=keep_words
        )

    return make


@pytest.fixture(scope="session")
def hostile(untrained: Callable[..., Run]) -> Run:
    """A run whose classes and words are markup."""
    return untrained(list(CLASSES), list(WORDS))


@pytest.fixture(scope="session")
def labelled(untrained: Callable[..., Run]) -> Run:
    """A run of two labels a document."""
    return untrained(["joy", "fear"], ["good", "bad", "the"], kind="multilabel")


@pytest.fixture(scope="session")
def two_rests(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose network, its weights set by hand, comes to rest in two places, with a saddle between."""
    train, test = categorical(classes=2, length=6).sample(200, seed=0).split(test=0.3, seed=0)
    network = Classifier.build(train, cell="vanilla", hidden=4, seed=0)
    with torch.no_grad():
        for name, weight in network.cell.named_parameters():
            if name.endswith(("weight_hh", "weight_hh_l0")):
                weight.copy_(torch.diag(torch.tensor([1.6, 0.5, 0.3, 0.2])))
            elif "bias" in name:
                weight.zero_()
            else:
                weight.mul_(0.05)
    return analyze(network, train, test, folder=tmp_path_factory.mktemp("rests") / "run", starts=32)
