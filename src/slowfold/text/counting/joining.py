"""Tables of counts brought together: classes and words joined by name, in an order that no part decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Int64

from slowfold.errors import DataError
from slowfold.text.corpus import Kind
from slowfold.text.names import quoted
from slowfold.text.reading.labels import is_number, sort_names
from slowfold.text.vocabulary import Vocabulary, most_frequent

__all__ = ["add_sets", "by_frequency", "join_classes", "join_words", "most_used", "moved_columns", "number_distinct"]


def join_classes(listed: Sequence[tuple[str, ...]], kind: Kind) -> tuple[str, ...]:
    """The classes of all parts: as they list them, where all list the same, else by number or by alphabet.

    Raises:
        DataError: The classes are ordered and differ between the parts, and are no numbers that tell their order.

    Example:
        >>> join_classes([("10", "9"), ("9", "1")], "ordered"), join_classes([("yes", "no")] * 2, "categorical")
        (('1', '9', '10'), ('yes', 'no'))
    """
    if len(set(listed)) == 1:
        return listed[0]
    names = {name for names in listed for name in names}
    word = min((name for name in names if not is_number(name)), default=None)
    if kind == "ordered" and word is not None:
        raise DataError(
            f"nothing tells where the class {quoted(word)} stands among ordered ones",
            where="WordCounts.merge",
            cure="name all classes in their order, the same for all parts",
        )
    return sort_names(names)


def join_words(
    parts: Sequence[tuple[Vocabulary, Int64[np.ndarray, " _"]]],
) -> tuple[Vocabulary, list[Int64[np.ndarray, " _"]]]:
    """The words of all parts by frequency, and where those of each part stand among them.

    Args:
        parts: The words of each part, and how often each occurs, [word].

    Raises:
        DataError: Some parts know all words, and others have a word for the unknown ones.
    """
    unknown = {None if words.unknown is None else words.words[words.unknown] for words, _ in parts}
    if len(unknown) > 1:
        raise DataError(
            "some parts know all words, and others have put some under one name",
            where="WordCounts.merge",
            cure="merge first, and limit the vocabulary then",
        )
    listed = [pl.Series("word", words.words, dtype=pl.String) for words, _ in parts]
    each = pl.DataFrame({"word": pl.concat(listed), "count": np.concatenate([counts for _, counts in parts])})
    (name,) = unknown
    joined = each.group_by("word").sum()
    words = joined["word"].gather(by_frequency(joined["word"], joined["count"].to_numpy()))
    if name is not None:
        words = pl.concat([pl.Series("word", [name]), words.filter(words != name)])
    ids = pl.int_range(len(words), dtype=pl.Int64, eager=True)
    places = [series.replace_strict(words, ids, return_dtype=pl.Int64).to_numpy() for series in listed]
    return Vocabulary(tuple(words.to_list()), unknown=None if name is None else 0), places


def number_distinct(strings: pl.Series) -> tuple[Int64[np.ndarray, " string"], pl.Series]:
    """Which of the different strings each is, by number, and these, in the order in which they come.

    Example:
        >>> numbers, strings = number_distinct(pl.Series(["so", "very", "very", "so"]))
        >>> numbers.tolist(), strings.to_list()
        ([0, 1, 1, 0], ['so', 'very'])
    """
    encoded = strings.to_arrow().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), pl.Series(encoded.dictionary, dtype=pl.String)


def by_frequency(words: pl.Series, counts: Int64[np.ndarray, " word"]) -> Int64[np.ndarray, " word"]:
    """The order of words in which the most frequent come first, and those as frequent as each other by alphabet.

    Example:
        >>> by_frequency(pl.Series(["a", "c", "b"]), np.array([1, 2, 2])).tolist()
        [2, 1, 0]
    """
    alphabet = words.arg_sort().to_numpy().astype(np.int64)
    return alphabet[np.argsort(-counts[alphabet], kind="stable")]


def most_used(
    vocabulary: Vocabulary, occurrences: Int64[np.ndarray, " word"], *, minimum_count: int, size: int
) -> tuple[Vocabulary, Int64[np.ndarray, " word"]]:
    """The most frequent words behind ``<unk>``, and where each word of ``vocabulary`` stands among them, [word].

    Raises:
        OptionError: ``minimum_count`` is below 1, or ``size`` below 2.
        DataError: No word occurs ``minimum_count`` times.
    """
    each = pl.Series("word", vocabulary.words, dtype=pl.String)
    # The word for the unknown ones is none that was counted: it takes in what is left out, and keeps its own.
    known = np.arange(len(each)) != (-1 if vocabulary.unknown is None else vocabulary.unknown)
    kept = most_frequent(each.filter(known), occurrences[known], minimum_count=minimum_count, size=size)
    ids = pl.int_range(len(kept), dtype=pl.Int64, eager=True)
    places = each.replace_strict(pl.Series(kept.words), ids, default=0, return_dtype=pl.Int64).to_numpy()
    return kept, places


def moved_columns(
    sets: Bool[np.ndarray, "set class"], rows: Int64[np.ndarray, " class"], classes: int
) -> Bool[np.ndarray, "set joined"]:
    """Sets of labels by the joined classes, [set, joined]."""
    moved = np.zeros((len(sets), classes), dtype=np.bool_)
    moved[:, rows] = sets
    return moved


def add_sets(
    sets: Bool[np.ndarray, "set class"], documents: Int64[np.ndarray, " set"]
) -> tuple[Bool[np.ndarray, "distinct class"], Int64[np.ndarray, " distinct"]]:
    """The distinct sets of labels, in rising order, and the number of documents of each."""
    distinct, which = np.unique(sets, axis=0, return_inverse=True)
    added = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(added, which.reshape(-1), documents)
    return distinct, added
