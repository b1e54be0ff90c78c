"""In what runs differ, and what each is called because of that."""

from __future__ import annotations

from pathlib import Path

from slowfold.study import Experiment, Run
from slowfold.study.comparing.factors import Factor, find_factors, name_runs


def run_of(
    name: str = "run",
    *,
    task: str = "news",
    classes: int = 3,
    cell: str = "gru",
    l2: float | None = 1e-3,
    seed: int | None = 0,
) -> Run:
    """A run as far as its name goes: parts that were read already are not read again."""
    run = Run(Path(name))
    vars(run)["summary"] = {
        "task": {"name": task, "classes": ["x"] * classes, "documents": {"train": 100}},
        "network": {"cell": cell, "l2": l2, "hidden": 8},
    }
    vars(run)["experiment"] = None if seed is None else Experiment(task=task, seed=seed)
    return run


def called(*runs: Run) -> tuple[str, ...]:
    return name_runs(runs, find_factors(runs))


def varied(*runs: Run) -> list[str]:
    return [factor.name for factor in find_factors(runs) if factor.varies]


def test_only_what_differs_is_told() -> None:
    assert varied(run_of(cell="gru"), run_of(cell="lstm")) == ["cell"]
    assert varied(run_of(), run_of()) == []
    assert varied(run_of(l2=None), run_of(seed=None)) == ["L2", "seed"]


def test_a_run_is_called_by_as_little_as_tells_it_apart() -> None:
    assert called(run_of(cell="gru", l2=1e-3), run_of(cell="lstm", l2=2e-3)) == ("gru", "lstm")
    assert called(run_of(l2=1e-3), run_of(l2=2e-3), run_of(cell="lstm", l2=2e-3)) == (
        "gru, L2 0.001",
        "gru, L2 0.002",
        "lstm, L2 0.002",
    )
    assert called(run_of(classes=1), run_of(classes=2)) == ("1 class", "2 classes")


def test_runs_that_nothing_tells_apart_are_called_by_their_folders() -> None:
    assert called(run_of("one"), run_of("two")) == ("one", "two")
    assert called(run_of("one"), run_of("one"), run_of("two")) == ("one (1)", "one (2)", "two")
    assert called(run_of("a", cell="gru"), run_of("b", cell="lstm"), run_of("c", cell="lstm")) == ("a", "b", "c")


def test_values_stand_in_order_and_the_unknown_last() -> None:
    assert Factor("L2", (1e-2, None, 1e-5, 1e-2), "{0:g}").distinct == (1e-5, 1e-2, None)
    assert Factor("cell", ("lstm", "gru", "lstm"), "{0}").distinct == ("lstm", "gru")
    assert not Factor("L2", (1e-2, None), "{0:g}").is_number
    assert Factor("L2", (0, 0.1), "{0:g}").is_number
