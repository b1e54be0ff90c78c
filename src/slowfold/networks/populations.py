"""Populations: many networks of one shape, such as the seeds and penalties of a sweep, trained as one computation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from slowfold.errors import NetworkError, OptionError, TrainingError
from slowfold.networks.classifier import Classifier
from slowfold.networks.interruptions import Interruptions, deferred_interruptions
from slowfold.networks.lockstep import LockstepCourse, run_in_lockstep
from slowfold.networks.metrics import Metrics
from slowfold.networks.preparation import prepare
from slowfold.networks.progress import progress_bar
from slowfold.networks.recipes import Recipe, Scope
from slowfold.networks.records import begin_or_resume, recording
from slowfold.networks.side_by_side import require_one_shape
from slowfold.networks.training import Training
from slowfold.text.corpus import Corpus

__all__ = ["Member", "fit_population"]

Numbers: TypeAlias = float | Sequence[float | None] | np.ndarray
"""A number for all networks, or one for each; None for what the recipe of that network says."""

Counts: TypeAlias = int | Sequence[int | None] | np.ndarray
"""A whole number for all networks, or one for each; None likewise."""


@dataclass(frozen=True, eq=False)
class Member:
    """One network of a population, and what its training did.

    Attributes:
        network: The network that was given, trained.
        training: What its training did. Its seconds are its share of those that passed, in equal parts, and those of
            its own evaluations; so those of all networks add up, and so do their tokens per second.
        failure: The error that ended its training before its time, or None. The network then has its last finite
            weights, and the other networks have been trained all the same.
    """

    network: Classifier
    training: Training
    failure: TrainingError | None


def fit_population(
    networks: Sequence[Classifier],
    corpus: Corpus | Sequence[Corpus],
    *,
    recipe: str | Recipe | Sequence[str | Recipe] = "default",
    steps: Counts | None = None,
    epochs: Counts | None = None,
    batch_size: Counts | None = None,
    batch_tokens: Counts | None = None,
    learning_rate: Numbers | None = None,
    decay: Numbers | None = None,
    clip: Numbers | None = None,
    l2: Numbers | None = None,
    l2_scope: Scope | Sequence[Scope | None] | None = None,
    word_dropout: Numbers | None = None,
    held_out: Numbers | None = None,
    patience: Counts | None = None,
    seed: Counts = 0,
    validation: Corpus | Sequence[Corpus] | None = None,
    watch: Mapping[str, Corpus] | Sequence[Mapping[str, Corpus]] | None = None,
    folders: Sequence[str | Path] | None = None,
    checkpoint_every: int = 100,
    resume: bool = False,
    on_step: Callable[[int, Metrics], None] | None = None,
    progress: bool = False,
) -> tuple[Member, ...]:
    """Trains many networks of one shape at once, each as :func:`~slowfold.networks.fit` would train it by itself.

    All that is given is either one for all networks, or a sequence with one for each: a sweep over penalties gives
    ``l2=[...]``, one over seeds ``seed=range(16)`` and networks built from these seeds. Every network has its own order
    of documents, penalty, clipping, learning rate, evaluations, best step and early stop; what they share is the
    products of matrices, of which one does for many. The networks end as :func:`fit` leaves them, within rounding:
    where training is chaotic, as by the paper's own recipe, rounding grows, and they end as other networks of the same
    accuracy.

    What it saves is greatest where networks are small, and on a GPU; docs/benchmarks.md has the figures. The cells must
    be alike in kind, size and layers. The classes may differ, and so may the words.

    The same seeds on the same machine with the same number of threads give the same bits. Where there are folders, each
    network leaves in its own what :func:`fit` would: a population that was killed goes on from there, and each network
    may as well go on by itself. Ctrl-C and SIGTERM then let the step end and write the checkpoints before they stop the
    process.

    Args:
        networks: The networks to train; they are changed.
        corpus: The training documents.
        recipe: The numbers that are not given; see :func:`fit`, and so for all up to ``seed``.
        steps: The number of steps.
        epochs: Passes over the documents.
        batch_size: The most documents a step.
        batch_tokens: The most tokens a step, padding included.
        learning_rate: Adam's rate at the first step.
        decay: How many times lower the rate is at the last step.
        clip: The greatest norm of the gradient of a network.
        l2: Coefficient of the penalty.
        l2_scope: The weights it is taken over.
        word_dropout: The share of the words that are hidden at each step.
        held_out: The share of the documents that is kept aside where ``validation`` is not given.
        patience: Evaluations without progress before the training of a network stops; 0 for no early stop.
        seed: Decides which documents are kept aside and the order of the others.
        validation: Documents to find the best step on, instead of a part of ``corpus``.
        watch: Corpora whose accuracy to measure at each evaluation, by name.
        folders: Where to write ``metrics.jsonl`` and ``checkpoints/``, a folder for each network; None writes nothing.
        checkpoint_every: Steps between checkpoints.
        resume: Go on from the last checkpoint in each folder; where there is none, from the beginning.
        on_step: Called after each step of each network with the number of the network and what the step measured.
        progress: Show a progress bar in the terminal, with the means over the networks.

    Returns:
        One member a network, in their order.

    Raises:
        OptionError: A number is out of range, a sequence has not one value a network, or ``resume`` is asked for
            without folders.
        NetworkError: The networks differ in shape, one is given twice, or a corpus is not one that its network reads.
        DataError: A class has no document.
        RunError: A folder holds a training already, or the one to resume is another.
        TrainingError: There is not enough memory.
        KeyboardInterrupt: Ctrl-C was pressed.
        SystemExit: The process was told to end by SIGTERM, while folders were written to.

    Example:
        >>> from slowfold.text.languages import categorical
        >>> corpus = categorical(classes=2, length=5).sample(200, seed=0)
        >>> networks = [Classifier.build(corpus, hidden=8, seed=seed) for seed in range(3)]
        >>> l2 = [0, 1e-4, 1e-3]
        >>> population = fit_population(networks, corpus, l2=l2, seed=range(3), steps=60, learning_rate=0.02)
        >>> [member.network.accuracy(corpus) for member in population]
        [1.0, 1.0, 1.0]
    """
    require_one_shape([network.cell for network in networks])
    _require_distinct(networks)
    given: dict[str, object] = {
        "corpus": corpus,
        "validation": validation,
        "watch": watch,
        "recipe": recipe,
        "seed": seed,
        "steps": steps,
        "epochs": epochs,
        "batch_size": batch_size,
        "batch_tokens": batch_tokens,
        "learning_rate": learning_rate,
        "decay": decay,
        "clip": clip,
        "l2": l2,
        "l2_scope": l2_scope,
        "word_dropout": word_dropout,
        "held_out": held_out,
        "patience": patience,
    }
    if checkpoint_every < 1:
        raise OptionError(f"{checkpoint_every} is out of range", where="checkpoint_every", cure="give 1 or more")
    each = {name: _one_each(name, value, len(networks)) for name, value in given.items()}
    courses = [
        _course(network, **{name: values[number] for name, values in each.items()})
        for number, network in enumerate(networks)
    ]
    metrics = _conduct(
        courses, _folders(folders, courses, resume=resume), every=checkpoint_every, on_step=on_step, progress=progress
    )
    return tuple(_member(course, own) for course, own in zip(courses, metrics, strict=True))


def _require_distinct(networks: Sequence[Classifier]) -> None:
    for number, network in enumerate(networks):
        first = next(place for place, other in enumerate(networks) if other is network)
        if first < number:
            raise NetworkError(
                f"is network {first} once more", where=f"network {number}", cure="give each network once, or a copy"
            )


def _one_each(name: str, given: object, count: int) -> list[Any]:
    """What is given, network by network."""
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if isinstance(given, str) or not isinstance(given, Sequence):
        return [given] * count
    if len(given) != count:
        raise OptionError(
            f"{len(given)} values for {count} networks", where=name, cure="give one for all, or one for each"
        )
    return list(given)


def _course(
    network: Classifier,
    *,
    corpus: Corpus,
    validation: Corpus | None,
    watch: Mapping[str, Corpus] | None,
    recipe: str | Recipe,
    seed: int,
    **numbers: object,
) -> LockstepCourse:
    watch = {} if watch is None else watch
    start = prepare(network, corpus, validation=validation, watch=watch, recipe=recipe, numbers=numbers, seed=seed)
    return LockstepCourse(network, *start, seed=seed, watch=watch)


@dataclass(frozen=True)
class _Home:
    """Where a network leaves what it does, and what it has left there before."""

    folder: Path
    earlier: tuple[Metrics, ...]


def _folders(
    folders: Sequence[str | Path] | None, courses: Sequence[LockstepCourse], *, resume: bool
) -> list[_Home] | None:
    if folders is None:
        if resume:
            raise OptionError("there are no folders to resume from", where="resume", cure="give those of the runs")
        return None
    places = [Path(folder) for folder in _one_each("folders", folders, len(courses))]
    if len({place.resolve() for place in places}) < len(places):
        raise OptionError("one is given twice", where="folders", cure="give each network its own")
    return [
        _Home(place, begin_or_resume(course, place, resume=resume))
        for place, course in zip(places, courses, strict=True)
    ]


def _conduct(
    courses: Sequence[LockstepCourse],
    homes: Sequence[_Home] | None,
    *,
    every: int,
    on_step: Callable[[int, Metrics], None] | None,
    progress: bool,
) -> list[list[Metrics]]:
    """Takes all steps, and leaves each network at its best; what was measured, network by network."""
    metrics: list[list[Metrics]] = [
        [] if homes is None else list(homes[place].earlier) for place in range(len(courses))
    ]
    was_training = [course.network.training for course in courses]
    for course in courses:
        course.network.train()
    try:
        total = max(course.total for course in courses)
        with ExitStack() as stack:
            records = [
                stack.enter_context(recording(course, home.folder, home.earlier, every=every))
                for course, home in zip(courses, homes or (), strict=homes is not None)
            ]
            asked = Interruptions() if homes is None else stack.enter_context(deferred_interruptions())
            shown = stack.enter_context(progress_bar(total) if progress else nullcontext(_show_nothing))
            for measured in stack.enter_context(closing(run_in_lockstep(courses))):
                for number, step in measured:
                    metrics[number].append(step)
                    if records:
                        records[number].add(step)
                    if on_step is not None:
                        on_step(number, step)
                if measured:
                    shown(_mean([step for _, step in measured]))
                if asked.received is not None:
                    break
            if asked.received is not None:
                for record in records:
                    record.save()
            asked.stop()
    finally:
        for course, was in zip(courses, was_training, strict=True):
            course.network.train(was)
            course.optimiser.settle(course.standing.step)
    for course in courses:
        # What fit leaves behind where it raises: the weights before the step that failed.
        if course.failure is None:
            course.restore_best()
    return metrics


def _show_nothing(measured: Metrics) -> None:
    pass


def _mean(metrics: Sequence[Metrics]) -> Metrics:
    """The means over networks, as the progress bar shows them; of the speed the sum."""
    evaluated = [step.validation_accuracy for step in metrics if step.validation_accuracy is not None]
    return replace(
        metrics[0],
        loss=float(np.mean([step.loss for step in metrics])),
        accuracy=float(np.mean([step.accuracy for step in metrics])),
        validation_accuracy=float(np.mean(evaluated)) if evaluated else None,
        tokens_per_second=sum(step.tokens_per_second for step in metrics),
    )


def _member(course: LockstepCourse, metrics: Sequence[Metrics]) -> Member:
    standing = course.standing
    at_best = course.failure is None
    return Member(
        network=course.network,
        training=Training(
            recipe=course.recipe,
            steps=standing.step,
            seconds=standing.seconds,
            metrics=tuple(metrics),
            trained_on=len(course.lessons),
            held_out=0 if course.validation is None else len(course.validation),
            best_step=standing.best_step if at_best else None,
            best_accuracy=standing.best_accuracy if at_best else None,
            stopped_early=standing.stopped_early,
        ),
        failure=course.failure,
    )
