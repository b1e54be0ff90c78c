"""Barcodes and factors of modifiers, where both are known."""

import pytest
import torch

from geometry.context.reviewer import PROBES, VALENCES, Reviewer, words
from slowfold.errors import TensorError
from slowfold.geometry.context import Factors, measure_barcodes
from slowfold.geometry.context.factors import fit_factors


def settled(cell):
    return cell.state(*((score, 0.0, 0.0, 0.0) for score in (-1.0, 0.0, 0.5, 2.0)))


def test_each_probe_is_turned_round_or_doubled():
    cell = Reviewer()
    bars = measure_barcodes(cell, settled(cell), words("not", "very", "the"), PROBES, cell.readout)
    expected = torch.tensor([-1.0, 2.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(bars.before[:, 0], VALENCES[:4], rtol=0, atol=1e-12)
    torch.testing.assert_close(bars.change[..., 0], (expected - 1)[:, None] * VALENCES[:4], rtol=0, atol=1e-12)
    torch.testing.assert_close(bars.factor.value, expected[:, None].expand(3, 4), rtol=0, atol=1e-12)
    for found in (bars.overall, bars.linear):
        torch.testing.assert_close(found.value, expected, rtol=0, atol=1e-12)
    assert bars.overall.verdicts()[:2] == ["turns round", "strengthens"]
    torch.testing.assert_close(bars.likeness[0, 1].item(), -1.0)
    assert bars.likeness[2].isnan().all() or bars.change[2].abs().max() < 1e-12


def test_a_factor_is_the_one_of_least_squares():
    draw = torch.Generator().manual_seed(0)
    before = torch.randn(40, 3, 2, generator=draw, dtype=torch.float64)
    after = 0.4 * before + 0.1 * torch.randn(40, 3, 2, generator=draw, dtype=torch.float64)
    fitted = fit_factors((before * after).sum(dim=2), before.square().sum(dim=2), seed=0)
    for probe in range(3):
        x, y = before[:, probe].reshape(-1, 1), after[:, probe].reshape(-1, 1)
        torch.testing.assert_close(fitted.value[probe], torch.linalg.lstsq(x, y).solution[0, 0])
    assert fitted.verdicts() == ["weakens"] * 3


def test_an_interval_holds_the_truth_as_often_as_it_says():
    held = 0
    for seed in range(100):
        draw = torch.Generator().manual_seed(seed)
        before = torch.randn(60, 2, generator=draw, dtype=torch.float64)
        factor = 0.5 + 0.3 * torch.randn(60, 1, generator=draw, dtype=torch.float64)
        squares = before.square().sum(dim=1, keepdim=True)
        fitted = fit_factors(factor * squares, squares, seed=seed)
        held += bool(fitted.low[0] <= 0.5 <= fitted.high[0])
    assert 0.87 <= held / 100 <= 0.99


def test_where_there_is_nothing_to_multiply_there_is_no_factor():
    cell = Reviewer()
    bars = measure_barcodes(cell, settled(cell), words("not"), words("good", "the"), cell.readout)
    assert bars.factor.value[0].isnan().tolist() == [False, True]
    nothing = torch.tensor([torch.nan], dtype=torch.float64)
    assert Factors(nothing, nothing, nothing).verdicts() == ["unclear"]


def test_states_of_another_network_are_refused():
    cell = Reviewer()
    with pytest.raises(TensorError, match="give those of this network"):
        measure_barcodes(cell, torch.zeros(2, 5), words("not"), PROBES, torch.ones(1, 5))
    with pytest.raises(TensorError, match="modifiers: there is none"):
        measure_barcodes(cell, settled(cell), torch.zeros(0, 7), PROBES, cell.readout)


def test_resamples_of_states_that_say_nothing_are_left_out_of_the_interval():
    squares = torch.zeros(24, 1, dtype=torch.float64)
    squares[0] = 1
    fitted = fit_factors(2 * squares, squares, seed=0)
    assert (fitted.value.item(), fitted.low.item(), fitted.high.item()) == (2.0, 2.0, 2.0)
