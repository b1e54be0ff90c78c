"""A remainder is set beside the range of the logits, and a poor account is called poor."""

import jaxtyping
import pytest
import torch

from slowfold.errors import TensorError
from slowfold.geometry.evidence import POOR, decisive, measure_linearity


def test_what_all_classes_share_decides_nothing_unless_they_are_labels():
    logits = torch.tensor([[4.0, 0.0], [0.0, 4.0]])
    linear = logits + 3.0
    assert measure_linearity(linear, logits, logits).share.tolist() == [0.0, 0.0]
    assert measure_linearity(linear, logits, logits, "multilabel").share.tolist() == [0.75, 0.75]
    assert decisive(logits, "ordered").tolist() == [[2.0, -2.0], [-2.0, 2.0]]


def test_the_class_where_it_is_greatest_counts_and_ranges_are_each_their_own():
    logits = torch.tensor([[0.0, 0.0], [8.0, 2.0]])
    linear = logits.clone()
    linear[0] += torch.tensor([2.0, 1.0])  # a quarter of the one range, half of the other
    found = measure_linearity(linear, logits, logits, "multilabel")
    assert found.share.tolist() == [0.5, 0.0]
    assert found.median == 0.25
    assert found.ninetieth == pytest.approx(0.45)


@pytest.mark.parametrize(("off", "poor"), [(2 * POOR + 0.02, True), (2 * POOR - 0.02, False)])
def test_above_a_quarter_it_is_poor(off, poor):
    # Two classes that range from -1 to 1, and a remainder of half of ``off`` either way.
    logits = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).double()
    found = measure_linearity(logits + torch.tensor([off, -off]), logits, logits)
    assert found.poor == poor == ("is poor" in found.sentence)
    assert f"{50 * off:.0f} %" in found.sentence


def test_agreement_is_about_decisions():
    logits = torch.tensor([[3.0, 1.0], [0.0, 2.0], [2.0, 1.0]])
    linear = torch.tensor([[2.0, 1.0], [1.0, 0.0], [9.0, -1.0]])
    assert measure_linearity(linear, logits, logits).agreement == pytest.approx(2 / 3)
    assert measure_linearity(linear, logits, logits, "multilabel").agreement == pytest.approx(3 / 6)


def test_what_has_no_range_is_told(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    same = torch.ones(3, 2)
    with pytest.raises(TensorError, match="logits of all documents are the same"):
        measure_linearity(same, same, same)
    with pytest.raises(TensorError, match="do not fit"):
        measure_linearity(same, same[:, :1], same)
    with pytest.raises(TensorError, match="one document or more"):
        measure_linearity(same[:0], same[:0], same)


def test_a_label_whose_logit_is_the_same_for_all_is_left_out():
    logits = torch.tensor([[1.0, 2.0], [-3.0, 2.0], [0.5, 2.0]])
    found = measure_linearity(logits + torch.tensor([1.0, 9.0]), logits, logits, "multilabel")
    assert found.share.tolist() == pytest.approx([0.25, 0.25, 0.25])
    with pytest.raises(TensorError, match="the same"):
        measure_linearity(logits[:1], logits[:1], logits[:1], "multilabel")
