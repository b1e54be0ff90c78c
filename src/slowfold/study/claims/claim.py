"""The nouns of the ledger: a claim, the checks it stands or falls with, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from slowfold.study.experiment import Experiment
from slowfold.study.intervals import Interval

__all__ = ["Check", "Claim", "Judged", "Outcome", "Summary", "Verdict", "Why"]

Summary = Mapping[str, Any]
"""What summary.json holds, and under ``beyond`` what a run's own ``claims.json`` adds."""


class Verdict(Enum):
    """What the networks say of a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    TOLD = "told"
    """Of a check without bounds: a figure to know, by which nothing is judged."""


class Why(Enum):
    """Why something is undecided."""

    TIME = "time"
    """Runs are missing."""
    FAILED = "failed"
    """Runs were given up."""
    MEASURED = "not measured"
    """The figure is not there."""
    SEED = "one seed"
    """One network gives no interval."""
    OVERLAP = "intervals overlap"
    """The interval lies on both sides of a bound."""
    LEARNED = "not learned"
    """A network is right no more often than one that always says the same."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One figure of several networks, and the bounds between which it must lie.

    Attributes:
        of: Which networks, as ``N = 3, L2 0.0005``.
        what: What is measured on them.
        path: Where that stands in summary.json.
        samples: The networks: one entry a seed, with those that the figure compares.
        value: The figure of one entry, from their summaries; None where it is not measured.
        low: The lower bound, included; None for none.
        high: The upper bound, included; None for none.
        share: Whether the figure is 1 where something holds and 0 where it does not, so that their mean is a share.
        gathers: Whether it is about the networks of all claims of the ledger, and asks for none of its own.
        foretold: What was to foretell the figure; judged is then how much of it was foretold.
        learned: Whether all networks must have learned: of those that have not, the figure says nothing.
    """

    of: str
    what: str
    path: str
    samples: tuple[tuple[Experiment, ...], ...]
    value: Callable[[Sequence[Summary]], float | None] = field(repr=False)
    low: float | None = None
    high: float | None = None
    share: bool = False
    gathers: bool = False
    foretold: Callable[[Sequence[Summary]], float | None] | None = field(default=None, repr=False)
    learned: bool = True

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The networks of all entries, each once."""
        return tuple(dict.fromkeys(one for sample in self.samples for one in sample))

    @property
    def judges(self) -> bool:
        """Whether it has a bound; without one its figure is told, and nothing is judged by it."""
        return self.low is not None or self.high is not None

    @property
    def bounds(self) -> str:
        """The bounds in words.

        Example:
            >>> Check(of="", what="", path="", samples=(), value=lambda _: None, low=1.8, high=2.2).bounds
            '1.8 to 2.2'
        """
        if self.low is None:
            return "told, not judged" if self.high is None else f"{self.high:g} or less"
        if self.high is None:
            return f"{self.low:g} or more"
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim, as it was written down before the networks that judge it were trained.

    Attributes:
        number: C1 to C21.
        statement: What is claimed.
        source: Who claims it, and where the bounds come from.
        measured: How it is measured.
        refuted_if: What would refute it.
        checks: What it stands or falls with; none where nothing can be measured at the scale that is asked for.
        absent: What it lacks, in a few words, where nothing can be measured at the scale that is asked for.
    """

    number: str
    statement: str
    source: str
    measured: str
    refuted_if: str
    checks: tuple[Check, ...] = ()
    absent: str | None = None

    def gathering(self, experiments: Sequence[Experiment]) -> Claim:
        """The same claim, whose checks that gather are about these networks."""
        samples = tuple((experiment,) for experiment in experiments)
        return replace(
            self, checks=tuple(replace(check, samples=samples) if check.gathers else check for check in self.checks)
        )

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The networks that its checks ask for, each once."""
        own = (check for check in self.checks if not check.gathers)
        return tuple(dict.fromkeys(one for check in own for one in check.experiments))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a check.

    Attributes:
        check: The check.
        verdict: What it says.
        why: Why it is undecided.
        interval: The figure; None where there is none.
        values: The figure of each entry that has one.
        present: How many of its entries have all their networks.
    """

    check: Check
    verdict: Verdict
    why: Why | None = None
    interval: Interval | None = None
    values: tuple[float, ...] = ()
    present: int = 0


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of a claim.

    Attributes:
        claim: The claim.
        verdict: Refuted where one check is, supported where all that have bounds are.
        why: Why it is undecided.
        outcomes: What became of its checks.
    """

    claim: Claim
    verdict: Verdict
    why: Why | None
    outcomes: tuple[Outcome, ...]
