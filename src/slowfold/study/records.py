"""What an analysis leaves behind: summary.json for programs, analysis.nc for arrays."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from slowfold.cells import cell_layers, name_cell
from slowfold.dynamics import DistinctPoints, End, Modes, Verdict
from slowfold.dynamics.distinct import DistinctGhosts
from slowfold.geometry import Dimension, Directions, PrincipalComponents
from slowfold.study.measurements import Manifold, Measurements, Search

__all__ = ["SCHEMA", "VERDICTS", "to_dataset", "to_summary"]

SCHEMA = 1
"""The version of summary.json."""

VERDICTS = tuple(verdict.value for verdict in Verdict)
"""What the numbers in ``verdict`` of analysis.nc stand for."""

# The leading principal components that coordinates are kept on, and the shares and modes that a summary lists.
_COMPONENTS = 10
_LISTED = 20
_STAGES = ("data", "train", "search", "manifold", "linearize", "geometry", "report")


def to_summary(measured: Measurements) -> dict[str, Any]:
    """The contract of summary.json, schema 1: numbers, and None where a stage does not exist."""
    network, training, accuracy = measured.network, measured.training, measured.accuracy
    recipe = None if training is None else training.recipe
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
        "network": {
            "cell": name_cell(network.cell),
            "hidden": network.cell.output_size,
            "layers": len(cell_layers(network.cell)),
            "state": network.cell.size,
            "readout": network.readout_of,
            "embedding": None if network.embedding is None else network.embedding.embedding_dim,
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "l2": None if recipe is None else recipe.l2,
            "l2_scope": None if recipe is None else recipe.l2_scope,
        },
        "accuracy": {
            "train": accuracy.train,
            "test": accuracy.test,
            "shuffled_words": accuracy.shuffled_words,
            "bag_of_words": accuracy.bag_of_words,
            "projected": accuracy.projected,
        },
        "dimension": {
            "predicted": {
                "frequency": _directions(measured.prediction.frequency),
                "evidence": _directions(measured.prediction.evidence),
                "documents": _directions(measured.prediction.documents),
            },
            "visited": _dimension(measured.visited_axes.dimension),
            "final": _dimension(measured.final_axes.dimension),
            "fixed_points": _dimension(measured.points_dimension),
            "manifold": _manifold_dimension(measured.manifold),
        },
        "fixed_points": [_fixed_points(search) for search in measured.searches],
        "manifold": _manifold(measured.manifold),
        "modes": _modes(measured),
        "readouts": {
            "angles": [[_number(angle) for angle in row] for row in measured.readouts.angles.tolist()],
            "norms": measured.readouts.norms.tolist(),
        },
        "seconds": {**seconds, "total": math.fsum(value for value in seconds.values() if value is not None)},
        "environment": {
            "slowfold": version("slowfold"),
            "python": platform.python_version(),
            "torch": torch.__version__,
            "system": platform.system(),
            "machine": platform.machine(),
            "device": str(network.device),
            "threads": torch.get_num_threads(),
        },
    }


def _dimension(measured: Dimension) -> dict[str, Any]:
    return {
        "participation_ratio": measured.participation_ratio,
        "for_90": measured.for_90,
        "for_95": measured.for_95,
        "shares": list(measured.shares[:_LISTED]),
    }


def _directions(foretold: Directions | None) -> dict[str, Any] | None:
    return None if foretold is None else {**_dimension(foretold.dimension), "above_chance": foretold.above_chance}


def _fixed_points(search: Search) -> dict[str, Any]:
    points, audit, attractors = search.points, search.census.audit, search.census.attractors
    return {
        "input": search.held,
        "starts": len(points),
        "added": search.added,
        **{verdict.value.replace(" ", "_"): points.count(verdict) for verdict in Verdict},
        "distinct": len(points.distinct),
        "distinct_ghosts": len(points.ghosts),
        "stable": int(points.distinct.stable.sum()),
        "come_to_rest": _number(audit.come_to_rest),
        "iterated": {end.name.lower(): attractors.count(end) for end in End},
        "cycles": [cycle.period for cycle in attractors.cycles],
        "audit": {
            "applicable": audit.applicable,
            "sum": audit.sum,
            "unlisted": audit.unlisted,
            "complete": audit.complete,
        },
    }


def _manifold_dimension(manifold: Manifold | None) -> dict[str, Any] | None:
    reached = manifold is not None and bool(manifold.surface.reached.any())
    return _dimension(manifold.dimension) if manifold is not None and reached else None


def _manifold(manifold: Manifold | None) -> dict[str, Any] | None:
    if manifold is None:
        return None
    surface = manifold.surface
    return {
        "input": surface.held,
        "starts": len(surface),
        "reached": int(surface.reached.sum()),
        "out_of_bounds": int(surface.out_of_bounds.sum()),
        "linearized": len(manifold.linearized),
        "plane": surface.dimensions,
        "order": surface.order,
        "defect": _number(surface.median_defect),
    }


def _modes(measured: Measurements) -> dict[str, Any] | None:
    manifold, points = measured.manifold, measured.search("mean").modes
    if manifold is not None and manifold.modes is not None:
        return _mode_figures("manifold", manifold.modes, measured.train.mean_length)
    return None if points is None else _mode_figures("fixed points", points, measured.train.mean_length)


def _mode_figures(at: str, modes: Modes, length: float) -> dict[str, Any]:
    # Modes of one rank are compared, those that grow among them: at some points of the surface the slowest mode grows.
    medians = np.median(modes.time_constant[:, :_LISTED].numpy(), axis=0).tolist()
    return {
        "at": at,
        "time_constants": [_number(value) for value in medians],
        # Counts stay whole: of two middle ones the lower is told.
        "unstable": int(modes.unstable.median()),
        "at_or_above_length": int(modes.remembered(length).median()),
        "before_gap": int(modes.before_gap().median()),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def to_dataset(measured: Measurements, *, words: bool = True) -> xr.Dataset:
    """The arrays of an analysis, with named dimensions and units.

    Coordinates on principal components are taken over what the readout reads of the visited states, and centred on its
    mean. The dimension ``read`` is of that part of the state, and its coordinate tells which units of the state it is.

    Args:
        measured: What was measured.
        words: Whether to name the words; without, they are numbers.
    """
    axes, reading, sample = measured.visited_axes, measured.reading, measured.sample
    kept = min(_COMPONENTS, len(axes.variances))
    offsets = reading.offsets
    network = measured.network
    documents = torch.repeat_interleave(torch.arange(len(sample)), offsets.diff())
    names = network.vocabulary.words

    def on_components(states: Tensor) -> Tensor:
        return axes.project(network.read_out(states), kept)

    deflections = measured.words
    data: dict[str, Any] = {
        "state": _array(("step", "component"), on_components(reading.states).float(), "visited states"),
        "state_document": _array("step", documents, "the document that the step belongs to"),
        "state_token": _array("step", torch.from_numpy(sample.tokens.astype(np.int64)), "the word just read"),
        "document_label": _array("document", torch.from_numpy(sample.labels.copy()), "the true class"),
        "document_predicted": _array("document", reading.predicted, "the class with the most evidence"),
        "document_logits": _array(("document", "class"), reading.logits, "evidence at the end", "nats"),
        "final": _array(("test", "component"), on_components(measured.final).float(), "final states"),
        "final_label": _array("test", torch.from_numpy(measured.test.labels.copy()), "the true class"),
        "initial": _array("component", on_components(network.initial_state), "the initial state"),
        "mean": _array("read", axes.mean, "the mean of the visited states"),
        "axes": _array(("component", "read"), axes.axes[:kept], "principal components of the visited states"),
        "visited_share": _shares("visited_component", axes),
        "final_share": _shares("final_component", measured.final_axes),
        "predicted_share": _array("predicted_component", torch.tensor(measured.prediction.shares), "share of variance"),
        "readout": _array(("class", "read"), network.readout.weight, "readout vectors"),
        "readout_bias": _array("class", _bias(network.readout.bias, len(network.class_names)), "readout biases"),
        "readout_direction": _array(
            ("class", "component"), axes.direction(network.readout.weight, kept), "readouts on the components"
        ),
        "readout_angle": _array(("class", "class_other"), measured.readouts.angles, "angle of readouts", "degrees"),
        "word_favours": _array("word", deflections.favours, "the class a word speaks for; -1: none"),
        "word_move": _array(
            ("word", "move", "component"), axes.direction(deflections.moves, kept).float(), "F(h, w) - h"
        ),
        "word_mean_move": _array(("word", "component"), axes.direction(deflections.mean, kept), "mean F(h, w) - h"),
        "word_length": _array("word", deflections.mean.norm(dim=1), "length of the mean move"),
        "word_evidence": _array(
            ("word", "class"), deflections.evidence, "part of the mean move in the logits, less their mean", "nats"
        ),
    }
    for search in measured.searches:
        data |= _search_arrays(search, on_components)
    if measured.manifold is not None:
        data |= _manifold_arrays(
            measured.manifold, on_components, lambda moves: axes.direction(network.read_out(moves), kept)
        )
    spelled = [names[i] if words else f"word {i}" for i in deflections.id.tolist()]
    read = network.read_out(torch.arange(network.cell.size, dtype=torch.float64)).long()
    return xr.Dataset(
        data,
        coords={
            "class": list(network.class_names),
            "word": spelled,
            "component": np.arange(1, kept + 1),
            "read": read.numpy(),
        },
        attrs={
            "title": f"slowfold analysis of {measured.train.name}",
            "task_kind": measured.train.kind,
            "mean_length": measured.train.mean_length,
            "verdicts": list(VERDICTS),
            "has_words": int(words),
            "notes": list(measured.notes),
            **{f"{search.held}_starts_added": search.added for search in measured.searches},
        },
    )


def _search_arrays(search: Search, on_components: Callable[[Tensor], Tensor]) -> dict[str, xr.DataArray]:
    points, at = search.points, search.held
    verdicts = torch.tensor([VERDICTS.index(verdict.value) for verdict in points.verdict], dtype=torch.int64)
    arrays = {
        "began": _array((f"{at}_start", "component"), on_components(points.start).float(), "where searches began"),
        "ended": _array((f"{at}_start", "component"), on_components(points.point).float(), "where searches ended"),
        "verdict": _array(f"{at}_start", verdicts, "position in the attribute verdicts"),
        "q": _array(f"{at}_start", points.q, "1/2 ||F(h) - h||^2, summed over units"),
        "steps": _array(f"{at}_start", points.steps, "steps tried"),
        "member": _array(f"{at}_start", points.member, "row of the distinct point, or ghost, come to; -1: neither"),
        "predicted": _array(f"{at}_start", search.logits.argmax(dim=1), "the class with the most evidence at the end"),
        **_distinct_arrays(points.distinct, f"{at}_point", "point", on_components),
        **_distinct_arrays(points.ghosts, f"{at}_ghost", "ghost", on_components),
    }
    if search.modes is not None:
        modes = search.modes
        # All eigenvalues are kept, and the vectors of the slowest modes.
        arrays |= {
            "eigenvalue": _array((f"{at}_point", "mode"), modes.eigenvalue, "eigenvalues of dF/dh"),
            "time_constant": _array((f"{at}_point", "mode"), modes.time_constant, "1 / |ln |lambda||", "tokens"),
            "conditioning": _array(f"{at}_point", modes.conditioning, "condition number of the right vectors"),
            "right": _array((f"{at}_point", "unit", "slow_mode"), modes.right[:, :, :_COMPONENTS], "right vectors"),
            "left": _array((f"{at}_point", "slow_mode", "unit"), modes.left[:, :_COMPONENTS], "left vectors"),
        }
    return {f"{at}_{name}": array for name, array in arrays.items()}


def _manifold_arrays(
    manifold: Manifold, on_components: Callable[[Tensor], Tensor], moved: Callable[[Tensor], Tensor]
) -> dict[str, xr.DataArray]:
    surface = manifold.surface
    start = "manifold_start"
    arrays = {
        "began": _array((start, "component"), on_components(surface.start).float(), "where searches began"),
        "state": _array((start, "unit"), surface.point, "where searches ended, above the same place in the plane"),
        "on_components": _array((start, "component"), on_components(surface.point), "where searches ended"),
        "reached": _array(start, surface.reached.to(torch.int8), "1 where the end is on the slow manifold, else 0"),
        "start_residual": _array(start, surface.start_residual, "residual across the plane where searches began"),
        "residual": _array(start, surface.residual, "residual across the plane where searches ended"),
        "speed": _array(start, surface.q, "1/2 ||F(h) - h||^2, summed over units; NaN: not reached"),
        "speed_along": _array(start, surface.q_along, "the part of the speed along the surface; NaN: not reached"),
        "velocity": _array(
            (start, "component"), moved(surface.velocity), "part of F(h) - h along the surface; NaN: not reached"
        ),
        "defect": _array(
            start, surface.defect, "how far one step leads off the surface, over its length; NaN: not reached"
        ),
        "predicted": _array(start, manifold.logits.argmax(dim=1), "the class with the most evidence at the end"),
    }
    if manifold.modes is not None:
        modes, place = manifold.modes, "manifold_point"
        arrays |= {
            "row": _array(place, manifold.linearized, "the start whose end was linearised"),
            "eigenvalue": _array((place, "mode"), modes.eigenvalue, "eigenvalues of dF/dh"),
            "time_constant": _array((place, "mode"), modes.time_constant, "1 / |ln |lambda||", "tokens"),
            "conditioning": _array(place, modes.conditioning, "condition number of the right vectors"),
        }
    return {f"manifold_{name}": array for name, array in arrays.items()}


def _distinct_arrays(
    points: DistinctPoints | DistinctGhosts, dimension: str, prefix: str, on_components: Callable[[Tensor], Tensor]
) -> dict[str, xr.DataArray]:
    arrays = {
        "state": _array((dimension, "unit"), points.point, "states"),
        "on_components": _array((dimension, "component"), on_components(points.point), "states"),
        "speed": _array(dimension, points.q, "1/2 ||F(h) - h||^2, summed over units"),
        "multiplicity": _array(dimension, points.multiplicity, "starts that came to it"),
        "unstable": _array(dimension, points.unstable, "eigenvalues of size above 1"),
    }
    if isinstance(points, DistinctPoints):
        arrays["index"] = _array(dimension, points.index, "sign det(I - J)")
        arrays["smallest"] = _array(dimension, points.smallest, "least singular value of I - J, of the steady map")
    return {f"{prefix}_{name}": array for name, array in arrays.items()}


def _shares(dimension: str, axes: PrincipalComponents) -> xr.DataArray:
    return _array(dimension, torch.tensor(axes.dimension.shares), "share of variance")


def _bias(bias: Tensor | None, classes: int) -> Tensor:
    return torch.zeros(classes) if bias is None else bias


def _array(dimensions: str | Sequence[str], values: Tensor, meaning: str, units: str = "1") -> xr.DataArray:
    """An array that says what it is; activities, counts and shares are pure numbers, of unit 1."""
    names = (dimensions,) if isinstance(dimensions, str) else tuple(dimensions)
    return xr.DataArray(values.detach().cpu().numpy(), dims=names, attrs={"long_name": meaning, "units": units})
