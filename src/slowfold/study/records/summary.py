"""The contract of summary.json."""

from __future__ import annotations

import math
import platform
from importlib.metadata import version
from typing import Any

import torch

from slowfold.cells import cell_layers, name_cell
from slowfold.geometry import Readouts
from slowfold.networks import Classifier
from slowfold.study.measurements import Measurements
from slowfold.study.records.accuracy import accuracy_summary
from slowfold.study.records.context import context_summary
from slowfold.study.records.dimensions import dimension_summary, prediction_summary
from slowfold.study.records.evidence import evidence_summary
from slowfold.study.records.modes import modes_summary
from slowfold.study.records.searching import search_summary
from slowfold.study.records.shapes import shapes_summary
from slowfold.study.records.surface import manifold_dimension, manifold_summary
from slowfold.study.records.values import finite

__all__ = ["SCHEMA", "to_summary"]

SCHEMA = 1
"""The version of summary.json."""

_STAGES = ("data", "train", "search", "manifold", "linearize", "geometry", "report")


def to_summary(measured: Measurements) -> dict[str, Any]:
    """The contract of summary.json, schema 1: numbers, and None where a stage does not exist.

    Example:
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study.analysis import measure
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> to_summary(measure(network, train, test, starts=16))["task"]["documents"]
        {'train': 240, 'test': 60}
    """
    seconds = {stage: measured.seconds.get(stage) for stage in _STAGES}
    return {
        "schema": SCHEMA,
        "task": {
            "name": measured.train.name,
            "kind": measured.train.kind,
            "classes": list(measured.train.class_names),
            "documents": {"train": len(measured.train), "test": len(measured.test)},
            "mean_length": measured.train.mean_length,
        },
        "network": _network(measured),
        "accuracy": accuracy_summary(measured.accuracy, measured.train.kind),
        "dimension": {
            "predicted": prediction_summary(measured.prediction),
            "visited": dimension_summary(measured.visited_axes.dimension),
            "final": dimension_summary(measured.final_axes.dimension),
            "fixed_points": dimension_summary(measured.points_dimension),
            "manifold": manifold_dimension(measured.manifold),
        },
        "fixed_points": [search_summary(search) for search in measured.searches],
        "manifold": manifold_summary(measured.manifold),
        "modes": modes_summary(measured.manifold, measured.search("mean"), measured.train.mean_length),
        "readouts": _readouts(measured.shapes.readouts),
        "shape": shapes_summary(measured.shapes),
        "evidence": evidence_summary(measured.evidence),
        "context": context_summary(measured.context),
        "seconds": {**seconds, "total": math.fsum(value for value in seconds.values() if value is not None)},
        "environment": _environment(measured.network),
    }


def _network(measured: Measurements) -> dict[str, Any]:
    network = measured.network
    recipe = None if measured.training is None else measured.training.recipe
    return {
        "cell": name_cell(network.cell),
        "hidden": network.cell.output_size,
        "layers": len(cell_layers(network.cell)),
        "state": network.cell.size,
        "readout": network.readout_of,
        "embedding": None if network.embedding is None else network.embedding.embedding_dim,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "l2": None if recipe is None else recipe.l2,
        "l2_scope": None if recipe is None else recipe.l2_scope,
    }


def _readouts(readouts: Readouts) -> dict[str, Any]:
    return {
        "angles": [[finite(angle) for angle in row] for row in readouts.angles.tolist()],
        "norms": readouts.norms.tolist(),
    }


def _environment(network: Classifier) -> dict[str, Any]:
    return {
        "slowfold": version("slowfold"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": platform.system(),
        "machine": platform.machine(),
        "device": str(network.device),
        "threads": torch.get_num_threads(),
    }
