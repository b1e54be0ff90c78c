"""A stack is its layers: what each reads, where it may go, and what it is refused for."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.cells import GRU, LSTM, UGRNN, Cell, Stacked, Vanilla
from slowfold.errors import NetworkError


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_layer_reads_the_new_output_of_the_one_below():
    lower, upper = LSTM(3, 4, generator=generator()).double(), GRU(4, 5, generator=generator(1)).double()
    state = torch.randn(6, 13, generator=generator(2), dtype=torch.float64)
    word = torch.randn(6, 3, generator=generator(3), dtype=torch.float64)
    after = Stacked([lower, upper]).step(state, word)
    below = lower.step(state[:, :8], word)
    assert torch.equal(after[:, :8], below)
    assert torch.equal(after[:, 8:], upper.step(state[:, 8:], below[:, :4]))


def test_a_layer_does_not_feel_those_above_it():
    cell = Stacked([GRU(3, 4, generator=generator()), GRU(4, 5, generator=generator(1))]).double()
    state = torch.randn(9, generator=generator(2), dtype=torch.float64)
    drive = cell.drive(torch.zeros(3, dtype=torch.float64))
    jacobian = cell.recurrent_jacobian(state, drive)
    assert (jacobian[:4, 4:] == 0).all()
    assert (jacobian[4:, :4] != 0).any()


def test_a_stack_of_one_is_its_layer():
    layer = LSTM(3, 4, generator=generator()).double()
    cell = Stacked([layer])
    state, word = torch.randn(2, 8, dtype=torch.float64, generator=generator(1)), torch.ones(2, 3, dtype=torch.float64)
    assert torch.equal(cell.step(state, word), layer.step(state, word))
    assert torch.equal(cell.jacobians(state, word).recurrent, layer.jacobians(state, word).recurrent)
    assert torch.equal(cell.jacobians(state, word).input, layer.jacobians(state, word).input)


def test_stacks_in_a_stack_become_layers():
    draw = generator()
    inner = Stacked([GRU(3, 4, generator=draw), GRU(4, 4, generator=draw)])
    cell = Stacked([inner, UGRNN(4, 2, generator=draw)])
    assert [layer.kind for layer in cell.cells] == ["gru", "gru", "ugrnn"]


@pytest.mark.parametrize("bounded", [0, 1], ids=["below", "above"])
def test_a_layer_without_bounds_leaves_the_stack_without(bounded):
    draw = generator()
    cells: list[Cell] = [
        Vanilla(4, 4, generator=draw, nonlinearity="tanh" if layer == bounded else "relu") for layer in (0, 1)
    ]
    cell = Stacked(cells)
    assert cell.box(cell.drive(torch.zeros(4)), torch.zeros(0, 8)) is None


@given(seed=st.integers(0, 50), word=st.floats(-3, 3))
def test_the_box_of_a_memory_holds_for_whatever_the_layer_below_puts_out(seed, word):
    lower, upper = GRU(1, 3, generator=generator(seed)).double(), LSTM(3, 4, generator=generator(seed + 1)).double()
    cell = Stacked([lower, upper])
    box = cell.box(cell.drive(torch.tensor([word], dtype=torch.float64)), torch.zeros(0, 11, dtype=torch.float64))
    # The bound of a memory grows with the logit of its forget gate, which is greatest at some corner of the cube below.
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
    alone = torch.stack([upper.box(upper.drive(c), torch.zeros(0, 8, dtype=torch.float64)).upper for c in corners])
    torch.testing.assert_close(box.upper[3:], alone.amax(dim=0))


def test_the_forget_gates_of_every_layer_remember():
    draw = generator()
    cell = Stacked([GRU(2, 5, generator=draw), LSTM(5, 5, generator=draw)])
    before = {name: parameter.clone() for name, parameter in cell.named_parameters()}
    cell.set_memory(50, generator(1))
    changed = {name.split(".")[1] for name, value in cell.named_parameters() if not value.equal(before[name])}
    assert changed == {"0", "1"}


def test_layers_that_do_not_fit_are_refused():
    draw = generator()
    with pytest.raises(NetworkError, match="layer 2: takes 8 inputs, and the layer below puts out 4"):
        Stacked([LSTM(3, 4, generator=draw), GRU(8, 4, generator=draw)])
    with pytest.raises(NetworkError, match="without layers"):
        Stacked([])
