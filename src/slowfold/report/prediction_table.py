"""A prediction in a terminal: the three measures, and the directions of the one that counts most."""

from __future__ import annotations

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from slowfold.geometry import Directions, Prediction
from slowfold.report.ends import End, ends_of
from slowfold.report.prediction_page import MEASURES, headline
from slowfold.report.wording import MISSING, shortened

__all__ = ["prediction_table"]

_DIRECTIONS_SHOWN = 8
_WORDS_SHOWN = 6
_CLASSES_SHOWN = 4
_SHARES_SHOWN = 5


def prediction_table(prediction: Prediction, *, words: bool = True) -> Group:
    """What rich prints of a prediction.

    Args:
        prediction: What is shown.
        words: Whether to name words of the documents.

    Example:
        >>> from rich.console import Console
        >>> from slowfold.geometry import predict_dimension
        >>> from slowfold.text import categorical
        >>> prediction = predict_dimension(categorical(classes=3).sample(300, seed=0))
        >>> Console(width=80).print(prediction_table(prediction, words=False))
        The words of 300 documents ask for 1.93 dimensions: 2 directions hold 90 % of
        what tells 3 classes apart.
        ...
         evidence of whole documents    1.93          2         2 of 2   0.59 0.41
        ...
    """
    measures = Table(box=SIMPLE, pad_edge=False)
    measures.add_column("directions of", no_wrap=True)
    for column in ("ratio", "for 90 %", "above chance"):
        measures.add_column(column, justify="right")
    measures.add_column("shares of variance")
    shown = ""
    for measure, title in MEASURES.items():
        directions: Directions | None = getattr(prediction, measure)
        if directions is None:
            continue
        shown = shown or title
        above = MISSING if directions.above_chance is None else f"{directions.above_chance} of {len(directions.shares)}"
        ratio = f"{directions.participation_ratio:.2f}"
        shares = " ".join(f"{share:.2f}" for share in directions.shares[:_SHARES_SHOWN])
        measures.add_row(title, ratio, f"{directions.for_90}", above, shares)
    head = Text(headline(prediction), style="bold")
    return Group(head, measures, _directions(prediction.directions, shown, _WORDS_SHOWN if words else 0))


def _directions(directions: Directions, title: str, words: int) -> Table:
    caption = "at each end the classes that lie there" + (", and the most telling words" if words else "")
    table = Table(title=Text(f"By the {title}"), caption=caption)
    table.add_column("direction", justify="right")
    table.add_column("share", justify="right")
    table.add_column("+ end")
    table.add_column("\N{MINUS SIGN} end")
    for direction, share in enumerate(directions.shares[:_DIRECTIONS_SHOWN]):
        told = [_end(directions.class_names, end) for end in ends_of(directions, direction, words)]
        beyond = directions.above_chance is not None and direction >= directions.above_chance
        table.add_row(f"{direction + 1}", f"{share:.3f}", *told, style="dim" if beyond else None)
    if len(directions.shares) > _DIRECTIONS_SHOWN:
        table.add_row("…", "", f"{len(directions.shares) - _DIRECTIONS_SHOWN} more on the page", "")
    return table


def _end(class_names: tuple[str, ...], end: End) -> Text:
    names = ", ".join(shortened(class_names[row]) for row in end.classes[:_CLASSES_SHOWN])
    more = f" and {len(end.classes) - _CLASSES_SHOWN} more" if len(end.classes) > _CLASSES_SHOWN else ""
    pushes = " ".join(f"{word}\N{NO-BREAK SPACE}{push:+.2g}" for word, push in end.words)
    return Text.assemble((f"{names}{more}", "bold"), f"\n{pushes}" if pushes else "")
