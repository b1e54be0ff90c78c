"""What shape a network makes: its corners, its edges, its readouts."""

from slowfold.geometry.shapes.readouts import Readouts, measure_readouts, simplex_angle

__all__ = ["Readouts", "measure_readouts", "simplex_angle"]
