"""Panel J: accuracy and dimension by the strength of the penalty, over several runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from slowfold.report.figures.canvas import PaperFigure, powers_of_ten, whole_numbers
from slowfold.report.figures.class_counts import add_series, classes_in, task_of
from slowfold.report.figures.request import Request, refused
from slowfold.report.panels.variances import dimension_of
from slowfold.report.wording import MINUS, number, plural
from slowfold.study import Run

__all__ = ["draw_sweep"]

_Measure = Callable[[Run], float | None]


def draw_sweep(asked: Request) -> PaperFigure:
    """Accuracy, with words in order and shuffled, and participation ratio by L2.

    Where runs differ in their number of classes, too, a second row shows both by that number, a line a penalty.

    Args:
        asked: What is asked for.

    Raises:
        RunError: The runs do not differ in their penalty, or one has none on record.
    """
    unknown = [run for run in asked.runs if run.summary["network"]["l2"] is None]
    if unknown:
        raise refused(asked, f"the training of {unknown[0].name} is not on record", "leave that run out")
    penalties = sorted({_penalty(run) for run in asked.runs})
    if len(penalties) < 2:
        raise refused(asked, f"every run was trained with L2 {number(penalties[0])}", "name runs with different --l2")
    counts = sorted({classes_in(run) for run in asked.runs})
    made, axes = asked.canvas.axes(
        1.15 if asked.width == "single" else 0.75, columns=2, rows=1 if len(counts) == 1 else 2
    )
    families = sorted({_family(run) for run in asked.runs})
    colours = dict(zip(families, asked.look.palette(len(families)), strict=True))
    # A logarithm has no place for 0: it stands a factor below the least penalty, and is written as 0.
    nothing = min(penalty for penalty in penalties if penalty) / 10 if penalties[0] == 0 else 0.0
    shape: dict[str, Any] = {"markersize": 3.2, "linewidth": 0.9, "markeredgewidth": 0.8}
    for family in families:
        runs = [run for run in asked.runs if _family(run) == family]
        colour = colours[family] if len(families) > 1 else asked.look.ink
        where = [_penalty(run) or nothing for run in runs]
        name = _named(family, len(counts) > 1, len({cell for cell, _ in families}) > 1)
        add_series(
            axes[0], _values(where, runs, _accuracy), color=colour, marker="o", label=name or "words in order", **shape
        )
        add_series(
            axes[0],
            _values(where, runs, _shuffled),
            color=colour,
            marker="o",
            markerfacecolor=asked.look.paper,
            linestyle=(0, (3, 1.5)),
            label="words shuffled" if family == families[-1] else "_nolegend_",
            **shape,
        )
        add_series(axes[1], _values(where, runs, _ratio), color=colour, marker="o", label=name, **shape)
    axes[0].set_ylabel("test accuracy")
    axes[1].set_ylabel("participation ratio")
    axes[0].legend(loc="best")
    for one in axes[:2]:
        one.set_xlabel("L2")
        powers_of_ten(one, "x")
        if nothing:
            _mark_nothing(one, nothing)
    axes[1].set_ylim(0, 1.12 * axes[1].get_ylim()[1])
    if len(counts) > 1:
        _add_by_classes(axes[2:], asked, penalties, counts)
    made.caption = _caption(asked, len(counts) > 1)
    return made


def _add_by_classes(axes: Sequence[Axes], asked: Request, penalties: Sequence[float], counts: Sequence[int]) -> None:
    ends = (counts[0] - 0.3, counts[-1] + 0.3)
    axes[0].plot(ends, [end - 1 for end in ends], color=asked.look.grey, linewidth=0.8, linestyle=(0, (4, 2)))
    for colour, penalty in zip(asked.look.scale(len(penalties)), penalties, strict=True):
        runs = [run for run in asked.runs if _penalty(run) == penalty]
        where = [classes_in(run) for run in runs]
        for one, measure in zip(axes, (_ratio, _accuracy), strict=True):
            add_series(
                one, _values(where, runs, measure), color=colour, marker="o", markersize=3.2, linewidth=0.9,
                label=f"L2 {number(penalty)}",
            )  # fmt: skip
    axes[0].set(ylabel="participation ratio", ylim=(0, None))
    axes[1].set_ylabel("test accuracy")
    axes[0].legend(loc="upper left")
    for one in axes:
        one.set(xlabel="classes, N", xlim=ends)
        whole_numbers(one, "x", counts)


def _penalty(run: Run) -> float:
    return float(run.summary["network"]["l2"])


def _family(run: Run) -> tuple[str, int]:
    return str(run.summary["network"]["cell"]), classes_in(run)


def _named(family: tuple[str, int], counts: bool, cells: bool) -> str:  # noqa: FBT001 - what runs differ in
    parts = [family[0]] * cells + [f"N = {family[1]}"] * counts
    return ", ".join(parts)


def _accuracy(run: Run) -> float | None:
    return run.summary["accuracy"]["test"]


def _shuffled(run: Run) -> float | None:
    return run.summary["accuracy"]["shuffled_words"]


def _ratio(run: Run) -> float | None:
    found = dimension_of(run, "visited")
    return None if found is None else found["participation_ratio"]


def _values(where: Sequence[float], runs: Sequence[Run], measure: _Measure) -> list[tuple[str, float, float]]:
    return [
        (task_of(run), place, value)
        for place, run in zip(where, runs, strict=True)
        if (value := measure(run)) is not None
    ]


def _mark_nothing(axes: Axes, place: float) -> None:
    """Writes 0 where the penalty of 0 stands."""
    axes.set_xticks([place], labels=["0"], minor=True)
    axes.tick_params(axis="x", which="minor", labelsize=6, length=2.5)
    axes.set_xticks([tick for tick in axes.get_xticks() if tick > 2 * place])


def _caption(asked: Request, both: bool) -> str:  # noqa: FBT001 - what is shown
    scopes = sorted({str(run.summary["network"]["l2_scope"]) for run in asked.runs})
    l2 = np.array([_penalty(run) for run in asked.runs])
    return (
        "What the penalty does. Where the gap between filled and hollow dots closes, word order is no longer used; "
        "where dimension and accuracy fall together, whole classes are lost. Test accuracy, and with the words of each "
        "document in random order; participation ratio of the visited states; by the coefficient of the penalty on "
        f"the squares of the weights ({' or '.join(scopes)}), from {number(float(l2.min()))} to "
        f"{number(float(l2.max()))}. A dot a run ({plural(len(asked.runs), 'run')}), lines through the "
        "medians of runs of one task."
        + (f" Below, both by the number of classes, a line a penalty; dashed, N {MINUS} 1." if both else "")
    )
