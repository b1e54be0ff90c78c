"""How the time constants are written down."""

from __future__ import annotations

from typing import Any

import numpy as np

from slowfold.dynamics import Modes
from slowfold.study.records.values import LISTED, finite
from slowfold.study.stages.searching import Search
from slowfold.study.stages.surface import Manifold

__all__ = ["modes_summary"]


def modes_summary(manifold: Manifold | None, search: Search, length: float) -> dict[str, Any] | None:
    """The part ``modes`` of summary.json: on the slow manifold, else at the fixed points, else None.

    Args:
        manifold: The slow manifold, where it was found.
        search: What was found at the same input.
        length: The mean length of the documents.
    """
    if manifold is not None and manifold.modes is not None:
        return _figures("manifold", manifold.modes, length)
    return None if search.modes is None else _figures("fixed points", search.modes, length)


def _figures(at: str, modes: Modes, length: float) -> dict[str, Any]:
    # Modes of one rank are compared, those that grow among them: at some points of the surface the slowest mode grows.
    medians = np.median(modes.time_constant[:, :LISTED].numpy(), axis=0).tolist()
    return {
        "at": at,
        "time_constants": [finite(value) for value in medians],
        # Counts stay whole: of two middle ones the lower is told.
        "unstable": int(modes.unstable.median()),
        "at_or_above_length": int(modes.remembered(length).median()),
        "before_gap": int(modes.before_gap().median()),
    }
