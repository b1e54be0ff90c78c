"""The sections of a report: what to see in figures and tables, and how they came about."""

from slowfold.report.sections.section import Plot, Section

__all__ = ["Plot", "Section"]
