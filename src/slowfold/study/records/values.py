"""How single numbers and arrays are written down."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import xarray as xr
from torch import Tensor

__all__ = ["COMPONENTS", "LISTED", "finite", "named_array"]

COMPONENTS = 10
"""The leading principal components that coordinates are kept on, and the slow modes whose vectors are kept."""

LISTED = 20
"""The shares and the time constants that a summary lists."""


def finite(value: float) -> float | None:
    """A number that JSON knows; None for one that is not finite.

    Example:
        >>> finite(2.5), finite(float("inf"))
        (2.5, None)
    """
    return value if math.isfinite(value) else None


def named_array(dimensions: str | Sequence[str], values: Tensor, meaning: str, units: str = "1") -> xr.DataArray:
    """An array that says what it is; activities, counts and shares are pure numbers, of unit 1.

    Truth is written as 0 and 1, for NetCDF has no type of its own for it.

    Example:
        >>> array = named_array("document", torch.tensor([True, False]), "whether it is read rightly")
        >>> array.dtype.name, array.attrs["units"]
        ('int8', '1')
    """
    names = (dimensions,) if isinstance(dimensions, str) else tuple(dimensions)
    numbers = values.to(torch.int8) if values.dtype == torch.bool else values
    return xr.DataArray(numbers.detach().cpu().numpy(), dims=names, attrs={"long_name": meaning, "units": units})
