"""Languages of classes without an order: a word is evidence for one class, or for two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from slowfold.errors import OptionError
from slowfold.text.languages.blocks import BlockPhrases
from slowfold.text.languages.chains import Chain
from slowfold.text.languages.language import Language
from slowfold.text.languages.options import check_classes, check_length, with_context
from slowfold.text.languages.reading import EXTREMELY, NOT, ContextWord, Reading
from slowfold.text.languages.rules import Largest
from slowfold.text.languages.symmetric import SymmetricPhrases, rotations
from slowfold.text.names import near_names, quoted

__all__ = ["MOST_CLASSES", "categorical", "contextual"]

MOST_CLASSES = 20
"""With more classes than this, a phrase of 50 words holds too few of each to tell them apart."""

# What a word of each family adds: one word for each class, and of pairs one for every two classes.
_STRENGTHS = {"kinda": 1, "very": 2, "bad": -1, "awful": -2, "pair": 1}


def categorical(
    classes: int = 3,
    length: int = 50,
    *,
    families: Sequence[str] = ("kinda",),
    context: Sequence[ContextWord] = (),
) -> Language:
    """The categorical language: ``kinda_0`` is evidence for the first class and so on, ``the`` for none.

    The label is the class with the largest score.

    Args:
        classes: The number of classes, 2 to 20.
        length: The number of words of a phrase.
        families: Which words there are besides ``the``: ``kinda_0`` adds 1 to its class, ``very_0`` 2, ``bad_0`` -1,
            ``awful_0`` -2, and ``"pair"`` stands for the words that add 1 to two classes, ``kinda_0_1`` and so on.
        context: Words that multiply the evidence of the words after them, such as :data:`NOT` and :data:`EXTREMELY`.
            With these, and with pairs, phrases are drawn word by word: there are no uniform scores.

    Raises:
        OptionError: An option is out of range.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, section 3.1.

    Example:
        >>> language = categorical(classes=3)
        >>> language.words, language.dimension
        (('kinda_0', 'kinda_1', 'kinda_2', 'the'), 2)
        >>> categorical(classes=3, families=("pair",)).evidence.tolist()
        [[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """
    check_classes("categorical", classes, 2, MOST_CLASSES)
    check_length(length)
    _check_families(families, classes)
    bank = _bank(families, classes)
    units = np.zeros((len(bank) + 1, classes), dtype=np.int64)
    for number, (family, own) in enumerate(bank):
        units[number, list(own)] = _STRENGTHS[family]
    reading, words = with_context(Reading(units), [*(_word(family, own) for family, own in bank), "the"], context)
    rule = Largest(classes)
    renamings, taking = rotations(lambda places: _turned(bank, classes, places, len(words)), classes)
    phrases: dict[str, SymmetricPhrases] = {}
    if not context and "pair" not in families:
        blocks = BlockPhrases(classes, tuple(_STRENGTHS[family] for family in families))
        phrases["uniform"] = SymmetricPhrases(blocks.free, reading, rule, renamings, taking)
    phrases["random"] = SymmetricPhrases(Chain(reading).free, reading, rule, renamings, taking)
    return Language(
        name="categorical",
        kind="categorical",
        words=words,
        class_names=tuple(f"class {i}" for i in range(classes)),
        dimension=classes - 1,
        length=length,
        shortest=length,
        reading=reading,
        rule=rule,
        phrases=phrases,
    )


def contextual(classes: int = 3, length: int = 50, *, negation: ContextWord = NOT) -> Language:
    """The categorical language of ``kinda``, ``very`` and ``the`` with words that turn others round or double them.

    A word is drawn anew where ``extremely`` would follow itself, or ``not`` stand within its own reach: every word that
    may stand is as probable as any other.

    Args:
        classes: The number of classes, 2 to 20.
        length: The number of words of a phrase.
        negation: :data:`NOT`, which reaches three words, or :data:`NOT_8`, which reaches seven.

    Raises:
        OptionError: An option is out of range.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, and the code its authors
        published.

    Example:
        >>> contextual(classes=2).words
        ('kinda_0', 'kinda_1', 'very_0', 'very_1', 'the', 'not', 'extremely')
    """
    language = categorical(classes, length, families=("kinda", "very"), context=(negation, EXTREMELY))
    return replace(language, name="contextual")


def _check_families(families: Sequence[str], classes: int) -> None:
    strange = [family for family in families if family not in _STRENGTHS]
    if strange:
        raise OptionError(
            f"no words are called {quoted(strange[0])}", where="families", cure=near_names(strange[0], list(_STRENGTHS))
        )
    if not families or len(set(families)) < len(families):
        raise OptionError(f"families {quoted(tuple(families))}", where="families", cure="name one or more, each once")
    if classes == 2 and set(families) == {"pair"}:
        raise OptionError("words for both of two classes tell nothing", where="families", cure="add others, or classes")


def _bank(families: Sequence[str], classes: int) -> list[tuple[str, tuple[int, ...]]]:
    """Every word of evidence: its family, and the classes that it is for."""
    return [(family, own) for family in families for own in combinations(range(classes), 2 if family == "pair" else 1)]


def _word(family: str, own: tuple[int, ...]) -> str:
    return "_".join(["kinda" if family == "pair" else family, *map(str, own)])


def _turned(bank: list[tuple[str, tuple[int, ...]]], classes: int, places: int, words: int) -> list[int]:
    """The word in the place of each word when every class becomes the one so many places further on."""
    numbers = {entry: number for number, entry in enumerate(bank)}
    moved = [numbers[family, tuple(sorted((c + places) % classes for c in own))] for family, own in bank]
    return [*moved, *range(len(bank), words)]
