"""The command figure: panels of finished runs as figures for a paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro
from rich.console import Console
from rich.text import Text

from slowfold.cli.look import quiet_table
from slowfold.errors import OptionError

__all__ = ["FigureCommand"]


@dataclass(frozen=True, kw_only=True)
class FigureCommand:
    """Draw panels of finished runs as figures for a paper, each with its caption in a text file.

    Attributes:
        runs: The folders of the runs, or latest. Panels that lay runs side by side take all of them, the others are
            drawn for each.
        panel: The panels, separated by commas: states, words, fixed-points, dimensions, spectrum, time-constants, flow,
            slowness, logits, sweep, estimators, readouts, shuffle, counts, training; or all, for those that the runs
            can show.
        format: The kind of file.
        width: One column of 3.25 inches, or the width of a page of 6.75.
        theme: The paper that the figure is for.
        word: The words whose flow is shown, separated by commas; unless given, the most telling one of each class.
        held: The input held still, in panels that show the map at one; unless given, the mean one.
        font: A font of this machine that is tried before DejaVu Sans, as for names in Chinese.
        out: The folder to write to; unless given, figures in the folder of the run, or of several runs here.
        debug: Show where in the code an error came up.
    """

    runs: tyro.conf.Positional[tuple[str, ...]]
    panel: str = "all"
    format: Literal["pdf", "svg", "png"] = "pdf"
    width: Literal["single", "double"] = "single"
    theme: Literal["light", "dark"] = "light"
    word: str | None = None
    held: Literal["mean", "zero"] | None = None
    font: str | None = None
    out: Path | None = None
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        if not self.runs:
            raise OptionError("nothing to draw", where="figure", cure="name the folder of a run, or latest")
        panels = _parts(self.panel)
        if self.word is not None and not {"flow", "all"} & set(panels):
            raise OptionError("no panel that is asked for shows words", where="--word", cure="ask for the panel flow")

        from slowfold.report.figures import write_figures
        from slowfold.study import open_run

        runs = [open_run(run) for run in self.runs]
        if self.out is not None and self.out.is_file():
            raise OptionError(f"{self.out} is a file", where="--out", cure="name a folder")
        folder = self.out or (runs[0].folder if len(runs) == 1 else Path()) / "figures"
        progress.print("drawing", style="dim")
        written = write_figures(
            runs,
            panels,
            folder,
            format=self.format,
            width=self.width,
            theme=self.theme,
            words=_parts(self.word or ""),
            held=self.held,
            font=self.font,
        )
        table = quiet_table(head=False)
        table.add_column(no_wrap=True, overflow="fold")
        table.add_column()
        for path, shows in zip(written.files, written.shows, strict=True):
            table.add_row(Text(str(path)), Text(shows))
        console.print(table)
        for why in written.refused:
            console.print(Text(why), soft_wrap=True)


def _parts(given: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",") if part.strip())
