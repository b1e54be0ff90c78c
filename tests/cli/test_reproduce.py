"""The command reproduce: pages from the networks that are there, and what it refuses."""

import json
import re
import sys
from dataclasses import asdict

import pytest
from rich.console import Console

from slowfold.cli.machines import Machines
from slowfold.cli.parsing import parse
from slowfold.cli.reproduce import ReproduceCommand
from slowfold.cli.sweep import SweepCommand
from slowfold.errors import OptionError, RunError
from slowfold.study.claims import claims_of, ledger, plan_of
from study.claims.made_up import give_up, keep


def said(**options):
    console = Console(record=True, width=140)
    ReproduceCommand(**options).execute(console, Console(stderr=True))
    return console.export_text()


def test_pages_are_rebuilt_without_training(tmp_path):
    (claim,) = claims_of(plan_of("small"), ("C1",))
    keep(claim.experiments, tmp_path)
    told = said(claims="c1, C2", out=tmp_path, rebuild=True)
    assert "supported" in told
    assert "undecided: time" in told
    assert {"claims.json", "claims.md", "claims.html"} <= {path.name for path in tmp_path.iterdir()}
    kept = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert [entry["verdict"] for entry in kept["claims"]] == ["supported", "undecided"]


def test_what_judging_needs_is_kept_elsewhere(tmp_path):
    (claim,) = claims_of(plan_of("small"), ("C10",))
    keep(claim.experiments, tmp_path / "out")
    said(claims="C10", out=tmp_path / "out", rebuild=True, keep=tmp_path / "kept")
    assert {"claims.json", "claims.md", "claims.html", "runs"} <= {path.name for path in (tmp_path / "kept").iterdir()}
    assert "6, of which 6 are finished" in said(claims="C10", out=tmp_path / "kept", dry_run=True)


ASKED = [
    {},
    {"claims": "C10"},
    {"claims": "C11,C2", "seeds": 6},
    {"cells": "lstm,gru", "steps": 9},
    {"scale": "full", "seeds": 4},
]


@pytest.mark.parametrize("asked", ASKED)
def test_the_command_on_the_pages_asks_for_the_same_again(asked, tmp_path):
    said(**asked, out=tmp_path, rebuild=True)
    command = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))["command"]
    for page in ("claims.html", "claims.md"):
        assert command in (tmp_path / page).read_text(encoding="utf-8")
    again = parse(command.split()[1:], {"reproduce": ReproduceCommand, "sweep": SweepCommand}, description="")
    assert asdict(again) == asdict(ReproduceCommand(**asked))


def test_where_all_is_there_nothing_is_trained_and_ray_is_not_needed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    (claim,) = claims_of(plan_of("small"), ("C10",))
    keep(claim.experiments, tmp_path)
    assert "C10" in said(claims="C10", out=tmp_path)


def test_what_is_made_again_is_told_and_stays_until_then(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    (claim,) = claims_of(plan_of("small"), ("C21",))
    keep(claim.experiments, tmp_path)
    progress = Console(record=True, width=140)
    with pytest.raises(OptionError, match="Ray is not installed"):
        ReproduceCommand(claims="C21", out=tmp_path).execute(Console(), progress)
    assert "3 of them are made again" in progress.export_text()
    assert len(list(tmp_path.glob("runs/*/summary.json"))) == 3


def test_networks_that_were_given_up_end_in_one_line_after_the_pages(tmp_path, monkeypatch):
    (claim,) = claims_of(plan_of("small"), ("C10",))
    keep(claim.experiments[1:], tmp_path)

    def conduct(*_, **__):
        give_up(claim.experiments[:1], tmp_path)

    monkeypatch.setattr(ledger, "conduct_sweep", conduct)
    progress = Console(record=True, width=140)
    with pytest.raises(RunError, match="1 of 6 runs failed"):
        ReproduceCommand(claims="C10", out=tmp_path).execute(Console(), progress)
    assert ": lost" in progress.export_text()
    assert (tmp_path / "claims.html").is_file()
    assert "undecided: failed" in said(claims="C10", out=tmp_path, rebuild=True)


def test_a_dry_run_of_what_is_finished_has_nothing_to_try(tmp_path):
    (claim,) = claims_of(plan_of("small"), ("C10",))
    keep(claim.experiments, tmp_path)
    assert "6, of which 6 are finished" in said(claims="C10", out=tmp_path, dry_run=True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"claims": "C30"}, "there is no 'C30'"),
        ({"cells": "rnn"}, "there is no cell 'rnn'"),
        ({"seeds": 0}, "--seeds"),
        ({"hours": 0.0}, "--hours"),
        ({"machines": Machines(together=0)}, "--together: 0"),
        ({"steps": -1}, "--steps"),
    ],
)
def test_what_cannot_be_done_is_refused(tmp_path, options, told):
    with pytest.raises(OptionError, match=re.escape(told)):
        said(out=tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
