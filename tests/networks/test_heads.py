from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.networks.heads import decide, label_loss, share_correct, squared_error


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_one_class_a_document_costs_what_its_class_lacks_of_certainty() -> None:
    evidence, labels = drawn(4, 3), torch.tensor([0, 2, 1, 1])
    pairs = zip(evidence.tolist(), labels.tolist(), strict=True)
    expected = [-math.log(math.exp(row[label]) / sum(map(math.exp, row))) for row, label in pairs]
    assert label_loss(evidence, labels).item() == pytest.approx(sum(expected) / 4, rel=1e-6)


def test_each_label_costs_what_its_presence_or_absence_lacks_of_certainty() -> None:
    evidence, labels = drawn(4, 2), torch.tensor([[True, False], [False, False], [True, True], [False, True]])
    pairs = zip(evidence.flatten().tolist(), labels.flatten().tolist(), strict=True)
    signed = [value if has else -value for value, has in pairs]
    expected = sum(math.log1p(math.exp(-value)) for value in signed) / 8
    assert label_loss(evidence, labels).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["categorical", "ordered"])
def test_one_class_is_decided(kind) -> None:
    decided = decide(torch.tensor([[-3.0, -1.0], [2.0, 1.0]]), kind)
    assert decided.tolist() == [1, 0]
    assert share_correct(decided, torch.tensor([1, 1])) == 0.5


def test_labels_are_decided_one_by_one() -> None:
    decided = decide(torch.tensor([[-3.0, -1.0, 0.1], [2.0, 1.0, -0.1]]), "multilabel")
    assert decided.tolist() == [[False, False, True], [True, True, False]]
    assert share_correct(decided, torch.tensor([[False, False, True], [True, False, True]])) == pytest.approx(4 / 6)


@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4), outputs=st.integers(1, 3))
def test_padding_has_no_part_in_the_error(lengths: list[int], outputs: int) -> None:
    evidence, targets = drawn(len(lengths), 5, outputs), drawn(2, len(lengths), 5, outputs)[1]
    squares = [
        float((evidence[row, time, output] - targets[row, time, output]) ** 2)
        for row, length in enumerate(lengths)
        for time in range(length)
        for output in range(outputs)
    ]
    error = squared_error(evidence, targets, torch.tensor(lengths))
    assert error.item() == pytest.approx(sum(squares) / len(squares), rel=1e-5)


def test_one_output_is_the_evidence_for_the_second_class_against_the_first() -> None:
    evidence, targets, lengths = drawn(2, 3, 2), drawn(2, 3, 1), torch.tensor([3, 1])
    single = evidence[..., 1:] - evidence[..., :1]
    assert squared_error(evidence, targets, lengths).equal(squared_error(single, targets, lengths))
