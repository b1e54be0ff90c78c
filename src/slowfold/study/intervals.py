"""What a few networks say of all that might have been trained: means, shares and fits, with their intervals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slowfold.errors import OptionError

__all__ = ["LEVEL", "Interval", "fit_interval", "mean_interval", "share_interval", "student_quantile", "wilson"]

LEVEL = 0.95
"""How often an interval holds what it is an interval of. Each interval is one by itself: where a claim has many, some
are expected to miss."""

# Of so many draws the bounds of a bootstrap interval are known to about a tenth of its width.
_DRAWS = 2_000


@dataclass(frozen=True)
class Interval:
    """A figure of several networks, and what it may be of all.

    Attributes:
        value: The figure.
        low: The lower end of the interval; None where one network alone gives none.
        high: The upper end.
        count: On how many networks, or pairs of them, it rests.
        by: How the interval was obtained.
    """

    value: float
    low: float | None
    high: float | None
    count: int
    by: str

    def lies_within(self, low: float | None, high: float | None) -> bool | None:
        """Whether all of it lies between two bounds, both included; None where only a part of it does.

        Args:
            low: The lower bound, or None for none.
            high: The upper bound, or None for none.

        Example:
            >>> told = Interval(2.1, 2.0, 2.2, 3, "t")
            >>> told.lies_within(1.8, 2.2), told.lies_within(None, 1.9), told.lies_within(2.1, None)
            (True, False, None)
        """
        if self.low is None or self.high is None:
            return None
        least = -math.inf if low is None else low
        most = math.inf if high is None else high
        # Sums of the same numbers in another order differ by so much.
        slack = 1e-9 * max(1.0, abs(self.value))
        if least - slack <= self.low and self.high <= most + slack:
            return True
        return False if self.high < least - slack or self.low > most + slack else None


def mean_interval(values: Sequence[float]) -> Interval:
    """The mean of a figure over networks that differ in their seed, and its interval by Student's t.

    Raises:
        OptionError: There are no values.

    Example:
        >>> told = mean_interval([2.0, 2.1, 2.2])
        >>> round(told.value, 6), round(told.low, 3), round(told.high, 3)
        (2.1, 1.852, 2.348)
    """
    count = _require(values)
    mean = statistics.fmean(values)
    if count == 1:
        return Interval(mean, None, None, 1, "t")
    half = student_quantile((1 + LEVEL) / 2, count - 1) * statistics.stdev(values) / math.sqrt(count)
    return Interval(mean, mean - half, mean + half, count, "t")


def share_interval(values: Sequence[float]) -> Interval:
    """The share of networks of which something holds (1, else 0), and its interval by :func:`wilson`.

    Raises:
        OptionError: There are no values.

    Example:
        >>> told = share_interval([1.0] * 100)
        >>> told.value, round(told.low, 3), told.high
        (1.0, 0.963, 1.0)
    """
    count = _require(values)
    share = statistics.fmean(values)
    return Interval(share, *wilson(share, count), count, "Wilson")


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share that was seen in ``count`` independent draws, which never has width 0.

    Source:
        Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.

    Example:
        >>> [round(end, 3) for end in wilson(1.0, 100)]
        [0.963, 1.0]
    """
    z = statistics.NormalDist().inv_cdf((1 + LEVEL) / 2)
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def fit_interval(foretold: Sequence[float], measured: Sequence[float], groups: Sequence[str]) -> Interval:
    """How much of what differs among measured figures was foretold, and its interval by the bootstrap.

    It is the coefficient of determination of the foretold figures as they are, with no line fitted:
    1 - sum (measured - foretold)^2 / sum (measured - mean)^2. It is 1 where all is foretold, 0 where the mean of the
    measured figures would have done as well, and below 0 where that would have done better. Networks of one task are
    alike, so whole tasks are drawn for the interval.

    Args:
        foretold: One figure a network.
        measured: What it was to foretell.
        groups: The task of each network.

    Raises:
        OptionError: There are no values, or not as many of each.

    Example:
        >>> told = fit_interval([1, 2, 3, 4.5], [1, 2, 3, 4], ["a", "b", "c", "d"])
        >>> round(told.value, 3)
        0.95
    """
    count = _require(measured)
    if not count == len(foretold) == len(groups):
        raise OptionError("there is not one of each a network", where="foretold, measured, groups")
    guess, truth = np.array(foretold, dtype=np.float64), np.array(measured, dtype=np.float64)
    value = _determination(guess, truth)
    names = sorted(set(groups))
    none = Interval(value, None, None, count, "bootstrap over tasks")
    if len(names) < 3:
        return none
    rows = [np.flatnonzero([group == name for group in groups]) for name in names]
    random = np.random.default_rng(0)
    drawn: list[float] = []
    for _ in range(_DRAWS):
        chosen = np.concatenate([rows[place] for place in random.integers(len(rows), size=len(rows))])
        found = _determination(guess[chosen], truth[chosen])
        # Where one task alone was drawn there is nothing to foretell.
        if math.isfinite(found):
            drawn.append(found)
    if not drawn:
        return none
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Interval(value, low, high, count, "bootstrap over tasks")


def student_quantile(level: float, freedom: int) -> float:
    """The value that Student's t stays below with a probability, found by bisection.

    Args:
        level: The probability, above one half and below 1.
        freedom: The degrees of freedom, a whole number.

    Source:
        The distribution function of whole degrees of freedom in closed form: Abramowitz and Stegun, 26.7.3 and 26.7.4.

    Example:
        >>> round(student_quantile(0.975, 2), 4), round(student_quantile(0.975, 30), 4)
        (4.3027, 2.0423)
    """
    if freedom < 1 or not 0.5 < level < 1:
        raise OptionError(f"{level}, {freedom}", where="student_quantile", cure="give a level above 0.5, 1 or more")
    low, high = 0.0, 1.0
    while _student(high, freedom) < level:
        high *= 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _student(middle, freedom) < level else (low, middle)
    return (low + high) / 2


def _student(t: float, freedom: int) -> float:
    """The probability to stay below t, for t of 0 or more."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine = math.cos(angle)
    if freedom % 2:
        term, total = cosine, cosine if freedom > 1 else 0.0
        for k in range(3, freedom, 2):
            term *= (k - 1) / k * cosine**2
            total += term
        within = 2 / math.pi * (angle + math.sin(angle) * total)
    else:
        term = total = 1.0
        for k in range(2, freedom, 2):
            term *= (k - 1) / k * cosine**2
            total += term
        within = math.sin(angle) * total
    return (1 + within) / 2


def _determination(guess: np.ndarray, truth: np.ndarray) -> float:
    scatter = float(((truth - truth.mean()) ** 2).sum())
    return 1 - float(((truth - guess) ** 2).sum()) / scatter if scatter > 0 else -math.inf


def _require(values: Sequence[float]) -> int:
    if not values:
        raise OptionError("there are no values", where="an interval", cure="give at least one")
    return len(values)
