"""What shape a network makes, and what shape its data ask for."""

from slowfold.geometry.dimensions import Dimension, PrincipalComponents, dimension, principal_components
from slowfold.geometry.evidence import Deflections, measure_deflections
from slowfold.geometry.prediction import (
    PERMUTATIONS,
    ChanceLabels,
    Directions,
    DocumentSurvey,
    Prediction,
    foretell,
    predict_dimension,
    survey_documents,
    survey_part,
    survey_shards,
)
from slowfold.geometry.shapes import Readouts, measure_readouts, simplex_angle

__all__ = [
    "PERMUTATIONS",
    "ChanceLabels",
    "Deflections",
    "Dimension",
    "Directions",
    "DocumentSurvey",
    "Prediction",
    "PrincipalComponents",
    "Readouts",
    "dimension",
    "foretell",
    "measure_deflections",
    "measure_readouts",
    "predict_dimension",
    "principal_components",
    "simplex_angle",
    "survey_documents",
    "survey_part",
    "survey_shards",
]
