"""Where a search starts: few of the visited states, far apart, and states beside and beyond them."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.errors import OptionError
from slowfold.threads import decomposing

__all__ = ["SETTLING_STEPS", "choose_starts", "farthest_points", "grid_in_plane", "scatter", "spread", "with_noise"]

SETTLING_STEPS = 300
"""Plain steps of the map in which a state settles: several times as many as the words of most texts."""

# At least so many visited states are looked through, where there are as many.
_POOL = 4_096
# How far beyond the visited range further starts may lie.
_REACH = 1.5


def choose_starts(
    held: Map, states: Float[Tensor, "state unit"], *, apart: int = 64, settled: int = 16
) -> Float[Tensor, "start unit"]:
    """Starts for a search: visited states far apart from each other, and where the map takes some of them.

    Stable points can lie where no text leads; the held network goes there by itself, hence the states that settled.

    Args:
        held: The map.
        states: Visited states, [state, unit].
        apart: How many of them to take.
        settled: How many of those to let settle besides, for 300 steps.

    Raises:
        TensorError: The states have the wrong shape or type, are none, or are not finite.
        OptionError: A number is out of range.

    Example:
        >>> choose_starts(Map(lambda h: h / 2 + 1, size=1), torch.tensor([[1.0], [2.0], [4.0]]), apart=2, settled=1)
        tensor([[4.],
                [1.],
                [2.]], dtype=torch.float64)
    """
    if apart < 1 or settled < 0:
        raise OptionError("apart must be positive and settled not negative", where="choose_starts")
    own = held.states(states)
    pool = spread(own, apart)
    chosen = pool[farthest_points(pool, apart)]
    settling = held.iterate(chosen[:settled], SETTLING_STEPS) if settled else chosen[:0]
    # A map that runs away settles nowhere.
    return torch.cat([chosen, settling[torch.isfinite(settling).all(dim=1)]])


def spread(states: Float[Tensor, "state unit"], least: int = 1) -> Float[Tensor, "chosen unit"]:
    """Evenly chosen states, all of them up to 8,191: those far apart are as far apart as those of all.

    Args:
        states: Any states, [state, unit].
        least: How many there must be at least, where there are as many.

    Example:
        >>> len(spread(torch.zeros(1_000_000, 2))), len(spread(torch.zeros(100, 2)))
        (4099, 100)
    """
    return states[:: max(1, len(states) // max(_POOL, least))]


def farthest_points(states: Float[Tensor, "state unit"], count: int) -> Int64[Tensor, " chosen"]:
    """Rows of states far apart: the one farthest from the mean, then ever the one farthest from all taken before.

    Args:
        states: Any states, [state, unit].
        count: How many to take; all of them where there are no more.

    Source:
        Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer Science 1985.

    Example:
        >>> farthest_points(torch.tensor([[0.0], [0.9], [1.0], [5.0]]), 3).tolist()
        [3, 0, 2]
    """
    rows = torch.empty(min(count, len(states)), dtype=torch.int64, device=states.device)
    # About the mean, so that squares of distances can be had from products without losing their digits.
    apart = states - states.mean(dim=0)
    squares = apart.square().sum(dim=1)
    nearest = squares
    for place in range(len(rows)):
        rows[place] = nearest.argmax()
        distance = (squares + squares[rows[place]] - 2 * (apart @ apart[rows[place]])).clamp_min(0)
        # Afterwards what counts is the distance from those taken, no longer the distance from the mean.
        nearest = distance if place == 0 else torch.minimum(nearest, distance)
        # Of states that are all alike none may be taken twice.
        nearest[rows[: place + 1]] = -torch.inf
    return rows


def with_noise(
    states: Float[Tensor, "state unit"], scale: float, generator: torch.Generator
) -> Float[Tensor, "state unit"]:
    """The states moved aside, each unit by a normal draw of ``scale`` times its standard deviation over the states.

    Example:
        >>> with_noise(torch.ones(3, 2), 0.1, torch.Generator().manual_seed(0)).tolist()
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    draw = torch.randn(states.shape, generator=generator, dtype=states.dtype, device=generator.device)
    return states + scale * states.std(dim=0, correction=0) * draw.to(states.device)


def scatter(states: Float[Tensor, "state unit"], count: int, generator: torch.Generator) -> Float[Tensor, "start unit"]:
    """States drawn uniformly within 1.5 times the visited range, unit by unit along the principal components.

    Args:
        states: Visited states, [state, unit].
        count: How many to draw.
        generator: Draws them.

    Example:
        >>> line = torch.linspace(-1, 1, 9).unsqueeze(1) * torch.tensor([[1.0, 1.0]])
        >>> drawn = scatter(line, 100, torch.Generator().manual_seed(0))
        >>> bool(torch.allclose(drawn[:, 0], drawn[:, 1], atol=1e-5)), bool(drawn.abs().max() <= 1.5001)
        (True, True)
    """
    centre, axes, along = _principal_axes(states)
    low, high = _REACH * along.amin(dim=0), _REACH * along.amax(dim=0)
    share = torch.rand(count, len(low), generator=generator, dtype=states.dtype, device=generator.device)
    return centre + (low + (high - low) * share.to(states.device)) @ axes.mT


def grid_in_plane(
    states: Float[Tensor, "state unit"], side: int, *, dimensions: int = 2
) -> Float[Tensor, "start unit"]:
    """A grid over 1.5 times the visited range in the leading principal components, [side ** dimensions, unit].

    States that lie in fewer dimensions have a grid in those.

    Args:
        states: Visited states, [state, unit].
        side: How many places along each component.
        dimensions: How many components.

    Raises:
        OptionError: A number is out of range.

    Example:
        >>> cross = torch.tensor([[-2.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        >>> grid_in_plane(cross, 2).abs().tolist()
        [[3.0, 1.5], [3.0, 1.5], [3.0, 1.5], [3.0, 1.5]]
    """
    if side < 1 or not 1 <= dimensions <= states.shape[1]:
        raise OptionError(
            "side must be positive, and dimensions between 1 and the number of units", where="grid_in_plane"
        )
    centre, axes, along = _principal_axes(states)
    axes, along = axes[:, :dimensions], along[:, :dimensions]
    lines = [
        _REACH * torch.linspace(float(column.min()), float(column.max()), side, dtype=states.dtype)
        for column in along.unbind(dim=1)
    ]
    places = torch.cartesian_prod(*lines).reshape(-1, axes.shape[1]).to(states.device)
    return centre + places @ axes.mT


def _principal_axes(states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The mean, the axes along which the states vary, most first, [unit, axis], and the states along them."""
    centre = states.mean(dim=0)
    apart = states - centre
    covariance = apart.mT @ apart
    with decomposing(len(covariance)):
        variances, axes = torch.linalg.eigh(covariance)
    keep = variances > variances.amax().clamp_min(0) * math.sqrt(torch.finfo(states.dtype).eps)
    keep[-1] = True
    axes = axes[:, keep].flip(1)
    return centre, axes, apart @ axes
