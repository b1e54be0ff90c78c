"""The list of the claims, C1 to C21, each with its checks at the scale that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slowfold.errors import OptionError
from slowfold.study.claims import across, natural, simplices, structured
from slowfold.study.claims.claim import Claim
from slowfold.study.claims.plan import Plan
from slowfold.text import near_names

__all__ = ["CLAIMS", "claims_of"]

CLAIMS: dict[str, Callable[[Plan], Claim]] = {
    "C1": simplices.categorical,
    "C2": simplices.extreme_penalties,
    "C3": simplices.simplex,
    "C4": natural.natural_categorical,
    "C5": simplices.slow_modes,
    "C6": structured.ordered,
    "C7": natural.natural_ordered,
    "C8": structured.independent_labels,
    "C9": natural.natural_labels,
    "C10": structured.unbalanced_labels,
    "C11": structured.interpolated,
    "C12": structured.correlated_classes,
    "C13": across.prediction,
    "C14": across.universality,
    "C15": across.stability,
    "C16": natural.binary_sentiment,
    "C17": simplices.faded,
    "C18": structured.context_words,
    "C19": across.estimators,
    "C20": across.contextual_processing,
    "C21": across.during_training,
}
"""What makes each claim for a plan, by number."""


def claims_of(plan: Plan, numbers: Sequence[str] = ()) -> tuple[Claim, ...]:
    """The claims at the scale of a plan.

    Args:
        plan: The scale.
        numbers: Which ones, such as ``("C1", "C4")``, each told once; all unless given.

    Raises:
        OptionError: There is no such claim.

    Example:
        >>> from slowfold.study.claims.plan import SMALL
        >>> [claim.number for claim in claims_of(SMALL, ("C2", "C1", "C2"))], len(claims_of(SMALL))
        (['C2', 'C1'], 21)
    """
    for number in numbers:
        if number not in CLAIMS:
            raise OptionError(f"there is no {number!r}", where="--claims", cure=near_names(number, list(CLAIMS)))
    return tuple(CLAIMS[number](plan) for number in dict.fromkeys(numbers or CLAIMS))
