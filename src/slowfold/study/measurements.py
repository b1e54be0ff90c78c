"""What an analysis measures of one network, as it is in memory."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.dynamics import Census, FixedPoints, Modes, SlowManifold
from slowfold.geometry import Dimension, Prediction, PrincipalComponents, Readouts
from slowfold.networks import Classifier, Reading, Training
from slowfold.text import Corpus

__all__ = ["Accuracy", "Manifold", "Measurements", "Search", "Words"]


@dataclass(frozen=True)
class Accuracy:
    """Shares of documents whose class has the most evidence.

    Attributes:
        train: On at most 5,000 of the training documents, drawn with the seed, each as likely as any other.
        test: On all test documents.
        shuffled_words: On the test documents with the words of each in random order.
        bag_of_words: On the test documents, by a classifier of the same words that does not know their order.
        projected: On the test documents, with the final states moved onto the principal components that hold 90 % of
            the variance of the final states.
        projected_on: How many components those are.
    """

    train: float
    test: float
    shuffled_words: float
    bag_of_words: float
    projected: float
    projected_on: int


@dataclass(frozen=True)
class Search:
    """What was found with the input held still.

    Attributes:
        held: The input held: ``"zero"`` or ``"mean"``.
        census: The fixed points, whether some can be missing, and where the held network goes by itself.
        logits: The evidence for each class at every start's end, [start, class].
        modes: The linearisation at the distinct fixed points; None where there is none.
    """

    held: str
    census: Census
    logits: Float64[Tensor, "start class"]
    modes: Modes | None

    @property
    def points(self) -> FixedPoints:
        """A verdict for every start, and the distinct points."""
        return self.census.points

    @property
    def added(self) -> int:
        """How many of the starts, the last ones, were added where points could be missing."""
        return len(self.points) - self.census.first


@dataclass(frozen=True)
class Manifold:
    """The surface at the mean input along which the held network moves slowly.

    Attributes:
        surface: Its points, above a sample of the visited states.
        dimension: Of the points reached, of what the readout reads of them.
        logits: The evidence for each class where each start ended, [point, class].
        linearized: The rows of the surface's points where the map was linearised, [linearized].
        modes: The linearisation there; None where fewer than two points were reached.
    """

    surface: SlowManifold
    dimension: Dimension
    logits: Float64[Tensor, "point class"]
    linearized: Int64[Tensor, " linearized"]
    modes: Modes | None


@dataclass(frozen=True)
class Words:
    """How chosen words move the state.

    Attributes:
        id: Which words, [word].
        favours: The class whose evidence each word raises most beside the others; -1 for a word that raises none by
            much, or is shown because it is common, [word].
        moves: F(h, w) - h from a sample of visited states, of what the readout reads, [word, state, read].
        mean: The mean of the moves, [word, read].
        evidence: The mean move's part in each class's logit, less the mean over classes, [word, class].
    """

    id: Int64[Tensor, " word"]
    favours: Int64[Tensor, " word"]
    moves: Float64[Tensor, "word state read"]
    mean: Float64[Tensor, "word read"]
    evidence: Float64[Tensor, "word class"]


@dataclass(frozen=True)
class Measurements:
    """Everything that an analysis measures.

    Attributes:
        network: The network analysed.
        train: The training documents.
        test: The test documents.
        sample: The test documents whose visited states are kept, the same number of each class.
        reading: What the network made of the sample.
        final: The state after the last word of every test document, [document, unit].
        visited_axes: Principal components of the visited states of the sample, of what the readout reads of them.
        final_axes: Principal components of the final states of all test documents, of what the readout reads of them.
        points_dimension: Of the distinct fixed points at the mean input, each counted once, likewise.
        prediction: What the words of the training documents foretell.
        accuracy: How often the network is right.
        searches: What was found at each held input.
        manifold: The slow manifold at the mean input; None where the visited states span no plane to find it over.
        readouts: The lengths of the readouts and the angles between them.
        words: How chosen words move the state.
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
    readouts: Readouts
    words: Words
    training: Training | None
    notes: tuple[str, ...]
    seconds: dict[str, float]

    def search(self, held: str) -> Search:
        """The search at one held input."""
        return next(search for search in self.searches if search.held == held)
