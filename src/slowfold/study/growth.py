"""How a network comes about: the dimension of its states and the angles of its readouts, while it is trained."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from slowfold.errors import RunError
from slowfold.geometry import dimension
from slowfold.geometry.shapes import measure_readouts
from slowfold.networks import Classifier, Metrics
from slowfold.storage import write_text
from slowfold.study.records.values import finite
from slowfold.study.stages.states import sample_documents
from slowfold.text import Corpus

__all__ = ["GROWTH", "Growth", "Stage", "read_growth"]

GROWTH = "growth.jsonl"
"""The name of the file in the folder of a run."""

# What is looked at: few enough to cost less than the steps between two looks.
_DOCUMENTS = 60
# The first looks are at every step, later ones this much further on than the last: most happens early.
_FURTHER = 2**0.25


@dataclass(frozen=True)
class Stage:
    """What a network was like after so many steps.

    Attributes:
        step: The steps it had taken; 0 for the network before its training.
        loss: The loss of the documents of that step; None before the first, and where it is not known.
        participation_ratio: Of the states after each word of some test documents, of what the readout reads of them.
        shares: The shares of variance of their first components.
        angles: Between every two readouts, degrees; None where one has no length.
        accuracy: On these documents.
    """

    step: int
    loss: float | None
    participation_ratio: float
    shares: tuple[float, ...]
    angles: tuple[float | None, ...]
    accuracy: float


class Growth:
    """Looks at a network every now and then while it is trained, and writes down what it is like.

    Steps between looks grow by a fifth from one to the next. The network is not changed, and no random number is drawn.
    Embedded words are moved when they are next read; where there are any, looks are taken at evaluations, when all
    are where they belong.

    Args:
        network: The network, before its training.
        test: Documents, of which some are read.
        folder: Where to write.
        seed: Draws the documents.
    """

    def __init__(self, network: Classifier, test: Corpus, folder: Path, *, seed: int) -> None:
        self._network = network
        self._sample = sample_documents(test, _DOCUMENTS, seed)
        self._path = folder / GROWTH
        self._stages = list(read_growth(folder))
        if not self._stages:
            # Whether the training is new or goes on: its checkpoint has not been read yet.
            self._look(0, None)

    def __call__(self, metrics: Metrics) -> None:
        """Looks, where it is time for it; given to a training, it is called after every step."""
        # Of a training that goes on from a checkpoint, what came after that is done anew.
        self._stages = [stage for stage in self._stages if stage.step < metrics.step]
        if self._network.embedding is not None:
            due = metrics.validation_accuracy is not None or bool(metrics.watched)
        else:
            due = metrics.step >= _FURTHER * max((stage.step for stage in self._stages), default=0)
        if due:
            self._look(metrics.step, metrics.loss)

    def end(self, steps: int, loss: float | None) -> None:
        """Looks at the network as it is kept.

        Args:
            steps: The steps that were taken.
            loss: The loss of the last of them, where it is known.
        """
        self._stages = [stage for stage in self._stages if stage.step < steps]
        self._look(steps, loss)

    def _look(self, step: int, loss: float | None) -> None:
        network = self._network
        states = network.read_out(network.read(self._sample).states)
        found = dimension(states)
        angles = measure_readouts(network.readout.weight.detach().cpu().double()).angles
        pairs = [angles[row, column].item() for row in range(len(angles)) for column in range(row)]
        self._stages.append(
            Stage(
                step=step,
                loss=loss,
                participation_ratio=found.participation_ratio,
                shares=tuple(found.shares[: 2 * len(angles)]),
                angles=tuple(finite(angle) for angle in pairs),
                accuracy=network.accuracy(self._sample),
            )
        )
        lines = [json.dumps(asdict(stage), allow_nan=False) for stage in self._stages]
        write_text(self._path, "\n".join(lines) + "\n")


def read_growth(folder: Path) -> tuple[Stage, ...]:
    """What was written down of a network while it was trained; nothing where nothing was.

    Args:
        folder: The folder of the run.

    Raises:
        RunError: The file is damaged.
    """
    path = folder / GROWTH
    if not path.exists():
        return ()
    try:
        return tuple(_stage(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())
    except (ValueError, LookupError, TypeError) as error:
        raise RunError("is damaged", where=str(path), cure="remove it") from error


def _stage(told: dict[str, Any]) -> Stage:
    lists: dict[str, Any] = {name: tuple(told[name]) for name in ("shares", "angles")}
    return Stage(**(told | lists))
