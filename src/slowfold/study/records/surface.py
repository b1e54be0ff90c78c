"""How the slow manifold is written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xarray as xr
from torch import Tensor

from slowfold.networks.heads import decide
from slowfold.study.records.dimensions import dimension_summary
from slowfold.study.records.values import finite, named_array
from slowfold.study.stages.surface import Manifold
from slowfold.text import Kind

__all__ = ["manifold_arrays", "manifold_dimension", "manifold_summary"]


def manifold_dimension(manifold: Manifold | None) -> dict[str, Any] | None:
    """The entry ``manifold`` of the part ``dimension``; None where no point was reached."""
    if manifold is None or not manifold.surface.reached.any():
        return None
    return dimension_summary(manifold.dimension)


def manifold_summary(manifold: Manifold | None) -> dict[str, Any] | None:
    """The part ``manifold`` of summary.json; None where there is no plane to find it over."""
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
        "defect": finite(surface.median_defect),
    }


def manifold_arrays(
    manifold: Manifold,
    kind: Kind,
    on_components: Callable[[Tensor], Tensor],
    along_components: Callable[[Tensor], Tensor],
) -> dict[str, xr.DataArray]:
    """The points of the surface, how slow they are, and the linearisation at some of them.

    Args:
        manifold: The surface.
        kind: What the classes are to each other.
        on_components: Takes states to their coordinates on the principal components.
        along_components: Takes moves of states to their parts along the components.
    """
    surface = manifold.surface
    start = "manifold_start"
    decided = decide(manifold.logits, kind)
    arrays = {
        "began": named_array((start, "component"), on_components(surface.start).float(), "where searches began"),
        "state": named_array((start, "unit"), surface.point, "where searches ended, above the same place in the plane"),
        "on_components": named_array((start, "component"), on_components(surface.point), "where searches ended"),
        "reached": named_array(start, surface.reached, "1 where the end is on the slow manifold, else 0"),
        "start_residual": named_array(start, surface.start_residual, "residual across the plane where searches began"),
        "residual": named_array(start, surface.residual, "residual across the plane where searches ended"),
        "speed": named_array(start, surface.q, "1/2 ||F(h) - h||^2, summed over units; NaN: not reached"),
        "speed_along": named_array(start, surface.q_along, "the part of the speed along the surface; NaN: not reached"),
        "velocity": named_array(
            (start, "component"),
            along_components(surface.velocity),
            "part of F(h) - h along the surface; NaN: not reached",
        ),
        "defect": named_array(
            start, surface.defect, "how far one step leads off the surface, over its length; NaN: not reached"
        ),
        "predicted": named_array((start, "class")[: decided.dim()], decided, "what is decided at the end"),
    }
    if manifold.modes is not None:
        modes, place = manifold.modes, "manifold_point"
        arrays |= {
            "row": named_array(place, manifold.linearized, "the start whose end was linearised"),
            "eigenvalue": named_array((place, "mode"), modes.eigenvalue, "eigenvalues of dF/dh"),
            "time_constant": named_array((place, "mode"), modes.time_constant, "1 / |ln |lambda||", "tokens"),
            "conditioning": named_array(place, modes.conditioning, "condition number of the right vectors"),
        }
    return {f"manifold_{name}": array for name, array in arrays.items()}
