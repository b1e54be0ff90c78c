"""Panel N: what word counts foretell, before any training."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int64
from matplotlib.axes import Axes

from slowfold.errors import SlowfoldError
from slowfold.geometry.prediction.contrasts import word_evidence
from slowfold.report.figures.canvas import PaperFigure, whole_numbers
from slowfold.report.figures.class_counts import classes_in
from slowfold.report.figures.marks import Window, add_cloud, add_names, group_legend, legend_above, widened
from slowfold.report.figures.request import Request
from slowfold.report.scene import frame
from slowfold.report.wording import percent, plural
from slowfold.study import read_task
from slowfold.text import Corpus, count_words

__all__ = ["draw_counts"]

_DOCUMENTS = 2_000
_FAR = 0.005
# Height over width of the axes.
_RATIO = 0.8
_MOST_COMPONENTS = 10
_NAMES = {"frequency": "word frequencies", "evidence": "evidence of words", "documents": "evidence of documents"}
_SEED = 0


class _Evidence(NamedTuple):
    """What documents add up to, on its two leading principal components."""

    at: Float64[np.ndarray, "document 2"]
    group: Int64[np.ndarray, " document"]
    classes: Float64[np.ndarray, "class 2"]
    shares: tuple[float, float]


def draw_counts(asked: Request) -> PaperFigure:
    """Cumulative variance of what sets the classes apart in the counts; of one run its documents and classes, too.

    The documents are read again as the experiment says; where that cannot be, the caption says why.

    Args:
        asked: What is asked for.
    """
    evidence: _Evidence | None = None
    why = ""
    if len(asked.runs) == 1:
        try:
            evidence = _read_evidence(asked)
        except SlowfoldError as error:
            why = str(error)
    wide = asked.width == "double"
    if evidence is None:
        made, (curves,) = asked.canvas.axes(0.7)
    else:
        made, (curves, cloud) = asked.canvas.axes(_RATIO, columns=2 if wide else 1, rows=1 if wide else 2)
        _add_documents(cloud, asked, evidence)
    _add_curves(curves, asked)
    if evidence is not None and asked.look.several:
        legend_above(made, asked, group_legend(asked))
    made.caption = _caption(asked, evidence, why)
    return made


def _add_curves(axes: Axes, asked: Request) -> None:
    look = asked.look
    predictions = [(run, run.summary["dimension"]["predicted"]) for run in asked.runs]
    if len(asked.runs) == 1:
        marks = zip(_NAMES.items(), ("s", "D", "o"), (look.pale, look.grey, look.ink), strict=True)
        lines = [(name, mark, colour, predictions[0][1].get(measure)) for (measure, name), mark, colour in marks]
    else:
        counts = sorted({classes_in(run) for run in asked.runs})
        scale = dict(zip(counts, look.scale(len(counts)), strict=True))
        named = set[int]()
        lines = list[tuple[str, str, str, dict[str, Any] | None]]()
        for run, found in sorted(predictions, key=lambda pair: classes_in(pair[0])):
            count = classes_in(run)
            name = "_nolegend_" if count in named else f"N = {count}"
            named.add(count)
            lines.append((name, "o", scale[count], found.get("documents") or found.get("frequency")))
    longest = 1
    for name, mark, colour, found in lines:
        if found is None or not found["shares"]:
            continue
        held = np.cumsum(found["shares"])[:_MOST_COMPONENTS]
        longest = max(longest, len(held))
        axes.plot(range(1, len(held) + 1), held, color=colour, marker=mark, markersize=3.4, linewidth=1, label=name)
    axes.axhline(0.9, color=look.grey, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
    axes.set(xlabel="directions", ylabel="cumulative variance", ylim=(0, 1.04), xlim=(0.7, longest + 0.3))
    whole_numbers(axes, "x", list(range(1, longest + 1)))
    axes.legend(loc="lower right")


def _add_documents(axes: Axes, asked: Request, evidence: _Evidence) -> None:
    look = asked.look
    colours = [look.colours[group] for group in evidence.group.tolist()]
    add_cloud(axes, evidence.at, colours, size=3.5, alpha=0.45)
    # Some documents are far longer than the rest: the window holds all but the furthest hundredth along each axis.
    near = np.quantile(evidence.at, [_FAR, 1 - _FAR], axis=0)
    window = _filling(frame(near, evidence.classes, room=0.08))
    for place, colour in zip(evidence.classes, look.class_colours, strict=True):
        axes.plot([0, place[0]], [0, place[1]], color=colour, linewidth=2, zorder=3)
    axes.set(xlim=window[0], ylim=window[1], aspect="equal")
    add_names(
        axes,
        asked,
        evidence.classes,
        asked.class_names,
        look.class_colours,
        window=window,
        point=asked.canvas.point(window, columns=2 if asked.width == "double" else 1),
    )
    first, second = (percent(share) for share in evidence.shares)
    axes.set(xlabel=f"evidence, direction 1 ({first})", ylabel=f"direction 2 ({second})")


def _filling(window: Window) -> Window:
    """A window of one scale in both directions that fills its axes: longer where it is short."""
    (left, right), (low, high) = widened(window, most=_RATIO)
    lacking = max(0.0, _RATIO * (right - left) - (high - low)) / 2
    return [left, right], [low - lacking, high + lacking]


def _read_evidence(asked: Request) -> _Evidence | None:
    """Training documents as sums of the evidence of their words; None where the experiment is not on record."""
    experiment = asked.run.experiment
    if experiment is None:
        return None
    train = read_task(experiment).train
    counts = count_words(train)
    evidence = word_evidence(counts.words, counts.occurrences, counts.kind)
    sample = _some(train)
    sums = np.add.reduceat(evidence[:, sample.tokens], sample.offsets[:-1], axis=1).T
    centred = sums - sums.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    values, axes = np.clip(values[::-1], 0, None), axes[:, ::-1]
    # The sign of an axis is nobody's choice: its entry of greatest size is positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    at = centred @ axes[:, :2]
    at = np.pad(at, [(0, 0), (0, 2 - at.shape[1])])
    labels = np.array(sample.labels)
    has = labels if labels.ndim == 2 else labels[:, None] == np.arange(len(train.class_names))
    shares = np.pad(values / max(float(values.sum()), 1e-300), (0, 1))
    return _Evidence(
        at=at,
        group=asked.look.of_labels(labels.astype(np.int64)),
        classes=np.stack([at[column].mean(axis=0) if column.any() else np.zeros(2) for column in has.T.astype(bool)]),
        shares=(float(shares[0]), float(shares[1])),
    )


def _some(corpus: Corpus) -> Corpus:
    """At most so many documents, each as likely as any other."""
    chosen = np.random.default_rng(_SEED).permutation(len(corpus))[:_DOCUMENTS]
    return corpus.select(np.sort(chosen))


def _caption(asked: Request, evidence: _Evidence | None, why: str) -> str:
    text = (
        "What word counts foretell, with no network at all: as many directions as it takes to hold the variance, so "
        "many quantities a classifier is to remember. Principal components of "
    )
    if len(asked.runs) > 1:
        return text + (
            "what the words of whole training documents add up to, each word as evidence for the classes that use it "
            f"more than others; a line for each of {plural(len(asked.runs), 'run')}, N its number of classes."
        )
    text += (
        "the differences between the classes in how often they use each word; of the evidence that single words are, "
        "over all tokens; and of the sums of that evidence over whole documents. Dashed: 90 %."
    )
    if evidence is None:
        return text + (
            f" The documents are not shown: {why}."
            if why
            else " The documents are not shown, for the run has no experiment on record."
        )
    return text + (
        f" Dots are {plural(len(evidence.at), 'training document')}, in the colour of what each is, on the first two "
        "of the last, but for the furthest; lines lead to the mean of each class, from the mean of all."
    )
