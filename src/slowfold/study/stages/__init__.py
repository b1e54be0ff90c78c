"""The stages of an analysis: a file each, from a network and its documents to plain results."""

from slowfold.study.stages.accuracy import Accuracy, measure_accuracy
from slowfold.study.stages.context import Context, measure_context
from slowfold.study.stages.evidence import Evidence, measure_evidence
from slowfold.study.stages.searching import Search, search_at_both
from slowfold.study.stages.shapes import Shapes, measure_shapes
from slowfold.study.stages.surface import Manifold, measure_manifold
from slowfold.study.stages.words import Words, measure_words

__all__ = [
    "Accuracy",
    "Context",
    "Evidence",
    "Manifold",
    "Search",
    "Shapes",
    "Words",
    "measure_accuracy",
    "measure_context",
    "measure_evidence",
    "measure_manifold",
    "measure_shapes",
    "measure_words",
    "search_at_both",
]
