"""How what was found with the input held still is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from slowfold.dynamics import DistinctPoints, End, Verdict
from slowfold.dynamics.distinct import DistinctGhosts
from slowfold.networks.heads import decide
from slowfold.study.records.values import COMPONENTS, finite, named_array
from slowfold.study.stages.searching import Search
from slowfold.text import Kind

__all__ = ["VERDICTS", "count_saddles", "search_arrays", "search_summary"]

VERDICTS = tuple(verdict.value for verdict in Verdict)
"""What the numbers in ``verdict`` of analysis.nc stand for."""


def search_summary(search: Search) -> dict[str, Any]:
    """One entry of the part ``fixed_points`` of summary.json."""
    points, audit, attractors = search.points, search.census.audit, search.census.attractors
    return {
        "input": search.held,
        "starts": len(points),
        "added": search.added,
        **{verdict.value.replace(" ", "_"): points.count(verdict) for verdict in Verdict},
        "distinct": len(points.distinct),
        "distinct_ghosts": len(points.ghosts),
        "distinct_degenerate": int((~points.distinct.certain).sum()),
        "stable": int(points.distinct.stable.sum()),
        "come_to_rest": finite(audit.come_to_rest),
        "iterated": {end.name.lower(): attractors.count(end) for end in End},
        "cycles": [cycle.period for cycle in attractors.cycles],
        "audit": {
            "applicable": audit.applicable,
            "sum": audit.sum,
            "unlisted": audit.unlisted,
            "complete": audit.complete,
        },
    }


def count_saddles(entry: Mapping[str, Any]) -> int:
    """How many of the points that an entry of ``fixed_points`` in summary.json counts are saddles.

    Example:
        >>> count_saddles({"distinct": 7, "stable": 3, "distinct_degenerate": 1})
        3
    """
    return entry["distinct"] - entry["stable"] - entry["distinct_degenerate"]


def search_arrays(search: Search, kind: Kind, on_components: Callable[[Tensor], Tensor]) -> dict[str, xr.DataArray]:
    """Where starts began and ended, the distinct points and ghosts, and the linearisation at the points.

    Args:
        search: What was found.
        kind: What the classes are to each other.
        on_components: Takes states to their coordinates on the principal components.
    """
    points, at = search.points, search.held
    verdicts = torch.tensor([VERDICTS.index(verdict.value) for verdict in points.verdict], dtype=torch.int64)
    decided = decide(search.logits, kind)
    start = f"{at}_start"
    arrays = {
        "began": named_array((start, "component"), on_components(points.start).float(), "where searches began"),
        "ended": named_array((start, "component"), on_components(points.point).float(), "where searches ended"),
        "verdict": named_array(start, verdicts, "position in the attribute verdicts"),
        "q": named_array(start, points.q, "1/2 ||F(h) - h||^2, summed over units"),
        "steps": named_array(start, points.steps, "steps tried"),
        "member": named_array(start, points.member, "row of the distinct point, or ghost, come to; -1: neither"),
        "predicted": named_array((start, "class")[: decided.dim()], decided, "what is decided at the end"),
        **_distinct_arrays(points.distinct, f"{at}_point", "point", on_components),
        **_distinct_arrays(points.ghosts, f"{at}_ghost", "ghost", on_components),
    }
    if search.modes is not None:
        modes, place = search.modes, f"{at}_point"
        # All eigenvalues are kept, and the vectors of the slowest modes.
        arrays |= {
            "eigenvalue": named_array((place, "mode"), modes.eigenvalue, "eigenvalues of dF/dh"),
            "time_constant": named_array((place, "mode"), modes.time_constant, "1 / |ln |lambda||", "tokens"),
            "conditioning": named_array(place, modes.conditioning, "condition number of the right vectors"),
            "right": named_array((place, "unit", "slow_mode"), modes.right[:, :, :COMPONENTS], "right vectors"),
            "left": named_array((place, "slow_mode", "unit"), modes.left[:, :COMPONENTS], "left vectors"),
        }
    return {f"{at}_{name}": array for name, array in arrays.items()}


def _distinct_arrays(
    points: DistinctPoints | DistinctGhosts, dimension: str, prefix: str, on_components: Callable[[Tensor], Tensor]
) -> dict[str, xr.DataArray]:
    arrays = {
        "state": named_array((dimension, "unit"), points.point, "states"),
        "on_components": named_array((dimension, "component"), on_components(points.point), "states"),
        "speed": named_array(dimension, points.q, "1/2 ||F(h) - h||^2, summed over units"),
        "multiplicity": named_array(dimension, points.multiplicity, "starts that came to it"),
        "unstable": named_array(dimension, points.unstable, "eigenvalues that do not fade"),
    }
    if isinstance(points, DistinctPoints):
        arrays["index"] = named_array(dimension, points.index, "sign det(I - J)")
        arrays["smallest"] = named_array(dimension, points.smallest, "least singular value of I - J, of the steady map")
    return {f"{prefix}_{name}": array for name, array in arrays.items()}
