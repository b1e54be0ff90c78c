"""The ledger adds up, its linear account is that of the Jacobians along the path, and what it leaves is named."""

from functools import partial

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.cells import GRU, LSTM, UGRNN, Cell, Stacked, Vanilla
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.evidence import Bookkeeper, Ledger, keep_ledger


def two_layers(input_size: int, size: int, *, generator: torch.Generator) -> Cell:
    return Stacked([LSTM(input_size, size, generator=generator), GRU(size, size + 1, generator=generator)])


CELLS = [
    pytest.param(GRU, "output", id="gru"),
    pytest.param(UGRNN, "output", id="ugrnn"),
    pytest.param(LSTM, "output", id="lstm, h read"),
    pytest.param(LSTM, "state", id="lstm, h and c read"),
    pytest.param(Vanilla, "output", id="tanh"),
    pytest.param(partial(Vanilla, nonlinearity="relu"), "output", id="relu"),
    pytest.param(partial(Vanilla, nonlinearity="linear"), "output", id="linear"),
    pytest.param(partial(Vanilla, leak=0.3), "output", id="leaky tanh"),
    pytest.param(two_layers, "output", id="two layers, the upper read"),
    pytest.param(two_layers, "state", id="two layers, both read"),
]


def parts_of(build, readout_of: str, *, size: int, tokens: int, classes: int, seed: int):
    """A cell, a readout of it, an initial state, a text and a held input, all drawn."""
    draw = torch.Generator().manual_seed(seed)
    cell = build(3, size, generator=draw)
    read = cell.size if readout_of == "state" else cell.output_size
    weight, bias = torch.randn(classes, read, generator=draw), torch.randn(classes, generator=draw)
    initial, inputs = torch.randn(cell.size, generator=draw), 2 * torch.randn(tokens, 3, generator=draw)
    return cell, weight, bias, initial, inputs, torch.randn(3, generator=draw)


def read_by_steps(cell: Cell, initial: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """The initial state and that after each input, one step after another."""
    own, states = cell.frozen(), [initial.double()]
    for word in inputs.double():
        states.append(own.step(states[-1], word))
    return torch.stack(states)


@pytest.mark.parametrize(("build", "readout_of"), CELLS)
@given(size=st.integers(1, 7), tokens=st.integers(1, 9), classes=st.integers(1, 4), seed=st.integers(0, 50))
@settings(max_examples=8)
def test_its_parts_sum_to_the_logits(build, readout_of, size, tokens, classes, seed):
    cell, weight, bias, initial, inputs, held = parts_of(
        build, readout_of, size=size, tokens=tokens, classes=classes, seed=seed
    )
    ledger = keep_ledger(cell, weight, bias, initial, inputs, held, readout_of)
    states = read_by_steps(cell, initial, inputs)
    read = states if readout_of == "state" else cell.output(states)
    logits = read @ weight.double().T + bias.double()
    close = partial(torch.testing.assert_close, rtol=0, atol=1e-10)
    close(ledger.states, states)
    close(ledger.running, logits)
    close(ledger.logits, logits[-1])
    close(ledger.start + (ledger.input_part + ledger.drift_part).sum(dim=0), logits[-1])
    close(ledger.start + (ledger.input_part + ledger.drift_part).cumsum(dim=0), logits[1:])
    close(ledger.linear + ledger.remainder, logits[-1])
    alone = read_by_steps(cell, initial, held.expand(tokens, -1))[-1:]
    close(ledger.wordless, ((alone if readout_of == "state" else cell.output(alone)) @ weight.double().T + bias)[0])
    # What each word did is the difference of two steps from the same state.
    own = cell.frozen()
    moves = own.step(states[:-1], inputs.double()) - own.step(states[:-1], held.double().expand(tokens, -1))
    close(ledger.input_part, (moves if readout_of == "state" else cell.output(moves)) @ weight.double().T)


@pytest.mark.parametrize(("build", "readout_of"), CELLS)
def test_the_evidence_is_carried_to_the_end_by_the_jacobians_along_the_path(build, readout_of):
    cell, weight, bias, initial, inputs, held = parts_of(build, readout_of, size=4, tokens=6, classes=3, seed=7)
    ledger = keep_ledger(cell, weight, bias, initial, inputs, held, readout_of)
    own, words, still = cell.frozen(), inputs.double(), held.double()
    states = read_by_steps(cell, initial, inputs)
    for token in range(6):
        by_input = torch.func.jacrev(own.step, argnums=1)(states[token], still)
        move = by_input @ (words[token] - still)
        read = move if readout_of == "state" else cell.output(move)
        put_in = weight.double() @ read
        for later in range(token + 1, 6):
            move = torch.func.jacrev(own.step)(states[later], words[later]) @ move
        left = weight.double() @ (move if readout_of == "state" else cell.output(move))
        torch.testing.assert_close(ledger.evidence[token], left, rtol=0, atol=1e-10)
        torch.testing.assert_close(ledger.forgotten[token], put_in - left, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("build", "readout_of"), CELLS)
def test_any_word_in_a_place_would_be_the_evidence_that_the_sensitivity_says(build, readout_of):
    cell, weight, bias, initial, inputs, held = parts_of(build, readout_of, size=3, tokens=5, classes=2, seed=8)
    keeper = Bookkeeper(cell, weight, bias, initial, held, readout_of)
    answers, own = keeper.sensitivity(inputs), cell.frozen()
    change = own.drive(inputs.double()) - own.drive(held.double())
    own_words = (answers * change.unsqueeze(1)).sum(dim=2)
    torch.testing.assert_close(own_words, keeper.keep(inputs).evidence, rtol=0, atol=1e-12)


def test_a_linear_network_leaves_no_remainder_and_any_other_does():
    for nonlinearity, linear in (("linear", True), ("tanh", False)):
        build = partial(Vanilla, nonlinearity=nonlinearity, leak=0.4)
        ledger = keep_ledger(*parts_of(build, "output", size=5, tokens=12, classes=3, seed=1))
        assert (ledger.remainder.abs().max() < 1e-10) == linear


def test_the_last_word_has_forgotten_nothing_and_a_word_like_the_held_input_does_nothing():
    cell, weight, bias, initial, inputs, held = parts_of(GRU, "output", size=5, tokens=4, classes=2, seed=2)
    inputs[1] = held
    ledger = keep_ledger(cell, weight, bias, initial, inputs, held)
    assert ledger.forgotten[-1].abs().max() < 1e-14 < ledger.forgotten[0].abs().max()
    for part in (ledger.input_part, ledger.evidence, ledger.forgotten):
        assert part[1].abs().max() < 1e-14


@pytest.mark.parametrize(("build", "tokens"), [(GRU, 23), (GRU, 14), (two_layers, 23)])
def test_a_long_text_is_the_same_in_parts(build, tokens, monkeypatch):
    asked = parts_of(build, "output", size=3, tokens=tokens, classes=2, seed=3)
    whole = keep_ledger(*asked)
    monkeypatch.setattr("slowfold.geometry.evidence.ledger._AT_ONCE", 5)
    monkeypatch.setattr("slowfold.geometry.evidence.ledger._REMEMBERED", 7)
    in_parts = keep_ledger(*asked)
    for name in Ledger.__dataclass_fields__:
        torch.testing.assert_close(getattr(in_parts, name), getattr(whole, name), rtol=0, atol=1e-12)


class Interrupted(Bookkeeper):
    """Each time that it looks up the path of the held input, another thread has just left a path of its own there."""

    paths = None

    @property
    def _wordless(self):
        self.looks += 1
        return self.paths[self.looks % len(self.paths)]

    @_wordless.setter
    def _wordless(self, path):
        if self.paths is None:
            self.looks, self.paths = 0, [path]


@pytest.mark.parametrize("lengths", [(1, 6), (6, 1), (12, 1, 6)])
def test_threads_that_share_a_bookkeeper_do_not_mix_their_paths(lengths):
    asked = parts_of(GRU, "output", size=3, tokens=9, classes=2, seed=4)
    inputs, held = asked[4:]
    keeper, alone = Interrupted(*asked[:4], held), keep_ledger(*asked)
    path = torch.cat([asked[3].double().unsqueeze(0), keeper._hold(asked[3].double(), max(lengths))])
    keeper.paths = [path[:length] for length in lengths]
    for _ in lengths:
        torch.testing.assert_close(keeper.keep(inputs).wordless, alone.wordless, rtol=0, atol=1e-14)


def test_texts_of_one_bookkeeper_know_nothing_of_each_other():
    cell, weight, bias, initial, inputs, held = parts_of(LSTM, "output", size=3, tokens=9, classes=2, seed=4)
    keeper = Bookkeeper(cell, weight, bias, initial, held)
    for tokens in (4, 9, 2):
        alone = keep_ledger(cell, weight, bias, initial, inputs[:tokens], held)
        ledger = keeper.keep(inputs[:tokens])
        for name in Ledger.__dataclass_fields__:
            torch.testing.assert_close(getattr(ledger, name), getattr(alone, name), rtol=0, atol=1e-14)


def test_what_is_given_stays_as_it_is():
    asked = parts_of(GRU, "output", size=3, tokens=4, classes=2, seed=5)
    before = [part.clone() for part in asked[1:]]
    ledger = keep_ledger(*asked)
    ledger.states.zero_()
    ledger.running.zero_()
    assert all(part.equal(old) for part, old in zip(asked[1:], before, strict=True))
    assert all(parameter.dtype == torch.float32 and parameter.requires_grad for parameter in asked[0].parameters())


@pytest.mark.parametrize(
    ("place", "given", "error", "told"),
    [
        (1, torch.zeros(2, 4), TensorError, r"the readout has shape \(2, 4\).*\[class, 3\]"),
        (2, torch.zeros(3), TensorError, r"the bias has shape \(3,\)"),
        (3, torch.zeros(4), TensorError, r"the initial state has shape \(4,\), not \(3,\)"),
        (3, torch.full((3,), torch.nan), TensorError, "the initial state holds NaN"),
        (4, torch.zeros(0, 3), TensorError, "there is no input; give at least one word"),
        (4, torch.zeros(5, 2), TensorError, r"the cell takes \[token, 3\]"),
        (4, torch.full((5, 3), torch.inf), TensorError, "an input holds NaN or infinity"),
        (5, torch.zeros(2), TensorError, r"the held input has shape \(2,\)"),
        (6, "memory", OptionError, "there is no 'memory' to read"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(place, given, error, told, monkeypatch):
    # The checks of annotations, which the tests switch on, would speak first.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    asked = [*parts_of(GRU, "output", size=3, tokens=4, classes=2, seed=6), "output"]
    asked[place] = given
    with pytest.raises(error, match=told):
        keep_ledger(*asked)
