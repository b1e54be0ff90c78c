"""How dimension and shape are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import xarray as xr
from torch import Tensor

from slowfold.geometry.dimensions import Estimates, Resampled, SpaceAngles
from slowfold.geometry.shapes import Arc, Faces, Figures, Readouts, Regions, simplex_angle
from slowfold.study.records.values import LISTED, finite, named_array
from slowfold.study.stages.shapes import CloudSize, Shapes

__all__ = ["shapes_arrays", "shapes_summary"]


def shapes_summary(shapes: Shapes) -> dict[str, Any]:
    """The part ``shape`` of summary.json."""
    return {
        "estimates": {
            "visited": _estimates(shapes.visited.estimates),
            "final": _estimates(shapes.final.estimates),
            "fixed_points": None if shapes.points is None else _estimates(shapes.points),
            "manifold": None if shapes.manifold is None else _estimates(shapes.manifold),
        },
        "intervals": {"visited": _interval(shapes.visited), "final": _interval(shapes.final)},
        "spaces": _spaces(shapes.spaces),
        "corners": None
        if shapes.corners is None
        else {"count": len(shapes.corners), "within": shapes.corners.within, "labels": shapes.corners.label.tolist()},
        "figures": None if shapes.figures is None else _figures(shapes.figures),
        "arc": None if shapes.arc is None else _arc(shapes.arc),
        "faces": None if shapes.faces is None else _faces(shapes.faces),
        "readouts": _readouts(shapes.readouts, shapes.readouts_within),
    }


def shapes_arrays(shapes: Shapes, on_components: Callable[[Tensor], Tensor]) -> dict[str, xr.DataArray]:
    """The arrays of dimension and shape.

    Args:
        shapes: What was measured.
        on_components: Takes what the readout reads of states to their coordinates on the components.
    """
    spaces = shapes.spaces
    arrays = {
        "space_angle": named_array(
            ("space", "space_other", "angle"), spaces.angles, "principal angles, NaN beyond the smaller", "degrees"
        ),
        "space_shared": named_array(
            ("space", "space_other"), spaces.shared, "mean squared cosine of the principal angles"
        ),
        "readout_in_span": named_array("class", shapes.readouts.in_span, "part of a readout in the span of the others"),
        "readout_within": named_array("class", shapes.readouts_within, "part of a readout in the visited directions"),
    }
    arrays["space_angle"].coords["space"] = list(spaces.names)
    for name, size in (("visited", shapes.visited), ("final", shapes.final)):
        if size.interval is not None:
            arrays[f"{name}_share_interval"] = named_array(
                (f"{name}_resampled_component", "end"), size.interval.shares, "interval of the share of variance"
            )
            arrays[f"{name}_ratio_drawn"] = named_array(
                "draw", size.interval.drawn, "participation ratio of drawn documents"
            )
    if shapes.corners is not None:
        corners = shapes.corners
        arrays |= {
            "corner_place": named_array(("corner", "component"), on_components(corners.point), "mean final states"),
            "corner_label": named_array(
                ("corner", "class")[: corners.label.dim()], corners.label, "the class, or 1 for each label it has"
            ),
            "corner_documents": named_array("corner", corners.documents, "documents of the class or combination"),
        }
    if shapes.figures is not None:
        arrays |= {
            "corner_angle": named_array(
                ("corner", "corner_other"), shapes.figures.angles, "angle of corners seen from their mean", "degrees"
            ),
            "corner_distance": named_array(("corner", "corner_other"), shapes.figures.edges, "distance of corners"),
        }
    if shapes.faces is not None:
        arrays["face"] = named_array(
            ("mean_rest", "class"), shapes.faces.face, "the face of each fixed point, then of each ghost, at the mean"
        )
    return arrays | (_region_arrays(shapes.regions) if shapes.regions is not None else {})


def _estimates(found: Estimates) -> dict[str, Any]:
    return {
        "states": found.states,
        "distinct": found.distinct,
        "participation_ratio": found.variance.participation_ratio,
        "for_90": found.variance.for_90,
        "for_95": found.variance.for_95,
        "for_classes": found.for_classes,
        "local": found.local,
        "levina_bickel": {str(count): value for count, value in found.nearest.items()},
        "correlation": found.correlation,
    }


def _interval(size: CloudSize) -> dict[str, Any] | None:
    found: Resampled | None = size.interval
    if found is None:
        return None
    return {
        "level": found.level,
        "documents": found.documents,
        "participation_ratio": list(found.participation_ratio),
        "shares": found.shares[:LISTED].tolist(),
    }


def _spaces(found: SpaceAngles) -> dict[str, Any]:
    return {
        "names": list(found.names),
        "dimensions": list(found.dimensions),
        "shared": [[finite(value) for value in row] for row in found.shared.tolist()],
        "by_chance": [[finite(value) for value in row] for row in found.by_chance.tolist()],
    }


def _figures(found: Figures) -> dict[str, Any]:
    fits = {name: None if fit is None else asdict(fit) for name, fit in found.fits.items()}
    return {"best": found.best, "draws": found.draws, "fits": fits}


def _arc(found: Arc) -> dict[str, Any]:
    return {
        "order": list(found.order),
        "rank_correlation": found.rank_correlation,
        "p": found.p,
        "turning": [finite(angle) for angle in found.turning.tolist()],
        "straightness": found.straightness,
    }


def _faces(found: Faces) -> dict[str, Any]:
    return {
        "figure": found.figure,
        "possible": found.possible,
        "realised": found.realised,
        "as_fixed_points": found.as_fixed_points,
        "tolerance": found.tolerance,
        "points": [
            {"face": face, "ghost": ghost, "index": None if ghost else index, "expected_index": expected}
            for face, ghost, index, expected in zip(
                found.face.tolist(),
                found.ghost.tolist(),
                found.index.tolist(),
                found.expected_index.tolist(),
                strict=True,
            )
        ],
    }


def _readouts(found: Readouts, within: Tensor) -> dict[str, Any]:
    classes = len(found.norms)
    return {
        "simplex_angle": simplex_angle(classes) if classes > 1 else None,
        "in_span": [finite(share) for share in found.in_span.tolist()],
        "common": finite(found.common),
        "within_visited": [finite(share) for share in within.tolist()],
    }


def _region_arrays(found: Regions) -> dict[str, xr.DataArray]:
    return {
        "region": named_array(
            ("region_row", "region_column"), found.decided, "the class decided, or bit i for each label i that is"
        ),
        "region_x": named_array("region_column", found.x, "place on the first component"),
        "region_y": named_array("region_row", found.y, "place on the second component"),
        "border_ends": named_array(
            ("border", "border_end", "plane"), found.borders, "the ends of borders in the plane"
        ),
        "border_between": named_array(
            ("border", "border_side"), found.between, "the classes on both sides, or one label twice"
        ),
    }
