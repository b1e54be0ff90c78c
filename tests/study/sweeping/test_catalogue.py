"""The catalogue: every figure of every summary, in one table."""

import json
import math
import shutil

import polars as pl
import pytest

from slowfold.errors import RunError
from slowfold.study.sweeping import CATALOGUE, catalogue_row, read_catalogue, write_catalogue
from slowfold.study.sweeping.catalogue import as_table


def test_a_row_holds_every_figure_by_its_path(run, experiment):
    row = catalogue_row(run)
    summary = run.summary
    assert row["accuracy.test"] == summary["accuracy"]["test"]
    assert row["dimension.visited.shares"] == summary["dimension"]["visited"]["shares"]
    assert row["fixed_points.mean.audit.sum"] == summary["fixed_points"][1]["audit"]["sum"]
    assert row["experiment.l2"] is None
    assert row["experiment.steps"] == experiment.steps
    assert (row["run"], row["key"]) == (run.name, None)

    def leaves(part):
        if isinstance(part, dict):
            return sum(leaves(value) for value in part.values())
        return 1

    counted = sum(leaves(part) for name, part in summary.items() if name != "fixed_points")
    counted += sum(leaves(entry) - 1 for entry in summary["fixed_points"])
    assert sum(not name.startswith(("experiment.", "run", "key")) for name in row) == counted


def test_a_catalogue_is_read_from_runs_alone_and_damaged_ones_hide_no_others(run, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(run.folder, tmp_path / "runs" / name)
    (tmp_path / "runs" / "two" / "summary.json").write_text("{", encoding="utf-8")
    (tmp_path / "runs" / "unfinished").mkdir()
    table, wrong = read_catalogue(tmp_path)
    assert table["run"].to_list() == ["one"]
    assert len(wrong) == 1
    assert isinstance(wrong[0], RunError)
    assert read_catalogue(tmp_path / "runs")[0].equals(table)


def test_what_is_written_is_read_back_by_others(run, tmp_path):
    table = as_table([catalogue_row(run)])
    path = write_catalogue(table, tmp_path / CATALOGUE)
    assert pl.read_parquet(path).equals(table)
    assert [file.name for file in tmp_path.iterdir()] == [CATALOGUE]
    assert not any(isinstance(kind, pl.Struct | pl.Object) for kind in table.schema.values())


def test_rows_of_different_runs_share_a_table():
    rows = [
        {"run": "b", "modes.at": None, "a": 1, "list": [1]},
        {"run": "a", "modes.at": "manifold", "a": 0.5, "list": []},
    ]
    table = as_table(rows)
    assert table["run"].to_list() == ["a", "b"]
    assert table["modes.at"].to_list() == ["manifold", None]
    assert table["a"].to_list() == [0.5, 1.0]
    assert as_table([]).columns == ["run", "key"]


def test_a_summary_of_a_later_kind_is_no_row(run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "later")
    path = tmp_path / "later" / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**summary, "schema": math.pi}), encoding="utf-8")
    table, wrong = read_catalogue(tmp_path)
    assert table.is_empty()
    with pytest.raises(RunError, match="schema"):
        raise wrong[0]


def test_what_is_of_one_depth_here_and_another_there_stands_as_text():
    rows = [
        {"run": "a", "labels": [0, 1], "cycles": [], "shares": [1]},
        {"run": "b", "labels": [[False, True]], "cycles": [{"period": 2}], "shares": [0.5, None]},
        {"run": "c", "labels": None, "cycles": None, "shares": None},
    ]
    table = as_table(rows)
    assert table["labels"].to_list() == ["[0, 1]", "[[false, true]]", None]
    assert table["cycles"].to_list() == [[], [{"period": 2}], None]
    assert table["shares"].to_list() == [[1.0], [0.5, None], None]
