"""The panels that there are: the letter of each, its name, what it shows, where it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from slowfold.errors import OptionError
from slowfold.text import near_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from slowfold.report.figures.canvas import PaperFigure
    from slowfold.report.figures.request import Request

__all__ = ["PANELS", "Panel", "panel_of"]


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        letter: Its letter in the list of the panels that recur in this field's papers.
        name: What it is called.
        shows: What it shows.
        drawn_by: The module and the function that draw it.
        several: Whether it lays several runs side by side.
    """

    letter: str
    name: str
    shows: str
    drawn_by: tuple[str, str]
    several: bool = False

    @property
    def draw(self) -> Callable[[Request], PaperFigure]:
        """The function that draws it; matplotlib is loaded now."""
        module, function = self.drawn_by
        return getattr(import_module(f"slowfold.report.figures.{module}"), function)


PANELS = {
    panel.name: panel
    for panel in (
        Panel("A", "states", "where reading leads, and the readouts", ("states", "draw_states")),
        Panel("B", "words", "what single words do", ("deflections", "draw_words")),
        Panel("C", "fixed-points", "slow manifold and fixed points, by speed and by class", ("points", "draw_points")),
        Panel("D", "dimensions", "dimension by number of classes", ("class_counts", "draw_dimensions"), several=True),
        Panel("E", "spectrum", "eigenvalues, and those near 1", ("eigenvalues", "draw_spectrum")),
        Panel("F", "time-constants", "how long each mode remembers", ("memory", "draw_time_constants")),
        Panel("G", "flow", "where a word carries each state", ("flows", "draw_flow")),
        Panel("H", "slowness", "the speed over a plane", ("speeds", "draw_slowness")),
        Panel("I", "logits", "the evidence for each class, and the regions", ("evidence", "draw_logits")),
        Panel("J", "sweep", "accuracy and dimension by penalty", ("penalties", "draw_sweep"), several=True),
        Panel("K", "estimators", "nine measures of dimension", ("estimates", "draw_estimators"), several=True),
        Panel(
            "L", "readouts", "lengths, angles and span of the readouts", ("directions", "draw_readouts"), several=True
        ),
        Panel("M", "shuffle", "end states with words in another order", ("orders", "draw_shuffle")),
        Panel("N", "counts", "what word counts foretell", ("foretold", "draw_counts"), several=True),
        Panel("O", "training", "how the network learned", ("learning", "draw_training")),
    )
}
"""Every panel by its name."""


def panel_of(name: str) -> Panel:
    """The panel of a name.

    Raises:
        OptionError: There is none; near names are listed.

    Example:
        >>> panel_of("spectrum").letter
        'E'
    """
    if name not in PANELS:
        raise OptionError(f"there is no panel {name!r}", where="panel", cure=near_names(name, list(PANELS)))
    return PANELS[name]
