"""How dimensions, foretold and measured, are written down."""

from __future__ import annotations

from typing import Any

import torch
import xarray as xr

from slowfold.geometry import Dimension, Directions, Prediction
from slowfold.study.records.values import LISTED, named_array

__all__ = ["dimension_summary", "prediction_summary", "shares_array"]


def dimension_summary(measured: Dimension) -> dict[str, Any]:
    """One entry of the part ``dimension`` of summary.json."""
    return {
        "participation_ratio": measured.participation_ratio,
        "for_90": measured.for_90,
        "for_95": measured.for_95,
        "shares": list(measured.shares[:LISTED]),
    }


def prediction_summary(prediction: Prediction) -> dict[str, Any]:
    """The entry ``predicted``: what the word counts of the training documents ask for."""
    return {
        "frequency": _directions(prediction.frequency),
        "evidence": _directions(prediction.evidence),
        "documents": _directions(prediction.documents),
    }


def shares_array(dimension: str, measured: Dimension) -> xr.DataArray:
    """All shares of variance, along a dimension of that name."""
    return named_array(dimension, torch.tensor(measured.shares), "share of variance")


def _directions(foretold: Directions | None) -> dict[str, Any] | None:
    if foretold is None:
        return None
    return {**dimension_summary(foretold.dimension), "above_chance": foretold.above_chance}
