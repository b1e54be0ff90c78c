"""Words in pieces: a vocabulary of frequent beginnings, middles and ends, of which every word can be put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Int32, Int64

from slowfold.errors import DataError, OptionError, RunError
from slowfold.storage import read_json, write_json
from slowfold.text.corpus import Corpus
from slowfold.text.ragged import boundaries
from slowfold.text.vocabulary import MINIMUM_COUNT, UNKNOWN_WORD, Vocabulary

__all__ = ["INNER", "WordPiece", "learn_wordpiece", "read_wordpiece"]

INNER = "##"
"""Begins each piece that does not begin a word."""

PIECES = 32_000
"""The greatest number of pieces, ``<unk>`` included: the size of the paper's vocabularies."""

# Learning takes about a microsecond an occurrence, and what it merges depends on shares alone: counts beyond this many
# occurrences in all are scaled down.
_MOST_OCCURRENCES = 5_000_000

# The unknown word, and one character as the beginning and as the inside of a word.
_FEWEST = 3

_VERSION = 1


@dataclass(frozen=True, repr=False)
class WordPiece:
    """The pieces that are known, and how words are cut into them.

    A word is cut from its beginning, each time at the longest piece that is known. A word that cannot be cut so, for it
    holds a character that no piece has, is ``<unk>`` as a whole.

    Attributes:
        vocabulary: The pieces; those inside a word begin with ``##``, and id 0 is ``<unk>``.

    Raises:
        DataError: The vocabulary has no ``<unk>``.

    Source:
        Schuster and Nakajima, Japanese and Korean voice search, ICASSP 2012; the longest match first is that of BERT.

    Example:
        >>> pieces = WordPiece(Vocabulary(("<unk>", "good", "un", "##ness", "##good"), unknown=0))
        >>> pieces.cut("goodness"), pieces.cut("ungood"), pieces.cut("bad")
        (('good', '##ness'), ('un', '##good'), ('<unk>',))
    """

    vocabulary: Vocabulary

    def __post_init__(self) -> None:
        if self.vocabulary.unknown is None:
            raise DataError("a vocabulary of pieces without <unk>", cure="give Vocabulary(.., unknown=0)")

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> WordPiece | None:
        """How words are cut into the pieces of a vocabulary, or None where it is one of whole words.

        No word that was split from a text begins with ``##``, for each sign is a word of its own.

        Example:
            >>> WordPiece.of(Vocabulary(("<unk>", "good", "##ness"), unknown=0))
            WordPiece(Vocabulary(3 words: '<unk>', 'good', '##ness'))
            >>> WordPiece.of(Vocabulary(("<unk>", "good", "##"), unknown=0))
        """
        has_pieces = any(word.startswith(INNER) and len(word) > len(INNER) for word in vocabulary.words)
        return cls(vocabulary) if has_pieces and vocabulary.unknown is not None else None

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __repr__(self) -> str:
        return f"WordPiece({self.vocabulary!r})"

    @cached_property
    def _ids(self) -> dict[str, int]:
        # A word that is spelled <unk> is no unknown word.
        return {piece: at for at, piece in enumerate(self.vocabulary.words) if at != self.vocabulary.unknown}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.vocabulary.words))

    def cut(self, word: str) -> tuple[str, ...]:
        """The pieces of ``word``; joined, without their ``##``, they are the word again, unless it is ``<unk>``."""
        return tuple(self.vocabulary.words[at] for at in self._cut(word))

    def cut_all(self, words: Sequence[str]) -> tuple[Int32[np.ndarray, " piece"], Int64[np.ndarray, " boundary"]]:
        """The pieces of each of many words.

        Args:
            words: The words, such as those of a vocabulary.

        Returns:
            The ids of the pieces, one word after the other [piece], and where those of each word begin, and where the
            last one's end [word + 1].

        Example:
            >>> pieces = WordPiece(Vocabulary(("<unk>", "good", "##ness"), unknown=0))
            >>> ids, offsets = pieces.cut_all(["goodness", "bad", "good"])
            >>> ids.tolist(), offsets.tolist()
            ([1, 2, 0, 1], [0, 2, 3, 4])
        """
        cuts = [self._cut(word) for word in words]
        lengths = np.fromiter(map(len, cuts), dtype=np.int64, count=len(cuts))
        return np.fromiter(chain.from_iterable(cuts), dtype=np.int32, count=int(lengths.sum())), boundaries(lengths)

    def apply(self, corpus: Corpus) -> Corpus:
        """The same documents in pieces; the unknown words of ``corpus`` stay unknown.

        Give a corpus that knows all its words (``minimum_count=1``), so that rare words can be told by their pieces.

        Example:
            >>> corpus = Corpus.from_tokens([[0, 1]], [0], Vocabulary(("good", "goodness")), ("a", "b"))
            >>> WordPiece(Vocabulary(("<unk>", "good", "##ness"), unknown=0)).apply(corpus).words(0)
            ['good', 'good', '##ness']
        """
        ids, offsets = self.cut_all(corpus.vocabulary.words)
        lengths, begins = np.diff(offsets), offsets[:-1].copy()
        if corpus.vocabulary.unknown is not None:
            # Its name would be cut like a word.
            ids = np.append(ids, np.int32(self.vocabulary.unknown or 0))
            lengths[corpus.vocabulary.unknown], begins[corpus.vocabulary.unknown] = 1, len(ids) - 1
        ends = boundaries(lengths[corpus.tokens])
        positions = np.repeat(begins[corpus.tokens] - ends[:-1], np.diff(ends)) + np.arange(ends[-1])
        return replace(corpus, tokens=ids[positions], offsets=ends[corpus.offsets], vocabulary=self.vocabulary)

    def save(self, path: str | Path) -> None:
        """Writes the pieces as JSON, whole or not at all; :func:`read_wordpiece` reads them.

        Raises:
            RunError: The file cannot be written.
        """
        write_json(Path(path), {"format": "wordpiece", "version": _VERSION, **self.vocabulary.to_json()})

    def _cut(self, word: str) -> list[int]:
        """The ids of the pieces of ``word``."""
        unknown, known, longest = cast("int", self.vocabulary.unknown), self._ids, self._longest
        ids: list[int] = []
        begin = 0
        while begin < len(word):
            prefix = INNER if begin else ""
            # No piece is longer than the longest: a word of a million letters is no work of their square.
            for end in range(min(len(word), begin + longest), begin, -1):
                found = known.get(prefix + word[begin:end])
                if found is not None:
                    ids.append(found)
                    begin = end
                    break
            else:
                return [unknown]
        return ids or [unknown]


def learn_wordpiece(
    words: Sequence[str], counts: Int64[np.ndarray, " word"], *, size: int = PIECES, minimum_count: int = MINIMUM_COUNT
) -> WordPiece:
    """The pieces that the words of a corpus are best put together of.

    Learn them on the training documents alone: a piece known from the test documents is knowledge about them. Single
    characters come first, each as the beginning and as the inside of a word, so that a new word of known characters can
    be put together; the most frequent ones, where all would fill more than three quarters of the vocabulary. Then, as
    long as there is room, the most frequent pair of neighbouring pieces becomes a piece. The same counts give the same
    pieces.

    Args:
        words: The distinct words of the training documents; ``<unk>`` is passed over.
        counts: How often each occurs, [word], as :meth:`Corpus.token_counts` says.
        size: The greatest number of pieces, ``<unk>`` included.
        minimum_count: How often a pair must occur to become a piece.

    Raises:
        OptionError: ``size`` is below 3, ``minimum_count`` is below 1, or tokenizers is not installed.
        DataError: There is no word.

    Example:
        >>> pieces = learn_wordpiece(["low", "lower", "newer", "wider"], np.array([9, 4, 6, 5]), size=22)
        >>> pieces.cut("low"), pieces.cut("lower"), pieces.cut("wow")
        (('low',), ('low', '##er'), ('w', '##o', '##w'))
    """
    if size < _FEWEST:
        raise OptionError(
            f"{size} is below {_FEWEST}", where="number of pieces", cure="leave room for <unk> and characters"
        )
    if minimum_count < 1:
        raise OptionError(f"{minimum_count} is below 1", where="minimum_count", cure="give 1 or more")
    occurring = [(word, int(n)) for word, n in zip(words, counts, strict=True) if n and word and word != UNKNOWN_WORD]
    if not occurring:
        raise DataError("no word to learn pieces of", cure="give words that occur")
    characters = _most_frequent_characters(occurring, 3 * size // 8)
    known = set(characters)
    whole = [(word, n) for word, n in occurring if known.issuperset(word)]
    scale = min(1.0, _MOST_OCCURRENCES / max(1, sum(n for _, n in whole)))
    scaled = [(word, round(n * scale)) for word, n in whole]
    alphabet = [prefix + character for prefix in ("", INNER) for character in characters]
    return WordPiece(Vocabulary(_train(scaled, alphabet, size, minimum_count), unknown=0))


def read_wordpiece(path: str | Path) -> WordPiece:
    """The pieces that :meth:`WordPiece.save` wrote.

    Raises:
        DataError: The file is missing, or holds no pieces.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "pieces.json")
        >>> pieces = WordPiece(Vocabulary(("<unk>", "good", "##ness"), unknown=0))
        >>> pieces.save(path)
        >>> read_wordpiece(path) == pieces
        True
    """
    path = Path(path)
    cure = "give a file that WordPiece.save wrote"
    try:
        value: object = read_json(path)
    except RunError as error:
        raise DataError(error.what, where=str(path), cure=cure) from error
    known = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if known.get("format") != "wordpiece" or known.get("version") != _VERSION:
        raise DataError(f"holds no pieces of version {_VERSION}", where=str(path), cure=cure)
    try:
        return WordPiece(Vocabulary.from_json(known))
    except DataError as error:
        raise DataError(error.what, where=str(path), cure=cure) from error


def _most_frequent_characters(occurring: Sequence[tuple[str, int]], most: int) -> list[str]:
    """At most so many of the characters of words; equally frequent ones by alphabet."""
    counts: Counter[str] = Counter()
    for word, n in occurring:
        for character in word:
            counts[character] += n
    return sorted(counts, key=lambda character: (-counts[character], character))[:most]


def _train(
    scaled: Sequence[tuple[str, int]], alphabet: Sequence[str], size: int, minimum_count: int
) -> tuple[str, ...]:
    """The pieces, ``<unk>`` first, as the tokenizers package learns them."""
    try:
        from tokenizers import Tokenizer, models, trainers
    except ImportError as error:
        raise OptionError(
            "pieces of words are learned with tokenizers, which is not installed",
            where="wordpiece",
            cure='run pip install "slowfold[wordpiece]"',
        ) from error
    # Without a pre-tokenizer each text is one word. Pieces that the trainer meets by itself get their numbers in the
    # order of a hash table, another one each time, and equal counts are decided by number: so it is told all
    # of the smallest ones beforehand, as the words that any vocabulary holds.
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN_WORD))
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=minimum_count,
        special_tokens=[UNKNOWN_WORD, *alphabet],
        continuing_subword_prefix=INNER,
        show_progress=False,
    )
    tokenizer.train_from_iterator(([word] * n for word, n in scaled if n), trainer)
    numbers = tokenizer.get_vocab()
    return tuple(sorted(numbers, key=lambda piece: numbers[piece]))
