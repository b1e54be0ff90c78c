"""What reads: the classifier, and how it is trained."""

from slowfold.networks.batches import Batch, epoch_batches
from slowfold.networks.classifier import Classifier, Reading
from slowfold.networks.metrics import Metrics, read_metrics
from slowfold.networks.recipes import NATURAL, SYNTHETIC, Recipe
from slowfold.networks.training import Training, fit

__all__ = [
    "NATURAL",
    "SYNTHETIC",
    "Batch",
    "Classifier",
    "Metrics",
    "Reading",
    "Recipe",
    "Training",
    "epoch_batches",
    "fit",
    "read_metrics",
]
