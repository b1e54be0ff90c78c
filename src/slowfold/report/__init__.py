"""What a person looks at: one page a run, and its figures."""

from slowfold.report import panels
from slowfold.report.compare_page import write_comparison
from slowfold.report.figures import PANELS, Panel, draw_figure, write_figures
from slowfold.report.findings import Findings, find
from slowfold.report.page import write_report
from slowfold.report.penalties_page import write_penalties
from slowfold.report.prediction_page import write_prediction
from slowfold.report.prediction_table import prediction_table

__all__ = [
    "PANELS",
    "Findings",
    "Panel",
    "draw_figure",
    "find",
    "panels",
    "prediction_table",
    "write_comparison",
    "write_figures",
    "write_penalties",
    "write_prediction",
    "write_report",
]
