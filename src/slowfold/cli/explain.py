"""The command explain: why the network of a run decides as it does on a text, word by word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from slowfold.cli.look import quiet_table
from slowfold.errors import RunError

if TYPE_CHECKING:
    from torch import Tensor

    from slowfold.study.explaining import Explanation

__all__ = ["ExplainCommand"]

# Words of a long text that are shown, and unknown ones for which near ones are looked for: each takes a tenth of a
# second.
_SHOWN, _SUGGESTED = 40, 3
# A bar reaches so many characters to either side.
_BAR = 8
# What a table with a column for every class takes of the width beside them, for a class, and of a word.
_BESIDE, _COLUMN, _WORD = 24, 11, 20
# The rows that stand for no word.
_SUMS = "bold"


@dataclass(frozen=True, kw_only=True)
class ExplainCommand:
    """Tell why the network of a run decides as it does on a text, word by word.

    Attributes:
        run: The folder of the run, or latest.
        text: The text, or - to read it from standard input.
        classes: Show what the end holds of each word for every class.
        all: Show every word of a long text.
        debug: Show where in the code an error came up.
    """

    run: str
    text: str
    classes: bool = False
    all: bool = False
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        from slowfold.study import open_run
        from slowfold.study.explaining import explain

        run = open_run(self.run)
        if not run.has_words:
            raise RunError("its vocabulary was left out, so no text can be read", where=str(run.folder))
        network = run.network
        text = sys.stdin.read() if self.text == "-" else self.text
        progress.print("reading the text", style="dim")
        found = explain(network, text)
        console.print(Text(found.verdict, style="bold"), soft_wrap=True)
        shown = self._shown(found)
        console.print(_every_class(found, shown, console.width) if self.classes else _one_class(found, shown))
        for line in _unknown(found, network.vocabulary.words):
            console.print(Text(line, style="dim"), soft_wrap=True)

    def _shown(self, found: Explanation) -> list[int]:
        """The words to show, in the order of the text."""
        from slowfold.geometry.evidence.markup import most_telling

        evidence = found.ledger.evidence
        if not self.classes:
            evidence = found.towards(found.foremost, evidence).unsqueeze(1)
        return most_telling(evidence, len(found) if self.all else _SHOWN)


def _one_class(found: Explanation, shown: list[int]) -> Table:
    """What each word did, what of it faded and what the end holds, for one class against the others."""
    name, ledger = found.foremost, found.ledger
    did, faded, held = (found.towards(name, part) for part in (ledger.input_part, ledger.forgotten, ledger.evidence))
    others = "" if found.kind == "multilabel" else " against the others"
    table = _table(f"evidence for {name}{others}, in nats", "did", "faded", "at the end", "")
    longest = float(held.abs().max()) or 1.0
    for token in shown:
        bar = _bar(float(held[token]) / longest)
        figures = (_signed(part[token]) for part in (did, faded, held))
        table.add_row(_word(found, token), *figures, bar)
    left_out = len(found) - len(shown)
    if left_out:
        sums = (_signed(part.sum() - part[shown].sum()) for part in (did, faded, held))
        table.add_row(Text(f"{left_out:,} words more", style="italic"), *sums, "")
    table.add_section()
    remainder = found.towards(name, ledger.remainder)
    for row, value in (
        ("without any word", found.towards(name, ledger.wordless)),
        ("all words", held.sum()),
        (f"not linear ({found.not_linear:.0%})", remainder),
        ("in all", found.towards(name, ledger.logits)),
    ):
        table.add_row(Text(row, style=_SUMS), "", "", Text(_signed(value), style=_SUMS), "")
    return table


def _every_class(found: Explanation, shown: list[int], width: int) -> Table:
    """What the end holds of each word, for every class, or for the likeliest where the terminal has no room for all."""
    ledger = found.ledger
    room = max(1, (width - _BESIDE) // _COLUMN)
    classes = found.probabilities.argsort(descending=True, stable=True)[:room].sort().values
    title = "evidence at the end, in nats"
    if len(classes) < len(found.class_names):
        title += f"; the {len(classes)} likeliest of {len(found.class_names)} classes"
    table = _table(title, *(found.class_names[label] for label in classes.tolist()))
    for token in shown:
        table.add_row(_word(found, token), *map(_signed, ledger.evidence[token, classes]))
    left_out = len(found) - len(shown)
    if left_out:
        rest = ledger.evidence.sum(dim=0) - ledger.evidence[shown].sum(dim=0)
        table.add_row(Text(f"{left_out:,} words more", style="italic"), *map(_signed, rest[classes]))
    table.add_section()
    for row, values in (
        ("without any word", ledger.wordless),
        ("all words", ledger.evidence.sum(dim=0)),
        (f"not linear ({found.not_linear:.0%})", ledger.remainder),
        ("in all", ledger.logits),
    ):
        table.add_row(Text(row, style=_SUMS), *(Text(_signed(value), style=_SUMS) for value in values[classes]))
    chances = (f"{chance:.1%}" for chance in found.probabilities[classes].tolist())
    table.add_row(Text("probability", style=_SUMS), *(Text(chance, style=_SUMS) for chance in chances))
    return table


def _table(title: str, *columns: str) -> Table:
    table = quiet_table(title)
    table.add_column("word", overflow="fold")
    for name in columns:
        # Names of classes are anybody's: a Text is never markup.
        table.add_column(Text(name), justify="left" if not name else "right", no_wrap=not name)
    return table


def _word(found: Explanation, token: int) -> Text:
    word = found.words[token]
    shown = word if len(word) <= _WORD else f"{word[: _WORD - 1]}\N{HORIZONTAL ELLIPSIS}"
    return Text(shown) if found.known[token] else Text(f"{shown} (?)", style="dim")


def _signed(value: Tensor) -> str:
    return f"{float(value):+.2f}"


def _bar(share: float) -> Text:
    """A bar to the right for evidence for, to the left for evidence against."""
    length = round(abs(share) * _BAR)
    if share < 0:
        return Text(f"{'-' * length:>{_BAR}}|{'':{_BAR}}", style="yellow")
    return Text(f"{'':{_BAR}}|{'+' * length:<{_BAR}}", style="blue")


def _unknown(found: Explanation, vocabulary: tuple[str, ...]) -> Iterator[str]:
    """Which words the network does not know, with near ones for the first few."""
    from slowfold.text.names import near_names, quoted

    unknown = list(dict.fromkeys(word for word, known in zip(found.words, found.known, strict=True) if not known))
    for word in unknown[:_SUGGESTED]:
        near = near_names(word, vocabulary)
        # Where none is near it would list all words.
        yield f"(?) {quoted(word)} is not among the words of the network" + (
            f"; {near}" if near.startswith("did you mean") else ""
        )
    if len(unknown) > _SUGGESTED:
        yield f"(?) nor are {len(unknown) - _SUGGESTED:,} words more"
