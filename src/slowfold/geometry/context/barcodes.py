"""What a modifier does to one probe word after another: its barcode."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.geometry.context.factors import Factors, fit_factors
from slowfold.geometry.context.reader import Reader

__all__ = ["Barcodes", "measure_barcodes"]


@dataclass(frozen=True)
class Barcodes:
    """What probe words say before and after modifiers, by true steps, W (F(h, x_w) - F(h, x*)).

    Attributes:
        before: What each probe says before the modifiers, a mean over the states, [probe, output].
        after: What it says right after each, [modifier, probe, output].
        factor: By what each modifier multiplies each probe, [modifier, probe].
        overall: By what each modifier multiplies all probes, [modifier].
        linear: The same as ``overall`` by the formula W dF/dx(h, x*) (x_w - x*), [modifier].
    """

    before: Float64[Tensor, "probe output"]
    after: Float64[Tensor, "modifier probe output"]
    factor: Factors
    overall: Factors
    linear: Factors

    @property
    def change(self) -> Float64[Tensor, "modifier probe output"]:
        """What each modifier adds to what each probe says: the barcodes."""
        return self.after - self.before

    @property
    def likeness(self) -> Float64[Tensor, "modifier modifier"]:
        """The cosine of the angle between each two barcodes: 1 where two modifiers do the same, whatever how much.

        NaN for a modifier that changes nothing.
        """
        bars = self.change.flatten(1)
        bars = bars / bars.norm(dim=1, keepdim=True)
        return bars @ bars.T


def measure_barcodes(
    cell: Cell,
    states: Float[Tensor, "state unit"],
    modifiers: Float[Tensor, "modifier input"],
    probes: Float[Tensor, "probe input"],
    readout: Float[Tensor, "output unit"],
    *,
    held_input: Float[Tensor, " input"] | None = None,
    seed: int = 0,
) -> Barcodes:
    """What each modifier does to each probe word that follows it at once.

    Args:
        cell: The cell; it is not changed.
        states: Visited states, best each from another document, [state, unit].
        modifiers: The input vectors of the modifiers, [modifier, input].
        probes: The input vectors of the probe words, [probe, input].
        readout: What is read of a state, one row an output, [output, unit].
        held_input: What words are compared with, [input]; zero unless given.
        seed: Draws the resamples of the intervals.

    Raises:
        TensorError: The shapes do not fit the cell, a number is not finite, or the readout is zero.

    Source:
        Maheswaranathan and Sussillo, "How recurrent networks implement contextual processing in sentiment analysis",
        ICML 2020, section 3.

    Example:
        >>> from slowfold.cells import GRU
        >>> cell = GRU(4, 6, generator=torch.Generator().manual_seed(0))
        >>> states = torch.rand(8, 6, generator=torch.Generator().manual_seed(1))
        >>> measure_barcodes(cell, states, torch.eye(4)[:1], torch.eye(4)[1:], torch.ones(1, 6)).change.shape
        torch.Size([1, 3, 1])
    """
    reader = Reader(cell, readout, held_input)
    before, known = reader.states(states), reader.inputs(probes, "probes")
    leading = [reader.after(before, word) for word in reader.inputs(modifiers, "modifiers")]
    said, formula = reader.exact(before, known), reader.linear(before, known)
    after = torch.stack([reader.exact(led, known) for led in leading])
    by_formula = torch.stack([reader.linear(led, known) for led in leading])
    # Sums over outputs, and over probes where all of them count: [state, modifier, probe], [state, modifier].
    products, squares = (after * said).sum(dim=3).transpose(0, 1), said.square().sum(dim=2).unsqueeze(1)
    formula_products = (by_formula * formula).sum(dim=(2, 3)).T
    return Barcodes(
        before=said.mean(dim=0),
        after=after.mean(dim=1),
        factor=fit_factors(products, squares, seed=seed),
        overall=fit_factors(products.sum(dim=2), squares.sum(dim=2), seed=seed),
        linear=fit_factors(formula_products, formula.square().sum(dim=(1, 2)).unsqueeze(1), seed=seed),
    )
