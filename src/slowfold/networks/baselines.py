"""What a network is measured against: the class that is the most frequent, and the words without their order."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from slowfold.errors import OptionError
from slowfold.networks.batches import Order
from slowfold.networks.checkpoints import Standing
from slowfold.networks.evaluation import Evaluation, compare
from slowfold.networks.heads import accuracy_tells, label_loss
from slowfold.networks.lessons import Lessons
from slowfold.networks.matching import require_match
from slowfold.text.corpus import Corpus
from slowfold.text.ragged import pick

__all__ = ["BagOfWords", "bag_of_words", "majority_class"]

# The recipe of the source but for the number of steps, which it does not say for sets that are small, and for the
# documents kept aside: with as many weights as words, more steps are not always better.
_BATCH = 256
_EMBEDDING = 32
_RATE = 2e-3
_RATE_PER_STEP = 0.8 ** (1 / 1000)
_STEPS = 1500
_EPOCHS = 3
_HELD_OUT = 0.1
_HELD_OUT_MOST = 2000
_EVALUATIONS = 15
_PATIENCE = 5
# As that of the embedding of a network: words say next to nothing before they are learned.
_DEVIATION = 0.1


@dataclass(frozen=True, eq=False)
class BagOfWords:
    """A classifier that adds up the evidence of the words, and what it makes of documents.

    Attributes:
        evidence: What each occurrence of a word adds to the logits, in nats, [word, class]. Of one class a document,
            logits mean something up to a constant for all classes: here the mean over the classes is 0, so that N
            classes span at most N - 1 dimensions.
        bias: What the logits are before the first word, [class].
        train: How well it answers on the documents it was trained on, those kept aside among them.
        test: How well it answers on the test documents.
        steps: The steps taken.
        best_step: The step that was best on the documents kept aside, whose weights these are.
        seconds: The time that took.
    """

    evidence: Float[Tensor, "word class"]
    bias: Float[Tensor, " class"]
    train: Evaluation
    test: Evaluation
    steps: int
    best_step: int
    seconds: float

    def logits(self, corpus: Corpus) -> Float[Tensor, "document class"]:
        """The evidence of all words of each document, [document, class], whatever their order.

        Raises:
            OptionError: The corpus has another number of words.
        """
        if len(corpus.vocabulary) != len(self.evidence):
            raise OptionError(
                f"has {len(corpus.vocabulary)} words, not {len(self.evidence)}",
                where="the corpus",
                cure="read it with the vocabulary of the training documents",
            )
        return _add_up(_bags(corpus), self.evidence) + self.bias


class _Bags(NamedTuple):
    """Documents as one run of words, and where each begins: what ``nn.functional.embedding_bag`` takes."""

    words: Int64[Tensor, " token"]
    begins: Int64[Tensor, " document"]


class _Weights(NamedTuple):
    """What is trained: a vector a word, [word, column], and how their sum is read, [class, column] and [class]."""

    vectors: Tensor
    readout: Tensor
    bias: Tensor

    def logits(self, bags: _Bags) -> Tensor:
        return nn.functional.linear(_add_up(bags, self.vectors), self.readout, self.bias)


def majority_class(train: Corpus, test: Corpus) -> Evaluation:
    """How well it does to say the same of every test document: what the labels of the training documents are.

    Every class has its share of the training documents as its probability, and the most probable one is what is said;
    of several labels a document, each label that most training documents have. One document more of each is counted,
    so that nothing is impossible.

    Raises:
        NetworkError: The two corpora have different words or classes.

    Example:
        >>> from slowfold.text.languages import categorical
        >>> train, test = categorical(classes=4).sample(400, seed=0).split()
        >>> majority_class(train, test).accuracy
        0.25
    """
    require_match(test, train.vocabulary, tuple(train.class_names), train.kind)
    labels, documents = train.labels, len(train)
    if labels.ndim == 2:
        share = torch.from_numpy((labels.sum(axis=0) + 1) / (documents + 2))
        evidence = share.logit()
    else:
        counts = np.bincount(labels, minlength=len(train.class_names)) + 1
        evidence = torch.from_numpy(counts / counts.sum()).log()
    return compare(evidence.expand(len(test), -1), test)


def bag_of_words(train: Corpus, test: Corpus, *, seed: int = 0) -> BagOfWords:
    """Trains a classifier for which the order of words does not matter: the sum of their vectors, read linearly.

    What a recurrent network does better than this, it does by the order of words. The vectors have 32 numbers and are
    trained with the readout by Adam, at a rate of 0.002 that falls by a fifth in 1,000 steps of 256 documents. It takes
    three passes or 1,500 steps, whichever is more, but stops once it gets no better on a tenth of the training
    documents, at most 2,000 of them, that is kept aside, or has all of these right; the best weights are kept.

    Documents are not padded, and nothing recurs: it takes seconds.

    Args:
        train: The documents to train on, of any kind.
        test: The documents to test on.
        seed: Draws the vectors, the documents kept aside and the order of the others.

    Raises:
        NetworkError: The two corpora have different words or classes.
        DataError: A class has no training document.

    Source:
        The bag of words that the authors of "The geometry of integration in text classification RNNs" (Aitken et al.,
        ICLR 2021) trained on ag_news.

    Example:
        >>> from slowfold.text.languages import categorical
        >>> train, test = categorical(classes=3, length=20).sample(1000, seed=0).split()
        >>> bag_of_words(train, test).test.accuracy > 0.9
        True
    """
    began = time.perf_counter()
    require_match(test, train.vocabulary, tuple(train.class_names), train.kind)
    lessons = Lessons(train)
    lessons.require_every_class()
    taught, aside = lessons.hold_out(min(_HELD_OUT, _HELD_OUT_MOST / len(train)), seed)
    weights = _draw(len(train.vocabulary), len(train.class_names), seed)
    standing, best = _train(weights, taught.corpus, train if aside is None else aside.corpus, seed)
    evidence, bias = best.vectors @ best.readout.mT, best.bias
    if train.kind != "multilabel":
        evidence, bias = evidence - evidence.mean(dim=1, keepdim=True), bias - bias.mean()
    return BagOfWords(
        evidence=evidence,
        bias=bias,
        train=compare(best.logits(_bags(train)), train),
        test=compare(best.logits(_bags(test)), test),
        steps=standing.step,
        best_step=standing.step if standing.best_step is None else standing.best_step,
        seconds=time.perf_counter() - began,
    )


def _draw(words: int, classes: int, seed: int) -> _Weights:
    generator = torch.Generator().manual_seed(seed)
    bound = 1 / math.sqrt(_EMBEDDING)
    return _Weights(
        torch.empty(words, _EMBEDDING).normal_(std=_DEVIATION, generator=generator).requires_grad_(),
        torch.empty(classes, _EMBEDDING).uniform_(-bound, bound, generator=generator).requires_grad_(),
        torch.zeros(classes, requires_grad=True),
    )


def _train(weights: _Weights, corpus: Corpus, aside: Corpus, seed: int) -> tuple[Standing, _Weights]:
    """Moves the weights step by step; where that led, and the weights that were best on the documents ``aside``."""
    order = Order(corpus.lengths, size=_BATCH, tokens=0, seed=seed)
    total = max(_STEPS, order.steps(_EPOCHS))
    every = math.ceil(total / _EVALUATIONS)
    optimiser = torch.optim.Adam(weights, lr=_RATE, fused=True)
    labels = torch.from_numpy(np.array(corpus.labels))
    unread = _bags(aside)
    standing, best = Standing(), weights
    for documents in order.after(0):
        step = standing.step + 1
        optimiser.param_groups[0]["lr"] = _RATE * _RATE_PER_STEP ** (step - 1)
        _learn(weights, optimiser, _bags(corpus, documents), labels[torch.from_numpy(documents)])
        standing = replace(standing, step=step)
        if step % every == 0 or step == total:
            standing = _evaluate(weights, unread, aside, standing)
            if standing.best_step == step:
                best = _Weights(*(weight.detach().clone() for weight in weights))
        # Where all documents kept aside are right, nothing is left to get better at.
        if step == total or standing.stopped_early or standing.best_accuracy == 1:
            break
    return standing, best


@torch.enable_grad()
def _learn(weights: _Weights, optimiser: torch.optim.Adam, bags: _Bags, labels: Tensor) -> None:
    optimiser.zero_grad()
    label_loss(weights.logits(bags), labels).backward()
    optimiser.step()


@torch.no_grad()
def _evaluate(weights: _Weights, bags: _Bags, corpus: Corpus, standing: Standing) -> Standing:
    found = compare(weights.logits(bags), corpus)
    accuracy = found.accuracy if accuracy_tells(corpus.kind) else None
    return standing.evaluated(accuracy, found.loss, patience=_PATIENCE)


def _bags(corpus: Corpus, documents: Int64[np.ndarray, " document"] | None = None) -> _Bags:
    """The words of the given documents, or of all."""
    tokens, offsets = corpus.tokens, corpus.offsets
    if documents is not None:
        tokens, offsets = pick(tokens, offsets, documents, corpus.lengths[documents])
    return _Bags(torch.from_numpy(tokens.astype(np.int64)), torch.from_numpy(offsets[:-1].copy()))


def _add_up(bags: _Bags, vectors: Float[Tensor, "word column"]) -> Float[Tensor, "document column"]:
    """The sum of the vectors of all words of each document."""
    return nn.functional.embedding_bag(bags.words, vectors, bags.begins, mode="sum")
