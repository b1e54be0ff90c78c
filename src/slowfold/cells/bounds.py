"""How fast the Jacobian of a cell can change: bounds from the weights, by interval arithmetic within a ball."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.threads import decomposing

__all__ = ["Interval", "Rows", "lipschitz", "sigmoid_derivatives", "tanh_derivatives"]

# Where the derivatives of the logistic function and of tanh have their extrema.
_LOGISTIC_BEND = 1.3169578969248166  # ln(2 + sqrt 3)
_TANH_BEND = 0.6584789484624083  # half of it


class Interval(NamedTuple):
    """All values between two, elementwise.

    Attributes:
        low: The least, [...].
        high: The greatest, [...].
    """

    low: Tensor
    high: Tensor

    @classmethod
    def around(cls, middle: Tensor, reach: Tensor) -> Interval:
        """From ``middle`` - ``reach`` to ``middle`` + ``reach``."""
        return cls(middle - reach, middle + reach)

    def times(self, other: Interval) -> Interval:
        """All products of a value of one with a value of the other."""
        corners = torch.stack([one * two for one in self for two in other])
        return Interval(corners.amin(dim=0), corners.amax(dim=0))

    def plus(self, shift: Tensor) -> Interval:
        """All values moved by ``shift``."""
        return Interval(self.low + shift, self.high + shift)

    def through(self, increasing: Callable[[Tensor], Tensor]) -> Interval:
        """All values of an increasing function."""
        return Interval(increasing(self.low), increasing(self.high))

    def magnitude(self) -> Tensor:
        """The greatest absolute value, [...]."""
        return torch.maximum(self.low.abs(), self.high.abs())

    def most(self, function: Callable[[Tensor], Tensor], *extrema: float) -> Tensor:
        """The greatest absolute value of a function whose extrema lie at ``extrema``, [...]."""
        inside = [torch.full_like(self.low, place).clamp(self.low, self.high) for place in extrema]
        return torch.stack([function(place).abs() for place in (*self, *inside)]).amax(dim=0)


def sigmoid_derivatives(argument: Interval) -> tuple[Tensor, Tensor, Tensor]:
    """The greatest size of the logistic function, of its slope and of its second derivative on an interval."""

    def slope(x: Tensor) -> Tensor:
        return torch.sigmoid(x) * torch.sigmoid(-x)

    def bend(x: Tensor) -> Tensor:
        return slope(x) * (1 - 2 * torch.sigmoid(x))

    return (
        torch.sigmoid(argument.high),
        argument.most(slope, 0.0),
        argument.most(bend, -_LOGISTIC_BEND, _LOGISTIC_BEND),
    )


def tanh_derivatives(argument: Interval) -> tuple[Tensor, Tensor, Tensor]:
    """The greatest size of tanh, of its slope and of its second derivative on an interval.

    Example:
        >>> wide = Interval(torch.tensor([-9.0]), torch.tensor([9.0]))
        >>> [round(size.item(), 4) for size in tanh_derivatives(wide)]
        [1.0, 1.0, 0.7698]
    """

    def slope(x: Tensor) -> Tensor:
        return 1 - torch.tanh(x) ** 2

    def bend(x: Tensor) -> Tensor:
        return -2 * torch.tanh(x) * slope(x)

    return argument.most(torch.tanh), argument.most(slope, 0.0), argument.most(bend, -_TANH_BEND, _TANH_BEND)


class Rows(NamedTuple):
    """What a bound needs to know of the weights of one gate.

    Attributes:
        lengths: The Euclidean length of each unit's row, [unit].
        norm: The greatest singular value.
    """

    lengths: Float[Tensor, " unit"]
    norm: Float[Tensor, ""]

    @classmethod
    def of(cls, weight: Float[Tensor, "unit reduced"]) -> Rows:
        """The row lengths and the norm of a gate's recurrent weights."""
        # By the Gram matrix: an order of magnitude faster than singular values, and exact enough for a bound.
        gram = weight @ weight.mT
        with decomposing(len(gram)):
            greatest = torch.linalg.eigvalsh(gram)[-1]
        return cls(weight.norm(dim=1), greatest.clamp_min(0).sqrt())


def lipschitz(
    curvatures: Mapping[tuple[int, int], Float[Tensor, "point unit"]], gates: tuple[Rows, ...]
) -> Float[Tensor, " point"]:
    """A bound of the Lipschitz constant of the Jacobian of G_i(h) = phi_i(w_i^1 . h, w_i^2 . h, ...), [point].

    The derivative of the Jacobian along d is the sum over gates k and l of diag(phi_kl * (W^k d)) W^l, and so no longer
    than the sum of max_i(|phi_kl,i| ||w_i^k||) ||W^l|| for a d of length 1.

    Args:
        curvatures: The greatest size of each second derivative phi_kl, both orders of a pair under one key,
            [point, unit].
        gates: The weights W^k.

    Example:
        >>> gate = Rows.of(torch.eye(2))
        >>> lipschitz({(0, 0): torch.tensor([[0.5, 0.25]])}, (gate,))
        tensor([0.5000])
    """
    total = torch.zeros(
        next(iter(curvatures.values())).shape[0], dtype=gates[0].norm.dtype, device=gates[0].norm.device
    )
    for (first, second), size in curvatures.items():
        for one, other in {(first, second), (second, first)}:
            total = total + (size * gates[one].lengths).amax(dim=-1) * gates[other].norm
    return total
