"""The arrays of an analysis, with named dimensions and units."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from slowfold.study.measurements import Measurements
from slowfold.study.records.context import context_arrays
from slowfold.study.records.dimensions import shares_array
from slowfold.study.records.evidence import evidence_arrays
from slowfold.study.records.searching import VERDICTS, search_arrays
from slowfold.study.records.shapes import shapes_arrays
from slowfold.study.records.surface import manifold_arrays
from slowfold.study.records.values import COMPONENTS, named_array
from slowfold.study.records.words import words_arrays

__all__ = ["to_dataset"]


def to_dataset(measured: Measurements, *, words: bool = True) -> xr.Dataset:
    """The arrays of an analysis, with named dimensions and units.

    Coordinates on principal components are taken over what the readout reads of the visited states, every document
    weighing the same, and centred on its mean. The dimension ``read`` is of that part of the state, and its coordinate
    tells which units of the state it is. What a document is, and what is decided, is one class, [document], or which
    labels it has, [document, class].

    Args:
        measured: What was measured.
        words: Whether to name the words; without, they are numbers.

    Example:
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study.analysis import measure
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> to_dataset(measure(network, train, test, starts=16)).sizes["read"]
        8
    """
    axes, network, kind = measured.visited_axes, measured.network, measured.train.kind
    kept = min(COMPONENTS, len(axes.variances))

    def on_components(states: Tensor) -> Tensor:
        return axes.project(network.read_out(states), kept)

    def along_components(moves: Tensor) -> Tensor:
        return axes.direction(moves, kept)

    data: dict[str, Any] = {
        **_document_arrays(measured),
        "state": named_array(("step", "component"), on_components(measured.reading.states).float(), "visited states"),
        "final": named_array(("test", "component"), on_components(measured.final).float(), "final states"),
        "initial": named_array("component", on_components(network.initial_state), "the initial state"),
        "mean_input": named_array(
            "input",
            network.mean_input(measured.train).double(),
            "the mean input over the words of the training documents",
        ),
        "mean": named_array("read", axes.mean, "the mean of the visited states"),
        "axes": named_array(("component", "read"), axes.axes[:kept], "principal components of the visited states"),
        "visited_share": shares_array("visited_component", axes.dimension),
        "final_share": shares_array("final_component", measured.final_axes.dimension),
        "predicted_share": named_array(
            "predicted_component", torch.tensor(measured.prediction.shares), "share of variance"
        ),
        "readout": named_array(("class", "read"), network.readout.weight, "readout vectors"),
        "readout_bias": named_array("class", _bias(network.readout.bias, len(network.class_names)), "readout biases"),
        "readout_direction": named_array(
            ("class", "component"), along_components(network.readout.weight), "readouts on the components"
        ),
        "readout_angle": named_array(
            ("class", "class_other"), measured.shapes.readouts.angles, "angle of readouts", "degrees"
        ),
        **words_arrays(measured.words, along_components),
        **shapes_arrays(measured.shapes, lambda read: axes.project(read, kept)),
        **evidence_arrays(measured.evidence, _spelled(measured, measured.evidence.words.id, words=words)),
    }
    if measured.context is not None:
        data |= context_arrays(measured.context, network.vocabulary.words if words else None)
    for search in measured.searches:
        data |= search_arrays(search, kind, on_components)
    if measured.manifold is not None:
        data |= manifold_arrays(
            measured.manifold, kind, on_components, lambda moves: along_components(network.read_out(moves))
        )
    return xr.Dataset(
        data,
        coords={
            "class": list(network.class_names),
            "word": _spelled(measured, measured.words.id, words=words),
            "component": np.arange(1, kept + 1),
            "read": network.read_out(torch.arange(network.cell.size, dtype=torch.float64)).long().numpy(),
        },
        attrs={
            "title": f"slowfold analysis of {measured.train.name}",
            "task_kind": kind,
            "mean_length": measured.train.mean_length,
            "verdicts": list(VERDICTS),
            "has_words": int(words),
            "notes": list(measured.notes),
            **{f"{search.held}_starts_added": search.added for search in measured.searches},
        },
    )


def _document_arrays(measured: Measurements) -> dict[str, xr.DataArray]:
    """What the documents are, what was read and what is decided."""
    reading, sample = measured.reading, measured.sample
    documents = torch.repeat_interleave(torch.arange(len(sample)), reading.offsets.diff())
    labels, final_labels = (torch.from_numpy(np.array(corpus.labels)) for corpus in (sample, measured.test))
    of_document, of_test = ((name, "class")[: labels.dim()] for name in ("document", "test"))
    return {
        "state_document": named_array("step", documents, "the document that the step belongs to"),
        "state_token": named_array("step", torch.from_numpy(sample.tokens.astype(np.int64)), "the word just read"),
        "document_label": named_array(of_document, labels, "the true class, or 1 for each label it has"),
        "document_predicted": named_array(of_document, reading.predicted, "what is decided, likewise"),
        "document_logits": named_array(("document", "class"), reading.logits, "evidence at the end", "nats"),
        "final_label": named_array(of_test, final_labels, "the true class, or 1 for each label it has"),
    }


def _spelled(measured: Measurements, ids: Tensor, *, words: bool) -> list[str]:
    names = measured.network.vocabulary.words
    return [names[i] if words else f"word {i}" for i in ids.tolist()]


def _bias(bias: Tensor | None, classes: int) -> Tensor:
    return torch.zeros(classes) if bias is None else bias
