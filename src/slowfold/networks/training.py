"""Training: the only place that changes a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slowfold.errors import OptionError
from slowfold.networks.acceleration import require_acceleration
from slowfold.networks.classifier import Classifier
from slowfold.networks.course import Course
from slowfold.networks.interruptions import Interruptions, deferred_interruptions
from slowfold.networks.metrics import Metrics
from slowfold.networks.preparation import prepare
from slowfold.networks.progress import Report, progress_bar
from slowfold.networks.recipes import Recipe, Scope
from slowfold.networks.records import begin_or_resume, recording
from slowfold.text.corpus import Corpus

__all__ = ["Training", "fit"]


@dataclass(frozen=True)
class Training:
    """What a training did.

    Attributes:
        recipe: The numbers it went by, ``l2_scope`` among them.
        steps: The steps taken.
        seconds: The time they took, evaluations and checkpoints included.
        metrics: What each step measured.
        trained_on: The number of documents trained on.
        held_out: The number of documents kept aside to find the best step; 0 where none were.
        best_step: The step whose weights the network has now, or None for the last one.
        best_accuracy: Its accuracy on the documents kept aside, or None where the loss alone decides or there is no
            best step.
        stopped_early: Whether training stopped before all steps were taken.
    """

    recipe: Recipe
    steps: int
    seconds: float
    metrics: tuple[Metrics, ...]
    trained_on: int
    held_out: int
    best_step: int | None
    best_accuracy: float | None
    stopped_early: bool


def fit(
    network: Classifier,
    corpus: Corpus,
    *,
    targets: np.ndarray | None = None,
    recipe: str | Recipe = "default",
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    batch_tokens: int | None = None,
    learning_rate: float | None = None,
    decay: float | None = None,
    clip: float | None = None,
    l2: float | None = None,
    l2_scope: Scope | None = None,
    word_dropout: float | None = None,
    held_out: float | None = None,
    patience: int | None = None,
    seed: int = 0,
    validation: Corpus | None = None,
    validation_targets: np.ndarray | None = None,
    watch: Mapping[str, Corpus] | None = None,
    folder: str | Path | None = None,
    checkpoint_every: int = 100,
    resume: bool = False,
    on_step: Callable[[Metrics], None] | None = None,
    progress: bool = False,
    precision: str = "float32",
    compile: bool = False,
) -> Training:
    """Trains ``network`` on ``corpus`` with Adam.

    The loss is the cross entropy after the last word of a document: of its class, or of each of its labels against its
    absence. Where there are ``targets`` it is the mean squared error after every word.

    A frozen weight (one that requires no gradient) stays. Where no penalty is taken over the vectors of words, Adam
    moves them when they are next read, to where it would have moved them by then.

    A number that is not given comes from the recipe; :class:`Recipe` says what each number means.

    The same seed on the same machine with the same number of threads gives the same bits, whether the training was
    killed and resumed or not. Global random state is neither read nor changed. Where there is a folder, Ctrl-C and
    SIGTERM let the step end and write a checkpoint before they stop the process.

    Args:
        network: The network to train; it is changed.
        corpus: The training documents.
        targets: What is to be said after each word, in the order of the tokens of ``corpus``, [token, output], one
            output a class or label; or, of two classes, the one number by which the second has more evidence.
        recipe: The numbers that are not given: ``"default"`` for those that suit the cell and the input of the network
            (:func:`~slowfold.networks.choose_recipe`), ``"paper"`` for those of the paper, or a recipe of your own.
        steps: See :class:`Recipe`, and so for all numbers up to ``patience``.
        epochs: Passes over the documents.
        batch_size: The most documents a step.
        batch_tokens: The most tokens a step, padding included.
        learning_rate: Adam's rate at the first step.
        decay: How many times lower the rate is at the last step.
        clip: The greatest norm of the gradient.
        l2: Coefficient of the penalty.
        l2_scope: The weights it is taken over.
        word_dropout: The share of the words that are hidden at each step.
        held_out: The share of ``corpus`` that is kept aside where ``validation`` is not given.
        patience: Evaluations without progress before training stops; 0 for no early stop.
        seed: Decides which documents are kept aside and the order of the others.
        validation: Documents to find the best step on, instead of a part of ``corpus``.
        validation_targets: The targets for them, where there are targets.
        watch: Corpora whose accuracy to measure at each evaluation, by name, such as the test documents with their
            words shuffled; nothing is decided by them.
        folder: Where to write ``metrics.jsonl`` and ``checkpoints/``; None writes nothing.
        checkpoint_every: Steps between checkpoints.
        resume: Go on from the last checkpoint in ``folder``; where there is none, start from the beginning.
        on_step: Called after each step with what it measured, such as a function that hands it to an experiment
            tracker: ``lambda metrics: tracker.log(dataclasses.asdict(metrics), step=metrics.step)``. Between
            evaluations the vectors of words that did not occur of late are not yet where they belong.
        progress: Show a progress bar in the terminal.
        precision: ``"bfloat16"`` multiplies matrices in that type, on a GPU.
        compile: Compile, on a GPU, the steps of cells for which PyTorch has no fused kernel.

    Raises:
        OptionError: A number is out of range, ``resume`` is asked for without a folder, or the network is on a CPU and
            what is asked for is for a GPU.
        NetworkError: The words or classes of a corpus are not those of the network.
        DataError: A class has no document, or the targets do not fit.
        RunError: ``folder`` holds a training already, or the one to resume is another.
        TrainingError: The loss or its gradient is no longer finite (the network keeps its last finite weights), or
            there is not enough memory.
        KeyboardInterrupt: Ctrl-C was pressed.
        SystemExit: The process was told to end by SIGTERM, while a folder was written to.

    Example:
        >>> from slowfold.text.languages import categorical
        >>> corpus = categorical(classes=2, length=5).sample(200, seed=0)
        >>> network = Classifier.build(corpus, hidden=8)
        >>> fit(network, corpus, steps=60, learning_rate=0.02).steps
        60
        >>> network.accuracy(corpus)
        1.0
    """
    watch = {} if watch is None else watch
    require_acceleration(network.device, precision=precision, compile=compile)
    start = prepare(
        network,
        corpus,
        targets=targets,
        validation=validation,
        validation_targets=validation_targets,
        watch=watch,
        recipe=recipe,
        numbers={
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
        },
        seed=seed,
    )
    if checkpoint_every < 1:
        raise OptionError(f"{checkpoint_every} is out of range", where="checkpoint_every", cure="give 1 or more")
    course = Course(network, *start, seed=seed, watch=watch, precision=precision, compile=compile)
    metrics = _conduct(course, folder, every=checkpoint_every, resume=resume, progress=progress, on_step=on_step)
    standing = course.standing
    return Training(
        recipe=start.recipe,
        steps=standing.step,
        seconds=standing.seconds,
        metrics=metrics,
        trained_on=len(start.lessons),
        held_out=0 if start.validation is None else len(start.validation),
        best_step=standing.best_step,
        best_accuracy=standing.best_accuracy,
        stopped_early=standing.stopped_early,
    )


def _conduct(
    course: Course,
    folder: str | Path | None,
    *,
    every: int,
    resume: bool,
    progress: bool,
    on_step: Callable[[Metrics], None] | None,
) -> tuple[Metrics, ...]:
    """Takes the steps that remain, and leaves the network at its best; all that was measured, earlier parts too."""
    root = None if folder is None else Path(folder)
    if root is None and resume:
        raise OptionError("there is no folder to resume from", where="resume", cure="give the folder of the run")
    earlier: tuple[Metrics, ...] = ()
    if root is not None:
        earlier = begin_or_resume(course, root, resume=resume)
    metrics = list(earlier)
    was_training = course.network.training
    course.network.train()
    try:
        with ExitStack() as stack:
            records = None if root is None else stack.enter_context(recording(course, root, earlier, every=every))
            asked = Interruptions() if root is None else stack.enter_context(deferred_interruptions())
            shown = stack.enter_context(_shown(course, progress=progress))
            for measured in stack.enter_context(closing(course.run())):
                metrics.append(measured)
                if records is not None:
                    records.add(measured)
                shown(measured)
                if on_step is not None:
                    on_step(measured)
                if asked.received is not None:
                    break
            if records is not None and asked.received is not None:
                records.save()
            asked.stop()
    finally:
        course.network.train(was_training)
        course.optimiser.settle(course.standing.step)
    course.restore_best()
    return tuple(metrics)


def _shown(course: Course, *, progress: bool) -> AbstractContextManager[Report]:
    return progress_bar(course.total, done=course.standing.step) if progress else nullcontext(lambda _: None)
