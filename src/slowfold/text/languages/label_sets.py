"""The language of several labels, of which a phrase has any number."""

from __future__ import annotations

import numpy as np

from slowfold.text.languages.blocks import BlockPhrases
from slowfold.text.languages.chains import Chain
from slowfold.text.languages.language import Language
from slowfold.text.languages.options import check_classes, check_length
from slowfold.text.languages.reading import Reading
from slowfold.text.languages.rules import Signs
from slowfold.text.languages.symmetric import SymmetricPhrases, sign_changes

__all__ = ["multilabel"]

_FEWEST_LABELS, _MOST_LABELS = 2, 4


def multilabel(classes: int = 2, length: int = 50) -> Language:
    """The multi-label language: ``kinda_0`` speaks for the first label, ``bad_0`` against it, and so on.

    A phrase has a label where its score for it is positive, and does not have it where that is negative. The authors
    gave it a label whose score is zero too, which made labels the more frequent the shorter phrases are; here such a
    phrase is undecided. So every label needs a word, and phrases at least as many words as there are labels.

    Args:
        classes: The number of labels, 2 to 4.
        length: The number of words of a phrase.

    Raises:
        OptionError: An option is out of range.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, and the code its authors
        published.

    Example:
        >>> language = multilabel(classes=2)
        >>> language.words, language.dimension
        (('kinda_0', 'kinda_1', 'bad_0', 'bad_1', 'the'), 2)
        >>> rare = language.sample(1000, shares=(0.92, 0.039, 0.039, 0.002))
        >>> rare.labels.sum(axis=0).tolist(), int(rare.labels.all(axis=1).sum())
        ([41, 41], 2)
    """
    check_classes("multilabel", classes, _FEWEST_LABELS, _MOST_LABELS)
    check_length(length, fewest=classes)
    own = np.eye(classes, dtype=np.int64)
    reading = Reading(np.vstack([own, -own, np.zeros((1, classes), dtype=np.int64)]))
    rule = Signs(classes)
    renamings, taking = sign_changes(classes)
    blocks, chain = BlockPhrases(classes, (1, -1)), Chain(reading)
    return Language(
        name="multilabel",
        kind="multilabel",
        words=(*(f"kinda_{i}" for i in range(classes)), *(f"bad_{i}" for i in range(classes)), "the"),
        class_names=tuple(f"label {i}" for i in range(classes)),
        dimension=classes,
        length=length,
        shortest=length,
        reading=reading,
        rule=rule,
        phrases={
            "uniform": SymmetricPhrases(blocks.free, reading, rule, renamings, taking),
            "random": SymmetricPhrases(chain.free, reading, rule, renamings, taking),
        },
    )
