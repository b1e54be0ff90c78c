"""What an experiment is about: the documents to train on and to test on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from slowfold.errors import DataError, OptionError
from slowfold.study.experiment import Source, option
from slowfold.text import (
    HUB_SETS,
    LANGUAGES,
    SUFFIXES,
    Corpus,
    Documents,
    DocumentStream,
    Encoded,
    Kind,
    NamedSet,
    Vocabulary,
    WordPiece,
    collect,
    data_folder,
    find_named,
    learn_wordpiece,
    list_named,
    near_names,
    open_documents,
    quoted,
)
from slowfold.text.vocabulary import MINIMUM_COUNT, VOCABULARY_SIZE

__all__ = [
    "MAX_LENGTH",
    "Task",
    "TaskType",
    "check_options",
    "numbers_needed",
    "open_training",
    "read_for",
    "read_task",
    "task_type",
]

TaskType = Literal["language", "file", "named"]

MAX_LENGTH = 400
"""The words of a text that are read, unless asked otherwise."""

# Documents that a language draws, unless asked otherwise.
_DOCUMENTS = 20_000
_TEST_SHARE = 0.1
# The language whose classes can be ordered in part.
_PARTLY_ORDERED = "interpolated"
# Where more of the words than this are unknown to a network, the documents are not such as it was trained on.
_MOST_UNKNOWN = 0.5

# The options that belong to some kinds of task only.
_APPLIES: dict[str, frozenset[TaskType]] = {
    **dict.fromkeys(("length", "shortest", "noise", "scores", "shares", "order"), frozenset({"language"})),
    "documents": frozenset({"language", "named"}),
    **dict.fromkeys(("text_column", "label_column", "separator", "test", "multilabel"), frozenset({"file"})),
    **dict.fromkeys(("data_dir", "revision"), frozenset({"named"})),
    **dict.fromkeys(
        ("ordered", "neither", "max_length", "longer", "wordpiece", "vocabulary_size", "minimum_count"),
        frozenset({"file", "named"}),
    ),
}
_TYPE_NAMES: dict[TaskType, str] = {
    "language": "a synthetic language",
    "file": "a file or a folder of texts",
    "named": "a named data set",
}


def numbers_needed(kind: Kind, classes: int) -> int:
    """How many numbers a task asks a network to keep, where nothing ties its classes: one a label, one less of classes.

    Args:
        kind: Whether a document has one class, or any of several labels.
        classes: How many classes, or labels, there are.

    Example:
        >>> numbers_needed("categorical", 3), numbers_needed("multilabel", 3)
        (2, 3)
    """
    return classes if kind == "multilabel" else classes - 1


@dataclass(frozen=True)
class Task:
    """The documents of a source.

    Attributes:
        name: What they are called.
        train: The documents to train on; their words make the vocabulary.
        test: The documents to test on.
        notes: How they came to be: where the test documents come from, how many were cut or left out.
        revision: The commit of the Hub that they were downloaded from, or None.
    """

    name: str
    train: Corpus
    test: Corpus
    notes: tuple[str, ...]
    revision: str | None = None


def task_type(task: str) -> TaskType:
    """What a task is: a file if it exists or ends like one, else a synthetic language, else a named data set.

    A folder of files is one that is written as a path, as in ``./reviews``.

    Example:
        >>> task_type("reviews.csv"), task_type("categorical"), task_type("ag_news")
        ('file', 'language', 'named')
    """
    path = Path(task)
    if path.is_file() or task.lower().endswith(SUFFIXES):
        return "file"
    if task in LANGUAGES:
        return "language"
    return "file" if path.exists() and path.name != task else "named"


def read_task(source: Source) -> Task:
    """Reads or draws the documents that an experiment asks for.

    Raises:
        OptionError: An option does not apply to this kind of task, or is out of range.
        DataError: The documents cannot be read, or there is no such task.

    Example:
        >>> read_task(Source(task="categorical", classes="4", documents=100)).train.class_names
        ('class 0', 'class 1', 'class 2', 'class 3')
    """
    check_options(source)
    kind = task_type(source.task)
    if kind == "language":
        return _draw(source)
    if kind == "file":
        return _encode(source, *_read_files(source))
    found = _find_set(source)
    return replace(_encode(source, *_read_set(source, found, _kept(source))), revision=found.revision)


def read_for(source: Source, *, vocabulary: Vocabulary, class_names: tuple[str, ...], kind: Kind) -> Task:
    """Reads documents in the words and classes of a network that is trained already.

    Words that it does not know are its unknown word; where its words are pieces, some beginning with ``##``, the words
    of the documents are cut into them. The classes of a file must be those of the network; of a public data set, those
    of the network are chosen.

    Args:
        source: What is asked for.
        vocabulary: The words of the network.
        class_names: Its classes.
        kind: What its classes are to each other.

    Raises:
        OptionError: An option does not apply.
        DataError: The documents cannot be read, hold another class or label, or more than half of their words are
            unknown.
    """
    check_options(source)
    for name in source.given("ordered", "multilabel", "wordpiece", "vocabulary_size", "minimum_count"):
        raise OptionError("does not apply to a network that is trained", where=option(name), cure="leave it out")
    type_ = task_type(source.task)
    if type_ == "language":
        return _draw(source)
    source = replace(source, ordered=kind == "ordered", multilabel=kind == "multilabel")
    if type_ == "file":
        train, test, origin = _read_files(source, class_names if _kept(source) is None else None)
    else:
        train, test, origin = _read_set(source, _find_set(source), _kept(source) or class_names)
    return _encode_for(source, train, test, vocabulary, origin)


def check_options(source: Source) -> None:
    """That every option that is given applies to the kind of task.

    Raises:
        OptionError: One does not.
    """
    kind = task_type(source.task)
    for name in source.given(*_APPLIES):
        if kind not in _APPLIES[name]:
            raise OptionError(
                f"does not apply to {source.task}, which is {_TYPE_NAMES[kind]}",
                where=option(name),
                cure="leave it out",
            )


def open_training(source: Source, *files: str) -> DocumentStream:
    """The documents that a named set comes with to train on, or all those of files, as a stream.

    Args:
        source: What is asked for; its own task is the set.
        files: The files, where it is no set.

    Raises:
        OptionError: An option is out of range.
        DataError: There is no such set, or nothing to read.
    """
    if task_type(source.task) == "named":
        found = _find_set(source)
        return found.open(kind=source.kind, classes=_kept(source), neither=_neither(source), seed=source.seed)[0]
    return _open_files(source, *files)


def _open_files(
    source: Source, *files: str, class_names: tuple[str, ...] | None = None, held_out: bool = False
) -> DocumentStream:
    return open_documents(
        *files,
        text_column=source.text_column,
        label_column=source.label_column,
        separator=source.separator,
        kind=source.kind or "categorical",
        classes=_kept(source),
        class_names=class_names,
        neither=_neither(source),
        seed=source.seed,
        held_out=held_out,
    )


def _neither(source: Source) -> float:
    return 1.0 if source.neither is None else source.neither


def _draw(source: Source) -> Task:
    if source.class_names is not None:
        raise OptionError(
            f"{source.classes!r} is no number", where="--classes", cure="a synthetic language takes a number"
        )
    if source.order is not None and source.task != _PARTLY_ORDERED:
        raise OptionError(
            f"does not apply to {source.task}", where="--order", cure=f"leave it out, or choose {_PARTLY_ORDERED}"
        )
    given = {"classes": source.class_count, "length": source.length, "order": source.order}
    language = LANGUAGES[source.task](**{name: value for name, value in given.items() if value is not None})
    if source.shortest is not None:
        language = language.with_lengths(source.shortest)
    if source.noise is not None:
        language = language.with_noise(source.noise)
    documents = source.documents or _DOCUMENTS
    corpus = language.sample(
        documents, seed=source.seed, scores=source.scores, shares=_shares(source.shares or "balanced")
    )
    train, test = corpus.split(test=_TEST_SHARE, seed=source.seed)
    note = f"{documents:,} documents were drawn with seed {source.seed}; a tenth of each class is the test set."
    return Task(language.name, train, test, (note,))


def _shares(given: str) -> list[float] | str:
    if "," not in given:
        return given
    try:
        return [float(share) for share in given.split(",")]
    except ValueError as error:
        raise OptionError(
            f"{quoted(given)} are no shares", where="--shares", cure="give numbers, separated by commas"
        ) from error


def _read_files(source: Source, known: tuple[str, ...] | None = None) -> tuple[Documents, Documents, str]:
    """The documents to train on and to test on, and where the latter come from; ``known`` are all classes, if given."""
    if source.test is not None and _same_file(source.test, source.task):
        raise OptionError(
            "is the file of the training documents",
            where=f"--test {source.test}",
            cure="leave it out to keep some aside",
        )
    documents = collect(_open_files(source, source.task, class_names=known, held_out=known is not None))
    if known is None:
        _require_several(source, documents)
    if source.test is None:
        train, test = documents.split(test=_TEST_SHARE, seed=source.seed)
        return train, test, f"A tenth of each class, drawn with seed {source.seed}, is the test set."
    # Where classes are chosen by name, the others are dropped from the test file too, rather than refused.
    names = documents.class_names if _kept(source) is None else None
    test = collect(_open_files(source, source.test, class_names=names, held_out=True))
    return documents, test, f"The test set is {Path(source.test).name}."


def _same_file(one: str, other: str) -> bool:
    # A pattern is no file, and what is missing is told of where it is read.
    return Path(one).exists() and Path(other).exists() and Path(one).samefile(other)


def _require_several(source: Source, documents: Documents) -> None:
    """That some document has no label or several: else --multilabel was given by mistake."""
    several = documents.labels.ndim == 2 and len(documents.class_names) > 1 and source.classes is None
    if several and (documents.labels.sum(axis=1) == 1).all():
        raise DataError("every document has exactly one label", where=documents.source, cure="leave --multilabel out")


def _read_set(source: Source, found: NamedSet, kept: tuple[str, ...] | None) -> tuple[Documents, Documents, str]:
    train, test = found.read(kind=source.kind, classes=kept, neither=_neither(source), seed=source.seed)
    origin = "The test set is the one that the data set comes with."
    if found.revision is not None:
        origin += f" It was downloaded from {found.source} on the Hugging Face Hub, commit {found.revision}."
    if source.documents is not None and source.documents < len(train):
        origin += f" Of {len(train):,} training documents {source.documents:,} were drawn with seed {source.seed}."
        train = train.draw(source.documents, seed=source.seed)
    return train, test, origin


def _find_set(source: Source) -> NamedSet:
    folder = data_folder(None if source.data_dir is None else Path(source.data_dir))
    names = [] if folder is None else list_named(folder)
    if source.task not in {*names, *HUB_SETS}:
        raise DataError(
            f"{quoted(source.task)} is no file, no synthetic language and no data set that is known",
            cure=f"write ./{source.task} for the folder of that name"
            if Path(source.task).is_dir()
            else near_names(source.task, [*LANGUAGES, *names, *HUB_SETS])
            + ("; name the folder of your data sets by --data-dir" if folder is None else f" (data sets: {folder})"),
        )
    return find_named(source.task, folder, revision=source.revision)


def _kept(source: Source) -> tuple[str, ...] | None:
    if source.class_count is not None:
        raise OptionError(
            f"{source.classes} is a number",
            where="--classes",
            cure="name the classes to keep, separated by commas",
        )
    return source.class_names


def _encode(source: Source, train: Documents, test: Documents, origin: str) -> Task:
    limit = source.max_length or MAX_LENGTH
    longer = source.longer or "cut"
    vocabulary = None
    if source.wordpiece is not None:
        if source.vocabulary_size is not None:
            raise OptionError("does not go with --wordpiece", where="--vocabulary-size", cure="leave it out")
        vocabulary = _every_word(train)
    learned = train.to_corpus(
        vocabulary,
        max_length=limit,
        longer=longer,
        minimum_count=source.minimum_count or MINIMUM_COUNT,
        vocabulary_size=source.vocabulary_size or VOCABULARY_SIZE,
    )
    labels = learned.corpus.labels
    left = labels.sum(axis=0) if labels.ndim == 2 else np.bincount(labels, minlength=len(train.class_names))
    if not left.all():
        raise DataError(
            f"no training document is left of the class {quoted(train.class_names[int(np.argmin(left))])}",
            where=train.source,
            cure="name the classes to keep by --classes, or raise --max-length",
        )
    known = _every_word(test) if source.wordpiece is not None else learned.corpus.vocabulary
    tested = test.to_corpus(known, max_length=limit, longer=longer)
    notes = [origin, *_shortened(learned, tested, limit)]
    if source.wordpiece is None:
        notes.append(f"{len(learned.corpus.vocabulary):,} words are known, from the training documents alone.")
        return Task(train.name, learned.corpus, tested.corpus, tuple(notes))
    pieces = learn_wordpiece(
        learned.corpus.vocabulary.words,
        learned.corpus.token_counts(),
        size=source.wordpiece,
        minimum_count=source.minimum_count or MINIMUM_COUNT,
    )
    notes.append(f"Words are cut into {len(pieces):,} pieces, learned from the training documents alone.")
    return Task(train.name, pieces.apply(learned.corpus), pieces.apply(tested.corpus), tuple(notes))


def _encode_for(source: Source, train: Documents, test: Documents, vocabulary: Vocabulary, origin: str) -> Task:
    limit = source.max_length or MAX_LENGTH
    pieces = WordPiece.of(vocabulary)
    learned, held_out = (
        part.to_corpus(
            vocabulary if pieces is None else _every_word(part), max_length=limit, longer=source.longer or "cut"
        )
        for part in (train, test)
    )
    known, tested = (one.corpus if pieces is None else pieces.apply(one.corpus) for one in (learned, held_out))
    notes = [origin, *_shortened(learned, held_out, limit)]
    if vocabulary.unknown is not None:
        share = known.token_frequencies()[vocabulary.unknown]
        if share > _MOST_UNKNOWN:
            raise DataError(
                f"{share:.0%} of its words are unknown to the network",
                where=train.source,
                cure="give documents such as it was trained on, cut into words as they were then",
            )
        notes.append(f"{share:.1%} of the words are unknown to the network, and are one word to it.")
    return Task(train.name, known, tested, tuple(notes))


def _shortened(train: Encoded, test: Encoded, limit: int) -> list[str]:
    """What became of documents that were too long, as sentences."""
    notes: list[str] = []
    for part, encoded in (("training", train), ("test", test)):
        if encoded.cut:
            notes.append(f"{encoded.cut:,} {part} documents were longer than {limit} words and were cut there.")
        if encoded.dropped:
            notes.append(f"{encoded.dropped:,} {part} documents were longer than {limit} words and were left out.")
    return notes


def _every_word(documents: Documents) -> Vocabulary:
    """All words of the documents: pieces are made of words, frequent or not."""
    return Vocabulary(tuple(documents.lexicon))
