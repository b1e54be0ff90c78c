"""The ledger: judged by what is there, written for programs and for people, and made again without training."""

import copy
import json
import re
import statistics
from dataclasses import replace

import pytest

from slowfold.errors import OptionError
from slowfold.storage import write_json
from slowfold.study.claims import (
    Verdict,
    Why,
    beyond_summaries,
    claims_of,
    claims_table,
    keep_summaries,
    plan_of,
    read_ledger,
    write_ledger,
)
from slowfold.study.claims.beyond import BEYOND
from slowfold.study.claims.forecast import forecasts, natural_rows
from slowfold.study.claims.written import decisive
from slowfold.study.sweeping import Sweep, Todo, folder_of, what_is_left
from study.claims.made_up import give_up, keep

PLAN = plan_of("small")


@pytest.fixture
def asked():
    return {claim.number: claim.experiments for claim in claims_of(PLAN)}


def verdicts(ledger):
    return {judged.claim.number: (judged.verdict, judged.why) for judged in ledger.claims}


def test_with_nothing_there_everything_waits(tmp_path):
    ledger = read_ledger(PLAN, tmp_path)
    found = verdicts(ledger)
    assert {found[number] for number in ("C4", "C7", "C9", "C16")} == {(Verdict.UNDECIDED, Why.MEASURED)}
    others = {verdict for number, verdict in found.items() if number not in ("C4", "C7", "C9", "C16")}
    assert others == {(Verdict.UNDECIDED, Why.TIME)}
    assert ledger.count(Verdict.UNDECIDED) == 21


def test_claims_stand_when_all_is_as_the_paper_has_it(tmp_path, asked):
    keep(asked["C1"], tmp_path)
    found = verdicts(read_ledger(PLAN, tmp_path, numbers=["C1", "C5", "C13", "C2"]))
    assert found["C1"] == found["C5"] == (Verdict.SUPPORTED, None)
    assert found["C2"] == found["C13"] == (Verdict.UNDECIDED, Why.TIME)


def test_a_claim_falls_with_one_dimension_and_the_page_says_with_which(tmp_path, asked):
    keep(asked["C1"], tmp_path)
    off = [one for one in asked["C1"] if one.classes == "5" and one.l2 == 1e-3]
    keep(off, tmp_path, dimension=4.5)
    ledger = read_ledger(PLAN, tmp_path, numbers=["C1"])
    assert verdicts(ledger) == {"C1": (Verdict.REFUTED, None)}
    table = claims_table(ledger)
    assert "| C1 |" in table
    assert (
        "| refuted | N = 5, L2 0.001, participation ratio of the visited states: 4.5 (4.5 to 4.5) | 3.8 to 4.2 |"
        in table
    )
    assert "**C1 is refuted.**" in table
    assert "- N = 5, L2 0.001: participation ratio of the visited states is 4.5 (4.5 to 4.5), not 3.8 to 4.2." in table
    assert decisive(ledger.claims[0]).check.of == "N = 5, L2 0.001"


def test_what_gathers_waits_for_the_networks_of_all_claims(tmp_path, asked):
    every = dict.fromkeys(one for experiments in asked.values() for one in experiments)
    *others, last = every
    keep(others, tmp_path)
    ledger = read_ledger(PLAN, tmp_path, numbers=["C13"])
    assert ledger.wanted == 0
    assert verdicts(ledger) == {"C13": (Verdict.UNDECIDED, Why.TIME)}
    assert {outcome.present for outcome in ledger.claims[0].outcomes} == {len(others)}
    give_up([last], tmp_path)
    assert verdicts(read_ledger(PLAN, tmp_path, numbers=["C13"])) == {"C13": (Verdict.UNDECIDED, Why.FAILED)}
    # What was finished since has not failed.
    keep([last], tmp_path)
    whole = read_ledger(PLAN, tmp_path, numbers=["C13", "C3"])
    # What the summaries do not say is not made up.
    assert verdicts(whole) == {"C13": (Verdict.SUPPORTED, None), "C3": (Verdict.UNDECIDED, Why.MEASURED)}
    assert {outcome.present for outcome in whole.claims[0].outcomes} == {len(every)}


def test_what_a_summary_does_not_say_is_read_beside_it(tmp_path, asked):
    keep(asked["C17"], tmp_path)
    assert verdicts(read_ledger(PLAN, tmp_path, numbers=["C17"]))["C17"] != (Verdict.SUPPORTED, None)
    for one in asked["C17"]:
        write_json(folder_of(tmp_path, one) / BEYOND, {"gates": {"distance": 0.01}})
    judged = read_ledger(PLAN, tmp_path, numbers=["C17"]).claims[0]
    gates = [outcome for outcome in judged.outcomes if outcome.check.path == "beyond.gates.distance"]
    assert {outcome.verdict for outcome in gates} == {Verdict.SUPPORTED}
    assert judged.verdict is Verdict.REFUTED  # for these summaries have slow modes


def test_networks_whose_summaries_say_too_little_are_told(tmp_path, asked):
    keep(asked["C21"], tmp_path)
    keep(asked["C10"], tmp_path)
    sweep = Sweep.of("two claims", (*asked["C21"], *asked["C10"]))
    beyond = beyond_summaries(claims_of(PLAN))
    assert what_is_left(sweep, tmp_path, beyond) == dict.fromkeys(asked["C21"], Todo.AGAIN)
    assert not what_is_left(sweep, tmp_path, beyond_summaries(claims_of(PLAN, ["C10"])))
    # One has less than is asked for by now, another all of it, the third what it can be measured from.
    first, second, third = (folder_of(tmp_path, one) for one in asked["C21"])
    write_json(first / BEYOND, {"gates": None})
    write_json(second / BEYOND, dict.fromkeys(("gates", "training", "deflections", "borders", "middle")))
    for name in ("analysis.nc", "model.json", "model.safetensors"):
        (third / name).touch()
    assert list(what_is_left(sweep, tmp_path, beyond).values()) == [Todo.AGAIN, Todo.ADD]


def test_what_is_written_is_strict_and_whole(tmp_path, asked):
    keep(asked["C1"], tmp_path)
    path, table = write_ledger(read_ledger(PLAN, tmp_path), tmp_path)
    told = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(name))
    assert [claim["claim"] for claim in told["claims"]] == [f"C{number}" for number in range(1, 22)]
    assert told["networks"]["there"] == 36
    assert told["seconds"] == 36 * 36.0
    # The claims, and how well each of three predictors did, and the number of classes.
    parts = [part.splitlines() for part in table.read_text(encoding="utf-8").split("\n\n") if part.startswith("|")]
    assert [len(rows) for rows in parts] == [2 + 21, 2 + 4]
    for rows in parts:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_summaries_alone_are_kept_in_few_bytes_and_judged_as_the_networks_were(tmp_path, asked):
    out, kept = tmp_path / "out", tmp_path / "kept"
    keep(asked["C1"], out)
    first = folder_of(out, asked["C1"][0])
    write_json(first / BEYOND, {"gates": None})
    (first / "model.safetensors").write_bytes(b"weights")
    ledger = read_ledger(PLAN, out)
    assert keep_summaries(ledger, out, kept) == kept
    assert {path.name for path in kept.rglob("*.*")} == {"summary.json", BEYOND}
    assert verdicts(read_ledger(PLAN, kept)) == verdicts(ledger)
    small = folder_of(kept, asked["C1"][0]) / "summary.json"
    assert json.loads(small.read_text()) == json.loads((first / "summary.json").read_text())
    assert small.read_text().count("\n") == 1


def test_the_machines_that_made_the_networks_are_told(tmp_path, asked):
    keep(asked["C10"], tmp_path)
    assert read_ledger(PLAN, tmp_path).environment == {}
    for number, one in enumerate(asked["C10"][:3]):
        path = folder_of(tmp_path, one) / "summary.json"
        place = {"slowfold": "0.1.0", "python": "3.11", "torch": f"2.{number // 2}", "system": "Linux"}
        place |= {"machine": "x86_64", "device": "cpu", "threads": 1}
        write_json(path, json.loads(path.read_text()) | {"environment": place})
    told = read_ledger(PLAN, tmp_path).environment
    assert (told["PyTorch"], told["machine"], told["threads each"]) == ("2.0 and 2.1", "Linux x86_64", "1")


def test_how_well_the_dimension_was_foretold_is_told_best_first(tmp_path, asked):
    keep(asked["C1"], tmp_path)
    summaries = dict(read_ledger(PLAN, tmp_path).summaries)
    for place, (one, summary) in enumerate(summaries.items()):
        wrong = copy.deepcopy(dict(summary))
        measured = wrong["dimension"]["final"]["participation_ratio"]
        wrong["dimension"]["predicted"]["frequency"] = {"participation_ratio": measured + (-1) ** place}
        wrong["dimension"]["predicted"]["evidence"] = {"participation_ratio": measured + 0.25}
        summaries[one] = wrong
    told = forecasts(summaries)
    assert [(one.predictor, one.error) for one in told] == [
        ("documents", 0.0),
        ("evidence", pytest.approx(0.25)),
        ("frequency", pytest.approx(1.0)),
        # What the others must beat stands last, however good it is.
        ("classes", 0.0),
    ]
    # N - 1 of 2, 3, 5 and 8 classes, as many networks of each: the variance is known.
    variance = statistics.pvariance([1, 2, 4, 7])
    assert [one.fit.value for one in told] == pytest.approx([1, 1 - 0.25**2 / variance, 1 - 1 / variance, 1])


def test_where_all_networks_are_alike_there_is_nothing_to_foretell(tmp_path, asked):
    keep(asked["C10"], tmp_path)
    ledger = read_ledger(PLAN, tmp_path)
    assert {one.fit for one in forecasts(ledger.summaries)} == {None}
    write_ledger(ledger, tmp_path)


def test_natural_sets_are_told_one_by_one(tmp_path, asked):
    keep(asked["C8"], tmp_path)
    summaries = dict(read_ledger(PLAN, tmp_path).summaries)
    assert natural_rows(summaries) == ()
    one, *rest = asked["C8"]
    natural = {}
    for place, experiment in enumerate((one, rest[0])):
        summary = copy.deepcopy(dict(summaries[experiment]))
        summary["network"]["embedding"] = 128
        summary["dimension"]["final"] = {"participation_ratio": 2.0 + place}
        natural[replace(experiment, task="ag_news", classes=None, seed=place)] = summary
    (row,) = natural_rows(natural | {rest[1]: summaries[rest[1]]})
    assert (row.name, row.classes, row.kept, row.networks, row.measured) == ("ag_news", "", "all", 2, 2.5)
    assert replace(row, classes="a,b").kept == "a, b"
    assert replace(row, classes="a,b,c,d,e").kept == "5: a, ..., e"
    assert row.spread == pytest.approx(0.5**0.5)
    assert set(row.foretold) == {"documents", "evidence", "frequency", "classes"}
    # Of two classes a network needs one number, of two labels two.
    assert row.foretold["classes"] == 1
    table = claims_table(replace(read_ledger(PLAN, tmp_path), summaries=natural))
    assert "| ag_news | all | gru | 2 | 0.980 | 2.50 | 1.00 | 1.00 | 1.00 | 1.00 |" in table
    for summary in natural.values():
        summary["task"]["kind"] = "multilabel"
    assert natural_rows(natural)[0].foretold["classes"] == 2


def test_failed_runs_are_told_apart_from_missing_ones(tmp_path, asked):
    keep(asked["C10"][1:], tmp_path)
    give_up(asked["C10"][:1], tmp_path)
    ledger = read_ledger(PLAN, tmp_path, numbers=["C10"])
    assert ledger.failed == asked["C10"][:1]
    assert verdicts(ledger) == {"C10": (Verdict.UNDECIDED, Why.FAILED)}


def test_no_such_claim(tmp_path):
    with pytest.raises(OptionError, match="C99"):
        read_ledger(PLAN, tmp_path, numbers=["C99"])
