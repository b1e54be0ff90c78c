"""What words do along modes is what the Jacobians say, whatever factor a mode is known up to."""

from dataclasses import replace

import jaxtyping
import pytest
import torch

from slowfold.cells import LSTM, Cell, Vanilla
from slowfold.dynamics import Map, Modes, linearize
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.evidence import foremost_words, weigh_words


def drawn(cell: Cell, *, words: int = 5, classes: int = 3, points: int = 4, seed: int = 0):
    """A map, modes at random points, words, the input held, and a readout."""
    draw = torch.Generator().manual_seed(seed)
    still = torch.randn(cell.input_size, generator=draw)
    held = Map.hold(cell, still)
    modes = linearize(held, torch.randn(points, cell.size, generator=draw))
    inputs = torch.randn(words, cell.input_size, generator=draw)
    return held, modes, inputs, still, torch.randn(classes, cell.size, generator=draw)


def small_lstm() -> LSTM:
    return LSTM(3, 4, generator=torch.Generator().manual_seed(1))


def test_moves_and_logits_are_the_mean_of_the_jacobians():
    held, modes, inputs, still, readout = drawn(small_lstm())
    found = weigh_words(held, modes, inputs, still, readout, count=2)
    jacobians = held.input_jacobian(modes.point)
    moves = torch.einsum("pui,wi->pwu", jacobians, (inputs - still).double())
    torch.testing.assert_close(found.move, moves.mean(dim=0))
    torch.testing.assert_close(found.spread, moves.var(dim=0, correction=0).sum(dim=1).sqrt())
    torch.testing.assert_close(found.logits, moves.mean(dim=0) @ readout.double().T)
    of_mode = torch.einsum("pmu,pwu->pwm", modes.left[:, :2], moves.to(torch.complex128))
    logits = torch.einsum("cu,pum,pwm->wc", readout.to(torch.complex128), modes.right[:, :, :2], of_mode) / 4
    torch.testing.assert_close(found.through_modes, logits.real)


def test_all_modes_together_are_worth_what_the_move_is():
    held, modes, inputs, still, readout = drawn(small_lstm())
    found = weigh_words(held, modes, inputs, still, readout, count=8)
    torch.testing.assert_close(found.through_modes, found.logits)
    fewer = weigh_words(held, modes, inputs, still, readout, count=1)
    assert not torch.allclose(fewer.through_modes, found.logits, atol=1e-3)


def test_no_factor_of_a_mode_changes_what_is_said_of_it():
    held, modes, inputs, still, readout = drawn(small_lstm())
    found = weigh_words(held, modes, inputs, still, readout, count=3)
    phases = torch.exp(1j * torch.rand(4, 8, generator=torch.Generator().manual_seed(2)).double() * 7)
    turned = replace(modes, right=modes.right * phases.unsqueeze(1), left=modes.left / phases.unsqueeze(2))
    again = weigh_words(held, turned, inputs, still, readout, count=3)
    for name in ("by_mode", "by_mode_spread", "mode_logits", "through_modes"):
        torch.testing.assert_close(getattr(again, name), getattr(found, name))


def test_one_point_has_no_spread_whatever_its_modes():
    held, modes, inputs, still, readout = drawn(small_lstm(), points=1, seed=1)
    assert (modes.eigenvalue.imag != 0).any()
    found = weigh_words(held, modes, inputs, still, readout, count=8)
    assert found.by_mode_spread.max() < 1e-6  # the root of rounding
    assert found.spread.max() < 1e-6
    assert found.by_mode.abs().min() > 0


def test_a_mode_points_to_the_class_that_it_speaks_for():
    # Two units that fade apart from each other: the modes are the units themselves.
    cell = Vanilla(2, 2, generator=torch.Generator().manual_seed(0), nonlinearity="linear").double()
    cell.load_state_dict(
        {
            "rnn.weight_hh_l0": torch.tensor([[0.9, 0.0], [0.0, 0.5]]),
            "rnn.weight_ih_l0": torch.eye(2),
            "rnn.bias_hh_l0": torch.zeros(2),
            "rnn.bias_ih_l0": torch.zeros(2),
        }
    )
    held = Map.hold(cell, torch.zeros(2))
    modes = linearize(held, torch.zeros(3, 2))
    readout = torch.tensor([[1.0, 4.0], [-1.0, 4.0]])
    found = weigh_words(held, modes, torch.tensor([[2.0, 0.0], [0.0, -3.0]]), torch.zeros(2), readout, count=2)
    torch.testing.assert_close(found.by_mode[:, 0], torch.tensor([2.0, 0.0], dtype=torch.float64))
    torch.testing.assert_close(found.mode_logits[0], torch.tensor([1.0, -1.0], dtype=torch.float64))
    assert found.by_mode_spread.max() < 1e-12
    # Of alternatives, the second mode decides nothing; of labels, it speaks for both.
    several = weigh_words(
        held, modes, torch.tensor([[2.0, 0.0], [0.0, -3.0]]), torch.zeros(2), -readout, count=2, kind="multilabel"
    )
    torch.testing.assert_close(several.mode_logits[1], torch.tensor([4.0, 4.0], dtype=torch.float64))
    torch.testing.assert_close(several.by_mode[:, 1], torch.tensor([0.0, 3.0], dtype=torch.float64))


def test_foremost_words_are_as_many_as_there_are():
    assert foremost_words(torch.tensor([[1.0], [3.0]]).double(), 5).tolist() == [[1, 0]]


def test_what_does_not_fit_is_told(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    held, modes, inputs, still, readout = drawn(small_lstm())
    other: Modes = drawn(LSTM(3, 5, generator=torch.Generator().manual_seed(1)))[1]
    with pytest.raises(TensorError, match="modes of 10 units, and a map of 8"):
        weigh_words(held, other, inputs, still, readout, count=1)
    with pytest.raises(TensorError, match=r"words of shape \(5, 2\)"):
        weigh_words(held, modes, inputs[:, :2], still, readout, count=1)
    for count in (0, 9):
        with pytest.raises(OptionError, match="give 1 to 8"):
            weigh_words(held, modes, inputs, still, readout, count=count)
