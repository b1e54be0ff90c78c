"""Words as vectors of evidence."""

from slowfold.geometry.evidence.deflections import Deflections, measure_deflections

__all__ = ["Deflections", "measure_deflections"]
