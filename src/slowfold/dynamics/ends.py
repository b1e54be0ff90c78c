"""What starts come to when the map is iterated: the kinds of end, and which start came to which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from jaxtyping import Float, Int
from torch import Tensor

from slowfold.dynamics.cycles import Cycle
from slowfold.dynamics.orbits import Orbit

__all__ = ["Attractors", "End"]


class End(Enum):
    """What a start comes to when the map is iterated; the values are the words that people read."""

    LISTED = "listed point"
    UNLISTED = "unlisted point"
    CYCLE = "cycle"
    QUASI_PERIODIC = "quasi-periodic"
    CHAOTIC = "chaotic"
    BALANCED = "point that does not attract"
    UNBOUNDED = "runs away"
    MOVING = "still moving"


@dataclass(frozen=True)
class Attractors:
    """Where every start goes when the map is iterated, one row a start.

    Attributes:
        start: Where each began, [start, unit].
        state: Where it was when its end was known, [start, unit].
        end: What it came to, one a start.
        row: Which one: the row in ``distinct`` of the points searched (listed points, and those that do not attract,
            where listed), in ``unlisted``, in ``cycles``, or in ``orbits`` (quasi-periodic and chaotic); else -1,
            [start].
        period: 1 at a point, p on a cycle, 0 elsewhere, [start].
        steps: How many steps it took to know, [start].
        exponent: The largest Lyapunov exponent, 1/step, on orbits that recur without closing; NaN elsewhere,
            [start].
        unlisted: Stable points that starts came to rest at though the search had not listed them, [point, unit].
            Where there is one the list is incomplete, whatever its indices add up to.
        cycles: The distinct stable cycles that starts came to.
        orbits: The distinct orbits that recur and do not close.
        listed: The number of points listed.
        held: What the map was held at.
    """

    start: Float[Tensor, "start unit"]
    state: Float[Tensor, "start unit"]
    end: tuple[End, ...]
    row: Int[Tensor, " start"]
    period: Int[Tensor, " start"]
    steps: Int[Tensor, " start"]
    exponent: Float[Tensor, " start"]
    unlisted: Float[Tensor, "point unit"]
    cycles: tuple[Cycle, ...]
    orbits: tuple[Orbit, ...]
    listed: int
    held: str

    @property
    def come_to_rest(self) -> float:
        """The share of starts that come to rest at listed stable points; NaN where there are no starts."""
        return self.count(End.LISTED) / len(self) if len(self) else float("nan")

    @property
    def basins(self) -> Int[Tensor, " listed"]:
        """How many starts come to rest at each listed point when the map is iterated, 0 for a saddle, [listed]."""
        here = torch.tensor([end is End.LISTED for end in self.end], dtype=torch.bool)
        return torch.bincount(self.row[here], minlength=self.listed)

    def count(self, end: End) -> int:
        """How many starts came to this end."""
        return self.end.count(end)

    def __len__(self) -> int:
        return len(self.end)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(end)} {end.value}" for end in End if self.count(end))
        return f"Attractors(held at {self.held}: {len(self)} starts, {counts})"
