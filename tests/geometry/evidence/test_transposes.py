"""Covectors and pushes are those of the Jacobians, without these being formed."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.cells import GRU, LSTM, UGRNN, Cell, Stacked, Vanilla
from slowfold.geometry.evidence.transposes import linearize_steps


def two_layers(input_size: int, size: int, *, generator: torch.Generator) -> Cell:
    return Stacked([LSTM(input_size, size, generator=generator), GRU(size, size + 1, generator=generator)])


class Louder(GRU):
    """A user's own cell, which is a GRU by name and steps otherwise."""

    def advance(self, state, drive):
        return super().advance(2 * state, drive)

    def recurrent_jacobian(self, state, drive):
        return 2 * super().recurrent_jacobian(2 * state, drive)


CELLS = [
    pytest.param(GRU, id="gru"),
    pytest.param(UGRNN, id="ugrnn"),
    pytest.param(LSTM, id="lstm"),
    pytest.param(Vanilla, id="tanh"),
    pytest.param(partial(Vanilla, nonlinearity="relu"), id="relu"),
    pytest.param(partial(Vanilla, nonlinearity="linear"), id="linear"),
    pytest.param(partial(Vanilla, leak=0.3), id="leaky tanh"),
    pytest.param(partial(Vanilla, nonlinearity="linear", leak=0.7), id="leaky linear"),
    pytest.param(two_layers, id="two layers"),
    pytest.param(Louder, id="own"),
]


@pytest.mark.parametrize("build", CELLS)
@given(size=st.integers(1, 7), classes=st.integers(1, 4), seed=st.integers(0, 50))
@settings(max_examples=8)
def test_they_agree_with_automatic_differentiation(build, size, classes, seed):
    draw = torch.Generator().manual_seed(seed)
    cell = build(3, size, generator=draw).frozen()
    states = 2 * torch.randn(4, cell.size, generator=draw, dtype=torch.float64)
    drives = cell.drive(torch.randn(4, 3, generator=draw, dtype=torch.float64))
    rows = torch.randn(classes, cell.size, generator=draw, dtype=torch.float64)
    change = torch.randn(drives.shape, generator=draw, dtype=torch.float64)
    steps = linearize_steps(cell, states, drives)
    by_state, by_drive = torch.func.vmap(torch.func.jacrev(cell.advance, argnums=(0, 1)))(states, drives)
    torch.testing.assert_close(steps.after, cell.advance(states, drives), rtol=0, atol=1e-14)
    for step in range(4):
        torch.testing.assert_close(steps.pull(rows, step), rows @ by_state[step], rtol=0, atol=1e-12)
    torch.testing.assert_close(steps.push(change), (by_drive @ change.unsqueeze(2)).squeeze(2), rtol=0, atol=1e-12)
    covectors = torch.randn(4, classes, cell.size, generator=draw, dtype=torch.float64)
    torch.testing.assert_close(steps.pull_to_drives(covectors), covectors @ by_drive, rtol=0, atol=1e-12)
