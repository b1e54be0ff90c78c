"""The thumbnails of docs/figures.md: small runs, trained while the documentation is built, and every panel of them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import slowfold
from slowfold.networks import Classifier, fit
from slowfold.report.figures import PANELS, write_figures
from slowfold.study import Run, analyze, open_run
from slowfold.text import categorical

__all__ = ["draw_gallery"]

# The first is the run that most panels show; the others differ from it in their classes, or in their penalty.
_RUNS = (("three", 3, 5e-4), ("two", 2, 5e-4), ("three-punished", 3, 5e-3))
_LENGTH, _DOCUMENTS, _STEPS = 20, 3_000, 250
_EXPERIMENT = f'task = "categorical"\nclasses = "3"\nlength = {_LENGTH}\ndocuments = {_DOCUMENTS}\n'


def draw_gallery(folder: Path) -> list[Path]:
    """Draws every panel into a folder; what is there and of today's code is kept.

    Args:
        folder: Where the runs and the thumbnails are.
    """
    stamp = folder / "drawn-by"
    wanted = [folder / f"{panel}.png" for panel in PANELS]
    code = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == code and all(path.exists() for path in wanted):
        return wanted
    runs = [_run(folder / "runs" / name, classes, l2) for name, classes, l2 in _RUNS]
    one = [name for name, panel in PANELS.items() if not panel.several]
    several = [name for name, panel in PANELS.items() if panel.several and name != "counts"]
    write_figures(runs[:1], [*one, "counts"], folder, format="png")
    write_figures(runs, several, folder, format="png")
    stamp.write_text(code, encoding="utf-8")
    return wanted


def _run(folder: Path, classes: int, l2: float) -> Run:
    """A run that is there, or one that is made in a few seconds."""
    if (folder / "summary.json").exists():
        return open_run(folder)
    # A build that was stopped leaves a part of one.
    shutil.rmtree(folder, ignore_errors=True)
    train, test = categorical(classes=classes, length=_LENGTH).sample(_DOCUMENTS, seed=0).split(test=0.1, seed=0)
    network = Classifier.build(train, hidden=24, seed=0)
    training = fit(network, train, steps=_STEPS, l2=l2, seed=0, folder=folder, held_out=0.1)
    run = analyze(network, train, test, folder=folder, states_of=60, starts=16, training=training)
    # The documents can be drawn once more: a panel shows them.
    (folder / "experiment.toml").write_text(_EXPERIMENT.replace('"3"', f'"{classes}"'), encoding="utf-8")
    return open_run(run.folder)


def _fingerprint() -> str:
    """What the thumbnails depend on: this file and the code of the figures."""
    sources = sorted((Path(slowfold.__file__).parent / "report").rglob("*.*py"))
    sources += sorted((Path(slowfold.__file__).parent / "report" / "figures").glob("*.mplstyle"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in [Path(__file__), *sources])).hexdigest()


if __name__ == "__main__":
    for path in draw_gallery(Path(__file__).parent / "_build" / "gallery"):
        print(path)  # noqa: T201 - a program of its own
