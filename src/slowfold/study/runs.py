"""The folder of one run: what was asked, what was trained, what was found."""

from __future__ import annotations

import re
import shlex
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import xarray as xr

from slowfold.errors import DataError, RunError
from slowfold.networks import Classifier, Metrics, read_metrics
from slowfold.storage import read_json, whole_file, write_json
from slowfold.study.experiment import Experiment
from slowfold.study.records.summary import SCHEMA
from slowfold.text import Vocabulary, near_names

__all__ = [
    "COMPARISONS",
    "PREDICTIONS",
    "RUNS",
    "Run",
    "list_runs",
    "new_folder",
    "next_folder",
    "next_page",
    "open_run",
    "read_dataset",
    "resuming",
    "taken_folder",
    "write_dataset",
]

RUNS = Path("runs")
"""Where runs go that are not told where to go."""

PREDICTIONS = Path("predictions")
"""Where pages of predictions go, unless one says otherwise."""

COMPARISONS = Path("comparisons")
"""Where pages of comparisons go, unless one says otherwise."""

LATEST = "latest"


@dataclass(frozen=True, repr=False)
class Run:
    """A run on disk; each part is read when it is asked for.

    Attributes:
        folder: Where it is.
    """

    folder: Path

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.resolve().name

    @cached_property
    def summary(self) -> dict[str, Any]:
        """summary.json.

        Raises:
            RunError: It is missing, no JSON, or of another schema.
        """
        path = self.folder / "summary.json"
        summary = read_json(path)
        if not isinstance(summary, dict) or cast("dict[str, Any]", summary).get("schema") != SCHEMA:
            raise RunError(f"is no summary of schema {SCHEMA}", where=str(path), cure="analyse the network again")
        return cast("dict[str, Any]", summary)

    @cached_property
    def experiment(self) -> Experiment | None:
        """What was asked for; None for a network that was analysed without an experiment."""
        path = self.folder / "experiment.toml"
        return Experiment.load(path) if path.exists() else None

    @cached_property
    def analysis(self) -> xr.Dataset:
        """analysis.nc, in memory.

        Raises:
            RunError: It is missing or damaged.
        """
        path = self.folder / "analysis.nc"
        try:
            return read_dataset(path)
        except (OSError, ValueError, RuntimeError) as error:
            raise RunError("cannot be read", where=str(path), cure="analyse the network again") from error

    @cached_property
    def metrics(self) -> tuple[Metrics, ...]:
        """What each training step measured; empty where training is not on record.

        Raises:
            RunError: The record is damaged.
        """
        path = self.folder / "metrics.jsonl"
        return read_metrics(path) if path.exists() else ()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that the network knows.

        Raises:
            RunError: They were left out, or the file is damaged.
        """
        path = self.folder / "vocabulary.json"
        value = read_json(path)
        try:
            return Vocabulary.from_json(value if isinstance(value, dict) else {})
        except DataError as error:
            raise RunError("is no vocabulary", where=str(path), cure="analyse the network again") from error

    @property
    def has_words(self) -> bool:
        """Whether the words of the documents are in the folder."""
        return (self.folder / "vocabulary.json").exists()

    @cached_property
    def network(self) -> Classifier:
        """The trained network; where the words of the documents were left out, its words are numbers.

        Raises:
            NetworkError: A file of the network is missing or damaged.
        """
        return Classifier.load(self.folder, vocabulary=None if self.has_words else self._numbered)

    @property
    def _numbered(self) -> Vocabulary | None:
        described = read_json(self.folder / "model.json")
        words = cast("dict[str, object]", described).get("words") if isinstance(described, dict) else None
        # What is no description of a network is told so where it is loaded.
        return Vocabulary(tuple(f"word {number}" for number in range(words))) if isinstance(words, int) else None

    @property
    def report(self) -> Path:
        """Where the report is, once it is written."""
        return self.folder / "report.html"

    def __repr__(self) -> str:
        from slowfold.study.answers import in_a_line

        told = in_a_line(self)
        return f"Run({str(self.folder)!r})" if told is None else f"Run({str(self.folder)!r}: {told})"

    def _repr_html_(self) -> str:
        # A notebook asks for this; whoever computes needs no markup.
        from slowfold.study.answers import run_html

        return run_html(self)

    def record_seconds(self, stage: str, seconds: float) -> None:
        """Adds what a later stage took to summary.json."""
        summary = self.summary
        times = summary["seconds"]
        times["total"] += seconds - (times[stage] or 0.0)
        times[stage] = seconds
        write_json(self.folder / "summary.json", summary)


def open_run(run: str | Path) -> Run:
    """Opens a finished run.

    Args:
        run: Its folder, or ``"latest"`` for the newest one in the folder ``runs``.

    Raises:
        RunError: There is no such run, or it is not finished.

    Example:
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp(), "mine")
        >>> write_json(folder / "summary.json", {"schema": SCHEMA, "accuracy": {"test": 0.98}})
        >>> open_run(folder).summary["accuracy"]
        {'test': 0.98}
    """
    if str(run) == LATEST and not Path(run).exists():
        # Of some nothing but the summary was copied here. The arrays are written once; the summary with every report.
        found = [one for one in list_runs() if (one.folder / "analysis.nc").exists()]
        if not found:
            raise RunError("there is no finished run", where=str(RUNS), cure="make one with slowfold run")
        return max(found, key=lambda one: (one.folder / "analysis.nc").stat().st_mtime_ns)
    folder = Path(run)
    if (folder / "summary.json").is_file():
        return Run(folder)
    if (folder / "experiment.toml").is_file():
        raise RunError("the run is not finished", where=str(folder), cure=f"finish it with {resuming(folder)}")
    names = [one.name for one in list_runs(folder.parent)]
    raise RunError("there is no run", where=str(folder), cure=near_names(folder.name, names) if names else None)


def list_runs(folder: str | Path = RUNS) -> list[Run]:
    """The finished runs in a folder, by name.

    Example:
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> write_json(folder / "mine" / "summary.json", {"schema": SCHEMA})
        >>> (folder / "unfinished").mkdir()
        >>> [run.name for run in list_runs(folder)]
        ['mine']
    """
    return [Run(path.parent) for path in sorted(Path(folder).glob("*/summary.json"))]


def resuming(folder: Path) -> str:
    """The command that goes on with an interrupted run.

    Example:
        >>> resuming(Path("runs/mine"))
        'slowfold run runs/mine/experiment.toml --out runs/mine --resume'
    """
    experiment, own = shlex.quote(str(folder / "experiment.toml")), shlex.quote(str(folder))
    return f"slowfold run {experiment} --out {own} --resume"


def new_folder(folder: Path) -> Path:
    """A folder for a new run, which must not hold anything yet; it is not made.

    Raises:
        RunError: It exists and is not empty, or is a file.

    Example:
        >>> from tempfile import mkdtemp
        >>> new_folder(Path(mkdtemp(), "mine")).exists()
        False
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        unfinished = (folder / "experiment.toml").exists() and not (folder / "summary.json").exists()
        other = f", or go on with {resuming(folder)}" if unfinished else ""
        raise RunError("exists already", where=str(folder), cure=f"choose another folder{other}")
    return folder


def next_folder(task: str, cell: str, root: Path = RUNS) -> Path:
    """The next free folder TASK-CELL-001, -002, ... in ``root``.

    Example:
        >>> next_folder("reviews.csv", "gru", Path("nowhere")).as_posix()
        'nowhere/reviews-gru-001'
    """
    stem = f"{_file_name(task) or 'run'}-{cell}"
    taken = [int(path.name[-3:]) for path in root.glob(f"{stem}-[0-9][0-9][0-9]")]
    return root / f"{stem}-{max(taken, default=0) + 1:03d}"


@contextmanager
def taken_folder(task: str, cell: str, root: Path = RUNS) -> Generator[Path]:
    """The folder of :func:`next_folder`, made at once, so that of several processes each has one of its own.

    Where nothing has been written into it in the end, it is gone again.

    Example:
        >>> from tempfile import mkdtemp
        >>> with taken_folder("ag_news", "gru", Path(mkdtemp())) as one:
        ...     one.is_dir(), next_folder("ag_news", "gru", one.parent).name
        (True, 'ag_news-gru-002')
        >>> one.exists()
        False
    """
    made = [] if root.exists() else [root]
    while True:
        folder = next_folder(task, cell, root)
        try:
            folder.mkdir(parents=True)
            break
        except FileExistsError:
            # Another process took it since it was looked for.
            continue
    try:
        yield folder
    finally:
        # A folder that holds something is not removed.
        with suppress(OSError):
            for empty in (folder, *made):
                empty.rmdir()


def next_page(name: str, root: Path = PREDICTIONS) -> Path:
    """The next free page NAME-001.html, NAME-002.html, ... in ``root``.

    Example:
        >>> next_page("three classes", Path("nowhere")).as_posix()
        'nowhere/three-classes-001.html'
    """
    stem = _file_name(name) or "prediction"
    taken = [int(path.stem[-3:]) for path in root.glob(f"{stem}-[0-9][0-9][0-9].html")]
    return root / f"{stem}-{max(taken, default=0) + 1:03d}.html"


def _file_name(name: str) -> str:
    """What of a name may stand in the name of a file; the folders and the endings of a path are left out."""
    return re.sub(r"[^\w.-]+", "-", Path(name).name.split(".")[0]).strip("-.")


def write_dataset(path: Path, dataset: xr.Dataset) -> None:
    """Writes NetCDF, whole or not at all."""
    compressed = {
        name: {"zlib": True, "complevel": 4}
        for name, array in dataset.items()
        # What is empty cannot be cut into the chunks that are compressed.
        if array.dtype.kind in "fi" and array.size
    }
    with whole_file(path) as beside:
        dataset.to_netcdf(beside, engine="netcdf4", auto_complex=True, encoding=compressed)


def read_dataset(path: Path) -> xr.Dataset:
    """Reads NetCDF, into memory.

    Raises:
        OSError, RuntimeError: It is missing, or no NetCDF, or cut short.
    """
    return xr.load_dataset(path, engine="netcdf4", auto_complex=True)
