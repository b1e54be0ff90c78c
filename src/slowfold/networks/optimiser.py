"""Adam, which moves the vectors of words only when they are read, to where it would have moved them by then."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

__all__ = ["Optimiser", "RowAdam", "Touched", "fades"]

# What Adam still owes a row is a sum that fades out; it is broken off where its terms are this share of the first.
_NEGLIGIBLE = 1e-9
# Averages that fade more slowly than this are not worth deferring.
_SLOWEST = 0.99
# Beside the root of squared gradients, an epsilon of this size and less makes no difference.
_SMALL_EPSILON = 1e-6


class Touched(NamedTuple):
    """The vectors of the words that occur in a batch.

    Attributes:
        rows: Their rows in the embedding, each once, [word].
        vectors: What stands there, a leaf that takes the gradient, [word, input].
    """

    rows: Int64[Tensor, " word"]
    vectors: Float[Tensor, "word input"]


def fades(betas: tuple[float, float], epsilon: float) -> bool:
    """Whether the steps that Adam takes after a last gradient fade out soon, so that they can be taken later, at once.

    An epsilon as large as gradients are would change these steps as time goes by: then they are not a sum known
    beforehand.

    Example:
        >>> fades((0.9, 0.999), 1e-8), fades((0.9, 0.5), 1e-8), fades((0.9, 0.999), 0.1)
        (True, False, False)
    """
    return betas[0] < _SLOWEST * math.sqrt(betas[1]) and epsilon <= _SMALL_EPSILON


class RowAdam:
    r"""Adam for a matrix of which a step has gradients for a few rows, at the cost of those rows.

    Adam goes on to move a row whose gradient has become zero, by averages that fade out. Of an embedding of 20,000
    words a step reads some 1,000; to move the others costs most of an update, though nothing looks at them. Here they
    are moved when they are next read: a row that was brought up to step s last has been moved by step t by

    .. math::
        \sum_{i=1}^{t-s} \eta_{s+i} \frac{\beta_1^i m / (1 - \beta_1^{s+i})}
        {\sqrt{\beta_2^i v / (1 - \beta_2^{s+i})} + \epsilon}

    which is m / (sqrt(v) + eps') times a number that depends on s and t alone. (eps' is eps by the correction of step
    s: only a row whose gradients are as small as eps could tell.) So the rows that are read are those of Adam, up to
    rounding; ``torch.optim.SparseAdam``, which leaves out what a row is owed, moves a rare word a tenth as far, and
    learns more slowly.

    Args:
        weight: The matrix, [row, column]; its rows are moved in place.
        betas: How much is kept of the averages of the gradient and of its square; :func:`fades` holds of them.
        epsilon: What is added to the root of the square.
        rate: The learning rate of a step; the first is 1.
    """

    def __init__(
        self,
        weight: Float[Tensor, "row column"],
        *,
        betas: tuple[float, float],
        epsilon: float,
        rate: Callable[[int], float],
    ) -> None:
        # What is trained is a parameter: this is the same memory, of which autograd takes no notice.
        self.weight = weight.detach()
        self.betas = betas
        self.epsilon = epsilon
        self.rate = rate
        self.mean = torch.zeros_like(self.weight)
        self.square = torch.zeros_like(self.weight)
        self.settled = np.zeros(len(weight), dtype=np.int64)
        ratio = betas[0] / math.sqrt(betas[1])
        horizon = math.ceil(math.log(_NEGLIGIBLE) / math.log(ratio)) if ratio > _NEGLIGIBLE else 1
        self._fading = ratio ** np.arange(1, horizon + 1)

    @torch.no_grad()
    def bring_up(self, rows: Int64[np.ndarray, " touched"], step: int) -> None:
        """Moves the given rows, each named once, to where Adam has them after ``step``."""
        behind = rows[self.settled[rows] < step]
        if not len(behind):
            return
        first, second = self.betas
        since = self.settled[behind]
        like = self.weight
        place = torch.from_numpy(behind).to(like.device)
        owed, epsilon, mean_left, square_left = (
            torch.from_numpy(column[:, None]).to(like)
            for column in (
                self._owed(since, step),
                # A row that was never read is owed nothing: any number above 0 will do.
                self.epsilon * np.sqrt(1 - second ** np.maximum(since, 1)),
                first ** (step - since),
                second ** (step - since),
            )
        )
        mean, square = self.mean[place], self.square[place]
        moved = like[place].addcdiv_(owed * mean, square.sqrt().add_(epsilon), value=-1)
        self._put(place, moved, mean.mul_(mean_left), square.mul_(square_left))
        self.settled[behind] = step

    @torch.no_grad()
    def move(self, rows: Int64[np.ndarray, " touched"], gradient: Float[Tensor, "touched column"], step: int) -> None:
        """Takes ``step`` with the given rows, which have been brought up to the step before."""
        first, second = self.betas
        place = torch.from_numpy(rows).to(self.weight.device)
        mean = self.mean[place].lerp_(gradient, 1 - first)
        square = self.square[place].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        scale = (square / (1 - second**step)).sqrt_().add_(self.epsilon)
        moved = self.weight[place].addcdiv_(mean, scale, value=-self.rate(step) / (1 - first**step))
        self._put(place, moved, mean, square)
        self.settled[rows] = step

    def _put(self, place: Tensor, moved: Tensor, mean: Tensor, square: Tensor) -> None:
        for whole, part in ((self.weight, moved), (self.mean, mean), (self.square, square)):
            whole.index_copy_(0, place, part)

    def _owed(self, since: Int64[np.ndarray, " row"], step: int) -> np.ndarray:
        """By how many times m / sqrt(v) each row lags, [row]: m and v as they were at step ``since``."""
        first, second = self.betas
        # Rows that were brought up at the same step lag by the same number, and there are few such steps.
        starts, which = np.unique(since, return_inverse=True)
        later = np.arange(int(starts[0]) + 1, min(step, int(starts[-1]) + len(self._fading)) + 1)
        lengths = np.array([self.rate(int(number)) for number in later])
        lengths *= np.sqrt(1 - second**later) / (1 - first**later)
        following = starts[:, None] - starts[0] + np.arange(len(self._fading))
        terms = np.where(following < len(later), lengths[np.minimum(following, len(later) - 1)], 0.0) * self._fading
        return terms.sum(axis=1)[which]


class Optimiser:
    """Adam over weights that have names, of which the vectors of words may be moved row by row.

    Args:
        weights: The weights that every step moves as a whole.
        vectors: The name and the matrix of which a step reads the rows that it is given, or None.
        betas: How much is kept of the averages of the gradient and of its square.
        epsilon: What is added to the root of the square.
        rate: The learning rate of a step; the first is 1.
    """

    def __init__(
        self,
        weights: Mapping[str, nn.Parameter],
        vectors: tuple[str, nn.Parameter] | None,
        *,
        betas: tuple[float, float],
        epsilon: float,
        rate: Callable[[int], float],
    ) -> None:
        self._weights = dict(weights)
        self._rate = rate
        self._adam = torch.optim.Adam(self._weights.values(), betas=betas, eps=epsilon, fused=True)
        self._vectors = None if vectors is None else RowAdam(vectors[1], betas=betas, epsilon=epsilon, rate=rate)
        self._of_vectors = "" if vectors is None else f"{vectors[0]}/"

    def clear(self) -> None:
        """Forgets the gradients of the step before."""
        self._adam.zero_grad()

    def touch(self, rows: Int64[Tensor, " word"], step: int) -> Touched:
        """What stands after ``step`` in the given rows, each named once."""
        if self._vectors is None:
            raise TypeError("no weight is moved by row")
        self._vectors.bring_up(rows.cpu().numpy(), step)
        return Touched(rows, self._vectors.weight[rows.to(self._vectors.weight.device)].requires_grad_())

    def shorten(self, touched: Touched | None, longest: float) -> Float[Tensor, ""]:
        """Shortens the gradient of all weights together to the norm ``longest`` if it is longer; the norm it had.

        The gradient of the vectors of words that do not occur is zero: that of the rows is the whole of it.
        """
        leaves = [*self._weights.values(), *([] if touched is None else [touched.vectors])]
        return nn.utils.clip_grad_norm_(leaves, longest)

    def move(self, touched: Touched | None, *, step: int) -> None:
        """Moves the weights by their gradients; ``step`` counts from 1."""
        for group in self._adam.param_groups:
            group["lr"] = self._rate(step)
        self._adam.step()
        if self._vectors is not None and touched is not None and touched.vectors.grad is not None:
            self._vectors.move(touched.rows.cpu().numpy(), touched.vectors.grad, step)

    def settle(self, step: int) -> None:
        """Brings all rows to where they are after ``step``, so that the whole matrix may be looked at."""
        if self._vectors is not None:
            self._vectors.bring_up(np.arange(len(self._vectors.weight)), step)

    def moments(self) -> dict[str, Tensor]:
        """What it remembers, by the name of the weight and of the moment, as in ``"readout.weight/exp_avg"``."""
        state = self._adam.state
        dense = {
            f"{name}/{moment}": value
            for name, weight in self._weights.items()
            for moment, value in state[weight].items()
        }
        if self._vectors is None:
            return dense
        return dense | {
            f"{self._of_vectors}mean": self._vectors.mean,
            f"{self._of_vectors}square": self._vectors.square,
            f"{self._of_vectors}settled": torch.from_numpy(self._vectors.settled),
        }

    def remember(self, moments: Mapping[str, Tensor]) -> None:
        """Takes over what :meth:`moments` gave out."""
        state: dict[int, dict[str, Tensor]] = {}
        for number, name in enumerate(self._weights):
            prefix = f"{name}/"
            state[number] = {
                moment.removeprefix(prefix): value for moment, value in moments.items() if moment.startswith(prefix)
            }
        self._adam.load_state_dict({**self._adam.state_dict(), "state": state})
        if self._vectors is not None:
            self._vectors.mean.copy_(moments[f"{self._of_vectors}mean"])
            self._vectors.square.copy_(moments[f"{self._of_vectors}square"])
            self._vectors.settled[:] = moments[f"{self._of_vectors}settled"].numpy()
