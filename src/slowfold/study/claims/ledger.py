"""The ledger: the networks that claims ask for are trained where they are missing, and every claim is judged."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from slowfold.on_ray import Needs
from slowfold.storage import write_json, write_text
from slowfold.study.claims.beyond import keep_beyond, read_beyond
from slowfold.study.claims.claim import Claim, Judged, Outcome, Summary, Verdict
from slowfold.study.claims.judging import judge_claim
from slowfold.study.claims.listed import claims_of
from slowfold.study.claims.plan import Plan
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run
from slowfold.study.sweeping.many import News, Swept, conduct_sweep
from slowfold.study.sweeping.sweep_file import Sweep
from slowfold.study.sweeping.working import folder_of, is_finished

__all__ = ["Ledger", "claims_table", "decisive", "figure", "read_ledger", "reproduce", "rules_page", "write_ledger"]

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What became of the claims.

    Attributes:
        plan: The scale they were judged at.
        claims: What became of each.
        summaries: The summaries of all networks that are there.
        wanted: How many networks the claims ask for.
        failed: The experiments that were given up.
        seconds: What the networks that are there took together, as their summaries say.
        command: What was typed.
        made: When, in universal time.
        environment: The machine and the versions.
    """

    plan: Plan
    claims: tuple[Judged, ...]
    summaries: Mapping[Experiment, Summary]
    wanted: int
    failed: tuple[Experiment, ...]
    seconds: float
    command: str
    made: str
    environment: Mapping[str, str]

    def count(self, verdict: Verdict) -> int:
        """How many claims came to a verdict."""
        return sum(judged.verdict is verdict for judged in self.claims)


def reproduce(
    plan: Plan,
    folder: str | Path,
    *,
    numbers: Sequence[str] = (),
    needs: Needs | None = None,
    address: str | None = None,
    hours: float | None = None,
    command: str = "",
    tell: Callable[[News], None] = lambda _: None,
) -> Ledger:
    """Trains and analyses the networks that claims ask for and that are not there yet, and judges the claims.

    Networks that are there, from an earlier call, from another machine, or from another claim, are not made again.
    Where the time is up before all are there, the claims that miss some are undecided for want of time, and the same
    call goes on from there.

    Args:
        plan: The scale.
        folder: Where the networks are, in the form of a sweep.
        numbers: Which claims; all unless given.
        needs: What each network takes, one core unless given.
        address: The address of a Ray cluster; unless given, the networks are made on this machine.
        hours: No network is begun after so many hours; those at work are finished.
        command: What was typed, for the record.
        tell: Is told what happens.

    Raises:
        OptionError: There is no such claim, or Ray cannot be used.
        RunError: The folder cannot be written to.
    """
    claims = claims_of(plan, numbers)
    wanted = _in_turns([claim.experiments for claim in claims])
    swept = conduct_sweep(
        Sweep(f"claims, {plan.scale}", wanted),
        folder,
        needs=needs,
        address=address,
        afterwards=keep_beyond,
        until=None if hours is None else time.monotonic() + 3600 * hours,
        tell=tell,
    )
    return replace(read_ledger(plan, folder, numbers=numbers, failed=_failed(swept, wanted)), command=command)


def read_ledger(
    plan: Plan, folder: str | Path, *, numbers: Sequence[str] = (), failed: Sequence[Experiment] = ()
) -> Ledger:
    """Judges the claims by the networks that are there, and trains none.

    Of each network its ``summary.json`` is needed, and ``claims.json`` where there is one.

    Args:
        plan: The scale.
        folder: Where the networks are, in the form of a sweep.
        numbers: Which claims; all unless given.
        failed: The experiments that were given up.

    Raises:
        OptionError: There is no such claim.
        RunError: A summary cannot be read.

    Example:
        >>> from slowfold.study.claims.plan import SMALL
        >>> ledger = read_ledger(SMALL, "nowhere", numbers=["C1"])
        >>> ledger.claims[0].verdict.value, ledger.claims[0].why.value, ledger.wanted
        ('undecided', 'time', 36)
    """
    claims = claims_of(plan, numbers)
    wanted = _in_turns([claim.experiments for claim in claims])
    out = Path(folder)
    # What gathers is about all networks that are there, whichever claims are asked for.
    every = _in_turns([claim.experiments for claim in claims_of(plan)])
    summaries = {one: _summary(folder_of(out, one)) for one in every if is_finished(folder_of(out, one))}
    there = tuple(summaries)
    judged = tuple(judge_claim(claim.gathering(there), summaries.get, failed) for claim in claims)
    return Ledger(
        plan=plan,
        claims=judged,
        summaries=summaries,
        wanted=len(wanted),
        failed=tuple(failed),
        seconds=sum(float(summary["seconds"]["total"]) for summary in summaries.values()),
        command="",
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        environment=_environment(),
    )


def write_ledger(ledger: Ledger, folder: str | Path) -> tuple[Path, Path]:
    """Writes the ledger as ``claims.json``, for programs, and ``claims.md``, for the documentation.

    Returns:
        Where they are.
    """
    root = Path(folder)
    path, table = root / "claims.json", root / "claims.md"
    write_json(path, _as_json(ledger))
    write_text(table, claims_table(ledger))
    return path, table


def claims_table(ledger: Ledger) -> str:
    """The claims and their verdicts as a table in Markdown, and a paragraph on each that is refuted."""
    lines = [
        f"{ledger.made}, `{ledger.command or 'slowfold reproduce'}`, {len(ledger.summaries)} networks, "
        f"{ledger.seconds / 3600:.1f} hours of work; "
        + ", ".join(f"{name} {value}" for name, value in ledger.environment.items()),
        "",
        "| claim | | verdict | measured | bound |",
        "| --- | --- | --- | --- | --- |",
    ]
    for judged in ledger.claims:
        told = decisive(judged)
        verdict = judged.verdict.value + (f": {judged.why.value}" if judged.why else "")
        measured = "" if told is None else f"{told.check.of}: {told.check.what} {figure(told)}"
        bound = "" if told is None else told.check.bounds
        lines.append(f"| {judged.claim.number} | {judged.claim.statement} | {verdict} | {measured} | {bound} |")
    for judged in ledger.claims:
        if judged.verdict is Verdict.REFUTED:
            against = [outcome for outcome in judged.outcomes if outcome.verdict is Verdict.REFUTED]
            lines += ["", f"**{judged.claim.number} is refuted.** {judged.claim.refuted_if} What was found:", ""]
            lines += [
                f"- {outcome.check.of}: {outcome.check.what} is {figure(outcome)}, not {outcome.check.bounds}."
                for outcome in against
            ]
    return "\n".join(lines) + "\n"


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


def figure(outcome: Outcome) -> str:
    """The figure of a check and its interval in words."""
    interval = outcome.interval
    if interval is None:
        return "—" if outcome.why is None else f"— ({outcome.why.value})"
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


def _in_turns(each: Sequence[Sequence[Experiment]]) -> tuple[Experiment, ...]:
    """All experiments once: claims in turn, so that whoever stops early has something of each."""
    longest = max((len(experiments) for experiments in each), default=0)
    turns = (experiments[turn] for turn in range(longest) for experiments in each if turn < len(experiments))
    return tuple(dict.fromkeys(turns))


def _failed(swept: Swept, wanted: Sequence[Experiment]) -> tuple[Experiment, ...]:
    names = {failure.run for failure in swept.failed}
    return tuple(one for one in wanted if folder_of(swept.folder, one).name in names)


def _summary(folder: Path) -> Summary:
    beyond = read_beyond(folder)
    return {**Run(folder).summary, "beyond": beyond} if beyond else Run(folder).summary


def _environment() -> dict[str, str]:
    import torch

    return {
        "slowfold": version("slowfold"),
        "Python": platform.python_version(),
        "PyTorch": torch.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _as_json(ledger: Ledger) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "command": ledger.command,
        "made": ledger.made,
        "scale": ledger.plan.scale,
        "networks": {"wanted": ledger.wanted, "there": len(ledger.summaries), "failed": len(ledger.failed)},
        "seconds": ledger.seconds,
        "environment": dict(ledger.environment),
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
