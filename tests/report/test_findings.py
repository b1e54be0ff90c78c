from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from slowfold.dynamics import End
from slowfold.report.findings import census, find
from slowfold.study import Run

COUNTS = {"starts": 9, "fixed": 9, "ghost": 0, "degenerate": 0, "out_of_bounds": 0, "unconverged": 0}
FOUND = {"distinct": 3, "distinct_ghosts": 0, "stable": 2}
WHOLE = {"applicable": True, "sum": 1, "complete": True}


def entry(**changes: Any) -> dict[str, Any]:
    return {**COUNTS, **FOUND, "audit": WHOLE, **changes}


def set_accuracy(**values: float) -> Callable[[dict[str, Any]], None]:
    return lambda summary: summary["accuracy"].update(values)


def test_the_headline_has_the_accuracy_and_the_dimension(finished: Run) -> None:
    found = find(finished)
    assert found.learned
    assert f"{100 * finished.summary['accuracy']['test']:.1f}\xa0%" in found.headline
    visited = finished.summary["dimension"]["visited"]
    assert f"{visited['participation_ratio']:.1f} dimensions" in found.headline
    assert f"{visited['for_90']} component" in found.headline


def test_a_network_that_has_not_learned_is_said_to_have_not_in_the_first_line(variant: Callable[..., Run]) -> None:
    found = find(variant(summary=set_accuracy(test=0.35, shuffled_words=0.35)))
    assert not found.learned
    assert "has not learned" in found.headline
    assert "commonest class each time would get 33." in found.headline
    assert "and a bag of words" in found.headline


def test_a_network_that_has_not_learned_is_not_explained(variant: Callable[..., Run]) -> None:
    found = find(variant(summary=set_accuracy(test=0.35, shuffled_words=0.35, bag_of_words=0.9)))
    assert [about for about, _ in found.statements] == ["Not explained"]
    assert "--steps" in found.statements[0][1]


def test_where_words_say_nothing_that_is_said_instead(variant: Callable[..., Run]) -> None:
    said = dict(find(variant(summary=set_accuracy(test=0.35, bag_of_words=0.34))).statements)["Not explained"]
    assert "Nor does a bag of words" in said
    assert "--steps" not in said


def test_a_bag_of_words_that_does_better_is_named_in_the_first_line(variant: Callable[..., Run]) -> None:
    said = find(variant(summary=set_accuracy(test=0.8, shuffled_words=0.8, bag_of_words=0.95))).headline
    assert "A bag of words gets 95.0\xa0%: there is more to be learned." in said


def test_a_bag_of_words_that_does_no_better_is_not_in_the_first_line(variant: Callable[..., Run]) -> None:
    assert "bag of words" not in find(variant(summary=set_accuracy(test=0.95, bag_of_words=0.96))).headline


def test_a_share_barely_above_chance_is_no_learning(variant: Callable[..., Run], finished: Run) -> None:
    labels = finished.analysis["final_label"].values
    common = np.bincount(labels).max() / len(labels)
    error = np.sqrt(common * (1 - common) / len(labels))
    assert not find(variant(summary=set_accuracy(test=float(common + 1.9 * error)))).learned


@pytest.mark.parametrize(("shuffled", "way"), [(0.95, "adding up evidence"), (0.5, "in their order")])
def test_adding_up_is_claimed_only_where_the_order_of_words_is_no_matter(
    variant: Callable[..., Run], shuffled: float, way: str
) -> None:
    assert way in find(variant(summary=set_accuracy(test=0.95, shuffled_words=shuffled))).headline


def test_how_sure_gives_the_sample_and_the_standard_error(variant: Callable[..., Run]) -> None:
    certainty = find(variant(summary=set_accuracy(test=0.5))).certainty
    # 300 test documents: sqrt(0.25 / 300) is 2.9 points.
    assert "300 test documents" in certainty
    assert "standard error 2.9 points" in certainty


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "2 stable and 1 saddle); their indices add up to +1, so the census is complete as far as the index can"),
        ({"audit": {"applicable": True, "sum": 0, "complete": False}}, "add up to 0 where all fixed points"),
        ({"audit": {"applicable": True, "sum": 3, "complete": False}}, "so points are missing"),
        ({"audit": {"applicable": False, "sum": None, "complete": None}}, "no box is known"),
        (
            {"degenerate": 4, "fixed": 5, "audit": {"applicable": False, "sum": None, "complete": None}},
            "some are degenerate",
        ),
        ({"stable": 0}, "(3 saddles, none stable)"),
        ({"distinct": 0, "stable": 0, "fixed": 0, "unconverged": 9}, "No fixed point was found"),
        ({"fixed": 4, "unconverged": 5}, "4 of 9 starts came to a fixed point; 5 did not converge"),
        ({"fixed": 0, "ghost": 9, "distinct_ghosts": 1}, "None of 9 starts came to a fixed point; 9 came to 1 ghost"),
        ({"fixed": 8, "out_of_bounds": 1}, "1 left the box"),
    ],
)
def test_the_census_says_what_is_missing(changes: dict[str, Any], said: str) -> None:
    assert said in census(entry(**changes))


ENDS = dict.fromkeys(("listed", "unlisted", "cycle", "quasi_periodic", "chaotic", "balanced", "unbounded", "moving"), 0)


@pytest.mark.parametrize(
    ("ends", "cycles", "said"),
    [
        ({"listed": 80}, [], "comes to rest at a stable one from all 80 visited states tried."),
        (
            {"listed": 60, "cycle": 20},
            [2],
            "of 80 visited states tried, from 75\xa0% to rest at a stable point and from 25\xa0% to a cycle of 2",
        ),
        ({"cycle": 80}, [2, 3], "from 100\xa0% to cycles of 2 and 3 steps."),
        ({"quasi_periodic": 40, "chaotic": 40}, [], "from 50\xa0% to an orbit that comes back without closing"),
        ({"listed": 8, "unlisted": 72}, [], "from 90\xa0% to rest at a stable point that is not listed"),
        ({"moving": 1, "listed": 79}, [], "from 1\xa0% to nothing that could be told"),
        (
            {"balanced": 40, "unbounded": 40},
            [],
            "from 50\xa0% to a point that does not attract and from 50\xa0% beyond",
        ),
    ],
)
def test_where_the_network_goes_by_itself_is_said_with_its_share(
    ends: dict[str, int], cycles: list[int], said: str
) -> None:
    assert said in census(entry(iterated=ENDS | ends, cycles=cycles))


def test_every_end_there_is_has_words() -> None:
    assert set(ENDS) == {end.name.lower() for end in End}
    for end in ENDS:
        assert "from 50\xa0%" in census(entry(iterated=ENDS | {"listed": 1, end: 1}, cycles=[2])) or end == "listed"


def test_a_stable_point_that_is_not_listed_makes_the_census_incomplete() -> None:
    said = census(entry(audit={"applicable": True, "sum": 1, "unlisted": 2, "complete": False}))
    assert "add up to +1, but 2 stable points where the network comes to rest could not be listed" in said
    assert "the census is incomplete" in said


def test_a_summary_from_before_the_map_was_iterated_is_silent_about_it() -> None:
    assert "Left with this input" not in census(entry())


def test_the_manifold_is_told_of_with_how_well_it_was_found(finished: Run, variant: Callable[..., Run]) -> None:
    manifold, said = finished.summary["manifold"], dict(find(finished).statements)
    reached = f"{manifold['reached']} of {manifold['starts']}"
    assert (f"all {manifold['starts']}" if manifold["reached"] == manifold["starts"] else reached) in said[
        "Slow manifold, mean input"
    ]
    assert (
        f"{finished.summary['dimension']['manifold']['participation_ratio']:.2f}" in said["Slow manifold, mean input"]
    )
    assert f"median over {manifold['linearized']} points" in said["Memory"]

    def lost(summary: dict[str, Any]) -> None:
        summary["manifold"] |= {"reached": 0, "linearized": 0, "defect": None}
        summary["dimension"]["manifold"] = None
        summary["modes"]["at"] = "fixed points"

    said = dict(find(variant(summary=lost)).statements)
    assert said["Slow manifold, mean input"].startswith("Above none of")
    assert said["Memory"].startswith("At the fixed points")


def test_the_time_constants_told_are_those_of_the_modes_that_stand_apart(variant: Callable[..., Run]) -> None:
    def modes(summary: dict[str, Any]) -> None:
        summary["modes"] |= {"before_gap": 2, "time_constants": [70.04, None, 3.5], "at_or_above_length": 1}

    said = dict(find(variant(summary=modes)).statements)["Memory"]
    assert "2 modes stand apart from the rest, the time constants are 70 and ∞ tokens; 1 mode of 16 lasts" in said


def test_a_stage_that_does_not_exist_is_not_spoken_of(variant: Callable[..., Run]) -> None:
    def empty(summary: dict[str, Any]) -> None:
        summary["modes"] = None

    assert "Memory" not in dict(find(variant(summary=empty)).statements)
