"""The ledger as files: for programs, for the documentation, and as little as judging again needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slowfold.storage import read_json, write_json, write_text
from slowfold.study.claims.beyond import BEYOND
from slowfold.study.claims.claim import Claim, Judged, Outcome, Verdict
from slowfold.study.claims.forecast import FORETOLD
from slowfold.study.claims.ledger import Ledger
from slowfold.study.intervals import Interval
from slowfold.study.sweeping.working import folder_of

__all__ = ["claims_table", "decisive", "figure", "keep_summaries", "rules_page", "sentence", "write_ledger"]

SCHEMA = 1


def write_ledger(ledger: Ledger, folder: str | Path) -> tuple[Path, Path]:
    """Writes the ledger as ``claims.json``, for programs, and ``claims.md``, for the documentation.

    Returns:
        Where they are.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.study.claims.ledger import read_ledger
        >>> from slowfold.study.claims.plan import SMALL
        >>> written = write_ledger(read_ledger(SMALL, "nowhere"), mkdtemp())
        >>> [path.name for path in written], read_json(written[0])["networks"]
        (['claims.json', 'claims.md'], {'wanted': 153, 'there': 0, 'failed': 0})
    """
    root = Path(folder)
    path, table = root / "claims.json", root / "claims.md"
    write_json(path, _as_json(ledger))
    write_text(table, claims_table(ledger))
    return path, table


def keep_summaries(ledger: Ledger, folder: str | Path, kept: str | Path) -> Path:
    """Copies what judging needs of each network into another folder, in few bytes.

    From there the ledger can be read again, and gone on with on another machine, where the networks themselves are not.

    Args:
        ledger: Which networks.
        folder: Where they are.
        kept: Where their summaries go; what is there of them is written anew.

    Returns:
        The folder.

    Raises:
        RunError: A file cannot be read or written.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.study.claims.ledger import read_ledger
        >>> from slowfold.study.claims.plan import SMALL
        >>> kept = Path(mkdtemp())
        >>> keep_summaries(read_ledger(SMALL, "nowhere"), "nowhere", kept) == kept, list(kept.iterdir())
        (True, [])
    """
    root = Path(kept)
    for experiment in ledger.summaries:
        own, there = folder_of(Path(folder), experiment), folder_of(root, experiment)
        for name in ("summary.json", BEYOND):
            if (own / name).is_file():
                write_text(
                    there / name, json.dumps(read_json(own / name), separators=(",", ":"), allow_nan=False) + "\n"
                )
    return root


def claims_table(ledger: Ledger) -> str:
    """The claims and their verdicts as a table in Markdown, and a paragraph on each that is refuted.

    Example:
        >>> from slowfold.study.claims.ledger import read_ledger
        >>> from slowfold.study.claims.plan import SMALL
        >>> print(claims_table(read_ledger(SMALL, "nowhere", numbers=["C10"])), end="")
        20..., `slowfold reproduce --claims C10 --scale small`: 0 of the networks, ...
        <BLANKLINE>
        | claim | | verdict | measured | bound |
        | --- | --- | --- | --- | --- |
        | C10 | Where nearly all documents have the same labels, ... | undecided: time | ... | 0.85 to 1.25 |
    """
    hours = f"{ledger.seconds / 3600:.1f} hours, one after the other"
    machines = ", ".join(f"{name} {value}" for name, value in ledger.environment.items())
    lines = [
        f"{ledger.made}, `{ledger.command}`: "
        + "; ".join(filter(None, (f"{len(ledger.summaries)} of the networks, made in {hours}", machines)))
        + ".",
        "",
        "| claim | | verdict | measured | bound |",
        "| --- | --- | --- | --- | --- |",
    ]
    for judged in ledger.claims:
        told = decisive(judged)
        verdict = judged.verdict.value + (f": {judged.why.value}" if judged.why else "")
        measured = "" if told is None else sentence(told)
        bound = "" if told is None else told.check.bounds
        lines.append(f"| {judged.claim.number} | {judged.claim.statement} | {verdict} | {measured} | {bound} |")
    lines += _forecast_lines(ledger)
    for judged in ledger.claims:
        if judged.verdict is Verdict.REFUTED:
            against = [outcome for outcome in judged.outcomes if outcome.verdict is Verdict.REFUTED]
            lines += ["", f"**{judged.claim.number} is refuted.** {judged.claim.refuted_if} What was found:", ""]
            lines += [
                f"- {outcome.check.of}: {outcome.check.what} is {figure(outcome)}, not {outcome.check.bounds}."
                for outcome in against
            ]
    return "\n".join(lines) + "\n"


def _forecast_lines(ledger: Ledger) -> list[str]:
    """How well the dimension was foretold, over all networks and on each natural set."""
    lines: list[str] = []
    told = ledger.forecasts
    if told:
        lines += ["", "| foretold by | mean distance | R squared (95 % interval) |", "| --- | --- | --- |"]
        lines += [
            f"| {one.called} | {one.error:.2f} | {'' if one.fit is None else _interval_in_words(one.fit)} |"
            for one in told
        ]
    sets = ledger.natural
    if sets:
        names = list(FORETOLD)
        lines += [
            "",
            f"| set | classes | cell | networks | accuracy | measured | {' | '.join(FORETOLD.values())} |",
            "| --- " * (6 + len(names)) + "|",
        ]
        lines += [
            f"| {row.name} | {row.kept} | {row.cell} | {row.networks} | {row.accuracy:.3f} "
            f"| {row.measured:.2f} | "
            + " | ".join(f"{row.foretold[name]:.2f}" if name in row.foretold else "" for name in names)
            + " |"
            for row in sets
        ]
    return lines


def rules_page(claims: Sequence[Claim]) -> str:
    """The claims with what would refute each, in Markdown: what is committed before any network is trained."""
    return "\n".join(
        f"**{claim.number}.** {claim.statement}\n"
        f": {claim.measured}\n"
        f": *Refuted if:* {claim.refuted_if}\n"
        f": *Claimed by:* {claim.source}.\n"
        for claim in claims
    )


def decisive(judged: Judged) -> Outcome | None:
    """The check that a verdict rests on: one that refutes, or is undecided for that reason, or is nearest a bound."""
    judging = [outcome for outcome in judged.outcomes if outcome.check.judges]
    for outcome in judging:
        if outcome.verdict is judged.verdict is Verdict.REFUTED:
            return outcome
        if outcome.verdict is judged.verdict is Verdict.UNDECIDED and outcome.why is judged.why:
            return outcome
    return min(judging, key=_room, default=None)


def sentence(outcome: Outcome) -> str:
    """What a check is about, what it measures and what was found, in one line."""
    return f"{outcome.check.of}, {outcome.check.what}: {figure(outcome)}"


def figure(outcome: Outcome) -> str:
    """The figure of a check and its interval in words."""
    if outcome.interval is None:
        return "—" if outcome.why is None else f"— ({outcome.why.value})"
    return _interval_in_words(outcome.interval)


def _interval_in_words(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.value:.3g} (one network)" if interval.count == 1 else f"{interval.value:.3g}"
    return f"{interval.value:.3g} ({interval.low:.3g} to {interval.high:.3g})"


def _room(outcome: Outcome) -> float:
    """How far the interval is from the nearest bound."""
    interval, check = outcome.interval, outcome.check
    if interval is None or interval.low is None or interval.high is None:
        return float("inf")
    below = float("inf") if check.low is None else interval.low - check.low
    above = float("inf") if check.high is None else check.high - interval.high
    return min(below, above)


def _as_json(ledger: Ledger) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "command": ledger.command,
        "made": ledger.made,
        "scale": ledger.plan.scale,
        "networks": {"wanted": ledger.wanted, "there": len(ledger.summaries), "failed": len(ledger.failed)},
        "seconds": ledger.seconds,
        "environment": dict(ledger.environment),
        "foretold": {
            one.predictor: {
                "distance": one.error,
                "r_squared": None if one.fit is None else one.fit.value,
                "interval": None if one.fit is None else [one.fit.low, one.fit.high],
            }
            for one in ledger.forecasts
        },
        "claims": [_claim_as_json(judged) for judged in ledger.claims],
    }


def _claim_as_json(judged: Judged) -> dict[str, Any]:
    claim: Claim = judged.claim
    return {
        "claim": claim.number,
        "statement": claim.statement,
        "source": claim.source,
        "measured": claim.measured,
        "refuted_if": claim.refuted_if,
        "verdict": judged.verdict.value,
        "why": None if judged.why is None else judged.why.value,
        "checks": [_outcome_as_json(outcome) for outcome in judged.outcomes],
    }


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    check, interval = outcome.check, outcome.interval
    return {
        "of": check.of,
        "what": check.what,
        "path": check.path,
        "low": check.low,
        "high": check.high,
        "verdict": outcome.verdict.value,
        "why": None if outcome.why is None else outcome.why.value,
        "value": None if interval is None else interval.value,
        "interval": None if interval is None else [interval.low, interval.high],
        "by": None if interval is None else interval.by,
        "values": list(outcome.values),
        "networks": {"wanted": len(check.samples), "there": outcome.present},
    }
