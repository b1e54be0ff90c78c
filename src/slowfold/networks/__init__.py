"""What reads: the classifier, and how it is trained."""

from slowfold.networks.batches import Batch, epoch_batches
from slowfold.networks.classifier import Classifier
from slowfold.networks.metrics import Metrics, read_metrics
from slowfold.networks.reading import Reading
from slowfold.networks.recipes import NATURAL, SYNTHETIC, Recipe, choose_recipe
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
    "choose_recipe",
    "epoch_batches",
    "fit",
    "read_metrics",
]
