"""How numbers and other people's words are written, so that none of them is ever markup."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MINUS",
    "MISSING",
    "degrees",
    "listed",
    "number",
    "percent",
    "plain",
    "plural",
    "rounded",
    "shares",
    "shortened",
    "signed",
    "significant",
    "unbroken",
    "with_article",
]

MISSING = "—"
"""What stands for a number that does not exist."""

MINUS = "\N{MINUS SIGN}"
"""The sign of negative numbers, as long as the plus."""

# A word can be a megabyte long; a label cannot.
_LONGEST = 40

# What a line is not broken at: between a number and its per cent, and around the sign of an equation.
_HELD = re.compile(r"(?<=\d) (?=%)|(?<=\b[a-zA-Z]) (?== )|(?<=\b[a-zA-Z] =) (?=\d)")

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def degrees(angle: float | None, decimals: int = 0) -> str:
    """An angle in words; a dash where there is none, as with a readout of zero.

    Example:
        >>> degrees(119.6), degrees(None)
        ('120°', '—')
    """
    return MISSING if angle is None else f"{angle:.{decimals}f}°"


def plain(text: str, longest: int = _LONGEST) -> str:
    """``text`` as plotly shows it letter by letter: cut, without control or direction signs, its markup escaped.

    Plotly renders a subset of HTML, links included, wherever it shows a text, and fills in templates such as ``%{x}``,
    so nothing from a corpus goes into a figure except through here.

    Example:
        >>> plain('<a href="x">')
        '&lt;a href="x"&gt;'
        >>> plain("Sci/Tech" * 10, longest=8)
        'Sci/Tech…'
    """
    return shortened(text, longest).translate(_ENTITIES).replace("%{", "%&#123;")


def shortened(text: str, longest: int = _LONGEST) -> str:
    r"""``text`` for a terminal, or for a template that escapes it: cut, without control or direction signs.

    Example:
        >>> shortened("good\u202e\x1b[1m"), shortened("Sci/Tech" * 10, longest=8)
        ('good[1m', 'Sci/Tech…')
    """
    seen = "".join(character for character in text[: 4 * longest] if character.isprintable())
    return seen if len(seen) <= longest else seen[:longest] + "…"


def significant(value: float, digits: int = 4) -> float:
    """``value`` to so many significant digits.

    Example:
        >>> significant(123456.0), significant(0.000123456)
        (123500.0, 0.0001235)
    """
    return float(f"{value:.{digits}g}")


def rounded(values: Sequence[float] | NDArray[np.floating], digits: int = 4) -> list[float | None]:
    """Numbers for a figure: so many significant digits, and None, which plotly leaves out, for what is not finite.

    Example:
        >>> rounded([1 / 3, float("inf")])
        [0.3333, None]
    """
    short = (significant(value, digits) for value in np.asarray(values, dtype=np.float64).tolist())
    # Rounding carries the greatest numbers there are to infinity.
    return [value if math.isfinite(value) else None for value in short]


def number(value: float | None, digits: int = 3) -> str:
    """A number to read; a dash where there is none.

    Example:
        >>> number(2.0420602), number(17999), number(0.00012), number(None)
        ('2.04', '17,999', '0.00012', '—')
    """
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return "∞" if value > 0 else MINUS + "∞" if value < 0 else MISSING
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}"


def percent(value: float | None, digits: int = 1) -> str:
    r"""A share in per cent; a dash where there is none.

    Example:
        >>> percent(0.992004), percent(None)
        ('99.2\xa0%', '—')
    """
    return MISSING if value is None else f"{100 * value:.{digits}f}\N{NO-BREAK SPACE}%"


def shares(values: Sequence[float], most: int = 4) -> str:
    r"""Shares of variance to read, the greatest first; those below two per cent are not worth a number.

    Example:
        >>> shares([0.513, 0.486, 0.001])
        '0.51\xa0/ 0.49'
    """
    worth = [value for value in values if value >= 0.02]
    shown = [f"{value:.2f}" for value in worth[:most]] + ["…"] * (len(worth) > most)
    return "\N{NO-BREAK SPACE}/ ".join(shown) if shown else MISSING


def signed(value: int | None) -> str:
    """A whole number with its sign; a dash where there is none.

    Example:
        >>> signed(1), signed(-2), signed(0), signed(None)
        ('+1', '−2', '0', '—')
    """
    return MISSING if value is None else "0" if not value else f"{value:+d}".replace("-", MINUS)


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count and what it counts.

    Example:
        >>> plural(1, "saddle"), plural(2, "saddle"), plural(0, "class", "classes")
        ('1 saddle', '2 saddles', '0 classes')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence, joined as one says them.

    Example:
        >>> listed(["3 stable", "2 saddles", "1 ghost"])
        '3 stable, 2 saddles and 1 ghost'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def unbroken(text: str) -> str:
    r"""``text`` with spaces that no line is broken at where a number would lose its per cent or its equation.

    Example:
        >>> unbroken("27 % in the median (p = 0.01)")
        '27\xa0% in the median (p\xa0=\xa00.01)'
    """
    return _HELD.sub("\N{NO-BREAK SPACE}", text)


def with_article(noun: str) -> str:
    """A noun and the article that it takes.

    Example:
        >>> with_article("arc"), with_article("plane")
        ('an arc', 'a plane')
    """
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
