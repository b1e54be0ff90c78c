"""States after the same words: whatever order the words and the units have, the same network is at no distance."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from slowfold.geometry.comparison import representation_distance
from slowfold.study import Run
from slowfold.study.comparing.matched import same_words, state_distances, states_after
from study.comparing.conftest import UNITS, Copied


def test_the_words_are_matched_by_name(run: Run, renamed: Run) -> None:
    assert run.vocabulary.words != renamed.network.vocabulary.words
    ours, theirs = states_after(run, run.network), states_after(run, renamed.network)
    torch.testing.assert_close(theirs, ours[:, list(UNITS)], atol=1e-5, rtol=0)
    between, notes = state_distances([run, renamed])
    assert between[0, 1] == pytest.approx(0, abs=1e-5)
    assert notes == []


def test_the_states_are_those_of_the_analysis(run: Run) -> None:
    states, analysis = states_after(run, run.network), run.analysis
    assert len(states) == analysis.sizes["step"]
    on_axes = (states.numpy() - analysis["mean"].values) @ analysis["axes"].values.T
    np.testing.assert_allclose(on_axes, analysis["state"].values, atol=1e-4)


def test_networks_of_different_cells_are_compared_by_what_is_read(run: Run, square: Run) -> None:
    between, _ = state_distances([run, square])
    assert torch.equal(between, between.mT)
    expected = representation_distance(states_after(run, run.network), states_after(run, square.network))
    assert between[0, 1] == pytest.approx(expected, abs=1e-9)
    assert 0 < between[0, 1] < 1


def test_a_run_without_words_stands_alone(run: Run, square: Run, wordless: Run) -> None:
    assert same_words([run, wordless, square]) == ((0, 2), (1,))
    between, _ = state_distances([run, wordless, square])
    assert torch.isfinite(between[[0, 2]][:, [0, 2]]).all()
    assert torch.isnan(between[1]).all()


def test_a_network_that_never_moves_costs_the_others_nothing(run: Run, renamed: Run, copied: Copied) -> None:
    dead = copied(run, "dead")
    network = dead.network
    with torch.no_grad():
        for weight in network.cell.parameters():
            weight.zero_()
        network.initial_state.zero_()
    network.save(dead.folder)
    between, notes = state_distances([run, copied(dead, "again"), renamed])
    assert torch.isnan(between[1]).all()
    assert between[0, 2] == pytest.approx(0, abs=1e-5)
    assert len(notes) == 1
    assert "again" in notes[0]
    assert "all the same" in notes[0]
