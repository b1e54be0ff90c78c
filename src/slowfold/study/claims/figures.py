"""The figures that claims are about, read off summaries by the path at which they stand."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any, cast

from slowfold.study.claims.claim import Summary

__all__ = [
    "Figure",
    "angle_error",
    "at",
    "entry_of",
    "equals",
    "least_at",
    "less",
    "number_at",
    "off",
    "ratio",
    "share_in_first",
]

Figure = Callable[[Sequence[Summary]], float | None]
"""One number of one or several networks that are compared; None where it is not measured."""


def number_at(path: str) -> Figure:
    """The number at a path of the first summary.

    Example:
        >>> number_at("accuracy.test")([{"accuracy": {"test": 0.9}}])
        0.9
        >>> number_at("context.decay")([{"context": None}]) is None
        True
    """

    def read(entry: Sequence[Summary]) -> float | None:
        found = at(entry[0], path)
        return float(found) if isinstance(found, int | float) else None

    return read


def off(path: str, expected: float) -> Figure:
    """How far the number at a path is from what it should be, with its sign.

    Example:
        >>> off("dimension", 2)([{"dimension": 2.5}])
        0.5
    """
    read = number_at(path)

    def measure(entry: Sequence[Summary]) -> float | None:
        found = read(entry)
        return None if found is None else found - expected

    return measure


def less(path: str, subtracted: str | None = None) -> Figure:
    """How much less the number is of the second network than of the first; or, of one network, two of its numbers.

    Args:
        path: The path of the number.
        subtracted: The path of what is subtracted from it, of the same network.

    Example:
        >>> less("a")([{"a": 3.0}, {"a": 1.0}]), less("a", "b")([{"a": 3.0, "b": 2.5}])
        (2.0, 0.5)
    """

    def measure(entry: Sequence[Summary]) -> float | None:
        one = number_at(path)(entry)
        other = number_at(path)(entry[1:]) if subtracted is None else number_at(subtracted)(entry)
        return None if one is None or other is None else one - other

    return measure


def ratio(path: str, whole: str) -> Figure:
    """One number of a network as a share of another.

    Example:
        >>> ratio("realised", "possible")([{"realised": 5, "possible": 8}])
        0.625
    """

    def measure(entry: Sequence[Summary]) -> float | None:
        part, total = number_at(path)(entry), number_at(whole)(entry)
        return part / total if part is not None and total else None

    return measure


def equals(path: str, expected: float) -> Figure:
    """1 where the number is what it should be, else 0.

    Example:
        >>> equals("sum", 1)([{"sum": 1}]), equals("sum", 1)([{"sum": 3}])
        (1.0, 0.0)
    """

    def measure(entry: Sequence[Summary]) -> float | None:
        found = number_at(path)(entry)
        return None if found is None else float(found == expected)

    return measure


def least_at(path: str) -> Figure:
    """The least of the numbers in the list at a path.

    Example:
        >>> least_at("shares")([{"shares": [0.5, 0.25]}])
        0.25
    """

    def measure(entry: Sequence[Summary]) -> float | None:
        found = at(entry[0], path)
        return float(min(found)) if isinstance(found, list) and found and None not in found else None

    return measure


def entry_of(path: str, place: int) -> Figure:
    """One number of the list at a path; None where the list is shorter, or what stands there is infinite.

    Example:
        >>> entry_of("time_constants", 1)([{"time_constants": [50.0, 20.0]}])
        20.0
    """

    def measure(entry: Sequence[Summary]) -> float | None:
        found = at(entry[0], path)
        values = cast("list[float | None]", found) if isinstance(found, list) else []
        return values[place] if place < len(values) else None

    return measure


def share_in_first(count: int) -> Figure:
    """The share of the variance of the visited states that so many components hold.

    Example:
        >>> share_in_first(2)([{"dimension": {"visited": {"shares": [0.5, 0.375, 0.125]}}}])
        0.875
    """

    def measure(entry: Sequence[Summary]) -> float | None:
        shares = at(entry[0], "dimension.visited.shares")
        return sum(cast("list[float]", shares)[:count]) if isinstance(shares, list) else None

    return measure


def angle_error(expected: float) -> Figure:
    """How far the mean angle between two readouts is from what it should be, degrees.

    Example:
        >>> angle_error(120)([{"readouts": {"angles": [[0, 119, 121], [119, 0, 120.6], [121, 120.6, 0]]}}])
        0.2...
    """

    def measure(entry: Sequence[Summary]) -> float | None:
        rows = cast("list[list[float | None]]", at(entry[0], "readouts.angles") or [])
        pairs = [row[column] for place, row in enumerate(rows) for column in range(place)]
        known = [angle for angle in pairs if angle is not None]
        return statistics.fmean(known) - expected if known and len(known) == len(pairs) else None

    return measure


def at(summary: Summary, path: str) -> Any:  # noqa: ANN401 - a summary holds anything that JSON does
    """What stands at a path; None where nothing does.

    Of ``fixed_points`` the path names the input, as in ``fixed_points.mean.distinct``.

    Example:
        >>> at({"fixed_points": [{"input": "zero", "distinct": 3}]}, "fixed_points.zero.distinct")
        3
    """
    found: Any = summary
    for name in path.split("."):
        if isinstance(found, list):
            entries = [entry for entry in cast("list[Any]", found) if isinstance(entry, dict)]
            found = next((entry for entry in entries if cast("dict[str, Any]", entry).get("input") == name), None)
        else:
            found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            return None
    return found
