"""Documents to count, drawn by hypothesis: words and a label each, or words and any number of labels each."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

from slowfold.text import Batch

__all__ = ["COUNTED", "documents_of", "one_label", "shards_of", "some_labels"]

_words = st.lists(st.sampled_from(["a", "b", "ab", "ß", "字", "e", "!"]), min_size=1, max_size=8)
_labels = st.sampled_from(["yes", "no", "7", "10"])

one_label = st.lists(st.tuples(_words, _labels), min_size=1, max_size=12)
some_labels = st.lists(st.tuples(_words, st.lists(_labels, max_size=3, unique=True)), min_size=1, max_size=12).filter(
    lambda rows: any(labels for _, labels in rows)
)
COUNTED = one_label | some_labels


def documents_of(rows) -> Batch:
    """A batch of documents."""
    label = pl.List(pl.String) if isinstance(rows[0][1], list) else pl.String
    words, labels = zip(*rows, strict=True)
    return Batch(pl.Series(words, dtype=pl.List(pl.String)), pl.Series(labels, dtype=label))


@st.composite
def shards_of(draw, rows):
    """The rows in several parts, none of them empty, each with at least one label."""
    order = draw(st.permutations(rows))
    # Documents without a label belong to the first part: a part of nothing but such documents names no class.
    labelled = [row for row in order if row[1]]
    cuts = sorted(draw(st.sets(st.integers(1, len(labelled)), max_size=3)) - {len(labelled)})
    parts = [labelled[begin:end] for begin, end in zip([0, *cuts], [*cuts, None], strict=True)]
    return [[*parts[0], *(row for row in order if not row[1])], *parts[1:]]
