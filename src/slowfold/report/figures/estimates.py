"""Panel K: nine measures of dimension, of the states and of the slow manifold."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes

from slowfold.geometry.dimensions import Estimates, estimate_dimensions
from slowfold.report.figures.canvas import PaperFigure, whole_numbers
from slowfold.report.figures.class_counts import add_series, classes_in, task_of
from slowfold.report.figures.request import Request
from slowfold.report.rereading import states_of
from slowfold.report.wording import MINUS, plural
from slowfold.study import Run

__all__ = ["draw_estimators"]


class _Measure(NamedTuple):
    """One of the nine, and what it looks like."""

    name: str
    mark: str
    line: Any


_NEAR, _FAR, _CROWD = 10, 50, 100
_MEASURES = (
    _Measure("participation ratio", "o", "-"),
    _Measure("90 % of variance", "v", "-"),
    _Measure("95 % of variance", "^", "-"),
    _Measure("N/(N+1) of variance", "s", "-"),
    _Measure("local participation ratio", "D", (0, (4, 2))),
    _Measure("Levina-Bickel, 10", "P", (0, (1, 1))),
    _Measure("Levina-Bickel, 50", "X", (0, (1, 1))),
    _Measure("Levina-Bickel, 100", "*", (0, (1, 1))),
    _Measure("correlation dimension", "h", (0, (4, 1, 1, 1))),
)


def _nine(found: Estimates) -> tuple[float | None, ...]:
    """The values of :data:`_MEASURES`."""
    variance, nearest = found.variance, found.nearest
    shares = variance.participation_ratio, variance.for_90, variance.for_95, found.for_classes
    neighbours = nearest.get(_NEAR), nearest.get(_FAR), nearest.get(_CROWD)
    return (*shares, found.local, *neighbours, found.correlation)


# Height over width: in one column the legend takes as much room as the axes.
_RATIOS = {("single", True): 2.3, ("double", True): 0.95, ("single", False): 1.6, ("double", False): 0.7}


def draw_estimators(asked: Request) -> PaperFigure:
    """Nine measures of the dimension of visited states, left, and of the slow manifold, right, by number of classes.

    Args:
        asked: What is asked for; of one number of classes the measures are listed instead of set against it.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, appendix.
    """
    counts = sorted({classes_in(run) for run in asked.runs})
    places = ("visited states", "slow manifold")
    found = {run: (_of_states(run), _of_manifold(run)) for run in asked.runs}
    made, planes = asked.canvas.axes(_RATIOS[asked.width, len(counts) > 1], columns=2)
    colours = asked.look.palette(len(_MEASURES))
    for side, (plane, place) in enumerate(zip(planes, places, strict=True)):
        plane.set_title(place)
        if len(counts) > 1:
            ends = (counts[0] - 0.3, counts[-1] + 0.3)
            plane.plot(ends, [end - 1 for end in ends], color=asked.look.grey, linewidth=0.8, linestyle=(0, (4, 2)))
            plane.set(xlabel="classes, N", xlim=ends)
            whole_numbers(plane, "x", counts)
        else:
            plane.axvline(counts[0] - 1, color=asked.look.grey, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        for row, (measure, colour) in enumerate(zip(_MEASURES, colours, strict=True)):
            values = [
                (task_of(run), classes_in(run), float(value))
                for run, both in found.items()
                if (one := both[side]) is not None and (value := _nine(one)[row]) is not None
            ]
            if len(counts) > 1:
                add_series(
                    plane, values, color=colour, marker=measure.mark, markersize=3.4, markeredgewidth=0, linewidth=0.8,
                    linestyle=measure.line, label=measure.name,
                )  # fmt: skip
            elif values:
                dimensions = [value for _, _, value in values]
                plane.plot(
                    dimensions, [row] * len(dimensions), color=colour, marker=measure.mark, linestyle="none",
                    markersize=4.5, markeredgewidth=0,
                )  # fmt: skip
    _finish(made, planes, several=len(counts) > 1, wide=asked.width == "double")
    lacking = [run.name for run, both in found.items() if both[1] is None]
    made.caption = (
        "Nine measures of one dimension. Those of the variance find the dimension of a thick or large cloud; those of "
        "neighbours see its thickness where it is thin and miss directions where points are few. "
        f"Of {plural(len(asked.runs), 'run')}: left, the states after each word of the documents that the run keeps, "
        "read once more, in what the readout reads; right, the points of the slow manifold at the mean input. Dashed, "
        f"N {MINUS} 1. Thresholds and participation ratio are of principal components. Levina and Bickel's takes "
        "10, 50 and 100 neighbours and the plain mean over points, as in the paper; the local participation ratio is "
        "of the 50 N nearest neighbours of a point; neighbours and pairs are those of points drawn at random."
        + (f" No slow manifold was found for {', '.join(lacking)}." if lacking else "")
    )
    return made


def _finish(made: PaperFigure, planes: list[Axes], *, several: bool, wide: bool) -> None:
    most = max(plane.get_ylim()[1] if several else plane.get_xlim()[1] for plane in planes)
    for plane in planes:
        if several:
            plane.set_ylim(0, most)
        else:
            plane.set(xlim=(0, 1.05 * most), ylim=(len(_MEASURES) - 0.5, -0.5), xlabel="dimension")
            plane.grid(axis="y", linewidth=0.5)
            plane.set_yticks(range(len(_MEASURES)), labels=[measure.name for measure in _MEASURES])
            plane.tick_params(axis="y", length=0, labelleft=plane is planes[0])
    if several:
        planes[0].set_ylabel("dimension")
        planes[1].tick_params(labelleft=False)
        handles, names = max((plane.get_legend_handles_labels() for plane in planes), key=lambda both: len(both[1]))
        made.legend(handles, names, loc="outside lower center", ncols=5 if wide else 2, handlelength=2)


def _of_states(run: Run) -> Estimates:
    analysis = run.analysis
    states = states_of(run)[:, analysis["read"].values]
    documents = torch.from_numpy(analysis["state_document"].values.astype(np.int64))
    return estimate_dimensions(torch.from_numpy(states), classes=classes_in(run), documents=documents)


def _of_manifold(run: Run) -> Estimates | None:
    analysis = run.analysis
    if "manifold_reached" not in analysis or not (reached := analysis["manifold_reached"].values == 1).any():
        return None
    states = analysis["manifold_state"].values[reached][:, analysis["read"].values].astype(np.float64)
    return estimate_dimensions(torch.from_numpy(states), classes=classes_in(run))
