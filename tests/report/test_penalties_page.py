"""The paper's figure drawn anew: every network of it, beside the paper's values."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from slowfold.errors import RunError
from slowfold.report import write_penalties
from slowfold.study import Experiment, list_runs
from slowfold.study.sweeping import folder_of, read_sweep
from study.claims.made_up import keep

PAPER = Path(__file__).parents[2] / "docs" / "claims" / "paper"
ONE = Experiment(task="categorical", classes="3", l2=5e-4)


def test_networks_stand_beside_the_papers_values(tmp_path):
    asked = [
        ONE,
        replace(ONE, seed=1),
        replace(ONE, classes="8", l2=1e-2),
        # None of these belongs to the figure.
        replace(ONE, l2=3e-4),
        replace(ONE, cell="lstm"),
        replace(ONE, task="ordered"),
    ]
    keep(asked, tmp_path)
    keep(asked[1:2], tmp_path, dimension=2.5)
    for one in asked:
        one.save(folder_of(tmp_path, one) / "experiment.toml")
    page = write_penalties(tmp_path / "runs", tmp_path / "page.html").read_text(encoding="utf-8")
    assert "The dimension of 3 networks" in page
    circles = re.findall(r"<circle [^>]*>", page)
    assert sum("hollow" not in circle for circle in circles) == 3
    rows = [re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row) for row in page.split("<tr>")[2:]]
    assert rows == [["0.0005", "2.25 (2.1)", "(7.2)"], ["0.01", "(2)", "7.00 (6.05)"]]
    table = write_penalties(tmp_path / "runs", tmp_path / "table.md").read_text(encoding="utf-8")
    assert table.splitlines() == [
        "| L2 | N = 3 | N = 8 |",
        "| --- | --- | --- |",
        "| 0.0005 | 2.25 (2.1) | (7.2) |",
        "| 0.01 | (2) | 7.00 (6.05) |",
    ]


def test_the_table_of_the_docs_is_that_of_the_networks_beside_it(tmp_path):
    table = write_penalties(PAPER / "runs", tmp_path / "table.md").read_text(encoding="utf-8")
    assert (PAPER / "penalties.md").read_text(encoding="utf-8") == table
    assert len(list_runs(PAPER / "runs")) == len(read_sweep(PAPER.parent / "paper-54.toml").experiments) == 54


def test_a_folder_without_such_a_network_is_told(tmp_path):
    with pytest.raises(RunError, match="no GRU of the categorical language"):
        write_penalties(tmp_path, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
