"""What the words of documents foretell, from a task or from word counts: read, counted, and gone through once more."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from slowfold.errors import DataError, OptionError
from slowfold.geometry import (
    PERMUTATIONS,
    Prediction,
    foretell,
    predict_dimension,
    survey_documents,
    survey_shards,
)
from slowfold.on_ray import ray_running
from slowfold.study.experiment import Source, option
from slowfold.study.tasks import MAX_LENGTH, check_options, open_training, read_task, task_type
from slowfold.text import COUNTS_SUFFIX, DocumentStream, WordCounts, count_words, open_counts, save_counts
from slowfold.text.counting.shards import count_shards
from slowfold.text.reading.cutting import cut_stream
from slowfold.text.vocabulary import MINIMUM_COUNT, VOCABULARY_SIZE

__all__ = ["Foretold", "foretell_task"]


@dataclass(frozen=True)
class Foretold:
    """A prediction, and what it is of.

    Attributes:
        name: What the documents are called.
        prediction: What their words foretell. None where counts were written of a part of the documents that lacks a
            class: it foretells nothing by itself.
        notes: Where they come from, and what was read of them.
    """

    name: str
    prediction: Prediction | None
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is asked for besides the documents."""

    permutations: int
    counts_file: Path | None
    on_ray: str | None
    progress: Callable[[float], None] | None
    notify: Callable[[str], None]


def foretell_task(
    tasks: Sequence[str],
    source: Source,
    *,
    permutations: int = PERMUTATIONS,
    save_counts_to: Path | None = None,
    on_ray: str | None = None,
    progress: Callable[[float], None] | None = None,
    notify: Callable[[str], None] = lambda _: None,
) -> Foretold:
    """Predicts the dimension of one task, of several files that are read as one, or of files of word counts.

    All documents of files are counted, and the training documents of a public data set or of a language. They are read
    as ``run`` would read them: as many words of each document, in the same vocabulary.

    Args:
        tasks: What to read: files of texts, files of word counts, or one other task.
        source: The options of reading; its own task is not looked at.
        permutations: How often the labels are permuted; 0 leaves the comparison with chance out.
        save_counts_to: A file to write the counts of all words to, before rare ones are left out.
        on_ray: Count files in tasks of Ray: ``"local"``, or the address of a cluster.
        progress: Is told which share of the files has been read, from 0 to 1, once for each of two passes.
        notify: Is told what is being done.

    Raises:
        OptionError: An option does not apply, or is out of range.
        DataError: The documents or the counts cannot be read, or foretell nothing.
        RunError: The counts cannot be written.

    Example:
        >>> foretold = foretell_task(["categorical"], Source(task="", documents=1000))
        >>> foretold.name, foretold.prediction.above_chance
        ('categorical', 2)
    """
    if permutations < 0 or 0 < permutations < 19:
        raise OptionError(
            f"{permutations} cannot tell what chance does once in 20 times",
            where="--permutations",
            cure="give 19 or more, or 0 to leave chance out",
        )
    if save_counts_to is not None and save_counts_to.suffix != COUNTS_SUFFIX:
        raise OptionError(
            f"{save_counts_to.name} does not end in {COUNTS_SUFFIX}",
            where="--save-counts",
            cure=f"call it {save_counts_to.stem}{COUNTS_SUFFIX}",
        )
    if save_counts_to is not None and save_counts_to.exists():
        raise OptionError("is there already", where=f"--save-counts {save_counts_to}", cure="choose another name")
    asked = _Asked(
        permutations=permutations, counts_file=save_counts_to, on_ray=on_ray, progress=progress, notify=notify
    )
    if any(task.endswith(COUNTS_SUFFIX) for task in tasks):
        return _foretell_counts(tasks, source, asked)
    kinds = {task_type(task) for task in tasks}
    if len(tasks) > 1 and kinds != {"file"}:
        other = next(task for task in tasks if task_type(task) != "file")
        raise OptionError(
            f"{other} is no file, and only files are read together", where="predict", cure="ask for one task at a time"
        )
    source = replace(source, task=tasks[0])
    # Counting takes all documents of a set; a language has none but those that are drawn.
    for name in source.given("test", "wordpiece", *(["documents"] if kinds == {"named"} else [])):
        raise OptionError("does not apply to a prediction", where=option(name), cure="leave it out")
    check_options(source)
    if kinds == {"language"}:
        return _foretell_language(source, asked)
    return _foretell_stream(open_training(source, *tasks), source, asked)


def _foretell_counts(tasks: Sequence[str], source: Source, asked: _Asked) -> Foretold:
    tasks = [file for task in tasks for file in _matching(task)]
    other = next((task for task in tasks if not task.endswith(COUNTS_SUFFIX)), None)
    if other is not None:
        raise OptionError(
            f"{other} is no file of word counts, and others here are",
            where="predict",
            cure=f"count it first, with --save-counts NAME{COUNTS_SUFFIX}",
        )
    allowed = ("task", "minimum_count", "vocabulary_size", "seed")
    for name in source.given(*(name for name in vars(source) if name not in allowed)):
        raise OptionError("does not apply to word counts", where=option(name), cure="give it when counting")
    if asked.on_ray is not None:
        raise OptionError("does not apply to word counts", where="--ray", cure="leave it out")
    counts = WordCounts.merge(open_counts(task) for task in tasks)
    _save(counts, asked)
    note = f"The counts come from {len(tasks)} file{'s' * (len(tasks) > 1)} of word counts."
    name = Path(tasks[0]).name.removesuffix(COUNTS_SUFFIX) + (f" and {len(tasks) - 1} more" if len(tasks) > 1 else "")
    return Foretold(name, foretell(_known(counts, source)), (note, "Without the documents, chance is not measured."))


def _matching(task: str) -> list[str]:
    """The files that a pattern stands for, by name, or what is no pattern as it is."""
    if not glob.has_magic(task) or Path(task).exists():
        return [task]
    found = sorted(glob.glob(task, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    if not found:
        raise DataError("no file matches", where=task, cure="look at the folder and the pattern")
    return found


def _foretell_language(source: Source, asked: _Asked) -> Foretold:
    if asked.on_ray is not None:
        raise OptionError("does not apply to a synthetic language", where="--ray", cure="leave it out")
    task = read_task(source)
    prediction = predict_dimension(task.train, permutations=asked.permutations, seed=source.seed)
    _save(prediction.counts, asked)
    return Foretold(task.name, prediction, task.notes)


def _foretell_stream(opened: DocumentStream, source: Source, asked: _Asked) -> Foretold:
    limit, longer = source.max_length or MAX_LENGTH, source.longer or "cut"
    # A shard that is counted for others to merge need not have two documents of every class, or any.
    stream = cut_stream(replace(opened, held_out=opened.held_out or asked.counts_file is not None), limit, longer)
    asked.notify(f"counting the words of {stream.source}")
    with ExitStack() as session:
        if asked.on_ray is not None:
            session.enter_context(ray_running(None if asked.on_ray == "local" else asked.on_ray))
            shards = count_shards(stream, progress=asked.progress)
            every = shards.counts
        else:
            shards, every = None, count_words(stream, asked.progress)
        _save(every, asked)
        if asked.counts_file is not None and (len(every.class_names) < 2 or not every.tokens.all()):
            note = "These documents lack a class: a prediction waits for the counts of the others."
            return Foretold(stream.name, None, (note,))
        counts = _known(every, source)
        asked.notify("adding up the evidence of each document")
        if shards is None:
            survey = survey_documents(
                stream, counts, permutations=asked.permutations, seed=source.seed, progress=asked.progress
            )
        else:
            survey = survey_shards(
                stream, shards, counts, permutations=asked.permutations, seed=source.seed, progress=asked.progress
            )
    read = f"the first {limit:,} words of each document" if longer == "cut" else f"documents of at most {limit:,} words"
    notes = (
        f"The documents are those of {stream.source}; {read} are counted.",
        f"{len(counts.vocabulary):,} words are known, all others are one word.",
    )
    return Foretold(stream.name, foretell(counts, survey), notes)


def _known(counts: WordCounts, source: Source) -> WordCounts:
    """The counts of the words that a classifier would know."""
    if counts.vocabulary.unknown is not None:
        return counts
    return counts.limited(
        minimum_count=source.minimum_count or MINIMUM_COUNT, size=source.vocabulary_size or VOCABULARY_SIZE
    )


def _save(counts: WordCounts, asked: _Asked) -> None:
    if asked.counts_file is not None:
        asked.notify(f"writing {asked.counts_file}, which holds the words of the documents")
        save_counts(counts, asked.counts_file)
