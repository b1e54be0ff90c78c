"""What a run answers in rows: the figures of its summary, and little of a network that has not learned."""

from __future__ import annotations

import copy
from pathlib import Path

from slowfold.report import find
from slowfold.study import Run
from slowfold.study.answers import answer_rows
from slowfold.study.learned import has_learned


def test_the_rows_are_the_figures_of_the_summary(run: Run) -> None:
    summary = run.summary
    rows = dict(answer_rows(summary))
    assert has_learned(summary)
    assert rows["test accuracy"].startswith(f"{summary['accuracy']['test']:.3f} ")
    visited, sure = summary["dimension"]["visited"], summary["shape"]["intervals"]["visited"]["participation_ratio"]
    assert rows["visited states"].startswith(
        f"{visited['participation_ratio']:.2f} dimensions ({sure[0]:.2f} to {sure[1]:.2f}); shares "
    )
    for entry in summary["fixed_points"]:
        told = rows[f"fixed points, {entry['input']} input"]
        assert told.startswith(f"{entry['distinct']} ({entry['stable']} stable)")
    assert rows["slowest modes"].startswith(f"{summary['modes']['time_constants'][0]:.3g}, ")
    assert rows["figure of the classes"].startswith(summary["shape"]["figures"]["best"])


def test_of_a_network_that_has_not_learned_only_that_is_told(run: Run) -> None:
    summary = copy.deepcopy(run.summary)
    summary["accuracy"]["test"] = summary["accuracy"]["majority"]
    assert list(dict(answer_rows(summary))) == ["test accuracy", "baselines"]
    idle = Run(run.folder)
    vars(idle)["summary"] = summary
    assert "has not learned" in idle._repr_html_()
    assert find(idle).learned is has_learned(summary) is False
    assert find(run).learned is has_learned(run.summary) is True


def test_what_an_older_summary_lacks_is_left_out(run: Run) -> None:
    summary = copy.deepcopy(run.summary)
    for part in ("shape", "modes"):
        summary[part] = None
    rows = dict(answer_rows(summary))
    assert "slowest modes" not in rows
    assert "figure of the classes" not in rows
    assert "(" not in rows["visited states"]


def test_a_run_shows_itself(run: Run, tmp_path: Path) -> None:
    assert repr(run).startswith(f"Run({str(run.folder)!r}: categorical, 3 classes, gru of 16 units; accuracy ")
    shown = run._repr_html_()
    assert shown.count('<th scope="row"') == len(answer_rows(run.summary)) + 1
    assert "not written yet" in shown
    nothing = Run(tmp_path / "<b>")
    assert repr(nothing) == f"Run({str(tmp_path / '<b>')!r})"
    assert "cannot be read" in nothing._repr_html_()
    assert "<b>" not in nothing._repr_html_()
