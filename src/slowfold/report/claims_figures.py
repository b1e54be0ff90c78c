"""The figures of the ledger page: dimension against penalty and classes, and against what was foretold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slowfold.report.theme import colour_scale, palette
from slowfold.report.wording import MINUS, number
from slowfold.study.claims.claim import Summary
from slowfold.study.claims.figures import number_at
from slowfold.study.claims.judging import ERRORS
from slowfold.study.claims.rules import VISITED
from slowfold.study.experiment import Experiment
from slowfold.study.learned import has_learned

__all__ = ["PUBLISHED", "Dot", "Drawing", "by_penalty", "by_prediction", "with_minus"]

PUBLISHED: Mapping[float, Mapping[int, float]] = {
    1e-5: {3: 2.4, 5: 4.95, 8: 8.2, 10: 10.4},
    5e-5: {3: 2.3, 5: 4.75, 8: 8.0, 10: 10.2},
    1e-4: {3: 2.25, 5: 4.6, 8: 7.85, 10: 9.95},
    5e-4: {3: 2.1, 5: 4.1, 8: 7.2, 10: 9.15},
    1e-3: {3: 2.05, 5: 4.05, 8: 7.05, 10: 9.05},
    5e-3: {3: 2.0, 5: 4.0, 8: 7.0, 10: 9.0},
    1e-2: {3: 2.0, 5: 4.0, 8: 6.05, 9: 5.25, 10: 5.05},
}
"""The paper's figure, as it can be read off: participation ratio by penalty and number of classes."""

# A figure: the size of the drawing in its own units.
_WIDE, _HIGH, _EDGE = 460, 320, 40


@dataclass(frozen=True)
class Dot:
    """A network in a figure, in the units of the drawing."""

    x: float
    y: float
    light: str
    dark: str
    name: str
    hollow: bool = False


@dataclass(frozen=True)
class Drawing:
    """A figure with axes: dots, lines and what they are called."""

    title: str
    caption: str
    across: str
    up: str
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]
    dots: tuple[Dot, ...]
    lines: tuple[tuple[str, str, str, bool], ...]
    keys: tuple[tuple[str, str, str], ...]
    wide: int = _WIDE
    high: int = _HIGH
    edge: int = _EDGE


def by_penalty(summaries: Mapping[Experiment, Summary]) -> Drawing | None:
    """The paper's figure: dimension against the number of classes, a line a penalty, beside the paper's own values.

    Args:
        summaries: The networks; of them the GRUs on the categorical language are shown, at penalties of the paper.

    Returns:
        The figure; None where there is no such network.
    """
    found: dict[float, dict[int, list[float]]] = {}
    for experiment, summary in summaries.items():
        ratio = number_at(VISITED)([summary])
        if experiment.task == "categorical" and experiment.cell == "gru" and experiment.l2 and ratio is not None:
            by_classes = found.setdefault(experiment.l2, {})
            by_classes.setdefault(len(summary["task"]["classes"]), []).append(ratio)
    penalties = sorted(penalty for penalty in found if penalty in PUBLISHED)
    if not penalties:
        return None
    most_classes = max(10, *(classes for penalty in penalties for classes in found[penalty]))
    across = _Axis(2, most_classes, _EDGE, _WIDE - _EDGE / 2)
    up = _Axis(0, most_classes + 1, _HIGH - _EDGE, _EDGE / 4)
    colours = dict(zip(penalties, colour_scale(len(penalties)), strict=True))
    dots, lines = list[Dot](), [(_path([(2, 1), (most_classes, most_classes - 1)], across, up), "", "", True)]
    for penalty in penalties:
        light, dark = colours[penalty]
        means = {classes: sum(ratios) / len(ratios) for classes, ratios in sorted(found[penalty].items())}
        lines.append((_path(list(means.items()), across, up), light, dark, False))
        dots += [
            Dot(across.at(classes), up.at(ratio), light, dark, f"N = {classes}, L2 {penalty:g}: {ratio:.2f}")
            for classes, ratios in found[penalty].items()
            for ratio in ratios
        ]
        dots += [
            Dot(
                across.at(classes + 0.12),
                up.at(ratio),
                light,
                dark,
                f"the paper, N = {classes}, L2 {penalty:g}: {ratio}",
                hollow=True,
            )
            for classes, ratio in PUBLISHED[penalty].items()
            if classes <= most_classes
        ]
    return Drawing(
        title="Dimension against the number of classes, by penalty",
        caption="Participation ratio of the visited states of GRUs on the categorical language. Full dots are networks "
        "trained here, lines their means; hollow ones, set a little aside, are the paper's, read off its figure; the "
        "dashed line is N - 1.",
        across="classes, N",
        up="participation ratio",
        ticks_x=tuple((across.at(tick), str(tick)) for tick in range(2, most_classes + 1)),
        ticks_y=tuple((up.at(tick), str(tick)) for tick in range(0, most_classes + 1, 2)),
        dots=tuple(dots),
        lines=tuple(lines),
        keys=tuple((f"L2 {penalty:g}", *colours[penalty]) for penalty in penalties),
    )


def by_prediction(summaries: Mapping[Experiment, Summary], predictors: Mapping[str, str]) -> list[Drawing]:
    """Measured against foretold dimensions, one figure a predictor.

    Args:
        summaries: The networks; those that have learned are shown.
        predictors: What foretells, by its name in ``summary.json``, and what it is called.
    """
    measured_at = number_at("dimension.final.participation_ratio")
    rows = [
        (experiment, summary, measured)
        for experiment, summary in summaries.items()
        if has_learned(summary, errors=ERRORS) and (measured := measured_at([summary])) is not None
    ]
    tasks = sorted({experiment.task for experiment, _, _ in rows})
    colours = {task: palette(place) for place, task in enumerate(tasks)}
    drawings: list[Drawing] = []
    for predictor, called in predictors.items():
        foretold_at = number_at(f"dimension.predicted.{predictor}.participation_ratio")
        pairs = [
            (experiment, foretold, measured)
            for experiment, summary, measured in rows
            if (foretold := foretold_at([summary])) is not None
        ]
        if not pairs:
            continue
        most = 1.08 * max(max(foretold, measured) for _, foretold, measured in pairs)
        across, up = _Axis(0, most, _EDGE, _WIDE - _EDGE / 2), _Axis(0, most, _HIGH - _EDGE, _EDGE / 4)
        step = 1 if most < 8 else 2
        ticks = range(0, int(most) + 1, step)
        drawings.append(
            Drawing(
                title=f"Measured against foretold by {called}",
                caption="Participation ratio of the final states against that of the counts, one dot a network that "
                "has learned; on the dashed line all was foretold.",
                across="foretold",
                up="measured",
                ticks_x=tuple((across.at(tick), str(tick)) for tick in ticks),
                ticks_y=tuple((up.at(tick), str(tick)) for tick in ticks),
                dots=tuple(
                    Dot(
                        across.at(foretold),
                        up.at(measured),
                        *colours[experiment.task],
                        f"{experiment.task}, {experiment.cell}, classes {experiment.classes or 'all'}: "
                        f"{number(foretold)} foretold, {number(measured)} measured",
                    )
                    for experiment, foretold, measured in pairs
                ),
                lines=((_path([(0, 0), (most, most)], across, up), "", "", True),),
                keys=tuple((task, *colours[task]) for task in tasks),
            )
        )
    return drawings


def with_minus(text: str) -> str:
    """The text with the sign of the minus where a hyphen stands for one."""
    return re.sub(r"(?<![\w-])-(?=[ \d])", MINUS, text)


@dataclass(frozen=True)
class _Axis:
    """Where a value lies on a drawing."""

    least: float
    most: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        return round(self.begin + (self.end - self.begin) * (value - self.least) / (self.most - self.least), 1)


def _path(points: Sequence[tuple[float, float]], across: _Axis, up: _Axis) -> str:
    return " ".join(f"{'L' if place else 'M'}{across.at(x)} {up.at(y)}" for place, (x, y) in enumerate(points))
