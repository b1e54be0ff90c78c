"""The catalogue: one row a run, one column a figure of its summary, in one Parquet file that is written whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import polars as pl

from slowfold.errors import SlowfoldError
from slowfold.storage import whole_file
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run, list_runs
from slowfold.study.sweeping.keys import key_of_folder
from slowfold.study.sweeping.working import RUNS_INSIDE

__all__ = ["CATALOGUE", "as_table", "catalogue_row", "read_catalogue", "read_rows", "write_catalogue"]

CATALOGUE = "catalogue.parquet"
"""The name of the file."""

_OF = " of "


def catalogue_row(run: Run) -> dict[str, Any]:
    """The figures of one run by column.

    ``run`` is the name of the folder and ``key`` what tells it from all others; every option of its experiment stands
    under ``experiment.NAME``, and every figure of ``summary.json`` under the path to it, as ``accuracy.test``. Of what
    was found with the input held, the path names the input: ``fixed_points.mean.distinct``. Lists of numbers stay
    lists.

    Args:
        run: A finished run.

    Raises:
        RunError: Its summary cannot be read.
        OptionError: It was asked for with options that this version does not know.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.storage import write_json
        >>> folder = Path(mkdtemp(), "mine")
        >>> found = [{"input": "zero", "distinct": 3}]
        >>> write_json(folder / "summary.json", {"schema": 1, "accuracy": {"test": 0.98}, "fixed_points": found})
        >>> row = catalogue_row(Run(folder))
        >>> row["accuracy.test"], row["fixed_points.zero.distinct"]
        (0.98, 3)
    """
    row: dict[str, Any] = {"run": run.name, "key": key_of_folder(run.name)}
    experiment = run.experiment
    for field in fields(Experiment):
        value = None if experiment is None else getattr(experiment, field.name)
        row[f"experiment.{field.name}"] = value
    for name, part in run.summary.items():
        if name == "fixed_points":
            for found in cast("list[dict[str, Any]]", part):
                rest = {entry: value for entry, value in found.items() if entry != "input"}
                row |= _flat(f"{name}.{found['input']}", rest)
        else:
            row |= _flat(name, part)
    return row


def as_table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a table, by the name of the run; what a row has no figure for is null.

    A column of a table has one type. What is a list of numbers of one run and a list of lists of another, such as the
    corners of classes and of combinations of labels, stands as JSON in a column of text.

    Example:
        >>> as_table([{"run": "b", "accuracy.test": 1}, {"run": "a", "accuracy.test": 0.5, "l2": 1e-3}]).rows()
        [('a', 0.5, 0.001), ('b', 1.0, None)]
    """
    if not rows:
        return pl.DataFrame({"run": [], "key": []}, schema={"run": pl.String, "key": pl.String})
    columns = list(dict.fromkeys(name for row in rows for name in row))
    kinds = {name: {_kind(row[name]) for row in rows if row.get(name) is not None} for name in columns}
    # An empty list goes with any.
    mixed = {name for name, found in kinds.items() if sum(not kind.endswith(_OF) for kind in found) > 1}
    whole = [
        {
            name: json.dumps(row[name]) if name in mixed and row.get(name) is not None else row.get(name)
            for name in columns
        }
        for row in rows
    ]
    return pl.DataFrame(whole, infer_schema_length=None, strict=False).sort("run")


def read_catalogue(folder: str | Path) -> tuple[pl.DataFrame, list[SlowfoldError]]:
    """The finished runs in a folder as a table, and what is wrong with those that cannot be read.

    Args:
        folder: A folder of runs, or that of a sweep.

    Example:
        >>> read_catalogue("nowhere")[0].height
        0
    """
    rows, wrong = read_rows(folder)
    return as_table(rows), wrong


def read_rows(folder: str | Path) -> tuple[list[dict[str, Any]], list[SlowfoldError]]:
    """The rows of :func:`read_catalogue`, each as :func:`catalogue_row` has it."""
    root = Path(folder)
    inside = root / RUNS_INSIDE
    rows: list[dict[str, Any]] = []
    wrong: list[SlowfoldError] = []
    for run in [*list_runs(root), *list_runs(inside)]:
        try:
            rows.append(catalogue_row(run))
        except SlowfoldError as error:
            # A run that is damaged, or of another version, does not hide the others.
            wrong.append(error)
    return rows, wrong


def write_catalogue(table: pl.DataFrame, path: Path) -> Path:
    """Writes a table as Parquet, whole or not at all.

    Raises:
        RunError: The file cannot be written.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = write_catalogue(as_table([{"run": "a", "accuracy.test": 0.5}]), Path(mkdtemp(), CATALOGUE))
        >>> pl.read_parquet(path).rows()
        [('a', 0.5)]
    """
    # In memory first: what is wrong with a file polars tells as an error of its own.
    whole = BytesIO()
    table.write_parquet(whole)
    with whole_file(path) as beside:
        beside.write_bytes(whole.getvalue())
    return path


def _kind(value: object) -> str:
    """What a value is to a column: how deep its lists go, and what stands in them, where anything does."""
    if isinstance(value, list):
        inner = next((_kind(entry) for entry in cast("list[object]", value) if entry is not None), "")
        return f"list{_OF}{inner}"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _flat(path: str, value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value).items()
        return {name: entry for key, part in entries for name, entry in _flat(f"{path}.{key}", part).items()}
    return {path: value}
