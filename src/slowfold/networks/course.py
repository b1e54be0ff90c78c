"""One training on its way, step by step."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from slowfold.errors import TrainingError
from slowfold.networks.acceleration import compiled_steps
from slowfold.networks.batches import Batch, Order, gather_batch
from slowfold.networks.checkpoints import Checkpoint, Standing
from slowfold.networks.classifier import Classifier
from slowfold.networks.evaluation import evaluate
from slowfold.networks.heads import accuracy_tells, decide, label_loss, share_correct, squared_error
from slowfold.networks.lessons import Lessons
from slowfold.networks.memory import memory_named
from slowfold.networks.metrics import Metrics
from slowfold.networks.optimiser import Optimiser, fades
from slowfold.networks.prefetching import prefetched
from slowfold.networks.reading import last_states
from slowfold.networks.recipes import Recipe, Scope
from slowfold.networks.word_dropout import hide_words
from slowfold.text.corpus import Corpus

__all__ = ["Course", "Page", "penalised_weights"]

_VECTORS = "embedding.weight"


class Page(NamedTuple):
    """One batch, and the words in it.

    Attributes:
        batch: The documents.
        rows: The numbers of the words that occur in them, each once, [word]; or None where it is not asked for.
        places: Where in ``rows`` each word stands, [document, time]; beyond the end of a document 0.
    """

    batch: Batch
    rows: Int64[Tensor, " word"] | None
    places: Int64[Tensor, "document time"]


def penalised_weights(network: Classifier, scope: Scope) -> list[Tensor]:
    """The weights that the L2 penalty of a scope is taken over: matrices, not biases nor the initial state.

    Frozen ones are left out: they would add the same number to every loss.
    """
    scopes = {"none": [], "cell": network.cell.weights(), "all": [w for w in network.parameters() if w.dim() > 1]}
    return [weight for weight in scopes[scope] if weight.requires_grad]


class Course:
    """One training on its way: the network, the optimiser, and how far they have come.

    Args:
        network: The network to train; it is changed.
        lessons: What it learns from.
        validation: What its best step is found on, or None.
        recipe: The numbers to go by.
        seed: Decides the order of the documents.
        watch: Corpora to read at each evaluation, by name.
        precision: The type in which matrices are multiplied.
        compile: Whether to compile the steps of cells without a fused kernel.
    """

    def __init__(
        self,
        network: Classifier,
        lessons: Lessons,
        validation: Lessons | None,
        recipe: Recipe,
        *,
        seed: int,
        watch: Mapping[str, Corpus],
        precision: str = "float32",
        compile: bool = False,
    ) -> None:
        self.network = network
        self.lessons = lessons
        self.validation = validation
        self.recipe = recipe
        self.seed = seed
        self.watch = watch
        self.precision = precision
        self.compile = compile
        self.order = Order(lessons.corpus.lengths, size=recipe.batch_size, tokens=recipe.batch_tokens, seed=seed)
        self.total = max(recipe.steps, self.order.steps(recipe.epochs))
        self.standing = Standing()
        self.best: dict[str, Tensor] = {}
        self.penalised = penalised_weights(network, recipe.l2_scope) if recipe.l2 else []
        trained = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
        # A penalty gives the vectors of all words a gradient at every step; without one only those that occur have any.
        penalised = any(weight is trained.get(_VECTORS) for weight in self.penalised)
        vectors = trained.pop(_VECTORS, None) if fades(recipe.betas, recipe.epsilon) and not penalised else None
        self.optimiser = Optimiser(
            trained,
            None if vectors is None else (_VECTORS, vectors),
            betas=recipe.betas,
            epsilon=recipe.epsilon,
            rate=lambda step: recipe.rate(step, self.total),
        )
        self.by_row = vectors is not None

    @property
    def finished(self) -> bool:
        """Whether no step remains."""
        return self.standing.stopped_early or self.standing.step >= self.total

    def run(self) -> Generator[Metrics]:
        """Takes the steps that remain, and yields what each measured."""
        before, began = self.standing.seconds, time.perf_counter()
        compiled = compiled_steps(self.network.cell) if self.compile else nullcontext()
        with compiled, prefetched(self._pages()) as pages:
            while not self.finished:
                page = next(pages)
                step = self.standing.step + 1
                started = time.perf_counter()
                documents, longest = page.batch.tokens.shape
                with memory_named(documents, documents * longest):
                    loss, penalty, accuracy = self._take(page, step)
                taken = time.perf_counter() - started
                self.standing = replace(self.standing, step=step)
                validation_loss, validation_accuracy, watched = self._evaluate()
                self.standing = replace(self.standing, seconds=before + time.perf_counter() - began)
                yield Metrics(
                    step=step,
                    loss=loss,
                    penalty=penalty,
                    l2_scope=self.recipe.l2_scope,
                    accuracy=accuracy,
                    validation_loss=validation_loss,
                    validation_accuracy=validation_accuracy,
                    learning_rate=self.recipe.rate(step, self.total),
                    tokens_per_second=int(page.batch.lengths.sum()) / taken,
                    seconds=self.standing.seconds,
                    watched=watched,
                )

    def _pages(self) -> Iterator[Page]:
        pinned = self.network.device.type == "cuda"
        for step, documents in enumerate(self.order.after(self.standing.step), start=self.standing.step + 1):
            batch = gather_batch(self.lessons.corpus, documents, self.lessons.targets)
            if self.recipe.word_dropout:
                # The two sets this stream apart from the other draws of a seed. The step decides what is hidden, and
                # nothing before it: a killed training hides the same words.
                draw = np.random.default_rng([self.seed, step, 2])
                unknown = self.network.vocabulary.unknown
                batch = hide_words(batch, self.recipe.word_dropout, unknown=unknown, generator=draw)
            yield _page(batch.pinned() if pinned else batch, by_row=self.by_row)

    @torch.enable_grad()
    def _take(self, page: Page, step: int) -> tuple[float, float, float]:
        device = self.network.device
        batch = page.batch.to(device)
        self.optimiser.clear()
        touched = None if page.rows is None else self.optimiser.touch(page.rows, step - 1)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            if touched is None:
                inputs = self.network.inputs(batch.tokens)
            else:
                inputs = torch.nn.functional.embedding(page.places.to(device), touched.vectors)
            loss, evidence = self._ask(inputs, batch)
        penalty = self.recipe.l2 * sum((weight.square().sum() for weight in self.penalised), loss.new_zeros(()))
        (loss + penalty).backward()
        norm = self.optimiser.shorten(touched, self.recipe.clip)
        measured = torch.stack([loss.detach(), penalty.detach(), norm]).tolist()
        # Looked at before the weights move: what is not finite never gets into them.
        if not all(map(math.isfinite, measured)):
            rate = self.recipe.rate(step, self.total)
            raise TrainingError(
                "the loss or its gradient is no longer a finite number",
                where=f"step {step}",
                cure=f"try a learning rate below {rate:.2g}, or a clip below {self.recipe.clip:.2g}",
            )
        self.optimiser.move(touched, step=step)
        accuracy = share_correct(decide(evidence.detach(), self.network.kind), batch.labels)
        return measured[0], measured[1], accuracy

    def _ask(self, inputs: Float[Tensor, "document time input"], batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss, and the evidence after the last word, [document, class]; both in the type of the weights."""
        states = self.network.unroll_inputs(inputs)
        dtype = self.network.initial_state.dtype
        if batch.targets is None:
            evidence = self.network.evidence(last_states(states, batch.lengths)).to(dtype)
            return label_loss(evidence, batch.labels), evidence
        every = self.network.evidence(states).to(dtype)
        return squared_error(every, batch.targets.to(dtype), batch.lengths), last_states(every, batch.lengths)

    def _evaluate(self) -> tuple[float | None, float | None, dict[str, float]]:
        """Where it is time for it: the loss and accuracy on the documents kept aside, and the accuracies watched."""
        step = self.standing.step
        if step % math.ceil(self.total / self.recipe.evaluations) and step != self.total:
            return None, None, {}
        # Whether or not anything is read now: to settle rounds, and what is watched decides nothing.
        self.optimiser.settle(step)
        watched = {name: self.network.accuracy(corpus) for name, corpus in self.watch.items()}
        if self.validation is None:
            return None, None, watched
        found = evaluate(self.network, self.validation.corpus, targets=self.validation.targets)
        by_accuracy = self.validation.targets is None and accuracy_tells(self.validation.corpus.kind)
        accuracy = found.accuracy if by_accuracy else None
        self.standing = self.standing.evaluated(accuracy, found.loss, patience=self.recipe.patience)
        if self.standing.best_step == step:
            self.best = {name: weight.detach().clone() for name, weight in self.network.named_parameters()}
        return found.loss, found.accuracy, watched

    @torch.no_grad()
    def restore_best(self) -> None:
        """Gives the network the weights of the best step, if there is one."""
        for name, weight in self.network.named_parameters():
            if name in self.best:
                weight.copy_(self.best[name])

    def experiment(self) -> dict[str, object]:
        """What is trained, how and on what: a checkpoint of anything else is not this training's."""
        parts: Mapping[str, Lessons | None] = {"documents": self.lessons, "validation": self.validation}
        return {
            **self.network.config(),
            **self.recipe.as_dict(),
            **{name: None if lessons is None else lessons.fingerprint() for name, lessons in parts.items()},
            "seed": self.seed,
            "frozen": [name for name, weight in self.network.named_parameters() if not weight.requires_grad],
            "precision": self.precision,
            "compile": self.compile,
        }

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        return Checkpoint(
            standing=self.standing,
            weights=dict(self.network.named_parameters()),
            best=self.best,
            moments=self.optimiser.moments(),
        )

    @torch.no_grad()
    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Takes over the standing, the weights and Adam's moments of ``checkpoint``."""
        self.standing = checkpoint.standing
        for name, weight in self.network.named_parameters():
            weight.copy_(checkpoint.weights[name])
        self.best = {name: weight.to(self.network.device) for name, weight in checkpoint.best.items()}
        self.optimiser.remember(checkpoint.moments)


def _page(batch: Batch, *, by_row: bool) -> Page:
    """A batch; where the vectors of words are moved by row, with the words that occur in it."""
    if not by_row:
        return Page(batch, None, batch.tokens)
    real = (torch.arange(batch.tokens.shape[1]) < batch.lengths[:, None]).numpy()
    rows, of_token = np.unique(batch.tokens.numpy()[real], return_inverse=True)
    places = np.zeros(real.shape, dtype=np.int64)
    places[real] = of_token
    return Page(batch, torch.from_numpy(rows), torch.from_numpy(places))
