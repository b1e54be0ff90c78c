"""Where reading leads, where the state comes to rest, and how fast it moves between."""

from __future__ import annotations

from slowfold.report import panels
from slowfold.report.branches import MOST_STEPS
from slowfold.report.groups import groups_of
from slowfold.report.panels.space import third_share
from slowfold.report.scene import MOST_DRAWN
from slowfold.report.sections.section import Plot, Section
from slowfold.report.walks import walks_of
from slowfold.report.wording import MINUS, listed, percent, plural
from slowfold.study import Run

__all__ = ["fixed_points", "slowness", "space", "states"]

_INPUTS = {"mean": "Mean input (words weighted by how often they occur)", "zero": "Zero input (no word)"}


def states(run: Run) -> Section:
    """The states on two components, a typical document of each class, the readouts."""
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


def space(run: Run) -> Section:
    """The surface on three components, over which documents can be walked word by word."""
    walks, share = walks_of(run), third_share(run)
    third = (
        f"The third component holds {percent(share)} of their variance"
        if share
        else "The states vary along two components at most"
    )
    return Section(
        "surface",
        "The surface, and a text walking over it",
        "Choose a document and go through it word by word: the thick line is its way so far, the dot on it the state "
        f"after the word that is marked. Turn the figure with the mouse. {third}"
        + (": what you see is all but flat." if share < 0.02 else "."),
        "The first three principal components of the visited states, to one scale. The slow manifold (grey), the "
        "fixed points and the ghosts are those at the mean input: round where stable, pointed where a saddle, hollow "
        "where only slow, in the colour of what is decided there. Thin lines are ways from the saddles, begun a "
        "hundredth of the spread of the states beside them, both ways along each mode that grows, and followed for "
        f"{MOST_STEPS:,} steps or until they come near a stable point. The documents are typical ones, and, where "
        "there is one, one that is read wrongly; what is decided after a word is what would be decided if the text "
        "ended there.",
        (Plot("surface", panels.states_in_space(run)),),
        walks=tuple(walks),
    )


def fixed_points(run: Run) -> Section:
    """Fixed points and ghosts at both inputs."""
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


def slowness(run: Run) -> Section:
    """The speed over the plane."""
    shares = run.analysis["visited_share"].values[:2]
    whole = len(run.analysis["read"]) == run.analysis.sizes["unit"]
    return Section(
        "slowness",
        "Where the state is slow",
        "In the dark the state hardly moves while the mean input is held: there a text that says nothing more is "
        "remembered. White marks are the fixed points and ghosts, set down in the plane.",
        f"The logarithm of the speed q = ½‖F(h) {MINUS} h‖² at states of the plane of the first two principal "
        f"components of the visited states, which hold {percent(float(shares.sum()))} of their variance. A point that "
        "does not lie in the plane need not stand in the dark."
        + (
            "" if whole else " The readout reads a part of the state; the rest follows from the plane by least squares."
        ),
        (Plot("slowness", panels.slowness(run)),),
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


def _drawn(count: int, name: str) -> str:
    return plural(count, name) if count <= MOST_DRAWN else f"{MOST_DRAWN:,} of {plural(count, name)}"
