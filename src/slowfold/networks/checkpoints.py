"""Where a training stands, in one file each, so that a killed one goes on bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from slowfold.errors import NetworkError, RunError
from slowfold.networks.weights import read_tensors, write_tensors

__all__ = ["Checkpoint", "Standing", "has_checkpoints", "newest_checkpoint", "write_checkpoint"]

_KEPT = 2


@dataclass(frozen=True)
class Standing:
    """How far a training has come.

    Attributes:
        step: The steps taken. They decide the place in the data, too: epoch and batch follow from them.
        seconds: The time they took.
        best_step: The step after which the documents kept aside were classified best, or None before they were read.
        best_accuracy: Their accuracy then, or None where the loss alone decides.
        best_loss: Their loss then.
        least_loss: Their least loss at any step.
        stale: How many evaluations in a row bettered neither accuracy nor loss.
        stopped_early: Whether that were too many.
    """

    step: int = 0
    seconds: float = 0.0
    best_step: int | None = None
    best_accuracy: float | None = None
    best_loss: float | None = None
    least_loss: float | None = None
    stale: int = 0
    stopped_early: bool = False

    def evaluated(self, accuracy: float | None, loss: float, *, patience: int) -> Standing:
        """The standing after the documents kept aside were read at ``step``; ``patience`` 0 never stops.

        A step is the best if its accuracy is; the lower loss decides between equal accuracies. On the long plateau
        that comes before long texts are learned the accuracy does not move and the loss does: so either one counts as
        progress. Of targets after every word the accuracy says little, and so it does of labels, which most documents
        may be without: to deny them all is right nearly always. There it is None, and the loss alone decides.

        Example:
            >>> standing = Standing(step=10).evaluated(0.5, 0.7, patience=1)
            >>> standing.best_step, replace(standing, step=20).evaluated(0.5, 0.8, patience=1).stopped_early
            (10, True)
        """
        better = self.best_loss is None or (accuracy or 0.0, -loss) > (self.best_accuracy or 0.0, -self.best_loss)
        lower = self.least_loss is None or loss < self.least_loss
        stale = 0 if better or lower else self.stale + 1
        standing = replace(
            self,
            least_loss=loss if lower else self.least_loss,
            stale=stale,
            stopped_early=0 < patience <= stale,
        )
        return replace(standing, best_step=self.step, best_accuracy=accuracy, best_loss=loss) if better else standing


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on.

    Attributes:
        standing: How far it has come.
        weights: The weights now, by name.
        best: The weights after the best step, by name; empty before there is one.
        moments: Adam's state, by the name of the weight and of the moment, as in ``"readout.weight/exp_avg"``.
    """

    standing: Standing
    weights: Mapping[str, Tensor]
    best: Mapping[str, Tensor]
    moments: Mapping[str, Tensor]


def has_checkpoints(folder: Path) -> bool:
    """Whether a training was begun in ``folder``."""
    return bool(_files(folder))


def write_checkpoint(folder: Path, checkpoint: Checkpoint, experiment: Mapping[str, object]) -> None:
    """Writes one file, whole or not at all, and removes all but the last two.

    Args:
        folder: The folder of the run.
        checkpoint: What to write.
        experiment: What is being trained, how and on what, as JSON can hold it.

    Raises:
        RunError: The folder cannot be written to.
    """
    parts = {"weights": checkpoint.weights, "best": checkpoint.best, "moments": checkpoint.moments}
    tensors = {f"{part}/{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
    path = folder / "checkpoints" / f"step-{checkpoint.standing.step:09d}.safetensors"
    write_tensors(path, tensors, {"standing": asdict(checkpoint.standing), "experiment": dict(experiment)})
    # A run killed while it wrote leaves a file beside, which nobody will finish.
    for old in (*_files(folder)[:-_KEPT], *path.parent.glob(".step-*")):
        old.unlink(missing_ok=True)


def newest_checkpoint(folder: Path, experiment: Mapping[str, object]) -> Checkpoint | None:
    """The last checkpoint of ``folder`` that can be read, or None if there is no checkpoint at all.

    Raises:
        RunError: It belongs to another experiment, or none of the files can be read.
    """
    failure: NetworkError | None = None
    for path in reversed(_files(folder)):
        try:
            tensors, note = read_tensors(path)
        except NetworkError as error:
            failure = error
            continue
        _same_experiment(path, note, experiment)
        return Checkpoint(
            standing=Standing(**note["standing"]),
            weights=_part(tensors, "weights/"),
            best=_part(tensors, "best/"),
            moments=_part(tensors, "moments/"),
        )
    if failure is not None:
        raise RunError(
            "holds no checkpoint that can be read", where=str(folder / "checkpoints"), cure="train in a new folder"
        ) from failure
    return None


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "checkpoints").glob("step-*.safetensors"))


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _same_experiment(path: Path, note: dict[str, Any], experiment: Mapping[str, object]) -> None:
    then = note.get("experiment", {})
    changed = [name for name in sorted({*then, *experiment}) if then.get(name) != experiment.get(name)]
    if changed:
        differences = ", ".join(f"{name} was {then.get(name)}, is {experiment.get(name)}" for name in changed)
        raise RunError(
            f"belongs to another experiment ({differences})",
            where=str(path),
            cure="repeat that experiment, or train in a new folder",
        )
