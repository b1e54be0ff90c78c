"""How many dimensions the states of a network fill, by every measure, and what figure its classes make there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import TensorError
from slowfold.geometry.dimensions import (
    Estimates,
    PrincipalComponents,
    Resampled,
    SpaceAngles,
    balanced_weights,
    compare_spaces,
    estimate_dimensions,
    principal_components,
    resample,
)
from slowfold.geometry.shapes import (
    Arc,
    Corners,
    Faces,
    Figures,
    Readouts,
    Regions,
    assign_cube_faces,
    assign_simplex_faces,
    class_corners,
    class_regions,
    follow_arc,
    label_regions,
    measure_readouts,
    score_figures,
    shadow_on,
)
from slowfold.networks import Classifier, Reading
from slowfold.study.stages.searching import Search
from slowfold.study.stages.states import document_of_states, logits_of
from slowfold.study.stages.surface import Manifold
from slowfold.text import Corpus

__all__ = ["CloudSize", "Shapes", "measure_shapes"]

Measured = TypeVar("Measured")

# How far beyond the states the regions of the classes are drawn, as a share of their range.
_BEYOND = 0.05


@dataclass(frozen=True)
class CloudSize:
    """The dimension of a cloud of states.

    Attributes:
        estimates: By the nine measures of the paper.
        interval: How it changes when other documents are drawn; None where there is one document, or nothing varies.
    """

    estimates: Estimates
    interval: Resampled | None


@dataclass(frozen=True)
class Shapes:
    """The dimension and shape of what a network makes; states are what the readout reads of them.

    Attributes:
        visited: Of the visited states of the sample, every document weighing the same.
        final: Of the final states of all test documents.
        points: Of the distinct fixed points at the mean input, each counted once; None where there is none.
        manifold: Of the points of the slow manifold; None where none was reached.
        spaces: How the directions of all these, and of the readouts, lie to each other. Of each cloud those are meant
            that hold 90 % of its variance; of the readouts of classes what sets these apart.
        corners: The mean final state of each class, or combination of labels; None where there are fewer than two.
        figures: How well figures fit the corners; None where the corners are one point, too.
        arc: The way along the corners of ordered classes; None where classes have no order, or are fewer than three.
        faces: The faces of the simplex or cube that stand as fixed points or ghosts at the mean input; None where there
            are no such points.
        regions: What the readout decides in the plane of the visited states; None where they have one dimension.
        readouts: The lengths of the readouts, and the angles between them.
        readouts_within: How much of each readout lies in the directions that hold 90 % of the variance of the visited
            states, [class].
    """

    visited: CloudSize
    final: CloudSize
    points: Estimates | None
    manifold: Estimates | None
    spaces: SpaceAngles
    corners: Corners | None
    figures: Figures | None
    arc: Arc | None
    faces: Faces | None
    regions: Regions | None
    readouts: Readouts
    readouts_within: Float64[Tensor, " class"]


def measure_shapes(
    network: Classifier,
    *,
    sample: Corpus,
    reading: Reading,
    visited_axes: PrincipalComponents,
    test: Corpus,
    final: Float[Tensor, "document unit"],
    search: Search,
    manifold: Manifold | None,
    seed: int,
) -> Shapes:
    """Measures the dimension and the shape of what a network makes.

    Args:
        network: The network.
        sample: The documents whose visited states are kept.
        reading: What the network made of them.
        visited_axes: Principal components of what the readout reads of the visited states, documents weighing alike.
        test: All test documents.
        final: The state after the last word of each, [document, unit].
        search: What was found at the mean input.
        manifold: The slow manifold there, or None.
        seed: Draws states, documents and random corners.

    Example:
        >>> from slowfold.study.analysis import measure
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> found = measure(network, train, test, starts=16)
        >>> shapes = measure_shapes(
        ...     network,
        ...     sample=found.sample,
        ...     reading=found.reading,
        ...     visited_axes=found.visited_axes,
        ...     test=test,
        ...     final=found.final,
        ...     search=found.searches[-1],
        ...     manifold=found.manifold,
        ...     seed=0,
        ... )
        >>> shapes.readouts.angles.shape
        torch.Size([3, 3])
    """
    visited, ends = network.read_out(reading.states), network.read_out(final)
    document = document_of_states(reading)
    weights = balanced_weights(document)
    points = network.read_out(search.points.distinct.point)
    kept = None if manifold is None else network.read_out(manifold.surface.kept)
    final_axes = principal_components(ends)
    readout = network.readout.weight.detach().to("cpu", torch.float64)
    drawn_by = _drawn_by(sample, document)
    corners = _if_any(lambda: class_corners(ends, torch.from_numpy(np.array(test.labels))))
    classes = len(network.class_names)
    return Shapes(
        visited=CloudSize(
            estimate_dimensions(visited, classes=classes, axes=visited_axes, documents=document, seed=seed),
            _if_any(
                lambda: resample(visited, document, weights=weights, axes=visited_axes, classes=drawn_by, seed=seed)
            ),
        ),
        final=CloudSize(
            estimate_dimensions(ends, classes=classes, axes=final_axes, seed=seed),
            _if_any(lambda: resample(ends, torch.arange(len(ends)), axes=final_axes, seed=seed)),
        ),
        points=_if_any(lambda: estimate_dimensions(points, classes=classes, seed=seed)),
        manifold=None if kept is None else _if_any(lambda: estimate_dimensions(kept, classes=classes, seed=seed)),
        spaces=compare_spaces(
            {
                "visited": _leading(visited_axes),
                "final": _leading(final_axes),
                "fixed points": _leading_of(points),
                "slow manifold": _leading_of(points[:0] if kept is None else kept),
                "readouts": readout if network.kind == "multilabel" else readout - readout.mean(dim=0),
            }
        ),
        corners=corners,
        figures=None if corners is None else _if_any(lambda: _figures(network, corners, seed)),
        arc=None if corners is None or network.kind != "ordered" else _if_any(lambda: follow_arc(corners.point)),
        faces=_faces(network, search),
        regions=_if_any(lambda: _regions(network, visited_axes, torch.cat([visited, ends]))),
        readouts=measure_readouts(readout),
        readouts_within=shadow_on(readout, _leading(visited_axes)),
    )


def _if_any(measure: Callable[[], Measured]) -> Measured | None:
    """What a measure finds, or None where there are too few states for it, or all are one."""
    try:
        return measure()
    except TensorError:
        return None


def _drawn_by(sample: Corpus, document: Tensor) -> Tensor | None:
    """The class of each state, for the sample has as many documents of each class as it can; None of label sets."""
    labels = torch.from_numpy(np.array(sample.labels))
    return labels[document] if labels.dim() == 1 else None


def _leading(axes: PrincipalComponents) -> Tensor:
    return axes.axes[: axes.dimension.for_90]


def _leading_of(points: Tensor) -> Tensor:
    return _leading(principal_components(points)) if len(points) else points.new_zeros(0, points.shape[1])


def _figures(network: Classifier, corners: Corners, seed: int) -> Figures:
    labels = corners.label if network.kind == "multilabel" else None
    return score_figures(corners.point, labels=labels, in_order=network.kind == "ordered", seed=seed)


def _faces(network: Classifier, search: Search) -> Faces | None:
    points, ghosts = search.points.distinct, search.points.ghosts
    logits = torch.cat([logits_of(network, points.point), logits_of(network, ghosts.point)])
    if not len(logits):
        return None
    index = torch.cat([points.index, torch.zeros(len(ghosts), dtype=points.index.dtype)])
    ghost = torch.arange(len(logits)) >= len(points)
    assign = assign_cube_faces if network.kind == "multilabel" else assign_simplex_faces
    return assign(logits, index=index, ghost=ghost)


def _regions(network: Classifier, axes: PrincipalComponents, states: Tensor) -> Regions:
    """The regions of the classes in the plane of the visited states, as far as states go and a little beyond."""
    places = axes.project(states, 2)
    if places.shape[1] < 2 or not axes.variances[1]:
        raise TensorError("the visited states span no plane", where="states", cure="look whether words move them")
    low, high = places.amin(dim=0), places.amax(dim=0)
    margin = _BEYOND * (high - low)
    window = torch.stack([low - margin, high + margin], dim=1).tolist()
    (left, right), (bottom, top) = window
    draw = label_regions if network.kind == "multilabel" else class_regions
    readout = network.readout
    return draw(axes, readout.weight, readout.bias, within=((left, right), (bottom, top)))
