"""The corners of what a network makes of its classes: where the texts of each class end, on average."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64, Int, Int64
from torch import Tensor

from slowfold.errors import TensorError
from slowfold.geometry.dimensions.clouds import as_cloud
from slowfold.geometry.dimensions.subspaces import span_of

__all__ = ["Corners", "class_corners"]


@dataclass(frozen=True)
class Corners:
    """The mean final state of each class, or of each combination of labels that occurs.

    Attributes:
        point: The mean states, [corner, unit].
        label: The class of each corner, [corner], or the labels it has, [corner, label].
        documents: How many documents each is the mean of, [corner].
        within: The share of the variance of all the states that lies in the directions which the corners span: how
            much of the cloud a figure through the corners can tell of.
    """

    point: Float64[Tensor, "corner unit"]
    label: Int64[Tensor, " corner"] | Bool[Tensor, "corner label"]
    documents: Int64[Tensor, " corner"]
    within: float

    def __len__(self) -> int:
        return len(self.point)


def class_corners(
    states: Float[Tensor, "document unit"],
    labels: Int[Tensor, " labelled"] | Bool[Tensor, "labelled label"],
    *,
    fewest: int = 5,
) -> Corners:
    """The mean state of the documents of each class, or of each combination of labels.

    Args:
        states: The final states, [document, unit].
        labels: The class of each document, [document], or which labels it has, [document, label].
        fewest: A class or combination of fewer documents has no corner: its mean would be that of a few texts.

    Raises:
        TensorError: There are not as many labels as states, a state is not finite, or fewer than two corners are left.

    Example:
        >>> square = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        >>> corners = class_corners(square, square.bool(), fewest=1)
        >>> corners.point.tolist(), corners.within
        ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], 1.0)
    """
    cloud = as_cloud(states)
    if len(labels) != len(cloud):
        raise TensorError(f"{len(labels)} labels for {len(cloud)} states", where="labels", cure="give one a state")
    own, member, counts = torch.unique(labels.cpu(), dim=0, return_inverse=True, return_counts=True)
    kept = (counts >= fewest).nonzero().flatten()
    if len(kept) < 2:
        raise TensorError(
            f"fewer than two classes have {fewest} documents or more", where="labels", cure="give states of two classes"
        )
    sums = cloud.new_zeros(len(own), cloud.shape[1]).index_add_(0, member, cloud)
    point = sums[kept] / counts[kept].unsqueeze(1)
    centred = cloud - cloud.mean(dim=0)
    variance = centred.square().sum()
    inside = (centred @ span_of(point - point.mean(dim=0)).T).square().sum()
    label = own[kept]
    return Corners(
        point=point,
        label=label if label.dtype == torch.bool else label.long(),
        documents=counts[kept],
        within=float(inside / variance) if variance else 0.0,
    )
