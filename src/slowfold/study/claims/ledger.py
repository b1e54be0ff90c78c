"""The ledger: the networks that claims ask for are trained where they are missing, and every claim is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from slowfold.on_ray import Needs
from slowfold.study.claims.beyond import BEYOND, is_all_beyond, keep_beyond, read_beyond
from slowfold.study.claims.claim import Claim, Judged, Summary, Verdict
from slowfold.study.claims.forecast import Forecast, SetForecast, forecasts, natural_rows
from slowfold.study.claims.judging import judge_claim
from slowfold.study.claims.listed import CLAIMS, claims_of
from slowfold.study.claims.plan import Plan
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run
from slowfold.study.sweeping.additions import Addition, is_finished
from slowfold.study.sweeping.many import News, conduct_sweep, read_failures
from slowfold.study.sweeping.sweep_file import Sweep
from slowfold.study.sweeping.working import folder_of

__all__ = ["Ledger", "beyond_summaries", "read_ledger", "reproduce"]

# About what a network takes that is asked for no number of steps.
_STEPS = 600


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
        made: When, in universal time.
        environment: The machines that made the networks, and the versions.
    """

    plan: Plan
    claims: tuple[Judged, ...]
    summaries: Mapping[Experiment, Summary]
    wanted: int
    failed: tuple[Experiment, ...]
    seconds: float
    made: str
    environment: Mapping[str, str]

    @property
    def command(self) -> str:
        """What asks for the same networks on any machine: the claims, the scale, and what was changed of that.

        C13, and what else gathers the networks of all claims, is judged by all that are there, whoever asked for them.

        Example:
            >>> from slowfold.study.claims.plan import plan_of
            >>> read_ledger(plan_of("small", seeds=6), "nowhere", numbers=["C11", "C20"]).command
            'slowfold reproduce --claims C11,C20 --scale small --seeds 6'
        """
        numbers = [judged.claim.number for judged in self.claims]
        chosen = [] if numbers == list(CLAIMS) else ["--claims", ",".join(numbers)]
        return " ".join(["slowfold", "reproduce", *chosen, *self.plan.options])

    @cached_property
    def forecasts(self) -> tuple[Forecast, ...]:
        """How well each predictor foretold the dimension of all networks; see :func:`forecasts`."""
        return forecasts(self.summaries)

    @cached_property
    def natural(self) -> tuple[SetForecast, ...]:
        """What was foretold and what was measured on natural sets; see :func:`natural_rows`."""
        return natural_rows(self.summaries)

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
    together: int = 1,
    hours: float | None = None,
    tell: Callable[[News], None] = lambda _: None,
) -> Ledger:
    """Trains and analyses the networks that claims ask for and that are not there yet, and judges the claims.

    Networks that are there, from an earlier call, from another machine, or from another claim, are not made again, but
    for those of which a claim asks more than their summary says where nothing but that is there.
    Where the time is up before all are there, the claims that miss some are undecided for want of time, and the same
    call goes on from there.

    Args:
        plan: The scale.
        folder: Where the networks are, in the form of a sweep.
        numbers: Which claims; all unless given.
        needs: What each network takes, one core unless given.
        address: The address of a Ray cluster; unless given, the networks are made on this machine.
        together: How many networks of one shape are trained side by side; see :func:`conduct_sweep`.
        hours: No network is begun after so many hours; those at work are finished.
        tell: Is told what happens.

    Raises:
        OptionError: There is no such claim, or Ray cannot be used.
        RunError: The folder cannot be written to.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.study.claims.plan import SMALL
        >>> ledger = reproduce(SMALL, mkdtemp(), numbers=["C7"])
        >>> ledger.wanted, ledger.claims[0].verdict.value
        (0, 'undecided')
    """
    claims = claims_of(plan, numbers)
    wanted = _least_first([claim.experiments for claim in claims])
    conduct_sweep(
        Sweep(f"claims, {plan.scale}", wanted),
        folder,
        needs=needs,
        address=address,
        together=together,
        addition=beyond_summaries(claims),
        until=None if hours is None else time.monotonic() + 3600 * hours,
        tell=tell,
    )
    return read_ledger(plan, folder, numbers=numbers)


def read_ledger(plan: Plan, folder: str | Path, *, numbers: Sequence[str] = ()) -> Ledger:
    """Judges the claims by the networks that are there, and trains none.

    Of each network its ``summary.json`` is needed, and ``claims.json`` where there is one. Networks that the last call
    of :func:`reproduce` gave up are told apart from those that are missing.

    Args:
        plan: The scale.
        folder: Where the networks are, in the form of a sweep.
        numbers: Which claims; all unless given.

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
    wanted = _least_first([claim.experiments for claim in claims])
    out = Path(folder)
    # What gathers is about the networks of all claims, whichever are asked for.
    every = _least_first([claim.experiments for claim in claims_of(plan)])
    summaries = {one: _summary(folder_of(out, one)) for one in every if is_finished(folder_of(out, one))}
    given_up = {failure.run for failure in read_failures(out)}
    failed = tuple(one for one in every if one not in summaries and folder_of(out, one).name in given_up)
    judged = tuple(judge_claim(claim.gathering(every), summaries.get, failed) for claim in claims)
    return Ledger(
        plan=plan,
        claims=judged,
        summaries=summaries,
        wanted=len(wanted),
        failed=failed,
        seconds=sum(float(summary["seconds"]["total"]) for summary in summaries.values()),
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        environment=_environment(summaries.values()),
    )


def beyond_summaries(claims: Sequence[Claim]) -> Addition:
    """What claims ask for that no summary says, and the networks of which they do.

    Those are made again where nothing but the summary is there, as where a sweep's summaries were copied.

    Example:
        >>> from slowfold.study.claims.plan import SMALL
        >>> {one.classes for one in beyond_summaries(claims_of(SMALL, ["C21"])).required}
        {'3'}
    """
    further = (check for claim in claims for check in claim.checks if check.path.startswith("beyond."))
    asked = frozenset(one for check in further for one in check.experiments)
    return Addition(keep_beyond, BEYOND, required=asked, is_whole=is_all_beyond)


def _least_first(each: Sequence[Sequence[Experiment]]) -> tuple[Experiment, ...]:
    """All experiments once: those of the claim first that lacks the fewest steps, for then most are settled early.

    What one claim has asked for the others no longer lack.
    """
    ordered: dict[Experiment, None] = {}
    waiting = [dict.fromkeys(experiments) for experiments in each]
    while waiting:
        lacking = [sum(one.steps or _STEPS for one in experiments if one not in ordered) for experiments in waiting]
        ordered |= waiting.pop(lacking.index(min(lacking)))
    return tuple(ordered)


def _summary(folder: Path) -> Summary:
    beyond = read_beyond(folder)
    return {**Run(folder).summary, "beyond": beyond} if beyond else Run(folder).summary


def _environment(summaries: Iterable[Summary]) -> dict[str, str]:
    """Where the networks were made, and with what; of several machines or versions, all of them."""
    places: list[Mapping[str, Any]] = [summary["environment"] for summary in summaries if "environment" in summary]
    told = {
        "slowfold": [place["slowfold"] for place in places],
        "Python": [place["python"] for place in places],
        "PyTorch": [place["torch"] for place in places],
        "machine": [f"{place['system']} {place['machine']}" for place in places],
        "device": [place["device"] for place in places],
        "threads each": [str(place["threads"]) for place in places],
    }
    return {name: " and ".join(dict.fromkeys(values)) for name, values in told.items() if values}
