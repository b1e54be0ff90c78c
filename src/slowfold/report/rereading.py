"""The documents of a run read once more, for what its arrays do not hold, such as states in all units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64

from slowfold.dynamics import Map
from slowfold.study import Run
from slowfold.text import Corpus

__all__ = [
    "Plane",
    "Shuffled",
    "hold_mean",
    "logits_at",
    "plane_of",
    "sample_of",
    "shuffled_of",
    "states_of",
]

# Draws the order in which shuffled words are read.
_SEED = 0

# So many visited states decide which way a plane runs through units that the readout does not read.
_ENOUGH = 4_000


@dataclass(frozen=True)
class Plane:
    """The plane of two principal components, in all units of the state.

    Attributes:
        origin: The state where both coordinates are 0, [unit].
        axes: What a unit along each coordinate adds to the state, [2, unit].
    """

    origin: Float64[np.ndarray, " unit"]
    axes: Float64[np.ndarray, "component unit"]

    def states(self, places: Float64[np.ndarray, "place component"]) -> Float64[np.ndarray, "place unit"]:
        """The states at places of the plane, [place, unit]."""
        return self.origin + places @ self.axes


@dataclass(frozen=True)
class Shuffled:
    """The ends of documents with their words in order and in another.

    Attributes:
        ordered: Where each ends, on two components, [document, 2].
        shuffled: Where its words end in random order, [document, 2].
        alike: The share of documents that are decided alike.
        away: How far apart the two ends are, over the length of the first, in the mean.
    """

    ordered: Float64[np.ndarray, "document 2"]
    shuffled: Float64[np.ndarray, "document 2"]
    alike: float
    away: float


def hold_mean(run: Run) -> Map:
    """The network held at the mean input, which analysis.nc keeps."""
    kept = torch.from_numpy(run.analysis["mean_input"].values.copy())
    return run.network.hold(input=kept, name="mean")


def logits_at(run: Run, states: Float64[np.ndarray, "state unit"]) -> Float64[np.ndarray, "state class"]:
    """The evidence for each class at states in all units, in nats, [state, class]."""
    analysis = run.analysis
    read = states[:, analysis["read"].values]
    return read @ analysis["readout"].values.astype(np.float64).T + analysis["readout_bias"].values


def sample_of(run: Run) -> Corpus:
    """The test documents whose visited states were kept: their words stand in analysis.nc as numbers."""
    analysis = run.analysis
    network = run.network
    boundaries = np.flatnonzero(np.diff(analysis["state_document"].values)) + 1
    offsets = np.concatenate([[0], boundaries, [analysis.sizes["step"]]]).astype(np.int64)
    labels = analysis["document_label"].values
    return Corpus(
        tokens=analysis["state_token"].values.astype(np.int32),
        offsets=offsets,
        labels=labels.astype(bool) if labels.ndim == 2 else labels.astype(np.int64),
        vocabulary=network.vocabulary,
        class_names=network.class_names,
        kind=network.kind,
        name=str(run.summary["task"]["name"]),
    )


def shuffled_of(run: Run) -> Shuffled:
    """Reads the documents that the run keeps twice: as they are, and each with its words in random order.

    Args:
        run: A finished run.
    """
    analysis, network, sample = run.analysis, run.network, sample_of(run)
    ends = [network.final_states(one).double().numpy() for one in (sample, sample.shuffled_words(seed=_SEED))]
    read, axes = analysis["read"].values, analysis["axes"].values[:2].astype(np.float64)
    places = [(states[:, read] - analysis["mean"].values) @ axes.T for states in ends]
    ordered, shuffled = (np.pad(place, [(0, 0), (0, 2 - place.shape[1])]) for place in places)
    several = run.summary["task"]["kind"] == "multilabel"
    evidence = [logits_at(run, states) for states in ends]
    decided = [one > 0 if several else one.argmax(axis=1)[:, None] for one in evidence]
    lengths = np.linalg.norm(ends[0][:, read], axis=1)
    return Shuffled(
        ordered=ordered,
        shuffled=shuffled,
        alike=float((decided[0] == decided[1]).all(axis=1).mean()),
        away=float((np.linalg.norm(ends[1][:, read] - ends[0][:, read], axis=1) / np.maximum(lengths, 1e-12)).mean()),
    )


def states_of(run: Run) -> Float64[np.ndarray, "step unit"]:
    """The visited states in all units, in the order of analysis.nc, [step, unit]."""
    return run.network.states(sample_of(run)).double().numpy()


def plane_of(run: Run) -> Plane:
    """The plane of the first two principal components of what the readout reads of the visited states.

    Where the readout reads all of the state, that is the plane itself. Where it reads a part, as h of an LSTM, the
    other units follow from the two coordinates as well as a linear map can make them, by least squares over the
    visited states.
    """
    analysis = run.analysis
    read, axes = analysis["read"].values, analysis["axes"].values[:2].astype(np.float64)
    if len(axes) < 2:
        axes = np.vstack([axes, np.zeros((2 - len(axes), axes.shape[1]))])
    mean, units = analysis["mean"].values.astype(np.float64), analysis.sizes["unit"]
    if len(read) == units:
        return Plane(mean, axes)
    chosen = np.unique(np.linspace(0, analysis.sizes["step"] - 1, _ENOUGH).round().astype(np.int64))
    visited = states_of(run)[chosen]
    places = (visited[:, read] - mean) @ axes.T
    known = np.column_stack([np.ones(len(places)), places])
    fitted = np.linalg.lstsq(known, visited, rcond=None)[0]
    origin, along = fitted[0], fitted[1:].copy()
    origin[read], along[:, read] = mean, axes
    return Plane(origin, along)
