"""What shape a network makes, and what shape its data ask for."""

from slowfold.geometry.chance import PERMUTATIONS, ChanceLabels
from slowfold.geometry.dimensions import Dimension, PrincipalComponents, dimension, principal_components
from slowfold.geometry.directions import Directions
from slowfold.geometry.evidence import Deflections, measure_deflections
from slowfold.geometry.prediction import Prediction, foretell, predict_dimension
from slowfold.geometry.shapes import Readouts, measure_readouts, simplex_angle
from slowfold.geometry.survey import DocumentSurvey, survey_documents, survey_part, survey_shards

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
