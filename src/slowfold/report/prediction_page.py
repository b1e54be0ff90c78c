"""The page of a prediction: one small file without any program, on which no text of a document is ever markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slowfold.geometry import Directions, Prediction
from slowfold.report.ends import End, ends_of
from slowfold.report.page import environment, part
from slowfold.report.theme import FONT, colour_classes
from slowfold.report.wording import MINUS, MISSING, listed, plural, shortened
from slowfold.storage import write_text

__all__ = ["MEASURES", "headline", "render_prediction", "write_prediction"]

MEASURES = {
    "documents": "evidence of whole documents",
    "evidence": "evidence of words",
    "frequency": "word frequencies",
}
"""The three measures, the one that is closest to trained networks first, and what they are called."""

_SEE = {
    "documents": "Each word is evidence for the classes that use it more than others. These are the directions in "
    "which whole documents differ in what their words add up to: what a network that reads one word after the other "
    "has to keep.",
    "evidence": "The same evidence, word by word: each word weighs as much as it is frequent. What words of one "
    "document have in common, and what cancels within it, is not seen.",
    "frequency": "The directions in which classes differ in how often they use words, as in the paper. Frequent words "
    "weigh most here, whatever they tell.",
}
_UNITS = {"documents": "nats a word", "evidence": "nats a word", "frequency": "weight"}

_DIRECTIONS_SHOWN = 20
_WORDS_SHOWN = 12
_BARS_SHOWN = 8


@dataclass(frozen=True)
class _Row:
    """A direction in a table."""

    number: int
    share: str
    beyond: bool
    ends: tuple[End, End]


@dataclass(frozen=True)
class _Measure:
    """A measure as the page shows it."""

    name: str
    title: str
    see: str
    unit: str
    ratio: str
    for_90: int
    for_95: int
    above_chance: str
    bars: tuple[float, ...]
    rows: tuple[_Row, ...]
    left_out: int


def write_prediction(
    prediction: Prediction, path: str | Path, *, name: str, notes: Sequence[str] = (), words: bool = True
) -> Path:
    """Writes the page of a prediction.

    The page opens without a network, in light and dark, and loads nothing. It names words of the documents, unless it
    is written without them.

    Args:
        prediction: What is shown.
        path: The file, which is written whole or not at all.
        name: What the documents are called.
        notes: Where they come from.
        words: Whether the page names words.

    Returns:
        Where the page is.

    Raises:
        RunError: The file cannot be written.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.geometry import predict_dimension
        >>> from slowfold.text import categorical
        >>> prediction = predict_dimension(categorical(classes=3).sample(300, seed=0))
        >>> write_prediction(prediction, Path(mkdtemp(), "prediction.html"), name="three classes").name
        'prediction.html'
    """
    path = Path(path)
    write_text(path, render_prediction(prediction, name=name, notes=notes, words=words))
    return path


def render_prediction(prediction: Prediction, *, name: str, notes: Sequence[str] = (), words: bool = True) -> str:
    """The page as a text.

    Args:
        prediction: What is shown.
        name: What the documents are called.
        notes: Where they come from.
        words: Whether the page names words.
    """
    counts = prediction.counts
    colours = colour_classes(counts.class_names, counts.kind)
    names = [shortened(name) for name in counts.class_names]
    found: dict[str, Directions | None] = {measure: getattr(prediction, measure) for measure in MEASURES}
    n = _WORDS_SHOWN if words else 0
    return (
        environment()
        .get_template("prediction.html")
        .render(
            name=shortened(name),
            headline=headline(prediction),
            classes=list(zip(names, colours.colours, colours.dark, strict=True)),
            statements=_statements(prediction),
            measures=[_measure(name, directions, n) for name, directions in found.items() if directions is not None],
            notes=[shortened(note, longest=2000) for note in notes],
            has_words=words,
            minus=MINUS,
            font=FONT,
            style=part("report.css"),
            policy="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        )
    )


def headline(prediction: Prediction) -> str:
    """The prediction in one sentence.

    Example:
        >>> from slowfold.geometry import predict_dimension
        >>> from slowfold.text import categorical
        >>> headline(predict_dimension(categorical(classes=3).sample(300, seed=0)))
        'The words of 300 documents ask for 1.9... dimensions: 2 directions hold 90 % of what tells 3 classes apart.'
    """
    counts, one = prediction.counts, prediction.for_90 == 1
    return (
        f"The words of {plural(len(counts), 'document')} ask for {prediction.participation_ratio:.2f} dimensions: "
        f"{plural(prediction.for_90, 'direction')} hold{'s' * one} 90 % of what tells "
        f"{plural(len(counts.class_names), 'class', 'classes')} apart."
    )


def _statements(prediction: Prediction) -> list[tuple[str, str]]:
    counts = prediction.counts
    found = [getattr(prediction, measure) for measure in MEASURES]
    ratios = [
        f"{directions.participation_ratio:.2f} by the {title}"
        for directions, title in zip(found, MEASURES.values(), strict=True)
        if directions is not None
    ]
    above = prediction.above_chance
    closest = "" if prediction.documents is None else " The first is the one that trained networks came closest to."
    words, different = int(counts.occurrences.sum()), len(counts.vocabulary)
    return [
        ("Participation ratio", f"{listed(ratios)}.{closest}"),
        (
            "Chance",
            "Not measured."
            if above is None
            else f"{plural(above, 'direction')} of {len(prediction.shares)} stand{'s' * (above == 1)} above what "
            "permuting the labels over the documents does 95 times in 100.",
        ),
        ("Documents", f"{len(counts):,}, of {words:,} words; {different:,} different words are known"),
    ]


def _measure(name: str, directions: Directions, words: int) -> _Measure:
    above = directions.above_chance
    shown = min(len(directions.shares), _DIRECTIONS_SHOWN)
    rows = [
        _Row(
            number=row + 1,
            share=f"{directions.shares[row]:.3f}",
            beyond=above is not None and row >= above,
            ends=ends_of(directions, row, words),
        )
        for row in range(shown)
    ]
    return _Measure(
        name=name,
        title=MEASURES[name],
        see=_SEE[name],
        unit=_UNITS[name],
        ratio=f"{directions.participation_ratio:.2f}",
        for_90=directions.for_90,
        for_95=directions.for_95,
        above_chance=MISSING if above is None else f"{above} of {len(directions.shares)}",
        bars=tuple(round(100 * share, 2) for share in directions.shares[:_BARS_SHOWN]),
        rows=tuple(rows),
        left_out=len(directions.shares) - shown,
    )
