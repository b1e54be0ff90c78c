"""What a run answers, in a few lines of a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from slowfold.study import Run

__all__ = ["print_answer"]

# A row of shares tells so many.
_SHARES = 5


def print_answer(run: Run, console: Console) -> None:
    """Prints the headline of a run and its figures."""
    from slowfold.report import find

    found = find(run)
    console.print(Text(found.headline, style="bold" if found.learned else "bold red"))
    console.print(_figures(run))


def _figures(run: Run) -> Table:
    summary = run.summary
    accuracy, dimension = summary["accuracy"], summary["dimension"]
    table = Table(title=Text(f"{summary['task']['name']}, {summary['network']['cell']}"), show_header=False)
    table.add_row("test accuracy", f"{accuracy['test']:.3f} ({accuracy['shuffled_words']:.3f} with words shuffled)")
    predicted = dimension["predicted"]["documents"]
    for name, measured in (
        ("words alone", predicted),
        ("visited states", dimension["visited"]),
        ("final states", dimension["final"]),
    ):
        table.add_row(name, f"{measured['participation_ratio']:.2f} dimensions ({_shares(measured['shares'])})")
    for search in summary["fixed_points"]:
        audit = search["audit"]
        told = f"index sum {audit['sum']:+d}" if audit["applicable"] else "no index audit"
        if search.get("come_to_rest") is not None:
            told += f", {search['come_to_rest']:.0%} come to rest"
        ends = ("ghost", "degenerate", "out_of_bounds", "unconverged")
        loose = [f"{search[end]} {end.replace('_', ' ')}" for end in ends if search[end]]
        table.add_row(
            f"fixed points, {search['input']} input",
            f"{search['distinct']} ({search['stable']} stable), {told}"
            + (f"; of {search['starts']} starts {', '.join(loose)}" if loose else ""),
        )
    return table


def _shares(shares: Sequence[float]) -> str:
    return " ".join(f"{share:.2f}" for share in shares[:_SHARES])
