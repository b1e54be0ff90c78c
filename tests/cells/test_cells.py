"""Every cell keeps its contract: exact Jacobians, an invariant box, an unrolling that is its own steps."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.cells import GRU, LSTM, UGRNN, Cell, Stacked, Vanilla
from slowfold.errors import OptionError


def three_layers(input_size: int, size: int, *, generator: torch.Generator) -> Cell:
    """Layers of three kinds and three widths."""
    return Stacked(
        [
            LSTM(input_size, size, generator=generator),
            GRU(size, size + 1, generator=generator),
            UGRNN(size + 1, size, generator=generator),
        ]
    )


def memory_on_top(input_size: int, size: int, *, generator: torch.Generator) -> Cell:
    """A memory that reads a leaky layer: its box depends on what it is given."""
    return Stacked([Vanilla(input_size, size, generator=generator, leak=0.4), LSTM(size, size, generator=generator)])


CELLS = [
    pytest.param(GRU, id="gru"),
    pytest.param(UGRNN, id="ugrnn"),
    pytest.param(LSTM, id="lstm"),
    pytest.param(Vanilla, id="tanh"),
    pytest.param(partial(Vanilla, nonlinearity="relu"), id="relu"),
    pytest.param(partial(Vanilla, nonlinearity="linear"), id="linear"),
    pytest.param(partial(Vanilla, leak=0.2), id="leaky tanh"),
    pytest.param(partial(Vanilla, nonlinearity="relu", leak=0.7), id="leaky relu"),
    pytest.param(three_layers, id="three layers"),
    pytest.param(memory_on_top, id="memory on top"),
]
BOUNDED = [*CELLS[:4], CELLS[6], *CELLS[8:]]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def states_and_inputs(cell: Cell, count: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    draw = generator(seed)
    states = torch.randn(count, cell.size, generator=draw, dtype=torch.float64)
    inputs = torch.randn(count, cell.input_size, generator=draw, dtype=torch.float64)
    return states, inputs


@pytest.mark.parametrize("build", CELLS)
@given(size=st.integers(1, 9), inputs=st.integers(1, 5), seed=st.integers(0, 50))
@settings(max_examples=30)
def test_the_jacobians_agree_with_automatic_differentiation(build, size, inputs, seed):
    cell = build(inputs, size, generator=generator(seed)).double()
    states, words = states_and_inputs(cell, 3, seed)
    exact = cell.jacobians(states, words)
    recurrent, by_input = torch.func.vmap(torch.func.jacrev(cell.step, argnums=(0, 1)))(states, words)
    torch.testing.assert_close(exact.recurrent, recurrent, rtol=0, atol=1e-12)
    torch.testing.assert_close(exact.input, by_input, rtol=0, atol=1e-12)


@pytest.mark.parametrize("build", CELLS)
@given(size=st.integers(1, 6), inputs=st.integers(1, 4), seed=st.integers(0, 50))
@settings(max_examples=30)
def test_the_steady_jacobian_agrees_with_automatic_differentiation(build, size, inputs, seed):
    cell = build(inputs, size, generator=generator(seed)).double()
    states, words = states_and_inputs(cell, 3, seed)
    reduced, drive = cell.restrict(states), cell.drive(words)
    assert reduced.shape == (3, cell.reduced_size)
    slope = torch.func.vmap(torch.func.jacrev(cell.steady))(reduced, drive)
    torch.testing.assert_close(cell.steady_jacobian(reduced, drive), slope, rtol=0, atol=1e-12)
    one_drive = torch.stack([cell.steady_jacobian(row, drive[0]) for row in reduced])
    torch.testing.assert_close(cell.steady_jacobian(reduced, drive[0]), one_drive)


@pytest.mark.parametrize("build", CELLS)
@given(size=st.integers(1, 6), inputs=st.integers(1, 4), columns=st.integers(1, 3), seed=st.integers(0, 50))
@settings(max_examples=30)
def test_the_steady_response_agrees_with_automatic_differentiation(build, size, inputs, columns, seed):
    cell = build(inputs, size, generator=generator(seed)).double()
    states, words = states_and_inputs(cell, 3, seed)
    reduced, drive = cell.restrict(states), cell.drive(words)
    added = torch.randn(drive.shape[1], columns, generator=generator(seed), dtype=torch.float64)
    slope = torch.func.vmap(torch.func.jacrev(cell.steady, argnums=1))(reduced, drive)
    torch.testing.assert_close(cell.steady_response(reduced, drive, added), slope @ added, rtol=0, atol=1e-12)
    one_drive = torch.stack([cell.steady_response(row, drive[0], added) for row in reduced])
    torch.testing.assert_close(cell.steady_response(reduced, drive[0], added), one_drive)


@pytest.mark.parametrize("build", CELLS)
def test_where_the_step_rests_the_steady_map_does(build):
    cell = build(3, 5, generator=generator()).double()
    with torch.no_grad():
        for weight in cell.weights():
            weight.mul_(0.3)  # small enough for any start to come to rest
    drive = cell.drive(torch.ones(3, dtype=torch.float64))
    state = torch.zeros(cell.size, dtype=torch.float64)
    for _ in range(200):
        state = cell.advance(state, drive)
    reduced = cell.restrict(state)
    torch.testing.assert_close(cell.steady(reduced, drive), reduced, rtol=0, atol=1e-12)
    torch.testing.assert_close(cell.lift(reduced, drive), state, rtol=0, atol=1e-12)


@pytest.mark.parametrize("build", CELLS)
@given(seed=st.integers(0, 1_000), gain=st.floats(1, 20))
@settings(max_examples=30)
def test_step_and_steady_map_agree_on_the_sign_of_a_fixed_point(build, seed, gain):
    # Without biases and input, the state of zero is a fixed point of every cell, stable or not.
    cell = build(3, 5, generator=generator(seed)).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.mul_(gain if parameter.dim() > 1 else 0)
    drive = cell.drive(torch.zeros(3, dtype=torch.float64))
    state = torch.zeros(cell.size, dtype=torch.float64)
    reduced = cell.restrict(state)
    assert torch.equal(cell.advance(state, drive), state)
    assert torch.equal(cell.steady(reduced, drive), reduced)
    signs = [
        np.linalg.slogdet(np.eye(len(jacobian)) - jacobian.detach().numpy()).sign
        for jacobian in (cell.recurrent_jacobian(state, drive), cell.steady_jacobian(reduced, drive))
    ]
    assert signs[0] == signs[1]


@pytest.mark.parametrize("build", CELLS)
def test_the_output_is_a_part_of_the_state(build):
    cell = build(3, 5, generator=generator()).double()
    positions = cell.output(torch.arange(cell.size, dtype=torch.float64)).long()
    assert len(positions) == cell.output_size == len(set(positions.tolist()))
    states, _ = states_and_inputs(cell, 4)
    assert torch.equal(cell.output(states), states[:, positions])


@pytest.mark.parametrize("build", CELLS)
def test_one_drive_serves_all_states(build):
    cell = build(3, 6, generator=generator()).double()
    states, words = states_and_inputs(cell, 5)
    drive = cell.drive(words[0])
    torch.testing.assert_close(cell.advance(states, drive), cell.step(states, words[:1].expand(5, -1)))
    one_by_one = torch.stack([cell.recurrent_jacobian(state, drive) for state in states])
    torch.testing.assert_close(cell.recurrent_jacobian(states, drive), one_by_one)


@pytest.mark.parametrize("build", CELLS)
def test_unrolling_is_stepping(build):
    cell = build(4, 7, generator=generator()).double()
    words = torch.randn(3, 6, 4, generator=generator(2), dtype=torch.float64)
    state = torch.randn(3, cell.size, generator=generator(3), dtype=torch.float64)
    together = cell.unroll(words, state)
    for time in range(6):
        state = cell.step(state, words[:, time])
        torch.testing.assert_close(together[:, time], state, rtol=0, atol=1e-12)


@pytest.mark.parametrize("build", CELLS)
def test_of_no_words_there_are_no_states(build):
    cell = build(4, 7, generator=generator())
    assert cell.unroll(torch.zeros(3, 0, 4), torch.zeros(3, cell.size)).shape == (3, 0, cell.size)


@pytest.mark.parametrize("build", BOUNDED)
@given(seed=st.integers(0, 100), gain=st.floats(0.1, 20), reach=st.floats(0, 5))
@settings(max_examples=30)
def test_no_step_leaves_the_box(build, seed, gain, reach):
    cell = build(3, 5, generator=generator(seed)).double()
    with torch.no_grad():
        for weight in cell.weights():
            weight.mul_(gain)
    draw = generator(seed + 1)
    drive = cell.drive(torch.randn(3, generator=draw, dtype=torch.float64))
    around = reach * torch.randn(4, cell.size, generator=draw, dtype=torch.float64)
    box = cell.box(drive, around)
    assert (around.abs() <= box.upper).all()
    corners = 1 - 2 * torch.randint(2, (50, cell.size), generator=draw)
    inside = torch.cat([corners, 2 * torch.rand(50, cell.size, generator=draw, dtype=torch.float64) - 1]) * box.upper
    after = cell.advance(inside, drive)
    # A state on the wall may round to just beyond it.
    assert (after.abs() <= box.upper * (1 + 1e-12)).all()


@pytest.mark.parametrize("nonlinearity", ["relu", "linear"])
def test_a_cell_without_bounds_has_no_box(nonlinearity):
    cell = Vanilla(3, 5, generator=generator(), nonlinearity=nonlinearity)
    assert cell.box(cell.drive(torch.zeros(3)), torch.zeros(0, 5)) is None


def test_a_forget_gate_that_never_closes_has_no_box():
    cell = LSTM(2, 3, generator=generator()).double()
    with torch.no_grad():
        cell.rnn.bias_ih_l0[3:6] = 1e4
    assert cell.box(cell.drive(torch.zeros(2, dtype=torch.float64)), torch.zeros(0, 6, dtype=torch.float64)) is None


@pytest.mark.parametrize("build", CELLS)
def test_building_a_cell_leaves_the_global_generator_alone(build):
    before = torch.get_rng_state()
    cell = build(3, 5, generator=generator(4))
    cell.set_memory(50, generator(5))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("build", CELLS)
def test_the_same_generator_draws_the_same_weights(build):
    first, second = (build(3, 5, generator=generator(4)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


@pytest.mark.parametrize("build", [GRU, UGRNN, LSTM])
def test_the_memory_of_a_cell_without_weights_spreads_up_to_the_length(build):
    cell = build(2, 2000, generator=generator())
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
    cell.set_memory(101, generator(1))
    cell = cell.double()
    # What is left of a state after one step tells the gate; with zero weights nothing else touches it.
    state = torch.ones(cell.size, dtype=torch.float64)
    keeps = cell.advance(state, cell.drive(torch.zeros(2, dtype=torch.float64)))[-2000:]
    # A bias log T keeps the share T / (T + 1); T is uniform on [1, 100], whose mean is 50.5 with sd 28.6 / sqrt(2000).
    times = keeps / (1 - keeps)
    assert times.min() >= 1 - 1e-6
    assert times.max() <= 100.01
    assert times.mean().item() == pytest.approx(50.5, abs=2.6)


def test_a_cell_without_gates_keeps_its_biases():
    cell, same = (Vanilla(2, 3, generator=generator()) for _ in range(2))
    cell.set_memory(50, generator(1))
    assert all(torch.equal(a, b) for a, b in zip(cell.parameters(), same.parameters(), strict=True))


@pytest.mark.parametrize(("build", "gates"), [(GRU, 3), (UGRNN, 2), (LSTM, 4), (Vanilla, 1)])
def test_the_weights_are_the_matrices(build, gates):
    cell = build(3, 5, generator=generator())
    assert sorted(tuple(weight.shape) for weight in cell.weights()) == [(5 * gates, 3), (5 * gates, 5)]


@pytest.mark.parametrize(
    ("build", "theirs"),
    [
        (GRU, torch.nn.GRUCell),
        (LSTM, torch.nn.LSTMCell),
        (Vanilla, torch.nn.RNNCell),
        (partial(Vanilla, nonlinearity="relu"), partial(torch.nn.RNNCell, nonlinearity="relu")),
    ],
    ids=["gru", "lstm", "tanh", "relu"],
)
def test_a_step_is_pytorchs(build, theirs):
    cell = build(3, 4, generator=generator()).double()
    other = theirs(3, 4, dtype=torch.float64)
    other.load_state_dict({name.removesuffix("_l0"): value for name, value in cell.rnn.state_dict().items()})
    states, words = states_and_inputs(cell, 6)
    before = tuple(states.chunk(2, dim=1)) if isinstance(cell, LSTM) else states
    after = other(words, before)
    expected = torch.cat(after, dim=1) if isinstance(cell, LSTM) else after
    torch.testing.assert_close(cell.step(states, words), expected, rtol=0, atol=1e-14)


def test_an_update_gate_network_is_its_equations():
    cell = UGRNN(3, 4, generator=generator()).double()
    states, words = states_and_inputs(cell, 6)
    arguments = words @ cell.weight_ih.T + states @ cell.weight_hh.T + cell.bias
    update, candidate = torch.sigmoid(arguments[:, :4]), torch.tanh(arguments[:, 4:])
    expected = update * states + (1 - update) * candidate
    torch.testing.assert_close(cell.step(states, words), expected, rtol=0, atol=1e-14)


def test_a_leak_keeps_the_rest_of_the_state():
    whole, leaky = (Vanilla(3, 4, generator=generator(), leak=leak).double() for leak in (1.0, 0.3))
    states, words = states_and_inputs(whole, 6)
    expected = 0.7 * states + 0.3 * whole.step(states, words)
    torch.testing.assert_close(leaky.step(states, words), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("options", [{"leak": 0.0}, {"leak": 1.5}, {"leak": float("nan")}, {"nonlinearity": "sine"}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        Vanilla(3, 4, generator=generator(), **options)
