from __future__ import annotations

from typing import Any

import pytest

from slowfold.dynamics import End
from slowfold.report.resting import census

COUNTS = {"starts": 9, "fixed": 9, "ghost": 0, "degenerate": 0, "out_of_bounds": 0, "unconverged": 0}
FOUND = {"distinct": 3, "distinct_ghosts": 0, "distinct_degenerate": 0, "stable": 2}
WHOLE = {"applicable": True, "sum": 1, "complete": True}


def entry(**changes: Any) -> dict[str, Any]:
    return {**COUNTS, **FOUND, "audit": WHOLE, **changes}


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
        (
            {"distinct_degenerate": 1},
            "2 distinct fixed points (2 stable), and 1 degenerate place where points need not",
        ),
        (
            {"distinct": 5, "distinct_degenerate": 5, "stable": 0, "fixed": 0, "degenerate": 9},
            "No isolated fixed point was found, but 5 degenerate places where points need not be isolated; ",
        ),
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
