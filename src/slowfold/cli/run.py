"""The command run: train a network, find out how it decides, and write a report."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, fields
from pathlib import Path

import tyro
from rich.console import Console
from rich.text import Text

from slowfold.cli.answers import print_answer
from slowfold.cli.look import print_paths
from slowfold.errors import OptionError
from slowfold.study.experiment import Experiment, option

__all__ = ["RunCommand"]


@dataclass(frozen=True, kw_only=True)
class RunCommand:
    """Train a network, find out how it decides, and write a report.

    Attributes:
        experiment: What is asked for.
        out: The folder to write to; unless given, the next free runs/TASK-CELL-001.
        resume: Go on with the interrupted run in --out from its last checkpoint.
        debug: Show where in the code an error came up.
    """

    experiment: tyro.conf.OmitArgPrefixes[Experiment]
    out: Path | None = None
    resume: bool = False
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        experiment = _asked(self.experiment)

        from slowfold.report import write_report
        from slowfold.study import conduct, resuming, taken_folder

        named = self.out is not None or self.resume
        with nullcontext(self.out) if named else taken_folder(experiment.task, experiment.cell) as folder:
            try:
                run = conduct(
                    experiment,
                    folder=folder,
                    resume=self.resume,
                    progress=progress.is_terminal,
                    notify=lambda doing: progress.print(Text(doing), style="dim"),
                )
            except KeyboardInterrupt:
                if folder is not None and (folder / "experiment.toml").exists():
                    progress.print(Text(f"go on with {resuming(folder)}"), soft_wrap=True)
                raise
        progress.print("writing the report", style="dim")
        report = write_report(run)
        print_answer(run, console)
        print_paths(console, run.folder, report)


def _asked(experiment: Experiment) -> Experiment:
    """The experiment, or the one of the file that the task names."""
    if Path(experiment.task).suffix != ".toml":
        # Of the very type that experiment.toml is read as: dataclasses of two types are never equal.
        return Experiment(**vars(experiment))
    changed = experiment.given(*(field.name for field in fields(Experiment) if field.name != "task"))
    if changed:
        raise OptionError(
            "does not apply to an experiment that is repeated",
            where=option(changed[0]),
            cure=f"change it in a copy of {experiment.task}",
        )
    return Experiment.load(Path(experiment.task))
