"""Test documents to step through word by word: where each word leads, and what is decided after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from slowfold.report.groups import groups_of
from slowfold.report.rereading import logits_at, sample_of
from slowfold.report.scene import coordinates, typical_documents
from slowfold.report.wording import rounded, shortened
from slowfold.study import Run

__all__ = ["Walk", "walks_of"]

# More documents than this are not read; one of them is read wrongly, where there is one.
_MOST_WALKS = 6
# Of a longer document the rest is left out, and the page says so.
_MOST_WORDS = 400
_COMPONENTS = 3


@dataclass(frozen=True)
class Walk:
    """One document as it is read.

    Attributes:
        document: Its row among the test documents that the run keeps.
        truth: The group it belongs to, a row of :class:`slowfold.report.groups.Groups`.
        words: The words as a template that escapes them may show them, [word].
        left_out: How many words at the end are not shown.
        path: The initial state and the state after each word, on three components, [word + 1, component].
        logits: The evidence after each word, that of the initial state first; of one class a document less its mean
            over the classes, in nats, [word + 1, class].
        probabilities: What the network would say of each class there, [word + 1, class].
        decided: The group that it would decide for, [word + 1].
        rightly: Whether what it decides at the end of the whole document is true.
    """

    document: int
    truth: int
    words: tuple[str, ...]
    left_out: int
    path: Float64[np.ndarray, "state component"]
    logits: Float64[np.ndarray, "state class"]
    probabilities: Float64[np.ndarray, "state class"]
    decided: Int64[np.ndarray, " state"]
    rightly: bool

    def to_dict(self) -> dict[str, Any]:
        """What the page needs to step through it, without a word of it."""
        return {
            **{name: rounded(self.path[:, axis]) for axis, name in enumerate("xyz")},
            "logits": [rounded(row) for row in self.logits],
            "probabilities": [rounded(row) for row in self.probabilities],
            "decided": self.decided.tolist(),
        }


def walks_of(run: Run) -> list[Walk]:
    """A few test documents: a typical one of each class, or combination of labels, and one that is read wrongly.

    Args:
        run: A finished run.
    """
    documents = typical_documents(run)
    wrong = _misread(run)
    chosen = documents[: _MOST_WALKS - (wrong is not None)] + ([wrong] if wrong is not None else [])
    return _read(run, chosen) if chosen else []


def _misread(run: Run) -> int | None:
    """The document read wrongly whose length is nearest to the middle; None where all are read rightly."""
    analysis = run.analysis
    label, predicted = (analysis[f"document_{name}"].values for name in ("label", "predicted"))
    lengths = np.bincount(analysis["state_document"].values, minlength=len(label))
    wrong = np.flatnonzero((label != predicted).reshape(len(label), -1).any(axis=1) & (lengths > 0))
    if not len(wrong):
        return None
    return int(wrong[np.abs(lengths[wrong] - np.median(lengths)).argmin()])


def _read(run: Run, documents: list[int]) -> list[Walk]:
    """The documents read once more: analysis.nc keeps the states on the leading components alone."""
    analysis, groups, network = run.analysis, groups_of(run), run.network
    sample = sample_of(run)
    several = run.summary["task"]["kind"] == "multilabel"
    truth, said_of = (groups.of(analysis[f"document_{name}"].values) for name in ("label", "predicted"))
    state, initial = coordinates(run, "state", _COMPONENTS), coordinates(run, "initial", _COMPONENTS)
    begin = network.initial_state.detach().double().numpy()[None]
    bounds = np.searchsorted(analysis["state_document"].values, np.arange(len(truth) + 1))
    walks: list[Walk] = []
    for document in documents:
        steps = slice(int(bounds[document]), int(bounds[document + 1]))
        read = network.states(sample.select(np.array([document])))
        states = np.vstack([begin, read.double().numpy()])[: _MOST_WORDS + 1]
        logits = logits_at(run, states)
        ids = analysis["state_token"].values[steps]
        names = network.vocabulary.words
        said = tuple(shortened(names[number]) for number in ids[:_MOST_WORDS].tolist())
        decided = (logits > 0).astype(np.int64) if several else logits.argmax(axis=1)
        walks.append(
            Walk(
                document=document,
                truth=int(truth[document]),
                words=said,
                left_out=max(0, len(ids) - _MOST_WORDS),
                path=np.vstack([initial, state[steps]])[: _MOST_WORDS + 1],
                logits=logits if several else logits - logits.mean(axis=1, keepdims=True),
                probabilities=_probabilities(logits, several=several),
                decided=groups.of(decided),
                rightly=int(said_of[document]) == int(truth[document]),
            )
        )
    return walks


def _probabilities(logits: Float64[np.ndarray, "state class"], *, several: bool) -> Float64[np.ndarray, "state class"]:
    if several:
        # Of a tanh nothing overflows.
        return 0.5 * (1 + np.tanh(logits / 2))
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
