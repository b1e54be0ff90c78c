"""The command sweep: many experiments, as a file asks for them, on this machine or on a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import tyro
from rich.console import Console
from rich.text import Text

from slowfold.cli.listing import runs_table, with_classes
from slowfold.cli.look import print_paths
from slowfold.cli.machines import Machines
from slowfold.cli.watching import require_none_failed, watching
from slowfold.errors import OptionError

__all__ = ["SweepCommand"]

# Runs that the table at the end holds.
_SHOWN = 24
_REPORT = "report.html"


@dataclass(frozen=True, kw_only=True)
class SweepCommand:
    """Do many experiments: what is finished is not done again, and what fails costs no other.

    Attributes:
        file: The TOML file that says which experiments: [base], [grid], [[runs]].
        out: The folder to write to; unless given, runs/NAME for a file NAME.toml.
        dry_run: Only tell how many runs there are, and what they will take.
        machines: What does the work.
        retries: How often a run that was lost or has failed is taken up again.
        reports: Write the report of each run, 5 MB each.
        debug: Show where in the code an error came up.
    """

    file: tyro.conf.Positional[Path]
    out: Path | None = None
    dry_run: bool = False
    machines: tyro.conf.OmitArgPrefixes[Machines] = field(default_factory=Machines)
    retries: int = 2
    reports: bool = False
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        self.machines.check()
        if self.retries < 0:
            raise OptionError(f"{self.retries} is out of range", where="--retries", cure="give 0 or more")

        from slowfold.study.sweeping import CATALOGUE, Addition, conduct_sweep, folder_of, read_sweep, what_is_left

        sweep = read_sweep(self.file)
        out = self.out or Path("runs") / sweep.name
        if sweep.repeated:
            progress.print(f"{sweep.repeated} of the runs are asked for more than once, and done once", style="dim")
        addition = Addition(_report, _REPORT) if self.reports else None
        if self.dry_run:
            self.machines.estimate(sweep, out, console, progress, addition)
            return
        progress.print(Text(f"{len(sweep.experiments)} runs, into {out}"), style="dim", soft_wrap=True)
        before = len(sweep.experiments) - len(what_is_left(sweep, out, addition))
        try:
            with watching(progress, out, runs=len(sweep.experiments), before=before) as tell:
                swept = conduct_sweep(
                    sweep,
                    out,
                    needs=self.machines.needs(tries=1 + self.retries),
                    address=self.machines.address,
                    together=self.machines.together,
                    addition=addition,
                    tell=tell,
                )
        except KeyboardInterrupt:
            progress.print(Text("the same command goes on with what is left"), soft_wrap=True)
            raise
        _print_runs(out, {folder_of(out, experiment).name for experiment in sweep.experiments}, console)
        earlier = f"; {swept.before} had been before" if swept.before else ""
        console.print(Text(f"{len(swept.finished)} runs are finished{earlier}"))
        print_paths(console, out / CATALOGUE)
        require_none_failed(swept.failed, out, progress, runs=len(sweep.experiments))


def _print_runs(out: Path, names: set[str], console: Console) -> None:
    """Prints the first of the runs that are finished; others may be in the same folder."""
    from slowfold.study.sweeping import read_catalogue

    catalogue, _ = read_catalogue(out)
    own = catalogue.filter(catalogue["run"].is_in(names))
    if own.height:
        console.print(runs_table(with_classes(own.head(_SHOWN)), console.width))
    if own.height > _SHOWN:
        console.print(Text(f"and {own.height - _SHOWN} more: slowfold list {out}"), soft_wrap=True)


def _report(run: object) -> None:
    from slowfold.report import write_report
    from slowfold.study import Run

    if isinstance(run, Run):
        write_report(run)
