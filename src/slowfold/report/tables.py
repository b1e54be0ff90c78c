"""The numbers of a run as tables to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from slowfold.report.panels.variances import MEASURES, dimension_of
from slowfold.report.wording import MISSING, degrees, number, percent, plural, shares, signed
from slowfold.study import Run

__all__ = [
    "Table",
    "accuracy_table",
    "angle_table",
    "dimension_table",
    "network_facts",
    "points_table",
    "seconds_table",
]

Row = tuple[str, ...]

# Any word but those between numbers and beside them.
_LETTERS = re.compile(r"(?!(?:to|of|e|s|tokens)\b)\b[^\W\d_]+")


@dataclass(frozen=True)
class Table:
    """A table of texts; the page escapes them.

    Attributes:
        title: What it is about.
        head: What its columns are, the first of which names the rows.
        rows: The rows.
    """

    title: str
    head: Row
    rows: tuple[Row, ...]

    @property
    def worded(self) -> tuple[bool, ...]:
        """Which columns hold words, that are read from their left, and no numbers, one a column of the head.

        Example:
            >>> Table("Words", ("word", "for", "nats"), (("good", "5 stars", "+0.4"), ("bad", "1 star", "—"))).worded
            (True, True, False)
        """
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.head)
        return tuple(any(_LETTERS.search(cell) for cell in column) for column in columns)


def accuracy_table(run: Run) -> Table:
    """How often the network is right, and what else was tried."""
    names = {
        "test": "test documents",
        "exact": "test documents, every label right",
        "train": "training documents (at most 5,000)",
        "shuffled_words": "test, words in random order",
        "projected": "test, final states flattened onto the components that hold 90 %",
        "bag_of_words": "test, by a bag of words",
        "majority": "test, by saying of each what most training documents are",
    }
    accuracy = run.summary["accuracy"]
    rows = [(name, percent(accuracy[key], 2)) for key, name in names.items() if accuracy.get(key) is not None]
    if run.summary["task"]["kind"] != "multilabel":
        return Table("Accuracy", ("measured on", "right"), tuple(rows))
    rows += [
        ("test, macro-F1", number(accuracy["macro_f1"])),
        ("test, macro-F1 of a bag of words", number(accuracy["bag_of_words_macro_f1"])),
    ]
    return Table("Accuracy", ("measured on", "right, mean over labels"), tuple(rows))


def dimension_table(run: Run) -> Table:
    """Every measured dimension."""
    rows: list[Row] = []
    for measure, name in MEASURES.items():
        found: dict[str, Any] | None = dimension_of(run, measure)
        if found is None:
            rows.append((name, MISSING, MISSING, MISSING, MISSING))
            continue
        rows.append(
            (
                name,
                f"{found['participation_ratio']:.2f}",
                str(found["for_90"]),
                str(found["for_95"]),
                shares(found["shares"], most=5),
            )
        )
    return Table("Dimension", ("of", "participation ratio", "for 90 %", "for 95 %", "shares of variance"), tuple(rows))


def points_table(run: Run) -> Table:
    """What the starts came to at each held input."""
    rows = {
        "starts": "starts",
        "fixed": "came to a fixed point",
        "ghost": "came to a ghost",
        "degenerate": "came to a degenerate point",
        "out_of_bounds": "left the box",
        "unconverged": "did not converge",
        "distinct": "distinct fixed points",
        "stable": "of them stable",
        "distinct_degenerate": "of them degenerate",
        "distinct_ghosts": "distinct ghosts",
    }
    found = run.summary["fixed_points"]
    body = [(name, *(number(entry[key]) for entry in found)) for key, name in rows.items()]
    body.append(("sum of indices", *(signed(entry["audit"]["sum"]) for entry in found)))
    body.append(("come to rest when iterated", *(percent(entry.get("come_to_rest")) for entry in found)))
    return Table("Fixed points", ("at the input", *(str(entry["input"]) for entry in found)), tuple(body))


def angle_table(run: Run) -> Table:
    """The length of each readout, and its angle with each other."""
    names = run.summary["task"]["classes"]
    angles, norms = run.summary["readouts"]["angles"], run.summary["readouts"]["norms"]
    rows = [
        (name, f"{norms[i]:.2f}", *(MISSING if i == j else degrees(angles[i][j], 1) for j in range(len(names))))
        for i, name in enumerate(names)
    ]
    return Table("Angles and lengths of the readouts", ("class", "length", *names), tuple(rows))


def seconds_table(run: Run) -> Table:
    """What each stage took, the writing of this report left out."""
    stages = {
        "data": "reading the documents",
        "train": "training",
        "search": "searching for fixed points",
        "manifold": "finding the slow manifold",
        "linearize": "linearising",
        "geometry": "geometry",
    }
    seconds = run.summary["seconds"]
    taken = [(name, seconds[key]) for key, name in stages.items() if seconds.get(key) is not None]
    body = [(name, f"{value:.1f} s") for name, value in taken]
    return Table("Time", ("stage", "took"), (*body, ("together", f"{sum(value for _, value in taken):.1f} s")))


def network_facts(run: Run) -> list[tuple[str, str]]:
    """What the network is, and what it was trained on, as pairs of a name and what there is to say."""
    task, network, environment = run.summary["task"], run.summary["network"], run.summary["environment"]
    embedding = network["embedding"]
    l2 = network["l2"]
    return [
        ("Task", f"{task['name']}, {task['kind']}, {_classes(task)}"),
        (
            "Documents",
            f"{task['documents']['train']:,} to train on, {task['documents']['test']:,} to test on, "
            f"{number(task['mean_length'])} words on average",
        ),
        ("Cell", _cell(network)),
        ("Input", "one-hot words" if embedding is None else f"word embedding of {embedding:,} numbers"),
        ("Parameters", f"{network['parameters']:,}"),
        ("L2 penalty", MISSING if l2 is None else f"{number(l2)} on {_scope(network['l2_scope'])}"),
        ("Environment", ", ".join(f"{key} {value}" for key, value in environment.items())),
    ]


def _classes(task: dict[str, Any]) -> str:
    count = len(task["classes"])
    return plural(count, "label") if task["kind"] == "multilabel" else plural(count, "class", "classes")


def _cell(network: dict[str, Any]) -> str:
    # A summary written before there were layers and other cells says nothing of them.
    layers, state = network.get("layers", 1), network.get("state", network["hidden"])
    many = f"{layers} layers of " if layers > 1 else ""
    whole = "" if state == network["hidden"] else f"; the state has {state:,}"
    read = "" if not whole else ", all of which are read" if network["readout"] == "state" else ""
    return f"{network['cell'].upper()}, {many}{plural(network['hidden'], 'unit')}{whole}{read}"


def _scope(scope: str) -> str:
    return {"all": "all weights", "cell": "the weights of the cell", "none": "no weights"}.get(scope, scope)
