"""The list of claims: complete, each with a rule, and asking for what can be asked."""

from dataclasses import replace
from pathlib import Path

import pytest

from slowfold.errors import OptionError
from slowfold.study.claims import CLAIMS, FULL, SMALL, claims_of, plan_of
from slowfold.study.claims.written import rules_page
from slowfold.study.sweeping import experiment_key, folder_of, read_sweep
from slowfold.study.tasks import check_options, task_type


def test_every_claim_is_there_in_order_and_says_what_would_refute_it():
    assert list(CLAIMS) == [f"C{number}" for number in range(1, 22)]
    for claim in claims_of(FULL):
        assert claim.number == list(CLAIMS)[int(claim.number[1:]) - 1]
        for said in (claim.statement, claim.source, claim.measured, claim.refuted_if):
            assert said[0].isupper() or said[0].isdigit()
            assert len(said) > 20
        assert any(check.judges for check in claim.checks), claim.number
        assert claim.absent is None


@pytest.mark.parametrize("plan", [SMALL, FULL], ids=["small", "full"])
def test_what_is_asked_for_can_be_asked_and_is_asked_once(plan):
    every = [one for claim in claims_of(plan) for one in claim.experiments]
    for experiment in set(every):
        check_options(experiment)
    assert len({experiment_key(one) for one in every}) == len(set(every))
    for claim in claims_of(plan):
        for check in claim.checks:
            assert check.gathers == (not check.samples)
            assert all(len(sample) in (1, 2) for sample in check.samples)


def test_the_small_scale_reads_no_natural_text_and_says_so():
    absent = [claim.number for claim in claims_of(SMALL) if claim.absent]
    assert absent == ["C4", "C7", "C9", "C16"]
    tasks = {one.task for claim in claims_of(SMALL) for one in claim.experiments}
    assert not tasks & {"ag_news", "dbpedia_14", "yelp5", "sst5", "imdb", "goemotions", "amazon_multi_domain"}


def test_natural_sets_are_capped_at_the_full_scale():
    for claim in claims_of(FULL):
        for one in claim.experiments:
            language = task_type(one.task) == "language"
            assert one.documents == (None if language else 20_000), one


def test_from_no_order_to_an_order_there_are_steps():
    (claim,) = claims_of(SMALL, ("C11",))
    told = [
        (check.samples[0][0].task, check.samples[0][0].order, check.samples[0][1].order, check.samples[0][1].classes)
        for check in claim.checks
    ]
    assert sorted(told, key=str) == sorted(
        [
            ("categorical", None, 0.3, "3"),
            ("categorical", None, 0.1, "3"),
            ("interpolated", 0.1, 0.3, "3"),
            ("interpolated", 0.3, 1.0, "3"),
            ("categorical", None, 0.3, "5"),
            ("interpolated", 0.3, 1.0, "5"),
        ],
        key=str,
    )


def test_networks_are_shared_between_claims():
    first = {one for claim in claims_of(SMALL, ("C1",)) for one in claim.experiments}
    for number in ("C3", "C5", "C15", "C19"):
        (claim,) = claims_of(SMALL, (number,))
        assert set(claim.experiments) <= first, number


def test_the_rules_stand_as_they_were_written_down():
    # A bound that moves after networks were trained was chosen by looking.
    bounds = {
        claim.number: sorted({(check.low, check.high) for check in claim.checks if check.judges}, key=str)
        for claim in claims_of(SMALL, ("C2", "C3", "C6", "C8", "C10", "C12", "C17", "C18", "C20"))
    }
    assert bounds == {
        "C2": [(0.0, None), (0.2, None), (1.8, 2.2), (None, -0.2)],
        "C3": [(-2.0, 2.0), (0.95, None), (0.999, None), (None, 0.05), (None, 0.1), (None, 12.0)],
        "C6": [(0.0, None), (0.99, None)],
        "C8": [(-2.0, 2.0), (0.0, None), (1.8, 2.2), (2.8, 3.2)],
        "C10": [(0.0, None), (pytest.approx(0.85), 1.25)],
        "C12": [(0.0, None), (0.8, 1.2)],
        "C17": [(None, 0), (None, 0.05)],
        "C18": [(0.0, None), (None, 0.04)],
        "C20": [(-1.2, -0.8)],
    }


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"scale": "medium"}, "choose from small, full"),
        ({"scale": "small", "cells": ("rnn",)}, "choose from gru"),
        ({"scale": "small", "seeds": 0}, "--seeds"),
    ],
)
def test_no_such_plan(asked, told):
    with pytest.raises(OptionError, match=told):
        plan_of(**asked)


def test_no_such_claim():
    with pytest.raises(OptionError, match="C22"):
        claims_of(SMALL, ("C22",))


def test_a_plan_can_be_made_smaller():
    plan = plan_of("small", cells=("lstm",), seeds=1, steps=7)
    (claim,) = claims_of(plan, ("C1",))
    assert {(one.cell, one.seed, one.steps) for one in claim.experiments} == {("lstm", 0, 7)}


def test_the_documentation_has_the_rules_that_judge():
    page = (Path(__file__).parents[3] / "docs" / "claims.md").read_text(encoding="utf-8")
    assert rules_page(claims_of(FULL)).strip() in page


def test_the_papers_sweep_is_there_whole_and_in_part():
    folder = Path(__file__).parents[3] / "docs" / "claims"
    whole, part = (read_sweep(folder / f"paper-{count}.toml") for count in (630, 54))
    assert (len(whole.experiments), len(part.experiments)) == (630, 54)
    assert set(part.experiments) < set(whole.experiments)
    # Where the ledger asks for one of its networks, it is the same one.
    (claim,) = claims_of(FULL, ("C1",))
    alike = [one for one in claim.experiments if one.l2 == 5e-4]
    assert len(alike) == 27
    assert set(alike) < set(whole.experiments)


def test_the_networks_with_half_open_gates_are_those_of_c16_but_for_these():
    folder = Path(__file__).parents[3] / "docs" / "claims"
    sweep = read_sweep(folder / "half-open.toml")
    (claim,) = claims_of(FULL, ("C16",))
    assert set(sweep.experiments) == {replace(one, initialisation="paper") for one in claim.experiments}
    # What they came to is kept.
    assert all((folder_of(folder / "half-open", one) / "summary.json").is_file() for one in sweep.experiments)
