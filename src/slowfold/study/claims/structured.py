"""The claims about classes that have to do with each other: orders, independent labels, shared words, context."""

from __future__ import annotations

from slowfold.study.claims.claim import Check, Claim
from slowfold.study.claims.figures import angle_error, less, number_at, share_in_first
from slowfold.study.claims.plan import Plan
from slowfold.study.claims.rules import ALLOWED, DEGREES, MODERATE, PAPER, STRONG, VISITED, near

__all__ = [
    "context_words",
    "correlated_classes",
    "independent_labels",
    "interpolated",
    "ordered",
    "unbalanced_labels",
]


def ordered(plan: Plan) -> Claim:
    """C6: ordered classes need one scalar, and a strong penalty brings the states down to the bent line of it."""
    checks: list[Check] = []
    for classes in (3, 5):
        mild, strong = (plan.synthetic("ordered", classes, l2=l2) for l2 in (1e-3, STRONG))
        samples = tuple((one,) for one in strong)
        checks += [
            Check(
                of=f"{classes} ordered classes, L2 0.001 against {STRONG:g}",
                what="participation ratio of the visited states lost to the stronger penalty",
                path=VISITED,
                samples=tuple(zip(mild, strong, strict=True)),
                value=less(VISITED),
                low=0.0,
            ),
            Check(
                of=f"{classes} ordered classes, L2 {STRONG:g}",
                what="share of variance in the first two components of the visited states",
                path="dimension.visited.shares",
                samples=samples,
                value=share_in_first(2),
                low=0.99,
            ),
            Check(
                of=f"{classes} ordered classes, L2 {STRONG:g}",
                what="rank correlation of the classes with their places along the arc",
                path="shape.arc.rank_correlation",
                samples=samples,
                value=number_at("shape.arc.rank_correlation"),
            ),
        ]
    plane = plan.synthetic("sentiment_plane", 5, l2=STRONG)
    checks.append(
        Check(
            of=f"two scores, five classes, L2 {STRONG:g}",
            what="participation ratio of the visited states",
            path=VISITED,
            samples=tuple((one,) for one in plane),
            value=number_at(VISITED),
        )
    )
    return Claim(
        number="C6",
        statement="Ordered classes are kept on a bent line in a plane: fewer dimensions than classes ask for that "
        "nothing orders, and the fewer the stronger the penalty.",
        source=f"{PAPER}: five ordered classes in 3.06 dimensions at L2 1e-3 and 2.03 at 1e-2, 0.99 in two components",
        measured="Participation ratio at L2 1e-3 against 1e-2, seed by seed; the share of two components at 1e-2.",
        refuted_if="The interval of what the stronger penalty takes lies below 0, or two components hold less than "
        "0.99 at 1e-2, for three or for five classes. The two-dimensional score and the order along the arc are told.",
        checks=tuple(checks),
    )


def independent_labels(plan: Plan) -> Claim:
    """C8: labels that have nothing to do with each other have an axis each."""
    checks: list[Check] = []
    for labels in (2, 3):
        samples = tuple((one,) for one in plan.synthetic("multilabel", labels, l2=MODERATE[0]))
        of = f"{labels} labels, L2 {MODERATE[0]:g}"
        checks += [
            near(of, "participation ratio of the visited states", VISITED, samples, labels),
            Check(
                of=of,
                what="mean angle between readouts less 90 degrees",
                path="readouts.angles",
                samples=samples,
                value=angle_error(90.0),
                low=-DEGREES,
                high=DEGREES,
            ),
            Check(
                of=of,
                what="misfit of a simplex to the corners less that of a cube",
                path="shape.figures.fits",
                samples=samples,
                value=less("shape.figures.fits.simplex.misfit", "shape.figures.fits.cube.misfit"),
                low=0.0,
            ),
        ]
    return Claim(
        number="C8",
        statement="Independent labels have an axis each: two make a square of the states, three a cube.",
        source=f"{PAPER}: 2.11 and 3.16 dimensions, readouts about 90 degrees apart",
        measured="Participation ratio of the visited states, angles between the readouts, and how well a cube and a "
        "simplex fit the corners, one for each combination of labels.",
        refuted_if="The interval of the participation ratio lies further than 0.2 from the number of labels; a simplex "
        "fits the corners better than a cube; or the interval of the mean angle lies further than 2 degrees from 90, "
        "which is what is asked of the simplex.",
        checks=tuple(checks),
    )


def unbalanced_labels(plan: Plan) -> Claim:
    """C10: where one combination of labels is nearly all there is, there is nearly one dimension."""
    even = plan.synthetic("multilabel", 2, l2=MODERATE[0])
    uneven = plan.synthetic("multilabel", 2, l2=MODERATE[0], shares="0.92,0.039,0.039,0.002")
    return Claim(
        number="C10",
        statement="Where nearly all documents have the same labels, the square shrinks to a line.",
        source=f"{PAPER}: two labels at 0.92/0.039/0.039/0.002 in 1.053 dimensions",
        measured="Participation ratio of the visited states, with labels balanced and so unbalanced, seed by seed.",
        refuted_if="The interval of the participation ratio lies further than 0.2 from 1.05, or balancing does not "
        "raise it.",
        checks=(
            Check(
                of="2 labels, 0.92/0.039/0.039/0.002",
                what="participation ratio of the visited states",
                path=VISITED,
                samples=tuple((one,) for one in uneven),
                value=number_at(VISITED),
                low=1.05 - ALLOWED,
                high=1.05 + ALLOWED,
            ),
            Check(
                of="2 labels, balanced against unbalanced",
                what="participation ratio lost to the imbalance",
                path=VISITED,
                samples=tuple(zip(even, uneven, strict=True)),
                value=less(VISITED),
                low=0.0,
            ),
        ),
    )


def interpolated(plan: Plan) -> Claim:
    """C11: the more of an order, the fewer dimensions."""
    checks: list[Check] = []
    for classes, orders in ((3, (0.1, 0.3, 1.0)), (5, (0.3, 1.0))):
        steps = [plan.synthetic("interpolated", classes, l2=MODERATE[0], order=order) for order in orders]
        free = plan.synthetic("categorical", classes, l2=MODERATE[0])
        pairs = [(free, steps[orders.index(0.3)], "no order against 0.3 of one")]
        pairs += [
            (less_of_it, more_of_it, f"{here:g} of an order against {there:g}")
            for less_of_it, more_of_it, here, there in zip([free, *steps], steps, [0.0, *orders], orders, strict=False)
            if (here, there) != (0.0, 0.3)
        ]
        checks += [
            Check(
                of=f"{classes} classes, {which}",
                what="participation ratio of the visited states lost to the order",
                path=VISITED,
                samples=tuple(zip(one, other, strict=True)),
                value=less(VISITED),
                low=0.0,
            )
            for one, other, which in pairs
        ]
    return Claim(
        number="C11",
        statement="Between classes that nothing orders and ordered ones the dimension falls step by step.",
        source=f"{PAPER}: 2.11 dimensions without order, 1.85 at 0.1 of one, 1.74 at 0.3",
        measured="Participation ratio of the visited states without an order and at 0.3 of one, seed by seed; and from "
        "step to step: of three classes at 0.1, 0.3 and 1, of five at 0.3 and 1.",
        refuted_if="The interval of what the order takes lies below 0, for three or for five classes, at 0.3 or from "
        "one step to the next.",
        checks=tuple(checks),
    )


def correlated_classes(plan: Plan) -> Claim:
    """C12: a network that is pressed keeps the dimensions that are needed, whatever the words seem to ask for."""
    pressed = 8e-2
    mild, strong = (plan.synthetic("edge_only", 3, l2=l2) for l2 in (MODERATE[0], pressed))
    free = plan.synthetic("categorical", 3, l2=MODERATE[0])
    together = plan.synthetic("correlated", 3, l2=MODERATE[0])
    return Claim(
        number="C12",
        statement="Three classes that one number tells apart are kept in one dimension, once a penalty presses; and "
        "classes that share words need less than classes that share none.",
        source=f"{PAPER}: edge-only classes in 1.51 dimensions at L2 5e-4 and 1.04 at 8e-2",
        measured="Participation ratio of the visited states at L2 5e-4 and 8e-2, and with and without shared words.",
        refuted_if="The interval at 8e-2 lies further than 0.2 from 1, or the stronger penalty or the shared words "
        "take nothing.",
        checks=(
            near(
                f"edge-only, L2 {pressed:g}",
                "participation ratio of the visited states",
                VISITED,
                tuple((one,) for one in strong),
                1,
            ),
            Check(
                of=f"edge-only, L2 {MODERATE[0]:g} against {pressed:g}",
                what="participation ratio lost to the stronger penalty",
                path=VISITED,
                samples=tuple(zip(mild, strong, strict=True)),
                value=less(VISITED),
                low=0.0,
            ),
            Check(
                of="no shared words against half of those of two classes",
                what="participation ratio lost to shared words",
                path=VISITED,
                samples=tuple(zip(free, together, strict=True)),
                value=less(VISITED),
                low=0.0,
            ),
        ),
    )


def context_words(plan: Plan) -> Claim:
    """C18, the synthetic half: the order of words counts where words change others, and nowhere else."""
    plain = plan.synthetic("categorical", 3, l2=MODERATE[0])
    edges = plan.synthetic("edge_only", 3, l2=MODERATE[0])
    context = plan.synthetic("contextual", 3, l2=2e-4, steps=plan.steps or 3_000)
    return Claim(
        number="C18",
        statement="Shuffled words are read as well where words only add up, and a bag of words does as well there; "
        "where words such as not change others, it does not.",
        source=f"{PAPER}: 98 % of shuffled phrases keep their class; a bag of words is stuck at 0.56 where the "
        "network reaches 0.975",
        measured="Accuracy on test documents, on the same with their words shuffled, and of a bag of words.",
        refuted_if="Shuffling costs three plain classes more than 0.04; a bag of words does worse than the network by "
        "more than 0.04 on edge-only data; or it does as well where words change others.",
        checks=(
            Check(
                of="N = 3",
                what="accuracy lost to shuffled words",
                path="accuracy.shuffled_words",
                samples=tuple((one,) for one in plain),
                value=less("accuracy.test", "accuracy.shuffled_words"),
                high=0.04,
            ),
            Check(
                of="edge-only",
                what="accuracy by which the network betters a bag of words",
                path="accuracy.bag_of_words",
                samples=tuple((one,) for one in edges),
                value=less("accuracy.test", "accuracy.bag_of_words"),
                high=0.04,
            ),
            Check(
                of="context words, 3 classes, L2 0.0002",
                what="accuracy by which the network betters a bag of words",
                path="accuracy.bag_of_words",
                samples=tuple((one,) for one in context),
                value=less("accuracy.test", "accuracy.bag_of_words"),
                low=0.0,
            ),
        ),
    )
