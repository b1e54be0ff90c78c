"""How a verdict follows from figures: by rules that know neither the claim nor what anybody hopes for."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from slowfold.study.claims.claim import Check, Claim, Judged, Outcome, Summary, Verdict, Why
from slowfold.study.experiment import Experiment
from slowfold.study.intervals import Interval, fit_interval, mean_interval, share_interval
from slowfold.study.learned import has_learned

__all__ = ["ERRORS", "judge_check", "judge_claim"]

ERRORS = 3
"""How many standard errors a network has to be better than one that always says the same."""

# Which reason is told where checks are undecided for several: what can be mended first.
_ORDER = (Why.TIME, Why.FAILED, Why.LEARNED, Why.MEASURED, Why.SEED, Why.OVERLAP)

Find = Callable[[Experiment], Summary | None]


def judge_claim(claim: Claim, find: Find, failed: Collection[Experiment] = ()) -> Judged:
    """What the networks that are there say of a claim.

    It is refuted where one check is, supported where all that have bounds are, and undecided else: for the first reason
    among missing runs, failed ones, networks that have not learned, figures that are not measured, a single seed, and
    intervals that overlap a bound.

    Args:
        claim: The claim.
        find: The summary of an experiment, or None where it has not been done.
        failed: Experiments that were given up.

    Example:
        >>> from slowfold.study.claims.listed import claims_of
        >>> from slowfold.study.claims.plan import SMALL
        >>> judged = judge_claim(claims_of(SMALL, ["C10"])[0], {}.get)
        >>> judged.verdict.value, judged.why.value
        ('undecided', 'time')
    """
    outcomes = tuple(judge_check(check, find, failed) for check in claim.checks)
    judging = [outcome for outcome in outcomes if outcome.check.judges]
    found = {outcome.verdict for outcome in judging}
    if Verdict.REFUTED in found:
        return Judged(claim=claim, verdict=Verdict.REFUTED, why=None, outcomes=outcomes)
    if found == {Verdict.SUPPORTED} and claim.absent is None:
        return Judged(claim=claim, verdict=Verdict.SUPPORTED, why=None, outcomes=outcomes)
    reasons = {outcome.why for outcome in judging}
    why = next((reason for reason in _ORDER if reason in reasons), Why.MEASURED)
    return Judged(claim=claim, verdict=Verdict.UNDECIDED, why=why, outcomes=outcomes)


def judge_check(check: Check, find: Find, failed: Collection[Experiment] = ()) -> Outcome:
    """What the networks that are there say of a check.

    All of its networks are needed, for whoever stopped when the figures were good would have chosen them. A check that
    gathers what other claims have trained leaves out those that have not learned, or whose figure is not measured.

    Args:
        check: The check.
        find: The summary of an experiment, or None where it has not been done.
        failed: Experiments that were given up.

    Example:
        >>> from slowfold.study.claims.figures import number_at
        >>> three = tuple((Experiment(task="categorical", seed=seed),) for seed in range(3))
        >>> check = Check(
        ...     of="", what="", path="", samples=three, value=number_at("dimension"), low=1.8, high=2.2, learned=False
        ... )
        >>> told = {"task": {"name": "categorical", "classes": ["a", "b", "c"]}}
        >>> found = {run: told | {"dimension": 2.0 + 0.01 * run.seed} for (run,) in three}
        >>> judge_check(check, found.get).verdict.value, judge_check(check, {}.get).why.value
        ('supported', 'time')
    """
    entries = [[find(one) for one in sample] for sample in check.samples]
    whole = [[one for one in entry if one is not None] for entry in entries if all(one is not None for one in entry)]
    if len(whole) < len(entries):
        lost = any(one in failed and find(one) is None for one in check.experiments)
        return Outcome(check=check, verdict=Verdict.UNDECIDED, why=Why.FAILED if lost else Why.TIME, present=len(whole))
    if not whole:
        return Outcome(check=check, verdict=Verdict.UNDECIDED, why=Why.TIME)
    if check.learned:
        learned = [entry for entry in whole if all(has_learned(one, errors=ERRORS) for one in entry)]
        if len(learned) < len(whole) and not check.gathers:
            return Outcome(check=check, verdict=Verdict.UNDECIDED, why=Why.LEARNED, present=len(whole))
        whole = learned
    rows = [row for row in (_row(check, entry) for entry in whole) if row is not None]
    values = tuple(row.value for row in rows)
    if not rows or (len(rows) < len(whole) and not check.gathers):
        return Outcome(check=check, verdict=Verdict.UNDECIDED, why=Why.MEASURED, values=values, present=len(whole))
    interval = _interval(check, rows)
    if not math.isfinite(interval.value):
        # All networks are alike, so that there is nothing to foretell.
        return Outcome(check=check, verdict=Verdict.UNDECIDED, why=Why.MEASURED, values=values, present=len(whole))
    told = Outcome(check=check, verdict=Verdict.TOLD, interval=interval, values=values, present=len(whole))
    if not check.judges:
        return told
    within = interval.lies_within(check.low, check.high)
    if within is None:
        why = Why.SEED if interval.low is None else Why.OVERLAP
        return replace(told, verdict=Verdict.UNDECIDED, why=why)
    return replace(told, verdict=Verdict.SUPPORTED if within else Verdict.REFUTED)


@dataclass(frozen=True)
class _Row:
    """The figure of one entry, what was to foretell it, and its task."""

    value: float
    foretold: float
    task: str


def _row(check: Check, entry: list[Summary]) -> _Row | None:
    value = check.value(entry)
    foretold = value if check.foretold is None else check.foretold(entry)
    if value is None or foretold is None or not math.isfinite(value) or not math.isfinite(foretold):
        return None
    task = entry[0]["task"]
    return _Row(value, foretold, f"{task['name']}, {len(task['classes'])}")


def _interval(check: Check, rows: list[_Row]) -> Interval:
    values = [row.value for row in rows]
    if check.foretold is not None:
        return fit_interval([row.foretold for row in rows], values, [row.task for row in rows])
    return share_interval(values) if check.share else mean_interval(values)
