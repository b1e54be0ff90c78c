"""What a figure shows, in words: for those who do not see it, and for those who want to be told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Float64

from slowfold.report.scene import Distinct
from slowfold.report.wording import MINUS, listed, number, percent, plural

__all__ = ["tell_decision", "tell_hold", "tell_path", "tell_plane"]

# Nearer than this share of the way, the state has arrived as far as the eye can tell.
_ARRIVED = 0.05
# So many labels are named one by one.
_NAMED = 4

_SORTS = {"stable": "a stable point", "saddle": "a saddle", "degenerate": "a degenerate point", "ghost": "a ghost"}


def tell_decision(names: Sequence[str], probabilities: Float64[np.ndarray, " class"], *, several: bool) -> str:
    r"""What is decided, and how surely.

    Args:
        names: The classes.
        probabilities: Of each.
        several: Whether a document may have several of them.

    Example:
        >>> tell_decision(("World", "Sports"), np.array([0.93, 0.07]), several=False)
        'World, 93\xa0%'
        >>> tell_decision(("joy", "love"), np.array([0.93, 0.72]), several=True)
        'joy, 93\xa0%, and love, 72\xa0%'
        >>> tell_decision(("joy", "love"), np.array([0.3, 0.2]), several=True)
        'none of the labels; the nearest is joy, 30\xa0%'
    """
    order = np.argsort(-probabilities, kind="stable").tolist()

    def told(label: int) -> str:
        return f"{names[label]}, {percent(float(probabilities[label]), 0)}"

    if not several:
        return told(order[0])
    for_them = [label for label in order if probabilities[label] > 0.5]
    if not for_them:
        return f"none of the labels; the nearest is {told(order[0])}"
    parts = [told(label) for label in for_them[:_NAMED]]
    if len(for_them) > _NAMED:
        parts.append(f"{len(for_them) - _NAMED} more")
    return ", and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def tell_plane(shares: Float64[np.ndarray, " component"] | Float32[np.ndarray, " component"], *, several: bool) -> str:
    r"""What the coloured regions of the plane are, and what they leave out.

    Args:
        shares: Of the variance of the visited states, the greatest first.
        several: Whether a document may have several labels.

    Example:
        >>> print(tell_plane(np.array([0.6, 0.2, 0.2]), several=False).replace("\xa0", " "))
        Coloured: the class with the most evidence on the plane itself, which holds 80 % of the variance;
        a state off it can be decided otherwise.
    """
    who = "each label with more evidence for it than against it" if several else "the class with the most evidence"
    held = percent(float(shares[:2].sum()), 0)
    return (
        f"Coloured: {who} on the plane itself, which holds {held} of the variance; "
        "a state off it can be decided otherwise."
    )


def tell_path(
    names: Sequence[str],
    words: Sequence[str],
    path: Float64[np.ndarray, "state component"],
    left: Float64[np.ndarray, "word class"],
    deciding: Sequence[int],
) -> str:
    """Where a text leads.

    Args:
        names: What can be decided.
        words: The words, [word].
        path: The initial state and the state after each word, on components, [word + 1, component].
        left: The evidence of each word at the end, [word, class].
        deciding: What would be decided, the initial state first, [word + 1].

    Example:
        >>> path = np.array([[0.0, 0.0], [1.0, 0.0], [1.5, 2.0]])
        >>> left = np.array([[0.1, -0.1], [-2.0, 2.0]])
        >>> print(tell_path(("no", "yes"), ("quite", "good"), path, left, (0, 0, 1)))
        2 words lead to (1.5, 2) on the first two components, where “yes” is decided, as it is since word 2, “good”.
        Most of what is left at the end comes from “good”.
    """
    end = deciding[-1]
    since = len(deciding) - 1
    while since > 0 and deciding[since - 1] == end:
        since -= 1
    where = f"({', '.join(number(float(value), 2).replace('-', MINUS) for value in path[-1, :2])})"
    when = f"word {since}, “{words[since - 1]}”" if since else "the beginning"
    sizes = np.abs(left).max(axis=1)
    most = list(dict.fromkeys(words[row] for row in np.argsort(-sizes, kind="stable")[: max(1, len(words) // 3)][:3]))
    lead = f"{plural(len(words), 'word')} {'leads' if len(words) == 1 else 'lead'}"
    return (
        f"{lead} to {where} on the first two components, "
        f"where “{names[end]}” is decided, as it is since {when}. "
        f"Most of what is left at the end comes from {listed([f'“{word}”' for word in most])}."
    )


def tell_hold(
    held: str,
    names: Sequence[str],
    points: Distinct,
    away: Float64[np.ndarray, "step point"],
    probabilities: Float64[np.ndarray, "step class"],
    *,
    several: bool,
) -> tuple[str, ...]:
    """Where the network is after each step with the input held.

    Args:
        held: The input held: ``"mean"`` or ``"zero"``.
        names: The classes.
        points: The fixed points and ghosts at that input.
        away: How far each is, in all units, the state before the first step first, [step + 1, point].
        probabilities: What would be decided, [step + 1, class].
        several: Whether a document may have several labels.
    """
    told: list[str] = []
    for step in range(len(probabilities)):
        decided = tell_decision(names, probabilities[step], several=several)
        begin = f"After {plural(step, 'step')} of the {held} input" if step else "Before any step"
        told.append(f"{begin}: {decided}{_near(points, away, step)}.")
    return tuple(told)


def _near(points: Distinct, away: Float64[np.ndarray, "step point"], step: int) -> str:
    if not len(points):
        return ""
    nearest = int(away[step].argmin())
    distance, began = float(away[step, nearest]), float(away[0, nearest])
    what = _SORTS[points.sort[nearest]]
    if distance <= _ARRIVED * max(began, 1e-12):
        return f"; it has arrived at {what}"
    return f"; the nearest fixed point or ghost is {what}, {number(distance, 2)} away in all units"
