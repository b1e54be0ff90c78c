"""The claims about natural texts: the same figures as of synthetic ones, where words and classes are people's own."""

from __future__ import annotations

from slowfold.study.claims.claim import Check, Claim
from slowfold.study.claims.figures import less, number_at, share_in_first
from slowfold.study.claims.plan import Plan
from slowfold.study.claims.rules import HELD, PAPER
from slowfold.study.experiment import Experiment

__all__ = ["binary_sentiment", "natural_categorical", "natural_labels", "natural_ordered"]

_NO_TEXTS = "natural texts are read at the full scale only"

_TOPICS = (
    *("Company", "EducationalInstitution", "Artist", "Athlete", "OfficeHolder", "MeanOfTransportation", "Building"),
    *("NaturalPlace", "Village", "Animal", "Plant", "Album", "Film", "WrittenWork"),
)
_OPPOSED_STARS = "negative=1 star+2 stars,positive=4 stars+5 stars"
_OPPOSED_WORDS = "negative=very negative+negative,positive=positive+very positive"


def natural_categorical(plan: Plan) -> Claim:
    """C4: topics are kept apart in N - 1 dimensions, as synthetic classes are."""
    checks: list[Check] = []
    for name, kept, count in (
        ("ag_news", None, 4),
        ("ag_news", "World,Sports,Business", 3),
        *(("dbpedia_14", ",".join(_TOPICS[:count]), count) for count in (2, 4, 6, 10, 14)),
    ):
        checks += _fills(f"{name}, {count} classes", plan.reading(name, kept), count - 1)
    return Claim(
        number="C4",
        statement="Of N topics a network keeps N - 1 numbers on natural texts, too.",
        source=f"{PAPER}: N - 1 directions carry about 95 % of the variance of the states",
        measured="The share of the variance of the visited states in the first N - 1 and in the first N - 2 "
        "components.",
        refuted_if="For one set and one number of classes, the interval of the share in N - 1 components lies below "
        "0.95, or that in N - 2 at or above it.",
        checks=tuple(checks),
        absent=None if checks else _NO_TEXTS,
    )


def natural_ordered(plan: Plan) -> Claim:
    """C7: stars and degrees of praise are kept in a plane, in their order."""
    checks: list[Check] = []
    sets = (
        ("yelp5", None, "yelp5, 5 classes"),
        ("yelp5", "1 star,3 stars,5 stars", "yelp5, 3 classes"),
        ("yelp5", _OPPOSED_STARS, "yelp5, 2 classes"),
        ("sst5", None, "sst5, 5 classes"),
        ("amazon_multi_domain", None, "amazon_multi_domain, 4 classes"),
    )
    for name, kept, of in sets:
        networks = plan.reading(name, kept, ordered=True)
        samples = tuple((one,) for one in networks)
        if not samples:
            continue
        checks += [
            Check(
                of=of,
                what="directions that hold 90 % of the variance of the visited states",
                path="dimension.visited.for_90",
                samples=samples,
                value=number_at("dimension.visited.for_90"),
                high=2,
            ),
            Check(
                of=of,
                what="participation ratio of the final states",
                path="dimension.final.participation_ratio",
                samples=samples,
                value=number_at("dimension.final.participation_ratio"),
            ),
        ]
        if "2 classes" not in of:
            checks.append(
                Check(
                    of=of,
                    what="rank correlation of the classes with their places along the arc",
                    path="shape.arc.rank_correlation",
                    samples=samples,
                    value=number_at("shape.arc.rank_correlation"),
                    low=1.0,
                )
            )
        if name == "yelp5" and kept is None:
            checks.append(
                Check(
                    of=of,
                    what="angle at which okay moves the state to the line from horrible to excellent, degrees",
                    path="beyond.middle.angle",
                    samples=samples,
                    value=number_at("beyond.middle.angle"),
                )
            )
    return Claim(
        number="C7",
        statement="Ordered classes of natural texts are kept in two dimensions or fewer, in their order along an arc.",
        source=f"{PAPER}: five stars in two components that hold 0.97 and more",
        measured="How many directions hold 90 % of the variance of the visited states; the order of the classes along "
        "the arc of their mean final states; of five stars, how okay moves the state in the plane of two components.",
        refuted_if="For one set, the interval of the directions lies above 2, or that of the rank correlation below 1. "
        "The angle of okay is told: the paper has a figure of it, and no number.",
        checks=tuple(checks),
        absent=None if checks else _NO_TEXTS,
    )


def natural_labels(plan: Plan) -> Claim:
    """C9: emotions that come and go independently have an axis each."""
    checks: list[Check] = []
    for kept in ("admiration,gratitude", "love,anger", "admiration,gratitude,approval", "admiration,love,anger"):
        count = len(kept.split(","))
        checks += _fills(f"goemotions, {kept}", plan.reading("goemotions", kept), count)
    return Claim(
        number="C9",
        statement="Two or three emotions of natural texts have an axis each.",
        source=f"{PAPER}: two and three labels of GoEmotions; the 95 % as for topics",
        measured="The share of the variance of the visited states in as many components as there are labels, and in "
        "one less.",
        refuted_if="For one set of labels, the interval of the share in as many components lies below 0.95, or that in "
        "one less at or above it.",
        checks=tuple(checks),
        absent=None if checks else _NO_TEXTS,
    )


def binary_sentiment(plan: Plan) -> Claim:
    """C16: whether a text is for or against is kept on a line."""
    checks: list[Check] = []
    for name, kept, of in (
        ("imdb", None, "imdb"),
        ("yelp5", _OPPOSED_STARS, "yelp5, 2 classes"),
        ("sst5", _OPPOSED_WORDS, "sst5, 2 classes"),
    ):
        samples = tuple((one,) for one in plan.reading(name, kept))
        if not samples:
            continue
        checks += [
            Check(
                of=of,
                what="share of variance in the first component of the visited states",
                path="dimension.visited.shares",
                samples=samples,
                value=share_in_first(1),
                low=HELD,
            ),
            Check(
                of=of,
                what="modes before the widest gap in time constant",
                path="modes.before_gap",
                samples=samples,
                value=number_at("modes.before_gap"),
                low=1,
                high=1,
            ),
            Check(
                of=of,
                what="accuracy lost to shuffled words",
                path="accuracy.shuffled_words",
                samples=samples,
                value=less("accuracy.test", "accuracy.shuffled_words"),
            ),
        ]
    return Claim(
        number="C16",
        statement="A network that tells for from against keeps one number, along a line attractor.",
        source="Maheswaranathan et al., NeurIPS 2019, and the paper; the 95 % as for topics",
        measured="The share of the variance of the visited states in the first component; the modes before the widest "
        "gap in time constant.",
        refuted_if="For one set, the interval of the share lies below 0.95, or that of the count does not hold 1.",
        checks=tuple(checks),
        absent=None if checks else _NO_TEXTS,
    )


def _fills(of: str, networks: tuple[Experiment, ...], dimensions: int) -> list[Check]:
    """That so many components hold what is meant by a dimension, and one less do not."""
    if not networks:
        return []
    samples = tuple((one,) for one in networks)
    checks = [
        Check(
            of=of,
            what=f"share of variance in the first {dimensions} components of the visited states",
            path="dimension.visited.shares",
            samples=samples,
            value=share_in_first(dimensions),
            low=HELD,
        ),
        Check(
            of=of,
            what="participation ratio of the final states",
            path="dimension.final.participation_ratio",
            samples=samples,
            value=number_at("dimension.final.participation_ratio"),
        ),
    ]
    if dimensions > 1:
        checks.append(
            Check(
                of=of,
                what=f"share of variance in the first {dimensions - 1} components of the visited states",
                path="dimension.visited.shares",
                samples=samples,
                value=share_in_first(dimensions - 1),
                high=HELD,
            )
        )
    return checks
