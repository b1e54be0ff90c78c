"""Runs side by side: in what they differ, how far apart their networks are, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from slowfold.errors import OptionError
from slowfold.geometry.comparison import (
    Placement,
    Topology,
    place_by_distance,
    spectra_distances,
    topology_distances,
)
from slowfold.notebook import html_table, shown_rows
from slowfold.study.comparing.factors import Factor, find_factors, name_runs
from slowfold.study.comparing.graphs import graph_of
from slowfold.study.comparing.matched import same_words, state_distances
from slowfold.study.comparing.overview import HEAD, overview_row
from slowfold.study.runs import Run, open_run

__all__ = ["Comparison", "Distances", "compare"]

Part = TypeVar("Part")

# Two lie as far apart as they do: a map would tell no more.
_LEAST_ON_A_MAP = 3


@dataclass(frozen=True)
class Distances:
    """How far apart each two networks are, by one measure.

    Attributes:
        measure: What is compared: ``"states"``, ``"fixed points"`` or ``"spectra"``.
        between: The distances, NaN where two cannot be compared, [run, run].
    """

    measure: str
    between: Float64[Tensor, "run run"]

    @property
    def any(self) -> bool:
        """Whether any two can be compared."""
        return bool(torch.isfinite(self.between).sum() > len(self.between.diagonal().isfinite().nonzero()))

    def placed(self) -> tuple[tuple[int, ...], Placement] | None:
        """A map of the networks: the most that can all be compared with each other, and where each lies.

        None where they are fewer than three: two lie as far apart as they do, and no map tells more.
        """
        finite = torch.isfinite(self.between)
        # Who can be compared with one network can be compared with each other: they read the same words, or all exist.
        largest = int(finite.sum(dim=1).argmax())
        rows = finite[largest].nonzero().flatten()
        if len(rows) < _LEAST_ON_A_MAP:
            return None
        return tuple(rows.tolist()), place_by_distance(self.between[rows.unsqueeze(1), rows])


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Several runs side by side.

    Attributes:
        runs: The runs, [run].
        names: What each is called beside the others, [run].
        factors: What was chosen for them, the weightiest first.
        graphs: The fixed points at the mean input and where saddles lead, None where that is not known, [run].
        distances: How far apart the networks are: by their states, by their fixed points, by their spectra.
        notes: What cannot be compared, and why, a sentence each.
    """

    runs: tuple[Run, ...]
    names: tuple[str, ...]
    factors: tuple[Factor, ...]
    graphs: tuple[Topology | None, ...]
    distances: tuple[Distances, ...]
    notes: tuple[str, ...]

    @property
    def varied(self) -> tuple[Factor, ...]:
        """What the runs differ in, the weightiest first; empty where only chance, or nothing, sets them apart."""
        return tuple(factor for factor in self.factors if factor.varies)

    @property
    def telling(self) -> tuple[Factor, ...]:
        """What the runs differ in, without what a weightier difference brings with it, as a task its classes."""
        varied = self.varied
        return tuple(
            factor for row, factor in enumerate(varied) if not any(factor.follows(other) for other in varied[:row])
        )

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The figures of each run, as the columns of :data:`~slowfold.study.comparing.overview.HEAD` say."""
        return [overview_row(name, run.summary) for name, run in zip(self.names, self.runs, strict=True)]

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        return f"Comparison({len(self)} runs that differ in {self._told()}: {'; '.join(self.names)})"

    def _repr_html_(self) -> str:
        shown, left_out = shown_rows(len(self))
        return html_table(
            f"{len(self)} runs that differ in {self._told()}",
            HEAD,
            self.rows[:shown],
            left_out=left_out,
            note=" ".join(self.notes),
        )

    def _told(self) -> str:
        return ", ".join(factor.name for factor in self.telling) or "nothing on record"


def compare(runs: Sequence[Run | str | Path], *, notify: Callable[[str], None] | None = None) -> Comparison:
    """Lays runs side by side and measures how far apart their networks are, in three ways.

    *States*: networks that know the same words read the same documents, and the distance is one minus the mean
    canonical correlation of what their readouts read. *Fixed points*: each saddle at the mean input is left, and the
    graphs of what leads where are compared. *Spectra*: how far the slowest eigenvalues at the fixed points of one have
    to be moved to be those of another. Networks of any two tasks have the latter two.

    Args:
        runs: Two finished runs or more, their folders, or ``"latest"``.
        notify: Told what is being done.

    Raises:
        OptionError: There are fewer than two runs, or one is named twice.
        RunError: One of them is no run, is not finished, or cannot be read.
        NetworkError: The network of one cannot be read.

    Source:
        Maheswaranathan, Williams, Golub, Ganguli and Sussillo, "Universality and individuality in neural dynamics
        across large populations of recurrent networks", NeurIPS 2019.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study import analyze
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> folder = Path(mkdtemp())
        >>> for cell in ("gru", "ugrnn"):
        ...     network = Classifier.build(train, cell=cell, hidden=8, seed=0)
        ...     run = analyze(network, train, test, folder=folder / cell, starts=16)
        >>> compare([folder / "gru", folder / "ugrnn"])
        Comparison(2 runs that differ in cell: gru; ugrnn)
    """
    tell = notify or _silent
    if len(runs) < 2:
        raise OptionError(
            "one run has nothing beside it" if runs else "there is nothing to compare",
            where="compare",
            cure="name the folders of two runs or more",
        )
    opened = tuple(run if isinstance(run, Run) else open_run(run) for run in runs)
    _require_different(opened)
    factors = find_factors(opened)
    tell("reading the same texts with each network")
    by_states, notes = state_distances(opened)
    tell("looking where saddles lead")
    graphs, said = zip(*(graph_of(run) for run in opened), strict=True)
    notes += [sentence for sentence in said if sentence]
    return Comparison(
        runs=opened,
        names=name_runs(opened, factors),
        factors=factors,
        graphs=graphs,
        distances=(
            Distances("states", by_states),
            Distances("fixed points", _of_those_there(graphs, topology_distances)),
            Distances("spectra", _of_those_there([_spectrum(run) for run in opened], spectra_distances)),
        ),
        notes=(*_apart(opened), *notes),
    )


def _require_different(runs: Sequence[Run]) -> None:
    folders = [run.folder.resolve() for run in runs]
    for row, folder in enumerate(folders):
        if folder in folders[:row]:
            raise OptionError(f"{runs[row].folder} is named twice", where="compare", cure="name each run once")


def _apart(runs: Sequence[Run]) -> list[str]:
    """What is to be said of networks that cannot read the same texts."""
    notes = [
        f"{run.name} was made without words, so no other network can read its texts."
        for run in runs
        if not run.has_words
    ]
    groups = same_words([run for run in runs if run.has_words])
    if len(groups) > 1:
        notes.append(
            f"The runs know {len(groups)} different sets of words. Only networks that know the same words can read the "
            "same texts, so states are compared within each set alone."
        )
    return notes


def _spectrum(run: Run) -> Tensor | None:
    """The eigenvalues at the fixed points of the mean input, [point, mode]; None where there is no point."""
    found = run.analysis.get("mean_eigenvalue")
    return None if found is None or not len(found) else torch.from_numpy(np.array(found.values, dtype=np.complex128))


def _of_those_there(
    parts: Sequence[Part | None], measured: Callable[[list[Part]], Tensor]
) -> Float64[Tensor, "run run"]:
    """The distances of those that have what is compared; NaN for the others."""
    distances = torch.full((len(parts), len(parts)), torch.nan, dtype=torch.float64)
    there = [row for row, part in enumerate(parts) if part is not None]
    if there:
        rows = torch.tensor(there)
        distances[rows.unsqueeze(1), rows] = measured([part for part in parts if part is not None])
    return distances


def _silent(_: str) -> None:
    """Tells nobody."""
