"""The claims about classes that nothing orders: how many dimensions, which figure, what a penalty does to both."""

from __future__ import annotations

from slowfold.geometry import simplex_angle
from slowfold.study.claims.claim import Check, Claim
from slowfold.study.claims.figures import (
    angle_error,
    equals,
    least_at,
    less,
    number_at,
    off,
    ratio,
)
from slowfold.study.claims.plan import Plan
from slowfold.study.claims.rules import (
    ALLOWED,
    DEGREES,
    MODERATE,
    NEUTRAL,
    PAPER,
    STRONG,
    VISITED,
    WEAK,
    WORD_DEGREES,
    near,
)

__all__ = ["categorical", "extreme_penalties", "faded", "simplex", "slow_modes"]

# From so many classes on the strongest penalty costs classes; up to so many it costs none.
_LOST_FROM, _KEPT_TO = 8, 5


def categorical(plan: Plan) -> Claim:
    """C1: N classes that nothing orders are kept apart in N - 1 dimensions."""
    checks: list[Check] = []
    for classes in plan.classes:
        for l2 in MODERATE:
            samples = tuple((one,) for one in plan.synthetic("categorical", classes, l2=l2))
            of = f"N = {classes}, L2 {l2:g}"
            checks += [
                near(of, "participation ratio of the visited states", VISITED, samples, classes - 1),
                Check(
                    of=of,
                    what="directions that hold 90 % of the variance of the visited states",
                    path="dimension.visited.for_90",
                    samples=samples,
                    value=number_at("dimension.visited.for_90"),
                    low=classes - 1,
                    high=classes - 1,
                ),
            ]
    return Claim(
        number="C1",
        statement="Of N classes that nothing orders a network keeps N - 1 numbers: its states fill N - 1 dimensions.",
        source=f"{PAPER}: 630 networks, N from 2 to 10 and seven penalties",
        measured="Participation ratio of the visited states, and how many directions hold 90 % of their variance, at "
        "penalties from 5e-4 to 5e-3.",
        refuted_if="For one number of classes and one penalty, the interval of the participation ratio lies further "
        "than 0.2 from N - 1, or that of the directions for 90 % does not hold N - 1.",
        checks=tuple(checks),
    )


def extreme_penalties(plan: Plan) -> Claim:
    """C2: too weak a penalty leaves dimensions that are not needed, too strong a one loses classes."""
    checks: list[Check] = []
    for classes in plan.extremes:
        weak = plan.synthetic("categorical", classes, l2=WEAK)
        checks.append(
            Check(
                of=f"N = {classes}, L2 {WEAK:g}",
                what="participation ratio of the visited states above N - 1",
                path=VISITED,
                samples=tuple((one,) for one in weak),
                value=off(VISITED, classes - 1),
                low=ALLOWED,
            )
        )
        strong = plan.synthetic("categorical", classes, l2=STRONG)
        samples = tuple((one,) for one in strong)
        of = f"N = {classes}, L2 {STRONG:g}"
        if classes <= _KEPT_TO:
            checks.append(near(of, "participation ratio of the visited states", VISITED, samples, classes - 1))
        elif classes >= _LOST_FROM:
            checks.append(
                Check(
                    of=of,
                    what="participation ratio of the visited states above N - 1",
                    path=VISITED,
                    samples=samples,
                    value=off(VISITED, classes - 1),
                    high=-ALLOWED,
                    learned=False,
                )
            )
            milder = plan.synthetic("categorical", classes, l2=MODERATE[-1])
            checks.append(
                Check(
                    of=f"N = {classes}, L2 {MODERATE[-1]:g} against {STRONG:g}",
                    what="accuracy lost to the stronger penalty",
                    path="accuracy.test",
                    samples=tuple(zip(milder, strong, strict=True)),
                    value=less("accuracy.test"),
                    low=0.0,
                    learned=False,
                )
            )
    return Claim(
        number="C2",
        statement="Too weak a penalty leaves dimensions that are not needed; too strong a one loses whole classes, and "
        "dimension and accuracy with them.",
        source=f"{PAPER}: at N = 8, 8.2 dimensions at L2 1e-5 and 6.05 at 1e-2",
        measured="The same participation ratio at L2 1e-5 and 1e-2, and the accuracy at 1e-2 against 5e-3.",
        refuted_if="At 1e-5 the interval lies below N - 1 + 0.2; or at 1e-2, with eight classes or more, it lies above "
        "N - 1.2 or no accuracy is lost; or, with five classes or fewer, it lies further than 0.2 from N - 1.",
        checks=tuple(checks),
    )


def simplex(plan: Plan) -> Claim:
    """C3: the N - 1 dimensions are those of a simplex, with a class at each corner."""
    checks: list[Check] = []
    for classes in plan.classes:
        if classes < 3:
            # Two readouts have no other choice than to point apart.
            continue
        samples = tuple((one,) for one in plan.synthetic("categorical", classes, l2=MODERATE[0]))
        of = f"N = {classes}, L2 {MODERATE[0]:g}"
        checks += [
            Check(
                of=of,
                what=f"mean angle between readouts less {simplex_angle(classes):.1f} degrees",
                path="readouts.angles",
                samples=samples,
                value=angle_error(simplex_angle(classes)),
                low=-DEGREES,
                high=DEGREES,
            ),
            Check(
                of=of,
                what="least share of a readout that lies in the span of the others",
                path="shape.readouts.in_span",
                samples=samples,
                value=least_at("shape.readouts.in_span"),
                low=0.999,
            ),
            Check(
                of=of,
                what="how often random corners fit a simplex as well",
                path="shape.figures.fits.simplex.p",
                samples=samples,
                value=number_at("shape.figures.fits.simplex.p"),
                high=0.05,
            ),
            Check(
                of=of,
                what="greatest distance of an angle between the moves of words for two classes from "
                f"{simplex_angle(classes):.1f} degrees",
                path="beyond.deflections.error",
                samples=samples,
                value=number_at("beyond.deflections.error"),
                high=WORD_DEGREES,
            ),
            Check(
                of=of,
                what="move of the neutral word beside that of the others, in N - 1 components",
                path="beyond.deflections.neutral",
                samples=samples,
                value=number_at("beyond.deflections.neutral"),
                high=NEUTRAL,
            ),
            Check(
                of=of,
                what="share of the simplex's faces that are fixed points or ghosts",
                path="shape.faces.realised",
                samples=samples,
                value=ratio("shape.faces.realised", "shape.faces.possible"),
            ),
        ]
        if classes == 3:
            checks += [
                Check(
                    of=of,
                    what=f"{which} angle between the borders of the three classes, degrees",
                    path=f"beyond.borders.{which}",
                    samples=samples,
                    value=number_at(f"beyond.borders.{which}"),
                )
                for which in ("least", "greatest")
            ]
    for held in ("mean", "zero"):
        checks.append(
            Check(
                of=f"all networks, {held} input",
                what="share of networks whose indices add up to +1",
                path=f"fixed_points.{held}.audit.sum",
                samples=(),
                value=equals(f"fixed_points.{held}.audit.sum", 1),
                low=0.95,
                share=True,
                gathers=True,
                learned=False,
            )
        )
    return Claim(
        number="C3",
        statement="The surface that states move on is a simplex: each class has a corner, and its readout points "
        "there.",
        source=f"{PAPER}: angles of 119.2 to 120.8 degrees, 0.99997 of a readout in the span of the others",
        measured="Angles between the readouts against arccos(-1/(N - 1)), and how much of each lies in the span of the "
        "others; how well a simplex fits the corners of the classes, beside random corners; the angles between the "
        "mean moves of words for different classes in the N - 1 leading components, and how far the neutral word moves "
        "the state there; how many of the simplex's faces are fixed points or ghosts; of three classes the angles at "
        "which their borders meet; and over all networks of the ledger the sum of the indices of the fixed points.",
        refuted_if="For one number of classes from three on, the interval of the mean angle lies further than 2 "
        "degrees from that of the simplex, that of the least share in the span lies below 0.999, or random corners fit "
        "as well more often than once in 20 times; the interval of the greatest distance of an angle between the moves "
        "from that of the simplex lies above 12 degrees, or the neutral word moves the state more than a tenth as far "
        "as the others; or the indices add up to +1 in fewer than 95 % of all networks. The share of the faces and the "
        "borders are told: no source gives them a bound.",
        checks=tuple(checks),
    )


def slow_modes(plan: Plan) -> Claim:
    """C5: what a network keeps, it keeps in N - 1 slow modes."""
    checks: list[Check] = []
    for classes in plan.classes:
        samples = tuple((one,) for one in plan.synthetic("categorical", classes, l2=MODERATE[0]))
        of = f"N = {classes}, L2 {MODERATE[0]:g}"
        checks += [
            Check(
                of=of,
                what="modes before the widest gap in time constant",
                path="modes.before_gap",
                samples=samples,
                value=number_at("modes.before_gap"),
                low=classes - 1,
                high=classes - 1,
            ),
            Check(
                of=of,
                what="modes at or above the document length",
                path="modes.at_or_above_length",
                samples=samples,
                value=number_at("modes.at_or_above_length"),
            ),
        ]
    return Claim(
        number="C5",
        statement="On the slow manifold N - 1 modes are slow, and a gap parts them from all others.",
        source=f"{PAPER}: figures of spectra",
        measured="Modes before the widest gap in time constant, median over the slow manifold at the mean word.",
        refuted_if="For one number of classes, the interval of the count does not hold N - 1. The count of modes at or "
        "above the document length is told beside it.",
        checks=tuple(checks),
    )


def faded(plan: Plan) -> Claim:
    """C17: under a penalty that nothing withstands, what is left of a network is its gates."""
    checks: list[Check] = []
    for cell in plan.cells:
        if cell == "vanilla":
            # It has no gates.
            continue
        samples = tuple((one,) for one in plan.synthetic("categorical", 3, l2=1.0, cell=cell))
        checks += [
            Check(
                of=f"{cell}, L2 1",
                what="distance of the spectrum from that of the trained gate biases alone, the greatest of any mode",
                path="beyond.gates.distance",
                samples=samples,
                value=number_at("beyond.gates.distance"),
                high=0.05,
                learned=False,
            ),
            Check(
                of=f"{cell}, L2 1",
                what="modes at or above the document length",
                path="modes.at_or_above_length",
                samples=samples,
                value=number_at("modes.at_or_above_length"),
                high=0,
                learned=False,
            ),
        ]
    return Claim(
        number="C17",
        statement="A very strong penalty leaves a network of dimension zero, whose spectrum is the sigmoids of its "
        "trained gate biases.",
        source=f"{PAPER}: eigenvalues at 0.73 and 0 for LSTM, at 0.50 and up to 0.55 for GRU and UGRNN, hence the 0.05",
        measured="The eigenvalues at the fixed point at the mean word against those of the same cell without weights.",
        refuted_if="For one cell, the interval of the greatest distance lies above 0.05, or a mode is as slow as a "
        "document is long.",
        checks=tuple(checks),
    )
