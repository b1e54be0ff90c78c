"""Small runs to lay side by side: one trained, the same in other words, and one whose points are known."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from slowfold.networks import Classifier
from slowfold.study import Run, analyze, open_run
from slowfold.text import Corpus, Vocabulary, categorical

Copied = Callable[[Run, str], Run]

# Where each unit of the turned network comes from.
UNITS = (3, 1, 5, 0, 2, 4, 15, 7, 9, 8, 6, 10, 14, 12, 13, 11)


@pytest.fixture(scope="session")
def square(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of tanh(2 h) in each of two units, all but without input: nine fixed points, whose graph is known."""
    train, test = categorical(classes=3, length=8).sample(120, seed=0).split(test=0.25, seed=0)
    network = Classifier.build(train, cell="vanilla", hidden=2, seed=0)
    with torch.no_grad():
        for name, weight in network.cell.named_parameters():
            weight.copy_(2 * torch.eye(2) if "weight_hh" in name else 1e-3 * weight)
        network.initial_state.fill_(0.1)
    return analyze(network, train, test, folder=tmp_path_factory.mktemp("square") / "run", starts=16, states_of=30)


@pytest.fixture(scope="session")
def wordless(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run as it would be without words."""
    folder = tmp_path_factory.mktemp("wordless") / "run"
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns("vocabulary.json"))
    return open_run(folder)


@pytest.fixture(scope="session")
def renamed(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The very network of ``run`` with its words in another order, its units turned around, and other class names."""
    folder = tmp_path_factory.mktemp("renamed") / "run"
    shutil.copytree(run.folder, folder)
    network = run.network
    order = torch.tensor([2, 0, 3, 1])
    words = tuple(network.vocabulary.words[i] for i in order)
    corpus = Corpus.from_tokens([[0], [1], [2]], [0, 1, 2], Vocabulary(words), ("a", "b", "c"))
    other = Classifier.build(corpus, hidden=len(UNITS), seed=0)
    units = torch.tensor(UNITS)
    rows = torch.cat([units + len(UNITS) * gate for gate in range(3)])
    given = network.state_dict()
    changed = {
        name: value[rows][:, units]
        if "weight_hh" in name
        else value[rows][:, order]
        if "weight_ih" in name
        else value[rows]
        if "bias" in name and "readout" not in name
        else value[:, units]
        if name == "readout.weight"
        else value[units]
        if name == "initial_state"
        else value
        for name, value in given.items()
    }
    other.load_state_dict(changed)
    other.save(folder)
    return open_run(folder)


@pytest.fixture
def copied(tmp_path: Path) -> Copied:
    """Makes a copy of a run in a folder of a given name."""

    def copy(run: Run, name: str) -> Run:
        folder = tmp_path / name
        shutil.copytree(run.folder, folder)
        return open_run(folder)

    return copy
