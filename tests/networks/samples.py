"""Small corpora whose words say which class they are evidence for."""

from __future__ import annotations

import numpy as np

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
