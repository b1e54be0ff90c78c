"""What is asked of a panel: the runs, the look, the canvas, the words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64, Int64

from slowfold.errors import RunError
from slowfold.report.figures.canvas import Canvas
from slowfold.report.figures.look import Look, look_of, plain_look
from slowfold.report.figures.paper import Theme, Width
from slowfold.report.rereading import logits_at
from slowfold.study import Run

__all__ = ["Request", "refused"]

# Up to three names of labels stand side by side.
_LONGEST_GROUP = 34


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a panel is to show.

    Attributes:
        panel: Its name.
        runs: The runs; a panel of one run has one.
        width: How many columns wide.
        theme: The paper.
        words: The words that were asked for; empty where the panel chooses.
        held: The input held still, of panels that show one.
        named: Whether that input was asked for by name.
        font: A font that is tried first, or None.
    """

    panel: str
    runs: tuple[Run, ...]
    width: Width = "single"
    theme: Theme = "light"
    words: tuple[str, ...] = ()
    held: str = "mean"
    named: bool = False
    font: str | None = None

    @property
    def run(self) -> Run:
        """The one run, or the first."""
        return self.runs[0]

    @cached_property
    def look(self) -> Look:
        """The colours: of the classes of the run, or of several runs none."""
        return look_of(self.run, self.theme) if len(self.runs) == 1 else plain_look(self.theme)

    @cached_property
    def canvas(self) -> Canvas:
        """Where the axes come from."""
        return Canvas(self.look, self.width, self.font)

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """The names of the groups, as the fonts can show them, [group]."""
        return tuple(self.canvas.text(name, _LONGEST_GROUP) for name in self.look.names)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes or labels, as the fonts can show them, [class]."""
        return tuple(self.canvas.text(name) for name in self.look.class_names)

    def logits_at(self, states: Float64[np.ndarray, "state unit"]) -> Float64[np.ndarray, "state class"]:
        """The evidence for each class at states of the run, [state, class]."""
        return logits_at(self.run, states)

    def groups_at(self, states: Float64[np.ndarray, "state unit"]) -> Int64[np.ndarray, " state"]:
        """The groups that the network decides for at states of the run, [state]."""
        return self.look.of_logits(self.logits_at(states))


def refused(asked: Request, why: str, cure: str | None = None) -> RunError:
    """The error of a panel that cannot be drawn: which, of which run, why, and what to do.

    Example:
        >>> from pathlib import Path
        >>> str(refused(Request(panel="sweep", runs=(Run(Path("runs/a")),)), "it compares runs", "name more"))
        'runs/a: the panel sweep cannot be drawn, for it compares runs; name more'
    """
    where = str(asked.run.folder) if len(asked.runs) == 1 else f"{len(asked.runs)} runs"
    return RunError(f"the panel {asked.panel} cannot be drawn, for {why}", where=where, cure=cure)
