"""What a word does to the state is one step of the cell, less the state."""

import torch

from slowfold.cells import GRU
from slowfold.geometry import measure_deflections


def test_moves_are_exact_and_the_cell_stays_as_it_is():
    cell = GRU(3, 5, generator=torch.Generator().manual_seed(0))
    states = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    measured = measure_deflections(cell, states, torch.eye(3))
    double = cell.frozen()
    for word in range(3):
        for row in range(4):
            before = states[row].double()
            after = double.step(before, torch.eye(3, dtype=torch.float64)[word])
            torch.testing.assert_close(measured.moves[word, row], after - before, rtol=0, atol=1e-14)
    torch.testing.assert_close(measured.mean, measured.moves.mean(dim=1))
    assert all(parameter.dtype == torch.float32 and parameter.requires_grad for parameter in cell.parameters())


def test_the_spread_is_that_of_the_moves():
    cell = GRU(2, 4, generator=torch.Generator().manual_seed(0))
    draw = torch.randn(50, 4, generator=torch.Generator().manual_seed(1))
    measured = measure_deflections(cell, draw, torch.eye(2))
    for word in range(2):
        expected = measured.moves[word].var(dim=0, unbiased=False).sum().sqrt()
        torch.testing.assert_close(measured.spread[word], expected)
    same = measure_deflections(cell, draw[:1].expand(7, 4), torch.eye(2))
    assert same.spread.max() < 1e-12
