"""The page in a browser, cut off from the network: one visit a look, and much asked of each."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import Visit, barriers, visiting
from report.hostile import CLASSES, WORDS
from slowfold.report import contents, page
from slowfold.report.sections import Plot, Section
from slowfold.study import Run

LOOKS = {"light": ("rgb(38, 39, 43)", "rgb(255, 255, 255)"), "dark": ("rgb(232, 232, 236)", "rgb(21, 22, 26)")}
SCENES, MOST_SCENES = 8, 6
# A scene in space without a graphics card, on a machine with other work, takes seconds.
PATIENCE = 120_000

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: SLOWFOLD_SCREENSHOTS, or a temporary folder."""
    named = os.environ.get("SLOWFOLD_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def seen(browser: Browser, finished: Run) -> Generator[Visit]:
    """The report in light, at 1440 pixels, visited once."""
    with visiting(browser) as visit:
        visit.page.set_default_timeout(PATIENCE)
        visit.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        visit.open(_saved(finished))
        yield visit
        visit.assert_quiet()


def test_figures_are_drawn_when_they_come_near(seen: Visit) -> None:
    _draw(seen.page, "states")
    seen.page.wait_for_timeout(300)
    drawn = seen.page.locator(".plot[data-drawn]")
    before = drawn.count()
    assert before < seen.page.locator(".plot").count()
    seen.page.wait_for_timeout(300)
    assert drawn.count() == before
    _draw(seen.page, "training-loss")


def test_a_document_is_gone_through_by_the_keyboard_alone(seen: Visit) -> None:
    _draw(seen.page, "surface")
    walk = seen.page.locator(".walk")
    walk.locator(".choose button").nth(1).focus()
    seen.page.keyboard.press("Enter")
    expect(walk.locator("article:visible")).to_have_count(1)
    words = walk.locator("article:visible .word")
    length = words.count()
    expect(walk.locator(".now")).to_have_text(_starts(f"After word {length} of {length}: class 1"))
    slider = walk.locator("input")
    slider.focus()
    seen.page.keyboard.press("Home")
    expect(walk.locator(".now")).to_have_text(_starts("Before the first word"))
    expect(walk.locator(".word[aria-current]")).to_have_count(0)
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("ArrowRight")
    expect(words.nth(1)).to_have_attribute("aria-current", "step")
    expect(walk.locator(".now")).to_have_text(_starts(f"After word 2 of {length}"))
    seen.page.wait_for_function(
        "() => document.querySelector('[data-figure=surface]').data.find((one) => one.meta === 'walk').x.length === 3"
    )
    shares = [text.replace("\xa0", "").rstrip(" %") for text in walk.locator(".share").all_inner_texts()]
    assert sum(map(float, shares)) == pytest.approx(100, abs=0.3)
    walk.locator(".on").focus()
    seen.page.keyboard.press("Enter")
    seen.page.keyboard.press("ArrowLeft")
    expect(walk.locator(".now")).to_have_text(_starts(f"After word 2 of {length}"))
    words.nth(4).click()
    expect(walk.locator(".now")).to_have_text(_starts(f"After word 5 of {length}"))


def test_tables_sort_by_the_keyboard_and_numbers_as_numbers(seen: Visit) -> None:
    table = seen.page.get_by_role("region", name="Words that say most")
    head = table.locator("thead th").nth(2)
    head.get_by_role("button").focus()
    column = "(table) => [...table.querySelectorAll('tbody tr')].map((row) => row.cells[2].textContent)"
    for order in ("descending", "ascending"):
        seen.page.keyboard.press("Enter")
        expect(head).to_have_attribute("aria-sort", order)
        values = [float(text.replace("\N{MINUS SIGN}", "-")) for text in table.evaluate(column)]
        assert values == sorted(values, reverse=order == "descending")
    accuracy = seen.page.get_by_role("region", name="Accuracy", exact=True)
    accuracy.locator("thead th").first.get_by_role("button").click()
    names = accuracy.locator("tbody th").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    expect(accuracy.locator("[aria-sort]")).to_have_count(1)
    seen.page.evaluate(
        "() => { const row = document.querySelector('#numbers tbody').rows[0]; row.cells[1].textContent = '—' }"
    )
    for _ in range(2):
        accuracy.locator("thead th").nth(1).get_by_role("button").click()
        assert accuracy.locator("tbody tr").last.locator("td").inner_text() == "—"


def test_it_follows_a_change_of_colours(seen: Visit) -> None:
    _draw(seen.page, "states")
    title = seen.page.locator("[data-figure=states] .xtitle")
    for scheme in ("dark", "light"):
        seen.page.emulate_media(color_scheme=scheme)
        expect(title).to_have_css("fill", LOOKS[scheme][0])


def test_paper_gets_every_figure_in_the_plane(seen: Visit) -> None:
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    flat = seen.page.locator(".plot:not([data-scene])")
    expect(seen.page.locator(".plot:not([data-scene])[data-drawn]")).to_have_count(flat.count(), timeout=PATIENCE)
    seen.page.evaluate("dispatchEvent(new Event('afterprint'))")


def test_it_is_for_everybody(browser: Browser, finished: Run, artefacts: Path) -> None:
    with visiting(browser) as visit:
        visit.page.set_default_timeout(PATIENCE)
        visit.page.emulate_media(reduced_motion="reduce")
        opened = visit.open(_saved(finished))
        for name in opened.locator(".plot").evaluate_all("(all) => all.map((plot) => plot.dataset.figure)"):
            _draw(opened, name)
        looks: list[tuple[Literal["light", "dark"], int]] = [
            ("light", 1440),
            ("dark", 1440),
            ("dark", 375),
            ("light", 375),
        ]
        for scheme, width in looks:
            ink, paper = LOOKS[scheme]
            visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            visit.page.set_viewport_size({"width": width, "height": 900})
            expect(opened.locator(".plot .xtitle").first).to_have_css("fill", ink)
            assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == paper
            # Figures follow the width of the window one by one.
            for _ in range(100):
                if opened.evaluate("document.documentElement.scrollWidth") <= width:
                    break
                opened.wait_for_timeout(200)
            assert opened.evaluate("document.documentElement.scrollWidth") <= width
            opened.screenshot(path=artefacts / f"report-{scheme}-{width}.png", full_page=True)
            assert not barriers(opened)
        visit.assert_quiet()


def test_few_scenes_live_at_once_and_those_forgotten_come_back(
    browser: Browser, finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (space,) = [section for section in contents.sections(finished) if section.name == "surface"]
    monkeypatch.setattr(page, "sections", lambda _: [_scene(space, row) for row in range(SCENES)])
    path = tmp_path / "scenes.html"
    path.write_text(page.render(finished), encoding="utf-8")
    with visiting(browser) as visit:
        visit.page.set_default_timeout(PATIENCE)
        opened = visit.open(path)
        for row in range(SCENES):
            _draw(opened, f"scene-{row}")
            assert opened.locator(".plot[data-drawn]").count() <= MOST_SCENES
        assert opened.locator(".plot[data-drawn]").count() == MOST_SCENES
        assert opened.locator("[data-figure=scene-0] canvas").count() == 0
        _draw(opened, "scene-0")
        assert opened.locator(".plot[data-drawn]").count() == MOST_SCENES
        assert opened.locator(f"[data-figure=scene-{SCENES - 1}] canvas").count() == 0
        visit.assert_quiet()


def test_nothing_from_a_document_becomes_an_element(browser: Browser, hostile: Run, artefacts: Path) -> None:
    with visiting(browser) as visit:
        visit.page.set_default_timeout(PATIENCE)
        opened = visit.open(_saved(hostile))
        for name in opened.locator(".plot").evaluate_all("(all) => all.map((plot) => plot.dataset.figure)"):
            _draw(opened, name)
        opened.locator(".walk .back").click()
        opened.screenshot(path=artefacts / "report-hostile.png", full_page=True)
        assert opened.locator("img, iframe, object, embed").count() == 0
        links = "[...document.querySelectorAll('a')].map((a) => a.getAttribute('href') ?? a.getAttribute('xlink:href'))"
        assert all(link is None or link.startswith("#") for link in opened.evaluate(links))
        assert CLASSES[0] in opened.inner_text("body")
        assert WORDS[0] in opened.locator("#surface").inner_text()
        visit.assert_quiet()


def test_without_programs_there_are_still_words_and_tables(browser: Browser, finished: Run) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        opened = context.new_page()
        opened.goto(_saved(finished).resolve().as_uri())
        said = opened.inner_text("body")
        assert "This network" in said
        assert "need JavaScript" in said
        assert opened.locator("article:visible").count() == opened.locator("article").count() > 1
        assert opened.locator("table:visible").count() > 5
        assert opened.locator(".steps:visible, .choose:visible").count() == 0
    finally:
        context.close()


def _scene(space: Section, row: int) -> Section:
    plot = Plot(f"scene-{row}", space.plots[0].figure)
    return Section(f"section-{row}", f"Scene {row}", space.see, space.how, (plot,))


def _saved(run: Run) -> Path:
    if not run.report.exists():
        run.report.write_text(page.render(run), encoding="utf-8")
    return run.report


def _draw(opened: Page, name: str) -> None:
    """Scrolls to a figure and waits until it is drawn."""
    plot = opened.locator(f'.plot[data-figure="{name}"]')
    plot.scroll_into_view_if_needed()
    opened.wait_for_selector(f'.plot[data-figure="{name}"][data-drawn]', timeout=PATIENCE)


def _starts(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")
