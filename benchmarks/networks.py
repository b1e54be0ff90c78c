"""The trained networks that the other benchmarks search; each is trained once and kept in benchmarks/.networks/.

Run it by itself to train them all: python benchmarks/networks.py [NAME ...]
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from slowfold import Classifier, fit
from slowfold.cells import Cell
from slowfold.dynamics import Map
from slowfold.study.experiment import Source
from slowfold.study.tasks import Task, read_task
from slowfold.text import LANGUAGES

KEPT = Path(__file__).parent / ".networks"
CELLS = ("gru", "ugrnn", "lstm", "vanilla")
# name: cell, task, classes, seed
NETWORKS = {
    **{
        f"{cell}-{classes}-{seed}": (cell, "categorical", str(classes), seed)
        for classes in (3, 5)
        for seed in (0, 1)
        for cell in CELLS
    },
    **{f"{cell}-{task}": (cell, task, None, 0) for task in ("ag_news", "sst5") for cell in ("gru", "lstm")},
}
# Not of the twenty of the census: 256 units with biases as the cell draws them, where a network on text has others.
WIDE = {"gru-3-256": ("gru", "categorical", "3", 0)}
# Nor these: three seeds each of simplices, squares, arcs and reviews, for the benchmarks of shapes and evidence.
SHAPES = {
    **{f"gru-3-{seed}": ("gru", "categorical", "3", seed) for seed in (0, 1, 2)},
    **{f"gru-labels-{seed}": ("gru", "multilabel", "2", seed) for seed in (0, 1, 2)},
    **{f"gru-ordered-{seed}": ("gru", "ordered", "5", seed) for seed in (0, 1, 2)},
}
REVIEWS = {f"gru-yelp5-{seed}": ("gru", "yelp5", None, seed) for seed in (0, 1, 2)}
# Half the units, two thirds of the steps and half the documents that the defaults would take, of each class as many.
REVIEWED, REVIEW_UNITS, REVIEW_STEPS = 20_000, 128, 1_000
# The five of the solver benchmark: three classes with each cell, and one on natural text.
FIVE = ("gru-3-0", "ugrnn-3-0", "lstm-3-0", "vanilla-3-0", "gru-ag_news")


@dataclass(frozen=True)
class Trained:
    """A trained network, ready to be held.

    Attributes:
        name: Its name.
        cell: Its cell, in float64.
        mean: The mean input, [input].
        states: The states visited on 200 test documents a class, [token, unit].
        accuracy: On the test documents.
    """

    name: str
    cell: Cell
    mean: Tensor
    states: Tensor
    accuracy: float

    def hold(self, at: str) -> Map:
        """Held at ``zero`` or at ``mean``."""
        return Map.hold(self.cell, self.mean if at == "mean" else torch.zeros_like(self.mean), name=at)

    def draw(self, count: int, seed: int = 0) -> Tensor:
        """Visited states drawn at random, [state, unit]."""
        generator = torch.Generator().manual_seed(seed)
        return self.states[torch.randperm(len(self.states), generator=generator)[:count]]


def trained(name: str) -> Trained:
    """A network by its name, trained if it is not kept yet."""
    folder = KEPT / name
    if not (folder / "measured.safetensors").is_file():
        _train(name, folder)
    measured = load_file(folder / "measured.safetensors")
    cell = Classifier.load(folder).cell.frozen(torch.float64)
    return Trained(name, cell, measured["mean"], measured["states"].double(), float(measured["accuracy"]))


def opened(name: str) -> tuple[Classifier, Task]:
    """The network itself and its documents, trained if it is not kept yet.

    Raises:
        NetworkError: It was trained on other words or classes than its documents have today; delete its folder.
    """
    if not (KEPT / name / "measured.safetensors").is_file():
        _train(name, KEPT / name)
    network, task = Classifier.load(KEPT / name), documents_of(name)
    network.require(task.train)
    return network, task


def natural_data() -> str | None:
    """Where the natural data sets are, or None."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return os.environ.get("SLOWFOLD_DATA") or (str(beside) if beside.is_dir() else None)


def available() -> list[str]:
    """The names of the networks that can be had: those on natural text only where their data are."""
    data = natural_data()
    return [
        name
        for name, (_, task, _, _) in NETWORKS.items()
        if task in LANGUAGES or (KEPT / name).is_dir() or (data is not None and (Path(data) / task).is_dir())
    ]


def documents_of(name: str) -> Task:
    """The documents that a network was trained and tested on."""
    _, task, classes, seed = {**NETWORKS, **WIDE, **SHAPES, **REVIEWS}[name]
    data = None if task in LANGUAGES else natural_data()
    read = read_task(Source(task=task, classes=classes, seed=seed, data_dir=data))
    # The same documents for all seeds: what differs is the network.
    return replace(read, train=read.train.take(REVIEWED, seed=0)) if name in REVIEWS else read


def _train(name: str, folder: Path) -> None:
    cell, _, _, seed = {**NETWORKS, **WIDE, **SHAPES, **REVIEWS}[name]
    begin = time.perf_counter()
    corpora = documents_of(name)
    hidden = REVIEW_UNITS if name in REVIEWS else 256 if name in WIDE else None
    network = Classifier.build(corpora.train, cell=cell, hidden=hidden, seed=seed)
    fit(network, corpora.train, steps=REVIEW_STEPS if name in REVIEWS else None, seed=seed)
    accuracy = network.accuracy(corpora.test)
    sample = corpora.test.take(200 * len(corpora.test.class_names), seed=0)
    network.save(folder)
    measured = {
        "mean": network.mean_input(corpora.train).double(),
        "states": network.states(sample).contiguous(),
        "accuracy": torch.tensor(accuracy),
    }
    save_file(measured, folder / "measured.safetensors")
    print(f"{name}: accuracy {accuracy:.3f}, {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for wanted in sys.argv[1:] or available():
        network = trained(wanted)
        print(f"{wanted}: {network.cell.size} units, accuracy {network.accuracy:.3f}", flush=True)
