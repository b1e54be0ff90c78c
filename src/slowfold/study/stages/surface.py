"""The slow manifold: the surface along which the network moves slowly when its input is held at the mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.dynamics import Map, Modes, SlowManifold, linearize, slow_manifold
from slowfold.errors import TensorError
from slowfold.geometry import Dimension
from slowfold.networks import Classifier
from slowfold.study.stages.clock import Clock
from slowfold.study.stages.states import draw_rows, logits_of, spread_of

__all__ = ["Manifold", "measure_manifold"]

# The slow manifold is looked for above so many visited states and linearised at so many of its points, fewer where
# states are large: matrices of that size are taken apart at each.
_STATES, _NUMBERS = 512, 2**16
_LINEARIZED_EVERY = 8
# Medians over fewer points are none.
_FEWEST = 2


@dataclass(frozen=True)
class Manifold:
    """The surface at the mean input along which the held network moves slowly.

    Attributes:
        surface: Its points, above a sample of the visited states.
        dimension: Of the points reached, of what the readout reads of them.
        logits: The evidence for each class where each start ended, [point, class].
        linearized: The rows of the surface's points where the map was linearised, [linearized].
        modes: The linearisation there; None where fewer than two points were reached.
    """

    surface: SlowManifold
    dimension: Dimension
    logits: Float64[Tensor, "point class"]
    linearized: Int64[Tensor, " linearized"]
    modes: Modes | None


def measure_manifold(
    network: Classifier, held: Map, visited: Float[Tensor, "state unit"], *, generator: torch.Generator, clock: Clock
) -> Manifold | None:
    """Finds the slow manifold above a sample of the visited states, and linearises the network at some of its points.

    Args:
        network: The network.
        held: The network held at an input.
        visited: The visited states, [state, unit].
        generator: Draws the sample.
        clock: Is told how long it takes, as ``manifold`` and ``linearize``.

    Returns:
        The surface; None where the visited states span no plane, as when no word moves them.

    Example:
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> held, visited = network.hold(), network.read(test).states
        >>> draw = torch.Generator().manual_seed(0)
        >>> found = measure_manifold(network, held, visited, generator=draw, clock=Clock())
        >>> found.surface.dimensions
        3
    """
    count = max(_FEWEST, min(_STATES, _NUMBERS // visited.shape[1]))
    with clock.measuring("manifold"):
        try:
            surface = slow_manifold(held, visited, starts=visited[draw_rows(len(visited), count, generator)])
        except TensorError:
            return None
    kept = surface.reached.nonzero().flatten()
    with clock.measuring("linearize"):
        chosen = kept[:0]
        if len(kept) >= _FEWEST:
            chosen = kept[draw_rows(len(kept), max(_FEWEST, count // _LINEARIZED_EVERY), generator)]
        modes = linearize(held, surface.point[chosen]) if len(chosen) else None
    return Manifold(
        surface=surface,
        dimension=spread_of(network.read_out(surface.kept)),
        logits=logits_of(network, surface.point),
        linearized=chosen,
        modes=modes,
    )
