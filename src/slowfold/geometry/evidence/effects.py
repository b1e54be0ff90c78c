"""What words do along the slow modes: the evidence that each mode is given, and what it is worth in the logits."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Complex128, Float, Float64, Int64
from torch import Tensor

from slowfold.dynamics import Map, Modes
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.evidence.deciding import decisive
from slowfold.text import Kind

__all__ = ["WordEffects", "foremost_words", "weigh_words"]


@dataclass(frozen=True)
class WordEffects:
    """What words do to first order, J_in (x - x*), averaged over the points where a map was linearised.

    A mode is known up to a factor. Here its right vector r has length 1 and points to where it speaks most for the
    class for which it speaks most on average over the points; of a complex pair, evidence is the part in that phase.

    Attributes:
        move: The mean move of the state, [word, unit].
        spread: The root mean square distance of the moves from that mean, [word].
        logits: The mean move's part in the logits, W J_in (x - x*), in nats, [word, class].
        by_mode: The evidence that each word gives each mode, l . J_in (x - x*), mean over the points, [word, mode].
        by_mode_spread: The standard deviation over the points, [word, mode].
        mode_logits: What one unit of each mode is in the logits, W r, mean over the points, in nats, [mode, class].
        through_modes: What a word is in the logits through these modes alone, the mean over the points of the sum over
            the modes of W r (l . J_in (x - x*)), in nats, [word, class]. No factor of a mode is left in it.
    """

    move: Float64[Tensor, "word unit"]
    spread: Float64[Tensor, " word"]
    logits: Float64[Tensor, "word class"]
    by_mode: Float64[Tensor, "word mode"]
    by_mode_spread: Float64[Tensor, "word mode"]
    mode_logits: Float64[Tensor, "mode class"]
    through_modes: Float64[Tensor, "word class"]


@torch.no_grad()
def weigh_words(
    held: Map,
    modes: Modes,
    inputs: Float[Tensor, "word input"],
    held_input: Float[Tensor, " input"],
    readout: Float[Tensor, "class unit"],
    *,
    count: int,
    kind: Kind = "categorical",
) -> WordEffects:
    """What words do along the slowest modes of a map, on average over the points where it was linearised.

    Args:
        held: The map, of a cell whose input is held.
        modes: Its modes at one point or more; see :func:`slowfold.dynamics.linearize`.
        inputs: The input vector of each word, [word, input].
        held_input: x*, what the input was held at, [input].
        readout: W over the whole state, [class, unit].
        count: How many modes to look at, the slowest first, those that grow before them.
        kind: What the classes are to each other.

    Raises:
        TensorError: The parts do not fit together, or the map has no input.
        OptionError: ``count`` is below 1, or there are not so many modes.

    Source:
        Maheswaranathan et al., "Reverse engineering recurrent networks for sentiment classification reveals line
        attractor dynamics", NeurIPS 2019.

    Example:
        >>> from slowfold.cells import GRU
        >>> from slowfold.dynamics import linearize
        >>> cell = GRU(2, 4, generator=torch.Generator().manual_seed(0))
        >>> held = Map.hold(cell, torch.zeros(2))
        >>> modes = linearize(held, torch.zeros(3, 4))
        >>> weigh_words(held, modes, torch.eye(2), torch.zeros(2), torch.ones(2, 4), count=1).by_mode.shape
        torch.Size([2, 1])
    """
    units = modes.point.shape[1]
    if held.size != units:
        raise TensorError(
            f"modes of {units} units, and a map of {held.size}", where="weigh_words", cure="linearise this map"
        )
    if not 1 <= count <= modes.eigenvalue.shape[1]:
        raise OptionError(
            f"{count} modes", where="count", cure=f"give 1 to {modes.eigenvalue.shape[1]}, as many as there are"
        )
    if readout.shape[1:] != (units,) or inputs.shape[1:] != held_input.shape:
        raise TensorError(
            f"a readout of shape {tuple(readout.shape)} and words of shape {tuple(inputs.shape)} do not fit "
            f"{units} units and an input of shape {tuple(held_input.shape)}",
            where="weigh_words",
        )
    weight = readout.detach().to("cpu", torch.float64)
    change = (inputs.detach() - held_input.detach()).to("cpu", torch.float64)
    right, left = _oriented(modes.right[:, :, :count], modes.left[:, :count], decisive(weight.T, kind).T)
    heard = weight.to(torch.complex128) @ right
    sums = _Sums(len(change), units, count, len(weight))
    for row, point in enumerate(modes.point.to(held.device, held.dtype)):
        jacobian = held.input_jacobian(point.unsqueeze(0))[0].to("cpu", torch.float64)
        sums.add(change @ jacobian.T, left[row], heard[row])
    return sums.effects(weight, heard.real.mean(dim=0).T, len(modes.point))


def foremost_words(values: Float64[Tensor, "word column"], count: int) -> Int64[Tensor, "column place"]:
    """The words with the greatest value in each column, greatest first, [column, place]; as many as there are.

    Example:
        >>> foremost_words(torch.tensor([[1.0, 0.0], [3.0, -1.0], [2.0, 5.0]]).double(), 2).tolist()
        [[1, 2], [2, 0]]
    """
    return values.T.argsort(dim=1, descending=True, stable=True)[:, :count]


class _Sums:
    """Adds up the moves of words over points, and what they are along the modes."""

    def __init__(self, words: int, units: int, modes: int, classes: int) -> None:
        self._move = torch.zeros(words, units, dtype=torch.float64)
        self._squares = torch.zeros(words, dtype=torch.float64)
        self._by_mode = torch.zeros(words, modes, dtype=torch.float64)
        self._mode_squares = torch.zeros(words, modes, dtype=torch.float64)
        self._through = torch.zeros(words, classes, dtype=torch.float64)

    def add(self, moves: Tensor, left: Tensor, heard: Tensor) -> None:
        given = moves.to(torch.complex128) @ left.T
        self._move += moves
        self._squares += moves.square().sum(dim=1)
        self._by_mode += given.real
        self._mode_squares += given.real.square()
        self._through += (given @ heard.T).real

    def effects(self, weight: Tensor, mode_logits: Tensor, points: int) -> WordEffects:
        move, by_mode = self._move / points, self._by_mode / points
        return WordEffects(
            move=move,
            spread=(self._squares / points - move.square().sum(dim=1)).clamp_min(0).sqrt(),
            logits=move @ weight.T,
            by_mode=by_mode,
            by_mode_spread=(self._mode_squares / points - by_mode.square()).clamp_min(0).sqrt(),
            mode_logits=mode_logits,
            through_modes=self._through / points,
        )


def _oriented(
    right: Complex128[Tensor, "point unit mode"], left: Complex128[Tensor, "point mode unit"], contrast: Tensor
) -> tuple[Tensor, Tensor]:
    """The same modes, turned so that each speaks for one class at all points, as far as it speaks at all."""
    heard = contrast.to(torch.complex128) @ right
    foremost = heard.abs().mean(dim=0).argmax(dim=0)
    spoken = heard[:, foremost, torch.arange(right.shape[2])]
    size = spoken.abs()
    turn = torch.where(size > 0, spoken.conj() / size.clamp_min(torch.finfo(torch.float64).tiny), 1.0)
    return right * turn.unsqueeze(1), left * turn.conj().unsqueeze(2)
