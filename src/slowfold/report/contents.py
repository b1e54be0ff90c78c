"""The figures of a report in their order, each with what to see and how it was computed."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from slowfold.report import panels
from slowfold.report.groups import groups_of
from slowfold.report.panels.angles import unrelated_angle
from slowfold.report.panels.training import steps_a_dot, watched
from slowfold.report.panels.variances import MEASURES, dimension_of
from slowfold.report.scene import MOST_DRAWN
from slowfold.report.wording import MINUS, listed, plural
from slowfold.study import Run

__all__ = ["Plot", "Section", "sections"]

_INPUTS = {"mean": "Mean input (words weighted by how often they occur)", "zero": "Zero input (no word)"}


@dataclass(frozen=True)
class Plot:
    """A figure on the page.

    Attributes:
        name: Its name among the figures of the page.
        figure: The figure.
        title: What is said above it, where a section has several.
    """

    name: str
    figure: go.Figure
    title: str | None = None


@dataclass(frozen=True)
class Section:
    """One panel: a title, what to see, figures, and how they came about.

    Attributes:
        name: Its anchor.
        title: Its title.
        see: What to see.
        how: How it was computed.
        plots: One figure, or two side by side.
    """

    name: str
    title: str
    see: str
    how: str
    plots: tuple[Plot, ...]


def sections(run: Run) -> list[Section]:
    """All panels that the run has something to show in.

    Args:
        run: A finished run.
    """
    found = [_states(run)]
    visited = dimension_of(run, "visited")
    if visited is not None and visited["for_95"] >= 3:
        found.append(_space(run))
    found += [_fixed_points(run), _words(run), _dimensions(run)]
    if "mean_eigenvalue" in run.analysis:
        found.append(_eigenvalues(run))
    if run.summary["modes"] is not None:
        found.append(_time_constants(run))
    if len(run.summary["task"]["classes"]) > 1:
        found.append(_readouts(run))
    if run.metrics:
        found.append(_training(run))
    return found


def _states(run: Run) -> Section:
    sizes = run.analysis.sizes
    drawn = _drawn(sizes["step"], "visited state"), _drawn(sizes["test"], "end state")
    colour, one, group = {
        "class": ("in the colour of its true class", "class", "class"),
        "combination": ("in the colour of the labels it truly has", "label", "combination of labels"),
        "number": ("in the colour of how many labels it truly has", "label", "number of labels"),
    }[groups_of(run).by]
    return Section(
        "states",
        "Where reading leads",
        f"Each text begins at the square and is pushed along by its words; where it stops, {colour}, is the decision. "
        f"Thick lines are the readouts: the further a state lies along one, the more evidence for that {one}. Thin "
        f"lines follow one document of each {group}; point at them to see the words.",
        "The first two principal components of the states after each word of "
        f"{plural(sizes['document'], 'test document')}, centred on their mean, with the share of the variance that "
        f"each holds; one unit is as long on both axes. Drawn: {listed(drawn)}. The document followed is, of those of "
        f"its {group} that are read rightly and are of middling length, the one that ends nearest to the middle of "
        "them. Readouts begin at the mean and are lengthened by one factor.",
        (Plot("states", panels.states(run)),),
    )


def _space(run: Run) -> Section:
    return Section(
        "space",
        "The same in space",
        "Two components do not hold these states; turn the figure with the mouse to see the third.",
        "The first three principal components of the visited states, to one scale. The slow manifold (grey) and the "
        "fixed points, round where stable, pointed where not, are those at the mean input.",
        (Plot("space", panels.states_in_space(run)),),
    )


def _fixed_points(run: Run) -> Section:
    entries = {entry["input"]: entry for entry in run.summary["fixed_points"]}
    lost = [
        f"{entry[verdict]} ends {said} at the {held} input"
        for held, entry in entries.items()
        for verdict, said in (("unconverged", "unconverged"), ("out_of_bounds", "out of bounds"))
        if entry[verdict]
    ]
    return Section(
        "fixed-points",
        "Where the state comes to rest",
        "With the input held still, states fall onto the slow manifold and are carried along it, to the stable points "
        "and away from the saddles along their unstable directions, whose number stands in the diamond. The colour is "
        "what the network would decide there.",
        "Levenberg-Marquardt searches in double precision from "
        + listed([f"{plural(entry['starts'], 'start')} at the {held} input" for held, entry in entries.items()])
        + ": visited states far apart, and where the held network takes a quarter of them in 300 steps; then places "
        "between and beside those found, and drawn ones, until the indices add up and a round has found nothing new; "
        "and where branches of fixed points lead from the one input to the other. "
        f"A fixed point has speed q = ½‖F(h) {MINUS} h‖² below 10⁻²⁰ (1 + ‖h‖²), and no other near it; a ghost "
        "is a place where q is stationary without being 0. "
        + (f"Not drawn, because they are no points: {listed(lost)}." if lost else "No start was lost.")
        + _surface(run),
        tuple(Plot(f"fixed-points-{held}", panels.fixed_points(run, held), _INPUTS[held]) for held in ("mean", "zero")),
    )


def _surface(run: Run) -> str:
    """How the slow manifold was found; empty where it was not."""
    manifold = run.summary.get("manifold")
    if manifold is None or not manifold["reached"]:
        return ""
    change = {
        1: f"the step F(h) {MINUS} h",
        2: "the change of the step from one to the next",
        3: "the change of the change of the step from one to the next",
    }[manifold["order"]]
    beyond = manifold["out_of_bounds"]
    outside = f", and {beyond} led out of the box that holds all states" if beyond else ""
    return (
        f" The slow manifold (grey): above {plural(manifold['starts'], 'visited state')}, drawn at random, the place "
        f"with the same first {plural(manifold['plane'], 'component')} where {change} has no part across them; "
        f"{manifold['reached']:,} were found{outside}. Strokes are F(h) {MINUS} h along it, made longer by one factor."
    )


def _words(run: Run) -> Section:
    sizes = run.analysis.sizes
    colour = (
        "in the colour of the label it says most about, broken where it speaks against it"
        if run.summary["task"]["kind"] == "multilabel"
        else "in the colour of the class whose evidence it raises most beside the others"
    )
    return Section(
        "words",
        "What single words do",
        f"Each arrow is the average push of one word, {colour}; words that say nothing stay near 0. The pale dots are "
        "single pushes: the more they scatter, the more the effect of a word depends on where the state is.",
        f"F(h, w) {MINUS} h from {plural(sizes['move'], 'visited state')}, for {plural(sizes['word'], 'word')}: all "
        "of a small vocabulary, else the most telling of each class and the commonest, in grey. Words whose names "
        "would hide others are named under the pointer.",
        (Plot("words", panels.words(run)),),
    )


def _dimensions(run: Run) -> Section:
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


def _eigenvalues(run: Run) -> Section:
    return Section(
        "eigenvalues",
        "How it remembers: eigenvalues",
        "Inside the circle a displacement fades, outside (triangles) it grows; an eigenvalue near 1 is an "
        "integrator. As many as stand apart near 1, so many quantities are remembered.",
        "All eigenvalues of dF/dh at the distinct fixed points at the mean input, those found most often first where "
        "there are too many to draw, in the colour of what is decided at the point; on the right, those near 1.",
        (
            Plot("eigenvalues", panels.eigenvalues(run), "All"),
            Plot("slow-eigenvalues", panels.slow_eigenvalues(run), "Near 1"),
        ),
    )


def _time_constants(run: Run) -> Section:
    plots = (
        ("manifold", Plot("manifold-time-constants", panels.manifold_time_constants(run), "On the slow manifold")),
        ("mean", Plot("time-constants", panels.time_constants(run), "At the fixed points")),
    )
    sizes = run.analysis.sizes
    places = [
        *([plural(sizes["manifold_point"], "point") + " of the slow manifold"] if "manifold_point" in sizes else []),
        *(["each distinct fixed point"] if "mean_time_constant" in run.analysis else []),
    ]
    return Section(
        "time-constants",
        "How long it remembers",
        "Modes above the dashed line outlast a document: what moved the state along them is still there at the end. "
        "A triangle is a mode that grows.",
        f"Time constants 1/|ln|λ||, in tokens, of the modes with the greatest |λ| at {listed(places)}, at the mean "
        "input, and their median over the points; that of a mode that grows is the time in which it grows by a "
        "factor e.",
        tuple(plot for place, plot in plots if f"{place}_time_constant" in run.analysis),
    )


def _readouts(run: Run) -> Section:
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


def _training(run: Run) -> Section:
    steps, width = len(run.metrics), steps_a_dot(run)
    mean = f", means of {width} neighbouring steps" if width > 1 else ""
    aside = any(row.validation_loss is not None for row in run.metrics)
    return Section(
        "training",
        "How it learned",
        "A curve that has come to rest says that training was long enough.",
        f"{plural(steps, 'step')} of Adam; cross entropy after the last word, without the penalty{mean}."
        + (" Documents kept aside from training are read as a whole." if aside else " No documents were kept aside.")
        + (" Test documents are read beside it, and decide nothing." if watched(run) else ""),
        (
            Plot("training-loss", panels.training_loss(run), "Loss"),
            Plot("training-accuracy", panels.training_accuracy(run), "Accuracy"),
        ),
    )


def _drawn(count: int, name: str) -> str:
    return plural(count, name) if count <= MOST_DRAWN else f"{MOST_DRAWN:,} of {plural(count, name)}"
