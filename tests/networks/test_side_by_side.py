from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from slowfold.cells import GRU, Cell, build_cell
from slowfold.errors import NetworkError
from slowfold.networks.side_by_side import read_side_by_side, require_one_shape, step_size

KINDS: dict[str, list[dict[str, Any]]] = {
    "gru": [{"cell": "gru", "hidden": 4}],
    "lstm": [{"cell": "lstm", "hidden": 3}],
    "ugrnn": [{"cell": "ugrnn", "hidden": 4}],
    "tanh": [{"cell": "vanilla", "hidden": 4}],
    "relu": [{"cell": "vanilla", "hidden": 4, "nonlinearity": "relu"}],
    "leaky": [{"cell": "vanilla", "hidden": 4, "nonlinearity": "linear", "leak": 0.3}],
    "layers": [{"cell": "lstm", "hidden": 3}, {"cell": "gru", "hidden": 2}, {"cell": "lstm", "hidden": 4}],
}


class OwnCell(GRU):
    """A cell whose step is its own affair."""


def build(kind: str, inputs: int, seed: int) -> Cell:
    return build_cell(KINDS[kind], inputs, generator=torch.Generator().manual_seed(seed)).double()


def one_by_one(cells: list[Cell], inputs: list[Tensor], lengths: list[Tensor], starts: list[Tensor]) -> list[Tensor]:
    return [
        cell.unroll(given, start.expand(len(given), -1))[torch.arange(len(given)), length - 1]
        for cell, given, length, start in zip(cells, inputs, lengths, starts, strict=True)
    ]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(data=st.data())
def test_cells_find_side_by_side_what_each_finds_by_itself(kind: str, data: st.DataObject) -> None:
    of_one = st.tuples(*[st.integers(1, 5)] * 3)
    sizes = data.draw(st.lists(of_one, min_size=1, max_size=4), label="document, time, input")
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 9)))
    cells = [build(kind, size[2], seed) for seed, size in enumerate(sizes)]
    inputs = [torch.randn(size, generator=generator, dtype=torch.float64, requires_grad=True) for size in sizes]
    lengths = [torch.randint(1, time + 1, (count,), generator=generator) for count, time, _ in sizes]
    starts = [torch.randn(cell.size, generator=generator, dtype=torch.float64, requires_grad=True) for cell in cells]
    expected = one_by_one(cells, inputs, lengths, starts)
    found = read_side_by_side(cells, inputs, lengths, starts)
    leaves = [*inputs, *starts, *(weight for cell in cells for weight in cell.parameters())]
    towards = [torch.randn(states.shape, generator=generator, dtype=torch.float64) for states in expected]
    slopes = [torch.autograd.grad(states, leaves, towards, allow_unused=True) for states in (expected, found)]
    for one, other in zip((*expected, *slopes[0]), (*found, *slopes[1]), strict=True):
        torch.testing.assert_close(other, one, atol=1e-12, rtol=1e-10)


def test_what_is_not_finite_stays_with_its_own_cell() -> None:
    cells = [build("gru", 3, seed) for seed in range(3)]
    inputs = [torch.ones(2, 4, 3, dtype=torch.float64) for _ in cells]
    inputs[1][0, 2, 0] = torch.nan
    lengths, starts = [torch.tensor([4, 2])] * 3, [torch.zeros(4, dtype=torch.float64)] * 3
    found = read_side_by_side(cells, inputs, lengths, starts)
    assert [bool(states.isfinite().all()) for states in found] == [True, False, True]
    sum(states.sum() for states in found).backward()
    assert [all(bool(w.grad.isfinite().all()) for w in cell.parameters()) for cell in cells] == [True, False, True]


@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_cell_computes_more(kind: str) -> None:
    larger = [{**layer, "hidden": layer["hidden"] + 1} for layer in KINDS[kind]]
    generator = torch.Generator().manual_seed(0)
    assert step_size(build_cell(larger, 3, generator=generator)) > step_size(build(kind, 3, 0)) > 0


def test_cells_of_one_shape_may_differ_in_inputs() -> None:
    require_one_shape([build("gru", inputs, 0) for inputs in (2, 3, 9)])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (list[Cell](), "there is none"),
        ([build("gru", 3, 0), build("ugrnn", 3, 0)], "network 1: its cell has another shape"),
        ([build("tanh", 3, 0), build("relu", 3, 0)], "network 1: its cell has another shape"),
        ([build("gru", 3, 0), build("gru", 3, 0).float()], "network 1: its cell has another shape"),
        ([OwnCell(3, 4, generator=torch.Generator().manual_seed(0))], "network 0: .* can only read by itself"),
    ],
)
def test_cells_that_cannot_read_side_by_side(cells: list[Cell], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        require_one_shape(cells)
