"""Training: the only place that changes a network."""

from __future__ import annotations

import itertools
import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import numpy as np
import torch
from torch import Tensor, nn

from slowfold.cells import cell_layers
from slowfold.errors import OptionError, RunError, TrainingError
from slowfold.networks.batches import Batch, batches_per_epoch, epoch_batches
from slowfold.networks.checkpoints import Checkpoint, Standing, has_checkpoints, newest_checkpoint, write_checkpoint
from slowfold.networks.classifier import Classifier
from slowfold.networks.metrics import Metrics, append_metrics, read_metrics, writing_metrics
from slowfold.networks.progress import Report, progress_bar
from slowfold.networks.recipes import Recipe, Scope, choose_recipe, total_steps
from slowfold.text.corpus import Corpus, stratified_split

__all__ = ["Training", "fit", "penalised_weights"]


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
        best_accuracy: Its accuracy on the documents kept aside.
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
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    decay: float | None = None,
    clip: float | None = None,
    l2: float | None = None,
    l2_scope: Scope | None = None,
    held_out: float | None = None,
    patience: int | None = None,
    seed: int = 0,
    validation: Corpus | None = None,
    folder: str | Path | None = None,
    checkpoint_every: int = 100,
    resume: bool = False,
    on_step: Callable[[Metrics], None] | None = None,
    progress: bool = False,
) -> Training:
    """Trains ``network`` on ``corpus`` with Adam; the loss is the cross entropy after the last word of a document.

    A number that is not given comes from the recipe for the cell and the input of the network
    (:func:`~slowfold.networks.choose_recipe`); :class:`Recipe` says what each number means.

    The same seed on the same machine with the same number of threads gives the same bits, whether the training was
    killed and resumed or not. Global random state is neither read nor changed.

    Args:
        network: The network to train; it is changed.
        corpus: The training documents.
        steps: See :class:`Recipe`, and so for all numbers up to ``patience``.
        epochs: Passes over the documents.
        batch_size: Documents a step.
        learning_rate: Adam's rate at the first step.
        decay: How many times lower the rate is at the last step.
        clip: The greatest norm of the gradient.
        l2: Coefficient of the penalty.
        l2_scope: The weights it is taken over.
        held_out: The share of ``corpus`` that is kept aside where ``validation`` is not given.
        patience: Evaluations without progress before training stops; 0 for no early stop.
        seed: Decides which documents are kept aside and the order of the others.
        validation: Documents to find the best step on, instead of a part of ``corpus``.
        folder: Where to write ``metrics.jsonl`` and ``checkpoints/``; None writes nothing.
        checkpoint_every: Steps between checkpoints.
        resume: Go on from the last checkpoint in ``folder``; where there is none, start from the beginning.
        on_step: Called after each step with what it measured.
        progress: Show a progress bar in the terminal.

    Raises:
        OptionError: A number is out of range, or ``resume`` is asked for without a folder.
        NetworkError: The words or classes of a corpus are not those of the network.
        DataError: There are too few documents, or one has no words.
        RunError: ``folder`` holds a training already, or the one to resume is another.
        TrainingError: The loss or its gradient is no longer finite; the network keeps its last finite weights.

    Example:
        >>> from slowfold.text.languages import categorical
        >>> corpus = categorical(classes=2, length=5).sample(200, seed=0)
        >>> network = Classifier.build(corpus, hidden=8)
        >>> fit(network, corpus, steps=60, learning_rate=0.02).steps
        60
        >>> network.accuracy(corpus)
        1.0
    """
    network.require(corpus)
    if validation is not None:
        network.require(validation)
    kinds = [layer.kind for layer in cell_layers(network.cell)]
    recipe = choose_recipe(kinds, one_hot=network.embedding is None).override(
        steps=steps,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        decay=decay,
        clip=clip,
        l2=l2,
        l2_scope=l2_scope,
        held_out=0.0 if validation is not None else held_out,
        patience=patience,
    )
    if checkpoint_every < 1:
        raise OptionError(f"{checkpoint_every} is out of range", where="checkpoint_every", cure="give 1 or more")
    if recipe.held_out:
        share = min(recipe.held_out, recipe.held_out_most / max(len(corpus), 1))
        corpus, validation = _hold_out(corpus, share, seed)
    course = _Course(network, corpus, validation, recipe, seed)
    earlier: tuple[Metrics, ...] = ()
    root = None if folder is None else Path(folder)
    if root is None and resume:
        raise OptionError("there is no folder to resume from", where="resume", cure="give the folder of the run")
    if root is not None:
        earlier = _resume(course, root) if resume else _begin(root)
    metrics = list(earlier)
    was_training = network.training
    network.train()
    try:
        with ExitStack() as open_files:
            log = None if root is None else open_files.enter_context(writing_metrics(_log(root), earlier))
            shown = open_files.enter_context(_shown(course, progress=progress))
            for measured in course.run():
                metrics.append(measured)
                if root is not None and log is not None:
                    _record(course, root, log, measured, every=checkpoint_every)
                shown(measured)
                if on_step is not None:
                    on_step(measured)
    finally:
        network.train(was_training)
    course.restore_best()
    standing = course.standing
    return Training(
        recipe=recipe,
        steps=standing.step,
        seconds=standing.seconds,
        metrics=tuple(metrics),
        trained_on=len(corpus),
        held_out=0 if validation is None else len(validation),
        best_step=standing.best_step,
        best_accuracy=standing.best_accuracy,
        stopped_early=standing.stopped_early,
    )


def _hold_out(corpus: Corpus, share: float, seed: int) -> tuple[Corpus, Corpus | None]:
    """Keeps a share of each class aside; a class with a single document keeps it for training."""
    counts = np.bincount(corpus.labels, minlength=len(corpus.class_names))
    divisible = np.flatnonzero(counts[corpus.labels] > 1)
    if not len(divisible):
        return corpus, None
    _, held_out = stratified_split(corpus.labels[divisible], corpus.class_names, test=share, seed=seed)
    aside = divisible[held_out]
    return corpus.select(np.setdiff1d(np.arange(len(corpus)), aside)), corpus.select(aside)


def penalised_weights(network: Classifier, scope: Scope) -> list[Tensor]:
    """The weights that the L2 penalty of a scope is taken over: matrices, not biases nor the initial state."""
    if scope == "cell":
        return network.cell.weights()
    return [parameter for parameter in network.parameters() if parameter.dim() > 1]


class _Course:
    """One training on its way: the network, the optimiser, and how far they have come."""

    def __init__(
        self, network: Classifier, corpus: Corpus, validation: Corpus | None, recipe: Recipe, seed: int
    ) -> None:
        self.network = network
        self.corpus = corpus
        self.validation = validation
        self.recipe = recipe
        self.seed = seed
        self.total = total_steps(recipe, len(corpus))
        self.standing = Standing()
        self.best: dict[str, Tensor] = {}
        self.trained = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
        self.penalised = penalised_weights(network, recipe.l2_scope)
        self.optimiser = torch.optim.Adam(self.trained.values(), lr=recipe.learning_rate, fused=True)

    @property
    def finished(self) -> bool:
        return self.standing.stopped_early or self.standing.step >= self.total

    def run(self) -> Iterator[Metrics]:
        """Takes the steps that remain, and yields what each measured."""
        every = math.ceil(self.total / self.recipe.evaluations)
        before, began = self.standing.seconds, time.perf_counter()
        for batch in self._batches():
            if self.finished:
                return
            step = self.standing.step + 1
            started = time.perf_counter()
            rate = self.recipe.rate(step, self.total)
            loss, penalty, accuracy = self._take(batch.to(self.network.device), step, rate)
            taken = time.perf_counter() - started
            self.standing = replace(self.standing, step=step)
            validation_accuracy, validation_loss = None, None
            if self.validation is not None and (step % every == 0 or step == self.total):
                validation_accuracy, validation_loss = self._evaluate(self.validation)
            self.standing = replace(self.standing, seconds=before + time.perf_counter() - began)
            yield Metrics(
                step=step,
                loss=loss,
                penalty=penalty,
                l2_scope=self.recipe.l2_scope,
                accuracy=accuracy,
                validation_loss=validation_loss,
                validation_accuracy=validation_accuracy,
                learning_rate=rate,
                tokens_per_second=int(batch.lengths.sum()) / taken,
                seconds=self.standing.seconds,
            )

    def _batches(self) -> Iterator[Batch]:
        size = self.recipe.batch_size
        epoch, start = divmod(self.standing.step, batches_per_epoch(len(self.corpus), size))
        for later in itertools.count(epoch):
            yield from epoch_batches(self.corpus, size=size, seed=self.seed, epoch=later, start=start)
            start = 0

    @torch.enable_grad()
    def _take(self, batch: Batch, step: int, rate: float) -> tuple[float, float, float]:
        self.optimiser.zero_grad()
        logits = self.network(batch.tokens, batch.lengths)
        loss = nn.functional.cross_entropy(logits, batch.labels)
        penalty = self.recipe.l2 * torch.stack([weight.square().sum() for weight in self.penalised]).sum()
        (loss + penalty).backward()
        norm = nn.utils.clip_grad_norm_(self.trained.values(), self.recipe.clip)
        # Looked at before the weights move: what is not finite never gets into them.
        if not bool(torch.isfinite(norm + loss.detach() + penalty.detach())):
            raise TrainingError(
                "the loss or its gradient is no longer a finite number",
                where=f"step {step}",
                cure=f"try a learning rate below {rate:.2g}, or a clip below {self.recipe.clip:.2g}",
            )
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        correct = (logits.detach().argmax(-1) == batch.labels).double().mean()
        return loss.item(), penalty.item(), correct.item()

    @torch.no_grad()
    def _evaluate(self, validation: Corpus) -> tuple[float, float]:
        logits = self.network.logits(validation)
        labels = torch.from_numpy(validation.labels.astype(np.int64))
        loss = nn.functional.cross_entropy(logits, labels).item()
        accuracy = (logits.argmax(-1) == labels).double().mean().item()
        self.standing = self.standing.evaluated(accuracy, loss, patience=self.recipe.patience)
        if self.standing.best_step == self.standing.step:
            self.best = {name: weight.detach().clone() for name, weight in self.network.named_parameters()}
        return accuracy, loss

    @torch.no_grad()
    def restore_best(self) -> None:
        """Gives the network the weights of the best step, if there is one."""
        for name, weight in self.network.named_parameters():
            if name in self.best:
                weight.copy_(self.best[name])

    def experiment(self) -> dict[str, object]:
        """What is trained, how and on what: a checkpoint of anything else is not this training's."""
        parts: Mapping[str, Corpus | None] = {"documents": self.corpus, "validation": self.validation}
        sets = {name: None if corpus is None else _fingerprint(corpus) for name, corpus in parts.items()}
        return {**self.network.config(), **self.recipe.as_dict(), "seed": self.seed, **sets}

    def checkpoint(self) -> Checkpoint:
        state = self.optimiser.state
        return Checkpoint(
            standing=self.standing,
            weights=dict(self.network.named_parameters()),
            best=self.best,
            moments={
                f"{name}/{moment}": value
                for name, weight in self.trained.items()
                for moment, value in state[weight].items()
            },
        )

    @torch.no_grad()
    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Takes over the standing, the weights and Adam's moments of ``checkpoint``."""
        self.standing = checkpoint.standing
        for name, weight in self.network.named_parameters():
            weight.copy_(checkpoint.weights[name])
        self.best = {name: weight.to(self.network.device) for name, weight in checkpoint.best.items()}
        state: dict[int, dict[str, Tensor]] = {}
        for number, name in enumerate(self.trained):
            prefix = f"{name}/"
            state[number] = {
                moment.removeprefix(prefix): value
                for moment, value in checkpoint.moments.items()
                if moment.startswith(prefix)
            }
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})


def _begin(folder: Path) -> tuple[Metrics, ...]:
    if _log(folder).exists() or has_checkpoints(folder):
        raise RunError("holds a training already", where=str(folder), cure="resume it, or choose a new folder")
    return ()


def _resume(course: _Course, folder: Path) -> tuple[Metrics, ...]:
    checkpoint = newest_checkpoint(folder, course.experiment())
    if checkpoint is None:
        return ()
    course.go_on_from(checkpoint)
    return read_metrics(_log(folder), steps=checkpoint.standing.step)


def _record(course: _Course, folder: Path, log: TextIO, measured: Metrics, *, every: int) -> None:
    due = measured.step % every == 0 or course.finished
    # The metrics reach the disk before the checkpoint that counts on them.
    append_metrics(log, measured, safely=due)
    if due:
        write_checkpoint(folder, course.checkpoint(), course.experiment())


def _shown(course: _Course, *, progress: bool) -> AbstractContextManager[Report]:
    return progress_bar(course.total, done=course.standing.step) if progress else nullcontext(lambda _: None)


def _log(folder: Path) -> Path:
    return folder / "metrics.jsonl"


def _fingerprint(corpus: Corpus) -> str:
    """The number of documents and a checksum of their words, classes and vocabulary."""
    parts = (corpus.tokens, corpus.offsets, corpus.labels)
    checksum = zlib.crc32("\n".join(corpus.vocabulary.words).encode())
    for part in parts:
        checksum = zlib.crc32(np.ascontiguousarray(part).data, checksum)
    return f"{len(corpus)} documents {checksum:08x}"
