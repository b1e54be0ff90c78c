"""In what runs differ: the cell, the penalty, the documents; and what each run is called beside the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slowfold.study.runs import Run

__all__ = ["Factor", "find_factors", "name_runs"]

Value = str | float | None


@dataclass(frozen=True)
class Factor:
    """One thing that was chosen for every run.

    Attributes:
        name: What it is called.
        values: What was chosen, None where that is not on record, [run].
        form: How a value is told beside others, such as ``"{0:g} unit{1}"``: after the value come the endings of
            its plural, "s" and "es".
    """

    name: str
    values: tuple[Value, ...]
    form: str

    @property
    def varies(self) -> bool:
        """Whether the runs differ in it."""
        return len(set(self.values)) > 1

    @property
    def distinct(self) -> tuple[Value, ...]:
        """The different values, numbers by size and names in the order of the runs; last None."""
        different = dict.fromkeys(value for value in self.values if value is not None)
        ordered: list[Value] = (
            list(different) if any(isinstance(one, str) for one in different) else sorted(different, key=_size)
        )
        return (*ordered, None) if None in self.values else tuple(ordered)

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, all of them on record."""
        return all(isinstance(value, int | float) for value in self.values)

    def follows(self, other: Factor) -> bool:
        """Whether it is settled wherever the other is, as the number of classes by the task.

        Example:
            >>> cell, l2 = Factor("cell", ("gru", "gru", "lstm"), "{0}"), Factor("L2", (0.1, 0.1, 0.2), "{0:g}")
            >>> l2.follows(cell), Factor("seed", (0, 1, 0), "{0}").follows(cell)
            (True, False)
        """
        settled: dict[Value, Value] = {}
        return all(settled.setdefault(there, own) == own for own, there in zip(self.values, other.values, strict=True))

    def told(self, run: int) -> str:
        """The value of one run, in words."""
        return self.tell(self.values[run])

    def tell(self, value: Value) -> str:
        """A value, in words.

        Example:
            >>> Factor("L2", (0.0005, None), "L2 {0:g}").told(0), Factor("layers", (1,), "{0:g} layer{1}").told(0)
            ('L2 0.0005', '1 layer')
        """
        if value is None:
            return f"{self.name} unknown"
        return self.form.format(value, "" if value == 1 else "s", "" if value == 1 else "es")


def find_factors(runs: Sequence[Run]) -> tuple[Factor, ...]:
    """What was chosen for each run, the weightiest first.

    Args:
        runs: Finished runs.
    """
    read: tuple[tuple[str, str, Callable[[Run], Value]], ...] = (
        ("task", "{0}", lambda run: run.summary["task"]["name"]),
        ("classes", "{0:g} class{2}", lambda run: len(run.summary["task"]["classes"])),
        ("cell", "{0}", lambda run: run.summary["network"]["cell"]),
        ("L2", "L2 {0:g}", lambda run: run.summary["network"]["l2"]),
        ("units", "{0:g} unit{1}", lambda run: run.summary["network"]["hidden"]),
        ("layers", "{0:g} layer{1}", lambda run: run.summary["network"].get("layers", 1)),
        ("documents", "{0:,.0f} document{1}", lambda run: run.summary["task"]["documents"]["train"]),
        ("steps", "{0:,.0f} step{1}", lambda run: _asked(run, "steps")),
        ("seed", "seed {0:g}", lambda run: _asked(run, "seed")),
    )
    return tuple(Factor(name, tuple(value(run) for run in runs), form) for name, form, value in read)


def name_runs(runs: Sequence[Run], factors: Sequence[Factor]) -> tuple[str, ...]:
    """What each run is called: as much of that in which it differs as it takes, else its folder.

    Args:
        runs: The runs.
        factors: What was chosen for them, of the same runs.
    """
    told: list[list[str]] = [[] for _ in runs]
    for factor in factors:
        if not factor.varies:
            continue
        for row, words in enumerate(told):
            words.append(factor.told(row))
        names = tuple(", ".join(words) for words in told)
        if len(set(names)) == len(names):
            return names
    # Two folders can have one name, in different places.
    again = Counter(run.name for run in runs)
    return tuple(f"{run.name} ({row})" if again[run.name] > 1 else run.name for row, run in enumerate(runs, start=1))


def _asked(run: Run, name: str) -> Value:
    return None if run.experiment is None else vars(run.experiment)[name]


def _size(value: Value) -> float:
    return value if isinstance(value, int | float) else 0.0
