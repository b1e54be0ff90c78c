"""The page of the ledger: every claim, its rule, its verdict, and the figures it rests on, without a program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slowfold.report.page import environment, part
from slowfold.report.theme import FONT, colour_scale, palette
from slowfold.report.wording import MINUS, MISSING, listed, number, plural
from slowfold.storage import write_text
from slowfold.study.claims import Judged, Ledger, Outcome, Verdict
from slowfold.study.claims.across import PREDICTORS
from slowfold.study.claims.figures import number_at
from slowfold.study.claims.judging import has_learned
from slowfold.study.claims.ledger import decisive, figure
from slowfold.study.claims.rules import VISITED
from slowfold.study.experiment import Experiment
from slowfold.study.sweeping.keys import run_folder_name

__all__ = ["render_claims", "write_claims"]

# The paper's figure, as it can be read off: participation ratio by penalty and number of classes.
_PAPER: Mapping[float, Mapping[int, float]] = {
    1e-5: {3: 2.4, 5: 4.95, 8: 8.2, 10: 10.4},
    5e-4: {3: 2.1, 5: 4.1, 8: 7.2, 10: 9.15},
    1e-3: {3: 2.05, 5: 4.05, 8: 7.05, 10: 9.05},
    5e-3: {3: 2.0, 5: 4.0, 8: 7.0, 10: 9.0},
    1e-2: {3: 2.0, 5: 4.0, 8: 6.05, 10: 5.05},
}

# A strip of a check, and a figure: the size of the drawing in its own units.
_STRIP, _STRIP_EDGE = 160, 8
_WIDE, _HIGH, _EDGE = 460, 320, 40


@dataclass(frozen=True)
class _Strip:
    """The interval of a check as it is drawn, beside the bounds it must keep."""

    low: float
    high: float
    value: float
    bound_from: float
    bound_to: float
    dots: tuple[float, ...]


@dataclass(frozen=True)
class _Row:
    """A check in a table."""

    of: str
    what: str
    path: str
    figure: str
    bounds: str
    verdict: str
    why: str
    strip: _Strip | None
    runs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Section:
    """A claim as the page shows it."""

    judged: Judged
    verdict: str
    why: str
    rows: tuple[_Row, ...]
    there: str


@dataclass(frozen=True)
class _Dot:
    """A network in a figure, in the units of the drawing."""

    x: float
    y: float
    light: str
    dark: str
    name: str
    hollow: bool = False


@dataclass(frozen=True)
class _Drawing:
    """A figure with axes: dots, lines and what they are called."""

    title: str
    caption: str
    across: str
    up: str
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]
    dots: tuple[_Dot, ...]
    lines: tuple[tuple[str, str, str, bool], ...]
    keys: tuple[tuple[str, str, str], ...]
    wide: int = _WIDE
    high: int = _HIGH
    edge: int = _EDGE


def write_claims(ledger: Ledger, path: str | Path) -> Path:
    """Writes the page of a ledger, which opens without a network.

    Args:
        ledger: What is shown.
        path: The file, which is written whole or not at all; it links to the networks in ``runs`` beside it.

    Returns:
        Where the page is.

    Raises:
        RunError: The file cannot be written.
    """
    path = Path(path)
    write_text(path, render_claims(ledger, folder=path.parent))
    return path


def render_claims(ledger: Ledger, *, folder: Path) -> str:
    """The page as a text.

    Args:
        ledger: What is shown.
        folder: Where the page will lie; networks in ``runs`` beside it are linked to.
    """
    pages = environment()
    pages.filters["minus"] = _with_minus
    return pages.get_template("claims.html").render(
        headline=_headline(ledger),
        ledger=ledger,
        facts=_facts(ledger),
        sections=[_section(judged, folder) for judged in ledger.claims],
        summary=[(judged, decisive(judged), figure) for judged in ledger.claims],
        drawings=[drawn for drawn in (_by_penalty(ledger), *_foretold(ledger)) if drawn is not None],
        strip=_STRIP,
        font=FONT,
        style=part("report.css"),
        policy="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
    )


def _with_minus(text: str) -> str:
    """The text with the sign of the minus where a hyphen stands for one."""
    return re.sub(r"(?<![\w-])-(?=[ \d])", MINUS, text)


def _headline(ledger: Ledger) -> str:
    told = [
        f"{ledger.count(verdict)} {verdict.value}"
        for verdict in (Verdict.SUPPORTED, Verdict.REFUTED, Verdict.UNDECIDED)
        if ledger.count(verdict)
    ]
    return f"{plural(len(ledger.claims), 'claim')}: {listed(told)}."


def _facts(ledger: Ledger) -> list[tuple[str, str]]:
    there, failed = len(ledger.summaries), len(ledger.failed)
    lost = f"; {plural(failed, 'run')} failed" if failed else ""
    return [
        ("Networks", f"{there:,} are there; these claims ask for {ledger.wanted:,}{lost}"),
        ("Scale", ledger.plan.scale),
        ("Work", f"{ledger.seconds / 3600:.1f} hours, all networks one after the other"),
        ("Command", ledger.command or "slowfold reproduce"),
        ("Made", ledger.made),
        ("Environment", ", ".join(f"{name} {value}" for name, value in ledger.environment.items())),
    ]


def _section(judged: Judged, folder: Path) -> _Section:
    wanted = judged.claim.experiments
    there = sum((folder / "runs" / run_folder_name(one) / "summary.json").exists() for one in wanted)
    return _Section(
        judged=judged,
        verdict=judged.verdict.value,
        why="" if judged.why is None else judged.why.value,
        rows=tuple(_row(outcome, folder) for outcome in judged.outcomes),
        there=f"{there} of {plural(len(wanted), 'network')}" if wanted else "",
    )


def _row(outcome: Outcome, folder: Path) -> _Row:
    check = outcome.check
    # A check of all networks would list each of them.
    asked = [] if check.gathers else [one for sample in check.samples for one in sample]
    return _Row(
        of=check.of,
        what=check.what,
        path=check.path,
        figure=MISSING if outcome.interval is None else figure(outcome),
        bounds=check.bounds,
        verdict=outcome.verdict.value,
        why="" if outcome.why is None else outcome.why.value,
        strip=_strip(outcome),
        runs=tuple(link for one in asked if (link := _link(one, folder)) is not None),
    )


def _link(experiment: Experiment, folder: Path) -> tuple[str, str] | None:
    """What a network is called, and where it is, from the page."""
    name = run_folder_name(experiment)
    for file in ("report.html", "summary.json"):
        if (folder / "runs" / name / file).exists():
            return f"seed {experiment.seed}", f"runs/{name}/{file}"
    return None


def _strip(outcome: Outcome) -> _Strip | None:
    interval, check = outcome.interval, outcome.check
    if interval is None or not check.judges:
        return None
    ends = [end for end in (interval.low, interval.high, interval.value) if end is not None]
    bounds = [bound for bound in (check.low, check.high) if bound is not None]
    least, most = min(ends + bounds), max(ends + bounds)
    # Room beside the outermost mark, so that an open side is seen to go on.
    room = 0.25 * (most - least) or 0.1 * max(1.0, abs(most))
    least, most = least - room, most + room

    def place(value: float) -> float:
        inside = min(max(value, least), most)
        return round(_STRIP_EDGE + (_STRIP - 2 * _STRIP_EDGE) * (inside - least) / (most - least), 1)

    return _Strip(
        low=place(interval.value if interval.low is None else interval.low),
        high=place(interval.value if interval.high is None else interval.high),
        value=place(interval.value),
        bound_from=place(least if check.low is None else check.low),
        bound_to=place(most if check.high is None else check.high),
        dots=tuple(place(value) for value in outcome.values) if check.foretold is None and not check.share else (),
    )


def _by_penalty(ledger: Ledger) -> _Drawing | None:
    """The paper's figure: dimension against the number of classes, a line a penalty."""
    found: dict[float, dict[int, list[float]]] = {}
    for experiment, summary in ledger.summaries.items():
        ratio = number_at(VISITED)([summary])
        if experiment.task == "categorical" and experiment.cell == "gru" and experiment.l2 and ratio is not None:
            by_classes = found.setdefault(experiment.l2, {})
            by_classes.setdefault(len(summary["task"]["classes"]), []).append(ratio)
    penalties = sorted(penalty for penalty in found if penalty in _PAPER)
    if not penalties:
        return None
    most_classes = max(10, *(classes for penalty in penalties for classes in found[penalty]))
    across = _Axis(2, most_classes, _EDGE, _WIDE - _EDGE / 2)
    up = _Axis(0, most_classes + 1, _HIGH - _EDGE, _EDGE / 4)
    colours = dict(zip(penalties, colour_scale(len(penalties)), strict=True))
    dots, lines = list[_Dot](), [(_path([(2, 1), (most_classes, most_classes - 1)], across, up), "", "", True)]
    for penalty in penalties:
        light, dark = colours[penalty]
        means = {classes: sum(ratios) / len(ratios) for classes, ratios in sorted(found[penalty].items())}
        lines.append((_path(list(means.items()), across, up), light, dark, False))
        dots += [
            _Dot(across.at(classes), up.at(ratio), light, dark, f"N = {classes}, L2 {penalty:g}: {ratio:.2f}")
            for classes, ratios in found[penalty].items()
            for ratio in ratios
        ]
        dots += [
            _Dot(
                across.at(classes + 0.12),
                up.at(ratio),
                light,
                dark,
                f"the paper, N = {classes}, L2 {penalty:g}: {ratio}",
                hollow=True,
            )
            for classes, ratio in _PAPER[penalty].items()
            if classes <= most_classes
        ]
    return _Drawing(
        title="Dimension against the number of classes, by penalty",
        caption="Participation ratio of the visited states of GRUs on the categorical language. Full dots are networks "
        "of this ledger, lines their means; hollow ones, set a little aside, are the paper's, read off its figure; the "
        "dashed line is N - 1.",
        across="classes, N",
        up="participation ratio",
        ticks_x=tuple((across.at(tick), str(tick)) for tick in range(2, most_classes + 1)),
        ticks_y=tuple((up.at(tick), str(tick)) for tick in range(0, most_classes + 1, 2)),
        dots=tuple(dots),
        lines=tuple(lines),
        keys=tuple((f"L2 {penalty:g}", *colours[penalty]) for penalty in penalties),
    )


def _foretold(ledger: Ledger) -> list[_Drawing]:
    """Measured against foretold dimensions, one figure a predictor."""
    measured_at = number_at("dimension.final.participation_ratio")
    rows = [
        (experiment, summary, measured)
        for experiment, summary in ledger.summaries.items()
        if has_learned(summary) and (measured := measured_at([summary])) is not None
    ]
    tasks = sorted({experiment.task for experiment, _, _ in rows})
    colours = {task: palette(place) for place, task in enumerate(tasks)}
    drawings: list[_Drawing] = []
    for predictor, called in PREDICTORS.items():
        foretold_at = number_at(f"dimension.predicted.{predictor}.participation_ratio")
        pairs = [
            (experiment, foretold, measured)
            for experiment, summary, measured in rows
            if (foretold := foretold_at([summary])) is not None
        ]
        if not pairs:
            continue
        most = 1.08 * max(max(foretold, measured) for _, foretold, measured in pairs)
        across, up = _Axis(0, most, _EDGE, _WIDE - _EDGE / 2), _Axis(0, most, _HIGH - _EDGE, _EDGE / 4)
        step = 1 if most < 8 else 2
        ticks = range(0, int(most) + 1, step)
        drawings.append(
            _Drawing(
                title=f"Measured against foretold by {called}",
                caption="Participation ratio of the final states against that of the counts, one dot a network that "
                "has learned; on the dashed line all was foretold.",
                across="foretold",
                up="measured",
                ticks_x=tuple((across.at(tick), str(tick)) for tick in ticks),
                ticks_y=tuple((up.at(tick), str(tick)) for tick in ticks),
                dots=tuple(
                    _Dot(
                        across.at(foretold),
                        up.at(measured),
                        *colours[experiment.task],
                        f"{experiment.task}, {experiment.cell}, classes {experiment.classes or 'all'}: "
                        f"{number(foretold)} foretold, {number(measured)} measured",
                    )
                    for experiment, foretold, measured in pairs
                ),
                lines=((_path([(0, 0), (most, most)], across, up), "", "", True),),
                keys=tuple((task, *colours[task]) for task in tasks),
            )
        )
    return drawings


@dataclass(frozen=True)
class _Axis:
    """Where a value lies on a drawing."""

    least: float
    most: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        return round(self.begin + (self.end - self.begin) * (value - self.least) / (self.most - self.least), 1)


def _path(points: Sequence[tuple[float, float]], across: _Axis, up: _Axis) -> str:
    return " ".join(f"{'L' if place else 'M'}{across.at(x)} {up.at(y)}" for place, (x, y) in enumerate(points))
