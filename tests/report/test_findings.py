from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from slowfold.report.findings import find
from slowfold.study import Run


def set_accuracy(**values: float) -> Callable[[dict[str, Any]], None]:
    return lambda summary: summary["accuracy"].update(values)


def test_the_headline_has_the_accuracy_and_the_dimension(finished: Run) -> None:
    found = find(finished)
    assert found.learned
    assert f"{100 * finished.summary['accuracy']['test']:.1f}\xa0%" in found.headline
    visited, interval = (finished.summary[part] for part in ("dimension", "shape"))
    visited, (low, high) = visited["visited"], interval["intervals"]["visited"]["participation_ratio"]
    assert f"on a surface of {visited['for_90']} dimension" in found.headline
    sized = f"(participation ratio {visited['participation_ratio']:.2f}, 95\xa0% interval {low:.2f} to {high:.2f})"
    assert sized in found.headline
    assert f"the states show {visited['shares'][0]:.2f}" in found.headline
    foretold = finished.summary["dimension"]["predicted"]["documents"]
    assert f"word counts had predicted {foretold['shares'][0]:.2f}" in found.headline


def test_the_headline_does_without_an_interval_where_there_is_none(variant: Callable[..., Run]) -> None:
    def without(summary: dict[str, Any]) -> None:
        del summary["shape"], summary["evidence"], summary["context"]

    found = find(variant(summary=without))
    assert "interval" not in found.headline
    assert not {"Words", "Figure"} & {about for about, _ in found.statements}


@pytest.mark.parametrize("poor", [True, False])
def test_a_poor_linear_account_is_in_the_headline(variant: Callable[..., Run], poor: bool) -> None:
    def change(summary: dict[str, Any]) -> None:
        summary["evidence"]["linear"] = {"poor": poor, "sentence": "It leaves 38 % unexplained."}

    run = variant(summary=change)
    assert ("It leaves 38 % unexplained." in find(run).headline) is poor
    assert "It leaves 38 % unexplained." in dict(find(run).statements)["Words"]


def test_the_figure_is_told_with_its_score_and_the_faces_that_stand(variant: Callable[..., Run]) -> None:
    def change(summary: dict[str, Any]) -> None:
        fit = {"misfit": 0.1, "by_chance": 0.5, "score": 0.8, "p": 0.004}
        summary["shape"]["figures"] = {"best": "simplex", "draws": 999, "fits": {"simplex": fit}}
        summary["shape"]["faces"] |= {"possible": 7, "realised": 5, "as_fixed_points": 4}

    said = dict(find(variant(summary=change)).statements)["Figure"]
    assert "nearest to a simplex (score 0.80" in said
    assert "Of the 7 faces of a simplex, 5 stand as points at the mean input, 1 of them only as ghosts." in said


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


@pytest.mark.parametrize(
    ("shuffled", "way"),
    [(0.95, "adds up evidence for 3 classes"), (0.5, "reads words in their order to tell 3 classes apart")],
)
def test_adding_up_is_claimed_only_where_the_order_of_words_is_no_matter(
    variant: Callable[..., Run], shuffled: float, way: str
) -> None:
    assert way in find(variant(summary=set_accuracy(test=0.95, shuffled_words=shuffled))).headline


def test_how_sure_gives_the_sample_and_the_standard_error(variant: Callable[..., Run]) -> None:
    certainty = find(variant(summary=set_accuracy(test=0.5))).certainty
    # 300 test documents: sqrt(0.25 / 300) is 2.9 points.
    assert "300 test documents" in certainty
    assert "standard error 2.9 points" in certainty


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
