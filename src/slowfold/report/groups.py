"""One colour a document or a point: its class, or, where it may have several labels, which or how many it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from jaxtyping import Int, Int64

from slowfold.report.theme import GREY, GREY_ON_DARK, Classes, colour_classes, colour_scale, palette
from slowfold.study import Run
from slowfold.text import Kind

__all__ = ["Groups", "combination_names", "groups_of", "make_groups"]

# Up to so many labels each combination has a colour of its own; of more, documents differ by how many they have.
_COMBINED = 3
# Numbers of labels above this are one colour.
_MOST = 4
# What two labels together look like, and three, so that no mixture is taken for one of its parts: the colours of the
# palette that lie between those of the labels, and the one left over.
_PAIRS = {(0, 1): 3, (0, 2): 5, (1, 2): 4}
_ALL_THREE = 6


@dataclass(frozen=True)
class Groups:
    """How documents and points are told apart by colour, the same in every figure.

    Attributes:
        shown: The names and colours of the groups: the classes; of up to three labels, their combinations, a single
            label in its own colour; of more, how many labels a document has.
        by: What a group is: a class, a combination of labels, or a number of labels.
        labels: The number of classes or labels.
    """

    shown: Classes
    by: Literal["class", "combination", "number"]
    labels: int

    def __len__(self) -> int:
        return len(self.shown)

    def of(self, labels: Int[np.ndarray, "document ..."]) -> Int64[np.ndarray, " document"]:
        """The group of each document, or of each point.

        Args:
            labels: The class of each, [document], or 1 for each label it has, [document, label].

        Example:
            >>> make_groups(["joy", "fear"], "multilabel").of(np.array([[0, 0], [1, 0], [0, 1], [1, 1]])).tolist()
            [0, 1, 2, 3]
            >>> make_groups(["no", "yes"], "categorical").of(np.array([1, 0])).tolist()
            [1, 0]
        """
        if self.by == "class":
            return labels.astype(np.int64)
        has = labels.astype(np.int64)
        if self.by == "number":
            return np.minimum(has.sum(axis=1), len(self) - 1)
        place = np.zeros(2**self.labels, dtype=np.int64)
        place[[sum(2**label for label in members) for members in _combinations(self.labels)]] = np.arange(len(self))
        return place[has @ 2 ** np.arange(self.labels)]


def groups_of(run: Run) -> Groups:
    """The groups of a run, by :func:`make_groups`."""
    task = run.summary["task"]
    return make_groups(task["classes"], task["kind"])


def make_groups(names: Sequence[str], kind: Kind) -> Groups:
    """The classes; or the combinations of up to three labels; or the numbers of labels that there can be.

    Example:
        >>> make_groups(["joy", "fear"], "multilabel").shown.names
        ('neither', 'joy', 'fear', 'joy + fear')
        >>> make_groups(["a", "b", "c", "d", "e"], "multilabel").shown.names
        ('no label', '1 label', '2 labels', '3 labels', '4 labels or more')
    """
    classes = colour_classes(names, kind)
    count = len(classes)
    if kind != "multilabel":
        return Groups(classes, "class", count)
    if count > _COMBINED:
        return Groups(_numbers(count), "number", count)
    pairs = [_colours(members) for members in _combinations(count)]
    shown = Classes(
        names=tuple(combination_names(classes.names)),
        colours=tuple(light for light, _ in pairs),
        dark=tuple(dark for _, dark in pairs),
    )
    return Groups(shown, "combination", count)


def combination_names(labels: Sequence[str]) -> list[str]:
    """What the combinations of up to three labels are called, in the order of the groups.

    Example:
        >>> combination_names(["joy", "fear"])
        ['neither', 'joy', 'fear', 'joy + fear']
    """
    none = {1: f"not {labels[0]}", 2: "neither"}.get(len(labels), "none")
    return [" + ".join(labels[label] for label in members) or none for members in _combinations(len(labels))]


def _combinations(labels: int) -> list[tuple[int, ...]]:
    """Which labels there are in each combination: none, each one, each two, all."""
    return [members for size in range(labels + 1) for members in combinations(range(labels), size)]


def _colours(members: tuple[int, ...]) -> tuple[str, str]:
    if not members:
        return GREY, GREY_ON_DARK
    if len(members) == 1:
        return palette(members[0])
    return palette(_PAIRS.get((members[0], members[1]), _ALL_THREE) if len(members) == 2 else _ALL_THREE)


def _numbers(labels: int) -> Classes:
    most = min(labels, _MOST)
    names = ["no label", *(f"{number} label{'s' * (number > 1)}" for number in range(1, most + 1))]
    if labels > most:
        names[-1] += " or more"
    scale = colour_scale(most + 1)
    return Classes(tuple(names), tuple(light for light, _ in scale), tuple(dark for _, dark in scale))
