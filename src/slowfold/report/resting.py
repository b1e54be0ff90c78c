"""The fixed points at one held input in words: how many there are, whether some are missing, where states come to."""

from __future__ import annotations

from typing import Any

from slowfold.report.wording import listed, percent, plural, signed
from slowfold.study.records.searching import count_saddles

__all__ = ["census"]


def census(entry: dict[str, Any]) -> str:
    """What one entry of ``fixed_points`` in summary.json says: the points, and whether some must be missing.

    Example:
        >>> audit = {"applicable": True, "sum": 1, "complete": True}
        >>> counts = {"starts": 9, "fixed": 9, "ghost": 0, "degenerate": 0, "out_of_bounds": 0, "unconverged": 0}
        >>> points = {"distinct": 5, "distinct_ghosts": 0, "distinct_degenerate": 0, "stable": 3}
        >>> census({**counts, **points, "audit": audit})
        '5 distinct fixed points (3 stable and 2 saddles); their indices add up to +1, so the census is complete as
         far as the index can tell. All 9 starts came to one of them.'
    """
    return " ".join(said for said in (f"{_points(entry)}.", _starts(entry), _rest(entry)) if said)


def _points(entry: dict[str, Any]) -> str:
    audit, degenerate = entry["audit"], entry["distinct_degenerate"]
    stable, saddles = entry["stable"], count_saddles(entry)
    certain = stable + saddles
    beside = f"{plural(degenerate, 'degenerate place')} where points need not be isolated" if degenerate else ""
    if not certain:
        if degenerate:
            return f"No isolated fixed point was found, but {beside}; {_audit(entry)}"
        return "No fixed point was found" + (
            ", though the state cannot leave a box, so there must be at least one" if audit["applicable"] else ""
        )
    parts = [*([f"{stable} stable"] if stable else []), *([plural(saddles, "saddle")] if saddles else [])]
    sorts = listed(parts) if stable else f"{plural(saddles, 'saddle')}, none stable"
    and_beside = f", and {beside}" if beside else ""
    return f"{plural(certain, 'distinct fixed point')} ({sorts}){and_beside}; {_audit(entry)}"


def _audit(entry: dict[str, Any]) -> str:
    audit = entry["audit"]
    if not audit["applicable"]:
        if entry["degenerate"]:
            return "some are degenerate and need not be isolated, so the index cannot tell whether points are missing"
        return "no box is known that holds the state, so the index cannot tell whether points are missing"
    total = (
        f"its index is {signed(audit['sum'])}"
        if entry["distinct"] == 1
        else f"their indices add up to {signed(audit['sum'])}"
    )
    if audit["complete"]:
        return f"{total}, so the census is complete as far as the index can tell"
    if audit.get("unlisted"):
        lacking = plural(audit["unlisted"], "stable point")
        return (
            f"{total}, but {lacking} where the network comes to rest could not be listed, so the census is incomplete"
        )
    return f"{total} where all fixed points together make +1, so points are missing"


def _starts(entry: dict[str, Any]) -> str:
    starts, rest = entry["starts"], entry["starts"] - entry["fixed"]
    if not rest:
        return f"All {starts:,} starts came to {'it' if entry['distinct'] == 1 else 'one of them'}."
    said = {
        "ghost": f"came to {plural(entry['distinct_ghosts'], 'ghost')} (slow, but no fixed point)",
        "degenerate": "ended where a point need not be isolated",
        "out_of_bounds": "left the box that holds all states",
        "unconverged": "did not converge, and are drawn nowhere",
    }
    parts = [f"{entry[verdict]:,} {words}" for verdict, words in said.items() if entry[verdict]]
    came = (
        f"{entry['fixed']:,} of {starts:,} starts came to a fixed point"
        if entry["fixed"]
        else f"None of {starts:,} starts came to a fixed point"
    )
    return f"{came}; {listed(parts)}."


def _rest(entry: dict[str, Any]) -> str:
    """Where the network goes by itself when the input stays, in shares of the states it was begun from."""
    iterated: dict[str, int] | None = entry.get("iterated")
    if not iterated:  # a summary written before the map was iterated
        return ""
    total, cycles = sum(iterated.values()), entry["cycles"]
    if iterated["listed"] == total:
        return f"Left with this input, the network comes to rest at a stable one from all {total} visited states tried."
    cycle = "a cycle" if len(cycles) == 1 else "cycles"
    ends = {
        "listed": "to rest at a stable point",
        "unlisted": "to rest at a stable point that is not listed",
        "cycle": f"to {cycle} of {listed([str(period) for period in cycles])} steps",
        "quasi_periodic": "to an orbit that comes back without closing (quasi-periodic)",
        "chaotic": "to a chaotic orbit",
        "balanced": "to a point that does not attract",
        "unbounded": "beyond all bounds",
        "moving": "to nothing that could be told, still moving",
    }
    parts = [f"from {percent(iterated[end] / total, 0)} {words}" for end, words in ends.items() if iterated[end]]
    return f"Left with this input, the network comes, of {total} visited states tried, {listed(parts)}."
