"""How many dimensions there are, which figure the classes make, and how they are read."""

from __future__ import annotations

from typing import Any

from slowfold.report import panels
from slowfold.report.evidence_tables import face_table, faces_told, fit_table
from slowfold.report.panels.angles import unrelated_angle
from slowfold.report.panels.evidence_maps import MOST_MAPS
from slowfold.report.panels.variances import MEASURES, dimension_of
from slowfold.report.sections.section import Plot, Section
from slowfold.report.wording import MINUS, listed, number, percent, plural, shortened, with_article
from slowfold.study import Run

__all__ = ["counts", "dimensions", "evidence_map", "figure_of_classes", "readouts"]


def dimensions(run: Run) -> Section:
    """The shares of variance foretold and measured."""
    ratios = [
        f"{name} {found['participation_ratio']:.2f}"
        for measure, name in MEASURES.items()
        if (found := dimension_of(run, measure)) is not None
    ]
    foretold = dimension_of(run, "predicted")
    above = None if foretold is None else foretold["above_chance"]
    return Section(
        "dimensions",
        "Predicted and measured",
        "Where the hollow bars agree with the filled ones, the shape of the state space was to be read off the words "
        "before any training.",
        f"Shares of the variance by principal component. Participation ratios: {listed(ratios)}. The prediction "
        "comes from the training documents alone: each word is evidence for the classes that use it more than others, "
        "and these are the principal components of what the words of whole documents add up to"
        + ("" if above is None else f"; {above} of them stand above what permuted labels show")
        + ".",
        (
            Plot("dimensions", panels.dimensions(run), "Share of each component"),
            Plot("variance", panels.variance(run), "Held together"),
        ),
    )


def counts(run: Run) -> Section:
    """What the word counts ask for, counted in three ways, and nine measures of what the states show."""
    shape = run.summary.get("shape")
    measured = () if shape is None else (Plot("estimators", panels.estimators(run), "States: nine measures"),)
    nine = (
        ""
        if shape is None
        else " Right: thresholds and participation ratio are of principal components; the local ratio is of "
        "neighbourhoods; Levina and Bickel's takes 10, 50 and 100 neighbours; all of at most a few thousand states "
        "drawn at random. Those of variance find the dimension of a thick or large cloud; those of neighbours see its "
        "thickness where it is thin, and miss directions where points are few."
    )
    return Section(
        "counts",
        "Other ways to count dimensions",
        "On the left, what the words ask for, counted in three ways and without a network. "
        + (
            "On the right, nine measures of what the states show: where they agree, no one of them decides."
            if shape
            else ""
        ),
        "Left: principal components of the differences between the classes in how often they use each word; of the "
        "evidence that single words are, over all tokens; and of the sums of that evidence over whole documents, which "
        f"is the prediction above.{nine}",
        (Plot("counts", panels.counts(run), "Words: held together"), *measured),
    )


def figure_of_classes(run: Run) -> Section | None:
    """The figure that the classes make; None where there are no corners to make one."""
    shape = run.summary.get("shape")
    if shape is None or shape["corners"] is None:
        return None
    figures, faces, corners = shape["figures"], shape["faces"], shape["corners"]
    several = run.summary["task"]["kind"] == "multilabel"
    what = plural(corners["count"], "combination of labels", "combinations of labels") if several else "the classes"
    return Section(
        "figure",
        "The figure the classes make",
        f"{_best(figures)}{_arc(run, shape['arc'])}{'' if faces is None else ' ' + faces_told(faces)}",
        f"Corners are the mean final states of {what}, which hold "
        f"{percent(corners['within'])} of the variance of all final states. Each figure is moved, turned and scaled to "
        "lie as near to them as it can; its misfit is what is left, over the spread of the corners. "
        + (
            f"Its score is 1 for the figure itself and 0 for the median of {figures['draws']} sets of random corners; "
            "p is the share of those that fit as well. "
            if figures is not None
            else ""
        )
        + (
            f"A fixed point or ghost stands for the face of the classes that are tied there, within "
            f"{number(faces['tolerance'])} nats."
            if faces is not None
            else ""
        ),
        (
            Plot("corners", panels.corners(run), "The corners, on two components"),
            *(
                (Plot("figure-fits", panels.figure_fits(run), "How well each figure fits"),)
                if figures is not None
                else ()
            ),
        ),
        tables=(
            *((fit_table(run),) if figures is not None else ()),
            *((face_table(run),) if faces is not None and faces["points"] else ()),
        ),
    )


def evidence_map(run: Run) -> Section:
    """What is decided where, and the evidence for each class over the slow manifold."""
    classes, kind = [shortened(str(name)) for name in run.summary["task"]["classes"]], run.summary["task"]["kind"]
    reached = "manifold_reached" in run.analysis and bool((run.analysis["manifold_reached"].values == 1).any())
    shown = min(len(classes), MOST_MAPS) if reached else 0
    left = len(classes) - shown
    maps = tuple(
        Plot(f"logit-{label}", panels.logits(run, label), f"Evidence for {classes[label]}") for label in range(shown)
    )
    against = "" if kind == "multilabel" else " less the mean of all classes,"
    points = int((run.analysis["manifold_reached"].values == 1).sum()) if reached else 0
    return Section(
        "evidence-map",
        "What is decided where",
        "First the regions of the plane in which each decision is made; then, over the slow manifold, the evidence for "
        "each class: strong colour where there is much, pale where there is little or evidence against it.",
        "The regions are those of the plane of the first two principal components; where the surface leaves the plane, "
        f"a state may be decided otherwise. The evidence is the logit,{against} at {points:,} points of the slow "
        "manifold, in "
        "all units." + (f" Of {len(classes)} classes the first {shown} are shown." if left and shown else ""),
        (Plot("decisions", panels.decisions(run), "Decisions"), *maps),
    )


def readouts(run: Run) -> Section:
    """Angles and lengths of the readouts."""
    count, kind = len(run.summary["task"]["classes"]), run.summary["task"]["kind"]
    angle = unrelated_angle(kind, count)
    if kind == "multilabel":
        see = f"Labels that have nothing to do with each other get readouts at right angles, {angle:.0f}°."
        beside = f"for comparison {angle:.0f}°, the angle of independent directions."
    else:
        see = (
            "Classes that have nothing to do with each other get readouts as far apart as can be: "
            f"{angle:.0f}° for {count}."
        )
        simplex = f"arccos({MINUS}1/(N {MINUS} 1)), the angle of a regular simplex"
        beside = f"for comparison {simplex}, {angle:.1f}° for N = {count}."
    see += " Blue pairs stand further apart than that, orange pairs nearer."
    if kind == "ordered":
        see += " Ordered classes need not: neighbours stand near each other, the two ends opposite."
    return Section(
        "readouts",
        "Readouts",
        see,
        f"Angles between the rows of the readout matrix, in all units; {beside}",
        (
            Plot("readouts", panels.readouts(run), "Angles"),
            Plot("readout-lengths", panels.readout_lengths(run), "Lengths"),
        ),
    )


def _best(figures: dict[str, Any] | None) -> str:
    if figures is None or figures["best"] is None:
        return "No figure was laid through the corners."
    fit = figures["fits"][figures["best"]]
    return (
        f"The corners lie nearest to {with_article(figures['best'])}: its score is {fit['score']:.2f}, where 1 is "
        f"exact and 0 is chance (p = {number(fit['p'])})."
    )


def _arc(run: Run, arc: dict[str, Any] | None) -> str:
    if arc is None:
        return ""
    names = run.summary["task"]["classes"]
    order = ", ".join(shortened(str(names[label])) for label in arc["order"])
    return (
        f" The shortest way through them, which knows nothing of the order, goes by {order}; its rank correlation with "
        f"the true order is {arc['rank_correlation']:.2f}, and its straightness {arc['straightness']:.2f} (1: a line)."
    )
