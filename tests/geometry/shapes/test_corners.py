"""Corners are means of classes, and say how much of the cloud they span."""

import pytest
import torch

from slowfold.errors import TensorError
from slowfold.geometry.shapes import class_corners


def test_corners_are_means_in_the_order_of_the_classes():
    labels = torch.tensor([2, 0, 2, 0, 1, 1, 2])
    states = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
    corners = class_corners(states, labels, fewest=2)
    assert corners.label.tolist() == [0, 1, 2]
    assert corners.documents.tolist() == [2, 2, 3]
    for row, label in enumerate((0, 1, 2)):
        torch.testing.assert_close(corners.point[row], states[labels == label].double().mean(dim=0))


def test_combinations_of_labels_have_corners_of_their_own():
    labels = torch.tensor([[True, False], [True, True], [True, False], [False, False], [True, True], [False, False]])
    corners = class_corners(labels.float(), labels, fewest=2)
    assert corners.label.tolist() == [[False, False], [True, False], [True, True]]
    assert corners.point.tolist() == [[0, 0], [1, 0], [1, 1]]


def test_classes_of_few_documents_have_none():
    labels = torch.tensor([0] * 5 + [1] * 5 + [2] * 4)
    assert class_corners(torch.eye(14), labels).label.tolist() == [0, 1]


@pytest.mark.parametrize("spread", [0.0, 1.0, 3.0])
def test_they_say_what_share_of_the_cloud_they_span(spread):
    # Two classes two apart on one axis, and a spread across it: variances 1 and its square.
    states = torch.tensor([[side, across * spread] for side in (-1.0, 1.0) for across in (-1.0, 1.0)])
    corners = class_corners(states, torch.tensor([0, 0, 1, 1]), fewest=2)
    assert corners.within == pytest.approx(1 / (1 + spread**2))


def test_one_point_has_corners_without_a_share():
    assert class_corners(torch.ones(4, 2), torch.tensor([0, 0, 1, 1]), fewest=2).within == 0


@pytest.mark.parametrize(
    ("states", "labels", "message"),
    [
        (torch.eye(6), torch.zeros(6, dtype=torch.int64), "fewer than two"),
        (torch.eye(4), torch.tensor([0, 1, 0, 1]), "fewer than two"),
        (torch.eye(6), torch.zeros(5, dtype=torch.int64), "5 labels for 6"),
        (torch.full((10, 2), torch.nan), torch.arange(10) % 2, "NaN"),
        (torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64), "no states"),
    ],
    ids=["one class", "few documents", "labels missing", "nan", "none"],
)
def test_what_has_no_corners_is_refused(states, labels, message):
    with pytest.raises(TensorError, match=message):
        class_corners(states, labels)
