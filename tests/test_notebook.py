"""Tables for notebooks: whatever is in a text, it is text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from report.hostile import CLASSES, WORDS
from slowfold.notebook import MOST_ROWS, html_table, shown_rows

OURS = {"div", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}


class Elements(HTMLParser):
    """Collects the elements and the texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert {name for name, _ in attrs} <= {"class", "style", "scope", "colspan"}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("text", [*CLASSES, *WORDS])
def test_no_text_becomes_markup(text: str) -> None:
    shown = html_table(text, (text, "b"), [(text, text)], left_out=3, note=text)
    found = Elements(shown)
    assert set(found.tags) <= OURS
    assert found.tags.count("tr") == 4
    assert "\u202e" not in shown
    assert len(shown) < 3_000
    readable = "".join(character for character in text if character.isprintable())[:40]
    assert sum(one.startswith(readable) for one in found.texts) == 5


def test_a_formula_stays_text() -> None:
    assert html_table("$x$", ("a",), []).startswith('<div class="tex2jax_ignore mathjax_ignore"')


def test_of_many_rows_the_first_are_shown() -> None:
    for count in range(200):
        shown, left_out = shown_rows(count)
        assert shown + left_out == count
        assert shown <= MOST_ROWS + 1
        assert left_out != 1
    assert "… and 1,234 more" in html_table("", ("a", "b"), [("1", "2")], left_out=1234)
