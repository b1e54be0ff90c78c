"""Figures for papers: every panel of the field drawn from runs, in vectors, at the width of a column."""

from slowfold.report.figures.catalogue import PANELS, Panel
from slowfold.report.figures.drawing import Written, draw_figure, write_figures

__all__ = ["PANELS", "Panel", "Written", "draw_figure", "write_figures"]
