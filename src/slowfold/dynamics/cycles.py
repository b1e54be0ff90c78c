"""Cycles: states that the map takes round and back to themselves."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.fixed_points import find_fixed_points
from slowfold.dynamics.maps import Map
from slowfold.errors import OptionError
from slowfold.threads import decomposing

__all__ = ["Cycle", "find_cycles", "power"]

# A start lies near its cycle already: either a few steps of the search are enough, or there is none.
_SEARCH_STEPS = 20
# A state that a divisor of the period takes back to within this, relative to 1 + ||h||, belongs to a shorter cycle.
_RETURN = 1e-6


@dataclass(frozen=True)
class Cycle:
    """One period of a cycle.

    Attributes:
        states: The states in the order in which the map takes them, [time, unit].
        multiplier: The greatest |eigenvalue| of dF^p/dh, the same at all states of the cycle: below 1 it attracts.
    """

    states: Float[Tensor, "time unit"]
    multiplier: float

    @property
    def period(self) -> int:
        """How many steps take each state back to itself."""
        return self.states.shape[0]

    @property
    def stable(self) -> bool:
        """Whether the cycle attracts what comes near."""
        return self.multiplier < 1


def power(held: Map, period: int) -> Map:
    """The map applied ``period`` times, whose fixed points are the states of its cycles.

    Raises:
        OptionError: The period is less than 1.

    Example:
        >>> power(Map(lambda h: h / 2, size=1), 3)(torch.ones(1, 1, dtype=torch.float64)).item()
        0.125
    """
    if period < 1:
        raise OptionError(f"{period} is no number of steps", where="period", cure="give at least 1")

    def jacobian(states: Tensor) -> Tensor:
        product = held.jacobian(states)
        for _ in range(period - 1):
            states = held(states)
            product = held.jacobian(states) @ product
        return product

    return Map(
        lambda states: held.iterate(states, period),
        held.size,
        jacobian=jacobian,
        box=held.box,
        name=f"{held.name}, {period} steps at once",
        dtype=held.dtype,
        device=held.device,
    )


def find_cycles(held: Map, states: Float[Tensor, "state unit"], period: int) -> tuple[Cycle, ...]:
    """The cycles of exactly this period that lie near the states given, stable or not, most often found first.

    They are the fixed points of F^p, found and judged as those of F are: what is not certain is left out.

    Args:
        held: The map.
        states: States near the cycles, [state, unit]; a step of the search does not lead far.
        period: Their period p.

    Raises:
        OptionError: The period is less than 1.
        TensorError: The states have the wrong shape or type, are none, or are not finite.

    Example:
        >>> flip = Map(lambda h: -torch.tanh(2 * h), size=1)
        >>> cycle, = find_cycles(flip, torch.tensor([[0.9]]), period=2)
        >>> cycle.states.flatten().round(decimals=3).tolist(), cycle.stable
        ([0.958, -0.958], True)
    """
    several = power(held, period)
    points = find_fixed_points(several, states, max_steps=_SEARCH_STEPS)
    cycles: list[Cycle] = []
    for point in points.distinct.point[points.distinct.certain.to(states.device)]:
        orbit = held.follow(point.unsqueeze(0), period - 1)[:, 0]
        returns = (orbit - orbit[0]).norm(dim=1) <= _RETURN * (1 + orbit[0].norm())
        shorter = returns[1:].any()
        if not shorter and not any(same_orbit(cycle.states, orbit[0]) for cycle in cycles):
            product = several.jacobian(orbit[:1])[0].to("cpu", torch.float64)
            with decomposing(len(product)):
                greatest = float(torch.linalg.eigvals(product).abs().max())
            cycles.append(Cycle(orbit, greatest))
    return tuple(cycles)


def same_orbit(orbit: Float[Tensor, "time unit"], state: Float[Tensor, " unit"], within: float = _RETURN) -> bool:
    """Whether a state is one of an orbit, to within a distance relative to 1 + ||h||."""
    return bool(((orbit - state).norm(dim=1) <= within * (1 + state.norm())).any())
