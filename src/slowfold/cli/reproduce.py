"""The command reproduce: the paper's claims one by one, measured, with verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro
from rich.console import Console
from rich.text import Text

from slowfold.cli.look import print_paths, quiet_table
from slowfold.cli.machines import Machines
from slowfold.cli.watching import require_none_failed, watching
from slowfold.errors import OptionError

if TYPE_CHECKING:
    from slowfold.study.claims import Ledger

__all__ = ["ReproduceCommand"]

_COLOURS = {"supported": "green", "refuted": "bold red", "undecided": "dim", "told": "dim"}


@dataclass(frozen=True, kw_only=True)
class ReproduceCommand:
    """Measure the claims of the papers one by one, and say which are supported, refuted or undecided.

    Attributes:
        claims: Which claims, separated by commas, such as C1,C4; unless given, all.
        scale: small is what synthetic languages can settle, with networks of 64 units; full has networks of the usual
            size, and natural texts.
        cells: The cells, separated by commas; the first judges all claims but the one about cells. Unless given, all.
        seeds: How many networks of each kind; unless given, 3, and of the other cells 1 where the scale is full.
        steps: Training steps of each network, to see it work; unless given, as many as are usual.
        out: The folder to write to; unless given, runs/claims-SCALE. Networks that are there are not made again.
        hours: Begin no network after so many hours; the same command goes on from there.
        rebuild: Train nothing: judge by the networks that are there, and write the pages again.
        keep: Copy the summaries and the pages into this folder, too: enough to judge again, or to go on elsewhere.
        dry_run: Only tell how many networks there are, and what they will take.
        machines: What does the work.
        debug: Show where in the code an error came up.
    """

    claims: str | None = None
    scale: Literal["small", "full"] = "small"
    cells: str | None = None
    seeds: int | None = None
    steps: int | None = None
    out: Path | None = None
    hours: float | None = None
    rebuild: bool = False
    keep: Path | None = None
    dry_run: bool = False
    machines: tyro.conf.OmitArgPrefixes[Machines] = field(default_factory=lambda: Machines(together=4))
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        for name, value in (("--hours", self.hours), ("--steps", self.steps)):
            if value is not None and not value > 0:
                raise OptionError(f"{value} is out of range", where=name, cure="give a number above 0")
        self.machines.check()

        from slowfold.study.claims import beyond_summaries, claims_of, plan_of, read_ledger, reproduce
        from slowfold.study.sweeping import Sweep, Todo, folder_of, read_failures, what_is_left

        plan = plan_of(self.scale, cells=_listed(self.cells), seeds=self.seeds, steps=self.steps)
        numbers = tuple(number.upper() for number in _listed(self.claims))
        out = self.out or Path("runs") / f"claims-{self.scale}"
        claims = claims_of(plan, numbers)
        asked = Sweep.of("claims", (one for claim in claims for one in claim.experiments))
        if self.dry_run:
            self.machines.estimate(asked, out, console, progress, beyond_summaries(claims))
            return
        if self.rebuild:
            self._write(read_ledger(plan, out, numbers=numbers), out, console)
            return
        left = what_is_left(asked, out, beyond_summaries(claims))
        progress.print(Text(f"{len(asked.experiments)} networks, into {out}"), style="dim", soft_wrap=True)
        again = list(left.values()).count(Todo.AGAIN)
        if again:
            told = f"{again} of them are made again: of these, claims ask for more than their summaries say"
            progress.print(Text(told), style="dim", soft_wrap=True)
        before = len(asked.experiments) - len(left)
        with watching(progress, out, runs=len(asked.experiments), before=before) as tell:
            ledger = reproduce(
                plan,
                out,
                numbers=numbers,
                needs=self.machines.needs(),
                address=self.machines.address,
                together=self.machines.together,
                hours=self.hours,
                tell=tell,
            )
        self._write(ledger, out, console)
        names = {folder_of(out, one).name for one in asked.experiments}
        failed = tuple(failure for failure in read_failures(out) if failure.run in names)
        require_none_failed(failed, out, progress, runs=len(asked.experiments))

    def _write(self, ledger: Ledger, out: Path, console: Console) -> None:
        from slowfold.report.claims_page import write_claims
        from slowfold.study.claims import keep_summaries, write_ledger

        _print(ledger, console)
        write_ledger(ledger, out)
        pages = [write_claims(ledger, out / "claims.html")]
        if self.keep is not None:
            keep_summaries(ledger, out, self.keep)
            write_ledger(ledger, self.keep)
            pages.append(write_claims(ledger, self.keep / "claims.html"))
        print_paths(console, *pages)


def _print(ledger: Ledger, console: Console) -> None:
    from slowfold.study.claims.written import decisive, figure

    table = quiet_table()
    for column in ("claim", "verdict", "rests on", "found", "must be"):
        table.add_column(column)
    for judged in ledger.claims:
        verdict, told = judged.verdict.value, decisive(judged)
        why = "" if judged.why is None else f": {judged.why.value}"
        table.add_row(
            judged.claim.number,
            Text(verdict + why, style=_COLOURS[verdict]),
            Text("" if told is None else f"{told.check.of}, {told.check.what}"),
            Text("" if told is None else figure(told)),
            Text("" if told is None else told.check.bounds),
        )
    console.print(table)


def _listed(names: str | None) -> tuple[str, ...]:
    """Names that are separated by commas.

    Example:
        >>> _listed("C1, C4"), _listed(None)
        (('C1', 'C4'), ())
    """
    return () if names is None else tuple(name.strip() for name in names.split(",") if name.strip())
