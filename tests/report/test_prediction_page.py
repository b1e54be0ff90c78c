"""The page of a prediction: what it says, and that nothing of a document is ever more than text on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from browser import Visit
from report.hostile import CLASSES, WORDS
from slowfold.geometry import Prediction, foretell, predict_dimension
from slowfold.report import write_prediction
from slowfold.report.prediction_page import render_prediction
from slowfold.report.wording import MINUS
from slowfold.text import Corpus, Vocabulary


class Elements(HTMLParser):
    """Collects the elements, the attributes and the texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def prediction_of(names: tuple[str, ...], words: tuple[str, ...], kind: str = "categorical") -> Prediction:
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(names)), 12)
    ids = [random.integers(0, len(words), 9).tolist() + [label % len(words)] * 6 for label in labels.tolist()]
    having = np.eye(len(names), dtype=np.bool_)[labels] if kind == "multilabel" else labels
    return predict_dimension(Corpus.from_tokens(ids, having, Vocabulary(words), names, kind=kind), permutations=19)


@pytest.fixture(scope="module")
def ordinary() -> Prediction:
    return prediction_of(("World", "Sports", "Business"), ("the", "team", "profits", "minister", "of"))


@pytest.fixture(scope="module")
def hostile() -> Prediction:
    return prediction_of(CLASSES, WORDS)


def said(page: str) -> str:
    body = page[page.index("<body>") :]
    return " ".join(" ".join(Elements(body).texts).split())


def test_the_page_says_what_was_found(ordinary):
    page = said(render_prediction(ordinary, name="news", notes=["They were drawn."]))
    assert (
        page.index("The words of 36 documents ask for") < page.index("Three measures") < page.index("By the evidence")
    )
    for measure in ("documents", "evidence", "frequency"):
        found = getattr(ordinary, measure)
        assert f"{found.participation_ratio:.2f} {found.for_90} {found.for_95} {found.above_chance} of 2" in page
        for word, push in found.words(0, 2):
            assert f"{word} {'+' if push > 0 else MINUS}{abs(push):.2g}" in page
    assert "They were drawn." in page
    assert "This file holds words" in page


def test_the_page_holds_no_program_and_asks_for_nothing(ordinary, tmp_path):
    path = write_prediction(ordinary, tmp_path / "page.html", name="news")
    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 50_000
    assert "script" not in Elements(page).tags
    assert set(re.findall(r"(?:src|href|url)[=(]\S+", page)) == {'href="data:,">'}
    assert "default-src &#39;none&#39;" in page
    assert render_prediction(ordinary, name="news") == page


@pytest.mark.parametrize("kind", ["categorical", "multilabel"])
def test_nothing_from_a_document_becomes_markup(ordinary, kind):
    page = render_prediction(prediction_of(CLASSES, WORDS, kind), name=CLASSES[1], notes=[CLASSES[0], WORDS[2]])
    ours, found = Elements(render_prediction(ordinary, name="a", notes=["b"])), Elements(page)
    assert found.tags == ours.tags
    assert found.attributes <= ours.attributes
    assert CLASSES[0] in found.texts
    assert WORDS[2] in found.texts
    assert "\u202e" not in page
    assert len(page) < 100_000


def test_without_words_the_page_says_so_and_holds_none(ordinary):
    page = render_prediction(ordinary, name="news", words=False)
    assert "holds no words" in said(page)
    assert not re.search(r"\b(minister|profits|team)\b", page)
    assert "Sports" in page


def test_counts_alone_show_two_measures(ordinary):
    page = said(render_prediction(foretell(ordinary.counts), name="news"))
    assert "By the evidence of whole documents" not in page
    assert "Not measured." in page
    assert "came closest" not in page


@pytest.mark.parametrize(("count", "kind"), [(2, "ordered"), (30, "categorical"), (3, "multilabel")])
def test_any_number_of_classes_gets_a_page(count, kind):
    names = tuple(f"class {i}" for i in range(count))
    page = said(render_prediction(prediction_of(names, tuple(f"word{i}" for i in range(40)), kind), name="many"))
    assert f"tells {count} classes apart" in page
    assert ("more directions are not shown" in page) == (count > 21)


@pytest.mark.parametrize(("scheme", "width", "paper"), [("light", 1440, "255, 255, 255"), ("dark", 375, "21, 22, 26")])
def test_the_page_opens_offline(browser_page: Visit, hostile, tmp_path: Path, scheme: Any, width: int, paper: str):
    browser_page.page.emulate_media(color_scheme=scheme)
    browser_page.page.set_viewport_size({"width": width, "height": 900})
    page = browser_page.open(write_prediction(hostile, tmp_path / "page.html", name=CLASSES[0], notes=[WORDS[0]]))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == f"rgb({paper})"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("img, script, a").count() == 0
    assert CLASSES[0] in page.inner_text("body")
    browser_page.assert_quiet()
