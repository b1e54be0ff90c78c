"""How many dimensions a cloud of states fills, by its principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.clouds import as_cloud
from slowfold.geometry.dimensions.weights import as_weights
from slowfold.threads import decomposing

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

    def components_for(self, share: float) -> int:
        """The least number of components that hold this share of the variance; 0 where nothing varies.

        Raises:
            OptionError: The share is not between 0 and 1.

        Example:
            >>> Dimension.from_variances([1.0, 1.0, 1.0, 0.0]).components_for(0.75)
            3
        """
        if not 0 < share <= 1:
            raise OptionError(f"{share} is no share of a variance", where="share", cure="give more than 0, at most 1")
        return _components_for(np.cumsum(self.shares), share) if self.shares else 0


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


def principal_components(
    states: Float[Tensor, "state unit"], weights: Float[Tensor, " weight"] | None = None
) -> PrincipalComponents:
    """Principal components of a cloud of states, in float64.

    Args:
        states: At least one state, [state, unit].
        weights: How much each state counts, up to a factor, [state]; unless given, all count the same, so that long
            documents count for more than short ones. :func:`balanced_weights` makes them equal.

    Raises:
        TensorError: There is no state, or one holds NaN or infinity, or the weights do not fit.

    Example:
        >>> square = torch.tensor([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
        >>> principal_components(square).variances.tolist()
        [0.5, 0.5, 0.0]
        >>> principal_components(square, torch.tensor([3.0, 3, 1, 1])).variances.tolist()
        [0.75, 0.25, 0.0]
    """
    cloud = as_cloud(states)
    share = torch.full((len(cloud),), 1 / len(cloud), dtype=torch.float64)
    if weights is not None:
        share = as_weights(weights, len(cloud))
    mean = share @ cloud
    centred = cloud - mean
    covariance = centred.T @ (centred * share.unsqueeze(1))
    with decomposing(len(covariance)):
        variances, vectors = torch.linalg.eigh(covariance)
    variances, axes = variances.flip(0).clamp_min(0), vectors.flip(1).T
    noise = _ROUNDING * torch.finfo(states.dtype).eps
    if variances.sum() <= noise**2 * (share @ cloud.square().sum(dim=1)):
        variances = torch.zeros_like(variances)
    largest = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True))
    return PrincipalComponents(mean, (axes * largest.sign()).contiguous(), variances)


def dimension(states: Float[Tensor, "state unit"], weights: Float[Tensor, " weight"] | None = None) -> Dimension:
    """How many dimensions a cloud of states fills: shares of variance, participation ratio, thresholds.

    Args:
        states: At least one state, [state, unit].
        weights: How much each state counts; see :func:`principal_components`, [state].

    Raises:
        TensorError: There is no state, or one holds NaN or infinity, or the weights do not fit.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021.

    Example:
        >>> dimension(torch.eye(4)).for_90
        3
    """
    return principal_components(states, weights).dimension


def _components_for(cumulative: NDArray[np.float64], share: float) -> int:
    # Ten equal shares add up to 0.8999999999999999: the threshold forgives that much rounding.
    return int(np.searchsorted(cumulative, share - 1e-12)) + 1
