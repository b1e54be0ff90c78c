"""Which runs of a sweep can be trained side by side, as one population."""

from __future__ import annotations

from collections.abc import Sequence

from slowfold.study.experiment import Experiment
from slowfold.study.tasks import task_type

__all__ = ["find_companions"]

# What decides the shape of a network and the length of its training.
_SHAPE = ("cell", "hidden", "layers", "readout", "embedding", "initialisation", "device")
_COURSE = ("steps", "epochs", "batch_size", "length", "shortest", "noise", "max_length", "longer", "documents")


def find_companions(experiments: Sequence[Experiment], most: int) -> list[tuple[int, ...]]:
    """Runs whose networks have one shape and take as many steps, so many at a time, the first of each in their order.

    Synthetic languages go together, whatever their rules; of natural texts those of one source.

    Args:
        experiments: What is asked for.
        most: The most runs at a time.

    Returns:
        The numbers of the runs that go together; one that has no companion is by itself.

    Example:
        >>> cells = ("gru", "lstm", "gru", "lstm")
        >>> asked = [Experiment(task="categorical", cell=cell, seed=seed) for seed, cell in enumerate(cells)]
        >>> find_companions(asked, 4), find_companions(asked, 1)
        ([(0, 2), (1, 3)], [(0,), (1,), (2,), (3,)])
    """
    together: dict[tuple[object, ...], list[list[int]]] = {}
    groups: list[list[int]] = []
    for number, experiment in enumerate(experiments):
        alike = together.setdefault(_likeness(experiment), [])
        if not alike or len(alike[-1]) >= most:
            alike.append([])
            groups.append(alike[-1])
        alike[-1].append(number)
    return [tuple(group) for group in groups]


def _likeness(experiment: Experiment) -> tuple[object, ...]:
    """What runs that go together share."""
    source = "language" if task_type(experiment.task) == "language" else experiment.task
    return (source, *(getattr(experiment, name) for name in _SHAPE + _COURSE))
