"""The page of the ledger: every claim, its rule, its verdict, and the figures it rests on, without a program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slowfold.report.claims_figures import by_penalty, by_prediction, with_minus
from slowfold.report.page import environment, part
from slowfold.report.theme import FONT
from slowfold.report.wording import MISSING, listed, number, plural
from slowfold.storage import write_text
from slowfold.study.claims import Judged, Ledger, Outcome, Verdict
from slowfold.study.claims.across import PREDICTORS
from slowfold.study.claims.forecast import FORETOLD
from slowfold.study.claims.written import decisive, figure, sentence
from slowfold.study.experiment import Experiment
from slowfold.study.sweeping.keys import run_folder_name

__all__ = ["render_claims", "write_claims"]

# A strip of a check: the size of the drawing in its own units.
_STRIP, _STRIP_EDGE = 140, 8


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
    pages.filters["minus"] = with_minus
    return pages.get_template("claims.html").render(
        headline=_headline(ledger),
        ledger=ledger,
        facts=_facts(ledger),
        sections=[_section(judged, folder) for judged in ledger.claims],
        summary=[(judged, decisive(judged)) for judged in ledger.claims],
        drawings=[
            drawn
            for drawn in (by_penalty(ledger.summaries), *by_prediction(ledger.summaries, PREDICTORS))
            if drawn is not None
        ],
        predictors=FORETOLD,
        sentence=sentence,
        number=number,
        strip=_STRIP,
        font=FONT,
        style=part("report.css"),
        drawing_style=part("claims_drawing.css"),
        policy="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
    )


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
        ("Command", ledger.command),
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
