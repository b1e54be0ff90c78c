"""How runs are told apart on the page that compares them: one colour, one sign and one place each, in every figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slowfold.report.theme import GREY, GREY_ON_DARK, Classes, colour_scale, palette
from slowfold.report.wording import plain, shortened
from slowfold.study.comparing import Comparison, Factor

__all__ = ["Look", "look_of"]

# Numbers that can stand on an axis, the weightiest first. A seed is a number, but none that anything grows with.
_NUMBERS = ("classes", "L2", "units", "layers", "documents", "steps")
# What only tells networks of one kind apart.
_CHANCE = "seed"
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down", "hexagon")


@dataclass(frozen=True)
class Look:
    """What stands for each run.

    Attributes:
        names: What each is called, safe for plotly, [run].
        across: What the figures have along their horizontal axis; None for the runs themselves.
        coloured_by: What the colours stand for; None for the runs themselves.
        shown: The names and colours of what the colours stand for.
        keys: The same names for a template that escapes them.
        colour: The row of ``shown`` that is the colour of each, [run].
        symbol: The sign of each, [run].
    """

    names: tuple[str, ...]
    across: Factor | None
    coloured_by: Factor | None
    shown: Classes
    keys: tuple[str, ...]
    colour: tuple[int, ...]
    symbol: tuple[str, ...]

    def colour_of(self, run: int) -> str:
        """The colour of a run on light paper."""
        return self.shown.colours[self.colour[run]]

    def groups(self) -> Iterator[tuple[int, list[int]]]:
        """The runs of each colour: the row of ``shown``, and which runs have it."""
        for row in range(len(self.shown)):
            yield row, [run for run, colour in enumerate(self.colour) if colour == row]


def look_of(compared: Comparison) -> Look:
    """Chooses what colours, signs and places stand for, by what varies.

    Along the axis goes the weightiest number that varies by itself, not only with a name: that a cell has a penalty of
    its own makes no axis of penalties. Colours stand for the weightiest of what is left, or for the same.

    Args:
        compared: The runs.
    """
    varied = [factor for factor in compared.varied if factor.name != _CHANCE]
    names = [factor for factor in varied if factor.name not in _NUMBERS]
    numbers = [
        factor
        for factor in varied
        if factor.name in _NUMBERS and factor.is_number and not any(factor.follows(name) for name in names)
    ]
    across = next(iter([*numbers, *varied]), None)
    left = [factor for factor in varied if across is not None and not factor.follows(across)]
    by = next(iter(left), across)
    rows = _rows(by, len(compared))
    symbols = ["circle"] * len(compared)
    if across is not None and by is not across and len(across.distinct) <= len(_SYMBOLS):
        symbols = [_SYMBOLS[row] for row in _rows(across, len(compared))]
    called = [plain(name) for name in compared.names]
    return Look(
        names=tuple(called),
        across=across,
        coloured_by=by,
        shown=_colours(by, called),
        keys=tuple(shortened(name) for name in (compared.names if by is None else map(by.tell, by.distinct))),
        colour=tuple(rows),
        symbol=tuple(symbols),
    )


def _rows(factor: Factor | None, count: int) -> list[int]:
    return list(range(count)) if factor is None else [factor.distinct.index(value) for value in factor.values]


def _colours(factor: Factor | None, names: Sequence[str]) -> Classes:
    """A colour a value: names in colours that all can tell apart, numbers from dark to bright."""
    if factor is None:
        pairs = [palette(row) for row in range(len(names))]
        return Classes(tuple(names), tuple(light for light, _ in pairs), tuple(dark for _, dark in pairs))
    values = factor.distinct
    known = [value for value in values if value is not None]
    pairs = (
        [palette(row) for row in range(len(known))]
        if any(isinstance(value, str) for value in known)
        else colour_scale(len(known))
    )
    pairs += [(GREY, GREY_ON_DARK)] * (len(values) - len(known))
    return Classes(
        names=tuple(plain(factor.tell(value)) for value in values),
        colours=tuple(light for light, _ in pairs),
        dark=tuple(dark for _, dark in pairs),
    )
