"""How commands look at their end: a quiet table that answers the question, then where the files are, one a line."""

from __future__ import annotations

import os
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from slowfold.errors import OptionError

__all__ = ["place_of", "print_paths", "quiet_table"]


def quiet_table(title: str | None = None, *, caption: str | None = None, head: bool = True) -> Table:
    """An empty table without a frame, which a narrow terminal breaks at words and a pipe reads as columns.

    Args:
        title: What stands above it.
        caption: What stands below it.
        head: Whether its columns have names.
    """
    return Table(
        box=SIMPLE,
        pad_edge=False,
        show_header=head,
        # A Text is never markup, whatever a class or a file is called.
        title=None if title is None else Text(title),
        title_justify="left",
        caption=None if caption is None else Text(caption),
        caption_justify="left",
    )


def print_paths(console: Console, *paths: Path | None) -> None:
    """Prints where files are, each on a line of its own that no terminal breaks; the last is the one to open."""
    for path in paths:
        if path is not None:
            console.print(Text(str(path)), soft_wrap=True)


def place_of(out: str | None) -> tuple[Path | None, Path | None]:
    """The folder, or the page, that --out asks for; neither where nothing is asked for.

    Raises:
        OptionError: The page is there already, or is called what no page is.

    Example:
        >>> place_of("pages/"), place_of("mine.html"), place_of(None)
        ((PosixPath('pages'), None), (None, PosixPath('mine.html')), (None, None))
    """
    if out is None:
        return None, None
    path = Path(out)
    if path.is_dir() or out.endswith(("/", os.sep)):
        return path, None
    if path.exists():
        raise OptionError("is there already", where="--out", cure="choose another name")
    if not path.suffix:
        raise OptionError(f"{out} is no page", where="--out", cure=f"call it {out}.html, or {out}/ for a folder")
    return None, path
