from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
import torch

from slowfold.report.branches import ASIDE, branches_of
from slowfold.report.rereading import hold_mean
from slowfold.report.scene import coordinates, distinct
from slowfold.report.walks import Walk, walks_of
from slowfold.study import Run


@pytest.fixture(scope="module")
def walks(finished: Run) -> list[Walk]:
    return walks_of(finished)


def test_the_evidence_at_the_end_of_a_walk_is_that_of_the_analysis(finished: Run, walks: list[Walk]) -> None:
    assert walks
    kept = finished.analysis["document_logits"].values
    for walk in walks:
        expected = kept[walk.document] - kept[walk.document].mean()
        assert np.allclose(walk.logits[-1], expected, atol=1e-4)
        assert walk.probabilities[-1] == pytest.approx(torch.tensor(expected).softmax(0).numpy(), abs=1e-4)
        assert walk.decided[-1] == finished.analysis["document_predicted"].values[walk.document]


def test_a_walk_has_a_state_a_word_and_begins_where_all_do(finished: Run, walks: list[Walk]) -> None:
    document, token = (finished.analysis[f"state_{name}"].values for name in ("document", "token"))
    for walk in walks:
        assert len(walk.path) == len(walk.logits) == len(walk.decided) == len(walk.words) + 1
        assert np.allclose(walk.path[0], coordinates(finished, "initial", 3))
        spelled = [finished.vocabulary.words[number] for number in token[document == walk.document]]
        assert list(walk.words) == spelled


def test_typical_documents_are_read_rightly_and_one_is_not(walks: list[Walk]) -> None:
    wrong = [walk for walk in walks if not walk.rightly]
    assert len(wrong) <= 1
    assert wrong == walks[len(walks) - len(wrong) :]
    assert len({walk.truth for walk in walks if walk.rightly}) == len(walks) - len(wrong)


def test_a_long_document_is_judged_by_its_own_end(
    finished: Run, walks: list[Walk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slowfold.report.walks._MOST_WORDS", 2)
    cut = walks_of(finished)
    assert all(walk.left_out and len(walk.words) == 2 for walk in cut)
    assert [walk.rightly for walk in cut] == [walk.rightly for walk in walks]


def test_what_the_program_of_the_page_gets_holds_no_word(hostile: Run) -> None:
    found = walks_of(hostile)
    assert found
    for walk in found:
        told = json.dumps(walk.to_dict(), allow_nan=False)
        assert not any(character in told for character in "<&%")
        assert max(map(len, walk.words)) <= 41


def test_without_words_a_walk_is_of_numbers(untrained: Callable[..., Run]) -> None:
    run = untrained(["a", "b"], ["secret", "hidden"], keep_words=False)
    assert {word for walk in walks_of(run) for word in walk.words} <= {"word 0", "word 1"}


def test_of_several_labels_each_has_its_own_evidence(labelled: Run) -> None:
    kept = labelled.analysis["document_logits"].values
    for walk in walks_of(labelled):
        assert np.allclose(walk.logits[-1], kept[walk.document], atol=1e-4)
        assert np.allclose(walk.probabilities, 1 / (1 + np.exp(-walk.logits)))


def test_a_way_leaves_its_saddle_and_ends_at_a_stable_point(two_rests: Run) -> None:
    points, branches = distinct(two_rests, "mean"), branches_of(two_rests)
    saddles = {row for row, sort in enumerate(points.sort) if sort == "saddle"}
    assert saddles
    assert {branch.saddle for branch in branches} == saddles
    for branch in branches:
        assert np.allclose(branch.states[0], points.at[branch.saddle])
        if branch.reached is not None:
            assert points.sort[branch.reached] == "stable"
            assert np.allclose(branch.states[-1], points.at[branch.reached])
    assert any(branch.reached is not None for branch in branches)


def test_where_a_way_ends_is_where_the_held_network_goes(two_rests: Run) -> None:
    """From beside each saddle the map itself, and not the branch, says where it leads."""
    analysis = two_rests.analysis
    held, points = hold_mean(two_rests), torch.from_numpy(analysis["mean_point_state"].values)
    spread = float(np.sqrt(coordinates(two_rests, "state", analysis.sizes["component"]).var(axis=0).sum()))
    for one, other in zip(branches_of(two_rests)[::2], branches_of(two_rests)[1::2], strict=True):
        right = torch.from_numpy(analysis["mean_right"].values[one.saddle, :, 0].real.copy())
        steps = ASIDE * spread * right / right.norm()
        ends = held.iterate(torch.stack([points[one.saddle] + steps, points[one.saddle] - steps]), 20_000)
        nearest = [int((points - end).norm(dim=1).argmin()) for end in ends]
        assert {one.reached, other.reached} == set(nearest)


def test_a_run_without_saddles_has_no_ways(untrained: Callable[..., Run]) -> None:
    run = untrained(["a", "b"], ["x", "y"])
    assert "saddle" not in distinct(run, "mean").sort
    assert branches_of(run) == []
