"""The proof that a fixed point is near, and the ball in which it is the only one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.threads import decomposing

__all__ = ["Certificate", "certify"]

# beta K eta <= 1/2 proves a root. Where K is only sampled, five times less is asked for; at a double root the product
# is 1/2.
_PROVEN = 0.5
_SAMPLED = 0.1
# Below this least singular value of I - J a point need not be isolated.
_SINGULAR = 1e-6
# The balls that are tried, largest first: K grows with the ball, and the ball may not outgrow what K lets prove.
_RADII = tuple(10.0 ** (-half / 2) for half in range(17))
# How far from a point, relative to 1 + ||h||, the change of the Jacobian is sampled.
_NEARBY = 1e-4
# From within this share of its radius Newton's method comes to the root: see Certificate.attraction.
_ATTRACTED = 0.2
# No residual is known better than to this many rounding errors of a state.
_ROUNDINGS = 4


@dataclass(frozen=True)
class Certificate:
    """What the Newton-Kantorovich theorem says of one point.

    With beta = ||(I - J)^-1||, eta the length of the Newton step, and K the Lipschitz constant of J in a ball about the
    point, beta K eta <= 1/2 proves that a fixed point lies within about eta, and that it is the only one in a ball of
    radius (1 + sqrt(1 - 2 beta K eta)) / (beta K), or in the one that K holds for, whichever is smaller. All are those
    of the steady map of the cell where there is one, which has the same fixed points.

    Attributes:
        smallest: The least singular value of I - J, 1 / beta.
        product: beta K eta; 0.5 and less is a proof where K is a bound, up to rounding in beta and eta.
        radius: How far from the point no other fixed point is, in the Euclidean distance of the steady map's units; 0
            where nothing is proven.
        bounded: Whether K is bounded from the weights; else it is sampled, and 0.1 is asked for instead of 0.5.
        sign: The sign of det(I - J), the index of the point.
        newton: eta, about how far the root is.
    """

    smallest: float
    product: float
    radius: float
    bounded: bool
    sign: int
    newton: float

    @property
    def certain(self) -> bool:
        """Whether the point is known to be an isolated root."""
        proven = self.product <= (_PROVEN if self.bounded else _SAMPLED)
        # Without a ball that K holds for, a small product proves nothing.
        return self.smallest >= _SINGULAR and proven and self.radius > 0

    @property
    def attraction(self) -> float:
        """How far from the point Newton's method is proven to come to its root; 0 where K is not bounded.

        From a distance d of the root a step leaves beta' K d / 2 / (1 - beta' K d) of it, with beta' <= beta / (1 -
        beta K eta) at the root. A fifth of the radius is 0.4 / (beta K) at most, so where beta K eta <= 0.1 each step
        leaves two thirds at most.
        """
        return _ATTRACTED * self.radius if self.certain and self.bounded and self.product <= _SAMPLED else 0.0


def certify(held: Map, point: Float[Tensor, " unit"]) -> Certificate:
    """Whether a fixed point of ``held`` is proven to lie at ``point``.

    Args:
        held: The map.
        point: Where the map all but stands still, [unit].

    Source:
        Kantorovich's theorem on Newton's method; Ortega, "The Newton-Kantorovich theorem", The American Mathematical
        Monthly, 1968.

    Example:
        >>> halve = Map(lambda h: h / 2 + h**2, size=1)
        >>> found = certify(halve, torch.zeros(1, dtype=torch.float64))
        >>> found.certain, found.bounded, round(found.radius, 2)
        (True, False, 0.5)
    """
    steady = held.steady
    own, at = held, point.unsqueeze(0)
    if steady is not None:
        own, at = steady.map, steady.restrict(at)
    residual = _double(own(at) - at)[0]
    # One matrix at a time: batches of more than about 128 units hang some builds of PyTorch. And by PyTorch, whose
    # threads sleep while they wait: NumPy's spin, which takes a hundred times as long where cores are shared.
    tangent = torch.eye(own.size, dtype=torch.float64) - _double(own.jacobian(at))[0]
    if not (torch.isfinite(tangent).all() and torch.isfinite(residual).all()):
        return Certificate(0.0, math.inf, 0.0, bounded=False, sign=0, newton=math.inf)
    with decomposing(own.size):
        smallest = float(torch.linalg.svdvals(tangent)[-1])
    sign = int(torch.linalg.slogdet(tangent).sign)
    if smallest == 0:
        return Certificate(smallest, math.inf, 0.0, bounded=False, sign=sign, newton=math.inf)
    rounding = _ROUNDINGS * torch.finfo(torch.float64).eps * (1 + float(at.norm()))
    newton = float(torch.linalg.solve_ex(tangent, residual).result.norm()) + rounding / smallest
    if steady is not None and steady.curvature is not None:
        bounds = _bounds(steady.curvature(at.expand(len(_RADII), -1), at.new_tensor(_RADII)))
        if bounds is not None:
            return _largest_ball(smallest, newton, bounds, sign)
    with decomposing(own.size):
        weakest = torch.linalg.svd(tangent).Vh[-1]
    sampled = _sample(own, at[0], weakest)
    product, radius = _ball(smallest, newton, sampled, math.inf)
    return Certificate(
        smallest, product, radius if product <= _SAMPLED else 0.0, bounded=False, sign=sign, newton=newton
    )


def _bounds(curvature: Tensor | None) -> list[float] | None:
    return None if curvature is None else curvature.to("cpu", torch.float64).tolist()


def _largest_ball(smallest: float, newton: float, bounds: list[float], sign: int) -> Certificate:
    found = [_ball(smallest, newton, bound, within) for bound, within in zip(bounds, _RADII, strict=True)]
    product, radius = max(found, key=lambda ball: (ball[1], -ball[0]))
    return Certificate(smallest, product, radius, bounded=True, sign=sign, newton=newton)


def _ball(smallest: float, newton: float, bound: float, within: float) -> tuple[float, float]:
    """Beta K eta, and the radius in which the root is the only one if K holds ``within`` a radius; 0 if not proven."""
    slope = bound / smallest
    product = slope * newton
    if not product <= _PROVEN:
        return (product if math.isfinite(product) else math.inf), 0.0
    root = math.sqrt(1 - 2 * product)
    # In this form the reach of the root is eta where K is 0.
    reach = 2 * newton / (1 + root)
    if reach > within:
        return product, 0.0
    return product, min(within, (1 + root) / slope if slope else math.inf)


def _sample(held: Map, point: Tensor, weakest: Tensor) -> float:
    """The greatest change of the Jacobian by distance: where I - J is weakest, both ways, and two ways at random."""
    # Always the same directions: whether a point is certain must not depend on a seed.
    draw = torch.Generator().manual_seed(0)
    random = torch.randn(2, len(point), generator=draw, dtype=torch.float64)
    directions = torch.cat([torch.stack([weakest, -weakest]), random / random.norm(dim=1, keepdim=True)])
    aside = directions.to(point) * _NEARBY * (1 + point.norm())
    change = held.jacobian(point + aside) - held.jacobian(point.unsqueeze(0))
    # The Frobenius norm is never less than the spectral norm, and takes no decomposition.
    return float((change.flatten(1).norm(dim=1) / aside.norm(dim=1)).max())


def _double(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float64)
