"""How many dimensions a cloud of states fills."""

from slowfold.geometry.dimensions.bootstrap import Resampled, resample
from slowfold.geometry.dimensions.components import Dimension, PrincipalComponents, dimension, principal_components
from slowfold.geometry.dimensions.correlation import correlation_dimension
from slowfold.geometry.dimensions.estimates import Estimates, dimension_over, estimate_dimensions
from slowfold.geometry.dimensions.neighbours import levina_bickel, local_dimension
from slowfold.geometry.dimensions.subspaces import SpaceAngles, compare_spaces, principal_angles
from slowfold.geometry.dimensions.weights import balanced_weights

__all__ = [
    "Dimension",
    "Estimates",
    "PrincipalComponents",
    "Resampled",
    "SpaceAngles",
    "balanced_weights",
    "compare_spaces",
    "correlation_dimension",
    "dimension",
    "dimension_over",
    "estimate_dimensions",
    "levina_bickel",
    "local_dimension",
    "principal_angles",
    "principal_components",
    "resample",
]
