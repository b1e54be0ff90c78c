"""Which part of a plane belongs to which class: evidence is linear on it, so every region is a polygon, and exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

__all__ = ["Plane", "Region", "find_regions"]


@dataclass(frozen=True)
class Plane:
    """The evidence on a plane through state space, as a linear function of the place on it.

    Attributes:
        slopes: How the logit of each class grows along the two axes, [class, 2].
        offsets: The logit of each class where the axes cross, [class].
    """

    slopes: Float64[np.ndarray, "class 2"]
    offsets: Float64[np.ndarray, " class"]


@dataclass(frozen=True)
class Region:
    """Where one thing is decided on a plane, as far as a window shows it.

    Attributes:
        labels: The class decided for, alone; or all labels with more evidence for them than against, which may be none.
        corners: The corners of a convex polygon, in order, [corner, 2].
    """

    labels: tuple[int, ...]
    corners: Float64[np.ndarray, "corner 2"]


def find_regions(
    plane: Plane, window: tuple[tuple[float, float], tuple[float, float]], *, several: bool
) -> list[Region]:
    """The parts of a window in which one thing is decided; together they fill it.

    One class a document: where each has the most evidence. Several labels: the pieces into which the lines of all
    labels cut the window, on each of which there is more evidence for a label than against it, or less.

    Args:
        plane: The evidence.
        window: How far the two axes reach.
        several: Whether a document may have several labels.

    Example:
        >>> two = Plane(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.zeros(2))
        >>> for region in find_regions(two, ((-1.0, 1.0), (-1.0, 1.0)), several=False):
        ...     print(region.labels, np.ptp(region.corners, axis=0).tolist())
        (0,) [1.0, 2.0]
        (1,) [1.0, 2.0]
    """
    (left, right), (low, high) = window
    whole = np.array([[left, low], [right, low], [right, high], [left, high]], dtype=np.float64)
    return _cut_by_labels(plane, whole) if several else _cut_by_rivals(plane, whole)


def _cut_by_rivals(plane: Plane, whole: np.ndarray) -> list[Region]:
    found: list[Region] = []
    for label in range(len(plane.offsets)):
        corners = whole
        for rival in range(len(plane.offsets)):
            if rival != label:
                slope = plane.slopes[label] - plane.slopes[rival]
                corners = _cut(corners, corners @ slope + plane.offsets[label] - plane.offsets[rival])
        if len(corners) >= 3:
            found.append(Region((label,), corners))
    return found


def _cut_by_labels(plane: Plane, whole: np.ndarray) -> list[Region]:
    pieces = [Region((), whole)]
    for label in range(len(plane.offsets)):
        halves: list[Region] = []
        for piece in pieces:
            side = piece.corners @ plane.slopes[label] + plane.offsets[label]
            halves.append(Region(piece.labels, _cut(piece.corners, -side)))
            halves.append(Region((*piece.labels, label), _cut(piece.corners, side)))
        pieces = [half for half in halves if len(half.corners) >= 3]
    return pieces


def _cut(corners: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The part of a convex polygon on whose corners a linear function, ``side``, is above 0 (Sutherland, Hodgman)."""
    kept: list[np.ndarray] = []
    for here in range(len(corners)):
        there = (here + 1) % len(corners)
        if side[here] > 0:
            kept.append(corners[here])
        if (side[here] > 0) != (side[there] > 0):
            share = side[here] / (side[here] - side[there])
            kept.append(corners[here] + share * (corners[there] - corners[here]))
    return np.array(kept).reshape(-1, 2)
