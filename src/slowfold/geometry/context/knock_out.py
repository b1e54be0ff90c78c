"""Which modes carry a modifier: take its move away mode by mode, and read on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Complex128, Float, Float64, Int64
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.dynamics import Modes
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.context.factors import Factors, fit_factors
from slowfold.geometry.context.reader import Reader

__all__ = ["KnockOut", "knock_out"]


@dataclass(frozen=True)
class KnockOut:
    """What becomes of a modifier's effect when parts of its move are taken away.

    The move d = F(h, m) - h is the sum of its parts r_a (l_a . d) over the modes a. A mode and its conjugate partner
    are one group, for each without the other is no real move; so are modes that were asked to be taken together. The
    effect is the change of what the probes say by true steps, and every share is its share by least squares: 1 for all
    of it, 0 for none, below 0 for what makes it greater.

    Attributes:
        members: The modes of each group by their numbers, [group].
        eigenvalue: Of the first of them; its imaginary part is not negative, [group].
        time_constant: Of the first of them, in steps, [group].
        sensitivity: The greatest condition number among them, [group]; see :attr:`Modes.sensitivity`.
        conditioning: The condition number of all right vectors. Above 1e8 no part can be trusted.
        size: The length of the part over that of the move, a root mean square over states, [group]. Parts far above 1
            cancel each other: their modes are nearly parallel, and only their sum means something.
        undone: The share of the effect that goes when the part of one group is taken away, [group].
        alone: The share that the part of one group brings by itself, [group].
        order: The groups, the one that undoes most first, [group].
        together: The share that goes when the parts of the first groups in that order are taken away: of the first, of
            the first two, and so on, [group].
    """

    members: tuple[tuple[int, ...], ...]
    eigenvalue: Complex128[Tensor, " group"]
    time_constant: Float64[Tensor, " group"]
    sensitivity: Float64[Tensor, " group"]
    conditioning: float
    size: Float64[Tensor, " group"]
    undone: Factors
    alone: Factors
    order: Int64[Tensor, " group"]
    together: Factors

    def needed(self, share: float = 0.9) -> int:
        """The least number of groups, the strongest first, without which this share of the effect is gone.

        All of them where the modes are too nearly parallel for their parts to make up the move.

        Example:
            >>> from slowfold.cells import GRU
            >>> from slowfold.dynamics import Map, linearize
            >>> cell = GRU(2, 4, generator=torch.Generator().manual_seed(0))
            >>> modes = linearize(Map.hold(cell, torch.zeros(2)), torch.zeros(1, 4))
            >>> words = torch.eye(2)
            >>> knock_out(cell, modes, torch.zeros(1, 4), words[0], words[1:], torch.ones(1, 4)).needed(1.0) <= 4
            True
        """
        reached = (self.together.value >= share - 1e-9).nonzero().flatten()
        return int(reached[0]) + 1 if len(reached) else len(self.members)


def knock_out(
    cell: Cell,
    modes: Modes,
    states: Float[Tensor, "state unit"],
    modifier: Float[Tensor, " input"],
    probes: Float[Tensor, "probe input"],
    readout: Float[Tensor, "output unit"],
    *,
    held_input: Float[Tensor, " input"] | None = None,
    point: int = 0,
    within: float = 0.0,
    seed: int = 0,
) -> KnockOut:
    """Takes the move of a modifier away mode by mode, and measures what is left of its effect on the next word.

    Args:
        cell: The cell; it is not changed.
        modes: The linearisation, at a point near the states: a fixed point, or one of them that hardly moves.
        states: The states before the modifier, [state, unit].
        modifier: Its input vector, [input].
        probes: The input vectors of the probe words, [probe, input].
        readout: What is read of a state, one row an output, [output, unit].
        held_input: What words are compared with, [input]; zero unless given.
        point: Which point of ``modes``.
        within: Modes whose eigenvalues lie within this distance of each other, or are linked by others that do, are
            taken together. Single modes of a crowd are determined badly, and what they do together well.
        seed: Draws the resamples of the intervals.

    Raises:
        TensorError: The shapes do not fit the cell, a number is not finite, the readout is zero, or the modifier
            changes nothing.
        OptionError: There is no such point, or ``within`` is negative.

    Source:
        Maheswaranathan and Sussillo, "How recurrent networks implement contextual processing in sentiment analysis",
        ICML 2020, section 4.

    Example:
        >>> from slowfold.cells import GRU
        >>> from slowfold.dynamics import Map, linearize
        >>> cell = GRU(2, 4, generator=torch.Generator().manual_seed(0))
        >>> modes = linearize(Map.hold(cell, torch.zeros(2)), torch.zeros(1, 4))
        >>> words = torch.eye(2)
        >>> found = knock_out(cell, modes, torch.zeros(1, 4), words[0], words[1:], torch.ones(1, 4))
        >>> round(found.together.value[-1].item(), 9)
        1.0
    """
    if not 0 <= point < len(modes):
        raise OptionError(f"there is no point {point}", where="point", cure=f"give 0 to {len(modes) - 1}")
    if not within >= 0:
        raise OptionError(f"{within} is out of range", where="within", cure="give 0 or more")
    if modes.point.shape[1] != cell.size:
        raise TensorError(
            f"are of {modes.point.shape[1]} units, and the cell has {cell.size}",
            where="modes",
            cure="linearise this network",
        )
    reader = Reader(cell, readout, held_input)
    before, known = reader.states(states), reader.inputs(probes, "probes")
    after = reader.after(before, reader.inputs(modifier.unsqueeze(0), "modifier")[0])
    said, modified = reader.exact(before, known), reader.exact(after, known)
    effect = modified - said
    if not effect.any():
        raise TensorError("changes nothing that the probes say", where="modifier", cure="give a word that modifies")
    members = _groups(modes.eigenvalue[point], within)
    parts = _parts(modes, point, after - before, members)

    def shares(changes: list[Tensor]) -> Factors:
        products = torch.stack([(change * effect).sum(dim=(1, 2)) for change in changes], dim=1)
        return fit_factors(products, effect.square().sum(dim=(1, 2)).unsqueeze(1), seed=seed)

    undone = shares([modified - reader.exact(after - part, known) for part in parts])
    order = undone.value.argsort(descending=True, stable=True)
    leading = [row[0] for row in members]
    return KnockOut(
        members=tuple(tuple(row) for row in members),
        eigenvalue=modes.eigenvalue[point, leading],
        time_constant=modes.time_constant[point, leading],
        sensitivity=torch.stack([modes.sensitivity[point, row].max() for row in members]),
        conditioning=modes.conditioning[point].item(),
        size=(parts.square().sum(dim=(1, 2)) / (after - before).square().sum()).sqrt(),
        undone=undone,
        alone=shares([reader.exact(before + part, known) - said for part in parts]),
        order=order,
        together=shares([modified - reader.exact(after - part, known) for part in parts[order].cumsum(dim=0)]),
    )


def _groups(eigenvalues: Complex128[Tensor, " mode"], within: float) -> list[list[int]]:
    """The modes to take together: conjugate partners, and those whose eigenvalues are linked by short distances."""
    # One of each pair will do: its partner stands right behind it.
    upper = (eigenvalues.imag >= 0).nonzero().flatten().tolist()
    values = eigenvalues[upper]
    near = (values.unsqueeze(1) - values).abs() <= within
    left, groups = set(range(len(upper))), list[list[int]]()
    for first in range(len(upper)):
        if first not in left:
            continue
        linked, found = {first}, {first}
        while found:
            found = {other for one in found for other in near[one].nonzero().flatten().tolist()} - linked
            linked |= found
        left -= linked
        chosen = [upper[place] for place in sorted(linked)]
        partners = [mode + 1 for mode in chosen if eigenvalues[mode].imag > 0]
        groups.append(chosen + partners if len(chosen) == 1 else sorted(chosen + partners))
    return groups


def _parts(
    modes: Modes, point: int, moves: Float64[Tensor, "state unit"], members: list[list[int]]
) -> Float64[Tensor, "group state unit"]:
    """The part of each move that lies in each group of modes; over all groups they sum to the moves."""
    amounts = moves.to("cpu", torch.complex128) @ modes.left[point].T
    right = modes.right[point].T
    # The imaginary parts of conjugate partners cancel to rounding.
    return torch.stack([(amounts[:, row] @ right[row]).real for row in members]).to(moves)
