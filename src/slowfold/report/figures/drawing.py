"""From runs to figures: one panel as a matplotlib figure, or many as files with their captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from slowfold.errors import OptionError, RunError
from slowfold.report.figures.catalogue import PANELS, Panel, panel_of
from slowfold.report.figures.paper import FORMATS, THEMES, WIDTHS
from slowfold.report.wording import shortened
from slowfold.storage import whole_file, write_text
from slowfold.study import Run
from slowfold.text import near_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from slowfold.report.figures.canvas import PaperFigure

__all__ = ["Written", "draw_figure", "write_figures"]

_Choice = TypeVar("_Choice", bound=str)

_ALL = "all"
_HELD = ("mean", "zero")


@dataclass(frozen=True)
class Written:
    """What became of the panels that were asked for.

    Attributes:
        files: The figures that were written, in order.
        shows: What each of them shows.
        refused: Why each of the others could not be drawn, by panel and run.
    """

    files: tuple[Path, ...]
    shows: tuple[str, ...]
    refused: tuple[str, ...]


def draw_figure(
    run: Run | Sequence[Run],
    panel: str,
    *,
    width: str = "single",
    theme: str = "light",
    words: Sequence[str] = (),
    held: str | None = None,
    font: str | None = None,
) -> Figure:
    """Draws one panel as a figure for a paper.

    The figure is matplotlib's own and belongs to the caller; pyplot knows nothing of it. Its ``savefig`` embeds the
    letters and writes no date, so that the same figure is the same bytes; its ``caption`` says what to see and how it
    was computed.

    Args:
        run: A finished run, or several where the panel lays runs side by side.
        panel: The name of the panel: one of ``slowfold.report.figures.PANELS``.
        width: ``"single"`` or ``"double"``: one column of 3.25 inches, or the page of 6.75.
        theme: ``"light"`` or ``"dark"`` paper.
        words: The words whose flow is shown; unless given, the most telling word of each class. Other panels ignore it.
        held: The input held still where a panel shows the map at one: ``"mean"``, as if nothing is said, or ``"zero"``.
        font: A font of this machine that is tried before DejaVu Sans, as for names in Chinese.

    Raises:
        OptionError: There is no such panel, width, theme, input or font; or matplotlib is not installed.
        RunError: The run cannot show this panel; the message says why.
        DataError: A word is not in the vocabulary of the run.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study import analyze
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> run = analyze(network, train, test, folder=Path(mkdtemp(), "mine"), starts=16)
        >>> figure = draw_figure(run, "spectrum")
        >>> figure.get_size_inches()[0].item(), figure.caption[:14]
        (3.25, 'How it remembe')
    """
    runs = (run,) if isinstance(run, Run) else tuple(run)
    return _draw(panel_of(panel), runs, width, theme, tuple(words), held, font)


def write_figures(
    runs: Sequence[Run],
    panels: Sequence[str],
    folder: str | Path,
    *,
    format: str = "pdf",
    width: str = "single",
    theme: str = "light",
    words: Sequence[str] = (),
    held: str | None = None,
    font: str | None = None,
) -> Written:
    """Draws panels and writes each to a file, with its caption in a text file beside it.

    A panel of one run is drawn for each run. Where all panels are asked for, those that a run cannot show are listed
    and left out.

    Args:
        runs: The runs.
        panels: The names of the panels, or ``["all"]``.
        folder: Where to write; it is made if it is not there. Files of the same name are replaced.
        format: ``"pdf"``, ``"svg"`` or ``"png"``.
        width: See :func:`draw_figure`; so the others.
        theme: The paper.
        words: The words whose flow is shown.
        held: The input held still.
        font: A font that is tried first.

    Raises:
        OptionError: An option has no such value, or no run was given.
        RunError: A panel that was asked for by name cannot be drawn, or none at all can; or nothing can be written.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study import analyze
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> run = analyze(network, train, test, folder=Path(mkdtemp(), "mine"), starts=16)
        >>> written = write_figures([run], ["spectrum"], Path(mkdtemp()), format="svg")
        >>> sorted(path.name for path in written.files)
        ['spectrum.svg']
    """
    kind = _one_of(format, FORMATS, "format")
    everything = list(panels) == [_ALL]
    chosen = list(PANELS.values()) if everything else [panel_of(name) for name in dict.fromkeys(panels)]
    if not runs or not chosen:
        raise OptionError("nothing to draw", where="figure", cure="name a run, and a panel or all")
    for run in runs:
        _ = run.summary, run.analysis  # a damaged run is no run that cannot show a panel
    root, files, shows, refused = Path(folder), list[Path](), list[str](), list[RunError]()
    for panel in chosen:
        for shown in [tuple(runs)] if panel.several else [(run,) for run in runs]:
            try:
                made = _draw(panel, shown, width, theme, tuple(words), held, font)
            except RunError as error:
                if not everything:
                    raise
                refused.append(error)
                continue
            path = root / f"{_stem(panel, shown, runs)}.{kind}"
            with whole_file(path) as beside:
                made.savefig(beside, format=kind)
            write_text(path.with_suffix(".txt"), made.caption + "\n")
            files.append(path)
            shows.append(panel.shows)
    if not files:
        raise refused[0]
    return Written(tuple(files), tuple(shows), tuple(str(error) for error in refused))


def _draw(
    panel: Panel,
    runs: tuple[Run, ...],
    width: str,
    theme: str,
    words: tuple[str, ...],
    held: str | None,
    font: str | None,
) -> PaperFigure:
    chosen_width = _one_of(width, tuple(WIDTHS), "width")
    chosen_theme = _one_of(theme, THEMES, "theme")
    chosen_held = _one_of(held or "mean", _HELD, "held")
    if not runs or (len(runs) > 1 and not panel.several):
        raise OptionError(
            f"the panel {panel.name} shows one run, and {len(runs)} were given", where="run", cure="draw it for each"
        )
    if find_spec("matplotlib") is None:
        raise OptionError(
            "matplotlib, which draws figures for papers, is not installed",
            where="figure",
            cure='run pip install "slowfold[figures]"',
        )
    from slowfold.report.figures.request import Request

    asked = Request(
        panel=panel.name,
        runs=runs,
        width=chosen_width,
        theme=chosen_theme,
        words=words,
        held=chosen_held,
        named=held is not None,
        font=font,
    )
    with asked.canvas.drawing():
        return panel.draw(asked)


def _stem(panel: Panel, shown: tuple[Run, ...], runs: Sequence[Run]) -> str:
    """The name of a file: that of the panel, and of the run where there are several."""
    if panel.several or len(runs) == 1:
        return panel.name
    # Two runs of one name in two folders would overwrite each other.
    same = [run for run in runs if run.name == shown[0].name]
    number = f"-{same.index(shown[0]) + 1}" if len(same) > 1 else ""
    return f"{shown[0].name}{number}-{panel.name}"


def _one_of(value: str, known: Sequence[_Choice], where: str) -> _Choice:
    """The value among those that are known."""
    for choice in known:
        if choice == value:
            return choice
    raise OptionError(f"there is no {where} {shortened(value)!r}", where=where, cure=near_names(value, list(known)))
