"""Panel D: dimension by number of classes, over several runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from slowfold.report.figures.canvas import PaperFigure, whole_numbers
from slowfold.report.figures.request import Request, refused
from slowfold.report.panels.variances import dimension_of
from slowfold.report.wording import MINUS, listed, plural
from slowfold.study import Run

__all__ = ["add_series", "classes_in", "draw_dimensions", "middle_line", "task_of"]


class _Series(NamedTuple):
    name: str
    mark: str
    colour: str
    inside: str


def classes_in(run: Run) -> int:
    """The number of classes or labels of a run."""
    return len(run.summary["task"]["classes"])


def task_of(run: Run) -> str:
    """What the runs that a line joins have in common."""
    task = run.summary["task"]
    return f"{task['name']}, {task['kind']}"


def middle_line(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """The places along the x axis, and the median of what stands at each.

    Example:
        >>> middle_line([(3, 2.0), (2, 1.0), (3, 4.0)])
        ([2, 3], [1.0, 3.0])
    """
    places = sorted({place for place, _ in pairs})
    return places, [float(np.median([value for at, value in pairs if at == place])) for place in places]


def add_series(axes: Axes, values: Sequence[tuple[str, float, float]], **look: Any) -> None:  # noqa: ANN401 - a line
    """Draws values as dots, and for each task a line through the medians of those at one place.

    Args:
        axes: Where.
        values: The task of each, its place along the x axis, and the value.
        look: How line and dots look.
    """
    for task in dict.fromkeys(task for task, _, _ in values):
        pairs = [(place, value) for one, place, value in values if one == task]
        line: dict[str, Any] = {**look, "marker": "", "label": "_nolegend_"}
        axes.plot(*middle_line(pairs), **line)
    dots: dict[str, Any] = {**look, "linestyle": "none"}
    axes.plot([place for _, place, _ in values], [value for _, _, value in values], **dots)


def draw_dimensions(asked: Request) -> PaperFigure:
    """Participation ratios of states, points and word counts by the number of classes, beside N - 1.

    Args:
        asked: What is asked for.

    Raises:
        RunError: All runs have the same number of classes.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, figure 1 d.
    """
    counts = sorted({classes_in(run) for run in asked.runs})
    if len(counts) < 2:
        raise refused(
            asked,
            f"every run has {plural(counts[0], 'class', 'classes')}",
            "name runs of two numbers of classes or more",
        )
    look = asked.look
    blue, orange, green = look.palette(3)
    series = {
        "visited": _Series("visited states", "o", blue, blue),
        "final": _Series("final states", "s", green, green),
        "manifold": _Series("slow manifold", "D", orange, orange),
        "predicted": _Series("word counts", "o", look.ink, look.paper),
    }
    made, (axes,) = asked.canvas.axes(0.8 if asked.width == "single" else 0.5)
    ends = np.array([counts[0] - 0.35, counts[-1] + 0.35])
    axes.plot(ends, ends - 1, color=look.grey, linewidth=0.8, linestyle=(0, (4, 2)), label=f"N {MINUS} 1", zorder=1)
    shown = list[str]()
    for place, (measure, drawn) in enumerate(series.items()):
        aside = 0.04 * (place - 1.5)
        values = [
            (task_of(run), classes_in(run) + aside, float(found["participation_ratio"]))
            for run in asked.runs
            if (found := dimension_of(run, measure)) is not None
        ]
        if not values:
            continue
        shown.append(drawn.name)
        add_series(
            axes,
            values,
            color=drawn.colour,
            marker=drawn.mark,
            markersize=3.6,
            markerfacecolor=drawn.inside,
            markeredgewidth=0.8,
            linewidth=0.9,
            label=drawn.name,
            zorder=2,
        )
    axes.set(xlabel="classes, N", ylabel="participation ratio", xlim=tuple(ends))
    axes.set_ylim(bottom=0)
    whole_numbers(axes, "x", counts)
    axes.legend(loc="upper left")
    made.caption = (
        f"What classes take. N classes that have nothing to do with each other need N {MINUS} 1 (dashed), "
        "classes in an order, or with words in common, fewer. Participation ratios (Σv)²/Σv² of the variances v "
        f"of {listed(shown)}, in what the readout reads; a dot a run ({plural(len(asked.runs), 'run')}), lines through "
        "the medians of runs of one task. Visited states are those after each word of the test documents, the slow "
        "manifold is that at the mean input, and word counts are the evidence that the words of whole training "
        "documents add up to."
    )
    return made
