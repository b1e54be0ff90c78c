"""What a run answers, in a few lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from slowfold.study import Run

__all__ = ["print_answer"]

# A row of shares tells so many.
_SHARES = 5


def print_answer(run: Run, console: Console) -> None:
    """Prints the headline of a run and its figures; of a network that has not learned only what it got right."""
    from slowfold.report import find

    found = find(run)
    console.print(Text(found.headline, style="bold" if found.learned else "bold red"))
    summary = run.summary
    table = Table(title=Text(f"{summary['task']['name']}, {summary['network']['cell']}"), show_header=False)
    rows = [*_accuracy(summary), *([*_dimensions(summary), *_points(summary)] if found.learned else [])]
    for name, said in rows:
        table.add_row(name, said)
    console.print(table)


def _accuracy(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    accuracy = summary["accuracy"]
    yield "test accuracy", f"{accuracy['test']:.3f} ({accuracy['shuffled_words']:.3f} with words shuffled)"
    if summary["task"]["kind"] == "multilabel":
        yield "every label right", f"{accuracy['exact']:.3f} of test documents"
        yield "macro-F1", f"{accuracy['macro_f1']:.3f} ({accuracy['bag_of_words_macro_f1']:.3f} by a bag of words)"
    yield (
        "baselines",
        f"{accuracy['majority']:.3f} by the commonest answer, {accuracy['bag_of_words']:.3f} by a bag of words",
    )


def _dimensions(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    dimension = summary["dimension"]
    for name, measured in (
        ("words alone", dimension["predicted"]["documents"]),
        ("visited states", dimension["visited"]),
        ("final states", dimension["final"]),
    ):
        yield name, f"{measured['participation_ratio']:.2f} dimensions ({_shares(measured['shares'])})"


def _points(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for search in summary["fixed_points"]:
        audit = search["audit"]
        told = f"index sum {audit['sum']:+d}" if audit["applicable"] else "no index audit"
        if search.get("come_to_rest") is not None:
            told += f", {search['come_to_rest']:.0%} come to rest"
        ends = ("ghost", "degenerate", "out_of_bounds", "unconverged")
        loose = [f"{search[end]} {end.replace('_', ' ')}" for end in ends if search[end]]
        yield (
            f"fixed points, {search['input']} input",
            f"{search['distinct']} ({search['stable']} stable), {told}"
            + (f"; of {search['starts']} starts {', '.join(loose)}" if loose else ""),
        )


def _shares(shares: Sequence[float]) -> str:
    return " ".join(f"{share:.2f}" for share in shares[:_SHARES])
