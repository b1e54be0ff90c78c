"""A table for a notebook holds what it is given as text, never as markup."""

import re
from html.parser import HTMLParser

import pytest
import torch

from slowfold.cells import GRU
from slowfold.geometry.evidence import Ledger, keep_ledger
from slowfold.geometry.evidence.markup import MOST_ROWS, ledger_html, most_telling


class Seen(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements, self.text = set[str](), ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def ledger_of(tokens: int, classes: int = 2) -> Ledger:
    draw = torch.Generator().manual_seed(0)
    cell, readout = GRU(2, 3, generator=draw), torch.randn(classes, 3, generator=draw)
    return keep_ledger(cell, readout, None, torch.zeros(3), torch.randn(tokens, 2, generator=draw), torch.zeros(2))


def test_nothing_that_is_given_becomes_markup():
    hostile = "<img src=x onerror='alert(1)'>&\""
    page = ledger_html(
        ledger_of(2), [hostile, "good"], [hostile, "yes"], caption=f"said {hostile}", notes=["", f"not {hostile}"]
    )
    seen = Seen(page)
    assert seen.elements == {"div", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "em"}
    assert seen.text.count(hostile) == 4
    assert f"not {hostile}" in seen.text


def test_figures_are_those_of_the_ledger():
    ledger = ledger_of(3)
    text = Seen(ledger_html(ledger, ["a", "b", "c"], ["no", "yes"])).text
    for values in (*ledger.evidence, ledger.wordless, ledger.evidence.sum(dim=0), ledger.remainder, ledger.logits):
        assert "".join(f"{value:+.3f}" for value in values.tolist()) in text


def test_of_a_long_text_the_most_telling_words_and_the_sum_of_the_others_are_shown():
    tokens = MOST_ROWS + 50
    ledger = ledger_of(tokens)
    names = [f"word{token}." for token in range(tokens)]
    text = Seen(ledger_html(ledger, names, ["no", "yes"])).text
    shown = most_telling(ledger.evidence, MOST_ROWS)
    assert [name for name in names if name in text] == [names[token] for token in shown]
    others = [token for token in range(tokens) if token not in shown]
    rest = ledger.evidence[others].sum(dim=0).tolist()
    told = re.search(r"50 words more([+-]\d+\.\d{3})([+-]\d+\.\d{3})", text)
    assert told is not None
    assert [float(value) for value in told.groups()] == pytest.approx(rest, abs=6e-4)


def test_what_all_classes_share_tells_nothing():
    evidence = torch.tensor([[5.0, 5.0], [0.0, 1.0], [-9.0, -9.5]])
    assert most_telling(evidence, 1) == [1]
    assert most_telling(evidence[:, :1], 1) == [2]
