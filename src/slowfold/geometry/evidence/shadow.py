"""The linear shadow of a network: in its place, at every step, its linearisation at the nearest fixed point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.dynamics import Map
from slowfold.errors import TensorError

__all__ = ["Shadow", "cast_shadow"]

# A shadow that is so many times as far away as the network ever was has left for good: it is followed no further.
_AWAY = 1e6


@dataclass(frozen=True)
class Shadow:
    """How well a network is replaced by its linearisations, at every step the one at the nearest fixed point.

    Attributes:
        one_step: From each state that the network visited, how far one step of the shadow ends from that of the
            network, relative to the length of the network's step; infinite where it stood still alone, [step].
        roll_out: How far the shadow of each text, left to itself from the initial state, ends from the network,
            relative to how far the network came; infinite where it left for good, [text].
        final: Where the shadow of each text ends, [text, unit]; NaN where it left for good.
        nearest: How often each fixed point was the nearest to the network, [point].
    """

    one_step: Float64[Tensor, " step"]
    roll_out: Float64[Tensor, " text"]
    final: Float64[Tensor, "text unit"]
    nearest: Int64[Tensor, " point"]


@torch.no_grad()
def cast_shadow(
    held: Map,
    points: Float[Tensor, "point unit"],
    held_input: Float[Tensor, " input"],
    inputs: Sequence[Float[Tensor, "_ input"]],
    states: Sequence[Float[Tensor, "_ unit"]],
) -> Shadow:
    """Replaces a network by its linearisations, F(p) + J (h - p) + J_in (x - x*) with p the fixed point nearest to h.

    Args:
        held: The network, held at x*.
        points: Its fixed points; other points, such as ghosts, will do, for F(p) need not be p, [point, unit].
        held_input: x*, [input].
        inputs: The input vector of each word of each text, [token, input].
        states: The initial state and that after each word of each text, [token + 1, unit].

    Raises:
        TensorError: There is no text, or no point; or the parts do not fit together.

    Source:
        Maheswaranathan et al., "Reverse engineering recurrent networks for sentiment classification reveals line
        attractor dynamics", NeurIPS 2019: the linearised network reads the texts, and is asked for its decisions.

    Example:
        >>> from slowfold.cells import Vanilla
        >>> cell = Vanilla(2, 3, generator=torch.Generator().manual_seed(0), nonlinearity="linear").double()
        >>> text, start = torch.eye(2).double()[[0, 1, 1]], torch.zeros(1, 3).double()
        >>> path = torch.cat([start, cell.unroll(text.unsqueeze(0), start)[0]]).detach()
        >>> held = Map.hold(cell, torch.zeros(2))
        >>> shadow = cast_shadow(held, start, torch.zeros(2), [text], [path])
        >>> bool(shadow.roll_out.max() < 1e-12)
        True
    """
    _check(held, points, held_input, inputs, states)
    where = held.states(points)
    lines = _Lines(held, where, held_input.to(where))
    words = [text.detach().to(where) for text in inputs]
    paths = [path.detach().to(where) for path in states]
    one_step, nearest = list[Tensor](), torch.zeros(len(where), dtype=torch.int64)
    for text, path in zip(words, paths, strict=True):
        near = lines.nearest(path[:-1])
        missed = (lines.step(path[:-1], text, near) - path[1:]).norm(dim=1)
        one_step.append(_relative(missed, path.diff(dim=0).norm(dim=1)))
        nearest += torch.bincount(near.cpu(), minlength=len(where))
    final = _roll_out(lines, words, paths)
    came = torch.stack([(path[-1] - path[0]).norm() for path in paths])
    missed = (final - torch.stack([path[-1] for path in paths])).norm(dim=1)
    roll_out = _relative(missed, came).nan_to_num(nan=torch.inf)
    return Shadow(torch.cat(one_step).cpu(), roll_out.cpu(), final.cpu(), nearest)


class _Lines:
    """The linearisation at each of several points."""

    def __init__(self, held: Map, points: Tensor, held_input: Tensor) -> None:
        self._points, self._after, self._held_input = points, held(points), held_input
        # One at a time: while one is formed it takes several times its place.
        self._by_state = torch.stack([held.jacobian(point.unsqueeze(0))[0].T for point in points])
        self._by_input = torch.stack([held.input_jacobian(point.unsqueeze(0))[0].T for point in points])

    def nearest(self, states: Tensor) -> Tensor:
        """The number of the point that is nearest to each state, [state]."""
        # By differences: of two points close together products may choose the wrong one.
        return torch.cdist(states, self._points, compute_mode="donot_use_mm_for_euclid_dist").argmin(dim=1)

    def step(self, states: Tensor, inputs: Tensor, near: Tensor) -> Tensor:
        """The next states, each by the line at its own point, [state, unit]."""
        after = torch.empty_like(states)
        for point in near.unique().tolist():
            rows = (near == point).nonzero().flatten()
            moved = (states[rows] - self._points[point]) @ self._by_state[point]
            after[rows] = moved + (inputs[rows] - self._held_input) @ self._by_input[point] + self._after[point]
        return after


def _roll_out(lines: _Lines, words: list[Tensor], paths: list[Tensor]) -> Tensor:
    """Where the shadow of each text ends, [text, unit]."""
    away = _AWAY * max(float(path.abs().max()) for path in paths)
    lengths = torch.tensor([len(text) for text in words])
    # The longest first: those that still go on are then the first rows.
    order = lengths.argsort(descending=True, stable=True).tolist()
    state = torch.stack([paths[text][0] for text in order])
    padded = torch.nn.utils.rnn.pad_sequence([words[text] for text in order], batch_first=True)
    for token in range(padded.shape[1]):
        going = int((lengths > token).sum())
        now = state[:going]
        here = now.abs().amax(dim=1) <= away  # false of NaN too
        now[~here] = torch.nan
        now[here] = lines.step(now[here], padded[:going, token][here], lines.nearest(now[here]))
    final = torch.empty_like(state)
    final[order] = state
    return final


def _relative(lengths: Tensor, scale: Tensor) -> Tensor:
    """Lengths relative to others; where both are 0 nothing was missed."""
    return torch.where(scale > 0, lengths / scale, torch.where(lengths > 0, torch.inf, 0.0).to(lengths))


def _check(held: Map, points: Tensor, held_input: Tensor, inputs: Sequence[Tensor], states: Sequence[Tensor]) -> None:
    if not len(inputs) or len(inputs) != len(states):
        raise TensorError(
            f"{len(inputs)} texts and {len(states)} paths", where="cast_shadow", cure="give a path for each text"
        )
    if not len(points):
        raise TensorError("there is no point to linearise at", where="cast_shadow", cure="give fixed points, or ghosts")
    for number, (text, path) in enumerate(zip(inputs, states, strict=True)):
        if path.shape != (len(text) + 1, held.size) or text.shape[1:] != held_input.shape or not len(text):
            raise TensorError(
                f"inputs of shape {tuple(text.shape)} and states of shape {tuple(path.shape)} do not fit a map of "
                f"{held.size} units",
                where=f"text {number}",
                cure="give the states of this network: the initial one, and that after each word",
            )
