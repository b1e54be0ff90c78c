"""Orbits that neither rest nor close: whether they recur, and whether they are chaotic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import torch
from jaxtyping import Float, Int
from torch import Tensor

from slowfold.dynamics.lyapunov import largest_exponent
from slowfold.dynamics.maps import Map

__all__ = ["Motion", "Orbit", "watch"]

# An orbit goes nowhere when the means and the extents of its two halves agree to this share of its extent.
_STEADY = 0.1
# An exponent e measured over T steps is told from 0 when |e| T is above this: a tangent grows that much, as a
# logarithm, by turning into the direction in which the orbit moves.
_RESOLUTION = 5.0
# The exponent is measured from so many states of an orbit, so that its uncertainty is known.
_MEASUREMENTS = 4
# Two orbits are one when one begins within this share of the other's extent.
_SAME = 0.05
# Orbits are watched in groups of at most this many numbers: 64 MB.
_NUMBERS = 2**23
# So many states of an orbit are kept.
_KEPT = 512


class Motion(Enum):
    """What an orbit does; the values are the words that people read."""

    QUASI_PERIODIC = "quasi-periodic"
    CHAOTIC = "chaotic"
    PASSING = "passing"


@dataclass(frozen=True)
class Orbit:
    """An orbit that has not come to rest.

    Attributes:
        states: States along it, in order, at most 512 of them evenly chosen, [time, unit].
        exponent: The largest Lyapunov exponent, 1/step; NaN where the orbit does not recur.
        uncertainty: The standard error of the exponent over four measurements, 1/step; NaN likewise.
        motion: Quasi-periodic where the exponent cannot be told from 0, chaotic where it is above; passing where the
            orbit does not recur, or contracts towards something that was not found.
    """

    states: Float[Tensor, "time unit"]
    exponent: float
    uncertainty: float
    motion: Motion

    def holds(self, state: Float[Tensor, " unit"]) -> bool:
        """Whether a state lies on the orbit, to within a twentieth of its extent."""
        return bool((self.states - state).norm(dim=1).min() <= _SAME * _extent(self.states))


@torch.no_grad()
def watch(
    held: Map, states: Float[Tensor, "state unit"], steps: int
) -> tuple[tuple[Orbit, ...], Int[Tensor, " state"]]:
    """Follows states on and says what their orbits do; states on one orbit are gathered.

    An orbit *recurs* when it goes nowhere: the means of its two halves agree, and their extents, to a tenth of the
    extent. Of those that recur, one is *chaotic* when its largest Lyapunov exponent is above 5 / ``steps`` by twice
    its standard error, and *quasi-periodic* when the exponent is within 5 / ``steps`` of 0; chaos weaker than that is
    called quasi-periodic. All others are *passing*.

    Args:
        held: The map.
        states: Where the orbits are by now, [state, unit].
        steps: For how long they are followed.

    Returns:
        The distinct orbits, and for each state the row of its orbit, [state].

    Example:
        >>> turn = torch.linalg.matrix_exp(torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64))
        >>> orbits, member = watch(Map(lambda h: h @ turn.T, size=2), torch.tensor([[1.0, 0.0], [0.0, 1.0]]), 200)
        >>> [orbit.motion.value for orbit in orbits], member.tolist()
        (['quasi-periodic'], [0, 0])
    """
    own = held.states(states)
    orbits: list[Orbit] = []
    member = torch.full((len(own),), -1, dtype=torch.int64)
    together = max(1, _NUMBERS // (steps * held.size))
    while (member < 0).any():
        waiting = (member < 0).nonzero().flatten()
        leaders = waiting[:: -(-len(waiting) // together)]
        for leader, path in zip(leaders.tolist(), held.follow(own[leaders], steps).unbind(1), strict=True):
            if member[leader] >= 0:  # it lay on an orbit followed before
                continue
            open_states = (member < 0).nonzero().flatten()
            extent = float(_extent(path))
            away = torch.cdist(own[open_states], path).amin(dim=1).cpu()
            member[open_states[away <= _SAME * extent]] = len(orbits)
            member[leader] = len(orbits)
            orbits.append(_judge(held, path))
    return tuple(orbits), member


def _judge(held: Map, path: Tensor) -> Orbit:
    kept = path[:: -(-len(path) // _KEPT)].clone()
    if not _recurs(path):
        return Orbit(kept, math.nan, math.nan, Motion.PASSING)
    steps = len(path) - 1
    begin = path[torch.linspace(0, steps // 2, _MEASUREMENTS).long()]
    exponents = largest_exponent(held, begin, steps, warm_up=steps // 10)
    exponent, uncertainty = float(exponents.mean()), float(exponents.std() / _MEASUREMENTS**0.5)
    motion = Motion.PASSING
    if exponent - 2 * uncertainty > _RESOLUTION / steps:
        motion = Motion.CHAOTIC
    elif abs(exponent) <= _RESOLUTION / steps:
        motion = Motion.QUASI_PERIODIC
    return Orbit(kept, exponent, uncertainty, motion)


def _recurs(path: Tensor) -> bool:
    early, late = path.tensor_split(2)
    extent, before, after = _extent(path), _extent(early), _extent(late)
    drift = (early.mean(dim=0) - late.mean(dim=0)).norm()
    return bool((drift <= _STEADY * extent) & ((before - after).abs() <= _STEADY * extent) & (extent > 0))


def _extent(path: Tensor) -> Tensor:
    """The root mean squared distance of an orbit's states from their mean."""
    return (path - path.mean(dim=0)).square().sum(dim=1).mean().sqrt()
