"""The page of the ledger: every claim with its rule, drawn figures, and nothing that leaves the machine."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from browser import Visit
from slowfold.report.claims_figures import with_minus
from slowfold.report.claims_page import render_claims, write_claims
from slowfold.study.claims import Ledger, claims_of, plan_of, read_ledger
from slowfold.study.claims.written import decisive, sentence
from slowfold.study.sweeping import run_folder_name
from study.claims.made_up import keep

PLAN = plan_of("small")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Path]:
    """A ledger in which one claim stands, one falls, and the others wait."""
    out = tmp_path_factory.mktemp("claims")
    asked = {claim.number: claim.experiments for claim in claims_of(PLAN)}
    keep(asked["C1"], out)
    keep(asked["C10"], out)
    return read_ledger(PLAN, out), out


def test_every_claim_says_its_rule_and_its_verdict(made: tuple[Ledger, Path]) -> None:
    ledger, out = made
    page = render_claims(ledger, folder=out)
    for judged in ledger.claims:
        section = page[page.index(f'<section id="{judged.claim.number}"') :]
        section = section[: section.index("</section>")]
        assert "Refuted if" in section
        assert f'class="verdict {judged.verdict.value}"' in section
        assert section.count("<tr>") == 1 + len(judged.outcomes) or not judged.outcomes
    assert re.search(r"<h1>21 claims: \d+ supported, 1 refuted and \d+ undecided\.</h1>", page)


def test_the_table_says_what_each_verdict_rests_on_and_what_it_must_be(made: tuple[Ledger, Path]) -> None:
    ledger, out = made
    page = render_claims(ledger, folder=out)
    rests = {judged.claim.number: outcome for judged in ledger.claims if (outcome := decisive(judged)) is not None}
    assert len(rests) > len(ledger.claims) / 2
    for number, outcome in rests.items():
        row = next(row for row in page.split("<tr>") if f'<a href="#{number}">' in row)
        assert all(with_minus(told) in html.unescape(row) for told in (sentence(outcome), outcome.check.bounds))


def test_networks_are_linked_to_where_they_are(made: tuple[Ledger, Path]) -> None:
    ledger, out = made
    links = set(re.findall(r'href="(runs/[^"]+)"', render_claims(ledger, folder=out)))
    assert links
    assert all((out / link).is_file() for link in links)
    assert {Path(link).parts[1] for link in links} <= {run_folder_name(one) for one in ledger.summaries}


def test_figures_hold_every_network(made: tuple[Ledger, Path]) -> None:
    ledger, out = made
    page = render_claims(ledger, folder=out)
    # The paper's figure and one a predictor, each with a dot a network; the paper's own dots are hollow.
    assert page.count('<svg class="drawing"') == 4
    drawn = [figure.split("</svg>")[0] for figure in page.split('<svg class="drawing"')[1:]]
    circles = [re.findall(r"<circle [^>]*>", figure) for figure in drawn]
    solid = [sum("hollow" not in circle for circle in figure) for figure in circles]
    assert solid == [36, 42, 42, 42]
    # Three penalties of the paper's figure, at four numbers of classes each.
    assert len(circles[0]) - solid[0] == 3 * 4
    assert render_claims(read_ledger(PLAN, out / "nothing"), folder=out).count('<svg class="drawing"') == 0


def test_natural_sets_stand_in_a_table_of_their_own(made: tuple[Ledger, Path]) -> None:
    ledger, out = made
    assert "Natural sets, one by one" not in render_claims(ledger, folder=out)
    experiment, summary = next(iter(ledger.summaries.items()))
    read = replace(experiment, task="ag_news", classes=None)
    dimension = {**summary["dimension"], "final": {"participation_ratio": 2.25}}
    natural = {read: {**summary, "network": {**summary["network"], "embedding": 128}, "dimension": dimension}}
    (row,) = re.findall(r"<tr>.*ag_news.*</tr>", render_claims(replace(ledger, summaries=natural), folder=out))
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)
    # Measured and four times foretold; of one network there is no deviation.
    assert cells == ["ag_news", "all", "gru", "1", "0.980", "2.25", *["2.00"] * 4]


def test_the_page_can_be_used_by_everybody(made: tuple[Ledger, Path], browser_page: Visit) -> None:
    ledger, out = made
    page = browser_page.open(write_claims(ledger, out / "claims.html"))
    for width in (375, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="C10", exact=True).first.click()
    assert page.url.endswith("#C10")
    browser_page.assert_quiet()
