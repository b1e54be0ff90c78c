"""How long a modifier works, against the powers of the eigenvalues that carry it."""

import pytest
import torch

from geometry.context.reviewer import FAST, PAIR, PROBES, Reviewer, word, words
from slowfold.errors import TensorError
from slowfold.geometry.context import measure_fading


@pytest.mark.parametrize("time", [0, 1, 6])
def test_what_is_left_are_powers_of_the_eigenvalues(time):
    cell = Reviewer()
    states = cell.state((0.0, 0, 0, 0), (1.0, 0, 0, 0))
    fillers = word("the").expand(2, time, 7)
    found = measure_fading(cell, states, words("not", "very"), fillers, PROBES, cell.readout)
    between = range(time + 1)
    expected = [[1 - 2 * (PAIR**t).real for t in between], [1 + FAST**t for t in between]]
    assert found.factor.value.flatten().tolist() == pytest.approx([*expected[0], *expected[1]], abs=1e-12)


def test_the_text_without_the_modifier_is_what_it_is_compared_with():
    # A `not` among the words between turns both texts round, and leaves the factor of `very` alone.
    cell = Reviewer()
    states = cell.state((0.0, 0, 0, 0), (1.0, 0, 0, 0))
    fillers = torch.stack([words("not", "good"), words("the", "awful")])
    found = measure_fading(cell, states, words("very"), fillers, PROBES, cell.readout)
    assert found.factor.value[0].tolist() == pytest.approx([2, 1 + FAST, 1 + FAST**2], abs=1e-12)


def test_half_of_an_effect():
    cell = Reviewer()
    states = cell.state((0.0, 0, 0, 0), (1.0, 0, 0, 0))
    fillers = word("the").expand(2, 4, 7)
    halved = measure_fading(cell, states, words("not", "very"), fillers, PROBES, cell.readout).halved
    effect = [abs((PAIR**t).real) for t in range(5)]
    assert halved.tolist() == [next(t for t in range(5) if effect[t] <= 0.5), 1]
    # Fillers that end too soon show no half.
    assert measure_fading(cell, states, words("not"), fillers[:, :0], PROBES, cell.readout).halved.tolist() == [-1]


def test_fillers_that_are_not_finite_are_refused():
    cell = Reviewer()
    fillers = torch.full((2, 1, 7), torch.nan)
    with pytest.raises(TensorError, match="fillers: one holds NaN or infinity"):
        measure_fading(cell, torch.zeros(2, 4), words("not"), fillers, PROBES, cell.readout)
