"""The figures of a report, each drawn from a run."""

from slowfold.report.panels.angles import readout_lengths, readouts
from slowfold.report.panels.class_figure import corners, figure_fits
from slowfold.report.panels.deflections import words
from slowfold.report.panels.evidence_maps import decisions, logits
from slowfold.report.panels.flows import flow
from slowfold.report.panels.linear_account import projected_accuracy, remainders, responses
from slowfold.report.panels.measures import counts, estimators
from slowfold.report.panels.modifiers import barcodes, factors, fading
from slowfold.report.panels.orders import shuffled_ends
from slowfold.report.panels.rest import fixed_points
from slowfold.report.panels.space import states_in_space
from slowfold.report.panels.spectrum import eigenvalues, manifold_time_constants, slow_eigenvalues, time_constants
from slowfold.report.panels.speeds import slowness
from slowfold.report.panels.training import training_accuracy, training_loss
from slowfold.report.panels.trajectories import states
from slowfold.report.panels.variances import dimensions, variance
from slowfold.report.panels.word_evidence import worths

__all__ = [
    "barcodes",
    "corners",
    "counts",
    "decisions",
    "dimensions",
    "eigenvalues",
    "estimators",
    "factors",
    "fading",
    "figure_fits",
    "fixed_points",
    "flow",
    "logits",
    "manifold_time_constants",
    "projected_accuracy",
    "readout_lengths",
    "readouts",
    "remainders",
    "responses",
    "shuffled_ends",
    "slow_eigenvalues",
    "slowness",
    "states",
    "states_in_space",
    "time_constants",
    "training_accuracy",
    "training_loss",
    "variance",
    "words",
    "worths",
]
