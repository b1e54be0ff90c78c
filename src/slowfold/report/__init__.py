"""What a person looks at: one page a run, and its figures."""

from slowfold.report import panels
from slowfold.report.findings import Findings, find
from slowfold.report.page import write_report

__all__ = ["Findings", "find", "panels", "write_report"]
