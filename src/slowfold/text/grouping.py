"""Classes chosen, joined and renamed: what becomes of the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int64

from slowfold.errors import DataError, OptionError
from slowfold.text.names import near_names, quoted

__all__ = ["group_positions", "regroup_labels"]

# The stream of its own that a seed has here, beside those of splitting, taking and shuffling.
_NEITHER = 4


def group_positions(
    groups: Mapping[str, Sequence[str]], class_names: Sequence[str], *, ordered: bool, where: str
) -> dict[str, tuple[int, ...]]:
    """The classes of each group by their positions, the groups in the order in which they are to be numbered.

    Args:
        groups: The classes that each new class consists of.
        class_names: The names of the classes that there are.
        ordered: The classes stand in their order: so do the groups then, whatever order they are named in.
        where: Where the classes come from, for the messages.

    Raises:
        DataError: A class is unknown (near names are listed) or in two groups, a group is empty, or groups of ordered
            classes interleave.

    Example:
        >>> stars = ("1", "2", "3", "4", "5")
        >>> group_positions({"good": ["4", "5"], "bad": ["1", "2"]}, stars, ordered=True, where="reviews")
        {'bad': (0, 1), 'good': (3, 4)}
    """
    group_of: dict[str, str] = {}
    for group, names in groups.items():
        if isinstance(names, str) or not names:
            raise DataError(f"the group {quoted(group)} has no classes", where=where, cure="list the classes it joins")
        for name in names:
            if name not in class_names:
                raise DataError(f"no class is named {quoted(name)}", where=where, cure=near_names(name, class_names))
            if name in group_of:
                raise DataError(
                    f"the class {quoted(name)} is asked for twice ({quoted(group_of[name])}, {quoted(group)})",
                    where=where,
                    cure="name each class once",
                )
            group_of[name] = group
    positions = {group: tuple(sorted(class_names.index(name) for name in names)) for group, names in groups.items()}
    if not ordered:
        return positions
    sequence = sorted(positions, key=lambda group: positions[group][0])
    for lower, upper in pairwise(sequence):
        if positions[lower][-1] > positions[upper][0]:
            raise DataError(
                f"the groups {quoted(lower)} and {quoted(upper)} interleave, and the classes are ordered",
                where=where,
                cure="join neighbours, or take the classes as categorical",
            )
    return {group: positions[group] for group in sequence}


def regroup_labels(
    labels: Int64[np.ndarray, " document"] | Bool[np.ndarray, "document label"],
    positions: Sequence[tuple[int, ...]],
    *,
    neither: float,
    seed: int,
) -> tuple[Int64[np.ndarray, " kept"], Int64[np.ndarray, " kept"] | Bool[np.ndarray, "kept group"]]:
    """Which documents are kept, and their labels among the groups.

    Args:
        labels: The class of each document, [document], or which labels each has, [document, label].
        positions: The classes of each group, as :func:`group_positions` gives them.
        neither: With several labels a document, the share of the documents in no group that is kept, without labels;
            with one class a document, no such document is kept.
        seed: Draws which of these documents; each is drawn for itself.

    Returns:
        The positions of the documents kept, rising, and their labels: the group of each, or which groups each is in.

    Raises:
        OptionError: ``neither`` is not between 0 and 1.

    Example:
        >>> kept, labels = regroup_labels(np.array([0, 4, 2, 1]), [(0, 1), (3, 4)], neither=1.0, seed=0)
        >>> kept.tolist(), labels.tolist()
        ([0, 1, 3], [0, 1, 0])
    """
    if not 0 <= neither <= 1:
        raise OptionError(f"a share of {neither}", where="neither", cure="give a share from 0 to 1")
    if labels.ndim == 2:
        joined = np.column_stack([labels[:, list(group)].any(axis=1) for group in positions])
        drawn = np.random.default_rng([seed, _NEITHER]).random(len(labels)) < neither
        kept = np.flatnonzero(joined.any(axis=1) | drawn)
        return kept, joined[kept]
    group_of = np.full(int(max(max(group) for group in positions)) + 1, -1, dtype=np.int64)
    for position, group in enumerate(positions):
        group_of[list(group)] = position
    # A class beyond the last one in any group is in none.
    group = np.where(labels < len(group_of), group_of[np.minimum(labels, len(group_of) - 1)], -1)
    kept = np.flatnonzero(group >= 0)
    return kept, group[kept]
