"""How many dimensions a cloud of states fills, by its principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from slowfold.errors import TensorError

__all__ = ["Dimension", "PrincipalComponents", "dimension", "principal_components"]

# A cloud spread over no more than this many units in the last place of its states is one point and rounding noise.
_ROUNDING = 4


@dataclass(frozen=True)
class Dimension:
    """How a variance is spread over directions.

    Attributes:
        shares: Each principal component's share of the variance, greatest first; they sum to 1. Empty where nothing
            varies.
        participation_ratio: (sum v)^2 / sum v^2 over the variances v: k equal variances give k. 0 where nothing varies.
        for_90: The least number of components that hold 90 % of the variance.
        for_95: The least number of components that hold 95 % of the variance.
    """

    shares: tuple[float, ...]
    participation_ratio: float
    for_90: int
    for_95: int

    @classmethod
    def from_variances(cls, variances: Sequence[float] | NDArray[np.float64]) -> Dimension:
        """Measures a spectrum of variances, in any order; negative ones, which are rounding noise, count as 0.

        Raises:
            TensorError: A variance is NaN or infinite.

        Example:
            >>> Dimension.from_variances([2.0, 2.0, 0.0]).participation_ratio
            2.0
        """
        values = np.sort(np.clip(np.asarray(variances, dtype=np.float64), 0, None))[::-1]
        if not np.isfinite(values).all():
            raise TensorError("a variance is NaN or infinite", cure="look for NaN in the states")
        total = float(values.sum())
        if total == 0:
            return cls(shares=(), participation_ratio=0.0, for_90=0, for_95=0)
        shares = values / total
        cumulative = np.cumsum(shares)
        return cls(
            shares=tuple(shares.tolist()),
            participation_ratio=float(1 / np.square(shares).sum()),
            for_90=_components_for(cumulative, 0.90),
            for_95=_components_for(cumulative, 0.95),
        )


@dataclass(frozen=True)
class PrincipalComponents:
    """The principal axes of a cloud of states, centred on its mean.

    Attributes:
        mean: The centre, [unit].
        axes: Orthonormal rows, [component, unit]; the entry of greatest size in each is positive.
        variances: The variance along each axis, greatest first, [component].
    """

    mean: Float[Tensor, " unit"]
    axes: Float[Tensor, "component unit"]
    variances: Float[Tensor, " component"]

    @property
    def dimension(self) -> Dimension:
        """The shares of the variance and what follows from them."""
        return Dimension.from_variances(self.variances.tolist())

    def project(self, states: Float[Tensor, "*batch unit"], components: int | None = None) -> Tensor:
        """Coordinates on the leading axes, measured from the centre, [..., component]."""
        return (states.to(self.mean) - self.mean) @ self.axes[:components].T

    def direction(self, vectors: Float[Tensor, "*batch unit"], components: int | None = None) -> Tensor:
        """Coordinates of displacements, which know no centre, [..., component]."""
        return vectors.to(self.mean) @ self.axes[:components].T

    def flatten(self, states: Float[Tensor, "*batch unit"], components: int) -> Float[Tensor, "*batch unit"]:
        """The states moved onto the plane of the leading axes, [..., unit]."""
        return self.mean + self.project(states, components) @ self.axes[:components]


def principal_components(states: Float[Tensor, "state unit"]) -> PrincipalComponents:
    """Principal components of a cloud of states, in float64.

    Args:
        states: At least one state, [state, unit].

    Raises:
        TensorError: There is no state, or one holds NaN or infinity.

    Example:
        >>> square = torch.tensor([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
        >>> principal_components(square).variances.tolist()
        [0.5, 0.5, 0.0]
    """
    if states.shape[0] == 0:
        raise TensorError("there are no states to measure", cure="give at least one")
    cloud = states.detach().to("cpu", torch.float64)
    if not torch.isfinite(cloud).all():
        raise TensorError("a state holds NaN or infinity", cure="look at the network's weights")
    mean = cloud.mean(dim=0)
    centred = cloud - mean
    variances, vectors = torch.linalg.eigh(centred.T @ centred / cloud.shape[0])
    variances, axes = variances.flip(0).clamp_min(0), vectors.flip(1).T
    noise = _ROUNDING * torch.finfo(states.dtype).eps
    if variances.sum() <= noise**2 * cloud.square().sum(dim=1).mean():
        variances = torch.zeros_like(variances)
    largest = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True))
    return PrincipalComponents(mean, (axes * largest.sign()).contiguous(), variances)


def dimension(states: Float[Tensor, "state unit"]) -> Dimension:
    """How many dimensions a cloud of states fills: shares of variance, participation ratio, thresholds.

    Args:
        states: At least one state, [state, unit].

    Raises:
        TensorError: There is no state, or one holds NaN or infinity.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021.

    Example:
        >>> dimension(torch.eye(4)).for_90
        3
    """
    return principal_components(states).dimension


def _components_for(cumulative: NDArray[np.float64], share: float) -> int:
    # Ten equal shares add up to 0.8999999999999999: the threshold forgives that much rounding.
    return int(np.searchsorted(cumulative, share - 1e-12)) + 1
