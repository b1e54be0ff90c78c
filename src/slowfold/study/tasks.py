"""What an experiment is about: the documents to train on and to test on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from slowfold.errors import DataError, OptionError
from slowfold.study.experiment import Source, option
from slowfold.text import (
    LANGUAGES,
    SUFFIXES,
    Corpus,
    Documents,
    data_folder,
    list_named,
    near_names,
    quoted,
    read_documents,
    read_named,
)
from slowfold.text.vocabulary import MINIMUM_COUNT, VOCABULARY_SIZE

__all__ = ["Task", "TaskType", "read_task", "task_type"]

TaskType = Literal["language", "file", "named"]

# Documents that a language draws, and the words of a text that are read, unless asked otherwise.
_DOCUMENTS = 20_000
_MAX_LENGTH = 400
_TEST_SHARE = 0.1

# The options that belong to some kinds of task only.
_APPLIES: dict[str, frozenset[TaskType]] = {
    "length": frozenset({"language"}),
    "documents": frozenset({"language"}),
    "text_column": frozenset({"file"}),
    "label_column": frozenset({"file"}),
    "separator": frozenset({"file"}),
    "test": frozenset({"file"}),
    "ordered": frozenset({"file", "named"}),
    "data_dir": frozenset({"named"}),
    "max_length": frozenset({"file", "named"}),
    "longer": frozenset({"file", "named"}),
    "vocabulary_size": frozenset({"file", "named"}),
    "minimum_count": frozenset({"file", "named"}),
}
_TYPE_NAMES: dict[TaskType, str] = {
    "language": "a synthetic language",
    "file": "a file of texts",
    "named": "a named data set",
}


@dataclass(frozen=True)
class Task:
    """The documents of a source.

    Attributes:
        name: What they are called.
        train: The documents to train on; their words make the vocabulary.
        test: The documents to test on.
        notes: How they came to be: where the test documents come from, how many were cut or left out.
    """

    name: str
    train: Corpus
    test: Corpus
    notes: tuple[str, ...]


def task_type(task: str) -> TaskType:
    """What a task is: a file if it exists or ends like one, else a synthetic language, else a named data set.

    Example:
        >>> task_type("reviews.csv"), task_type("categorical"), task_type("ag_news")
        ('file', 'language', 'named')
    """
    path = Path(task)
    if path.is_file() or path.name.lower().removesuffix(".gz").endswith(SUFFIXES):
        return "file"
    if task in LANGUAGES:
        return "language"
    return "file" if path.exists() and len(path.parts) > 1 else "named"


def read_task(source: Source) -> Task:
    """Reads or draws the documents that an experiment asks for.

    Raises:
        OptionError: An option does not apply to this kind of task, or is out of range.
        DataError: The documents cannot be read, or there is no such task.

    Example:
        >>> read_task(Source(task="categorical", classes="4", documents=100)).train.class_names
        ('class 0', 'class 1', 'class 2', 'class 3')
    """
    kind = task_type(source.task)
    for name in source.given(*_APPLIES):
        if kind not in _APPLIES[name]:
            raise OptionError(
                f"does not apply to {source.task}, which is {_TYPE_NAMES[kind]}",
                where=option(name),
                cure="leave it out",
            )
    if kind == "language":
        return _draw(source)
    if kind == "file":
        return _encode(source, *_read_files(source))
    return _encode(source, *_read_set(source))


def _draw(source: Source) -> Task:
    if source.class_names is not None:
        raise OptionError(
            f"{source.classes!r} is no number", where="--classes", cure="a synthetic language takes a number"
        )
    given = {"classes": source.class_count, "length": source.length}
    language = LANGUAGES[source.task](**{name: value for name, value in given.items() if value is not None})
    documents = source.documents or _DOCUMENTS
    corpus = language.sample(documents, seed=source.seed)
    train, test = corpus.split(test=_TEST_SHARE, seed=source.seed)
    note = f"{documents:,} documents were drawn with seed {source.seed}; a tenth of each class is the test set."
    return Task(language.name, train, test, (note,))


def _read_files(source: Source) -> tuple[Documents, Documents, str]:
    kept = _kept(source)

    def read(path: str, *, class_names: tuple[str, ...] | None = None, held_out: bool = False) -> Documents:
        return read_documents(
            path,
            text_column=source.text_column,
            label_column=source.label_column,
            separator=source.separator,
            kind="ordered" if source.ordered else "categorical",
            classes=kept,
            class_names=class_names,
            held_out=held_out,
        )

    documents = read(source.task)
    if source.test is None:
        train, test = documents.split(test=_TEST_SHARE, seed=source.seed)
        return train, test, f"A tenth of each class, drawn with seed {source.seed}, is the test set."
    # Where classes are chosen by name, the others are dropped from the test file too, rather than refused.
    test = read(source.test, class_names=documents.class_names if kept is None else None, held_out=True)
    return documents, test, f"The test set is {Path(source.test).name}."


def _read_set(source: Source) -> tuple[Documents, Documents, str]:
    folder = data_folder(None if source.data_dir is None else Path(source.data_dir))
    names = [] if folder is None else list_named(folder)
    if folder is None or source.task not in names:
        known = [*LANGUAGES, *names]
        raise DataError(
            f"{quoted(source.task)} is no file, no synthetic language and no data set at hand",
            cure=near_names(source.task, known)
            + ("; name the folder of your data sets by --data-dir" if folder is None else f" (data sets: {folder})"),
        )
    kind = "ordered" if source.ordered else None
    train, test = read_named(source.task, folder, kind=kind, classes=_kept(source))
    return train, test, "The test set is the one that the data set comes with."


def _kept(source: Source) -> tuple[str, ...] | None:
    if source.class_count is not None:
        raise OptionError(
            f"{source.classes} is a number",
            where="--classes",
            cure="name the classes to keep, separated by commas",
        )
    return source.class_names


def _encode(source: Source, train: Documents, test: Documents, origin: str) -> Task:
    limit = source.max_length or _MAX_LENGTH
    longer = source.longer or "cut"
    learned = train.to_corpus(
        max_length=limit,
        longer=longer,
        minimum_count=source.minimum_count or MINIMUM_COUNT,
        vocabulary_size=source.vocabulary_size or VOCABULARY_SIZE,
    )
    left = np.bincount(learned.corpus.labels, minlength=len(train.class_names))
    if not left.all():
        raise DataError(
            f"no training document is left of the class {quoted(train.class_names[int(np.argmin(left))])}",
            where=train.source,
            cure="name the classes to keep by --classes, or raise --max-length",
        )
    tested = test.to_corpus(learned.corpus.vocabulary, max_length=limit, longer=longer)
    notes = [origin]
    for part, encoded in (("training", learned), ("test", tested)):
        if encoded.cut:
            notes.append(f"{encoded.cut:,} {part} documents were longer than {limit} words and were cut there.")
        if encoded.dropped:
            notes.append(f"{encoded.dropped:,} {part} documents were longer than {limit} words and were left out.")
    notes.append(f"{len(learned.corpus.vocabulary):,} words are known, from the training documents alone.")
    return Task(train.name, learned.corpus, tested.corpus, tuple(notes))
