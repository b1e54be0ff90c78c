"""Words and their numbers: how a text is cut into words, which words are known, and texts as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import polars as pl
from jaxtyping import Int32, Int64

from slowfold.errors import DataError, OptionError
from slowfold.text.names import near_names, quoted

__all__ = [
    "MINIMUM_COUNT",
    "UNKNOWN_WORD",
    "VOCABULARY_SIZE",
    "WORD_PATTERN",
    "Vocabulary",
    "build_vocabulary",
    "encode",
    "encode_words",
    "most_frequent",
    "split_words",
]

WORD_PATTERN = (
    r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['\x{2019}_][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*"
    r"|[^\s\p{Cc}\p{Cf}\p{L}\p{M}\p{N}]"
)
"""What a word is, in the regular expressions of Rust: a run of Unicode letters and digits, with the apostrophes and
underscores inside it (``don't``, ``kinda_0``); every other character that can be seen is a word of its own. White
space, control characters and signs that only shape others (joiners, lone accents) are no words."""

UNKNOWN_WORD = "<unk>"
"""Stands for every word outside the vocabulary. No text holds it as a word: there it is ``<``, ``unk``, ``>``."""

MINIMUM_COUNT = 2
"""A word that occurs once says nothing about a class that chance would not say as well; all others are kept."""

VOCABULARY_SIZE = 20_000
"""The greatest number of words in a vocabulary, ``<unk>`` included."""


@dataclass(frozen=True, repr=False)
class Vocabulary:
    """The words that are known, and their numbers.

    Attributes:
        words: The words; the position of a word is its token id.
        unknown: The id that stands for all other words, or None where every word is known.

    Raises:
        DataError: There is no word, a word stands twice, or ``unknown`` is no position.

    Example:
        >>> vocabulary = Vocabulary(("<unk>", "good", "bad"), unknown=0)
        >>> vocabulary
        Vocabulary(3 words: '<unk>', 'good', 'bad')
        >>> vocabulary.id("bad"), vocabulary.word(1), "ugly" in vocabulary, len(vocabulary)
        (2, 'good', False, 3)
    """

    words: tuple[str, ...]
    unknown: int | None = None

    def __post_init__(self) -> None:
        if not self.words:
            raise DataError("a vocabulary without words", cure="give at least one word")
        if len(self._ids) < len(self.words):
            twice = next(word for position, word in enumerate(self.words) if self._ids[word] != position)
            raise DataError(f"the word {quoted(twice)} stands twice in the vocabulary", cure="give each word once")
        if self.unknown is not None and not 0 <= self.unknown < len(self.words):
            raise DataError(
                f"the unknown word has id {self.unknown} in a vocabulary of {len(self.words)} words",
                cure="give the position of a word, or None",
            )

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: position for position, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        shown = ", ".join(quoted(word) for word in self.words[:5])
        return f"Vocabulary({len(self)} words: {shown}{', ...' if len(self) > 5 else ''})"

    def __contains__(self, word: object) -> bool:
        return word in self._ids

    def id(self, word: str) -> int:
        """The token id of ``word``.

        Raises:
            DataError: The word is not in the vocabulary; the message lists near ones.
        """
        try:
            return self._ids[word]
        except KeyError:
            raise DataError(
                f"the word {quoted(word)} is not among the {len(self)} words of the vocabulary",
                cure=near_names(word, self.words),
            ) from None

    def word(self, id: int) -> str:
        """The word with token id ``id``.

        Raises:
            DataError: There is no such id.
        """
        if not 0 <= id < len(self.words):
            raise DataError(f"no word has id {id}", cure=f"ids go from 0 to {len(self) - 1}")
        return self.words[id]

    def to_json(self) -> dict[str, object]:
        """A plain dictionary that JSON can hold; :meth:`from_json` reads it."""
        return {"words": list(self.words), "unknown": self.unknown}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Vocabulary:
        """The vocabulary that :meth:`to_json` wrote.

        Raises:
            DataError: ``value`` is no such dictionary.

        Example:
            >>> vocabulary = Vocabulary(("<unk>", "good"), unknown=0)
            >>> Vocabulary.from_json(vocabulary.to_json()) == vocabulary
            True
        """
        words, unknown = value.get("words"), value.get("unknown")
        listed = cast("list[object]", words) if isinstance(words, list) else []
        texts = tuple(word for word in listed if isinstance(word, str))
        number = unknown if isinstance(unknown, int) and not isinstance(unknown, bool) else None
        if not isinstance(words, list) or len(texts) < len(listed) or number is not unknown:
            raise DataError(
                "no vocabulary",
                cure='give {"words": [..], "unknown": id or null}, as Vocabulary.to_json writes it',
            )
        return cls(texts, number)


def split_words(texts: pl.Series) -> pl.Series:
    """The words of each text, in lower case, by :data:`WORD_PATTERN`.

    Args:
        texts: Texts, String [document].

    Returns:
        Words, List(String) [document]; empty where a text has no word.

    Example:
        >>> split_words(pl.Series(["Don't PANIC, please!"])).to_list()
        [["don't", 'panic', ',', 'please', '!']]
    """
    return texts.str.to_lowercase().str.extract_all(WORD_PATTERN)


def build_vocabulary(
    texts: pl.Series, *, minimum_count: int = MINIMUM_COUNT, size: int = VOCABULARY_SIZE
) -> Vocabulary:
    """``<unk>``, which has id 0, and the most frequent words of ``texts``; equally frequent ones stand by alphabet.

    Build it on the training documents alone: a word known from the test documents is knowledge about them.

    Args:
        texts: Texts, String [document].
        minimum_count: How often a word must occur to be known.
        size: The greatest number of words, ``<unk>`` included.

    Raises:
        OptionError: ``minimum_count`` is below 1, or ``size`` below 2.
        DataError: No word occurs ``minimum_count`` times.

    Example:
        >>> build_vocabulary(pl.Series(["b a c", "b c"]), minimum_count=2).words
        ('<unk>', 'b', 'c')
    """
    counts = _flat(split_words(texts)).to_frame("word").group_by("word").len("count")
    return most_frequent(
        counts["word"], counts["count"].cast(pl.Int64).to_numpy(), minimum_count=minimum_count, size=size
    )


def most_frequent(words: pl.Series, counts: Int64[np.ndarray, " word"], *, minimum_count: int, size: int) -> Vocabulary:
    """:func:`build_vocabulary` for words that are counted already.

    Args:
        words: Different words, String [word].
        counts: How often each occurs, [word].
        minimum_count: How often a word must occur to be known.
        size: The greatest number of words, ``<unk>`` included.

    Raises:
        OptionError: ``minimum_count`` is below 1, or ``size`` below 2.
        DataError: No word occurs ``minimum_count`` times.

    Example:
        >>> most_frequent(pl.Series(["a", "c", "b"]), np.array([1, 2, 2]), minimum_count=2, size=10).words
        ('<unk>', 'b', 'c')
    """
    if minimum_count < 1:
        raise OptionError(f"{minimum_count} is below 1", where="minimum_count", cure="give 1 or more")
    if size < 2:
        raise OptionError(f"{size} is below 2", where="vocabulary size", cure="leave room for <unk> and one word")
    known = (
        pl.DataFrame({"word": words, "count": counts})
        .filter(pl.col("count") >= minimum_count)
        .sort("count", "word", descending=[True, False])
        .head(size - 1)
    )
    if known.is_empty():
        raise DataError(
            f"a vocabulary of nothing: no word occurs {minimum_count} times",
            cure="lower the minimum count, or give more text",
        )
    return Vocabulary((UNKNOWN_WORD, *known["word"].to_list()), unknown=0)


def encode(
    texts: pl.Series, vocabulary: Vocabulary
) -> tuple[Int32[np.ndarray, " token"], Int64[np.ndarray, " boundary"]]:
    """Texts as token ids, one after the other.

    Args:
        texts: Texts, String [document].
        vocabulary: The words that are known.

    Returns:
        The token ids [token], and where each document begins and the last one ends [document + 1].

    Raises:
        DataError: A word is not known, and the vocabulary has no id for unknown words.

    Example:
        >>> tokens, offsets = encode(pl.Series(["good!", "so good"]), Vocabulary(("<unk>", "good"), unknown=0))
        >>> tokens.tolist(), offsets.tolist()
        ([1, 0, 0, 1], [0, 2, 4])
    """
    return encode_words(split_words(texts), vocabulary)


def encode_words(
    words: pl.Series, vocabulary: Vocabulary
) -> tuple[Int32[np.ndarray, " token"], Int64[np.ndarray, " boundary"]]:
    """:func:`encode` for texts that are split already, List(String) [document]."""
    offsets = np.concatenate([[0], np.cumsum(words.list.len().to_numpy(), dtype=np.int64)]).astype(np.int64)
    flat = _flat(words)
    known = pl.Series(np.arange(len(vocabulary), dtype=np.int32))
    ids = flat.replace_strict(pl.Series(vocabulary.words), known, default=None, return_dtype=pl.Int32)
    if ids.null_count():
        if vocabulary.unknown is None:
            at = int(ids.is_null().arg_max() or 0)
            document = int(np.searchsorted(offsets, at, side="right")) - 1
            raise DataError(
                f"the word {quoted(flat[at])} is not in the vocabulary, which has no <unk>",
                where=f"document {document}",
                cure=near_names(str(flat[at]), vocabulary.words),
            )
        ids = ids.fill_null(vocabulary.unknown)
    return ids.to_numpy(), offsets


def _flat(words: pl.Series) -> pl.Series:
    # A text without words would leave a null behind when it is taken apart.
    return words.filter(words.list.len() > 0).explode()
