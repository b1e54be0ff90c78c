"""Several runs side by side, and how far apart their networks are."""

from slowfold.study.comparing.comparison import Comparison, Distances, compare
from slowfold.study.comparing.factors import Factor

__all__ = ["Comparison", "Distances", "Factor", "compare"]
