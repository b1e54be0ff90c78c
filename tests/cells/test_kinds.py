"""A cell comes back from what is told of it."""

import pytest
import torch

from slowfold.cells import CELLS, GRU, LSTM, Stacked, Vanilla, build_cell, describe_cell, name_cell
from slowfold.errors import OptionError


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_what_is_told_builds_the_same_cell(kind, layers):
    asked = [{"cell": kind, "hidden": 4}] * layers
    cell = build_cell(asked, 3, generator=generator())
    again = build_cell(describe_cell(cell), 3, generator=generator())
    assert name_cell(cell) == kind
    assert cell.output_size == 4
    assert all(a.equal(b) for a, b in zip(cell.parameters(), again.parameters(), strict=True))
    assert isinstance(cell, Stacked) == (layers == 2)


def test_the_options_of_a_plain_cell_are_told():
    draw = generator()
    cell = Stacked([Vanilla(3, 4, generator=draw, nonlinearity="relu", leak=0.25), LSTM(4, 2, generator=draw)])
    again = build_cell(describe_cell(cell), 3, generator=generator())
    assert (again.cells[0].nonlinearity, again.cells[0].leak) == ("relu", 0.25)
    assert describe_cell(again)[1] == {"cell": "lstm", "hidden": 2}
    assert name_cell(again) == "vanilla+lstm"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([{"cell": "gur", "hidden": 3}], "cell: there is no cell 'gur'; choose from gru, lstm, ugrnn, vanilla"),
        ([{"cell": "gru", "hidden": 0}], "hidden: 0 is out of range"),
        ([], "layers: 0 is out of range"),
    ],
)
def test_what_cannot_be_built(layers, message):
    with pytest.raises(OptionError, match=message):
        build_cell(layers, 3, generator=generator())


def test_a_kind_is_the_name_that_a_cell_goes_by():
    assert all(build_cell([{"cell": kind, "hidden": 2}], 1, generator=generator()).kind == kind for kind in CELLS)
    assert CELLS["gru"] is GRU
