"""Places for names beside points, so that none hides another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["WIDTH", "Label", "place_labels"]

WIDTH = 760.0
"""The width, in pixels, that labels are laid out for; the page hides what does not fit a narrower one."""

# The size of a letter and of a line, in pixels.
_LETTER, _LINE = 7.2, 16.0


@dataclass(frozen=True)
class Label:
    """Where a word stands.

    Attributes:
        row: Which word.
        xanchor: ``"left"``, ``"center"`` or ``"right"``.
        yanchor: ``"bottom"``, ``"middle"`` or ``"top"``.
        shift: How many pixels above its place, to stand clear of others.
    """

    row: int
    xanchor: str
    yanchor: str
    shift: float


def place_labels(
    tips: NDArray[np.float64], names: list[str], pixel: float, within: tuple[float, float] = (-np.inf, np.inf)
) -> list[Label]:
    """Places for as many names as fit beside the tips without hiding each other, the longest moves first.

    Args:
        tips: Where the lines end, [word, 2].
        names: Their names, [word].
        pixel: The length of a pixel.
        within: How far left and right a name may reach.

    Example:
        >>> tips = np.array([[1.0, 0.0], [0.99, 0.0], [-1.0, 0.0]])
        >>> [label.row for label in place_labels(tips, ["a", "b", "c"], 0.01)]
        [0, 2, 1]
        >>> [label.row for label in place_labels(np.zeros((12, 2)), ["the"] * 12, 0.01)]
        [0, 1, 2, 3, 4]
    """
    taken: list[tuple[float, float, float, float]] = []
    placed: list[Label] = []
    lengths = np.linalg.norm(tips, axis=1)
    for row in np.argsort(-lengths, kind="stable").tolist():
        x, y = tips[row].tolist()
        width, height = (_LETTER * len(names[row]) + 6) * pixel, _LINE * pixel
        outward = ("left" if x >= 0 else "right", "bottom" if y >= 0 else "top")
        first = ("center", outward[1]) if abs(y) > abs(x) else (outward[0], "middle")
        # Beside the tip if there is room, else a line or two further on, as in a list; inwards if all else fails.
        options = [(first, 0.0), (outward, 0.0), ((outward[0], "middle"), 0.0)]
        options += [((outward[0], "middle"), _LINE * lines) for lines in (1, -1, 2, -2)]
        options += [(("right" if x >= 0 else "left", outward[1]), 0.0)]
        for (xanchor, yanchor), shift in options:
            left = x - {"left": 0.0, "center": 0.5, "right": 1.0}[xanchor] * width
            below = y + shift * pixel - {"bottom": 0.0, "middle": 0.5, "top": 1.0}[yanchor] * height
            box = (left, below, left + width, below + height)
            inside = within[0] <= left and left + width <= within[1]
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                placed.append(Label(row, xanchor, yanchor, shift))
                break
    return placed


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
