"""What an analysis leaves behind: summary.json for programs, analysis.nc for arrays; a file a stage."""

from slowfold.study.records.dataset import to_dataset
from slowfold.study.records.searching import VERDICTS
from slowfold.study.records.summary import SCHEMA, to_summary

__all__ = ["SCHEMA", "VERDICTS", "to_dataset", "to_summary"]
