"""Labelled texts of files, read into memory: as documents, or at once as a corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from slowfold.text.corpus import Corpus, Kind
from slowfold.text.reading.classes import Classes
from slowfold.text.reading.documents import Documents, collect
from slowfold.text.reading.stream import open_documents
from slowfold.text.vocabulary import MINIMUM_COUNT, VOCABULARY_SIZE, Vocabulary

__all__ = ["read_corpus", "read_documents"]


def read_documents(
    *paths: str | Path,
    text_column: str | None = None,
    label_column: str | None = None,
    kind: Kind = "categorical",
    classes: Classes | None = None,
    separator: str | None = None,
    class_names: Sequence[str] | None = None,
    neither: float = 1.0,
    held_out: bool = False,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Documents:
    r"""Reads labelled texts into memory, as numbers of words: their text itself is let go batch by batch.

    Args:
        paths: The files, folders or patterns, as for :func:`open_documents`.
        text_column: The column of texts.
        label_column: The column of labels.
        kind: What the labels are.
        classes: The classes to keep, joined and renamed.
        separator: What separates the fields of .csv and .tsv files.
        class_names: The names of all classes, where they are known beforehand.
        neither: With several labels a document, the share of the documents with none of the labels that is kept.
        held_out: The documents are to be tested on: a class may have a single one, or none.
        seed: Draws which documents are kept by ``neither``.
        progress: Is told, after each batch, the share of the bytes that has been read, from 0 to 1.

    Raises:
        DataError: A file, a row or a label cannot be used; the message names the row, counted from 1 below the header.
        OptionError: An option is out of range, or does not belong to such files.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("text,label\nso good,yes\nfine,yes\nbad,no\nNA,no\n")
        >>> documents = read_documents(path)
        >>> documents.class_names, documents.labels.tolist(), documents.words(3)
        (('no', 'yes'), [1, 1, 0, 0], ['na'])
    """
    stream = open_documents(
        *paths,
        text_column=text_column,
        label_column=label_column,
        kind=kind,
        classes=classes,
        separator=separator,
        class_names=class_names,
        neither=neither,
        held_out=held_out,
        seed=seed,
    )
    return collect(stream, progress)


def read_corpus(
    *paths: str | Path,
    label: str | None = None,
    text: str | None = None,
    kind: Kind = "categorical",
    classes: Classes | None = None,
    separator: str | None = None,
    class_names: Sequence[str] | None = None,
    neither: float = 1.0,
    seed: int = 0,
    vocabulary: Vocabulary | None = None,
    max_length: int | None = None,
    longer: Literal["cut", "drop"] = "cut",
    minimum_count: int = MINIMUM_COUNT,
    vocabulary_size: int = VOCABULARY_SIZE,
    progress: Callable[[float], None] | None = None,
) -> Corpus:
    r"""Reads a corpus from files: :func:`read_documents`, then :meth:`Documents.to_corpus`.

    To know how many documents were cut or dropped, and to build the vocabulary on training documents alone, take the
    two steps one by one.

    Raises:
        DataError: A file, a row or a label cannot be used.
        OptionError: An option is out of range.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("review,stars\nso good,5\nfine,5\nso bad,1\nbad,1\n")
        >>> read_corpus(path, label="stars", kind="ordered")
        Corpus('reviews', ordered, 4 documents, 6 tokens, 3 words, 2 classes: '1', '5')
    """
    documents = read_documents(
        *paths,
        text_column=text,
        label_column=label,
        kind=kind,
        classes=classes,
        separator=separator,
        class_names=class_names,
        neither=neither,
        seed=seed,
        progress=progress,
    )
    return documents.to_corpus(
        vocabulary,
        max_length=max_length,
        longer=longer,
        minimum_count=minimum_count,
        vocabulary_size=vocabulary_size,
    ).corpus
