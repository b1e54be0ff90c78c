"""The command list: the finished runs, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from slowfold.errors import RunError

__all__ = ["ListCommand"]


@dataclass(frozen=True, kw_only=True)
class ListCommand:
    """List the finished runs.

    Attributes:
        folder: The folder that holds the runs.
        debug: Show where in the code an error came up.
    """

    folder: Path = Path("runs")
    debug: bool = False

    def execute(self, console: Console, complaints: Console) -> None:
        """Does it: the table goes to ``console``, runs that cannot be read to ``complaints``."""
        from slowfold.study import list_runs

        runs = list_runs(self.folder)
        if not runs:
            console.print(Text(f"no finished runs in {self.folder}"))
            return
        table = Table(
            box=SIMPLE,
            pad_edge=False,
            caption="words, visited: the participation ratio that words alone ask for, and that of the visited states",
        )
        # A name is there to be copied.
        table.add_column("run", no_wrap=True, overflow="fold")
        for column in ("task", "cell", "classes", "right", "words", "visited", "points", "sum"):
            table.add_column(column, justify="left" if column in ("task", "cell") else "right")
        for run in runs:
            try:
                summary = run.summary
            except RunError as error:
                # One damaged run does not hide the others.
                complaints.print(Text(f"slowfold: {error}"), soft_wrap=True)
                continue
            dimension = summary["dimension"]
            found = summary["fixed_points"][-1]
            table.add_row(
                Text(run.name),
                Text(summary["task"]["name"]),
                summary["network"]["cell"],
                str(len(summary["task"]["classes"])),
                f"{summary['accuracy']['test']:.3f}",
                f"{dimension['predicted']['documents']['participation_ratio']:.2f}",
                f"{dimension['visited']['participation_ratio']:.2f}",
                f"{found['distinct']}",
                "—" if found["audit"]["sum"] is None else f"{found['audit']['sum']:+d}",
            )
        console.print(table)
