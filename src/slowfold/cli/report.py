"""The command report: write the report of a finished run again."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console

from slowfold.cli.answers import print_answer
from slowfold.cli.look import print_paths

__all__ = ["ReportCommand"]


@dataclass(frozen=True, kw_only=True)
class ReportCommand:
    """Write the report of a finished run again.

    Attributes:
        run: The folder of the run, or latest.
        debug: Show where in the code an error came up.
    """

    run: str
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        from slowfold.report import write_report
        from slowfold.study import open_run

        run = open_run(self.run)
        progress.print("writing the report", style="dim")
        report = write_report(run)
        print_answer(run, console)
        print_paths(console, report)
