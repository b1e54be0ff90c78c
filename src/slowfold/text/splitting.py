"""Which documents to train on, to test on, or to look at: drawn so that every class keeps its share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int64

from slowfold.errors import DataError, OptionError
from slowfold.text.names import quoted

__all__ = ["balanced_draw", "stratified_split"]

# One seed decides several draws, which must not be one and the same: each has a stream of its own.
_SPLIT, _TAKE = 1, 2


def stratified_split(
    labels: Int64[np.ndarray, " document"] | Bool[np.ndarray, "document label"],
    class_names: Sequence[str],
    *,
    test: float,
    seed: int,
) -> tuple[Int64[np.ndarray, " train"], Int64[np.ndarray, " test"]]:
    """Which documents to train on and which to test on, so that both hold the same shares of the classes.

    With one class a document the shares are exact. Where documents have several labels, no split need hold the share of
    each, and the documents are divided label by label, the label with the fewest undecided documents first: of its
    undecided documents as many are to be tested on as it still lacks, drawn evenly over the combinations of labels.
    Documents without a label are divided last, by the same share.

    Args:
        labels: The class of each document, [document], or which labels each has, [document, label].
        class_names: The names of the classes, for the messages.
        test: The share of each class to test on; at least one document, and never all, unless several labels of a
            document contradict each other in that.
        seed: Draws which documents.

    Returns:
        The positions of the documents to train on and of those to test on, both rising.

    Raises:
        OptionError: ``test`` is not between 0 and 1.
        DataError: A class has a single document, or there is no document for one of the sides.

    Source:
        Sechidis, Tsoumakas and Vlahavas, On the stratification of multi-label data, ECML PKDD 2011, for several labels.

    Example:
        >>> train, test = stratified_split(np.array([0, 0, 1, 1, 1]), ("a", "b"), test=0.1, seed=0)
        >>> len(train), len(test)
        (3, 2)
    """
    if not 0 < test < 1:
        raise OptionError(f"a test share of {test}", where="test", cure="give a share between 0 and 1, such as 0.1")
    several = labels.ndim == 2
    counts = labels.sum(axis=0) if several else np.bincount(labels, minlength=len(class_names))
    if (counts == 1).any():
        lone = int(np.argmax(counts == 1))
        has_it = labels[:, lone] if several else labels == lone
        raise DataError(
            f"the class {quoted(class_names[lone])} has one document, and a split needs two",
            where=f"document {int(np.argmax(has_it))}",
            cure="add another, or leave the class out",
        )
    wanted = np.clip(np.rint(test * counts), 1, np.maximum(counts - 1, 1)).astype(np.int64)
    generator = np.random.default_rng([seed, _SPLIT])
    held_out = np.zeros(len(labels), dtype=np.bool_)
    if several:
        _hold_out_by_label(held_out, labels, wanted, test, generator)
    else:
        by_class, turn = _turns(labels, generator.permutation(len(labels)), counts)
        held_out[by_class[turn < np.repeat(wanted, counts)]] = True
    if held_out.all() or not held_out.any():
        raise DataError(
            f"{len(labels)} documents cannot be divided so that each label is on both sides",
            cure="add documents, or leave labels out",
        )
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def balanced_draw(
    labels: Int64[np.ndarray, " document"] | Bool[np.ndarray, "document label"], n: int, *, classes: int, seed: int
) -> Int64[np.ndarray, " drawn"]:
    """At most ``n`` documents, of each class as nearly the same number as there are.

    The classes take turns: each document drawn belongs to the class that has the fewest so far. A document of several
    labels counts for each of them, and the documents without a label are a class like any other.

    Args:
        labels: The class of each document, [document], or which labels each has, [document, label].
        n: The greatest number of documents.
        classes: The number of classes.
        seed: Draws which documents; none is drawn twice.

    Returns:
        The positions of the documents, rising.

    Raises:
        OptionError: ``n`` is below 1.

    Example:
        >>> drawn = balanced_draw(np.array([0, 0, 0, 0, 1, 1]), 4, classes=2, seed=0)
        >>> np.array([0, 0, 0, 0, 1, 1])[drawn].tolist()
        [0, 0, 1, 1]
    """
    if n < 1:
        raise OptionError(f"{n} is below 1", where="number of documents", cure="take 1 or more")
    order = np.random.default_rng([seed, _TAKE]).permutation(len(labels))
    if labels.ndim == 2:
        return np.sort(_draw_by_label(_with_none(labels), order, n))
    by_class, turn = _turns(labels, order, np.bincount(labels, minlength=classes))
    # All first documents, then all second ones, until n are taken or none is left.
    return np.sort(by_class[np.argsort(turn, kind="stable")[:n]])


def _turns(labels: np.ndarray, order: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The documents class by class, in the given order within each, and the place of each within its class."""
    by_class = order[np.argsort(labels[order], kind="stable")]
    return by_class, np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)


def _hold_out_by_label(
    held_out: np.ndarray, labels: np.ndarray, wanted: np.ndarray, test: float, generator: np.random.Generator
) -> None:
    """Marks the documents to test on in ``held_out``, label by label, the rarest first."""
    groups = _with_none(labels)
    undecided = groups.sum(axis=0)
    lacking = np.append(wanted, np.rint(test * undecided[-1]).astype(np.int64))
    # Documents with the same labels stand together, in a random order: an even draw takes each combination's share.
    _, combination = np.unique(np.packbits(labels, axis=1), axis=0, return_inverse=True)
    order = np.lexsort((generator.random(len(labels)), combination.reshape(-1)))
    while undecided.any():
        rarest = int(np.argmin(np.where(undecided > 0, undecided, len(labels) + 1)))
        members = order[groups[order, rarest]]
        number = int(np.clip(lacking[rarest], 0, len(members)))
        chosen = members[((np.arange(number) + generator.random()) * (len(members) / max(number, 1))).astype(np.int64)]
        held_out[chosen] = True
        lacking -= groups[chosen].sum(axis=0)
        undecided -= groups[members].sum(axis=0)
        order = order[~groups[order, rarest]]


def _draw_by_label(groups: np.ndarray, order: np.ndarray, n: int) -> np.ndarray:
    """The first ``n`` documents that the labels draw, the label with the fewest drawn first; ties go by position."""
    if n >= len(order):
        return order
    waiting = [iter(order[groups[order, group]].tolist()) for group in range(groups.shape[1])]
    had = np.zeros(len(waiting))
    drawn: dict[int, None] = {}
    while len(drawn) < n:
        group = int(np.argmin(had))
        document = next((document for document in waiting[group] if document not in drawn), None)
        if document is None:
            had[group] = np.inf
        else:
            drawn[document] = None
            had += groups[document]
    return np.fromiter(drawn, dtype=np.int64, count=n)


def _with_none(labels: np.ndarray) -> np.ndarray:
    """Which labels each document has, and last whether it has none, [document, label + 1]."""
    return np.column_stack([labels, ~labels.any(axis=1)])
