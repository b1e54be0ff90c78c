"""How well the network answers, and what else was tried on the same documents."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.geometry import PrincipalComponents
from slowfold.networks import BagOfWords, Classifier, Evaluation, bag_of_words, majority_class
from slowfold.networks.evaluation import compare
from slowfold.study.stages.states import draw_documents
from slowfold.text import Corpus

__all__ = ["Accuracy", "measure_accuracy"]

# Accuracy on the training documents is measured on no more than this many.
_TRAINING_SAMPLE = 5_000


@dataclass(frozen=True)
class Accuracy:
    """How many documents are decided right; of several labels a document, how many of the labels.

    Attributes:
        train: On at most 5,000 of the training documents, drawn with the seed, each as likely as any other.
        test: On all test documents.
        shuffled_words: On the test documents with the words of each in random order.
        bag_of_words: On the test documents, by a classifier of the same words that does not know their order.
        majority: On the test documents, by saying of each what most training documents are.
        projected: On the test documents, with the final states moved onto the principal components that hold 90 % of
            the variance of the final states.
        projected_on: How many components those are.
    """

    train: float
    test: Evaluation
    shuffled_words: float
    bag_of_words: BagOfWords
    majority: Evaluation
    projected: float
    projected_on: int


def measure_accuracy(
    network: Classifier,
    train: Corpus,
    test: Corpus,
    *,
    final: Float[Tensor, "document unit"],
    axes: PrincipalComponents,
    seed: int,
) -> Accuracy:
    """Measures how well a network answers, beside what is got without the order of words, or without words.

    Args:
        network: The network.
        train: The documents it was trained on.
        test: The documents it is tested on.
        final: The state after the last word of each test document, [document, unit].
        axes: Principal components of what the readout reads of ``final``.
        seed: Draws the training documents, the order of words and the weights of the bag of words.

    Example:
        >>> from slowfold.geometry import principal_components
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> final = network.final_states(test)
        >>> axes = principal_components(network.read_out(final))
        >>> measure_accuracy(network, train, test, final=final, axes=axes, seed=0).majority.accuracy
        0.3333333333333333
    """
    kept = axes.dimension.for_90
    read = network.read_out(final).to(network.readout.weight)
    flat = axes.flatten(network.read_out(final), kept).to(network.readout.weight)
    with torch.no_grad():
        decided, projected = network.readout(read).cpu(), network.readout(flat).cpu()
    return Accuracy(
        train=network.accuracy(draw_documents(train, _TRAINING_SAMPLE, seed)),
        test=compare(decided, test),
        shuffled_words=network.accuracy(test.shuffled_words(seed=seed)),
        bag_of_words=bag_of_words(train, test, seed=seed),
        majority=majority_class(train, test),
        projected=compare(projected, test).accuracy,
        projected_on=kept,
    )
