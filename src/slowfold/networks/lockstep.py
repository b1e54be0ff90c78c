"""Many trainings, one step of all of them at a time, their networks reading side by side."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn

from slowfold.errors import TrainingError
from slowfold.networks.batches import Batch
from slowfold.networks.course import Course, Page
from slowfold.networks.heads import decide, label_loss, share_correct
from slowfold.networks.memory import memory_named
from slowfold.networks.metrics import Metrics
from slowfold.networks.optimiser import Touched
from slowfold.networks.side_by_side import read_side_by_side, step_size

__all__ = ["LockstepCourse", "run_in_lockstep"]

# About how many numbers the networks that read together compute at one step. On a CPU more of them no longer fit into
# its cache: four GRUs of 64 units and 128 documents, which do, take less time each than sixteen. A GPU has to be kept
# busy, and its memory sets the bound: some 30 bytes of each number are kept until the step has been learned from.
_AT_ONCE = {"cpu": 2**18}
_AT_ONCE_ELSEWHERE = 2**23


@dataclass(frozen=True)
class _Task:
    """What the network of one training reads at one step.

    Attributes:
        course: The training.
        batch: The documents.
        touched: The vectors of the words in them, or None where a step moves all vectors, or there are none.
        inputs: What the cell is given, [document, time, input].
    """

    course: LockstepCourse
    batch: Batch
    touched: Touched | None
    inputs: Tensor

    @property
    def size(self) -> int:
        """About how many numbers a step in time computes."""
        return step_size(self.course.network.cell) * len(self.inputs)


class _Answer(NamedTuple):
    """What a network made of its task: the loss, the penalty, and the evidence after the last word."""

    loss: Tensor
    penalty: Tensor
    evidence: Tensor


class LockstepCourse(Course):
    """A training whose network reads side by side with others; all else it does by itself, as any other does.

    Attributes:
        failure: What ended it before its time, or None.
    """

    failure: TrainingError | None = None

    @cached_property
    def _remaining(self) -> Iterator[Page]:
        return self._pages()

    @property
    def on_its_way(self) -> bool:
        """Whether a step remains, and nothing has gone wrong."""
        return not self.finished and self.failure is None

    def open_page(self) -> _Task:
        """The next documents."""
        page, device = next(self._remaining), self.network.device
        self.optimiser.clear()
        touched = None if page.rows is None else self.optimiser.touch(page.rows, self.standing.step)
        if touched is None:
            inputs = self.network.inputs(page.batch.tokens.to(device))
        else:
            inputs = nn.functional.embedding(page.places.to(device), touched.vectors)
        return _Task(self, page.batch, touched, inputs)

    def answer(self, task: _Task, states: Tensor) -> _Answer:
        """What the network says of the documents after the last word, and how far from the labels that is."""
        evidence = self.network.evidence(states)
        loss = label_loss(evidence, task.batch.labels.to(evidence.device))
        penalty = self.recipe.l2 * sum((weight.square().sum() for weight in self.penalised), loss.new_zeros(()))
        return _Answer(loss, penalty, evidence.detach())

    def learn(self, task: _Task, answer: _Answer) -> Metrics | None:
        """Moves the weights by their gradients; None where there is none that is finite, and they stay."""
        step = self.standing.step + 1
        rate = self.recipe.rate(step, self.total)
        norm = self.optimiser.shorten(task.touched, self.recipe.clip)
        loss, penalty, length = torch.stack([answer.loss.detach(), answer.penalty.detach(), norm]).tolist()
        if not all(map(math.isfinite, (loss, penalty, length))):
            self.failure = TrainingError(
                "the loss or its gradient is no longer a finite number",
                where=f"step {step}",
                cure=f"try a learning rate below {rate:.2g}, or a clip below {self.recipe.clip:.2g}",
            )
            return None
        self.optimiser.move(task.touched, step=step)
        self.standing = replace(self.standing, step=step)
        return Metrics(
            step=step,
            loss=loss,
            penalty=penalty,
            l2_scope=self.recipe.l2_scope,
            accuracy=share_correct(decide(answer.evidence, self.network.kind).cpu(), task.batch.labels),
            validation_loss=None,
            validation_accuracy=None,
            learning_rate=rate,
            tokens_per_second=0.0,
            seconds=0.0,
        )

    def complete(self, measured: Metrics, *, tokens_per_second: float, seconds: float) -> Metrics:
        """The same metrics with what an evaluation finds, where it is time for one, and with the times.

        Args:
            measured: What the step measured.
            tokens_per_second: Its own tokens in the time that the step took all networks together.
            seconds: Its share of that time.
        """
        before, began = self.standing.seconds, time.perf_counter()
        validation_loss, validation_accuracy, watched = self._evaluate()
        self.standing = replace(self.standing, seconds=before + seconds + time.perf_counter() - began)
        return replace(
            measured,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            watched=watched,
            tokens_per_second=tokens_per_second,
            seconds=self.standing.seconds,
        )


def run_in_lockstep(courses: Sequence[LockstepCourse]) -> Generator[list[tuple[int, Metrics]]]:
    """Takes the steps that remain, one of every training that is on its way at a time.

    A training that has finished, or that cannot go on, no longer takes part.

    Yields:
        The number of each training that took the step, and what it measured.
    """
    while remaining := [number for number, course in enumerate(courses) if course.on_its_way]:
        started = time.perf_counter()
        with torch.enable_grad():
            tasks = [courses[number].open_page() for number in remaining]
        answers: dict[int, _Answer] = {}
        for members in _groups(tasks):
            together = [tasks[member] for member in members]
            with memory_named(
                sum(len(task.inputs) for task in together), sum(task.batch.tokens.numel() for task in together)
            ):
                answers |= zip(members, _ask(together), strict=True)
        learned = [
            (number, task, task.course.learn(task, answers[place]))
            for place, (number, task) in enumerate(zip(remaining, tasks, strict=True))
        ]
        taken = time.perf_counter() - started
        yield [
            (
                number,
                task.course.complete(
                    measured,
                    tokens_per_second=int(task.batch.lengths.sum()) / taken,
                    seconds=taken / len(remaining),
                ),
            )
            for number, task, measured in learned
            if measured is not None
        ]


@torch.enable_grad()
def _ask(tasks: Sequence[_Task]) -> list[_Answer]:
    """What some networks answer; the gradients are left at their weights."""
    networks = [task.course.network for task in tasks]
    states = read_side_by_side(
        [network.cell for network in networks],
        [task.inputs for task in tasks],
        [task.batch.lengths for task in tasks],
        [network.initial_state for network in networks],
    )
    answers = [task.course.answer(task, final) for task, final in zip(tasks, states, strict=True)]
    # No weight has a part in two of the losses: the gradient of their sum is that of each.
    torch.stack([answer.loss + answer.penalty for answer in answers]).sum().backward()
    return answers


def _groups(tasks: Sequence[_Task]) -> Iterator[list[int]]:
    """Which tasks to read together: those of like lengths, and no more at a time than is good for the device."""
    device = tasks[0].inputs.device.type
    bound = _AT_ONCE.get(device, _AT_ONCE_ELSEWHERE)
    together = max(bound // max(task.size for task in tasks), 1)
    order = sorted(range(len(tasks)), key=lambda place: -tasks[place].inputs.shape[1])
    for first in range(0, len(order), together):
        yield order[first : first + together]
