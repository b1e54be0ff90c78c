"""What reads: the classifier, and how it is trained."""

from slowfold.networks.baselines import BagOfWords, bag_of_words, majority_class
from slowfold.networks.batches import Batch
from slowfold.networks.classifier import Classifier
from slowfold.networks.evaluation import Evaluation, evaluate, macro_f1
from slowfold.networks.metrics import Metrics, read_metrics
from slowfold.networks.populations import Member, fit_population
from slowfold.networks.reading import Reading
from slowfold.networks.recipes import NATURAL, PAPER_NATURAL, PAPER_SYNTHETIC, SYNTHETIC, Recipe, choose_recipe
from slowfold.networks.training import Training, fit
from slowfold.networks.transfer import start_from

__all__ = [
    "NATURAL",
    "PAPER_NATURAL",
    "PAPER_SYNTHETIC",
    "SYNTHETIC",
    "BagOfWords",
    "Batch",
    "Classifier",
    "Evaluation",
    "Member",
    "Metrics",
    "Reading",
    "Recipe",
    "Training",
    "bag_of_words",
    "choose_recipe",
    "evaluate",
    "fit",
    "fit_population",
    "macro_f1",
    "majority_class",
    "read_metrics",
    "start_from",
]
