"""The figures of runs side by side as tables that can be sorted, and their distances as tables."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from slowfold.report.wording import MISSING, number, percent, shares, shortened, signed
from slowfold.study import Run
from slowfold.study.comparing import Comparison, Distances
from slowfold.study.intervals import wilson
from slowfold.study.records.searching import count_saddles

__all__ = ["Cell", "Matrix", "Sheet", "distance_matrix", "link_to", "sheets"]

# Time constants that a cell tells of.
_TIMES = 4
# How dark the cell of the nearest two networks is; more would hide the figure in it.
_DARKEST = 32.0
# Distances that are all smaller than this are told to one digit more.
_COARSE = 0.2


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: What it says; the page sorts by it, numbers as numbers.
        beside: What is said smaller beside it, such as an interval.
    """

    text: str
    beside: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table of one row a run.

    Attributes:
        title: What it is about.
        note: What its columns mean.
        head: What they are called, without that of the run.
        rows: The cells, [run][column].
    """

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Matrix:
    """The distances of each two runs as a table.

    Attributes:
        rows: The cells: what each says, and how dark it is in per cent, [run][run].
    """

    rows: tuple[tuple[tuple[str, float], ...], ...]


def sheets(compared: Comparison) -> list[Sheet]:
    """The tables of a comparison: what was trained and how well, how many dimensions, what stands still and lasts."""
    runs = compared.runs
    return [
        Sheet(
            "Networks and accuracy",
            "Accuracy is that of the test documents, with a 95 % interval; shuffled: with the words of each in random "
            "order; bag of words: a linear classifier of word counts; commonest: saying of each what most are.",
            ("data", "cell", "units", "L2", "accuracy", "shuffled", "bag of words", "commonest"),
            tuple(_network(run) for run in runs),
        ),
        Sheet(
            "Dimension and shape",
            "Participation ratios: what the evidence of whole documents asks for, before any network; of the visited "
            "and of the final states, with the 95 % interval of a bootstrap over documents. The figure that the "
            "classes' mean final states make, with its score: 1 is exact, 0 as by chance. Faces of the simplex, or of "
            "the cube, that stand as fixed points or ghosts.",
            ("words alone", "visited", "final", "shares, visited", "figure", "faces"),
            tuple(_dimension(run) for run in runs),
        ),
        Sheet(
            "Fixed points and memory",
            "At the mean input. The indices of all fixed points add up to +1. Slow modes last a mean document or "
            "longer, those that grow included; time constants are medians over points of the slow manifold, or over "
            "the fixed points where no manifold was found, in tokens.",
            ("stable", "saddles", "ghosts", "index sum", "come to rest", "slow modes", "time constants"),
            tuple(_points(run) for run in runs),
        ),
    ]


def distance_matrix(distances: Distances) -> Matrix:
    """The distances of each two runs, the darker the nearer.

    Args:
        distances: What is shown.
    """
    between = distances.between.tolist()
    most = max((value for row in between for value in row if math.isfinite(value)), default=0.0)

    def cell(i: int, j: int, value: float) -> tuple[str, float]:
        if i == j:
            return "", 0.0
        if not math.isfinite(value):
            return MISSING, 0.0
        near = 1 - value / most if most else 1.0
        return f"{value:.{2 if most >= _COARSE else 3}f}", round(_DARKEST * near, 1)

    return Matrix(tuple(tuple(cell(i, j, value) for j, value in enumerate(row)) for i, row in enumerate(between)))


def link_to(run: Run, folder: Path) -> str | None:
    """Where the report of a run is, seen from a folder; None where it has none, or none that a link can name."""
    if not run.report.exists():
        return None
    try:
        path = os.path.relpath(run.report.resolve(), folder.resolve())
    except ValueError:
        # Another drive of Windows.
        return None
    # A colon would make what is before it a scheme.
    return quote(Path(path).as_posix(), safe="/")


def _network(run: Run) -> tuple[Cell, ...]:
    summary = run.summary
    task, network, accuracy = summary["task"], summary["network"], summary["accuracy"]
    low, high = wilson(accuracy["test"], task["documents"]["test"])
    layers = network.get("layers", 1)
    called = "labels" if task["kind"] == "multilabel" else "classes"
    return (
        Cell(shortened(task["name"]), f"{len(task['classes'])} {called}"),
        Cell(network["cell"]),
        Cell(number(network["hidden"]), f"in each of {layers} layers" if layers > 1 else ""),
        Cell(number(network["l2"])),
        Cell(percent(accuracy["test"]), f"{100 * low:.1f} to {100 * high:.1f}"),
        Cell(percent(accuracy["shuffled_words"])),
        Cell(percent(accuracy["bag_of_words"])),
        Cell(percent(accuracy["majority"])),
    )


def _dimension(run: Run) -> tuple[Cell, ...]:
    summary = run.summary
    dimension, shape = summary["dimension"], summary.get("shape") or {}
    intervals, faces = shape.get("intervals") or {}, shape.get("faces")
    visited = dimension["visited"]
    return (
        _ratio(dimension["predicted"]["documents"], None),
        _ratio(visited, intervals.get("visited")),
        _ratio(dimension["final"], intervals.get("final")),
        Cell(MISSING if visited is None else shares(visited["shares"])),
        _figure(shape.get("figures")),
        Cell(MISSING if faces is None else f"{faces['realised']} of {faces['possible']}"),
    )


def _points(run: Run) -> tuple[Cell, ...]:
    summary = run.summary
    entry = next((one for one in summary["fixed_points"] if one["input"] == "mean"), None)
    modes = summary.get("modes")
    memory = (
        Cell(MISSING if modes is None else f"{modes['at_or_above_length']}"),
        Cell(MISSING if modes is None else _times(modes["time_constants"])),
    )
    if entry is None:
        return (*[Cell(MISSING)] * 5, *memory)
    audit = entry["audit"]
    return (
        Cell(f"{entry['stable']:,}"),
        Cell(f"{count_saddles(entry):,}"),
        Cell(f"{entry['distinct_ghosts']:,}"),
        Cell(signed(audit["sum"]) if audit["applicable"] else MISSING),
        Cell(percent(entry.get("come_to_rest"), 0)),
        *memory,
    )


def _ratio(found: dict[str, Any] | None, sure: dict[str, Any] | None) -> Cell:
    if found is None:
        return Cell(MISSING)
    beside = "" if sure is None else "{:.2f} to {:.2f}".format(*sure["participation_ratio"])
    return Cell(f"{found['participation_ratio']:.2f}", beside)


def _figure(figures: dict[str, Any] | None) -> Cell:
    best = None if figures is None else figures["best"]
    fit = None if figures is None or best is None else figures["fits"][best]
    if fit is None:
        return Cell(MISSING)
    return Cell(str(best), "" if fit["score"] is None else f"score {fit['score']:.2f}")


def _times(times: Sequence[float | None]) -> str:
    return " ".join("∞" if time is None else number(time) for time in times[:_TIMES]) or MISSING
