"""How large the ledger is made: which networks stand for a claim, and how many of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from slowfold.errors import OptionError
from slowfold.study.experiment import Experiment

__all__ = ["CELLS", "FULL", "SCALES", "SMALL", "Cell", "Plan", "plan_of"]

Cell = Literal["gru", "lstm", "ugrnn", "vanilla"]

CELLS: tuple[Cell, ...] = ("gru", "lstm", "ugrnn", "vanilla")
"""The cells that universality is asked of."""

# More classes are learned in more steps. Whoever has not learned within them is not explained.
_FEW, _STEPS = 3, 1_500


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How large the ledger is made.

    Attributes:
        scale: What it is called.
        classes: The numbers of classes of the synthetic categorical language.
        extremes: The numbers of classes at which the weakest and the strongest penalty are tried.
        alike: The numbers of classes at which the cells are compared.
        seeds: How many networks of each kind the claims are judged by.
        seeds_alike: How many of each cell but the first universality is judged by.
        cells: The cells, the first of which all other claims are judged by.
        hidden: The units; None for as many as are usual.
        natural: Whether natural texts are read.
        documents: The most training documents of a natural set; None for all.
        steps: The training steps; None for as many as are usual.
    """

    scale: str
    classes: tuple[int, ...]
    extremes: tuple[int, ...]
    alike: tuple[int, ...]
    seeds: int
    seeds_alike: int
    cells: tuple[Cell, ...] = CELLS
    hidden: int | None = None
    natural: bool = False
    documents: int | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if self.seeds < 1 or self.seeds_alike < 1:
            raise OptionError(f"{self.seeds} is out of range", where="--seeds", cure="give 1 or more")

    @property
    def options(self) -> tuple[str, ...]:
        """What the command line is told for a plan that :func:`plan_of` made: the scale, and what differs from it.

        Example:
            >>> plan_of("full", cells=("lstm",), steps=6000).options
            ('--scale', 'full', '--cells', 'lstm', '--steps', '6000')
        """
        usual = SCALES[self.scale]
        changed = {
            "--cells": None if self.cells == usual.cells else ",".join(self.cells),
            "--seeds": None if self.seeds == usual.seeds else str(self.seeds),
            "--steps": None if self.steps == usual.steps else str(self.steps),
        }
        options = ((name, value) for name, value in changed.items() if value is not None)
        return ("--scale", self.scale, *(part for option in options for part in option))

    def synthetic(self, task: str, classes: int, **options: object) -> tuple[Experiment, ...]:
        """The networks of one synthetic task, one a seed.

        Args:
            task: The language.
            classes: The number of classes or labels.
            options: What else is asked of the experiments.
        """
        usual = None if classes <= _FEW else _STEPS
        asked: dict[str, Any] = {"steps": self.steps or usual, "hidden": self.hidden, "cell": self.cells[0]} | options
        return self._each(Experiment(task=task, classes=str(classes), **asked))

    def reading(self, task: str, classes: str | None = None, **options: object) -> tuple[Experiment, ...]:
        """The networks of one natural set, one a seed; none where natural texts are not read.

        Args:
            task: The name of the set.
            classes: The classes to keep.
            options: What else is asked of the experiments.
        """
        if not self.natural:
            return ()
        asked: dict[str, Any] = {"cell": self.cells[0], "steps": self.steps, "documents": self.documents} | options
        return self._each(Experiment(task=task, classes=classes, **asked))

    def of_cell(self, cell: Cell) -> Plan:
        """The same plan for one cell, with the seeds that universality is judged by."""
        return replace(self, cells=(cell,), seeds=self.seeds if cell == self.cells[0] else self.seeds_alike)

    def _each(self, experiment: Experiment) -> tuple[Experiment, ...]:
        return tuple(replace(experiment, seed=seed) for seed in range(self.seeds))


SMALL = Plan(scale="small", classes=(2, 3, 5, 8), extremes=(3, 8), alike=(2, 3, 5), seeds=3, seeds_alike=3, hidden=64)
"""What synthetic languages alone can settle, on two cores within three hours."""

FULL = Plan(
    scale="full",
    classes=tuple(range(2, 11)),
    extremes=(3, 5, 8, 10),
    alike=(2, 3, 5),
    seeds=3,
    seeds_alike=1,
    natural=True,
    documents=20_000,
)
"""All of it: networks of the usual size, and natural texts of up to 20,000 training documents."""

SCALES = {plan.scale: plan for plan in (SMALL, FULL)}
"""The plans by name."""


def plan_of(scale: str, *, cells: tuple[str, ...] = (), seeds: int | None = None, steps: int | None = None) -> Plan:
    """A plan, changed where that is asked for.

    Args:
        scale: ``"small"`` or ``"full"``.
        cells: The cells; unless given, all.
        seeds: How many networks of each kind; unless given, as many as the scale has.
        steps: The training steps of each; unless given, as many as are usual.

    Raises:
        OptionError: There is no such scale or cell, or a number is out of range.

    Example:
        >>> plan_of("small", seeds=1).seeds, plan_of("full").natural
        (1, True)
    """
    if scale not in SCALES:
        raise OptionError(f"there is no scale {scale!r}", where="--scale", cure=f"choose from {', '.join(SCALES)}")
    plan = SCALES[scale]
    for cell in cells:
        if cell not in CELLS:
            raise OptionError(f"there is no cell {cell!r}", where="--cells", cure=f"choose from {', '.join(CELLS)}")
    return replace(
        plan,
        cells=cast("tuple[Cell, ...]", cells) or plan.cells,
        seeds=plan.seeds if seeds is None else seeds,
        seeds_alike=seeds if seeds is not None and plan.seeds_alike == plan.seeds else plan.seeds_alike,
        steps=steps,
    )
