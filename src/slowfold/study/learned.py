"""Whether a network has learned anything: of one that has not, nothing is explained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["has_learned"]


def has_learned(summary: Mapping[str, Any], *, errors: float = 2.0) -> bool:
    """Whether a network is right more often than one that says of each document what most are would be.

    Args:
        summary: summary.json of its run. Where it does not know what most documents are, the network counts as one
            that has learned.
        errors: How many standard errors more often.

    Example:
        >>> told = {"accuracy": {"test": 0.6, "majority": 0.5}, "task": {"documents": {"test": 110}}}
        >>> has_learned(told), has_learned(told, errors=3)
        (True, False)
    """
    accuracy = summary["accuracy"]
    common, tested = accuracy.get("majority"), summary["task"]["documents"]["test"]
    return common is None or accuracy["test"] > common + errors * math.sqrt(common * (1 - common) / tested)
