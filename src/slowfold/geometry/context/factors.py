"""By what number a word multiplies what follows it, with an interval over the states in which it was read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

__all__ = ["Factors", "fit_factors"]

# Percentiles of 95 % of so many resamples move by about a tenth of the interval when they are drawn anew.
_RESAMPLES = 1_000
_TAILS = (0.025, 0.975)


@dataclass(frozen=True)
class Factors:
    """By what valences are multiplied: 1 leaves them, 2 doubles them, -1 turns them round.

    Attributes:
        value: The factor; NaN where there was nothing to multiply, [...].
        low: The lower end of its interval of 95 % over the states, [...].
        high: The upper end, [...].
    """

    value: Float64[Tensor, "*item"]
    low: Float64[Tensor, "*item"]
    high: Float64[Tensor, "*item"]

    def verdicts(self) -> list[str]:
        """What each factor says in a word, for one-dimensional factors, where its interval leaves no doubt.

        ``"turns round"`` below 0, ``"weakens"`` between 0 and 1, ``"strengthens"`` above 1, else ``"unclear"``.

        Example:
            >>> ends = torch.tensor([-1.0, 2.0, 1.0], dtype=torch.float64)
            >>> Factors(ends, ends - 0.1, ends + 0.1).verdicts()
            ['turns round', 'strengthens', 'unclear']
        """
        words = list[str]()
        for low, high in zip(self.low.tolist(), self.high.tolist(), strict=True):
            if high < 0:
                words.append("turns round")
            elif low > 1:
                words.append("strengthens")
            else:
                words.append("weakens" if low > 0 and high < 1 else "unclear")
        return words


def fit_factors(products: Float[Tensor, "state ..."], squares: Float[Tensor, "state ..."], *, seed: int) -> Factors:
    """The factor that takes valences before to those after, by least squares over all states, and its interval.

    Args:
        products: The sum of valence before times valence after, in each state, [state, ...], of two dimensions or more.
        squares: The sum of the squares of the valences before, alike or with ones for what it does not depend on.
        seed: Draws the states of each resample, with replacement. States of one document are alike: the interval is
            honest where each state comes from a document of its own.

    Example:
        >>> before = torch.tensor([[1.0], [3.0]], dtype=torch.float64)
        >>> fit_factors(-2 * before**2, before**2, seed=0).value.tolist()
        [-2.0]
    """
    states = len(products)
    draws = np.random.default_rng(seed).multinomial(states, np.full(states, 1 / states), size=_RESAMPLES)
    weights = torch.from_numpy(draws).to(products)
    above, below = products.flatten(1), squares.expand_as(products).flatten(1)
    drawn = (weights @ above) / (weights @ below)
    # A resample of states none of which says anything has no factor.
    ends = torch.nanquantile(drawn, torch.tensor(_TAILS, dtype=drawn.dtype, device=drawn.device), dim=0)
    shape = products.shape[1:]
    return Factors((above.sum(dim=0) / below.sum(dim=0)).reshape(shape), ends[0].reshape(shape), ends[1].reshape(shape))
