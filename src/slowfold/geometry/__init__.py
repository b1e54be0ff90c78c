"""What shape a network makes, and what shape its data ask for."""

from slowfold.geometry.dimensions import Dimension, PrincipalComponents, dimension, principal_components
from slowfold.geometry.evidence import Deflections, measure_deflections
from slowfold.geometry.prediction import Prediction, predict_dimension
from slowfold.geometry.shapes import Readouts, measure_readouts, simplex_angle

__all__ = [
    "Deflections",
    "Dimension",
    "Prediction",
    "PrincipalComponents",
    "Readouts",
    "dimension",
    "measure_deflections",
    "measure_readouts",
    "predict_dimension",
    "principal_components",
    "simplex_angle",
]
