"""The fixed points at the zero and at the mean input, as completely as they can be found."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.dynamics import Census, FixedPoints, Map, Modes, linearize
from slowfold.dynamics.two_inputs import census_at_both
from slowfold.networks import Classifier
from slowfold.study.stages.clock import Clock
from slowfold.study.stages.states import logits_of

__all__ = ["Search", "search_at_both"]


@dataclass(frozen=True)
class Search:
    """What was found with the input held still.

    Attributes:
        held: The input held: ``"zero"`` or ``"mean"``.
        census: The fixed points, whether some can be missing, and where the held network goes by itself.
        logits: The evidence for each class at every start's end, [start, class].
        modes: The linearisation at the distinct fixed points; None where there is none.
    """

    held: str
    census: Census
    logits: Float64[Tensor, "start class"]
    modes: Modes | None

    @property
    def points(self) -> FixedPoints:
        """A verdict for every start, and the distinct points."""
        return self.census.points

    @property
    def added(self) -> int:
        """How many of the starts, the last ones, were added where points could be missing."""
        return len(self.points) - self.census.first


def search_at_both(
    network: Classifier,
    zero: Map,
    mean: Map,
    visited: Float[Tensor, "state unit"],
    *,
    starts: int,
    seed: int,
    clock: Clock,
) -> tuple[Search, Search]:
    """Searches for the fixed points of a network held at zero and at its mean input, and linearises it there.

    Args:
        network: The network.
        zero: The network held at zero.
        mean: The network held at its mean input.
        visited: The visited states, [state, unit].
        starts: How many of them, far apart, to start from; see :func:`slowfold.study.analyze`.
        seed: Draws the other starts.
        clock: Is told how long it takes, as ``search`` and ``linearize``.

    Example:
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> zero, mean = network.hold(), network.hold(input=network.mean_input(train), name="mean")
        >>> visited = network.read(test).states
        >>> searches = search_at_both(network, zero, mean, visited, starts=16, seed=0, clock=Clock())
        >>> [(search.held, search.census.audit.sum) for search in searches]
        [('zero', 1), ('mean', 1)]
    """
    with clock.measuring("search"):
        at_zero, at_mean = census_at_both(zero, mean, visited, apart=starts, seed=seed)
    return _search(network, zero, at_zero, clock), _search(network, mean, at_mean, clock)


def _search(network: Classifier, held: Map, census: Census, clock: Clock) -> Search:
    points = census.points
    with clock.measuring("linearize"):
        modes = linearize(held, points.distinct.point) if len(points.distinct) else None
    return Search(held.name, census, logits_of(network, points.point), modes)
