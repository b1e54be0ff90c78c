"""How well each predictor foretold the dimension of all networks of a ledger, and of each natural set."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from slowfold.study.claims.across import PREDICTORS
from slowfold.study.claims.claim import Summary
from slowfold.study.claims.figures import number_at
from slowfold.study.claims.judging import ERRORS
from slowfold.study.experiment import Experiment
from slowfold.study.intervals import Interval, fit_interval
from slowfold.study.learned import has_learned
from slowfold.study.tasks import numbers_needed

__all__ = ["FORETOLD", "Forecast", "SetForecast", "forecasts", "natural_rows"]

_CLASSES = "classes"
FORETOLD = {**PREDICTORS, _CLASSES: "number of classes alone"}
"""What foretells the dimension, and what it is called: last what looks at no word, which the others must beat."""

_MEASURED = number_at("dimension.final.participation_ratio")


@dataclass(frozen=True)
class Forecast:
    """How well a predictor foretold the participation ratio of the final states.

    Attributes:
        predictor: Its name in ``summary.json``; ``"classes"`` is the number of classes, less 1 where they are
            alternatives.
        called: What it is called.
        error: The mean distance of what was foretold from what was measured.
        fit: The coefficient of determination; see :func:`~slowfold.study.claims.fit_interval`. None where all networks
            have the same dimension, and there is nothing to foretell.
    """

    predictor: str
    called: str
    error: float
    fit: Interval | None


@dataclass(frozen=True)
class SetForecast:
    """What was foretold of a natural set, and what was measured on it.

    Attributes:
        name: The set.
        classes: Those that were kept; empty for all.
        cell: The cell.
        networks: How many networks have learned it.
        accuracy: Their mean accuracy on test documents.
        measured: The mean of their participation ratios.
        spread: The standard deviation of these; None of one network.
        foretold: What each predictor said, on the average.
    """

    name: str
    classes: str
    cell: str
    networks: int
    accuracy: float
    measured: float
    spread: float | None
    foretold: Mapping[str, float]

    @property
    def kept(self) -> str:
        """The classes in a few words."""
        names = self.classes.split(",")
        if len(names) > 4:
            return f"{len(names)}: {names[0]}, ..., {names[-1]}"
        return ", ".join(names) or "all"


def forecasts(summaries: Mapping[Experiment, Summary]) -> tuple[Forecast, ...]:
    """How well each predictor did on all networks that have learned, the best first; last the number of classes.

    Args:
        summaries: The networks.
    """
    found: list[Forecast] = []
    for predictor, called in FORETOLD.items():
        rows = [row for summary in summaries.values() if (row := _row(summary, predictor)) is not None]
        if rows:
            foretold, measured, tasks = zip(*rows, strict=True)
            error = statistics.fmean(abs(one - other) for one, other in zip(foretold, measured, strict=True))
            fit = fit_interval(foretold, measured, tasks)
            found.append(Forecast(predictor, called, error, fit if math.isfinite(fit.value) else None))
    return tuple(sorted(found, key=lambda one: (one.predictor == _CLASSES, one.error)))


def natural_rows(summaries: Mapping[Experiment, Summary]) -> tuple[SetForecast, ...]:
    """What was foretold and what was measured on natural sets, one by one.

    Args:
        summaries: The networks, of which those that have learned natural texts are told.
    """
    groups: dict[tuple[str, str, str], list[Summary]] = {}
    for experiment, summary in summaries.items():
        natural = summary["network"].get("embedding") is not None
        if natural and has_learned(summary, errors=ERRORS) and _MEASURED([summary]) is not None:
            groups.setdefault((experiment.task, experiment.classes or "", experiment.cell), []).append(summary)
    rows: list[SetForecast] = []
    for (name, classes, cell), members in sorted(groups.items()):
        measured = [found for summary in members if (found := _MEASURED([summary])) is not None]
        foretold = {
            predictor: statistics.fmean(told)
            for predictor in FORETOLD
            if (told := [found for one in members if (found := _foretold(one, predictor)) is not None])
        }
        rows.append(
            SetForecast(
                name=name,
                classes=classes,
                cell=cell,
                networks=len(members),
                accuracy=statistics.fmean(summary["accuracy"]["test"] for summary in members),
                measured=statistics.fmean(measured),
                spread=statistics.stdev(measured) if len(measured) > 1 else None,
                foretold=foretold,
            )
        )
    return tuple(rows)


def _row(summary: Summary, predictor: str) -> tuple[float, float, str] | None:
    """What was foretold of a network, what was measured, and its task; None of one that has not learned."""
    foretold, measured = _foretold(summary, predictor), _MEASURED([summary])
    if foretold is None or measured is None or not has_learned(summary, errors=ERRORS):
        return None
    task = summary["task"]
    return foretold, measured, f"{task['name']}, {len(task['classes'])}"


def _foretold(summary: Summary, predictor: str) -> float | None:
    if predictor == _CLASSES:
        task = summary["task"]
        return float(numbers_needed(task["kind"], len(task["classes"])))
    return number_at(f"dimension.predicted.{predictor}.participation_ratio")([summary])
