"""The paper's figure drawn anew: every network of it, beside the paper's values."""

import re
from dataclasses import replace

import pytest

from slowfold.errors import RunError
from slowfold.report import write_penalties
from slowfold.study import Experiment
from slowfold.study.sweeping import folder_of
from study.claims.made_up import keep

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


def test_a_folder_without_such_a_network_is_told(tmp_path):
    with pytest.raises(RunError, match="no GRU of the categorical language"):
        write_penalties(tmp_path, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
