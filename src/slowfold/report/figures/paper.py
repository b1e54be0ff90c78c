"""What a figure is printed on: the columns of a page, light or dark paper, the kinds of files."""

from __future__ import annotations

from typing import Literal

__all__ = ["FORMATS", "THEMES", "WIDTHS", "Format", "Theme", "Width"]

Width = Literal["single", "double"]
"""The columns of a page that a figure is as wide as."""

Theme = Literal["light", "dark"]
"""The paper that a figure is for."""

Format = Literal["pdf", "svg", "png"]
"""The files that a figure is written to."""

WIDTHS: dict[Width, float] = {"single": 3.25, "double": 6.75}
"""How wide one and two columns are, in inches."""

THEMES: tuple[Theme, ...] = ("light", "dark")
FORMATS: tuple[Format, ...] = ("pdf", "svg", "png")
