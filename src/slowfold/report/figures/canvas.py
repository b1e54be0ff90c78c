"""An empty paper figure: its width, its style, its axes, and how it is written, the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.style import context
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from slowfold.errors import OptionError
from slowfold.report.figures.look import Look
from slowfold.report.figures.paper import WIDTHS, Width
from slowfold.report.wording import MINUS, shortened

__all__ = ["Canvas", "PaperFigure", "powers_of_ten", "text_of", "whole_numbers"]

_SHEET = Path(__file__).with_name("slowfold.mplstyle")
_FAMILY = "DejaVu Sans"  # comes with matplotlib: the same letters on every machine
# What stands for a letter that no font has.
_BOX = "\N{WHITE SQUARE}"
# What axes need beside their frame, in inches: tick labels and a title below and at the side.
_BESIDE, _BELOW = 0.42, 0.40
# Higher than this is no figure of a column any more, in inches.
_HIGHEST = 8.5
Style = tuple[str | Path | dict[str, Any], ...]
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class PaperFigure(Figure):
    """A matplotlib figure that knows what it shows, and is written in the style it was drawn in.

    Attributes:
        caption: What to see, and how it was computed.
        style: The style sheets and settings that it was drawn in, as matplotlib takes them.
    """

    caption: str = ""
    style: Style = ()
    _settled: bool = False

    def savefig(self, fname: Any, **kwargs: Any) -> None:  # noqa: ANN401  # pyright: ignore[reportIncompatibleMethodOverride] - as matplotlib
        """Writes the figure as matplotlib does, but with its fonts embedded, on its own paper, and without a date."""
        kind = str(kwargs.get("format") or Path(str(getattr(fname, "name", fname))).suffix[1:]).lower()
        kwargs["metadata"] = (_NO_DATE.get(kind, {}) | dict(kwargs.get("metadata") or {})) or None
        kwargs.setdefault("facecolor", self.get_facecolor())
        with context(list(self.style)):
            self._settle()
            super().savefig(fname, **kwargs)

    def _settle(self) -> None:
        """Lays the axes out once: matplotlib would do it at every writing anew, each time a little otherwise."""
        if self._settled:
            return
        self.draw_without_rendering()
        self.set_layout_engine("none")
        self._settled = True

    def _repr_png_(self) -> bytes:
        """The figure in a notebook, which shows what no backend has shown."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=200)
        return buffer.getvalue()


# A file says neither when nor with which version it was made: who draws it again gets the same.
_NO_DATE: dict[str, dict[str, str | None]] = {
    "pdf": {"CreationDate": None, "Creator": "slowfold", "Producer": None},
    "svg": {"Date": None, "Creator": "slowfold"},
    "png": {"Software": "slowfold"},
}


class Canvas:
    """Makes the axes of one figure.

    Args:
        look: The colours.
        width: How many columns wide.
        font: A font that is tried before DejaVu Sans, or None.

    Raises:
        OptionError: There is no such font on this machine.
    """

    def __init__(self, look: Look, width: Width, font: str | None = None) -> None:
        self.look = look
        self.width = width
        self.inches = WIDTHS[width]
        self._families = _families(font)

    @contextmanager
    def drawing(self) -> Generator[None]:
        """The style, for as long as artists are made: matplotlib keeps it in a global place, and has its own back."""
        with context(list(self._style)):
            yield

    @property
    def _style(self) -> Style:
        look = self.look
        colours = {
            **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor"), look.ink),
            **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), look.grey),
            **dict.fromkeys(("xtick.labelcolor", "ytick.labelcolor"), look.ink),
            **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), look.paper),
            "grid.color": look.grid,
            "font.family": list(self._families),
        }
        return ("default", _SHEET, colours)

    def figure(self, height: float, *, equal: bool = False) -> PaperFigure:
        """An empty figure.

        Args:
            height: How high, in inches.
            equal: Whether its axes are to have one scale in both directions.
        """
        # Axes of one scale leave paper blank beside them; compressed, they move together instead.
        made = PaperFigure(
            figsize=(self.inches, min(height, _HIGHEST)), layout="compressed" if equal else "constrained"
        )
        made.style = self._style
        return made

    def axes(self, ratio: float = 0.7, columns: int = 1, rows: int = 1) -> tuple[PaperFigure, list[Axes]]:
        """A figure with axes in rows and columns.

        Args:
            ratio: Height over width of each.
            columns: How many stand side by side.
            rows: How many rows there are.
        """
        made = self.figure(self._height(ratio, columns, rows))
        return made, [made.add_subplot(rows, columns, place + 1) for place in range(rows * columns)]

    def planes(
        self, window: tuple[Sequence[float], Sequence[float]], count: int = 1, *, most: int = 2, above: float = 0.0
    ) -> tuple[PaperFigure, list[Axes]]:
        """A figure with planes of one scale in both directions, side by side where the figure is wide.

        Args:
            window: The ranges of both axes.
            count: How many planes.
            most: How many may stand side by side.
            above: The room to leave for a legend, a title or a bar of colours, in inches.
        """
        columns = min(count, most)
        rows = -(-count // columns)
        (left, right), (low, high) = window
        ratio = (high - low) / (right - left)
        made = self.figure(self._height(ratio, columns, rows) + above * rows, equal=True)
        planes: list[Axes] = []
        for place in range(count):
            axes = made.add_subplot(rows, columns, place + 1)
            axes.set(aspect="equal", xlim=(left, right), ylim=(low, high))
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.xaxis.set_major_formatter(FuncFormatter(_plain_number))
            axes.yaxis.set_major_formatter(FuncFormatter(_plain_number))
            planes.append(axes)
        return made, planes

    def label_outer(self, planes: Sequence[Axes], xlabel: str, ylabel: str, *, most: int = 2) -> None:
        """Names the axes of planes that stand side by side, and numbers them, at the left and at the bottom only.

        Args:
            planes: The planes, as :meth:`planes` made them.
            xlabel: The name of the horizontal axis.
            ylabel: The name of the vertical axis.
            most: How many may stand side by side.
        """
        for place, plane in enumerate(planes):
            # At the bottom of its column, also where the last row is not full.
            lowest, first = place + min(len(planes), most) >= len(planes), place % min(len(planes), most) == 0
            plane.set(xlabel=xlabel if lowest else "", ylabel=ylabel if first else "")
            plane.tick_params(labelbottom=lowest, labelleft=first)

    def point(self, window: tuple[Sequence[float], Sequence[float]], columns: int = 1) -> float:
        """The length of a printer's point in the units of a plane, where so many stand side by side."""
        (left, right), _ = window
        return (right - left) / (72 * (self.inches / columns - _BESIDE))

    def _height(self, ratio: float, columns: int, rows: int) -> float:
        return rows * (ratio * (self.inches / columns - _BESIDE) + _BELOW)

    def text(self, words: str, longest: int = 24) -> str:
        """Words of a corpus, letter by letter: cut, and a box for every letter that the fonts lack."""
        return text_of(words, self._families, longest)


def text_of(words: str, families: tuple[str, ...] = (_FAMILY,), longest: int = 24) -> str:
    r"""Words as a figure can show them: cut, without control or direction signs, boxes for letters that no font has.

    Args:
        words: The words, whosever they are.
        families: The fonts.
        longest: The most letters.

    Example:
        >>> text_of("$x_2$ <b>bold</b>"), text_of("good \u65b0")
        ('$x_2$ <b>bold</b>', 'good □')
    """
    known = _letters(families)
    return "".join(letter if ord(letter) in known else _BOX for letter in shortened(words, longest))


@cache
def _letters(families: tuple[str, ...]) -> frozenset[int]:
    found = (get_font(findfont(FontProperties(family=family))) for family in families)
    return frozenset(letter for font in found for letter in font.get_charmap())


def _families(font: str | None) -> tuple[str, ...]:
    if font is None:
        return (_FAMILY,)
    try:
        findfont(FontProperties(family=font), fallback_to_default=False)
    except ValueError as error:
        raise OptionError(
            f"there is no font {shortened(font)!r} on this machine", where="font", cure="leave it out, or install it"
        ) from error
    return (font, _FAMILY)


def powers_of_ten(axes: Axes, axis: Literal["x", "y"]) -> None:
    """Makes an axis logarithmic, its numbers written as they are read: 10⁻⁶, 0.1, 10, 1,000."""
    if axis == "x":
        axes.set_xscale("log")
    else:
        axes.set_yscale("log")
    chosen = axes.xaxis if axis == "x" else axes.yaxis
    chosen.set_major_formatter(FuncFormatter(_power))
    chosen.set_minor_formatter(NullFormatter())


def whole_numbers(axes: Axes, axis: Literal["x", "y"], values: Sequence[int]) -> None:
    """Puts ticks at whole numbers, at no more than ten of them."""
    every = -(-(max(values) - min(values) + 1) // 10) if values else 1
    ticks = list(range(min(values), max(values) + 1, every)) if values else []
    chosen = axes.xaxis if axis == "x" else axes.yaxis
    chosen.set_major_locator(FixedLocator([float(tick) for tick in ticks]))
    chosen.set_major_formatter(FuncFormatter(_plain_number))


def _plain_number(value: float, _: int | None = None) -> str:
    return f"{value:.6g}".replace("-", MINUS)


def _power(value: float, _: int | None = None) -> str:
    if value <= 0:
        return ""
    exponent = round(np.log10(value))
    if not np.isclose(value, 10.0**exponent):
        return _plain_number(value)
    return f"{10.0**exponent:,.6g}" if -1 <= exponent <= 4 else "10" + str(exponent).translate(_POWERS)
