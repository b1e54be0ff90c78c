"""The file of a sweep: TOML that says in a few lines which experiments are asked for."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from slowfold.errors import OptionError
from slowfold.storage import read_toml
from slowfold.study.experiment import Experiment
from slowfold.study.sweeping.keys import experiment_key
from slowfold.text import near_names

__all__ = ["Sweep", "read_sweep"]

_PARTS = ("base", "grid", "runs")
# A slip of the pen in a grid is easily a million runs.
_MOST = 100_000


@dataclass(frozen=True)
class Sweep:
    """Experiments that belong together.

    Attributes:
        name: What they are called.
        experiments: Each once, in the order of the file.
        repeated: How many more were asked for that are among them already.
    """

    name: str
    experiments: tuple[Experiment, ...]
    repeated: int = 0

    @classmethod
    def of(cls, name: str, experiments: Iterable[Experiment]) -> Sweep:
        """A sweep of experiments, some of which may be the same."""
        asked = list(experiments)
        once = {experiment_key(experiment): experiment for experiment in asked}
        return cls(name, tuple(once.values()), len(asked) - len(once))


def read_sweep(path: str | Path) -> Sweep:
    r"""Reads the experiments that a TOML file asks for.

    ``[base]`` holds options that all have. ``[grid]`` holds lists: one experiment for each way to take one value of
    each. Each ``[[runs]]`` is one experiment, or one grid where there is a grid too, with options of its own.

    Args:
        path: The file.

    Raises:
        RunError: The file is missing, or is no TOML.
        OptionError: It asks for nothing, an option is unknown, of the wrong type or out of range, or is given twice.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "seeds.toml")
        >>> _ = path.write_text('[base]\ntask = "categorical"\n[grid]\nclasses = [2, 3]\nseed = [0, 1, 2]\n')
        >>> sweep = read_sweep(path)
        >>> len(sweep.experiments), sweep.experiments[-1].classes, sweep.experiments[-1].seed
        (6, '3', 2)
    """
    path = Path(path)
    read = read_toml(path)
    for name in read:
        if name not in _PARTS:
            raise OptionError(f"there is no part {name!r}", where=str(path), cure=near_names(name, _PARTS))
    base, grid = _table(read, "base", path), _grid(_table(read, "grid", path), path)
    entries = _entries(read, path)
    count = len(entries) * math.prod(len(values) for values in grid.values())
    if count > _MOST:
        raise OptionError(f"asks for {count:,} runs", where=f"{path}, [grid]", cure=f"ask for {_MOST:,} or fewer")
    experiments: list[Experiment] = []
    for number, entry in enumerate(entries, start=1):
        place = f"{path}, [[runs]] {number}" if "runs" in read else str(path)
        for name in entry:
            if name in grid:
                raise OptionError(f"{name} stands in [grid], too", where=place, cure="give it in one of them")
        for values in itertools.product(*grid.values()):
            options = base | entry | dict(zip(grid, values, strict=True))
            experiments.append(Experiment.from_mapping(_as_typed(options), where=place))
    return Sweep.of(path.stem, experiments)


def _table(read: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    found = read.get(name, {})
    if not isinstance(found, dict):
        raise OptionError("is no table", where=f"{path}, {name}", cure=f"begin it with a line [{name}]")
    return cast("dict[str, Any]", found)


def _grid(table: Mapping[str, Any], path: Path) -> dict[str, list[Any]]:
    for name, values in table.items():
        where = f"{path}, [grid], {name}"
        if not isinstance(values, list):
            raise OptionError("is no list", where=where, cure=f"write [{values!r}], or move it to [base]")
        if not values:
            raise OptionError("has no values", where=where, cure="give at least one, or remove the line")
    return dict(table)


def _entries(read: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
    if "runs" not in read:
        if not read:
            raise OptionError("asks for nothing", where=str(path), cure="begin with [base] and a task")
        return [{}]
    entries: Any = read["runs"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in cast("list[Any]", entries)):
        raise OptionError("is no list of tables", where=f"{path}, runs", cure="begin each with a line [[runs]]")
    if not entries:
        raise OptionError("has no runs", where=f"{path}, runs", cure="give at least one, or remove the line")
    return cast("list[dict[str, Any]]", entries)


def _as_typed(options: dict[str, Any]) -> dict[str, Any]:
    """The options as they would have been typed: the number of classes is a text there, for it may be names."""
    classes = options.get("classes")
    # True is an int, too.
    return options | {"classes": str(classes)} if type(classes) is int else options
