"""How well a network answers, over all documents of a corpus."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.networks.batches import gather_batch, reading_order
from slowfold.networks.classifier import Classifier
from slowfold.networks.heads import Decided, Labels, decide, label_loss, share_correct, squared_error
from slowfold.networks.lessons import Lessons
from slowfold.networks.reading import last_states
from slowfold.text.corpus import Corpus

__all__ = ["Evaluation", "compare", "evaluate", "macro_f1"]


@dataclass(frozen=True)
class Evaluation:
    """How well a network answers.

    Attributes:
        loss: The mean cross entropy after the last word, in nats (of several labels a document, that of each label
            against its absence); or, of targets after every word, the mean squared error.
        accuracy: The share of the documents that are decided right; of several labels a document, the mean over labels.
        exact: The share of the documents whose labels are all right; of one class a document, the accuracy.
        macro_f1: The mean over the classes of the harmonic mean of precision and recall; of a class that no document
            has and none is given, 0.
    """

    loss: float
    accuracy: float
    exact: float
    macro_f1: float


def evaluate(network: Classifier, corpus: Corpus, *, targets: np.ndarray | None = None) -> Evaluation:
    """Reads every document of ``corpus`` and compares what the network says with the labels.

    Args:
        network: The network; it stays as it is.
        corpus: The documents.
        targets: What is to be said after each word, in the order of the tokens of the corpus, [token, output]: then the
            loss is about them.

    Raises:
        NetworkError: The words or classes of the corpus are not those of the network.
        DataError: There is not one row of targets a token, or one is not finite.

    Example:
        >>> from slowfold.networks import fit
        >>> from slowfold.text.languages import categorical
        >>> corpus = categorical(classes=2, length=5).sample(200, seed=0)
        >>> network = Classifier.build(corpus, hidden=8)
        >>> training = fit(network, corpus, steps=60, learning_rate=0.02)
        >>> evaluate(network, corpus).macro_f1
        1.0
    """
    network.require(corpus)
    lessons = Lessons.of(corpus, targets)
    with torch.no_grad():
        evidence, squares = _answers(network, lessons)
    found = compare(evidence, corpus)
    return found if squares is None else replace(found, loss=squares)


@torch.no_grad()
def compare(evidence: Float[Tensor, "document class"], corpus: Corpus) -> Evaluation:
    """How well evidence, from whatever gave it, answers for the labels of ``corpus``.

    Example:
        >>> from slowfold.text.languages import categorical
        >>> corpus = categorical(classes=2, length=5).sample(10, seed=0)
        >>> compare(torch.eye(2)[torch.from_numpy(corpus.labels.copy())], corpus).accuracy
        1.0
    """
    labels = torch.from_numpy(np.array(corpus.labels))
    decided = decide(evidence, corpus.kind)
    return Evaluation(
        loss=label_loss(evidence, labels).item(),
        accuracy=share_correct(decided, labels),
        exact=_exact(decided, labels),
        macro_f1=macro_f1(decided, labels, len(corpus.class_names)),
    )


def macro_f1(decided: Decided, labels: Labels, classes: int) -> float:
    """The mean over the classes of the harmonic mean of precision and recall.

    Example:
        >>> macro_f1(torch.tensor([0, 1, 1, 1]), torch.tensor([0, 0, 1, 1]), 2)
        0.733...
    """
    said, true = (_one_column_a_class(which, classes) for which in (decided, labels))
    both = (said & true).sum(dim=0).double()
    either = said.sum(dim=0) + true.sum(dim=0)
    return (2 * both / either.clamp(min=1)).mean().item()


def _answers(network: Classifier, lessons: Lessons) -> tuple[Tensor, float | None]:
    """The evidence after the last word, [document, class], and the mean squared error where there are targets."""
    if lessons.targets is None:
        return network.logits(lessons.corpus), None
    evidence = network.initial_state.new_empty((len(lessons), len(network.class_names)), device="cpu")
    error, tokens = 0.0, len(lessons.corpus.tokens)
    for members in reading_order(lessons.corpus.lengths):
        batch = gather_batch(lessons.corpus, members, lessons.targets).to(network.device)
        every = network.evidence(network.unroll(batch.tokens))
        evidence[torch.from_numpy(members)] = last_states(every, batch.lengths).cpu()
        if batch.targets is not None:
            error += squared_error(every, batch.targets, batch.lengths).item() * int(batch.lengths.sum()) / tokens
    return evidence, error


def _exact(decided: Decided, labels: Labels) -> float:
    right = decided == labels
    return (right.all(dim=-1) if right.dim() > 1 else right).double().mean().item()


def _one_column_a_class(labels: Labels, classes: int) -> Tensor:
    return labels if labels.dtype == torch.bool else torch.nn.functional.one_hot(labels, classes).bool()
