"""Modes that carry modifiers are known in a cell in which each modifier sets one of them."""

import pytest
import torch

from geometry.context.reviewer import FAST, PAIR, PROBES, Reviewer, word, words
from slowfold.cells import GRU
from slowfold.dynamics import Map, linearize
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.context import knock_out


def found_in(cell, modifier, **options):
    modes = linearize(cell.held(), torch.zeros(1, 4, dtype=torch.float64))
    states = cell.state((-1.0, 0, 0, 0), (2.0, 0, 0, 0))
    return knock_out(cell, modes, states, word(modifier), PROBES, cell.readout, **options)


@pytest.mark.parametrize(("modifier", "eigenvalue"), [("not", PAIR), ("very", FAST)])
@pytest.mark.parametrize("skew", [0.0, 0.5])
def test_a_modifier_is_carried_by_the_mode_that_it_sets(modifier, eigenvalue, skew):
    found = found_in(Reviewer(skew=skew), modifier)
    carrier = int(found.order[0])
    assert abs(found.eigenvalue[carrier].item() - eigenvalue) < 1e-12
    assert len(found.members[carrier]) == (2 if modifier == "not" else 1)
    others = [group for group in range(3) if group != carrier]
    for shares in (found.undone, found.alone):
        torch.testing.assert_close(shares.value[carrier].item(), 1.0)
        assert shares.value[others].abs().max() < 1e-10
    torch.testing.assert_close(found.size[carrier].item(), 1.0)
    assert found.needed() == 1
    torch.testing.assert_close(found.together.value, torch.ones(3).double(), rtol=0, atol=1e-10)


def test_parts_sum_to_the_move_and_together_they_are_the_whole_effect():
    draw = torch.Generator().manual_seed(0)
    cell = GRU(4, 12, generator=draw)
    states = torch.randn(6, 12, generator=draw) / 2
    modes = linearize(Map.hold(cell, torch.zeros(4)), states[:2])
    readout = torch.randn(2, 12, generator=draw)
    found = knock_out(cell, modes, states, torch.eye(4)[0], torch.eye(4)[1:], readout, point=1)
    torch.testing.assert_close(found.together.value[-1].item(), 1.0)
    assert sorted(mode for row in found.members for mode in row) == list(range(12))
    assert found.conditioning == modes.conditioning[1]
    values = found.undone.value
    assert values[found.order].tolist() == sorted(values.tolist(), reverse=True)
    # By hand, for the group that undoes most: the state after the word, less its part along the group's modes.
    own, at = cell.frozen(), states.double()
    eye = torch.eye(4).double()
    after = own.step(at, eye[0])
    group = int(found.order[0])
    rows = list(found.members[group])
    part = ((after - at).to(torch.complex128) @ modes.left[1, rows].T @ modes.right[1, :, rows].T).real

    def said(from_states):
        zero = own.step(from_states, torch.zeros(4).double())
        return torch.stack([(own.step(from_states, x) - zero) @ readout.double().T for x in eye[1:]], dim=1)

    effect = said(after) - said(at)
    undone = ((said(after) - said(after - part)) * effect).sum() / effect.square().sum()
    torch.testing.assert_close(values[group], undone)


def test_partners_are_never_parted_and_near_modes_are_taken_together_on_request():
    draw = torch.Generator().manual_seed(1)
    cell = GRU(4, 12, generator=draw)
    states = torch.randn(3, 12, generator=draw) / 2
    modes = linearize(Map.hold(cell, torch.zeros(4)), states[:1])
    complex_modes = (modes.eigenvalue[0].imag != 0).sum()
    assert complex_modes > 0
    sizes = []
    for within in (0.0, 0.02, 10.0):
        found = knock_out(cell, modes, states, torch.eye(4)[0], torch.eye(4)[1:], torch.ones(1, 12), within=within)
        for row in found.members:
            for mode in row:
                if modes.eigenvalue[0, mode].imag != 0:
                    partner = (modes.eigenvalue[0] - modes.eigenvalue[0, mode].conj()).abs().argmin()
                    assert int(partner) in row
        sizes.append(len(found.members))
    assert sizes[0] == 12 - complex_modes // 2
    assert sizes[0] >= sizes[1] > sizes[2] == 1


def test_modes_that_are_nearly_parallel_are_told_by_their_conditioning():
    plain, skewed = (found_in(Reviewer(skew=skew), "not") for skew in (0.0, 0.0))
    assert plain.conditioning == skewed.conditioning < 1.5
    cell = Reviewer(skew=0.0)
    with torch.no_grad():
        # The fast mode stands at less than a hundredth of a degree from the score.
        cell.basis[:, 3] = cell.basis[:, 0] + 1e-4 * cell.basis[:, 3]
    found = found_in(cell, "not")
    assert found.conditioning > 1e4
    assert found.sensitivity.max() > 1e3


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"point": 1}, OptionError, "point: there is no point 1; give 0 to 0"),
        ({"within": -0.1}, OptionError, "within: -0.1 is out of range"),
        ({"modifier": word("the")}, TensorError, "modifier: changes nothing that the probes say"),
        ({"states": torch.zeros(2, 3), "readout": torch.ones(1, 3)}, TensorError, "the shape is .* has 4 units"),
        ({"modes": None}, TensorError, "modes: are of 3 units, and the cell has 4"),
        ({"readout": torch.zeros(1, 4)}, TensorError, "readout: is zero"),
    ],
)
def test_bad_input_is_refused(change, error, message):
    cell = Reviewer()
    other = linearize(Map(lambda h: h / 2, size=3), torch.zeros(1, 3, dtype=torch.float64))
    given = {
        "modes": linearize(cell.held(), torch.zeros(1, 4, dtype=torch.float64)),
        "states": cell.state((0.0, 0, 0, 0)),
        "modifier": word("not"),
        "probes": words("good"),
        "readout": cell.readout,
    } | change
    with pytest.raises(error, match=message):
        knock_out(cell, **(given | ({"modes": other} if given["modes"] is None else {})))
