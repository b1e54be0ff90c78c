"""Runs side by side: what is measured, what is said of what cannot be, and what is refused."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
import torch

import slowfold as sf
from slowfold.errors import OptionError, RunError
from slowfold.study import Comparison, Run, compare
from slowfold.study.comparing import Distances


@pytest.fixture(scope="module")
def compared(run: Run, square: Run, renamed: Run, wordless: Run) -> Comparison:
    return compare([run, square.folder, str(renamed.folder), wordless])


def test_every_pair_has_the_distances_that_it_can_have(compared: Comparison) -> None:
    found = {one.measure: one.between for one in compared.distances}
    assert set(found) == {"states", "fixed points", "spectra"}
    for between in found.values():
        assert between.shape == (4, 4)
        known = torch.isfinite(between)
        torch.testing.assert_close(between[known], between.mT[known], atol=1e-9, rtol=0)
    # The record of the turned network is of other weights, so where its saddles lead is not known.
    assert torch.isfinite(found["fixed points"]).all(dim=1).tolist() == [False] * 4
    assert torch.isfinite(found["fixed points"][[0, 1, 3]][:, [0, 1, 3]]).all()
    assert torch.isnan(found["fixed points"][2]).all()
    assert torch.isfinite(found["spectra"]).all()
    assert torch.isfinite(found["states"][:3, :3]).all()
    assert torch.isnan(found["states"][3]).all()
    assert found["states"][0, 2] == pytest.approx(0, abs=1e-5)
    # Without words nothing can be read, but the points and the spectra are the same.
    for measure in ("fixed points", "spectra"):
        assert found[measure][0, 3] == pytest.approx(0, abs=1e-9)
        assert found[measure][0, 1] > 0.01


def test_what_cannot_be_compared_is_said(compared: Comparison) -> None:
    assert any("without words" in note for note in compared.notes)
    assert any("could not be found again" in note for note in compared.notes)


def test_it_says_what_it_is(compared: Comparison) -> None:
    assert repr(compared).startswith("Comparison(4 runs that differ in cell: ")
    shown = compared._repr_html_()
    assert shown.count("<tr>") == 1 + 4 + 1
    assert all(f"{run.summary['accuracy']['test']:.3f}" in shown for run in compared.runs)
    assert "without words" in shown


def test_a_task_brings_its_classes_with_it(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(run.folder, other)
    summary = json.loads((other / "summary.json").read_text(encoding="utf-8"))
    summary["task"] |= {"name": "letters", "classes": ["a", "b", "c", "d"]}
    (other / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    found = compare([run, other])
    assert [factor.name for factor in found.varied] == ["task", "classes"]
    assert [factor.name for factor in found.telling] == ["task"]
    assert found.names == ("categorical", "letters")
    assert found.distances[0].between[0, 1] == pytest.approx(0, abs=1e-9)


def test_the_map_holds_the_most_networks_that_can_be_compared() -> None:
    between = torch.tensor(
        [[0.0, 1.0, math.nan, 1.0], [1.0, 0.0, math.nan, 1.0], [math.nan] * 4, [1.0, 1.0, math.nan, 0.0]]
    )
    rows, placed = Distances("states", between.double()).placed() or ((), None)
    assert rows == (0, 1, 3)
    assert placed is not None
    assert torch.cdist(placed.position, placed.position)[0, 1] == pytest.approx(1.0)
    assert Distances("states", between.double()[:2, :2]).placed() is None
    assert Distances("states", between.double()).any
    assert not Distances("states", torch.full((2, 2), math.nan, dtype=torch.float64).fill_diagonal_(0)).any


def test_what_cannot_be_compared_ends_in_one_line(run: Run, tmp_path: Path) -> None:
    unfinished, damaged = tmp_path / "unfinished", tmp_path / "damaged"
    unfinished.mkdir()
    (unfinished / "experiment.toml").write_text('task = "categorical"\n', encoding="utf-8")
    shutil.copytree(run.folder, damaged)
    (damaged / "analysis.nc").write_bytes(b"nothing")
    for runs, kind, said in (
        ([], OptionError, "two runs"),
        ([run], OptionError, "two runs"),
        ([run, run.folder], OptionError, "named twice"),
        ([run, tmp_path / "nowhere"], RunError, "there is no run"),
        ([run, unfinished], RunError, "not finished"),
        ([run, damaged], RunError, "cannot be read"),
    ):
        with pytest.raises(kind, match=said) as caught:
            sf.compare(runs)
        assert "\n" not in str(caught.value)
