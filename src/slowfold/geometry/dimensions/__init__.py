"""How many dimensions a cloud of states fills."""

from slowfold.geometry.dimensions.components import Dimension, PrincipalComponents, dimension, principal_components

__all__ = ["Dimension", "PrincipalComponents", "dimension", "principal_components"]
