"""The paper's main figure drawn anew: dimension by number of classes and penalty, beside its own values."""

from __future__ import annotations

import statistics
from pathlib import Path

from slowfold.errors import RunError
from slowfold.report.claims_figures import PUBLISHED, by_penalty, with_minus
from slowfold.report.page import environment, part
from slowfold.report.theme import FONT
from slowfold.report.wording import plural
from slowfold.storage import write_text
from slowfold.study.claims.claim import Summary
from slowfold.study.claims.figures import number_at
from slowfold.study.claims.rules import VISITED
from slowfold.study.experiment import Experiment
from slowfold.study.runs import list_runs

__all__ = ["write_penalties"]


def write_penalties(folder: str | Path, path: str | Path) -> Path:
    """Draws dimension against the number of classes, a line a penalty, beside what the paper found.

    Args:
        folder: A folder of runs, of which GRUs on the categorical language are shown.
        path: The page, which opens without a network; where the name ends in ``.md``, the table alone, as Markdown.

    Returns:
        Where the page is.

    Raises:
        RunError: There is no such run at a penalty of the paper, a summary cannot be read, or the file not be written.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.storage import write_json
        >>> runs = Path(mkdtemp())
        >>> for ratio, seed in ((2.02, 0), (1.98, 1)):
        ...     folder = runs / f"seed-{seed}"
        ...     folder.mkdir()
        ...     Experiment(task="categorical", classes="3", l2=5e-4, seed=seed).save(folder / "experiment.toml")
        ...     told = {"task": {"classes": ["a", "b", "c"]}, "dimension": {"visited": {"participation_ratio": ratio}}}
        ...     write_json(folder / "summary.json", {"schema": 1, **told})
        >>> print(write_penalties(runs, runs / "penalties.md").read_text(encoding="utf-8"), end="")
        | L2 | N = 3 |
        | --- | --- |
        | 0.0005 | 2.00 (2.1) |
    """
    found: dict[Experiment, Summary] = {}
    for run in list_runs(folder):
        if run.experiment is not None:
            found[run.experiment] = run.summary
    drawn = by_penalty(found)
    if drawn is None:
        raise RunError(
            "holds no GRU of the categorical language at a penalty of the paper",
            where=str(folder),
            cure="give the folder of the runs of docs/claims/paper-54.toml",
        )
    ratios = _by_place(found)
    columns = sorted({classes for _, classes in ratios})
    rows = [
        (
            f"{penalty:g}",
            [_cell(ratios.get((penalty, classes)), PUBLISHED[penalty].get(classes)) for classes in columns],
        )
        for penalty in sorted({penalty for penalty, _ in ratios})
    ]
    path = Path(path)
    if path.suffix == ".md":
        write_text(path, _table(columns, rows))
        return path
    pages = environment()
    pages.filters["minus"] = with_minus
    page = pages.get_template("penalties.html").render(
        headline=f"The dimension of {plural(sum(map(len, ratios.values())), 'network')}, by penalty and classes.",
        drawn=drawn,
        columns=columns,
        rows=rows,
        font=FONT,
        style=part("report.css"),
        drawing_style=part("claims_drawing.css"),
        policy="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
    )
    write_text(path, page)
    return path


def _table(columns: list[int], rows: list[tuple[str, list[str]]]) -> str:
    heads = " | ".join(f"N = {classes}" for classes in columns)
    lines = [f"| L2 | {heads} |", "| --- |" + " --- |" * len(columns)]
    lines += [f"| {penalty} | {' | '.join(cells)} |" for penalty, cells in rows]
    return "\n".join(lines) + "\n"


def _by_place(found: dict[Experiment, Summary]) -> dict[tuple[float, int], list[float]]:
    """The dimensions of the networks that are drawn, by penalty and number of classes."""
    ratios: dict[tuple[float, int], list[float]] = {}
    for experiment, summary in found.items():
        ratio, penalty = number_at(VISITED)([summary]), experiment.l2
        if experiment.task != "categorical" or experiment.cell != "gru" or penalty is None or ratio is None:
            continue
        if penalty in PUBLISHED:
            ratios.setdefault((penalty, len(summary["task"]["classes"])), []).append(ratio)
    return ratios


def _cell(ratios: list[float] | None, paper: float | None) -> str:
    here = "" if not ratios else f"{statistics.fmean(ratios):.2f}"
    return here if paper is None else f"{here} ({paper:g})".strip()
