"""What a run answers, in a few lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from slowfold.cli.look import quiet_table

if TYPE_CHECKING:
    from slowfold.study import Run

__all__ = ["print_answer"]

# From so many columns on the names of the rows stand unbroken.
_WIDE = 60


def print_answer(run: Run, console: Console) -> None:
    """Prints the headline of a run and its figures; of a network that has not learned only what it got right."""
    from slowfold.report import find
    from slowfold.study.answers import answer_rows

    found = find(run)
    console.print(Text(found.headline, style="bold" if found.learned else "bold red"))
    summary = run.summary
    table = quiet_table(f"{summary['task']['name']}, {summary['network']['cell']}", head=False)
    table.add_column(no_wrap=console.width >= _WIDE, overflow="fold")
    table.add_column(overflow="fold")
    for name, said in answer_rows(summary):
        table.add_row(name, Text(said))
    console.print(table)
