"""A cell that reads the toy language by construction, so that all about its modifiers is known in closed form."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from slowfold.cells import Cell
from slowfold.dynamics import Map

WORDS = ("good", "bad", "awesome", "awful", "not", "very", "the")
VALENCES = torch.tensor([1.0, -1, 2, -2, 0, 0, 0], dtype=torch.float64)
# The pair turns and fades as in the networks of the paper; `very` is gone after one word, up to 7 %.
PAIR, FAST = 0.42 + 0.49j, 0.07
SCORE, NOT, TURN, VERY = range(4)


class Reviewer(Cell):
    """A state of a score, of two numbers that `not` sets turning, and of one that `very` sets.

    A word of valence v adds v (1 - 2 a) (1 + c) (1 - bend * score) to the score, with a set to 1 by `not` and c by
    `very`. The state is shown in a skewed basis, so that no mode stands at a right angle to another.
    """

    kind = "reviewer"

    def __init__(self, bend: float = 0.0, skew: float = 0.5, seed: int = 0) -> None:
        super().__init__()
        self.input_size, self.size, self.output_size, self.reduced_size = len(WORDS), 4, 4, 4
        self.bend = bend
        drawn = torch.randn(4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        self.basis = nn.Parameter(torch.eye(4, dtype=torch.float64) + skew * drawn)
        self.register_buffer("valences", VALENCES)

    @property
    def readout(self) -> Tensor:
        """Reads the score, [1, 4]."""
        return torch.linalg.inv(self.basis.detach())[SCORE : SCORE + 1]

    def state(self, *rows: tuple[float, float, float, float]) -> Tensor:
        """States by their four numbers, [state, 4]."""
        return torch.tensor(rows, dtype=torch.float64) @ self.basis.detach().T

    def drive(self, input: Tensor) -> Tensor:
        return input

    def advance(self, state: Tensor, drive: Tensor) -> Tensor:
        score, a, b, c = (state @ torch.linalg.inv(self.basis).T).unbind(dim=-1)
        said = (drive @ self.valences) * (1 - 2 * a) * (1 + c) * (1 - self.bend * score)
        after = (
            score + said,
            PAIR.real * a - PAIR.imag * b + drive[..., 4],
            PAIR.imag * a + PAIR.real * b,
            FAST * c + drive[..., 5],
        )
        return torch.stack(torch.broadcast_tensors(*after), dim=-1) @ self.basis.T

    def held(self) -> Map:
        """Held at zero; its Jacobian comes from automatic differentiation."""
        still = self.frozen()
        return Map(lambda states: still.advance(states, torch.zeros(7, dtype=torch.float64)), size=4)

    def _none(self, *_: Any) -> Any:
        raise AssertionError("no measurement of context should ask for this")

    recurrent_jacobian = jacobians = steady = steady_jacobian = steady_response = box = reset = set_memory = _none


def word(name: str) -> Tensor:
    """The input of a word, [7]."""
    return torch.eye(7, dtype=torch.float64)[WORDS.index(name)]


def words(*names: str) -> Tensor:
    """The inputs of words, [word, 7]."""
    return torch.stack([word(name) for name in names])


PROBES = words("good", "bad", "awesome", "awful")
