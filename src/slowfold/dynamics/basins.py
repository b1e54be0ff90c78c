"""How near a state must be to a stable point to come to rest there, whatever it does on the way."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.dynamics.modes import FADES
from slowfold.threads import decomposing

__all__ = ["basin_radius"]

# The bend of the map is first sampled this far from a point, relative to 1 + ||h||, and never farther than that.
_NEARBY = 1e-4
_FAR = 0.1
# The bend is sampled, not bounded, so twice the greatest found is allowed for.
_MARGIN = 2.0
# Directions drawn at random, beside the slowest ones, along which the bend is sampled.
_RANDOM = 4
# Powers of J are summed until they have shrunk to this.
_SHRUNK = 0.5
# More blocks of powers than this are not summed: the point attracts too slowly to be worth a ball.
_BLOCKS = 2_000
# At so many distances it is sampled further out, each half the one before.
_HALVINGS = 5


def basin_radius(held: Map, points: Float[Tensor, "point unit"]) -> Float64[Tensor, " point"]:
    """The radius of a ball around each stable point from which every state comes to rest at that point.

    Let e_t be the distance from the point, e_(t+1) = J e_t + n(e_t) with ||n(e)|| <= K / 2 ||e||^2, S the sum and M the
    greatest of ||J^t|| over all t >= 0. As long as no ||e_t|| exceeds R, ||e_t|| <= M ||e_0|| + S K / 2 R^2; with
    R = 2 M ||e_0|| that is at most R again wherever ||e_0|| <= 1 / (2 K S M), and then the distance goes to 0. A
    Jacobian far from normal, whose powers grow before they fade, so has a small ball, and a slow point too.

    K, the bend of the map, is sampled around the point out to R and doubled, not bounded: the ball is as certain as
    that. A ball never reaches farther than a tenth of 1 + ||h||, to where the bend was sampled.

    Args:
        held: The map.
        points: Fixed points, [point, unit].

    Returns:
        The radii, 0 for a point that does not attract, [point].

    Example:
        >>> cubic = Map(lambda h: h + 0.5 * (h - h**3), size=1)
        >>> radius = basin_radius(cubic, torch.tensor([[1.0], [0.0]]))
        >>> bool(radius[0] > 0.01), radius[1].item()
        (True, 0.0)
    """
    own = held.states(points)
    return torch.tensor([_radius(held, point.unsqueeze(0)) for point in own], dtype=torch.float64)


def _radius(held: Map, at: Tensor) -> float:
    """The radius for one point, [1, unit]."""
    jacobian = held.jacobian(at)[0].to("cpu", torch.float64)
    greatest, total = _powers(jacobian)
    if not math.isfinite(total):
        return 0.0
    size = 1 + float(at.norm())
    farthest = _FAR * size
    directions = _directions(jacobian).to(at)
    bend = _bend(held, at, jacobian, directions * _NEARBY * size)
    # Sampled anew out to where a state in the ball can get: the bend may grow with the distance, or come and go.
    reach = min(farthest, 1 / max(bend * total, 1 / farthest))
    bend = max(bend, *(_bend(held, at, jacobian, directions * reach / 2**half) for half in range(_HALVINGS)))
    return min(farthest, 1 / max(2 * bend * total * greatest, 1 / farthest)) if math.isfinite(bend) else 0.0


def _powers(jacobian: Tensor) -> tuple[float, float]:
    """The greatest ||J^t|| and the sum of ||J^t|| over all t >= 0, bounded from above; infinite where J does not fade.

    ||J^(mi + t)|| <= ||J^(mi)|| ||J^t||: blocks of m powers, with m near the root of the time constant, need some
    2 sqrt(tau) products in place of tau.
    """
    with decomposing(len(jacobian)):
        size = float(torch.linalg.eigvals(jacobian).abs().max())
    if not size < FADES:
        return math.inf, math.inf
    block = 1 if size < 1 / math.e else math.ceil(math.sqrt(-1 / math.log(size)))
    within = [1.0]
    power = jacobian
    for _ in range(1, block):
        within.append(_norm(power))
        power = power @ jacobian
    leap, blocks = power, [1.0]
    for _ in range(_BLOCKS):
        norm = _norm(power)
        if norm <= _SHRUNK:
            return max(within) * max(blocks), sum(within) * sum(blocks) / (1 - norm)
        blocks.append(norm)
        power = power @ leap
    return math.inf, math.inf


def _directions(jacobian: Tensor) -> Tensor:
    """Unit directions to sample along: where the map is slowest, both ways, and some at random, [direction, unit]."""
    with decomposing(len(jacobian)):
        slowest = torch.linalg.svd(torch.eye(len(jacobian)) - jacobian).Vh[-2:]
    # Always the same directions: whether a start comes to rest must not depend on a seed.
    draw = torch.Generator().manual_seed(0)
    random = torch.randn(_RANDOM, len(jacobian), generator=draw, dtype=torch.float64)
    return torch.cat([slowest, -slowest, random / random.norm(dim=1, keepdim=True)])


def _bend(held: Map, at: Tensor, jacobian: Tensor, aside: Tensor) -> float:
    """Twice the greatest change of J with the state, ||J(h + a) - J(h)|| / ||a||, over the steps aside a."""
    changed = held.jacobian(at + aside).to("cpu", torch.float64) - jacobian
    steps = aside.norm(dim=1).tolist()
    bends = [_norm(change) / step for change, step in zip(changed, steps, strict=True)]
    return _MARGIN * max(bends) if all(map(math.isfinite, bends)) else math.inf


def _norm(matrix: Tensor) -> float:
    """A bound of the spectral norm from above, infinite where an entry is.

    With G = M^T M, ||M||^16 = ||G^4||^2 <= ||G^4||_F^2: the root of it exceeds the norm by the sixteenth root of the
    number of singular values that share the first place, at eight times the speed of finding the eigenvalues of G.
    """
    scale = float(matrix.norm())
    if not math.isfinite(scale):
        return math.inf
    if scale == 0:
        return 0.0
    # Scaled first: an eighth power overflows soon. In float32 the error is a millionth, beside margins of twice.
    scaled = (matrix / scale).float()
    gram = scaled.T @ scaled
    square = gram @ gram
    return scale * float((square @ square).norm()) ** 0.125
