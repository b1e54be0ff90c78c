"""How far apart the states of networks are that read the same texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from slowfold.errors import TensorError
from slowfold.geometry.comparison import representation_distance, representation_distances
from slowfold.networks import Classifier
from slowfold.study.runs import Run
from slowfold.text import Corpus

__all__ = ["same_words", "state_distances", "states_after"]

# States that are compared, evenly among all: more of them take longer and tell no more.
_MOST_STATES = 10_000


def same_words(runs: Sequence[Run]) -> tuple[tuple[int, ...], ...]:
    """The runs that know the same words, and so can read the same texts, group by group.

    A run that was made without words is a group by itself.

    Args:
        runs: Finished runs.
    """
    groups: dict[object, list[int]] = {}
    for row, run in enumerate(runs):
        known = frozenset(run.vocabulary.words) if run.has_words else row
        groups.setdefault(known, []).append(row)
    return tuple(tuple(group) for group in groups.values())


def state_distances(runs: Sequence[Run]) -> tuple[Float64[Tensor, "run run"], list[str]]:
    """The distances of the states of each two runs, and what is to be said of those that have none.

    Runs that know the same words read the documents that the first of them visited, each by its own network; compared
    is what the readout reads, by :func:`~slowfold.geometry.comparison.representation_distance`.

    Args:
        runs: Finished runs.

    Returns:
        The distances, NaN where two runs cannot be compared, [run, run]; and why, a sentence each.
    """
    distances = torch.full((len(runs), len(runs)), torch.nan, dtype=torch.float64)
    notes: list[str] = []
    for group in same_words(runs):
        if len(group) == 1:
            continue
        rows = torch.tensor(group)
        states = [states_after(runs[group[0]], runs[row].network) for row in group]
        try:
            distances[rows.unsqueeze(1), rows] = representation_distances(states)
        except TensorError:
            distances[rows.unsqueeze(1), rows] = _one_by_one(states, [runs[row].name for row in group], notes)
    return distances, notes


def states_after(run: Run, network: Classifier) -> Float64[Tensor, "state read"]:
    """What the readout of a network reads after the words of the documents that a run visited, [state, read].

    Args:
        run: The run whose documents are read.
        network: A network that knows the same words, in any order.
    """
    analysis = run.analysis
    order = {word: place for place, word in enumerate(network.vocabulary.words)}
    place = np.array([order[word] for word in run.vocabulary.words], dtype=np.int32)
    lengths = np.bincount(analysis["state_document"].values)
    labels = (len(lengths), len(network.class_names)) if network.kind == "multilabel" else len(lengths)
    corpus = Corpus(
        tokens=place[analysis["state_token"].values],
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        # The network is not asked what is right, only what it reads.
        labels=np.zeros(labels, dtype=np.bool_ if network.kind == "multilabel" else np.int64),
        vocabulary=network.vocabulary,
        class_names=network.class_names,
        kind=network.kind,
        name=run.name,
    )
    states = network.read_out(network.states(corpus))
    chosen = np.unique(np.linspace(0, len(states) - 1, min(len(states), _MOST_STATES)).round().astype(np.int64))
    return states[torch.from_numpy(chosen)].double()


def _one_by_one(states: Sequence[Tensor], names: Sequence[str], notes: list[str]) -> Float64[Tensor, "run run"]:
    """The same, where one of the networks has states that cannot be compared: the others can."""
    usable = list[int]()
    for row, own in enumerate(states):
        try:
            representation_distance(own, own)
        except TensorError as error:
            notes.append(f"The states of {names[row]} cannot be compared: {error}.")
        else:
            usable.append(row)
    distances = torch.full((len(states), len(states)), torch.nan, dtype=torch.float64)
    if usable:
        rows = torch.tensor(usable)
        distances[rows.unsqueeze(1), rows] = representation_distances([states[row] for row in usable])
    return distances
