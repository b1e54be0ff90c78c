"""The answer in words: what was found in a run, with its numbers and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from slowfold.report.evidence_tables import faces_told
from slowfold.report.panels.angles import unrelated_angle
from slowfold.report.panels.variances import dimension_of
from slowfold.report.resting import census
from slowfold.report.wording import listed, number, percent, plural, shares, with_article
from slowfold.study import Run
from slowfold.study.intervals import wilson
from slowfold.study.learned import has_learned

__all__ = ["Findings", "find"]

# A difference this many standard errors wide is not taken for chance.
_ERRORS = 2.0

# Shares of variance that a headline takes.
_FEW_SHARES = 4

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

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study import analyze
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> run = analyze(network, train, test, folder=Path(mkdtemp(), "mine"), starts=16)
        >>> find(run).headline
        'This network has not learned to tell its 3 classes apart: ...'
    """
    summary = run.summary
    learned = has_learned(summary)
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
        ("Words", _words(summary)),
        ("Figure", _figure(summary)),
        ("Readouts", _readouts(summary)),
    ]


def _headline(run: Run) -> str:
    summary = run.summary
    accuracy, classes = summary["accuracy"], summary["task"]["classes"]
    several = _several(summary)
    what = plural(len(classes), "label") if several else plural(len(classes), "class", "classes")
    if _order_is_no_matter(summary):
        said = f"This network adds up evidence for {what}"
    elif several:
        said = f"This network reads words in their order to decide on {what}"
    else:
        said = f"This network reads words in their order to tell {what} apart"
    visited = dimension_of(run, "visited")
    if visited is not None:
        said += f" on a surface of {plural(visited['for_90'], 'dimension')} ({_sized(run, visited)})"
    right = percent(accuracy["test"])
    if several:
        share = f"{right} of its decisions are right ({percent(accuracy['exact'])} of test documents in every label)"
    else:
        share = f"{right} of test documents are read rightly"
    return " ".join([f"{said}{_foretold(run)}.", f"{share[0].upper()}{share[1:]}.", *_reservations(run)])


def _sized(run: Run, visited: dict[str, Any]) -> str:
    """The participation ratio of the visited states, and between which values it lies."""
    shape = run.summary.get("shape")
    between = None if shape is None else shape["intervals"]["visited"]
    said = f"participation ratio {_ratio(visited):.2f}"
    if between is None:
        return said
    low, high = between["participation_ratio"]
    return f"{said}, {percent(between['level'], 0)} interval {low:.2f} to {high:.2f}"


def _foretold(run: Run) -> str:
    """What word counts had foretold, beside what the states show."""
    predicted, visited = (dimension_of(run, measure) for measure in ("predicted", "visited"))
    if predicted is None or visited is None:
        return ""
    count = max(1, min(_FEW_SHARES, max(predicted["for_90"], visited["for_90"])))
    foretold, shown = (shares(found["shares"][:count], most=count) for found in (predicted, visited))
    return f": word counts had predicted {foretold}, the states show {shown}"


def _reservations(run: Run) -> list[str]:
    """What keeps the headline from being the whole truth."""
    accuracy, said = run.summary["accuracy"], list[str]()
    linear = (run.summary.get("evidence") or {}).get("linear")
    if linear is not None and linear["poor"]:
        said.append(str(linear["sentence"]))
    if accuracy["bag_of_words"] - accuracy["test"] > _little(run.summary, accuracy["bag_of_words"]):
        said.append(f"A bag of words gets {percent(accuracy['bag_of_words'])}: there is more to be learned.")
    # The components of least variance can be the ones that decide.
    projected, final = accuracy["projected"], dimension_of(run, "final")
    if projected is not None and accuracy["test"] - projected > _little(run.summary, projected):
        kept = plural(final["for_90"], "component") if final is not None else "components"
        hold = "holds" if final is not None and final["for_90"] == 1 else "hold"
        said.append(
            f"That is not all: flattened onto the {kept} that {hold} 90\N{NO-BREAK SPACE}% of the variance of the "
            f"states it ends in, it gets only {percent(projected)} right."
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
    holds = "" if visited is None else f" {plural(visited['for_90'], 'component')} {_hold(visited)}."
    return f"{said[0].upper()}{said[1:]}.{end}{'.' if end else ''}{holds}{_corners(run.summary)}"


def _hold(visited: dict[str, Any]) -> str:
    return f"{'holds' if visited['for_90'] == 1 else 'hold'} 90\N{NO-BREAK SPACE}% of their variance"


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


def _words(summary: dict[str, Any]) -> str:
    """How what words are worth agrees with the counts, and how much of the logits they add up to."""
    evidence, context = summary.get("evidence"), summary.get("context")
    if evidence is None:
        return ""
    parts: list[str] = []
    agreement = evidence["words"]["agreement"]
    if agreement is not None and agreement["mean"]["correlation"] is not None:
        parts.append(
            f"What the {plural(evidence['words']['count'], 'commonest word')} are worth agrees with their counts, with "
            f"a rank correlation of {agreement['mean']['correlation']:.2f}."
        )
    if evidence["linear"] is not None:
        parts.append(str(evidence["linear"]["sentence"]))
    if context is not None:
        count = context["stand_out"]
        told = {0: "No word stands out as one that changes", 1: "1 word changes"}.get(count, f"{count:,} words change")
        parts.append(f"{told} what the words after {'it' if count < 2 else 'them'} do.")
    return " ".join(parts)


def _figure(summary: dict[str, Any]) -> str:
    """The figure that the classes make, and how many of its faces stand as points."""
    shape = summary.get("shape")
    if shape is None:
        return ""
    figures, faces, parts = shape["figures"], shape["faces"], list[str]()
    if figures is not None and figures["best"] is not None:
        fit = figures["fits"][figures["best"]]
        parts.append(
            f"The mean ends of the classes lie nearest to {with_article(figures['best'])} (score {fit['score']:.2f}, "
            f"where 1 is exact and 0 is chance; p = {number(fit['p'])})."
        )
    if faces is not None:
        parts.append(faces_told(faces))
    return " ".join(parts)


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
    low, high = wilson(accuracy, tested)
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
