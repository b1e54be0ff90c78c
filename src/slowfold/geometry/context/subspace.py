"""The directions in which modifiers move the state, and what is left of a modifier that is kept out of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.context.factors import Factors, fit_factors
from slowfold.geometry.context.reader import Reader

__all__ = ["ModifierSubspace", "factors_without", "find_modifier_subspace"]

# Moves that differ from those of ordinary words by no more than this share of a state are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class ModifierSubspace:
    """The principal axes of what modifiers do to the state beyond what ordinary words do.

    What a modifier does is F(h, m) less the mean of F(h, o) over ordinary words o, from the same state h. The axes are
    taken over all modifiers and states, and centred on the ordinary word, not on the mean of the modifiers: modifiers
    that move the state alike have that direction in common, and it must not be lost.

    Attributes:
        axes: Orthonormal, the one along which modifiers move most first; the entry of greatest size in each is
            positive, [axis, unit].
        shares: The share of the squared length of the moves that lies along each axis, [axis].
        coordinates: The mean move of each modifier, [modifier, axis].
        spread: The root mean square distance of a modifier's moves from their mean, along each axis, [modifier, axis].
        ordinary: The mean move of each ordinary word, [word, axis].
    """

    axes: Float64[Tensor, "axis unit"]
    shares: Float64[Tensor, " axis"]
    coordinates: Float64[Tensor, "modifier axis"]
    spread: Float64[Tensor, "modifier axis"]
    ordinary: Float64[Tensor, "word axis"]


def find_modifier_subspace(
    cell: Cell,
    states: Float[Tensor, "state unit"],
    modifiers: Float[Tensor, "modifier input"],
    ordinary: Float[Tensor, "word input"],
) -> ModifierSubspace:
    """Finds the directions in which modifiers move the state, and ordinary words do not.

    Args:
        cell: The cell; it is not changed.
        states: Visited states, [state, unit].
        modifiers: The input vectors of the modifiers, [modifier, input].
        ordinary: The input vectors of words to compare them with, [word, input].

    Raises:
        TensorError: The shapes do not fit the cell, a number is not finite, or the modifiers move the state as the
            ordinary words do.

    Source:
        Maheswaranathan and Sussillo, "How recurrent networks implement contextual processing in sentiment analysis",
        ICML 2020, section 3, whose axes are centred on the mean of the modifiers.

    Example:
        >>> from slowfold.cells import GRU
        >>> cell = GRU(4, 6, generator=torch.Generator().manual_seed(0))
        >>> states = torch.rand(8, 6, generator=torch.Generator().manual_seed(1))
        >>> round(find_modifier_subspace(cell, states, torch.eye(4)[:2], torch.eye(4)[2:]).shares.sum().item(), 9)
        1.0
    """
    reader = Reader(cell, torch.eye(cell.size))
    before = reader.states(states)
    common = _ordinary(reader, before, reader.inputs(ordinary, "ordinary words"))
    middle = common.mean(dim=0)
    led = torch.stack([reader.after(before, word) for word in reader.inputs(modifiers, "modifiers")])
    moves = led - middle
    if moves.norm() <= _ROUNDING * led.norm():
        raise TensorError(
            "they move the state as the ordinary words do", where="modifiers", cure="give words that modify"
        )
    _, lengths, axes = torch.linalg.svd(moves.flatten(0, 1), full_matrices=False)
    axes = axes * axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
    along = moves @ axes.T
    return ModifierSubspace(
        axes=axes,
        shares=lengths.square() / lengths.square().sum(),
        coordinates=along.mean(dim=1),
        spread=along.var(dim=1, unbiased=False).sqrt(),
        ordinary=(common - middle).mean(dim=1) @ axes.T,
    )


def factors_without(
    subspace: ModifierSubspace,
    cell: Cell,
    states: Float[Tensor, "state unit"],
    modifiers: Float[Tensor, "modifier input"],
    ordinary: Float[Tensor, "word input"],
    probes: Float[Tensor, "probe input"],
    readout: Float[Tensor, "output unit"],
    *,
    removed: int = 3,
    held_input: Float[Tensor, " input"] | None = None,
    seed: int = 0,
) -> Factors:
    """By what modifiers multiply probe words once they are kept out of their subspace, [modifier, removed + 1].

    The state after a modifier is given, along the leading axes, the coordinates of the state after an ordinary word:
    along none, along the first, along the first two, and so on. Where a factor comes to 1 nothing of the modifier is
    left. Valences are true steps, W (F(h, x_w) - F(h, x*)).

    Args:
        subspace: What :func:`find_modifier_subspace` found.
        cell: The cell; it is not changed.
        states: Visited states, best each from another document, [state, unit].
        modifiers: The input vectors of the modifiers, [modifier, input].
        ordinary: The input vectors of ordinary words, [word, input].
        probes: The input vectors of the probe words, [probe, input].
        readout: What is read of a state, one row an output, [output, unit].
        removed: How many axes to remove at most.
        held_input: What words are compared with, [input]; zero unless given.
        seed: Draws the resamples of the intervals.

    Raises:
        TensorError: The shapes do not fit the cell, a number is not finite, or the readout is zero.
        OptionError: There are not so many axes.

    Example:
        >>> from slowfold.cells import GRU
        >>> cell = GRU(4, 6, generator=torch.Generator().manual_seed(0))
        >>> states = torch.rand(8, 6, generator=torch.Generator().manual_seed(1))
        >>> words = torch.eye(4)
        >>> subspace = find_modifier_subspace(cell, states, words[:1], words[1:])
        >>> factors_without(subspace, cell, states, words[:1], words[1:], words[2:], torch.ones(1, 6)).value.shape
        torch.Size([1, 4])
    """
    if not 0 <= removed <= len(subspace.axes):
        raise OptionError(
            f"{removed} axes are not among the {len(subspace.axes)}",
            where="removed",
            cure=f"give 0 to {len(subspace.axes)}",
        )
    reader = Reader(cell, readout, held_input)
    before, known = reader.states(states), reader.inputs(probes, "probes")
    middle = _ordinary(reader, before, reader.inputs(ordinary, "ordinary words")).mean(dim=0)
    axes = reader.states(subspace.axes)
    said = reader.exact(before, known)
    products = list[Tensor]()
    for word in reader.inputs(modifiers, "modifiers"):
        after = reader.after(before, word)
        for kept_out in range(removed + 1):
            leading = axes[:kept_out]
            changed = reader.exact(after - (after - middle) @ leading.T @ leading, known)
            products.append((changed * said).sum(dim=(1, 2)))
    stacked = torch.stack(products, dim=1).unflatten(1, (-1, removed + 1))
    return fit_factors(stacked, said.square().sum(dim=(1, 2))[:, None, None], seed=seed)


def _ordinary(
    reader: Reader, states: Float64[Tensor, "state unit"], words: Float64[Tensor, "word input"]
) -> Float64[Tensor, "word state unit"]:
    return torch.stack([reader.after(states, word) for word in words])
