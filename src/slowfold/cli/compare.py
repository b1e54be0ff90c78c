"""The command compare: runs side by side on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tyro
from rich.console import Console
from rich.text import Text

from slowfold.cli.look import place_of, print_paths, quiet_table

if TYPE_CHECKING:
    from slowfold.study import Comparison

__all__ = ["CompareCommand"]

# Columns that are left out of a terminal narrower than that, so that the others stay whole.
_WIDE = 76
_WHERE_WIDE = ("words", "saddles", "slowest", "figure")
_CAPTION = (
    "words, visited: the participation ratio that words alone ask for, and that of the visited states; fixed points at "
    "the mean input; the slowest time constant, tokens"
)


@dataclass(frozen=True, kw_only=True)
class CompareCommand:
    """Lay runs side by side on one page: dimension, accuracy, spectra, fixed points, and how alike the networks are.

    Attributes:
        runs: The folders of two runs or more.
        out: The page to write, or a folder, existing or ending in a slash, for the next free page in it; unless given,
            comparisons/TASK-001.html, -002, and so on.
        debug: Show where in the code an error came up.
    """

    runs: tyro.conf.Positional[tuple[str, ...]]
    out: str | None = None
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        folder, page = place_of(self.out)

        from slowfold.report import write_comparison
        from slowfold.report.compare_words import headline
        from slowfold.study import COMPARISONS, compare, next_page

        compared = compare(self.runs, notify=lambda doing: progress.print(Text(doing), style="dim"))
        progress.print("writing the page", style="dim")
        task, *others = compared.factors[0].distinct
        page = page or next_page("runs" if others else str(task), folder or COMPARISONS)
        write_comparison(compared, page)
        console.print(Text(headline(compared), style="bold"))
        _print_rows(compared, console)
        for note in compared.notes:
            console.print(Text(note), style="dim", soft_wrap=True)
        print_paths(console, page)


def _print_rows(compared: Comparison, console: Console) -> None:
    from slowfold.study.comparing.overview import HEAD

    wide = console.width >= _WIDE
    shown = [column for column, name in enumerate(HEAD) if wide or name not in _WHERE_WIDE]
    table = quiet_table(caption=_CAPTION if wide else None)
    for column in shown:
        table.add_column(HEAD[column], justify="left" if not column else "right", overflow="fold")
    for row in compared.rows:
        table.add_row(*(Text(row[column]) for column in shown))
    console.print(table)
