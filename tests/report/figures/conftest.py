"""What the tests of paper figures share: runs that differ in classes and in penalty, and figures drawn once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from slowfold.networks import Classifier, fit
from slowfold.report.figures import draw_figure
from slowfold.report.figures.canvas import PaperFigure
from slowfold.study import Run, analyze, open_run
from slowfold.text import categorical


@pytest.fixture(scope="session")
def family(finished: Run, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Runs on two and on three classes, with different penalties."""
    folder = tmp_path_factory.mktemp("family")
    train, test = categorical(classes=2, length=6).sample(200, seed=0).split(test=0.2, seed=0)
    network = Classifier.build(train, hidden=4, seed=0)
    training = fit(network, train, steps=4, l2=0.0, seed=0, folder=folder / "unpunished")
    first = analyze(network, train, test, folder=folder / "unpunished", starts=8, training=training)
    # As if trained with a penalty: what a sweep shows comes from the summary alone.
    shutil.copytree(first.folder, folder / "punished")
    summary = json.loads((folder / "punished" / "summary.json").read_text(encoding="utf-8"))
    summary["network"]["l2"], summary["accuracy"]["test"] = 1e-2, 0.25
    (folder / "punished" / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return [finished, first, open_run(folder / "punished")]


@pytest.fixture(scope="session")
def drawn(finished: Run, family: list[Run]) -> Callable[..., PaperFigure]:
    """Draws a panel, once for all tests that look at it."""
    kept: dict[tuple[Any, ...], PaperFigure] = {}
    several = {"dimensions", "sweep"}

    def draw(panel: str, **options: Any) -> PaperFigure:
        options = {"width": "single", "theme": "light", **options}
        key = panel, *sorted(options.items())
        if key not in kept:
            figure = draw_figure(family if panel in several else finished, panel, **options)
            assert isinstance(figure, PaperFigure)
            kept[key] = figure
        return kept[key]

    return draw
