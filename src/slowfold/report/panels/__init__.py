"""The figures of a report, each drawn from a run."""

from slowfold.report.panels.angles import readout_lengths, readouts
from slowfold.report.panels.deflections import words
from slowfold.report.panels.rest import fixed_points
from slowfold.report.panels.space import states_in_space
from slowfold.report.panels.spectrum import eigenvalues, manifold_time_constants, slow_eigenvalues, time_constants
from slowfold.report.panels.training import training_accuracy, training_loss
from slowfold.report.panels.trajectories import states
from slowfold.report.panels.variances import dimensions, variance

__all__ = [
    "dimensions",
    "eigenvalues",
    "fixed_points",
    "manifold_time_constants",
    "readout_lengths",
    "readouts",
    "slow_eigenvalues",
    "states",
    "states_in_space",
    "time_constants",
    "training_accuracy",
    "training_loss",
    "variance",
    "words",
]
