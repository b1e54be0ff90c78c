"""The claims about all networks alike: what foretells them, what cells share, how they are measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from slowfold.study.claims.claim import Check, Claim, Summary
from slowfold.study.claims.figures import Figure, at, entry_of, number_at, off
from slowfold.study.claims.plan import Plan
from slowfold.study.claims.rules import ALLOWED, PAPER, VISITED

__all__ = [
    "PREDICTORS",
    "contextual_processing",
    "during_training",
    "estimators",
    "prediction",
    "stability",
    "universality",
]

_L2 = 5e-4
# The penalty at which each cell settles, from 5e-4 to 5e-3 as in C1.
_USUAL = {"gru": 5e-4, "lstm": 5e-4, "ugrnn": 2e-3, "vanilla": 1e-3}
# Words of a phrase of the synthetic languages.
_LENGTH = 50

PREDICTORS = {
    "documents": "evidence of whole documents",
    "evidence": "evidence of words",
    "frequency": "word frequencies",
}
"""What foretells the dimension from counts alone, and what it is called."""


def prediction(plan: Plan) -> Claim:  # noqa: ARG001 - it is about the networks of all others
    """C13: the counts of words foretell the dimension, before any network is trained."""
    measured = "dimension.final.participation_ratio"
    checks: list[Check] = []
    for name, called in PREDICTORS.items():
        path = f"dimension.predicted.{name}.participation_ratio"
        checks += [
            Check(
                of=called,
                what="share of the differences among participation ratios of final states that was foretold (R "
                "squared)",
                path=path,
                samples=(),
                value=number_at(measured),
                foretold=number_at(path),
                low=0.0 if name == "documents" else None,
                gathers=True,
            ),
            Check(
                of=called,
                what="mean distance of what was foretold from what was measured",
                path=path,
                samples=(),
                value=_distance(measured, path),
                gathers=True,
            ),
        ]
    return Claim(
        number="C13",
        statement="The counts of words in the training documents foretell how many dimensions a network will use.",
        source=f"{PAPER}: the dimension of class-averaged word counts",
        measured="Participation ratio of the final states of all networks of the ledger that have learned, against "
        "three predictions from counts. Judged is the one by the evidence of whole documents, chosen beforehand.",
        refuted_if="The interval of R squared lies below 0: the mean of all networks would have foretold as well.",
        checks=tuple(checks),
    )


def universality(plan: Plan) -> Claim:
    """C14: every cell finds the same figures."""
    checks: list[Check] = []
    for cell in plan.cells:
        own = plan.of_cell(cell)
        for task, counts, offset in (("categorical", plan.alike, -1), ("multilabel", (2, 3), 0)):
            samples = tuple(
                (one,) for count in counts for one in own.synthetic(task, count, cell=cell, l2=_USUAL[cell])
            )
            checks.append(
                Check(
                    of=f"{cell}, {task}, {', '.join(map(str, counts))}",
                    what="participation ratio of the visited states less what the task asks for",
                    path=VISITED,
                    samples=samples,
                    value=_beyond_asked(offset),
                    low=-ALLOWED,
                    high=ALLOWED,
                )
            )
        for name, kept, most in (("ag_news", None, 3), ("yelp5", None, 2)):
            networks = own.reading(name, kept, cell=cell, **({"ordered": True} if name == "yelp5" else {}))
            if networks:
                checks.append(
                    Check(
                        of=f"{cell}, {name}",
                        what="directions that hold 90 % of the variance of the visited states",
                        path="dimension.visited.for_90",
                        samples=tuple((one,) for one in networks),
                        value=number_at("dimension.visited.for_90"),
                        high=most,
                    )
                )
    return Claim(
        number="C14",
        statement="The figures do not depend on the cell: vanilla, UGRNN, GRU and LSTM find the same.",
        source=f"{PAPER}: the same mechanism across architectures",
        measured="What C1 and C8 measure, for each cell at its own usual penalty; the differences from what each task "
        "asks for are pooled over numbers of classes and seeds. On natural texts the directions that hold 90 %.",
        refuted_if="For one cell, the interval of the mean difference lies further than 0.2 from 0, or that of the "
        "directions above 3 for four topics or above 2 for stars.",
        checks=tuple(checks),
    )


def stability(plan: Plan) -> Claim:
    """C15: along the surface nothing is forgotten, across it everything is."""
    checks: list[Check] = []
    for classes in plan.classes:
        samples = tuple((one,) for one in plan.synthetic("categorical", classes, l2=_L2))
        of = f"N = {classes}, L2 {_L2:g}"
        checks += [
            Check(
                of=of,
                what="modes at or above the document length",
                path="modes.at_or_above_length",
                samples=samples,
                value=number_at("modes.at_or_above_length"),
                low=classes - 1,
            ),
            Check(
                of=of,
                what=f"time constant of mode {classes}, the first across the surface, tokens",
                path="modes.time_constants",
                samples=samples,
                value=entry_of("modes.time_constants", classes - 1),
                high=_LENGTH,
            ),
        ]
    return Claim(
        number="C15",
        statement="Along the surface states stay where they are for as long as a document lasts; across it they return "
        "within a few words.",
        source=f"{PAPER}: for three classes two modes with time constants of the document length and more",
        measured="Time constants on the slow manifold at the mean word, medians by rank.",
        refuted_if="For one number of classes, the interval of the modes at or above the document length lies below "
        "N - 1, or that of the time constant of the mode after them above the document length.",
        checks=tuple(checks),
    )


def estimators(plan: Plan) -> Claim:
    """C19: of all estimators those that rest on components alone find N - 1."""
    classes = max(plan.classes)
    samples = tuple((one,) for one in plan.synthetic("categorical", classes, l2=_L2))
    checks = [
        Check(
            of=f"N = {classes}, L2 {_L2:g}",
            what=f"distance of the {called} of the visited states from N - 1",
            path=path,
            samples=samples,
            value=_size(off(path, classes - 1)),
            low=low,
            high=high,
        )
        for called, path, low, high in (
            ("participation ratio", "shape.estimates.visited.participation_ratio", None, ALLOWED),
            ("Levina-Bickel dimension of 10 neighbours", "shape.estimates.visited.levina_bickel.10", ALLOWED, None),
            ("Levina-Bickel dimension of 50 neighbours", "shape.estimates.visited.levina_bickel.50", None, None),
            ("Levina-Bickel dimension of 100 neighbours", "shape.estimates.visited.levina_bickel.100", ALLOWED, None),
            ("local dimension", "shape.estimates.visited.local", ALLOWED, None),
            ("correlation dimension", "shape.estimates.visited.correlation", ALLOWED, None),
        )
    ]
    return Claim(
        number="C19",
        statement="Where there are many classes, only estimators that rest on principal components find N - 1.",
        source=f"{PAPER}: at N = 10 neighbours give 4.9 to 6.3 and correlations 2.8, components 9.15",
        measured="The estimators of the paper on the visited states, at the greatest number of classes.",
        refuted_if="The participation ratio is further than 0.2 from N - 1, or one of the others nearer; that of 50 "
        "neighbours is told.",
        checks=tuple(checks),
    )


def contextual_processing(plan: Plan) -> Claim:
    """C20: a network turns round what follows a not."""
    samples = tuple((one,) for one in plan.synthetic("contextual", 3, l2=2e-4, steps=plan.steps or 3_000))
    checks = [
        Check(
            of="context words, 3 classes, L2 0.0002",
            what="least factor by which a modifier changes what follows",
            path="context.modifiers",
            samples=samples,
            value=_factor(min),
            low=-1 - ALLOWED,
            high=-1 + ALLOWED,
        ),
        Check(
            of="context words, 3 classes, L2 0.0002",
            what="greatest factor by which a modifier changes what follows",
            path="context.modifiers",
            samples=samples,
            value=_factor(max),
        ),
    ]
    stars = tuple((one,) for one in plan.reading("yelp5", None, ordered=True))
    if stars:
        checks.append(
            Check(
                of="yelp5, 5 classes",
                what="least factor by which a modifier changes what follows",
                path="context.modifiers",
                samples=stars,
                value=_factor(min),
                high=0.0,
            )
        )
    return Claim(
        number="C20",
        statement="After a not a network reads the words that follow the other way round.",
        source="Maheswaranathan and Sussillo, ICML 2020: a not turns good from 1 to -1",
        measured="The factor by which the strongest modifiers change what the words after them say.",
        refuted_if="The interval of the least factor lies further than 0.2 from -1 where the language turns words "
        "round, or above 0 on five stars. The greatest factor is told.",
        checks=tuple(checks),
    )


def during_training(plan: Plan) -> Claim:
    """C21: how the dimension comes about."""
    samples = tuple((one,) for one in plan.synthetic("categorical", 3, l2=_L2))
    of = f"N = 3, L2 {_L2:g}"
    told = (
        ("angle_on_plateau", "mean angle between readouts on the plateau, degrees"),
        ("dimension_on_plateau", "participation ratio of the visited states on the plateau"),
        ("greatest_dimension", "greatest participation ratio of the visited states during training"),
        ("dimension", "participation ratio of the visited states at the end"),
        ("angle_settled", "step from which on the mean angle stays within 2 degrees of its end"),
        ("dimension_settled", "step from which on the participation ratio stays within 0.2 of its end"),
    )
    return Claim(
        number="C21",
        statement="While a network learns, its readouts turn to the corners of the simplex, and its dimension settles "
        "at N - 1 last.",
        source=f"{PAPER}: readouts 90 to 105 degrees apart on the plateau of the loss, 120 after it",
        measured="Angles between the readouts when the loss has fallen by a tenth, and at the end; beside them the "
        "dimension, at looks that are a fifth more steps apart from one to the next.",
        refuted_if="The interval of what the mean angle gains from the plateau to the end lies below 0.",
        checks=(
            Check(
                of=of,
                what="mean angle between readouts at the end less that on the plateau, degrees",
                path="beyond.training.angle_gained",
                samples=samples,
                value=number_at("beyond.training.angle_gained"),
                low=0.0,
            ),
            *(
                Check(
                    of=of,
                    what=what,
                    path=f"beyond.training.{name}",
                    samples=samples,
                    value=number_at(f"beyond.training.{name}"),
                )
                for name, what in told
            ),
        ),
    )


def _distance(measured: str, foretold: str) -> Figure:
    def measure(entry: Sequence[Summary]) -> float | None:
        one, other = number_at(measured)(entry), number_at(foretold)(entry)
        return None if one is None or other is None else abs(one - other)

    return measure


def _beyond_asked(offset: int) -> Figure:
    """The dimension less the number of classes or labels of the network's own task, and less an offset."""

    def measure(entry: Sequence[Summary]) -> float | None:
        found = number_at(VISITED)(entry)
        return None if found is None else found - len(entry[0]["task"]["classes"]) - offset

    return measure


def _size(figure: Figure) -> Figure:
    def measure(entry: Sequence[Summary]) -> float | None:
        found = figure(entry)
        return None if found is None else abs(found)

    return measure


def _factor(choose: Callable[[Sequence[float]], float]) -> Figure:
    def measure(entry: Sequence[Summary]) -> float | None:
        listed = at(entry[0], "context.modifiers")
        if not isinstance(listed, list):
            return None
        modifiers = cast("list[dict[str, Any]]", listed)
        factors = [float(one["factor"]) for one in modifiers if one.get("factor") is not None]
        return choose(factors) if factors else None

    return measure
