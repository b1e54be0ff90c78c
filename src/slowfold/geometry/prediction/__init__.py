"""The dimension that the words of a data set ask for, before any network."""

from slowfold.geometry.prediction.chance import PERMUTATIONS, ChanceLabels
from slowfold.geometry.prediction.directions import Directions
from slowfold.geometry.prediction.foretold import Prediction, foretell, predict_dimension
from slowfold.geometry.prediction.survey import DocumentSurvey, survey_documents, survey_part, survey_shards

__all__ = [
    "PERMUTATIONS",
    "ChanceLabels",
    "Directions",
    "DocumentSurvey",
    "Prediction",
    "foretell",
    "predict_dimension",
    "survey_documents",
    "survey_part",
    "survey_shards",
]
