"""How commands look at their end: a table that any terminal takes, and paths that can be copied."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from slowfold.cli.look import place_of, print_paths, quiet_table
from slowfold.errors import OptionError


def printed(width: int, *, what: object = None, paths: tuple[Path | None, ...] = ()) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    if what is not None:
        console.print(what)
    print_paths(console, *paths)
    return out.getvalue()


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_table_fits_its_terminal_and_a_title_is_no_markup(width: int) -> None:
    table = quiet_table("[bold]a class[/bold]", caption="[red]below[/red]")
    for name in ("run", "accuracy", "dimension"):
        table.add_column(name, overflow="fold")
    table.add_row("a" * 30, "0.987", "2.01")
    told = printed(width, what=table)
    assert max(map(len, told.splitlines())) <= width
    flat = "".join(told.split())
    assert "[bold]aclass[/bold]" in flat
    assert "[red]below[/red]" in flat
    assert flat.count("a" * 3)


def test_paths_are_never_broken() -> None:
    long = Path("runs") / ("x" * 300) / "report.html"
    assert printed(20, paths=(Path("runs"), None, long)).splitlines() == ["runs", str(long)]
    assert printed(20, paths=(Path("[bold]runs[/bold]"),)) == "[bold]runs[/bold]\n"


def test_the_place_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "taken.html").touch()
    assert place_of(None) == (None, None)
    assert place_of("there") == (Path("there"), None)
    assert place_of("new/") == (Path("new"), None)
    assert place_of("mine.html") == (None, Path("mine.html"))
    for wrong, said in (("taken.html", "is there already"), ("mine", "call it mine.html")):
        with pytest.raises(OptionError, match=said):
            place_of(wrong)
