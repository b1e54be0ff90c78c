"""The colours of paper figures: those of the report, on light paper or on dark, and the names beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64, Shaped

from slowfold.report.figures.paper import Theme
from slowfold.report.groups import Groups, combination_names, make_groups
from slowfold.report.theme import GREY, GRID, INK, PALE, PAPER, Classes, colour_classes, colour_scale, dark_colours
from slowfold.report.wording import shortened
from slowfold.study import Run

__all__ = ["Look", "look_of", "plain_look"]

# Names stand beside points, in columns of 3.25 inches.
_LONGEST = 24
_NO_CLASSES = Classes((), (), ())


@dataclass(frozen=True)
class Look:
    """The colours of a figure, and the groups that documents and states are in: classes, or sets of labels.

    Attributes:
        theme: The paper.
        ink: The colour of letters and of what matters most.
        grey: That of what stands behind.
        pale: That of what lies under all else.
        grid: That of lines that lead the eye.
        paper: That of the paper.
        class_names: The names of the classes or labels, [class].
        class_colours: Their colours, [class].
        names: The names of the groups, [group].
        colours: Their colours, [group].
        groups: Which documents are in which group; None where a figure tells none apart.
    """

    theme: Theme
    ink: str
    grey: str
    pale: str
    grid: str
    paper: str
    class_names: tuple[str, ...]
    class_colours: tuple[str, ...]
    names: tuple[str, ...]
    colours: tuple[str, ...]
    groups: Groups | None

    @property
    def several(self) -> bool:
        """Whether documents may have several labels."""
        return self.groups is not None and self.groups.by != "class"

    def of_labels(self, labels: Shaped[np.ndarray, "document ..."]) -> Int64[np.ndarray, " document"]:
        """The group of each document, by its class or by its labels, [document]."""
        return np.zeros(len(labels), dtype=np.int64) if self.groups is None else self.groups.of(labels.astype(np.int64))

    def of_logits(self, logits: Float[np.ndarray, "state class"]) -> Int64[np.ndarray, " state"]:
        """The group that the network decides for: the class with the most evidence, or the labels with any, [state]."""
        return self.of_labels((logits > 0).astype(np.int64) if self.several else logits.argmax(axis=1))

    def scale(self, count: int) -> tuple[str, ...]:
        """So many colours in an order, as for a row of penalties."""
        return tuple(dark if self.theme == "dark" else light for light, dark in colour_scale(count))

    def palette(self, count: int) -> tuple[str, ...]:
        """So many colours without an order, as for cells."""
        found = colour_classes([str(number) for number in range(count)], "categorical")
        return found.dark if self.theme == "dark" else found.colours


def plain_look(theme: Theme) -> Look:
    """The colours of a figure that tells no classes apart.

    Example:
        >>> plain_look("dark").paper
        '#15161a'
    """
    return _look(theme, _NO_CLASSES, _NO_CLASSES, (), (), None)


def look_of(run: Run, theme: Theme) -> Look:
    """The colours of a figure of a run.

    Args:
        run: A finished run.
        theme: The paper.
    """
    task: dict[str, Any] = run.summary["task"]
    groups = make_groups(task["classes"], task["kind"])
    # Names that plotly can show are escaped; matplotlib shows the letters themselves.
    names = tuple(shortened(str(name), _LONGEST) for name in task["classes"])
    if groups.by == "class":
        group_names = names
    elif groups.by == "combination":
        short = [shortened(str(name), _LONGEST // groups.labels) for name in task["classes"]]
        group_names = tuple(combination_names(short))
    else:
        group_names = groups.shown.names
    return _look(theme, colour_classes(task["classes"], task["kind"]), groups.shown, names, group_names, groups)


def _look(
    theme: Theme,
    classes: Classes,
    shown: Classes,
    names: tuple[str, ...],
    group_names: tuple[str, ...],
    groups: Groups | None,
) -> Look:
    dark = theme == "dark"
    exchanged = dark_colours(classes) if dark else {}
    ink, grey, pale, grid, paper = (exchanged.get(colour, colour) for colour in (INK, GREY, PALE, GRID, PAPER))
    return Look(
        theme=theme,
        ink=ink,
        grey=grey,
        pale=pale,
        grid=grid,
        paper=paper,
        class_names=names,
        class_colours=classes.dark if dark else classes.colours,
        names=group_names,
        colours=shown.dark if dark else shown.colours,
        groups=groups,
    )
