"""The answer in words: what was found in a run, with its numbers and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from slowfold.report.panels.angles import unrelated_angle
from slowfold.report.panels.variances import dimension_of
from slowfold.report.wording import interval, listed, number, percent, plural, shares, signed
from slowfold.study import Run

__all__ = ["Findings", "census", "find"]

# A difference this many standard errors wide is not taken for chance.
_ERRORS = 2.0

# Modes that stand apart are named one by one up to this many.
_FEW_MODES = 6


@dataclass(frozen=True)
class Findings:
    """What a report says first.

    Attributes:
        learned: Whether the network is right more often than saying of each document what most are would be.
        headline: The answer.
        statements: What it rests on, one sentence or two each, with a word that says what it is about.
        certainty: How sure it is.
    """

    learned: bool
    headline: str
    statements: tuple[tuple[str, str], ...]
    certainty: str


def find(run: Run) -> Findings:
    """Reads the answer off a run.

    A network that has not learned is not explained: of such a one only that is said, and what others make of the same
    documents.

    Args:
        run: A finished run.
    """
    summary = run.summary
    accuracy, tested = summary["accuracy"], summary["task"]["documents"]["test"]
    common = accuracy["majority"]
    learned = accuracy["test"] > common + _ERRORS * math.sqrt(common * (1 - common) / tested)
    statements = _explanation(run) if learned else [("Not explained", _unexplained(summary))]
    return Findings(
        learned=learned,
        headline=_headline(run) if learned else _not_learned(summary),
        statements=tuple((about, said) for about, said in statements if said),
        certainty=_certainty(run),
    )


def _explanation(run: Run) -> list[tuple[str, str]]:
    summary = run.summary
    return [
        ("Dimension", _dimension(run)),
        ("Order of words", _order(summary)),
        *((f"Fixed points, {entry['input']} input", census(entry)) for entry in reversed(summary["fixed_points"])),
        ("Slow manifold, mean input", _manifold(run)),
        ("Memory", _memory(summary)),
        ("Readouts", _readouts(summary)),
    ]


def census(entry: dict[str, Any]) -> str:
    """What one entry of ``fixed_points`` in summary.json says: the points, and whether some must be missing.

    Example:
        >>> audit = {"applicable": True, "sum": 1, "complete": True}
        >>> counts = {"starts": 9, "fixed": 9, "ghost": 0, "degenerate": 0, "out_of_bounds": 0, "unconverged": 0}
        >>> census({**counts, "distinct": 5, "distinct_ghosts": 0, "stable": 3, "audit": audit})
        '5 distinct fixed points (3 stable and 2 saddles); their indices add up to +1, so the census is complete as
         far as the index can tell. All 9 starts came to one of them.'
    """
    return " ".join(said for said in (f"{_points(entry)}.", _starts(entry), _rest(entry)) if said)


def _points(entry: dict[str, Any]) -> str:
    distinct, stable, audit = entry["distinct"], entry["stable"], entry["audit"]
    if not distinct:
        return "No fixed point was found" + (
            ", though the state cannot leave a box, so there must be at least one" if audit["applicable"] else ""
        )
    saddles = distinct - stable
    parts = [*([f"{stable} stable"] if stable else []), *([plural(saddles, "saddle")] if saddles else [])]
    sorts = listed(parts) if stable else f"{plural(saddles, 'saddle')}, none stable"
    return f"{plural(distinct, 'distinct fixed point')} ({sorts}); {_audit(entry)}"


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


def _headline(run: Run) -> str:
    summary = run.summary
    accuracy, classes = summary["accuracy"], summary["task"]["classes"]
    visited = dimension_of(run, "visited")
    if _several(summary):
        said = (
            f"This network decides on {plural(len(classes), 'label')} with {percent(accuracy['test'])} of decisions "
            f"right ({percent(accuracy['exact'])} of test documents in every label)"
        )
    else:
        said = (
            f"This network tells {len(classes)} classes apart with {percent(accuracy['test'])} of test documents right"
        )
    if visited is not None:
        way = "by adding up evidence" if _order_is_no_matter(summary) else "reading words in their order"
        components = f"{plural(visited['for_90'], 'component')} {'holds' if visited['for_90'] == 1 else 'hold'}"
        said = (
            f"{said}, {way} on a surface of {_ratio(visited):.1f} dimensions (participation ratio of the states it "
            f"visits; {components} 90\N{NO-BREAK SPACE}% of their variance)"
        )
    return " ".join([f"{said}.", *_reservations(run)])


def _reservations(run: Run) -> list[str]:
    """What keeps the headline from being the whole truth."""
    accuracy, said = run.summary["accuracy"], list[str]()
    if accuracy["bag_of_words"] - accuracy["test"] > _little(run.summary, accuracy["bag_of_words"]):
        said.append(f"A bag of words gets {percent(accuracy['bag_of_words'])}: there is more to be learned.")
    # The components of least variance can be the ones that decide.
    projected, final = accuracy["projected"], dimension_of(run, "final")
    if projected is not None and accuracy["test"] - projected > _little(run.summary, projected):
        kept = plural(final["for_90"], "component") if final is not None else "components"
        said.append(
            f"That is not all: flattened onto the {kept} that hold 90\N{NO-BREAK SPACE}% of the variance of the states "
            f"it ends in, it gets only {percent(projected)} right."
        )
    return said


def _not_learned(summary: dict[str, Any]) -> str:
    accuracy, classes = summary["accuracy"], summary["task"]["classes"]
    common, bag = percent(accuracy["majority"]), percent(accuracy["bag_of_words"])
    if _several(summary):
        return (
            f"This network has not learned its {plural(len(classes), 'label')}: {percent(accuracy['test'])} of its "
            f"decisions are right; to say of every document what most are would get {common}, and a bag of words {bag}."
        )
    return (
        f"This network has not learned to tell its {len(classes)} classes apart: {percent(accuracy['test'])} of test "
        f"documents are right; naming the commonest class each time would get {common}, and a bag of words {bag}."
    )


def _unexplained(summary: dict[str, Any]) -> str:
    accuracy = summary["accuracy"]
    said = "What follows shows how its state moves, not how it decides: it does not."
    if accuracy["bag_of_words"] - accuracy["majority"] <= _little(summary, accuracy["bag_of_words"]):
        return f"{said} Nor does a bag of words: single words seem to say nothing here, or the documents are too few."
    return (
        f"{said} The words of these documents do tell, as the bag of words shows: train longer (--steps, --epochs), at "
        "another rate (--learning-rate), or with a smaller penalty (--l2)."
    )


def _several(summary: dict[str, Any]) -> bool:
    return summary["task"]["kind"] == "multilabel"


def _order_is_no_matter(summary: dict[str, Any]) -> bool:
    accuracy = summary["accuracy"]
    return accuracy["test"] - accuracy["shuffled_words"] <= _little(summary, accuracy["shuffled_words"])


def _little(summary: dict[str, Any], other: float) -> float:
    """By how much another accuracy may differ from that on the test documents and still be much the same."""
    test, tested = summary["accuracy"]["test"], summary["task"]["documents"]["test"]
    error = math.sqrt((test * (1 - test) + other * (1 - other)) / tested)
    return max(0.02, _ERRORS * error)


def _dimension(run: Run) -> str:
    visited, final, predicted = (dimension_of(run, measure) for measure in ("visited", "final", "predicted"))
    parts: list[str] = []
    if predicted is not None:
        parts.append(f"word counts alone had predicted shares of {_shares(predicted)}")
    if visited is not None:
        parts.append(f"the visited states show {_shares(visited)}")
    if final is not None:
        parts.append(f"the final states {_shares(final)}")
    said = ", ".join(parts)
    if not said:
        return "The states do not vary."
    end = "" if visited is None else f" The participation ratio of the visited states is {_ratio(visited):.2f}"
    if end and predicted is not None:
        end += f", of the word counts {_ratio(predicted):.2f}"
    return f"{said[0].upper()}{said[1:]}.{end}{'.' if end else ''}{_corners(run.summary)}"


def _corners(summary: dict[str, Any]) -> str:
    """The shape that labels ask for which have nothing to do with each other."""
    count = len(summary["task"]["classes"])
    if not _several(summary) or count < 2:
        return ""
    shape = {2: "a square", 3: "a cube"}.get(count, f"a cube of {count} dimensions")
    return f" Labels that have nothing to do with each other ask for a dimension each: the corners of {shape}."


def _shares(found: dict[str, Any]) -> str:
    return shares(found["shares"], most=5)


def _ratio(found: dict[str, Any]) -> float:
    return found["participation_ratio"]


def _order(summary: dict[str, Any]) -> str:
    accuracy = summary["accuracy"]
    test, shuffled = accuracy["test"], accuracy["shuffled_words"]
    right = "of decisions are right" if _several(summary) else "are right"
    said = f"With the words of each test document shuffled, {percent(shuffled)} {right} instead of {percent(test)}"
    if _order_is_no_matter(summary):
        return f"{said}: what counts is which words stand in a text, hardly where."
    return f"{said}: the order of words is worth {100 * (test - shuffled):.1f} points."


def _manifold(run: Run) -> str:
    manifold, found = run.summary.get("manifold"), dimension_of(run, "manifold")
    if manifold is None:
        return ""
    starts, reached = manifold["starts"], manifold["reached"]
    if not reached:
        return f"Above none of {plural(starts, 'visited state')} was a point of the slow manifold found."
    said = (
        f"Above {f'all {reached}' if reached == starts else f'{reached} of {starts}'} visited states lies a point of "
        f"the surface that the state falls onto, over {plural(manifold['plane'], 'component')}"
    )
    if manifold["defect"] is not None:
        said += f"; one step leads off it by {percent(manifold['defect'], 0)} of its own length (median)"
    if found is None:
        return f"{said}."
    return f"{said}. Its shares of variance are {_shares(found)}, its participation ratio is {_ratio(found):.2f}."


def _memory(summary: dict[str, Any]) -> str:
    modes, manifold = summary["modes"], summary.get("manifold")
    if modes is None:
        return ""
    apart, lasting, length = modes["before_gap"], modes["at_or_above_length"], number(summary["task"]["mean_length"])
    lasts = f"{plural(lasting, 'mode')} of {_units(summary):,} {'lasts' if lasting == 1 else 'last'}"
    said = f"{lasts} for the {length} words of a mean document or longer, those that grow included"
    if 0 < apart <= _FEW_MODES:
        times = [number(value) if value is not None else "∞" for value in modes["time_constants"][:apart]]
        stand = f"{plural(apart, 'mode')} {'stands' if apart == 1 else 'stand'} apart from the rest"
        whose = "the time constant is" if len(times) == 1 else "the time constants are"
        said = f"{stand}, {whose} {listed(times)} tokens; {said}"
    if modes["at"] == "manifold" and manifold is not None:
        where = f"On the slow manifold (mean input, median over {plural(manifold['linearized'], 'point')})"
    else:
        where = "At the fixed points (mean input, median over the points)"
    return f"{where} {said}."


def _units(summary: dict[str, Any]) -> int:
    network = summary["network"]
    return network.get("state", network["hidden"])


def _readouts(summary: dict[str, Any]) -> str:
    angles, count = summary["readouts"]["angles"], len(summary["task"]["classes"])
    if count < 2:
        return ""
    pairs = [angles[i][j] for i in range(count) for j in range(i) if angles[i][j] is not None]
    if not pairs:
        return "The readouts are zero, so there are no angles between them."
    between = f"{min(pairs):.0f}° to {max(pairs):.0f}°" if len(pairs) > 1 else f"{pairs[0]:.0f}°"
    said = f"Pairs of readouts stand at {between}" if len(pairs) > 1 else f"The two readouts stand at {between}"
    angle = unrelated_angle(summary["task"]["kind"], count)
    if _several(summary):
        return f"{said}; labels that have nothing to do with each other are read at {angle:.0f}°."
    return f"{said}; {count} directions as far apart as can be stand at {angle:.0f}°."


def _certainty(run: Run) -> str:
    summary = run.summary
    accuracy, tested = summary["accuracy"]["test"], summary["task"]["documents"]["test"]
    low, high = interval(accuracy, tested)
    error = math.sqrt(accuracy * (1 - accuracy) / tested)
    steps, documents = run.analysis.sizes["step"], run.analysis.sizes["document"]
    starts = [f"{plural(entry['starts'], 'start')} at the {entry['input']} input" for entry in summary["fixed_points"]]
    as_one = ", the decisions on one document taken as one" if _several(summary) else ""
    common = "to say of every document what most are" if _several(summary) else "naming the commonest class each time"
    return (
        f"Accuracy is measured on {plural(tested, 'test document')}: standard error {100 * error:.1f} points "
        f"(95\N{NO-BREAK SPACE}% interval {100 * low:.1f} to {percent(high)}{as_one}); {common} "
        f"would get {percent(summary['accuracy']['majority'])}, a bag of words "
        f"{percent(summary['accuracy']['bag_of_words'])}. Dimensions of visited states rest on "
        f"{plural(steps, 'state')} of {plural(documents, 'document')}, those of final states on all test documents, "
        f"fixed points on {listed(starts)}. It is one network from one seed: "
        f"another seed gives other numbers."
    )
