"""Which faces of a simplex or cube a network has made into points where it rests, or slows down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64, Int, Int64
from torch import Tensor

from slowfold.errors import OptionError, TensorError

__all__ = ["TIED", "Faces", "assign_cube_faces", "assign_simplex_faces"]

TIED = math.log(9)
"""Classes are tied while the one is at most nine times as probable as the other; a label is undecided while its
probability is between 0.1 and 0.9. Both are this many nats."""


@dataclass(frozen=True)
class Faces:
    """The faces of a figure, and the points that stand for them.

    A face of a simplex is a set of classes between which nothing is decided: one class is a corner, two are an edge,
    all are the middle. A face of a cube says of each label that it is there, is not, or is undecided.

    Attributes:
        figure: ``"simplex"`` or ``"cube"``.
        possible: How many faces the figure has: 2^N - 1, or 3^N.
        face: The face of each point. Of a simplex 1 for a class of the face and 0 for another; of a cube 1 for a label
            that is there, -1 for one that is not, 0 for one that is undecided, [point, class].
        margin: By how many nats the evidence at each point would have to change to make it another face, [point].
        index: sign det(I - J) of each point, or 0 for a ghost, [point].
        ghost: Whether each point is a ghost, [point].
        tolerance: Up to how many nats classes are tied, or labels undecided.
    """

    figure: str
    possible: int
    face: Int64[Tensor, "point class"]
    margin: Float64[Tensor, " point"]
    index: Int64[Tensor, " point"]
    ghost: Bool[Tensor, " point"]
    tolerance: float

    @property
    def face_dimension(self) -> Int64[Tensor, " point"]:
        """The dimension of each point's face: 0 for a corner, 1 for an edge, and so on, [point]."""
        return (self.face == 0).sum(dim=1) if self.figure == "cube" else self.face.sum(dim=1) - 1

    @property
    def expected_index(self) -> Int64[Tensor, " point"]:
        """The index that a fixed point there has in a perfect figure, (-1)^dimension, [point]."""
        return 1 - 2 * (self.face_dimension % 2)

    @property
    def as_fixed_points(self) -> int:
        """How many different faces are realised as fixed points."""
        return len(torch.unique(self.face[~self.ghost], dim=0))

    @property
    def realised(self) -> int:
        """How many different faces are realised, as fixed points or as ghosts."""
        return len(torch.unique(self.face, dim=0))

    def __len__(self) -> int:
        return len(self.face)


def assign_simplex_faces(
    logits: Float[Tensor, "point class"],
    *,
    index: Int[Tensor, " point"],
    ghost: Bool[Tensor, " point"],
    tolerance: float = TIED,
) -> Faces:
    """Gives each point the face of the classes that are tied for the most evidence there.

    Args:
        logits: The evidence for each class at each point, in nats up to a constant a point, [point, class].
        index: sign det(I - J) of each point; of a ghost it is not looked at, [point].
        ghost: Whether each point is a ghost, [point].
        tolerance: A class belongs to the face while its logit is at most so many nats below the largest. It is in nats,
            and no share of what corners have, because at a held input corners of one network differ by a factor.

    Raises:
        TensorError: There are fewer than two classes, or a logit is not finite.
        OptionError: The tolerance is not positive.

    Example:
        >>> logits = torch.tensor([[9.0, 1.0, 0.0], [4.0, 5.0, 0.0], [1.0, 1.0, 1.0]])
        >>> found = assign_simplex_faces(logits, index=torch.tensor([1, -1, 1]), ghost=torch.zeros(3).bool())
        >>> found.face.tolist(), found.expected_index.tolist(), f"{found.realised} of {found.possible}"
        ([[1, 0, 0], [1, 1, 0], [1, 1, 1]], [1, -1, 1], '3 of 7')
    """
    evidence = _checked(logits, tolerance)
    if evidence.shape[1] < 2:
        raise TensorError("one class makes no simplex", where="logits", cure="give the evidence for two or more")
    # The largest is always of the face, and no change moves it out of it.
    behind = (evidence.max(dim=1, keepdim=True).values - evidence).sort(dim=1, stable=True)
    face = torch.zeros_like(behind.indices).scatter_(1, behind.indices, (behind.values <= tolerance).long())
    margin = (behind.values[:, 1:] - tolerance).abs().amin(dim=1)
    return _faces("simplex", 2 ** evidence.shape[1] - 1, face, margin, index, ghost, tolerance)


def assign_cube_faces(
    logits: Float[Tensor, "point label"],
    *,
    index: Int[Tensor, " point"],
    ghost: Bool[Tensor, " point"],
    tolerance: float = TIED,
) -> Faces:
    """Gives each point the face of the labels that are there, that are not, and that are undecided.

    Args:
        logits: The evidence for each label against its absence at each point, in nats, [point, label].
        index: sign det(I - J) of each point; of a ghost it is not looked at, [point].
        ghost: Whether each point is a ghost, [point].
        tolerance: A label is undecided while its logit is at most so many nats from 0.

    Raises:
        TensorError: There is no label, or a logit is not finite.
        OptionError: The tolerance is not positive.

    Example:
        >>> edge = torch.tensor([[6.0, 0.3]])
        >>> found = assign_cube_faces(edge, index=torch.tensor([-1]), ghost=torch.tensor([False]))
        >>> found.face.tolist(), found.face_dimension.tolist(), f"{found.realised} of {found.possible}"
        ([[1, 0]], [1], '1 of 9')
    """
    evidence = _checked(logits, tolerance)
    if evidence.shape[1] < 1:
        raise TensorError("no label makes no cube", where="logits", cure="give the evidence for one or more")
    face = (evidence > tolerance).long() - (evidence < -tolerance).long()
    margin = (evidence.abs() - tolerance).abs().amin(dim=1)
    return _faces("cube", 3 ** evidence.shape[1], face, margin, index, ghost, tolerance)


def _checked(logits: Tensor, tolerance: float) -> Float64[Tensor, "point class"]:
    if not 0 < tolerance < math.inf:
        raise OptionError(f"{tolerance} is out of range", where="tolerance", cure="give a positive number of nats")
    evidence = logits.detach().to("cpu", torch.float64)
    if not torch.isfinite(evidence).all():
        raise TensorError("a logit is NaN or infinite", where="logits", cure="look at the network's weights")
    return evidence


def _faces(
    figure: str, possible: int, face: Tensor, margin: Tensor, index: Tensor, ghost: Tensor, tolerance: float
) -> Faces:
    own = ghost.cpu()
    return Faces(figure, possible, face, margin, torch.where(own, 0, index.cpu().long()), own, tolerance)
