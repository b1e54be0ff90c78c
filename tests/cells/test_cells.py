"""Every cell keeps its contract: exact Jacobians, an invariant box, an unrolling that is its own steps."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.cells import GRU, Cell

CELLS = [GRU]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def states_and_inputs(cell: Cell, count: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    draw = generator(seed)
    states = torch.randn(count, cell.size, generator=draw, dtype=torch.float64)
    inputs = torch.randn(count, cell.input_size, generator=draw, dtype=torch.float64)
    return states, inputs


@pytest.mark.parametrize("build", CELLS)
@given(size=st.integers(1, 9), inputs=st.integers(1, 5), seed=st.integers(0, 50))
def test_the_jacobians_agree_with_automatic_differentiation(build, size, inputs, seed):
    cell = build(inputs, size, generator=generator(seed)).double()
    states, words = states_and_inputs(cell, 3, seed)
    exact = cell.jacobians(states, words)
    recurrent, by_input = torch.func.vmap(torch.func.jacrev(cell.step, argnums=(0, 1)))(states, words)
    torch.testing.assert_close(exact.recurrent, recurrent, rtol=0, atol=1e-12)
    torch.testing.assert_close(exact.input, by_input, rtol=0, atol=1e-12)


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
    state = torch.randn(3, 7, generator=generator(3), dtype=torch.float64)
    together = cell.unroll(words, state)
    for time in range(6):
        state = cell.step(state, words[:, time])
        torch.testing.assert_close(together[:, time], state, rtol=0, atol=1e-12)


@pytest.mark.parametrize("build", CELLS)
@given(seed=st.integers(0, 100), gain=st.floats(0.1, 20))
def test_no_step_leaves_the_box(build, seed, gain):
    cell = build(3, 5, generator=generator(seed)).double()
    with torch.no_grad():
        for weight in cell.weights():
            weight.mul_(gain)
    box = cell.box()
    draw = generator(seed + 1)
    inside = box.lower + (box.upper - box.lower) * torch.rand(50, 5, generator=draw, dtype=torch.float64)
    after = cell.step(inside, 10 * torch.randn(50, 3, generator=draw, dtype=torch.float64))
    assert (after >= box.lower).all()
    assert (after <= box.upper).all()


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


@pytest.mark.parametrize("build", CELLS)
def test_the_memory_of_a_cell_without_weights_spreads_up_to_the_length(build):
    cell = build(2, 2000, generator=generator())
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
    cell.set_memory(101, generator(1))
    cell = cell.double()
    keeps = cell.recurrent_jacobian(
        torch.zeros(2000, dtype=torch.float64), cell.drive(torch.zeros(2, dtype=torch.float64))
    ).diagonal()
    # A bias log T keeps the share T / (T + 1); T is uniform on [1, 100], whose mean is 50.5 with sd 28.6 / sqrt(2000).
    times = keeps / (1 - keeps)
    assert times.min() >= 1
    assert times.max() <= 100.01
    assert times.mean().item() == pytest.approx(50.5, abs=2.6)


@pytest.mark.parametrize("build", CELLS)
def test_the_weights_are_the_matrices(build):
    cell = build(3, 5, generator=generator())
    assert sorted(tuple(weight.shape) for weight in cell.weights()) == [(15, 3), (15, 5)]


def test_the_gru_is_pytorchs():
    cell = GRU(3, 4, generator=generator()).double()
    theirs = torch.nn.GRUCell(3, 4, dtype=torch.float64)
    theirs.load_state_dict({name.removesuffix("_l0"): value for name, value in cell.rnn.state_dict().items()})
    states, words = states_and_inputs(cell, 6)
    torch.testing.assert_close(cell.step(states, words), theirs(words, states), rtol=0, atol=1e-14)
