"""How fast neighbouring states draw together or apart, step by step: Lyapunov exponents, with words read or without."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.dynamics.maps import Map
from slowfold.errors import OptionError, TensorError
from slowfold.threads import decomposing

__all__ = ["LyapunovExponents", "largest_exponent", "lyapunov_exponents", "orbit_exponents"]

# So many exponents are computed unless more or fewer are asked for.
_COUNT = 8
# So many sequences at once: the Jacobians of 64 states of 256 units take 32 MiB.
_AT_ONCE = 64

# dF/dh at states [row, unit] and the states after them, for the rows given, at a step.
_Step = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class LyapunovExponents:
    """The rates at which small displacements grow along sequences of states, greatest first.

    A displacement along the a-th direction is exp(exponent_a t) times as long after t steps. What a network integrates
    it neither forgets nor amplifies: as many exponents are near 0 as there are integrated dimensions, whether or not
    the network has fixed points.

    Attributes:
        exponent: In 1 / step (1 / token, where words are read); minus infinity where a direction is lost at once, NaN
            where no step counts or the states grew beyond all bounds, [sequence, exponent].
        mean: The same over all steps of all sequences that have exponents, [exponent].
        steps: How many steps of a sequence count, [sequence].
    """

    exponent: Float64[Tensor, "sequence exponent"]
    mean: Float64[Tensor, " exponent"]
    steps: Int[Tensor, " sequence"]

    @property
    def time_constant(self) -> Float64[Tensor, " exponent"]:
        """1 / |mean exponent|, the time in which a displacement fades, or grows, by a factor e, in steps."""
        return 1 / self.mean.abs()

    def remembered(self, length: float) -> int:
        """How many directions last ``length`` steps in the mean, exponent >= -1 / length; growing ones included."""
        return int((self.mean >= -1 / length).sum())

    def __len__(self) -> int:
        return self.exponent.shape[0]


def lyapunov_exponents(
    cell: Cell,
    inputs: Float[Tensor, "document time input"],
    initial_state: Float[Tensor, "document unit"],
    *,
    lengths: Int[Tensor, " document"] | None = None,
    count: int | None = None,
    warm_up: int = 0,
) -> LyapunovExponents:
    """The Lyapunov exponents of a cell while it reads, by the QR method, in float64 on the CPU.

    Args:
        cell: The cell; it is copied, the caller's stays as it is.
        inputs: What is read, [document, time, input].
        initial_state: Where each document begins, [document, unit].
        lengths: How many inputs each document has; what follows is padding and is never read. All, by default.
        count: How many exponents; 8 by default, or one a unit where there are fewer.
        warm_up: So many steps at the beginning of each document are taken and do not count: it takes a while until the
            directions settle and the state forgets where it began.

    Returns:
        One row a document. A document no longer than ``warm_up`` has NaN, and no part in the mean.

    Raises:
        TensorError: Shapes do not fit, an input or state is NaN or infinite, a length is out of range, or no document
            is longer than ``warm_up``.
        OptionError: ``count`` is less than 1 or greater than the number of units, or ``warm_up`` is negative.

    Source:
        Benettin, Galgani, Giorgilli and Strelcyn, "Lyapunov characteristic exponents for smooth dynamical systems",
        Meccanica 1980; for recurrent networks Engelken, Wolf and Abbott, Physical Review Research 2023.

    Example:
        >>> from slowfold.cells import Vanilla
        >>> cell = Vanilla(2, 16, generator=torch.Generator().manual_seed(0))
        >>> words = torch.zeros(3, 40, 2)
        >>> exponents = lyapunov_exponents(cell, words, torch.zeros(3, 16), count=2, warm_up=20)
        >>> exponents.exponent.shape, exponents.remembered(length=40)
        (torch.Size([3, 2]), 0)
    """
    documents, time = inputs.shape[:2]
    if inputs.shape[2] != cell.input_size or initial_state.shape != (documents, cell.size):
        raise TensorError(
            f"inputs of shape {tuple(inputs.shape)} and states of shape {tuple(initial_state.shape)} do not fit",
            where="lyapunov_exponents",
            cure=f"this cell takes [document, time, {cell.input_size}] and [document, {cell.size}]",
        )
    if lengths is None:
        lengths = torch.full((documents,), time)
    if lengths.shape != (documents,) or not ((lengths >= 0) & (lengths <= time)).all():
        raise TensorError(f"lengths must be one a document, from 0 to {time}", where="lengths")
    read = torch.arange(time) < lengths.cpu().unsqueeze(1)
    if not (torch.isfinite(initial_state).all() and torch.isfinite(inputs.cpu()[read]).all()):
        raise TensorError("an input or a state is NaN or infinite", where="lyapunov_exponents")
    own = cell.frozen(torch.float64).cpu()

    def steps_of(rows: slice) -> _Step:
        words = inputs[rows].detach().to("cpu", torch.float64)

        def step(states: Tensor, reading: Tensor, at: int) -> tuple[Tensor, Tensor]:
            drive = own.drive(words[reading, at])
            return own.recurrent_jacobian(states, drive), own.advance(states, drive)

        return step

    states = initial_state.detach().to("cpu", torch.float64)
    return _exponents(steps_of, states, lengths.cpu(), count=count, warm_up=warm_up)


def orbit_exponents(
    held: Map, states: Float[Tensor, "state unit"], *, steps: int, count: int | None = None, warm_up: int = 0
) -> LyapunovExponents:
    """The Lyapunov exponents of a map along the orbits of several states, by the QR method.

    At a fixed point they are ln |lambda| of its modes, on a cycle their means over it; the greatest is positive on a
    chaotic set, and 0 on an invariant circle or a line of fixed points.

    Args:
        held: The map.
        states: Where the orbits begin, [state, unit].
        steps: The number of steps that count.
        count: How many exponents; 8 by default, or one a unit where there are fewer.
        warm_up: So many steps are taken first, and do not count.

    Returns:
        One row a state.

    Raises:
        TensorError: The states have the wrong shape or type, are none, or are not finite.
        OptionError: ``steps`` or ``count`` is less than 1, ``count`` greater than the number of units, or ``warm_up``
            negative.

    Source:
        Benettin, Galgani, Giorgilli and Strelcyn, "Lyapunov characteristic exponents for smooth dynamical systems",
        Meccanica 1980.

    Example:
        >>> halve = Map(lambda h: h / 2, size=3)
        >>> orbit_exponents(halve, torch.ones(1, 3), steps=10).exponent.exp()[0].round(decimals=9).tolist()
        [0.5, 0.5, 0.5]
    """
    if steps < 1:
        raise OptionError(f"at least one step must count, not {steps}", where="steps")
    begin = held.states(states)

    def steps_of(rows: slice) -> _Step:  # noqa: ARG001 - a held map takes all rows alike
        def step(states: Tensor, reading: Tensor, at: int) -> tuple[Tensor, Tensor]:  # noqa: ARG001 - at every step alike
            return held.jacobian(states), held(states)

        return step

    lengths = torch.full((len(begin),), warm_up + steps)
    return _exponents(steps_of, begin, lengths, count=count, warm_up=warm_up)


@torch.no_grad()
def largest_exponent(
    held: Map, states: Float[Tensor, "state unit"], steps: int, *, warm_up: int = 0
) -> Float64[Tensor, " state"]:
    """The greatest Lyapunov exponent along the orbit of each state, [state], in 1 / step: positive means chaos.

    It follows one displacement without forming the Jacobian, at the cost of a few steps of the map each time.

    Args:
        held: The map.
        states: Where the orbits begin, [state, unit].
        steps: The number of steps that count.
        warm_up: So many steps are taken first, and do not count.

    Returns:
        One exponent a state, minus infinity where displacements are lost at once, NaN where the orbit grew beyond all
        bounds.

    Raises:
        TensorError: The states have the wrong shape or type, are none, or are not finite.
        OptionError: ``steps`` is less than 1, or ``warm_up`` negative.

    Example:
        >>> logistic = Map(lambda h: 4 * h * (1 - h), size=1)
        >>> largest_exponent(logistic, torch.tensor([[0.3]]), 1000).exp().round(decimals=1).item()
        2.0
    """
    if steps < 1 or warm_up < 0:
        raise OptionError("at least one step must count, and warm_up must not be negative", where="largest_exponent")
    state = held.states(states)
    along = _directions(len(state), held.size, 1)[..., 0].to(state)
    total = torch.zeros(len(state), dtype=torch.float64)
    for at in range(warm_up + steps):
        state, moved = _push(held, state, along)
        length = moved.norm(dim=1)
        # A displacement that is lost at once, length 0, is pushed on as it was: its exponent is minus infinity already.
        along = torch.where(length.unsqueeze(1) > 0, moved / length.unsqueeze(1), along)
        if at >= warm_up:
            total += length.to("cpu", torch.float64).log()
    return _bounded(total) / steps


def _push(held: Map, state: Tensor, along: Tensor) -> tuple[Tensor, Tensor]:
    """The next states, and where a displacement goes to first order, each [state, unit]."""
    # The backward pass w -> J^T w is linear, so its own backward pass is v -> J v: it asks no more of a map than its
    # Jacobian does, where PyTorch's forward differentiation lacks the rules of many operations.
    with torch.enable_grad():
        # A map that is not differentiable by PyTorch need not take tensors that ask for a gradient.
        before = state.detach().requires_grad_(held.differentiable)
        after = held(before)
        moved = _pushed(before, after, along) if after.requires_grad else None
    if moved is None:
        moved = torch.einsum("sij,sj->si", held.jacobian(state), along)
    return after.detach(), moved


def _pushed(before: Tensor, after: Tensor, along: Tensor) -> Tensor | None:
    """J v, or None where a step cannot be differentiated twice: then it must not pass for one that does not depend."""
    probe = torch.zeros_like(after, requires_grad=True)
    try:
        (pulled,) = torch.autograd.grad(after, before, probe, create_graph=True, materialize_grads=True)
        return torch.autograd.grad(pulled, probe, along, allow_unused=True)[0] if pulled.requires_grad else None
    except RuntimeError:
        return None


def _exponents(
    steps_of: Callable[[slice], _Step], begin: Tensor, lengths: Tensor, *, count: int | None, warm_up: int
) -> LyapunovExponents:
    """The exponents of sequences of ``lengths`` steps, a few sequences at a time."""
    size = begin.shape[1]
    count = min(_COUNT, size) if count is None else count
    if not 1 <= count <= size:
        raise OptionError(f"{size} units have 1 to {size} exponents, not {count}", where="count")
    if warm_up < 0:
        raise OptionError(f"{warm_up} steps cannot be left out", where="warm_up")
    steps = (lengths - warm_up).clamp(min=0)
    if not (steps > 0).any():
        raise TensorError(
            "no document has a step that counts", where="lengths", cure=f"leave out fewer than {warm_up} steps"
        )
    chunks = [slice(first, first + _AT_ONCE) for first in range(0, len(begin), _AT_ONCE)]
    total = torch.cat([_growth(steps_of(rows), begin[rows], lengths[rows], count, warm_up) for rows in chunks])
    # The directions come out in order only in the long run.
    exponent = (total / steps.unsqueeze(1)).sort(dim=1, descending=True).values
    counted = ~total.isnan().any(dim=1) & (steps > 0)
    mean = total[counted].sum(dim=0) / steps[counted].sum()
    return LyapunovExponents(exponent=exponent, mean=mean.sort(descending=True).values, steps=steps)


@torch.no_grad()
def _growth(step: _Step, begin: Tensor, lengths: Tensor, count: int, warm_up: int) -> Tensor:
    """The sum of the logarithms of the growth along each direction over the steps that count, [sequence, exponent]."""
    state = begin.clone()
    frame = _directions(len(begin), begin.shape[1], count)
    total = torch.zeros(len(begin), count, dtype=torch.float64)
    for at in range(int(lengths.max())):
        reading = (lengths > at).nonzero().flatten()
        jacobian, state[reading] = step(state[reading], reading, at)
        # Directions that grow all turn towards the fastest; QR keeps them apart, and its diagonal is their growth.
        moved = jacobian.to("cpu", torch.float64) @ frame[reading]
        with decomposing(min(moved.shape[1:])):
            frame[reading], triangle = torch.linalg.qr(moved)
        if at >= warm_up:
            total[reading] += triangle.diagonal(dim1=-2, dim2=-1).abs().log()
    return _bounded(total)


def _bounded(total: Tensor) -> Tensor:
    """NaN where growth knew no bounds, which ends in infinity or NaN, as the orbit happens to overflow."""
    return total.masked_fill(total == math.inf, math.nan)


def _directions(rows: int, size: int, count: int) -> Tensor:
    """An orthonormal frame of ``count`` directions in general position, [row, unit, direction]."""
    # Always the same: what is measured must not depend on a seed. The axes would not do: a map may keep them apart.
    draw = torch.Generator().manual_seed(0)
    frame = torch.linalg.qr(torch.randn(size, count, generator=draw, dtype=torch.float64)).Q
    return frame.repeat(rows, 1, 1)
