"""What a word says from a state, against closed forms, closed-form Jacobians and the step itself."""

import numpy as np
import pytest
import torch

from geometry.context.reviewer import PROBES, VALENCES, Reviewer, word
from slowfold.cells import build_cell
from slowfold.errors import TensorError
from slowfold.geometry.context import measure_valences

KINDS = ("gru", "lstm", "ugrnn", "vanilla")


def cell_and_states(kinds, seed=0):
    draw = torch.Generator().manual_seed(seed)
    cell = build_cell([{"cell": kind, "hidden": 5} for kind in kinds], 3, generator=draw)
    states = torch.randn(6, cell.size, generator=draw) / 2
    return cell, states, torch.randn(4, 3, generator=draw), torch.randn(2, cell.size, generator=draw), draw


@pytest.mark.parametrize("kinds", [(kind,) for kind in KINDS] + [("gru", "lstm")])
def test_the_formula_is_the_jacobian_in_closed_form_and_the_step_is_the_step(kinds):
    cell, states, probes, readout, draw = cell_and_states(kinds)
    held = torch.randn(3, generator=draw)
    measured = measure_valences(cell, states, probes, readout, held)
    own, at, x = cell.frozen(), states.double(), probes.double()
    for row in range(6):
        by_jacobian = readout.double() @ own.jacobians(at[row], held.double()).input @ (x - held.double()).T
        torch.testing.assert_close(measured.linear[row], by_jacobian.T, rtol=0, atol=1e-13)
        still = own.step(at[row], held.double())
        torch.testing.assert_close(measured.drift[row], readout.double() @ (still - at[row]), rtol=0, atol=1e-13)
        for probe in range(4):
            moved = readout.double() @ (own.step(at[row], x[probe]) - at[row])
            torch.testing.assert_close(measured.step[row, probe], moved, rtol=0, atol=1e-13)
            half = own.jacobians(at[row], (x[probe] + held.double()) / 2).input
            half_way = readout.double() @ half @ (x[probe] - held.double())
            torch.testing.assert_close(measured.middle[row, probe], half_way, rtol=0, atol=1e-13)
    torch.testing.assert_close(measured.exact, measured.step - measured.drift.unsqueeze(1), rtol=0, atol=1e-13)
    assert all(parameter.dtype == torch.float32 and parameter.requires_grad for parameter in cell.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_the_mean_derivative_over_the_way_to_a_word_says_exactly_what_it_says(kind):
    cell, states, probes, readout, draw = cell_and_states((kind,))
    held = torch.randn(3, generator=draw).double()
    measured, own, at = measure_valences(cell, states, probes, readout, held), cell.frozen(), states.double()
    nodes, weights = (torch.from_numpy(values) for values in np.polynomial.legendre.leggauss(24))
    for probe, there in enumerate(probes.double()):
        way = held + (1 + nodes).unsqueeze(1) / 2 * (there - held)
        by_input = [own.jacobians(at, place.expand(len(at), -1)).input for place in way]
        mean = sum(weight / 2 * each for weight, each in zip(weights, by_input, strict=True))
        said = mean @ (there - held) @ readout.double().T
        torch.testing.assert_close(measured.exact[:, probe], said, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("formula", "order"), [("linear", 1), ("middle", 2)])
def test_the_formulas_are_limits_of_small_words(formula, order):
    cell, states, probes, readout, _ = cell_and_states(("gru",))
    errors = []
    for size in (1e-1, 1e-2):
        measured = measure_valences(cell, states, size * probes, readout)
        found = getattr(measured, formula)
        errors.append(((measured.exact - found).norm() / measured.exact.norm()).item())
    # Ten times smaller words leave a relative error ten times, or a hundred times, smaller.
    assert errors[0] / errors[1] == pytest.approx(10**order, rel=0.2)


@pytest.mark.parametrize(("modifier", "factor"), [("not", -1.0), ("very", 2.0), ("the", 1.0)])
def test_a_state_after_a_modifier_is_a_state_as_any_other(modifier, factor):
    cell = Reviewer()
    after = cell.advance(cell.state((0.7, 0, 0, 0)), word(modifier))
    measured = measure_valences(cell, after, PROBES, cell.readout)
    torch.testing.assert_close(measured.linear[0, :, 0], factor * VALENCES[:4], rtol=0, atol=1e-13)
    torch.testing.assert_close(measured.exact[0, :, 0], factor * VALENCES[:4], rtol=0, atol=1e-13)


def test_many_states_are_read_in_parts_to_the_same_end():
    cell, _, probes, readout, draw = cell_and_states(("gru",))
    many = torch.randn(30_000, 5, generator=draw) / 2
    measured = measure_valences(cell, many, probes, readout)
    few = measure_valences(cell, many[-7:], probes, readout)
    torch.testing.assert_close(measured.exact[-7:], few.exact, rtol=0, atol=1e-13)
    torch.testing.assert_close(measured.linear[-7:], few.linear, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        # States and a readout of another network.
        (
            {"states": torch.zeros(2, 6), "readout": torch.ones(1, 6)},
            r"the shape is \(1, 6\), and the cell has 5 units",
        ),
        ({"states": torch.zeros(0, 5)}, "states: there is none; give at least one"),
        ({"states": torch.full((1, 5), torch.nan)}, "states: one holds NaN or infinity"),
        ({"probes": torch.zeros(2, 4)}, r"probes: the shape is \(2, 4\), and the cell has 3 inputs"),
        ({"probes": torch.zeros(2, 4), "held_input": torch.zeros(4)}, "held input: .* has 3 inputs"),
        ({"readout": torch.zeros(1, 5)}, "readout: is zero, so that no word can say anything"),
        ({"readout": torch.full((1, 5), torch.inf)}, "readout: one holds NaN or infinity"),
    ],
)
def test_what_does_not_fit_the_cell_is_refused(change, message):
    cell, states, probes, readout, _ = cell_and_states(("gru",))
    given = {"states": states, "probes": probes, "readout": readout} | change
    with pytest.raises(TensorError, match=message):
        measure_valences(cell, **given)
