"""What the comparison of runs says, in words: what differs, what is the same, and how sure that is."""

from __future__ import annotations

import math
from typing import Any

from slowfold.report.findings import find
from slowfold.report.wording import listed, number, percent, plural, shortened
from slowfold.study import Run
from slowfold.study.comparing import Comparison, Distances
from slowfold.study.intervals import wilson
from slowfold.study.records.searching import count_saddles

__all__ = ["MEASURES", "headline", "statements"]

MEASURES = {
    "states": "the states that they walk through",
    "fixed points": "their fixed points",
    "spectra": "their slowest eigenvalues",
}
"""What networks are compared by, and what it is called in a sentence."""

# Of more values, or runs, a sentence tells the ends alone.
_LISTED = 6
_CHANCE = "seed"


def headline(compared: Comparison) -> str:
    """The comparison in a sentence or two."""
    summaries = [run.summary for run in compared.runs]
    ratios = [found["participation_ratio"] for one in summaries if (found := one["dimension"]["visited"]) is not None]
    asked = [found["participation_ratio"] for one in summaries if (found := _predicted(one)) is not None]
    rates = [one["accuracy"]["test"] for one in summaries]
    varied = listed([factor.name for factor in compared.telling])
    differ = f"that differ in {varied}" if varied else "that differ in nothing that is on record"
    said = f"{plural(len(compared), 'network')} {differ}: "
    if ratios:
        words = f", where words alone ask for {_range(asked, 2)}" if asked else ""
        said += f"their states fill {_range(ratios, 2)} dimensions{words}; "
    low, high = f"{100 * min(rates):.1f}", percent(max(rates))
    whole = percent(min(rates)) if low == f"{100 * max(rates):.1f}" else f"{low} to {high}"
    several = any(one["task"]["kind"] == "multilabel" for one in summaries)
    return f"{said}{whole} of {'decisions' if several else 'test documents'} are right."


def statements(compared: Comparison) -> list[tuple[str, str]]:
    """What the page says first, with a word that says what each sentence is about."""
    said = [
        ("Different", _different(compared)),
        ("The same", _same(compared)),
        ("Not learned", _not_learned(compared)),
        ("Dimension", _dimension(compared)),
        ("Accuracy", _accuracy(compared)),
        ("Fixed points", _fixed_points(compared)),
        *((f"By {MEASURES[one.measure]}", _distances(compared, one)) for one in compared.distances),
        ("Not compared", " ".join(shortened(note, 400) for note in compared.notes)),
        ("How sure", _certainty(compared)),
    ]
    return [(about, words) for about, words in said if words]


def _different(compared: Comparison) -> str:
    parts: list[str] = []
    for factor in compared.varied:
        values = [_value(value) for value in factor.distinct]
        if len(values) > _LISTED:
            values = [*values[: _LISTED - 1], f"{len(values) - _LISTED + 1} more"]
        parts.append(f"{factor.name}: {', '.join(values)}")
    return "; ".join(parts)


def _same(compared: Comparison) -> str:
    return ", ".join(
        shortened(factor.told(0)) for factor in compared.factors if not factor.varies and factor.values[0] is not None
    )


def _value(value: str | float | None) -> str:
    """A value by itself."""
    return "not on record" if value is None else shortened(value) if isinstance(value, str) else number(value)


def _not_learned(compared: Comparison) -> str:
    idle = [shortened(name) for name, run in zip(compared.names, compared.runs, strict=True) if not find(run).learned]
    if not idle:
        return ""
    these = listed(idle) if len(idle) <= _LISTED else plural(len(idle), "network")
    have = "has" if len(idle) == 1 else "have"
    return (
        f"{these} {have} not learned to tell the classes apart: what is said below of such a network shows how its "
        "state moves, not how it decides."
    )


def _dimension(compared: Comparison) -> str:
    found = [
        (visited["participation_ratio"], _sure(run), shortened(name))
        for name, run in zip(compared.names, compared.runs, strict=True)
        if (visited := run.summary["dimension"]["visited"]) is not None
    ]
    if not found:
        return ""
    least, most = min(found, key=lambda one: one[0]), max(found, key=lambda one: one[0])
    if least[0] == most[0]:
        return f"The participation ratio of the visited states is {_told(least)} in all of them."
    said = (
        f"The visited states have the least participation ratio in {least[2]}, {_told(least)}, and the greatest in "
        f"{most[2]}, {_told(most)}"
    )
    if least[1] is None or most[1] is None:
        return f"{said}."
    overlap = least[1][1] >= most[1][0]
    return f"{said}: the intervals {'overlap' if overlap else 'do not overlap'}."


def _accuracy(compared: Comparison) -> str:
    found = [
        (run.summary["accuracy"]["test"], run.summary["task"]["documents"]["test"], shortened(name))
        for name, run in zip(compared.names, compared.runs, strict=True)
    ]
    least, most = min(found), max(found)
    if least[0] == most[0]:
        return f"All get {percent(least[0])} right."
    ends = [wilson(rate, tested) for rate, tested, _ in (least, most)]
    overlap = ends[0][1] >= ends[1][0]
    return (
        f"{most[2]} is right most often, {percent(most[0])}, and {least[2]} least often, {percent(least[0])}; their "
        f"95\N{NO-BREAK SPACE}% intervals {'overlap' if overlap else 'do not overlap'}."
    )


def _fixed_points(compared: Comparison) -> str:
    told: dict[str, list[str]] = {}
    for name, run in zip(compared.names, compared.runs, strict=True):
        entry = next((one for one in run.summary["fixed_points"] if one["input"] == "mean"), None)
        if entry is None:
            continue
        saddles = count_saddles(entry)
        counts = f"{entry['stable']} stable" + (f" and {plural(saddles, 'saddle')}" if saddles else "")
        told.setdefault(counts, []).append(shortened(name))
    if not told:
        return ""
    if len(told) == 1 and len(next(iter(told.values()))) == len(compared):
        return f"At the mean input each has {next(iter(told))}."
    if len(told) > _LISTED:
        return (
            f"At the mean input there are {len(told)} different combinations of stable points and saddles; see below."
        )
    parts = [
        f"{counts} ({', '.join(names) if len(names) <= _LISTED else plural(len(names), 'network')})"
        for counts, names in told.items()
    ]
    return f"At the mean input: {'; '.join(parts)}."


def _distances(compared: Comparison, distances: Distances) -> str:
    between = distances.between.tolist()
    pairs = [(between[i][j], i, j) for i in range(len(compared)) for j in range(i) if math.isfinite(between[i][j])]
    if not pairs:
        return ""
    names = [shortened(name) for name in compared.names]
    (near, i, j), (far, k, m) = min(pairs), max(pairs)
    if len(pairs) == 1:
        return f"{names[j]} and {names[i]} are {number(near)} apart."
    if near == far:
        return f"All are {number(near)} apart."
    return (
        f"{names[j]} and {names[i]} are nearest to each other, {number(near)} apart; {names[m]} and {names[k]} are "
        f"furthest, {number(far)}."
    )


def _certainty(compared: Comparison) -> str:
    seeds = next(factor for factor in compared.factors if factor.name == _CHANCE)
    chosen = [
        tuple(factor.values[row] for factor in compared.factors if factor.name != _CHANCE)
        for row in range(len(compared))
    ]
    said = "The intervals say how far another sample of documents would move a figure, not another training"
    if len(set(chosen)) < len(chosen):
        return f"{said}: that is what networks show that differ only in their seed."
    said += ": each network stands for itself."
    if not seeds.varies and seeds.values[0] is not None:
        said += (
            f" All were trained from {seeds.told(0)}, and such as have the same shape began with the same weights: "
            "others may lie further apart."
        )
    return said


def _predicted(summary: dict[str, Any]) -> dict[str, Any] | None:
    return summary["dimension"]["predicted"]["documents"]


def _sure(run: Run) -> tuple[float, float] | None:
    found = ((run.summary.get("shape") or {}).get("intervals") or {}).get("visited")
    return None if found is None else (found["participation_ratio"][0], found["participation_ratio"][1])


def _told(found: tuple[float, tuple[float, float] | None, str]) -> str:
    value, sure, _ = found
    return f"{value:.2f}" if sure is None else f"{value:.2f} ({sure[0]:.2f} to {sure[1]:.2f})"


def _range(values: list[float], digits: int) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low} to {high}"
