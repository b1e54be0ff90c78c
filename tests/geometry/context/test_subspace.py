"""The directions of modifiers, and what is left of them without these."""

import pytest
import torch

from geometry.context.reviewer import NOT, PROBES, VERY, Reviewer, word, words
from slowfold.cells import GRU
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.context import factors_without, find_modifier_subspace


def settled(cell):
    return cell.state((-1.0, 0, 0, 0), (2.0, 0, 0, 0))


def test_the_subspace_is_spanned_by_what_the_modifiers_set():
    cell = Reviewer()
    found = find_modifier_subspace(cell, settled(cell), words("not", "very"), words("the"))
    basis = cell.basis.detach()
    expected, _ = torch.linalg.qr(basis[:, [NOT, VERY]])
    torch.testing.assert_close(found.axes[:2] @ expected @ expected.T, found.axes[:2], rtol=0, atol=1e-12)
    assert found.shares[2:].max() < 1e-20
    moves = torch.stack([basis[:, NOT], basis[:, VERY]])
    torch.testing.assert_close(found.coordinates @ found.axes, moves, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.shares[:2].sum().item(), 1.0)
    assert found.spread.max() < 1e-12
    assert found.ordinary.abs().max() < 1e-12


def test_without_the_subspace_nothing_is_left_and_without_nothing_all():
    cell = Reviewer()
    modifiers = words("not", "very")
    found = find_modifier_subspace(cell, settled(cell), modifiers, words("the"))
    left = factors_without(found, cell, settled(cell), modifiers, words("the"), PROBES, cell.readout, removed=2)
    expected = torch.tensor([[-1.0, 1.0], [2.0, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(left.value[:, [0, 2]], expected, rtol=0, atol=1e-10)


def test_one_modifier_is_one_axis():
    cell = Reviewer()
    found = find_modifier_subspace(cell, settled(cell), words("not"), words("the"))
    left = factors_without(found, cell, settled(cell), words("not"), words("the"), PROBES, cell.readout, removed=1)
    torch.testing.assert_close(left.value[0], torch.tensor([-1.0, 1.0]).double(), rtol=0, atol=1e-10)


def test_axes_are_orthonormal_and_point_the_same_way_whatever_the_order():
    draw = torch.Generator().manual_seed(0)
    cell = GRU(8, 6, generator=draw)
    states = torch.randn(5, 6, generator=draw) / 2
    one = find_modifier_subspace(cell, states, torch.eye(8)[:3], torch.eye(8)[3:])
    two = find_modifier_subspace(cell, states.flip(0), torch.eye(8)[[2, 0, 1]], torch.eye(8)[3:].flip(0))
    torch.testing.assert_close(one.axes @ one.axes.T, torch.eye(6).double(), rtol=0, atol=1e-12)
    torch.testing.assert_close(one.axes, two.axes, rtol=0, atol=1e-10)
    torch.testing.assert_close(one.coordinates[[2, 0, 1]], two.coordinates, rtol=0, atol=1e-10)
    assert (one.shares.diff() <= 0).all()
    assert (one.spread > 0).all()


def test_bad_input_is_refused():
    cell = Reviewer()
    with pytest.raises(TensorError, match="modifiers: they move the state as the ordinary words do"):
        find_modifier_subspace(cell, settled(cell), words("the"), words("the"))
    found = find_modifier_subspace(cell, settled(cell), words("not"), words("the"))
    with pytest.raises(OptionError, match="removed: 9 axes are not among the 2"):
        factors_without(found, cell, settled(cell), words("not"), words("the"), PROBES, cell.readout, removed=9)
    with pytest.raises(TensorError, match="ordinary words: there is none"):
        find_modifier_subspace(cell, settled(cell), words("not"), word("the").expand(0, 7))
