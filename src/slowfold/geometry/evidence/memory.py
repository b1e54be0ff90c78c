"""How long a word is remembered: what is left of its push after further words, beside what the modes foretell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Complex128, Float, Float64, Int64
from torch import Tensor

from slowfold.cells import Cell
from slowfold.dynamics import Map, Modes, SlowManifold
from slowfold.errors import OptionError, TensorError

__all__ = ["Motion", "Responses", "held_responses", "motion_of", "read_responses", "tangent_shares"]

# Where less than this is left of a push there is nothing to foretell.
_FADED = 1e-2


@dataclass(frozen=True)
class Responses:
    """What becomes of pushes, beside what the modes foretell: J^t times the push.

    Attributes:
        times: After how many further tokens, [time].
        left: The length of what is left, relative to the push itself, [time, push].
        foretold: The same by the modes, [time, push].
        error: The distance between the two, relative to what is left; NaN where less than a hundredth of the push is
            left, of which there is nothing to foretell, [time, push].
    """

    times: Int64[Tensor, " time"]
    left: Float64[Tensor, "time push"]
    foretold: Float64[Tensor, "time push"]
    error: Float64[Tensor, "time push"]

    def quantiles(self, share: float) -> Float64[Tensor, " time"]:
        """What share of the errors is no greater, at each time: 0.5 for the median; NaN where all has faded, [time]."""
        return self.error.nanquantile(share, dim=1)


@torch.no_grad()
def held_responses(
    held: Map,
    modes: Modes,
    pushes: Float[Tensor, "point word unit"],
    *,
    times: Sequence[int] = (1, 2, 5, 10, 20, 50),
) -> Responses:
    """What becomes of pushes at points where a map was linearised, while its input stays held.

    Two states go on side by side, the point and the point pushed aside, and what is left of the push is the distance
    between them. So it is well defined at points of the slow manifold too, which move.

    Args:
        held: The map.
        modes: Its modes at each point, all of them; see :func:`slowfold.dynamics.linearize`.
        pushes: Such as F(h, w) - F(h, x*) of several words at each point, [point, word, unit].
        times: After how many further tokens.

    Returns:
        The responses, points one after another, the words of each side by side.

    Raises:
        TensorError: The parts do not fit together.
        OptionError: A time is below 0, or there is none.

    Source:
        Maheswaranathan et al., "Reverse engineering recurrent networks for sentiment classification reveals line
        attractor dynamics", NeurIPS 2019, for the modes as memories.

    Example:
        >>> from slowfold.dynamics import linearize
        >>> held = Map(lambda h: 0.9 * h, size=2)
        >>> modes = linearize(held, torch.zeros(1, 2))
        >>> found = held_responses(held, modes, torch.ones(1, 3, 2), times=[2])
        >>> found.left.round(decimals=2).tolist(), bool(found.error.max() < 1e-12)
        ([[0.81, 0.81, 0.81]], True)
    """
    _check(held.size, modes, pushes, times)
    words = pushes.shape[1]
    steps = torch.tensor(list(times), dtype=torch.int64)
    begin = modes.point.to(held.device, held.dtype).repeat_interleave(words, dim=0)
    aside = pushes.detach().to(begin).flatten(0, 1)
    path, pushed = (held.follow(states, int(steps.max())) for states in (begin, begin + aside))
    at = torch.arange(len(modes)).repeat_interleave(words)
    return _compare((pushed - path)[steps].cpu(), aside.cpu(), modes, at, steps)


@torch.no_grad()
def read_responses(
    cell: Cell,
    modes: Modes,
    states: Float[Tensor, "push unit"],
    pushes: Float[Tensor, "push unit"],
    inputs: Float[Tensor, "push time input"],
    *,
    times: Sequence[int] = (1, 2, 5, 10, 20),
) -> Responses:
    """What becomes of pushes while the network reads on: the words that follow are those of a text.

    The modes are those at the point nearest to where the push took place.

    Args:
        cell: The cell; it is not changed.
        modes: Its modes at several points, all of them.
        states: Where each push takes place, [push, unit].
        pushes: The pushes, [push, unit].
        inputs: The inputs that follow each, as many as the greatest time, [push, time, input].
        times: After how many further tokens.

    Raises:
        TensorError: The parts do not fit together.
        OptionError: A time is below 0, or there is none.

    Example:
        >>> from slowfold.cells import Vanilla
        >>> from slowfold.dynamics import linearize
        >>> cell = Vanilla(1, 2, generator=torch.Generator().manual_seed(0), nonlinearity="linear")
        >>> at = torch.zeros(1, 2)
        >>> modes = linearize(Map.hold(cell, torch.zeros(1)), at)
        >>> found = read_responses(cell, modes, at, torch.ones(1, 2), torch.zeros(1, 5, 1), times=[1, 5])
        >>> bool(found.error.max() < 1e-6)
        True
    """
    _check(cell.size, modes, pushes.unsqueeze(0).expand(len(modes), -1, -1), times)
    steps = torch.tensor(list(times), dtype=torch.int64)
    longest = int(steps.max())
    if states.shape != pushes.shape or inputs.shape != (len(states), longest, cell.input_size):
        raise TensorError(
            f"states of shape {tuple(states.shape)}, pushes of {tuple(pushes.shape)} and inputs of "
            f"{tuple(inputs.shape)} do not fit",
            where="read_responses",
            cure=f"give {longest} inputs to follow each push",
        )
    own = cell.frozen()
    begin, aside, words = (part.detach().to("cpu", torch.float64) for part in (states, pushes, inputs))
    # The first of each pair is the state itself: at time 0 nothing has been read.
    path = torch.cat([begin.unsqueeze(1), own.unroll(words, begin)], dim=1)
    pushed = torch.cat([(begin + aside).unsqueeze(1), own.unroll(words, begin + aside)], dim=1)
    at = torch.cdist(begin, modes.point, compute_mode="donot_use_mm_for_euclid_dist").argmin(dim=1)
    return _compare((pushed - path)[:, steps].transpose(0, 1), aside, modes, at, steps)


def tangent_shares(
    surface: SlowManifold, rows: Int64[Tensor, " point"], modes: Modes, *, count: int | None = None
) -> Float64[Tensor, "point mode"]:
    """How much of the slowest modes lies in the surface's tangent, from 0 to 1, [point, mode].

    It is the squared length of what the tangent holds of the right vector, of length 1. A direction drawn at random
    would have as many parts in the number of units as the surface has dimensions.

    Args:
        surface: The slow manifold.
        rows: The points of it where the map was linearised, [point].
        modes: The modes there.
        count: How many of them, the slowest first; unless given, as many as the surface has dimensions.

    Raises:
        TensorError: The modes are not those of these points.
        OptionError: ``count`` is below 1, or there are not so many modes.

    Example:
        >>> from slowfold.dynamics import linearize, slow_manifold
        >>> held = Map(lambda h: h * torch.tensor([0.95, 0.3]), size=2)
        >>> states = torch.tensor([[-1.0, 0.1], [0.5, 0.1], [1.0, -0.2]])
        >>> surface = slow_manifold(held, states, dimensions=1)
        >>> shares = tangent_shares(surface, torch.arange(3), linearize(held, surface.point))
        >>> shares.round(decimals=3).flatten().tolist()
        [1.0, 1.0, 1.0]
    """
    count = surface.dimensions if count is None else count
    if not 1 <= count <= modes.eigenvalue.shape[1]:
        raise OptionError(f"{count} modes", where="count", cure=f"give 1 to {modes.eigenvalue.shape[1]}")
    points = surface.point[rows].to("cpu", torch.float64)
    if points.shape != modes.point.shape or not torch.allclose(points, modes.point):
        raise TensorError("the modes are not those of these points", where="tangent_shares", cure="linearise there")
    tangent = surface.tangent[rows].to("cpu", torch.complex128)
    return (tangent.mT @ modes.right[:, :, :count]).abs().square().sum(dim=1)


@dataclass(frozen=True)
class Motion:
    """What moves the state at each step of a text: the word, or the network itself.

    Attributes:
        driven: How far the word moves it, ||F(h, x) - F(h, x*)||, [step].
        drift: How far the held input alone would move it, ||F(h, x*) - h||, [step].
    """

    driven: Float64[Tensor, " step"]
    drift: Float64[Tensor, " step"]


@torch.no_grad()
def motion_of(
    cell: Cell,
    states: Float[Tensor, "step unit"],
    inputs: Float[Tensor, "step input"],
    held_input: Float[Tensor, " input"],
) -> Motion:
    """How far each word moves the state, and how far the state would move by itself.

    Args:
        cell: The cell; it is not changed.
        states: The state before each word, [step, unit].
        inputs: The input vector of each word, [step, input].
        held_input: x*, what words are measured against, [input].

    Raises:
        TensorError: The parts do not fit together.

    Example:
        >>> from slowfold.cells import Vanilla
        >>> draw = torch.Generator().manual_seed(0)
        >>> cell = Vanilla(2, 3, generator=draw, nonlinearity="linear")
        >>> motion = motion_of(cell, torch.zeros(2, 3), torch.eye(2), held_input=torch.eye(2)[1])
        >>> [amount > 0 for amount in motion.driven.tolist()]
        [True, False]
    """
    fit = states.shape == (len(inputs), cell.size) and inputs.shape[1:] == held_input.shape == (cell.input_size,)
    if not fit:
        raise TensorError(
            f"states of shape {tuple(states.shape)} and inputs of shape {tuple(inputs.shape)} do not fit a cell of "
            f"{cell.size} units and {cell.input_size} inputs",
            where="motion_of",
        )
    own = cell.frozen()
    before, words, still = (part.detach().to("cpu", torch.float64) for part in (states, inputs, held_input))
    drifted = own.step(before, still.expand_as(words))
    return Motion((own.step(before, words) - drifted).norm(dim=1), (drifted - before).norm(dim=1))


def _check(size: int, modes: Modes, pushes: Tensor, times: Sequence[int]) -> None:
    if not len(times) or min(times) < 0:
        raise OptionError(f"{list(times)} are no times", where="times", cure="give one or more of 0, 1, 2, ...")
    if modes.point.shape[1] != size or pushes.shape[0] != len(modes) or pushes.shape[2] != size:
        raise TensorError(
            f"modes of {modes.point.shape[1]} units and pushes of shape {tuple(pushes.shape)} do not fit {size} units",
            where="responses",
            cure="give the modes and the pushes of this network",
        )
    if modes.eigenvalue.shape[1] != size:
        raise TensorError(f"{modes.eigenvalue.shape[1]} modes of {size}", where="responses", cure="give all modes")


def _compare(left: Tensor, pushes: Tensor, modes: Modes, at: Tensor, steps: Tensor) -> Responses:
    """What is left of each push [time, push, unit], beside what the modes at the points ``at`` [push] make of it."""
    foretold = torch.empty_like(left)
    for point in at.unique().tolist():
        rows = (at == point).nonzero().flatten()
        given: Complex128[Tensor, "push mode"] = pushes[rows].to(torch.complex128) @ modes.left[point].T
        faded = given * modes.eigenvalue[point] ** steps[:, None, None]
        foretold[:, rows] = (faded @ modes.right[point].T).real
    length = pushes.norm(dim=1)
    remaining = left.norm(dim=2)
    error = (left - foretold).norm(dim=2) / remaining
    return Responses(
        times=steps,
        left=remaining / length,
        foretold=foretold.norm(dim=2) / length,
        error=torch.where(remaining >= _FADED * length, error, torch.nan),
    )
