"""What is left of a push is measured, what the modes foretell of it is J^t times the push, and both may differ."""

import math

import jaxtyping
import pytest
import torch

from slowfold.cells import GRU, LSTM, Vanilla
from slowfold.dynamics import Map, linearize, slow_manifold
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.evidence import held_responses, motion_of, read_responses, tangent_shares


def gru() -> GRU:
    return GRU(2, 4, generator=torch.Generator().manual_seed(0))


def randn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_held_responses_are_two_paths_side_by_side():
    held = Map.hold(gru(), torch.tensor([0.4, -1.0]))
    modes = linearize(held, randn(3, 4))
    pushes = 0.5 * randn(3, 2, 4, seed=2)
    found = held_responses(held, modes, pushes, times=[0, 3])
    assert found.left.shape == (2, 6)
    for point in range(3):
        jacobian = held.jacobian(modes.point[point : point + 1])[0]
        for word in range(2):
            push, state = pushes[point, word], modes.point[point : point + 1]
            left = (held.iterate(state + push, 3) - held.iterate(state, 3))[0]
            foretold = torch.linalg.matrix_power(jacobian, 3) @ push
            row = 2 * point + word
            torch.testing.assert_close(found.left[1, row], left.norm() / push.norm())
            torch.testing.assert_close(found.foretold[1, row], foretold.norm() / push.norm())
            torch.testing.assert_close(found.error[1, row], (left - foretold).norm() / left.norm())
    torch.testing.assert_close(found.left[0], torch.ones(6, dtype=torch.float64))
    assert found.error[0].max() < 1e-12


def test_small_pushes_follow_the_modes_and_great_ones_do_not():
    held = Map.hold(gru(), torch.zeros(2))
    point = held.iterate(torch.zeros(1, 4), 2000)
    modes, push = linearize(held, point), randn(1, 5, 4, seed=3)
    small, great = (held_responses(held, modes, size * push, times=[4]).error for size in (1e-5, 3.0))
    assert small.max() < 1e-4
    assert great.min() > 0.05


def test_read_responses_follow_the_words_of_the_text_and_the_modes_at_the_nearest_point():
    cell = LSTM(2, 3, generator=torch.Generator().manual_seed(4))
    held, own = Map.hold(cell, torch.zeros(2)), cell.frozen()
    points = torch.stack([torch.full((6,), -1.0), torch.full((6,), 1.0)]).double()
    modes = linearize(held, points)
    states, pushes, words = points[[1, 0, 1]] + 0.1 * randn(3, 6), randn(3, 6, seed=5), randn(3, 4, 2, seed=6)
    found = read_responses(cell, modes, states, pushes, words, times=[0, 2, 4])
    for row, at in enumerate((1, 0, 1)):
        state, pushed = states[row], states[row] + pushes[row]
        for word in words[row, :2]:
            state, pushed = own.step(state, word), own.step(pushed, word)
        foretold = torch.linalg.matrix_power(held.jacobian(points)[at], 2) @ pushes[row]
        torch.testing.assert_close(found.left[1, row], (pushed - state).norm() / pushes[row].norm())
        torch.testing.assert_close(
            found.error[1, row], (pushed - state - foretold).norm() / (pushed - state).norm(), rtol=1e-9, atol=1e-12
        )


def test_of_what_has_faded_nothing_is_foretold():
    held = Map(lambda h: h / 10, size=2)
    found = held_responses(held, linearize(held, torch.zeros(1, 2)), torch.ones(1, 1, 2), times=[1, 3])
    assert found.error.isnan().flatten().tolist() == [False, True]
    median = found.quantiles(0.5).tolist()
    assert median[0] < 1e-12
    assert math.isnan(median[1])


def test_a_mode_across_the_surface_has_no_part_in_its_tangent():
    sizes = torch.tensor([0.95, 0.9, 0.3])
    held = Map(lambda h: h * sizes, size=3)
    surface = slow_manifold(held, randn(6, 3) * torch.tensor([1.0, 1.0, 1e-3]), dimensions=2)
    rows = torch.tensor([4, 1])
    shares = tangent_shares(surface, rows, linearize(held, surface.point[rows]), count=3)
    torch.testing.assert_close(shares, torch.tensor([[1.0, 1.0, 0.0]] * 2).double(), rtol=0, atol=1e-4)
    with pytest.raises(TensorError, match="not those of these points"):
        tangent_shares(surface, rows, linearize(held, surface.point[rows] + 1))
    with pytest.raises(OptionError, match="give 1 to 3"):
        tangent_shares(surface, rows, linearize(held, surface.point[rows]), count=4)


def test_motion_is_what_the_word_does_and_what_the_state_does_by_itself():
    cell = Vanilla(2, 2, generator=torch.Generator().manual_seed(0), nonlinearity="linear")
    weights = {"rnn.weight_hh_l0": 0.5 * torch.eye(2), "rnn.weight_ih_l0": 3 * torch.eye(2)}
    cell.load_state_dict({**weights, "rnn.bias_hh_l0": torch.zeros(2), "rnn.bias_ih_l0": torch.zeros(2)})
    found = motion_of(cell, torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 1.0]]), torch.tensor([1.0, 0.0]))
    assert found.driven.tolist() == pytest.approx([3.0])
    assert found.drift.tolist() == pytest.approx([2.0])  # from (2, 0) to (1 + 3, 0)


def test_what_does_not_fit_is_told(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    cell = gru()
    held = Map.hold(cell, torch.zeros(2))
    modes = linearize(held, torch.zeros(2, 4))
    other = Map(lambda h: h, size=3)
    with pytest.raises(TensorError, match="do not fit 3 units"):
        held_responses(other, modes, torch.ones(2, 1, 4))
    with pytest.raises(TensorError, match="do not fit 4 units"):
        held_responses(held, modes, torch.ones(3, 1, 4))
    for times in ([], [-1]):
        with pytest.raises(OptionError, match="are no times"):
            held_responses(held, modes, torch.ones(2, 1, 4), times=times)
    with pytest.raises(TensorError, match="give 20 inputs to follow each push"):
        read_responses(cell, modes, torch.ones(2, 4), torch.ones(2, 4), torch.ones(2, 3, 2))
    with pytest.raises(TensorError, match="do not fit a cell of 4 units"):
        motion_of(cell, torch.ones(2, 3), torch.ones(2, 2), torch.ones(2))
    # Whichever of the three is the odd one out.
    for given, held_input in ((2, 3), (3, 2), (3, 3), (1, 2)):
        with pytest.raises(TensorError, match="do not fit a cell of 4 units"):
            motion_of(cell, torch.ones(2, 4), torch.ones(2, given), torch.ones(held_input))
