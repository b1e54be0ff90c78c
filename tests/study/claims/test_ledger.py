"""The ledger: judged by what is there, written for programs and for people, and made again without training."""

import json
import re

import pytest

from slowfold.errors import OptionError
from slowfold.storage import write_json
from slowfold.study.claims import Verdict, Why, claims_of, claims_table, plan_of, read_ledger, write_ledger
from slowfold.study.claims.beyond import BEYOND
from slowfold.study.claims.ledger import decisive
from slowfold.study.sweeping import folder_of
from study.claims.made_up import keep

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
    found = verdicts(read_ledger(PLAN, tmp_path, numbers=["C1", "C5", "C13", "C2", "C3"]))
    assert found["C1"] == found["C5"] == found["C13"] == (Verdict.SUPPORTED, None)
    assert found["C2"] == (Verdict.UNDECIDED, Why.TIME)
    # What the summaries do not say is not made up.
    assert found["C3"] == (Verdict.UNDECIDED, Why.MEASURED)


def test_a_claim_falls_with_one_dimension_and_the_page_says_with_which(tmp_path, asked):
    keep(asked["C1"], tmp_path)
    off = [one for one in asked["C1"] if one.classes == "5" and one.l2 == 1e-3]
    keep(off, tmp_path, dimension=4.5)
    ledger = read_ledger(PLAN, tmp_path, numbers=["C1"])
    assert verdicts(ledger) == {"C1": (Verdict.REFUTED, None)}
    table = claims_table(ledger)
    assert "| C1 |" in table
    assert (
        "| refuted | N = 5, L2 0.001: participation ratio of the visited states 4.5 (4.5 to 4.5) | 3.8 to 4.2 |"
        in table
    )
    assert "**C1 is refuted.**" in table
    assert "- N = 5, L2 0.001: participation ratio of the visited states is 4.5 (4.5 to 4.5), not 3.8 to 4.2." in table
    assert decisive(ledger.claims[0]).check.of == "N = 5, L2 0.001"


def test_networks_of_other_claims_count_where_all_are_gathered(tmp_path, asked):
    keep(asked["C8"], tmp_path)
    keep(asked["C1"][:5], tmp_path)
    ledger = read_ledger(PLAN, tmp_path, numbers=["C13"])
    (judged,) = ledger.claims
    assert {outcome.present for outcome in judged.outcomes} == {len(asked["C8"]) + 5}
    assert len(ledger.summaries) == len(asked["C8"]) + 5
    assert ledger.wanted == 0


def test_what_a_summary_does_not_say_is_read_beside_it(tmp_path, asked):
    keep(asked["C17"], tmp_path)
    assert verdicts(read_ledger(PLAN, tmp_path, numbers=["C17"]))["C17"] != (Verdict.SUPPORTED, None)
    for one in asked["C17"]:
        write_json(folder_of(tmp_path, one) / BEYOND, {"gates": {"distance": 0.01}})
    judged = read_ledger(PLAN, tmp_path, numbers=["C17"]).claims[0]
    gates = [outcome for outcome in judged.outcomes if outcome.check.path == "beyond.gates.distance"]
    assert {outcome.verdict for outcome in gates} == {Verdict.SUPPORTED}
    assert judged.verdict is Verdict.REFUTED  # for these summaries have slow modes


def test_what_is_written_is_strict_and_whole(tmp_path, asked):
    keep(asked["C1"], tmp_path)
    path, table = write_ledger(read_ledger(PLAN, tmp_path), tmp_path)
    told = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(name))
    assert [claim["claim"] for claim in told["claims"]] == [f"C{number}" for number in range(1, 22)]
    assert told["networks"]["there"] == 36
    assert told["seconds"] == 36 * 36.0
    rows = [line for line in table.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 21
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_failed_runs_are_told_apart_from_missing_ones(tmp_path, asked):
    keep(asked["C10"][1:], tmp_path)
    ledger = read_ledger(PLAN, tmp_path, numbers=["C10"], failed=asked["C10"][:1])
    assert verdicts(ledger) == {"C10": (Verdict.UNDECIDED, Why.FAILED)}


def test_no_such_claim(tmp_path):
    with pytest.raises(OptionError, match="C99"):
        read_ledger(PLAN, tmp_path, numbers=["C99"])
