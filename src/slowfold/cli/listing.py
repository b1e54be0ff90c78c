"""The command list: the finished runs, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from slowfold.cli.look import quiet_table
from slowfold.errors import OptionError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ListCommand", "runs_table", "with_classes"]

_VISITED = "dimension.visited.participation_ratio"

# What stands in the table, by the column of the catalogue that it is taken from, and how it is written.
_SHOWN = {
    "run": ("run", "{}"),
    "task": ("task.name", "{}"),
    "cell": ("network.cell", "{}"),
    "classes": ("classes", "{}"),
    "l2": ("network.l2", "{:g}"),
    "seed": ("experiment.seed", "{}"),
    "accuracy": ("accuracy.test", "{:.3f}"),
    "words": ("dimension.predicted.documents.participation_ratio", "{:.2f}"),
    "visited": (_VISITED, "{:.2f}"),
    "points": ("fixed_points.mean.distinct", "{}"),
    "sum": ("fixed_points.mean.audit.sum", "{:+d}"),
}
_LEFT = ("run", "task", "cell")
# Columns that are worth their place only where runs differ in them.
_WHERE_DIFFERENT = ("l2", "seed")
# Columns for whose sake others would be broken on a terminal narrower than this.
_WHERE_WIDE, _WIDE = ("l2", "seed", "points", "sum"), 110
_CAPTION = "words, visited: the participation ratio that words alone ask for, and that of the visited states"


@dataclass(frozen=True, kw_only=True)
class ListCommand:
    """List the finished runs.

    Attributes:
        folder: The folder that holds the runs, or that of a sweep.
        task: Only runs of this task.
        cell: Only networks of this cell.
        classes: Only runs with so many classes.
        sort: The column to sort by, one of the table or of the catalogue such as seconds.total: names from A to Z,
            numbers from the greatest.
        reverse: Sort the other way round.
        debug: Show where in the code an error came up.
    """

    folder: tyro.conf.Positional[Path] = Path("runs")
    task: str | None = None
    cell: str | None = None
    classes: int | None = None
    sort: str = "run"
    reverse: bool = False
    debug: bool = False

    def execute(self, console: Console, complaints: Console) -> None:
        """Does it: the table goes to ``console``, runs that cannot be read to ``complaints``."""
        from slowfold.study.sweeping import read_catalogue

        catalogue, wrong = read_catalogue(self.folder)
        for error in wrong:
            complaints.print(Text(f"slowfold: {error}"), soft_wrap=True)
        if not catalogue.height:
            if not wrong:
                console.print(Text(f"no finished runs in {self.folder}"))
            return
        console.print(runs_table(self._choose(with_classes(catalogue)), console.width))

    def _choose(self, catalogue: pl.DataFrame) -> pl.DataFrame:
        import polars as pl

        from slowfold.text import near_names

        for name, wanted in (("task", self.task), ("cell", self.cell), ("classes", self.classes)):
            if wanted is not None:
                column = _SHOWN[name][0]
                there: list[Any] = catalogue[column].unique().sort().to_list()
                if wanted not in there:
                    raise OptionError(
                        f"there is no run with {wanted}",
                        where=f"--{name}",
                        cure=near_names(str(wanted), [str(value) for value in there]),
                    )
                catalogue = catalogue.filter(pl.col(column) == wanted)
        column = _SHOWN[self.sort][0] if self.sort in _SHOWN else self.sort
        if column not in catalogue.columns or catalogue.schema[column].is_nested():
            raise OptionError(
                f"there is no column {self.sort!r} to sort by",
                where="--sort",
                cure=near_names(self.sort, [*_SHOWN, *catalogue.columns]),
            )
        falling = catalogue.schema[column].is_numeric() is not self.reverse
        return catalogue.sort(column, "run", descending=[falling, False], nulls_last=True)


def runs_table(catalogue: pl.DataFrame, width: int) -> Table:
    """Runs as a table, a line each, in the order of the catalogue.

    Args:
        catalogue: Their summaries, as :func:`with_classes` has them.
        width: How many characters the terminal is wide.
    """
    table = quiet_table(caption=_CAPTION)
    shown = {
        name: taken
        for name, taken in _SHOWN.items()
        if (name not in _WHERE_DIFFERENT or catalogue[taken[0]].n_unique() > 1)
        and (name not in _WHERE_WIDE or width >= _WIDE)
    }
    for name in shown:
        # A name is there to be copied.
        table.add_column(name, justify="left" if name in _LEFT else "right", no_wrap=name == "run", overflow="fold")
    for row in catalogue.to_dicts():
        table.add_row(*(_written(row.get(column), form) for column, form in shown.values()))
    return table


def with_classes(catalogue: pl.DataFrame) -> pl.DataFrame:
    """The catalogue with one column more, ``classes``: how many there are."""
    import polars as pl

    return catalogue.with_columns(pl.col("task.classes").list.len().cast(pl.Int64).alias("classes"))


def _written(value: object, form: str) -> Text:
    return Text("—" if value is None else form.format(value))
