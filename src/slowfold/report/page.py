"""The page: one file that needs nothing else, on which no text of a document is ever markup or program."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from slowfold.report.contents import Section, sections
from slowfold.report.embedded import described, policy_of, program, to_json
from slowfold.report.findings import find
from slowfold.report.groups import combination_names, groups_of
from slowfold.report.tables import (
    accuracy_table,
    angle_table,
    dimension_table,
    network_facts,
    points_table,
    seconds_table,
)
from slowfold.report.theme import FONT, Classes, classes_of, dark_colours
from slowfold.report.wording import shortened, unbroken
from slowfold.storage import write_text
from slowfold.study import Run, open_run

__all__ = ["environment", "part", "render", "write_report"]

# The programs of the page, which run as one, in this order.
_PROGRAMS, _PROGRAM = ("report.js", "walking.js", "sorting.js"), "\n"


def write_report(run: Run | str | Path) -> Path:
    """Writes the report of a run, ``report.html`` in its folder, and how long that took to its summary.

    The page is one file that opens without a network, in light and dark. It names words of the documents, unless the
    run was made without them.

    Args:
        run: A finished run, its folder, or ``"latest"``.

    Returns:
        Where the report is.

    Raises:
        RunError: There is no such run, a part of it cannot be read, or its folder cannot be written to.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study import analyze
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> write_report(analyze(network, train, test, folder=Path(mkdtemp(), "mine"), starts=16)).name
        'report.html'
    """
    opened = run if isinstance(run, Run) else open_run(run)
    begin = time.perf_counter()
    write_text(opened.report, render(opened))
    opened.record_seconds("report", time.perf_counter() - begin)
    return opened.report


def render(run: Run) -> str:
    """The page as a text.

    Args:
        run: A finished run.
    """
    found = find(run)
    # The first sentence is the answer; what is to be said beside it is set smaller.
    answer, _, reservations = found.headline.partition(". ")
    classes, groups, shown = classes_of(run), groups_of(run), sections(run)
    plots = {plot.name: plot.figure for section in shown for plot in section.plots}
    figures = {name: described(plot) for name, plot in plots.items()}
    library, script = program(get_plotlyjs()), program(_PROGRAM.join(part(name) for name in _PROGRAMS))
    return (
        environment()
        .get_template("report.html")
        .render(
            name=run.name,
            task=run.summary["task"]["name"],
            findings=found,
            answer=answer + "." * bool(reservations),
            reservations=reservations,
            keys=_keys(run),
            sections=shown,
            tables=[accuracy_table(run), dimension_table(run), points_table(run), angle_table(run), seconds_table(run)],
            facts=network_facts(run),
            notes=_notes(run),
            has_words=bool(run.analysis.attrs["has_words"]),
            font=FONT,
            style=part("report.css"),
            library=library,
            script=script,
            policy=policy_of(library, script),
            dark=to_json(dark_colours(classes, groups.shown)),
            figures={name: to_json(value) for name, value in figures.items()},
            scenes=frozenset(name for name, value in figures.items() if "scene" in value["layout"]),
            walks=_walks(run, shown),
            aspects={name: value["layout"]["meta"]["aspect"] for name, value in figures.items()},
        )
    )


@cache
def environment() -> Environment:
    """The templates of pages, in which every text is escaped."""
    pages = Environment(
        loader=PackageLoader("slowfold.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["unbroken"] = unbroken
    return pages


def _keys(run: Run) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """What the colours stand for: the classes; or the combinations of labels; or the labels, and how many there are."""
    names, groups = run.summary["task"]["classes"], groups_of(run)
    of_classes = _key(names, classes_of(run))
    if groups.by == "class":
        return [("Colours of the classes", of_classes)]
    if groups.by == "combination":
        return [("Colours of the labels and of their combinations", _key(combination_names(names), groups.shown))]
    return [("Colours of the labels", of_classes), ("Colours of documents", _key(groups.shown.names, groups.shown))]


def _key(names: Sequence[str], shown: Classes) -> list[tuple[str, str, str]]:
    return list(zip(names, shown.colours, shown.dark, strict=True))


def _walks(run: Run, shown: Sequence[Section]) -> dict[str, Any] | None:
    """The documents that can be stepped through: their words for the template, their numbers for the program."""
    found = next(((section.plots[0].name, section.walks) for section in shown if section.walks), None)
    if found is None:
        return None
    plot, walks = found
    names, groups = _group_names(run), groups_of(run).shown
    several = run.summary["task"]["kind"] == "multilabel"
    return {
        "plot": plot,
        "one": "label" if several else "class",
        "logit": "logit" if several else "logit, less their mean",
        "classes": _key([shortened(str(name)) for name in run.summary["task"]["classes"]], classes_of(run)),
        "documents": [
            {
                "number": walk.document + 1,
                "title": f"{names[walk.truth]}{'' if walk.rightly else ', misread'}",
                "light": groups.colours[walk.truth],
                "dark": groups.dark[walk.truth],
                "truth": names[walk.truth],
                "decided": names[int(walk.decided[-1])],
                "words": walk.words,
                "left_out": walk.left_out,
            }
            for walk in walks
        ],
        "data": to_json({"groups": names, "documents": [walk.to_dict() for walk in walks]}),
    }


def _group_names(run: Run) -> list[str]:
    """What groups are called where a template escapes the names: those of the groups themselves are for plotly."""
    groups = groups_of(run)
    names = [shortened(str(name)) for name in run.summary["task"]["classes"]]
    if groups.by == "class":
        return names
    return combination_names(names) if groups.by == "combination" else list(groups.shown.names)


def _notes(run: Run) -> list[str]:
    # NetCDF gives a list of one text back as the text.
    notes = run.analysis.attrs.get("notes", [])
    return [notes] if isinstance(notes, str) else [str(note) for note in notes]


def part(name: str) -> str:
    """A file beside the templates."""
    return files("slowfold.report").joinpath("templates", name).read_text(encoding="utf-8")
