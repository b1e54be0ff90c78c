from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from report.hostile import WORDS
from slowfold.report.evidence_tables import face_table, fit_table, mode_table, modifier_table, word_table
from slowfold.report.panels.word_evidence import worth_of
from slowfold.report.wording import MINUS
from slowfold.study import Run


def test_words_are_listed_with_the_class_they_speak_for(finished: Run) -> None:
    found = worth_of(finished)
    assert found is not None
    learned = finished.analysis["common_word_learned"].values
    against_others = learned - learned.mean(axis=1, keepdims=True)
    assert np.allclose(found.learned, against_others)
    table = word_table(finished, found)
    assert table.rows
    for word, speaks_for, value, _, _ in table.rows:
        row, label = found.names.index(word), finished.summary["task"]["classes"].index(speaks_for)
        assert float(value.replace(MINUS, "-")) == round(against_others[row, label], 2)
        assert against_others[row, label] > 0
    # Each class has its most telling word first.
    for label, name in enumerate(finished.summary["task"]["classes"]):
        own = [row for row in table.rows if row[1] == name]
        assert own[0][0] == found.names[int(against_others[:, label].argmax())]


def test_a_mode_lists_the_words_at_both_ends(finished: Run) -> None:
    found = worth_of(finished)
    assert found is not None
    assert found.by_mode is not None
    rows = mode_table(finished, found).rows
    assert len(rows) == found.by_mode.shape[1]
    for mode, row in enumerate(rows):
        if found.by_mode[:, mode].max() > 0:
            assert row[1].split(", ")[0] == found.names[int(found.by_mode[:, mode].argmax())]
        if found.by_mode[:, mode].min() < 0:
            assert row[3].split(", ")[0] == found.names[int(found.by_mode[:, mode].argmin())]


def test_figures_and_faces_are_those_of_the_summary(variant: Callable[..., Run]) -> None:
    def change(summary: dict[str, Any]) -> None:
        fit = {"misfit": 0.1, "by_chance": 0.5, "score": -0.8, "p": 0.004}
        summary["shape"]["figures"] = {"best": "simplex", "draws": 999, "fits": {"simplex": fit, "cube": None}}
        summary["shape"]["faces"] = {
            "figure": "simplex",
            "points": [
                {"face": [1, 0, 0], "ghost": False, "index": 1, "expected_index": 1},
                {"face": [1, 0, 1], "ghost": True, "index": None, "expected_index": -1},
            ],
        }

    run = variant(summary=change)
    assert fit_table(run).rows == (("simplex", "0.100", "0.500", f"{MINUS}0.80", "0.004"),)
    names = run.summary["task"]["classes"]
    assert face_table(run).rows == (
        (names[0], "fixed point", "+1", "+1"),
        (f"{names[0]} and {names[2]}", "ghost", "—", f"{MINUS}1"),
    )


def test_the_faces_of_a_cube_say_of_each_label_what_it_is(labelled: Run) -> None:
    run = Run(labelled.folder)
    points = [{"face": [1, -1], "ghost": False, "index": 1, "expected_index": 1}]
    run.__dict__["summary"] = {
        **labelled.summary,
        "shape": {"faces": {"figure": "cube", "points": points}},
    }
    assert face_table(run).rows[0][0] == "joy, not fear"


def test_modifiers_are_named_and_none_is_longer_than_a_label(hostile: Run) -> None:
    table = modifier_table(hostile)
    assert table.rows
    assert len(table.rows) == len(hostile.summary["context"]["modifiers"])
    assert all(len(row[0]) <= 41 for row in table.rows)
    assert {row[0] for row in table.rows} & set(WORDS)
