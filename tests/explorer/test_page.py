"""The page in a browser, cut off from the network: what people do on it, and what they see."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import Visit, barriers, visiting
from explorer.conftest import serving
from report.hostile import CLASSES
from slowfold.study import Run

TEXT = "the kinda_1 kinda_1 kinda_0"


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: SLOWFOLD_SCREENSHOTS, or a temporary folder."""
    named = os.environ.get("SLOWFOLD_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def window(browser: Browser) -> Generator[Visit]:
    """A page for all tests that begin alike: to open one for each takes longer than what they do there."""
    with visiting(browser) as visit:
        yield visit


@pytest.fixture
def visit(window: Visit, served: str) -> Generator[Visit]:
    window.open("about:blank")
    opened(window, served, f"#text={TEXT.replace(' ', '+')}")
    yield window
    window.assert_quiet()


def opened(visit: Visit, address: str, fragment: str = "") -> Page:
    visit.open(address + fragment)
    visit.page.wait_for_selector("main:not([aria-busy])")
    visit.page.wait_for_selector(".plot[data-drawn]")
    return visit.page


def words(page: Page, side: int = 0) -> list[str]:
    return page.locator(".words").nth(side).locator(".word").all_inner_texts()


def path(page: Page, part: str = ".line") -> str:
    return page.locator(f".over .path {part}").first.get_attribute("points") or ""


def fragment(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).fragment, keep_blank_values=True)


def test_typing_makes_the_path_grow(visit: Visit) -> None:
    page = visit.page
    expect(page.locator(".word")).to_have_count(4)
    before = path(page)
    page.locator("textarea").press_sequentially(" kinda_2 kinda_2", delay=5)
    expect(page.locator(".word")).to_have_count(6)
    assert len(path(page).split()) == len(before.split()) + 2 == 7
    assert page.locator("#told").inner_text().startswith("6 words lead to")
    decision = page.locator(".decision strong").inner_text()
    assert decision.startswith("class")
    # Those who listen are told once typing pauses.
    expect(page.locator(".decision [role=status]")).to_have_text(f"Read as {decision}")


def test_pointing_at_a_word_shows_its_step_and_the_reverse(visit: Visit) -> None:
    page = visit.page
    page.locator(".word").nth(2).hover()
    expect(page.locator(".over .dot.pointed")).to_have_attribute("data-row", "3")
    page.locator(".over .dot[data-row='1']").hover()
    expect(page.locator(".word.pointed")).to_have_text("the")
    page.locator(".chart").hover(position={"x": 60, "y": 150})
    expect(page.locator(".word.pointed")).to_have_count(1)
    assert page.locator(".chart .band").get_attribute("visibility") == "visible"


def test_the_keyboard_alone_changes_a_word_and_the_path_bends(visit: Visit) -> None:
    page = visit.page
    before = path(page)
    page.locator(".word").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    expect(page.locator(".word").nth(3)).to_be_focused()
    expect(page.locator(".over .dot.pointed")).to_have_attribute("data-row", "4")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("kinda_2")
    expect(page.locator(".word").nth(3)).to_have_text("kinda_2")
    assert path(page) != before
    assert path(page, ".before") == before
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("textarea")).to_have_value("the kinda_1 kinda_1 kinda_2")
    expect(page.locator(".word").nth(3)).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("textarea")).to_have_value("the kinda_1 kinda_1")
    expect(page.locator(".word").nth(2)).to_be_focused()
    undo = page.locator(".undo")
    undo.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("textarea")).to_have_value(TEXT)
    expect(undo).to_be_disabled()


def test_escape_leaves_the_tried_word_and_as_it_was_takes_it_back(visit: Visit) -> None:
    page = visit.page
    page.locator(".word").nth(1).click()
    page.locator("#word-offers button", has_text="kinda_2").click()
    expect(page.locator(".word").nth(1)).to_have_text("kinda_2")
    page.locator("#word-back").click()
    expect(page.locator(".word").nth(1)).to_have_text("kinda_1")
    expect(page.locator("textarea")).to_have_value(TEXT)


def test_shuffling_keeps_the_words(visit: Visit) -> None:
    page = visit.page
    page.locator("textarea").fill("kinda_0 kinda_1 kinda_2 the " * 5)
    expect(page.locator(".word")).to_have_count(20)
    before = words(page)
    page.get_by_role("button", name="Shuffle").click()
    page.wait_for_selector(".over .before", state="attached")
    assert words(page) != before
    assert sorted(words(page)) == sorted(before)


def test_two_texts_beside_each_other(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="A second text beside it").click()
    page.get_by_label("The second text").fill("kinda_2 kinda_2")
    expect(page.locator(".over .second .dot")).to_have_count(2)
    assert words(page, 1) == ["kinda_2", "kinda_2"]
    assert page.locator(".ledger").count() == 2
    page.get_by_role("button", name="A second text beside it").click()
    expect(page.locator(".over .second")).to_have_count(0)
    assert page.locator("textarea").count() == 1


def test_walking_through_the_words_and_holding_the_input(visit: Visit) -> None:
    page = visit.page
    page.locator("#step").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#step-said")).to_have_text("word 2 of 4: kinda_1")
    expect(page.locator(".word.ahead")).to_have_count(2)
    page.locator("#hold").focus()
    page.keyboard.press("End")
    expect(page.locator("#hold-told")).to_contain_text("After 200 steps of the mean input: class")
    assert len(path(page, ".held").split()) == 201
    assert path(page, ".held").split()[0] == path(page).split()[-1]


def test_a_link_brings_back_what_is_on_screen(visit: Visit, served: str, browser: Browser) -> None:
    page = visit.page
    page.get_by_role("button", name="A second text beside it").click()
    page.get_by_label("The second text").fill("kinda_2 #&=%+ \u202ethe")
    page.locator("#step").fill("2")
    page.locator("#hold").fill("7")
    page.get_by_label("slow manifold").check()
    page.get_by_label("readouts").uncheck()
    page.get_by_role("button", name="Close to the path").click()
    page.locator("#near").click()
    expect(page.locator("#documents li")).to_have_count(5)
    page.get_by_role("button", name="Copy a link to this").click()
    expect(page.locator("#copied")).not_to_be_empty()
    assert fragment(page)["beside"] == ["kinda_2 #&=%+ \u202ethe"]
    with visiting(browser) as other:
        again = opened(other, page.url)
        expect(again.locator("#hold-told")).to_have_text(page.locator("#hold-told").inner_text())
        expect(again.locator("#documents li")).to_have_count(5)
        for name in (".line", ".held", ".ahead"):
            assert path(again, name) == path(page, name)
        assert words(again, 1) == words(page, 1)
        assert again.locator("#layers input:checked").count() == page.locator("#layers input:checked").count()
        assert fragment(again) == fragment(page)
        other.assert_quiet()


def test_clicking_the_surface_finds_the_documents_that_end_there(visit: Visit) -> None:
    page = visit.page
    box = page.locator("#plane .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    expect(page.locator("#documents li")).to_have_count(5)
    expect(page.locator(".over .place")).to_have_count(1)
    excerpt = page.locator("#documents .excerpt").first.inner_text()
    page.locator("#documents").get_by_role("button", name="Read it", exact=True).first.click()
    expect(page.locator("textarea")).to_have_value(excerpt)
    expect(page.locator("textarea")).to_be_focused()


def test_layers_come_and_go(visit: Visit) -> None:
    page = visit.page
    assert page.locator("#plane .hm").count() == 0
    page.get_by_label("speed").check()
    expect(page.locator("#plane .hm")).to_have_count(1)
    fills = page.locator("#plane .js-fill")
    assert fills.count() == 3
    page.get_by_label("what is decided where").uncheck()
    expect(fills).to_have_count(0)


def test_the_table_says_what_the_bars_show(visit: Visit) -> None:
    page = visit.page
    page.get_by_text("As a table").click()
    table = page.locator(".ledger table")
    expect(table.locator("tbody th")).to_have_text(TEXT.split())
    assert "Exactly:" in page.locator(".ledger .table .how").inner_text()
    before = table.inner_text()
    page.locator(".ledger select").select_option(label="class 0")
    expect(table).not_to_have_text(before)


def test_late_answers_are_dropped(visit: Visit) -> None:
    page = visit.page
    # The first answer is held back until the second has come.
    page.route("**/follow", lambda route: page.wait_for_timeout(400) or route.continue_(), times=1)
    page.locator("textarea").fill("kinda_0 " * 9)
    page.wait_for_timeout(60)
    page.locator("textarea").fill("kinda_2")
    expect(page.locator(".word")).to_have_count(1)
    page.wait_for_timeout(500)
    assert words(page) == ["kinda_2"]


def test_a_text_that_is_too_long_is_not_sent(visit: Visit) -> None:
    page = visit.page
    page.evaluate("navigator.clipboard.writeText = null")
    page.locator("textarea").evaluate(
        "(box) => { box.value = 'a '.repeat(150000); box.dispatchEvent(new Event('input')) }"
    )
    expect(page.locator(".remarks")).to_contain_text("300,000 characters")


def test_a_paste_of_a_hundred_thousand_characters_is_read_in_part(visit: Visit) -> None:
    page = visit.page
    page.locator("textarea").evaluate(
        "(box) => { box.value = 'kinda_1 '.repeat(12500); box.dispatchEvent(new Event('input')) }"
    )
    expect(page.locator(".remarks")).to_contain_text("Only the first 1,000 words are read", timeout=20_000)
    page.locator("textarea").fill("the")
    expect(page.locator(".word")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_it_is_for_everybody(browser: Browser, served: str, artefacts: Path, scheme: Any, width: int) -> None:
    with visiting(browser) as visit:
        visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        visit.page.set_viewport_size({"width": width, "height": 900})
        page = opened(visit, served, f"#text={TEXT.replace(' ', '+')}&beside=kinda_2+zebra&hold=30&at=0,0")
        expect(page.locator("#documents li")).to_have_count(5)
        expect(page.locator("#hold-told")).not_to_be_empty()
        page.get_by_text("As a table").first.click()
        page.screenshot(path=artefacts / f"explorer-{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        faults = barriers(page)
        page.locator(".word").first.click()
        page.wait_for_selector("#word-offers button")
        page.screenshot(path=artefacts / f"explorer-word-{scheme}-{width}.png")
        assert not faults + barriers(page)
        visit.assert_quiet()


def test_in_space(browser: Browser, labelled: Run, artefacts: Path) -> None:
    with serving(labelled) as address, visiting(browser) as visit:
        page = opened(visit, address, "#text=good+bad+the&view=space")
        expect(page.get_by_role("button", name="In space")).to_have_attribute("aria-pressed", "true")
        page.wait_for_selector("#space canvas")
        expect(page.get_by_label("what is decided where")).to_be_disabled()
        page.wait_for_timeout(500)
        page.screenshot(path=artefacts / "explorer-space.png", full_page=True)
        assert "WebGL" not in page.inner_text("body")
        page.get_by_role("button", name="In the plane").click()
        expect(page.locator(".over .path .line")).to_be_visible()
        page.screenshot(path=artefacts / "explorer-labels.png", full_page=True)
        visit.assert_quiet()


def test_nothing_of_a_document_becomes_an_element(browser: Browser, hostile: Run, artefacts: Path) -> None:
    typed = '<img src=x onerror=alert(1)> <a href="https://example.org">not</a> \u202e🙂 {{7*7}} %{x}'
    with serving(hostile) as address, visiting(browser) as visit:
        page = opened(visit, address)
        page.locator("textarea").fill(typed)
        expect(page.locator(".word", has_text="img")).to_have_count(1)
        page.locator("#near").click()
        expect(page.locator("#documents li")).to_have_count(5)
        page.get_by_text("As a table").click()
        page.locator(".word").first.click()
        page.wait_for_selector("#word-offers button")
        page.screenshot(path=artefacts / "explorer-hostile.png", full_page=True)
        assert page.locator("img, iframe, object, embed").count() == 0
        assert page.locator("a[href], a[*|href]").count() == 0
        assert page.locator("script:not([src])").count() == 0
        assert CLASSES[0] in page.inner_text("body")
        visit.assert_quiet()


def test_when_the_explorer_has_ended_the_page_says_so(browser: Browser, explored: Run) -> None:
    with visiting(browser) as visit:
        with serving(explored) as address:
            page = opened(visit, address)
        page.locator("textarea").fill("the")
        expect(page.get_by_role("alert")).to_contain_text("has it ended?")
