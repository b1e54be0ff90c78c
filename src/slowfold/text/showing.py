"""A corpus as a table for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from slowfold.notebook import html_table, shown_rows

if TYPE_CHECKING:
    from slowfold.text.corpus import Corpus

__all__ = ["corpus_html"]

# Words of a document that a row shows, of which each is cut.
_WORDS, _LETTERS = 10, 20


def corpus_html(corpus: Corpus) -> str:
    """A row a class: how many documents have it, how long they are, and how its first one begins."""
    names = corpus.class_names
    shown, left_out = shown_rows(len(names))
    rows: list[tuple[str, ...]] = []
    for label, name in enumerate(names[:shown]):
        having = corpus.labels[:, label] if corpus.kind == "multilabel" else corpus.labels == label
        count = int(np.count_nonzero(having))
        length = f"{corpus.lengths[having].mean():.1f}" if count else "—"
        begins = _beginning(corpus, int(np.argmax(having))) if count else "—"
        rows.append((name, f"{count:,}", f"{count / len(corpus):.1%}", length, begins))
    what = {
        "categorical": "classes",
        "ordered": "ordered classes",
        "multilabel": "labels, of which any number a document",
    }
    return html_table(
        f"{corpus.name}: {len(corpus):,} documents, {len(corpus.tokens):,} tokens, {len(corpus.vocabulary):,} words, "
        f"{len(names):,} {what[corpus.kind]}",
        ("label" if corpus.kind == "multilabel" else "class", "documents", "share", "mean length", "the first begins"),
        rows,
        left_out=left_out,
    )


def _beginning(corpus: Corpus, document: int) -> str:
    """The first words of a document."""
    begin, end = corpus.offsets[document], corpus.offsets[document + 1]
    words = [corpus.vocabulary.words[token][:_LETTERS] for token in corpus.tokens[begin : min(end, begin + _WORDS)]]
    return " ".join([*words, "…"] if end - begin > _WORDS else words)
