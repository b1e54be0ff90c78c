"""The browser of the tests notices what it is there to notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser import Visit, barriers


def write_page(folder: Path, body: str) -> Path:
    page = folder / "page.html"
    page.write_text(f"<!doctype html><html lang=en><meta charset=utf-8><title>page</title>{body}", encoding="utf-8")
    return page


def test_a_plain_page_is_quiet(browser_page: Visit, tmp_path: Path) -> None:
    page = browser_page.open(write_page(tmp_path, "<p id=said></p><script>said.textContent = 6 * 7</script>"))
    assert page.inner_text("#said") == "42"
    browser_page.assert_quiet()


@pytest.mark.parametrize("body", ["<script>console.error('broken')</script>", "<script>throw Error('broken')</script>"])
def test_an_error_is_noticed(browser_page: Visit, tmp_path: Path, body: str) -> None:
    browser_page.open(write_page(tmp_path, body))
    with pytest.raises(AssertionError, match="broken"):
        browser_page.assert_quiet()


def test_a_request_is_blocked_and_noticed(browser_page: Visit, tmp_path: Path) -> None:
    browser_page.open(write_page(tmp_path, "<script src=https://example.org/plotly.js></script>"))
    assert browser_page.blocked == ["https://example.org/plotly.js"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<p style='color: #eee; background: #fff'>pale</p>", "color-contrast"),
        ("<button></button>", "button-name"),
        ("<input>", "label"),
    ],
)
def test_barriers_are_noticed(browser_page: Visit, tmp_path: Path, body: str, found: str) -> None:
    page = browser_page.open(write_page(tmp_path, f"<main>{body}</main>"))
    (barrier,) = barriers(page)
    assert barrier.startswith(found)


def test_what_is_plain_is_no_barrier(browser_page: Visit, tmp_path: Path) -> None:
    assert barriers(browser_page.open(write_page(tmp_path, "<main><h1>plain</h1><p>words</main>"))) == []
