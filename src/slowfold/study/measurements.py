"""What an analysis measures of one network, as it is in memory."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from slowfold.geometry import Dimension, Prediction, PrincipalComponents
from slowfold.networks import Classifier, Reading, Training
from slowfold.study.stages import Accuracy, Context, Evidence, Manifold, Search, Shapes, Words
from slowfold.text import Corpus

__all__ = ["Measurements"]


@dataclass(frozen=True)
class Measurements:
    """Everything that an analysis measures.

    Attributes:
        network: The network analysed.
        train: The training documents.
        test: The test documents.
        sample: The test documents whose visited states are kept.
        reading: What the network made of the sample.
        final: The state after the last word of every test document, [document, unit].
        visited_axes: Principal components of the visited states of the sample, of what the readout reads of them, every
            document weighing the same.
        final_axes: Principal components of the final states of all test documents, of what the readout reads of them.
        points_dimension: Of the distinct fixed points at the mean input, each counted once, likewise.
        prediction: What the words of the training documents foretell.
        accuracy: How often the network is right.
        searches: What was found at each held input.
        manifold: The slow manifold at the mean input; None where the visited states span no plane to find it over.
        words: How chosen words move the state.
        shapes: How many dimensions the states fill, by every measure, and what figure the classes make there.
        evidence: What words are worth, how long that lasts, and how much of it is linear.
        context: What words do to the words after them; None where no word says anything.
        training: How the network was trained, where that is known.
        notes: How the documents came to be.
        seconds: What each stage took.
    """

    network: Classifier
    train: Corpus
    test: Corpus
    sample: Corpus
    reading: Reading
    final: Float[Tensor, "document unit"]
    visited_axes: PrincipalComponents
    final_axes: PrincipalComponents
    points_dimension: Dimension
    prediction: Prediction
    accuracy: Accuracy
    searches: tuple[Search, ...]
    manifold: Manifold | None
    words: Words
    shapes: Shapes
    evidence: Evidence
    context: Context | None
    training: Training | None
    notes: tuple[str, ...]
    seconds: dict[str, float]

    def search(self, held: str) -> Search:
        """The search at one held input."""
        return next(search for search in self.searches if search.held == held)
