"""One section of the page: a title, what to see, figures and tables, and how they came about."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from slowfold.report.tables import Table
from slowfold.report.walks import Walk

__all__ = ["Plot", "Section"]


@dataclass(frozen=True)
class Plot:
    """A figure on the page.

    Attributes:
        name: Its name among the figures of the page.
        figure: The figure.
        title: What is said above it, where a section has several.
    """

    name: str
    figure: go.Figure
    title: str | None = None


@dataclass(frozen=True)
class Section:
    """One panel: a title, what to see, figures, and how they came about.

    Attributes:
        name: Its anchor.
        title: Its title.
        see: What to see.
        how: How it was computed.
        plots: One figure, two side by side, or a grid of them.
        tables: What the figures show in numbers, and what they leave out.
        walks: Documents to step through in the first figure, word by word.
    """

    name: str
    title: str
    see: str
    how: str
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...] = ()
    walks: tuple[Walk, ...] = ()
