"""Small corpora whose words say which class they are evidence for, and what trainings are compared by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from slowfold.networks import Classifier, Metrics, fit
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary


def ragged_corpus(
    documents: int = 60, *, words: int = 80, longest: int = 12, seed: int = 0, classes: int = 3
) -> Corpus:
    """Documents of every length up to ``longest``; word i is evidence for class i modulo ``classes``."""
    generator = np.random.default_rng(seed)
    ids = [generator.integers(words, size=generator.integers(1, longest + 1)) for _ in range(documents)]
    labels = [int(np.bincount(document % classes, minlength=classes).argmax()) for document in ids]
    vocabulary = Vocabulary(tuple(f"word{i}" for i in range(words)))
    return Corpus.from_tokens(ids, labels, vocabulary, [f"class{i}" for i in range(classes)])


def labelled_corpus(documents: int = 60, *, words: int = 80, longest: int = 12, seed: int = 0) -> Corpus:
    """The same documents, each of which has those of three labels that a third of its words or more speak for."""
    plain = ragged_corpus(documents, words=words, longest=longest, seed=seed)
    counts = [np.bincount(plain.document(i) % 3, minlength=3) for i in range(documents)]
    labels = np.array([count >= max(count.sum() / 3, 1) for count in counts])
    ids = [plain.document(i) for i in range(documents)]
    return Corpus.from_tokens(ids, labels, plain.vocabulary, plain.class_names, kind="multilabel")


def weights(network: Classifier) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)


def timeless(metrics: tuple[Metrics, ...]) -> list[Metrics]:
    return [replace(line, seconds=0.0, tokens_per_second=0.0) for line in metrics]


def train_in(folder: Path) -> Classifier:
    """The same training again, from where it stands in ``folder``: words embedded, documents kept aside, a budget."""
    corpus = ragged_corpus(60)
    network = Classifier.build(corpus, hidden=8, embedding=5)
    fit(
        network,
        corpus,
        steps=45,
        batch_size=12,
        batch_tokens=70,
        held_out=0.2,
        patience=0,
        learning_rate=0.05,
        folder=folder,
        checkpoint_every=9,
        resume=True,
    )
    return network
