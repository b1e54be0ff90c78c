"""A ledger as a table for a notebook; words and names of classes never become markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from slowfold.geometry.evidence.ledger import Ledger

__all__ = ["MOST_ROWS", "ledger_html", "most_telling"]

MOST_ROWS = 200
"""A table in a notebook shows so many words; of a longer text those with the most evidence."""

# Blue for, orange against: told apart by everybody, on light and on dark pages.
_FOR, _AGAINST = "31,119,180", "255,127,14"
_STRONGEST_TINT = 0.55


def ledger_html(
    ledger: Ledger, words: Sequence[str], class_names: Sequence[str], *, caption: str = "", notes: Sequence[str] = ()
) -> str:
    """A table of one row a word and one column a class, with what the end holds of each word, in nats.

    What each word did, and how much of it faded, shows when the pointer rests on a figure.

    Args:
        ledger: The ledger.
        words: What each token is called, [token].
        class_names: What each class is called, [class].
        caption: What stands above the table.
        notes: What is said of a word beside it, [token]; empty for nothing at all.
    """
    shown = most_telling(ledger.evidence, MOST_ROWS)
    strongest = float(ledger.evidence.abs().max()) or 1.0
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", *class_names))
    rows = "".join(_row(ledger, words, notes, token, strongest) for token in shown)
    left_out = len(words) - len(shown)
    if left_out:
        rest = ledger.evidence.sum(dim=0) - ledger.evidence[shown].sum(dim=0)
        rows += _sum(f"{left_out} words more", rest)
    foot = "".join(
        _sum(name, values)
        for name, values in (
            ("no words", ledger.wordless),
            ("all words", ledger.evidence.sum(dim=0)),
            ("not linear", ledger.remainder),
            ("logits", ledger.logits),
        )
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div style="overflow-x:auto"><table>{title}<thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody><tfoot>{foot}</tfoot></table></div>"
    )


def most_telling(evidence: Tensor, most: int) -> list[int]:
    """The tokens with the greatest evidence for or against any class, at most so many, in the order of the text.

    Example:
        >>> import torch
        >>> most_telling(torch.tensor([[0.1, 0.0], [0.0, -2.0], [1.0, 0.0]]), 2)
        [1, 2]
    """
    if len(evidence) <= most:
        return list(range(len(evidence)))
    # Beside the mean over the classes, which decides nothing where there are several.
    strength = (evidence - evidence.mean(dim=1, keepdim=True) if evidence.shape[1] > 1 else evidence).abs().amax(dim=1)
    return strength.argsort(descending=True, stable=True)[:most].sort().values.tolist()


def _row(ledger: Ledger, words: Sequence[str], notes: Sequence[str], token: int, strongest: float) -> str:
    note = f" <em>{escape(notes[token])}</em>" if notes and notes[token] else ""
    cells = "".join(_cells(ledger, token, strongest))
    return f'<tr><th scope="row" style="text-align:left">{escape(words[token])}{note}</th>{cells}</tr>'


def _cells(ledger: Ledger, token: int, strongest: float) -> Iterator[str]:
    parts = (ledger.evidence, ledger.input_part, ledger.forgotten)
    for evidence, did, faded in zip(*(part[token].tolist() for part in parts), strict=True):
        tint = _STRONGEST_TINT * abs(evidence) / strongest
        colour = f"rgba({_FOR if evidence > 0 else _AGAINST},{tint:.2f})"
        told = f"did {did:+.3f}, faded {faded:+.3f}"
        yield f'<td style="background:{colour}" title="{told}">{evidence:+.3f}</td>'


def _sum(name: str, values: Tensor) -> str:
    cells = "".join(f"<td>{value:+.3f}</td>" for value in values.tolist())
    return f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>{cells}</tr>'
