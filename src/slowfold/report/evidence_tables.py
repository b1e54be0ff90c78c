"""Words, modes, figures, faces and modifiers as tables to read and to sort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from slowfold.report.panels.word_evidence import WordWorth
from slowfold.report.tables import Table
from slowfold.report.wording import MINUS, MISSING, listed, number, shortened, signed
from slowfold.study import Run

__all__ = ["face_table", "faces_told", "fit_table", "mode_table", "modifier_table", "word_table"]

# Words listed a class: few classes leave room for more of each.
_MOST_ROWS, _MOST_A_CLASS, _FEWEST_A_CLASS = 120, 15, 3
# Less than this, in nats, is nothing that a word says.
_LEAST = 0.01
# Words at each end of a mode.
_AT_AN_END = 8
# More points than this are not listed one by one.
_MOST_FACES = 60


def word_table(run: Run, found: WordWorth) -> Table:
    """The words that say most about each class or label: what the counts say, and what the network has learned.

    Args:
        run: A finished run.
        found: What its words are worth.
    """
    classes = run.summary["task"]["classes"]
    count = int(np.clip(_MOST_ROWS // max(1, len(classes)), _FEWEST_A_CLASS, _MOST_A_CLASS))
    rows = [
        (
            shortened(found.names[row]),
            shortened(str(classes[label])),
            _nats(found.learned[row, label]),
            f"{found.spread[row, label]:.2f}",
            _nats(found.counted[row, label]),
        )
        for label, best in enumerate(found.foremost(count))
        for row in best.tolist()
        if found.learned[row, label] >= _LEAST
    ]
    return Table(
        f"Words that say most, at most {count} a class",
        ("word", "speaks for", "learned (nats)", "± over places", "counted (nats)"),
        tuple(rows),
    )


def mode_table(run: Run, found: WordWorth) -> Table:
    """The words that push most either way along each of the slowest modes, and what a unit of the mode says.

    Args:
        run: A finished run.
        found: What its words are worth, modes included.
    """
    by_mode = np.zeros((len(found.names), 0)) if found.by_mode is None else found.by_mode
    heard = run.analysis["common_word_mode_logits"].values if by_mode.size else np.zeros((0, 0))
    classes = [shortened(str(name)) for name in run.summary["task"]["classes"]]
    rows: list[tuple[str, ...]] = []
    for mode in range(by_mode.shape[1]):
        order = np.argsort(-by_mode[:, mode], kind="stable")
        up = [row for row in order[:_AT_AN_END].tolist() if by_mode[row, mode] > 0]
        down = [row for row in order[::-1][:_AT_AN_END].tolist() if by_mode[row, mode] < 0]
        ends = (int(heard[mode].argmax()), int(heard[mode].argmin()))
        rows.append(
            (
                str(mode + 1),
                _named(found, up),
                f"{classes[ends[0]]} {_nats(heard[mode, ends[0]])}",
                _named(found, down),
                f"{classes[ends[1]]} {_nats(heard[mode, ends[1]])}",
            )
        )
    return Table(
        "Words along the slowest modes",
        ("mode", "words one way", "a unit says", "words the other way", "and against"),
        tuple(rows),
    )


def fit_table(run: Run) -> Table:
    """How well each figure fits the corners, beside chance."""
    fits: dict[str, Any] = run.summary["shape"]["figures"]["fits"]
    rows = [
        (
            name,
            f"{fit['misfit']:.3f}",
            f"{fit['by_chance']:.3f}",
            f"{fit['score']:.2f}".replace("-", MINUS),
            number(fit["p"]),
        )
        for name, fit in fits.items()
        if fit is not None
    ]
    return Table("Figures through the corners", ("figure", "misfit", "by chance", "score", "p"), tuple(rows))


def faces_told(faces: Mapping[str, Any]) -> str:
    """How many faces of the figure stand as points at the mean input, in a sentence.

    Args:
        faces: The part of a summary that is about them.

    Example:
        >>> faces_told({"figure": "simplex", "possible": 7, "realised": 1, "as_fixed_points": 0})
        'Of the 7 faces of a simplex, 1 stands as a point at the mean input, as a ghost.'
        >>> faces_told({"figure": "cube", "possible": 9, "realised": 5, "as_fixed_points": 4})
        'Of the 9 faces of a cube, 5 stand as points at the mean input, 1 of them only as ghosts.'
    """
    count, ghosts = faces["realised"], faces["realised"] - faces["as_fixed_points"]
    of = f"Of the {faces['possible']:,} faces of a {faces['figure']},"
    if count == 0:
        return f"{of} none stands as a point at the mean input."
    if count == 1:
        return f"{of} 1 stands as a point at the mean input, as a {'ghost' if ghosts else 'fixed point'}."
    how = f"{ghosts:,} of them only as ghosts" if ghosts else "all as fixed points"
    return f"{of} {count:,} stand as points at the mean input, {how}."


def face_table(run: Run) -> Table:
    """The face that each fixed point and ghost stands for, and its index beside that of a perfect figure."""
    faces, classes = run.summary["shape"]["faces"], run.summary["task"]["classes"]
    names = [shortened(str(name), 24) for name in classes]
    rows = [
        (
            _face(point["face"], names, cube=faces["figure"] == "cube"),
            "ghost" if point["ghost"] else "fixed point",
            MISSING if point["index"] is None else signed(point["index"]),
            signed(point["expected_index"]),
        )
        for point in faces["points"][:_MOST_FACES]
    ]
    left = len(faces["points"]) - len(rows)
    return Table(
        f"Faces of the {faces['figure']} at the mean input" + (f", {left} more not listed" if left else ""),
        ("undecided between" if faces["figure"] == "simplex" else "labels", "stands as", "index", "expected"),
        tuple(rows),
    )


def modifier_table(run: Run) -> Table:
    """The modifiers that were looked at closely."""
    entries: list[dict[str, Any]] = run.summary["context"]["modifiers"]
    names = [shortened(str(word)) for word in run.analysis["modifier"].values]
    rows = [
        (
            name,
            number(entry["factor"]),
            f"{number(entry['low'])} to {number(entry['high'])}",
            str(entry["verdict"]),
            MISSING if entry["halved"] is None else number(entry["halved"]),
            number(entry["passing"]),
            number(entry["expected"]),
            number(entry["score"]).replace("-", MINUS),
        )
        for name, entry in zip(names, entries, strict=True)
    ]
    return Table(
        "Words that change the words after them",
        ("word", "factor", "95 % interval", "verdict", "halved after", "passing change", "expected", "score"),
        tuple(rows),
    )


def _face(face: list[int], names: list[str], *, cube: bool) -> str:
    if not cube:
        return listed([name for name, one in zip(names, face, strict=True) if one])
    said = {1: "", -1: "not ", 0: "perhaps "}
    return ", ".join(f"{said[one]}{name}" for name, one in zip(names, face, strict=True))


def _named(found: WordWorth, rows: list[int]) -> str:
    return ", ".join(shortened(found.names[row], 24) for row in rows) or MISSING


def _nats(value: float) -> str:
    return f"{value:+.2f}".replace("-", MINUS)
