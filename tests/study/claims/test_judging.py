"""Verdicts: what supports, what refutes, and every reason to leave a claim undecided."""

from dataclasses import replace

import pytest

from slowfold.study import Experiment
from slowfold.study.claims import Check, Claim, Verdict, Why, judge_check, judge_claim
from slowfold.study.claims.figures import less, number_at

SEEDS = tuple(Experiment(task="categorical", seed=seed) for seed in range(3))


def summary(value, *, right=0.9, classes=3, foretold=None):
    return {
        "value": value,
        "foretold": foretold,
        "accuracy": {"test": right, "majority": 1 / classes},
        "task": {"documents": {"test": 1000}, "name": "categorical", "classes": ["a"] * classes},
    }


def check(low=1.8, high=2.2, **changes):
    given = {"of": "N = 3", "what": "a figure", "path": "value", "samples": tuple((one,) for one in SEEDS)}
    return Check(**{**given, "value": number_at("value"), "low": low, "high": high, **changes})


def find_in(values, **changes):
    found = {one: summary(value, **changes) for one, value in zip(SEEDS, values, strict=False) if value is not ...}
    return found.get


@pytest.mark.parametrize(
    ("values", "verdict", "why"),
    [
        ((2.0, 2.01, 2.02), Verdict.SUPPORTED, None),
        ((2.5, 2.51, 2.52), Verdict.REFUTED, None),
        ((1.0, 1.01, 1.02), Verdict.REFUTED, None),
        ((2.1, 2.19, 2.3), Verdict.UNDECIDED, Why.OVERLAP),
        ((2.0, 2.0, ...), Verdict.UNDECIDED, Why.TIME),
        ((2.0, 2.0, None), Verdict.UNDECIDED, Why.MEASURED),
        ((2.0, 2.0, float("nan")), Verdict.UNDECIDED, Why.MEASURED),
        ((2.0, 2.0, 2.0), Verdict.SUPPORTED, None),
    ],
)
def test_a_check_is_judged_by_all_of_its_interval(values, verdict, why):
    told = judge_check(check(), find_in(values))
    assert (told.verdict, told.why) == (verdict, why)


def test_one_network_decides_nothing():
    told = judge_check(check(samples=((SEEDS[0],),)), find_in((7.0,)))
    assert (told.verdict, told.why, told.interval.value) == (Verdict.UNDECIDED, Why.SEED, 7.0)


def test_networks_that_have_not_learned_say_nothing_unless_that_is_the_question():
    find = find_in((2.0, 2.0, 2.0), right=0.34)
    assert judge_check(check(), find).why is Why.LEARNED
    assert judge_check(check(learned=False), find).verdict is Verdict.SUPPORTED


def test_a_run_that_failed_is_another_reason_than_time():
    told = judge_check(check(), find_in((2.0, 2.0, ...)), failed=[SEEDS[2]])
    assert told.why is Why.FAILED
    assert told.present == 2


def test_without_bounds_a_figure_is_told():
    told = judge_check(check(low=None, high=None), find_in((5.0, 6.0, 7.0)))
    assert (told.verdict, told.interval.value) == (Verdict.TOLD, 6.0)
    assert judge_check(check(low=None, high=None), find_in((None,) * 3)).verdict is Verdict.UNDECIDED


def test_shares_are_judged_by_wilson():
    every = check(low=0.3, high=None, share=True)
    assert judge_check(every, find_in((1.0, 1.0, 1.0))).verdict is Verdict.SUPPORTED
    assert judge_check(replace(every, low=0.95), find_in((1.0, 1.0, 1.0))).why is Why.OVERLAP
    assert judge_check(replace(every, low=0.95), find_in((0.0, 0.0, 0.0))).verdict is Verdict.REFUTED


def test_pairs_are_compared_seed_by_seed():
    others = tuple(replace(one, l2=1.0) for one in SEEDS)
    found = {one: summary(10.0 * seed + 1) for seed, one in enumerate(SEEDS)}
    found |= {one: summary(10.0 * seed) for seed, one in enumerate(others)}
    paired = check(low=0.5, high=1.5, samples=tuple(zip(SEEDS, others, strict=True)), value=less("value"))
    told = judge_check(paired, found.get)
    assert (told.verdict, told.values) == (Verdict.SUPPORTED, (1.0, 1.0, 1.0))


def test_a_fit_is_judged_by_what_was_foretold():
    found = {
        one: {
            **summary(float(n), foretold=n + 0.1),
            "task": {"documents": {"test": 9}, "name": "t", "classes": ["a"] * n},
        }
        for n, one in enumerate(SEEDS, start=2)
    }
    told = judge_check(check(low=0.0, high=None, foretold=number_at("foretold")), found.get)
    assert told.verdict is Verdict.SUPPORTED
    assert told.interval.value == pytest.approx(1 - 0.03 / 2)


def claim(*checks, **changes):
    given = {"number": "C0", "statement": "", "source": "", "measured": "", "refuted_if": ""}
    return Claim(**given, checks=checks, **changes)


@pytest.mark.parametrize(
    ("values", "verdict", "why"),
    [
        ((2.0,) * 3, Verdict.SUPPORTED, None),
        ((2.5,) * 3, Verdict.REFUTED, None),
        ((2.1, 2.19, 2.3), Verdict.UNDECIDED, Why.OVERLAP),
        ((2.0, 2.0, ...), Verdict.UNDECIDED, Why.TIME),
    ],
)
def test_a_claim_falls_with_one_check_and_stands_with_all(values, verdict, why):
    sure = check(of="always", samples=((SEEDS[0],), (SEEDS[1],)), low=None, high=100)
    told = judge_claim(claim(sure, check()), find_in(values))
    assert (told.verdict, told.why) == (verdict, why)


def test_figures_that_are_told_decide_nothing():
    told = judge_claim(claim(check(), check(low=None, high=None, value=number_at("nothing"))), find_in((2.0,) * 3))
    assert told.verdict is Verdict.SUPPORTED


def test_a_claim_that_cannot_be_measured_is_undecided():
    told = judge_claim(claim(absent="natural texts are read at the full scale only"), {}.get)
    assert (told.verdict, told.why) == (Verdict.UNDECIDED, Why.MEASURED)


def test_what_gathers_needs_all_and_asks_for_none():
    gathered = claim(check(samples=(), gathers=True)).gathering(SEEDS)
    assert gathered.experiments == ()
    assert judge_claim(gathered, find_in((2.0, 2.01, 2.0))).verdict is Verdict.SUPPORTED
    assert judge_claim(gathered, find_in((2.0, 2.01, ...))).why is Why.TIME
    assert judge_claim(claim(check(samples=(), gathers=True)), {}.get).why is Why.TIME
