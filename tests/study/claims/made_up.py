"""Summaries that nobody measured, for claims to be judged by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from slowfold.geometry import simplex_angle
from slowfold.study import Experiment
from slowfold.study.sweeping import FAILURES, Failure, experiment_key, folder_of

__all__ = ["give_up", "keep", "summary_of"]


def summary_of(experiment: Experiment, *, dimension: float | None = None) -> dict[str, Any]:
    """What a run would say in which all is as the paper has it, but for the dimension where one is given."""
    classes = int(experiment.classes or 3)
    expected = classes - 1 if dimension is None else dimension
    size = {
        "participation_ratio": expected,
        "for_90": classes - 1,
        "for_95": classes - 1,
        "shares": [1 / classes] * classes,
    }
    angle = simplex_angle(classes)
    found = {"distinct": 3, "audit": {"applicable": True, "sum": 1, "complete": True}}
    return {
        "schema": 1,
        "task": {
            "name": experiment.task,
            "kind": "categorical",
            "classes": [f"class {place}" for place in range(classes)],
            "documents": {"train": 18_000, "test": 2_000},
        },
        "network": {"cell": experiment.cell, "l2": experiment.l2},
        "accuracy": {"test": 0.98, "majority": 1 / classes, "shuffled_words": 0.98, "bag_of_words": 0.98},
        "dimension": {
            "predicted": dict.fromkeys(("documents", "evidence", "frequency"), size),
            "visited": size,
            "final": size,
        },
        "fixed_points": [{"input": "zero", **found}, {"input": "mean", **found}],
        "modes": {
            "before_gap": classes - 1,
            "at_or_above_length": classes - 1,
            "time_constants": [60.0] * (classes - 1),
        },
        "readouts": {"angles": [[0.0 if i == j else angle for j in range(classes)] for i in range(classes)]},
        "seconds": {"total": 36.0},
    }


def keep(experiments: Iterable[Experiment], out: Path, **changes: Any) -> None:
    """Writes them where a sweep would."""
    for experiment in experiments:
        folder = folder_of(out, experiment)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "summary.json").write_text(json.dumps(summary_of(experiment, **changes)), encoding="utf-8")


def give_up(experiments: Iterable[Experiment], out: Path) -> None:
    """Writes down that they failed, as a sweep would."""
    failed = [
        Failure(experiment_key(one), folder_of(out, one).name, 3, "lost", {"task": one.task}) for one in experiments
    ]
    (out / FAILURES).write_text("".join(f"{json.dumps(asdict(failure))}\n" for failure in failed), encoding="utf-8")
