"""Tables for notebooks, in which every text is text: a noun shows itself as one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["MOST_ROWS", "html_table", "shown_rows"]

MOST_ROWS = 20
"""A table in a notebook shows so many rows; the last line says how many there are more."""

# A word can be a megabyte long; a cell of a table cannot.
_LONGEST = 80


def html_table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, left_out: int = 0, note: str = ""
) -> str:
    """A table in HTML; whatever is in its texts, none of them is markup, a formula or a sign that turns lines around.

    Args:
        caption: What stands above it.
        head: What its columns are, the first of which names the rows.
        rows: The rows.
        left_out: How many rows there are beside those.
        note: What stands below it.

    Example:
        >>> html_table("<b>", ["word", "nats"], [["good", "+1.2"]]).count("<b>")
        0
    """
    columns = "".join(f'<th scope="col">{_text(name)}</th>' for name in head)
    body = "".join(_row(row) for row in rows)
    if left_out:
        body += f'<tr><td colspan="{len(head)}" style="text-align:left">… and {left_out:,} more</td></tr>'
    foot = f'<tfoot><tr><td colspan="{len(head)}" style="text-align:left">{_text(note, 400)}</td></tr></tfoot>'
    # Notebooks set what stands between dollar signs as a formula, unless a class asks them not to.
    return (
        '<div class="tex2jax_ignore mathjax_ignore" style="overflow-x:auto"><table>'
        f'<caption style="text-align:left">{_text(caption, 400)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody>{foot if note else ''}</table></div>"
    )


def shown_rows(count: int, most: int = MOST_ROWS) -> tuple[int, int]:
    """How many of so many rows are shown, and how many are left out: never a single one.

    Example:
        >>> shown_rows(7), shown_rows(21), shown_rows(400)
        ((7, 0), (21, 0), (20, 380))
    """
    return (count, 0) if count <= most + 1 else (most, count - most)


def _row(cells: Sequence[str]) -> str:
    first, *others = cells
    rest = "".join(f"<td>{_text(cell)}</td>" for cell in others)
    return f'<tr><th scope="row" style="text-align:left">{_text(first)}</th>{rest}</tr>'


def _text(text: str, longest: int = _LONGEST) -> str:
    """``text`` as it is to be read: cut, without control or direction signs, its markup escaped."""
    seen = "".join(character for character in text[: 4 * longest] if character.isprintable())
    return escape(seen if len(seen) <= longest else seen[:longest] + "…")
