"""The search as the papers do it: Adam on the speed q, kept to compare with."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.dynamics.solution import STATIONARY, Solution, is_still, q_of, slope_of_q
from slowfold.errors import OptionError

__all__ = ["descend_by_adam"]

# How much of the running mean of the gradient, and of its square, is kept at each step; and what keeps a step finite
# where the gradient vanishes. These are the values of Adam's paper.
_KEEP_MEAN = 0.9
_KEEP_SQUARE = 0.999
_EPSILON = 1e-8


@torch.no_grad()
def descend_by_adam(
    held: Map,
    starts: Float[Tensor, "start unit"],
    *,
    steps: int = 5_000,
    rate: float = 0.03,
    final_rate: float = 3e-7,
) -> Solution:
    """Minimises 1/2 ||F(h) - h||^2 from every start by Adam, with a rate that decays exponentially.

    This is what the papers do, to compare with: :func:`levenberg_marquardt` comes further down in hundreds of times
    fewer steps. No Jacobian is formed, only products J^T r, and the moments belong to each unit of each start, so that
    no start holds up another. A start leaves when it is still or stationary.

    Args:
        held: The map.
        starts: Where to start, [start, unit], of the map's type.
        steps: The most steps from a start.
        rate: How far each unit moves in the first step.
        final_rate: The same in the last step: Adam cannot settle closer to a point than its rate.

    Returns:
        The stillest state that each start came by, with the q and the gradient of that state. ``newton`` is infinite,
        for no Newton step is taken: how far the root can be is not known.

    Raises:
        OptionError: There are no steps, or a rate is not positive, or the rate would grow.

    Source:
        Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; Golub and Sussillo, "FixedPointFinder",
        JOSS 2018, for its use in the search.

    Example:
        >>> affine = Map(lambda h: h / 2 + 1, size=2)
        >>> descend_by_adam(affine, torch.zeros(1, 2, dtype=torch.float64), rate=0.1).point.round(decimals=6).tolist()
        [[2.0, 2.0]]
    """
    if steps < 1 or not 0 < final_rate <= rate:
        raise OptionError(
            f"{steps} steps at rates from {rate} to {final_rate} are no descent",
            where="descend_by_adam",
            cure="give at least one step and rates with 0 < final_rate <= rate",
        )
    count = starts.shape[0]
    best, lowest = starts.clone(), starts.new_full((count,), torch.inf)
    steepness, tried = torch.full_like(lowest, torch.nan), torch.zeros(count, dtype=torch.int64, device=starts.device)
    still, stationary = torch.zeros(2, count, dtype=torch.bool, device=starts.device)

    start, point = torch.arange(count, device=starts.device), starts
    mean, square = torch.zeros_like(starts), torch.zeros_like(starts)
    for step in range(steps + 1):
        residual = held(point) - point
        # The derivative of 1/2 ||r||^2 is (J - I)^T r.
        gradient = slope_of_q(held, point, residual)
        q, slope = q_of(residual), gradient.norm(dim=1)
        done = is_still(point, q)
        # Of the first states all are the best so far, even those of which nothing finite can be said.
        better = (q < lowest[start]) | done | (step == 0)
        stuck = better & ~done & torch.isfinite(q) & (slope <= STATIONARY * (2 * q).sqrt())
        at = start[better]
        best[at], lowest[at], steepness[at] = point[better], q[better], slope[better]
        still[start], stationary[start], tried[start] = done, stuck, step
        moving = ~(done | stuck) & torch.isfinite(gradient).all(dim=1)
        if step == steps or not moving.any():
            break
        start, point, gradient = start[moving], point[moving], gradient[moving]
        mean, square = mean[moving], square[moving]
        mean = torch.lerp(gradient, mean, _KEEP_MEAN)
        square = torch.lerp(gradient.square(), square, _KEEP_SQUARE)
        # Both began at 0 and are too small by what they have not yet seen.
        length = rate * (final_rate / rate) ** (step / steps)
        unbiased = mean / (1 - _KEEP_MEAN ** (step + 1))
        spread = (square / (1 - _KEEP_SQUARE ** (step + 1))).sqrt()
        point = point - length * unbiased / (spread + _EPSILON)
    return Solution(best, lowest, steepness, tried, torch.full_like(lowest, torch.inf), still, stationary)
