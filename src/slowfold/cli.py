"""The commands: run, predict, report, list."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from slowfold import __version__
from slowfold.errors import OptionError, RunError, SlowfoldError
from slowfold.study.experiment import Experiment, Source, option

if TYPE_CHECKING:
    from slowfold.study import Run

__all__ = ["main"]

_FAILED = 2
_INTERRUPTED = 130


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


@dataclass(frozen=True, kw_only=True)
class Reading(Source):
    """The options of reading, whose task stands in front of them."""

    task: tyro.conf.Suppress[str] = ""


@dataclass(frozen=True, kw_only=True)
class PredictCommand:
    """Tell how many dimensions the words of documents ask for, without any training.

    Attributes:
        tasks: Files of labelled texts, which are read as one; or files of word counts, which are added up; or a
            synthetic language, or the name of a public data set.
        source: How they are read.
        permutations: How often the labels are permuted to see what chance does; 0 to leave that out.
        out: The page to write; unless given, the next free predictions/TASK-001.html.
        no_text: Keep the words of the documents out of the page and the table.
        save_counts: A file to write the word counts to, such as a.counts, which predict reads again; the documents may
            then be a part of all, without some of the classes.
        ray: Count files in parallel, as tasks of Ray on this machine.
        ray_address: The address of a Ray cluster to do that on.
        debug: Show where in the code an error came up.
    """

    tasks: tyro.conf.Positional[tuple[str, ...]]
    source: tyro.conf.OmitArgPrefixes[Reading]
    permutations: int = 39
    out: Path | None = None
    no_text: bool = False
    save_counts: Path | None = None
    ray: bool = False
    ray_address: str | None = None
    debug: bool = False


@dataclass(frozen=True, kw_only=True)
class ReportCommand:
    """Write the report of a finished run again.

    Attributes:
        run: The folder of the run, or latest.
        debug: Show where in the code an error came up.
    """

    run: str
    debug: bool = False


@dataclass(frozen=True, kw_only=True)
class ListCommand:
    """List the finished runs.

    Attributes:
        folder: The folder that holds the runs.
        debug: Show where in the code an error came up.
    """

    folder: Path = Path("runs")
    debug: bool = False


Command = (
    Annotated[RunCommand, tyro.conf.subcommand("run")]
    | Annotated[PredictCommand, tyro.conf.subcommand("predict")]
    | Annotated[ReportCommand, tyro.conf.subcommand("report")]
    | Annotated[ListCommand, tyro.conf.subcommand("list")]
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, or 2 where something was wrong with what was asked.

    Args:
        arguments: The words after ``slowfold``, by default those of the command line.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    console, complaints = Console(), Console(stderr=True)
    if words == ["--version"]:
        console.print(f"slowfold {__version__}", highlight=False)
        return 0
    # Threads that wait by spinning take the cores from those that work, wherever other programs run beside.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        command = _parse(words)
        _COMMANDS[type(command)](command, console, complaints)
    except SlowfoldError as error:
        if "--debug" in words:
            raise
        complaints.print(Text(f"slowfold: {error}"), soft_wrap=True)
        return _FAILED
    except KeyboardInterrupt:
        complaints.print("slowfold: interrupted")
        return _INTERRUPTED
    except (MemoryError, RuntimeError) as error:
        if "--debug" in words or not _lacks_memory(error):
            raise
        cure = "lower --hidden, --batch-size, --documents, --states-of or --starts"
        complaints.print(Text(f"slowfold: there is not enough memory; {cure}"), soft_wrap=True)
        return _FAILED
    return 0


def _lacks_memory(error: MemoryError | RuntimeError) -> bool:
    # PyTorch has no error of its own for memory on a CPU, only its words; others of its errors speak of memory too.
    return isinstance(error, MemoryError) or re.search("(out of|not enough|allocate) memory", str(error)) is not None


def _parse(words: list[str]) -> Any:  # noqa: ANN401 - one of the commands
    return tyro.cli(
        Command,  # pyright: ignore[reportArgumentType] - tyro takes unions, its annotation does not say so
        prog="slowfold",
        description="Shows how a recurrent text classifier decides. --version tells the version.",
        args=words,
        config=(
            tyro.conf.PositionalRequiredArgs,
            tyro.conf.PositionalMetavarFromFieldName,
            tyro.conf.FlagCreatePairsOff,
            tyro.conf.DisallowNone,
        ),
    )


def _run(command: RunCommand, console: Console, progress: Console) -> None:
    experiment = command.experiment
    if Path(experiment.task).suffix == ".toml":
        changed = experiment.given(*(field.name for field in fields(Experiment) if field.name != "task"))
        if changed:
            raise OptionError(
                "does not apply to an experiment that is repeated",
                where=option(changed[0]),
                cure=f"change it in a copy of {experiment.task}",
            )
        experiment = Experiment.load(Path(experiment.task))

    from slowfold.report import write_report
    from slowfold.study import conduct, next_folder, resuming

    folder = command.out
    if folder is None and not command.resume:
        folder = next_folder(experiment.task, experiment.cell)
    try:
        run = conduct(
            experiment,
            folder=folder,
            resume=command.resume,
            progress=progress.is_terminal,
            notify=lambda doing: progress.print(Text(doing), style="dim"),
        )
    except KeyboardInterrupt:
        if folder is not None and (folder / "experiment.toml").exists():
            progress.print(Text(f"go on with {resuming(folder)}"), soft_wrap=True)
        raise
    progress.print("writing the report", style="dim")
    report = write_report(run)
    _print_answer(run, console)
    console.print(Text(f"{run.folder}"), soft_wrap=True)
    console.print(Text(f"{report}"), soft_wrap=True)


def _print_answer(run: Run, console: Console) -> None:
    from slowfold.report import find

    found = find(run)
    console.print(Text(found.headline, style="bold" if found.learned else "bold red"))
    console.print(_figures(run))


def _figures(run: Run) -> Table:
    summary = run.summary
    accuracy, dimension = summary["accuracy"], summary["dimension"]
    table = Table(title=Text(f"{summary['task']['name']}, {summary['network']['cell']}"), show_header=False)
    table.add_row("test accuracy", f"{accuracy['test']:.3f} ({accuracy['shuffled_words']:.3f} with words shuffled)")
    predicted = dimension["predicted"]["documents"]
    for name, measured in (
        ("words alone", predicted),
        ("visited states", dimension["visited"]),
        ("final states", dimension["final"]),
    ):
        table.add_row(name, f"{measured['participation_ratio']:.2f} dimensions ({_shares(measured['shares'])})")
    for search in summary["fixed_points"]:
        audit = search["audit"]
        told = f"index sum {audit['sum']:+d}" if audit["applicable"] else "no index audit"
        if search.get("come_to_rest") is not None:
            told += f", {search['come_to_rest']:.0%} come to rest"
        ends = ("ghost", "degenerate", "out_of_bounds", "unconverged")
        loose = [f"{search[end]} {end.replace('_', ' ')}" for end in ends if search[end]]
        table.add_row(
            f"fixed points, {search['input']} input",
            f"{search['distinct']} ({search['stable']} stable), {told}"
            + (f"; of {search['starts']} starts {', '.join(loose)}" if loose else ""),
        )
    return table


def _predict(command: PredictCommand, console: Console, progress: Console) -> None:
    if not command.tasks:
        raise OptionError("nothing to predict from", where="predict", cure="name a file, a language or a data set")
    if command.no_text and command.save_counts is not None:
        raise OptionError("does not go with --save-counts, which writes words", where="--no-text", cure="give one")
    if command.out is not None and command.out.exists():
        raise OptionError("is there already", where="--out", cure="choose another name")

    from slowfold.report import prediction_table, write_prediction
    from slowfold.study import foretell_task, next_page

    with _read_progress(progress) as tell:
        found = foretell_task(
            command.tasks,
            command.source,
            permutations=command.permutations,
            save_counts_to=command.save_counts,
            on_ray=command.ray_address or ("local" if command.ray else None),
            progress=tell,
            notify=lambda doing: progress.print(Text(doing), style="dim"),
        )
    if found.prediction is None:
        for note in found.notes:
            console.print(Text(note), soft_wrap=True)
        console.print(Text(f"{command.save_counts}"), soft_wrap=True)
        return
    console.print(prediction_table(found.prediction, words=not command.no_text))
    for note in found.notes:
        console.print(Text(note), style="dim", soft_wrap=True)
    page = command.out or next_page(found.name)
    write_prediction(found.prediction, page, name=found.name, notes=found.notes, words=not command.no_text)
    console.print(Text(f"{page}"), soft_wrap=True)


@contextmanager
def _read_progress(console: Console) -> Generator[Callable[[float], None] | None]:
    """A bar of the share that has been read, where somebody looks on; it goes when the reading is done."""
    if not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        shown = bar.add_task("reading", total=1.0)
        yield lambda share: bar.update(shown, completed=share)


def _report(command: ReportCommand, console: Console, progress: Console) -> None:
    from slowfold.report import write_report
    from slowfold.study import open_run

    run = open_run(command.run)
    progress.print("writing the report", style="dim")
    report = write_report(run)
    _print_answer(run, console)
    console.print(Text(f"{report}"), soft_wrap=True)


def _list(command: ListCommand, console: Console, complaints: Console) -> None:
    from slowfold.study import list_runs

    runs = list_runs(command.folder)
    if not runs:
        console.print(Text(f"no finished runs in {command.folder}"))
        return
    table = Table(
        box=SIMPLE,
        pad_edge=False,
        caption="words, visited: the participation ratio that the words alone ask for, and that of the visited states",
    )
    # A name is there to be copied.
    table.add_column("run", no_wrap=True, overflow="fold")
    for column in ("task", "cell", "classes", "right", "words", "visited", "points", "sum"):
        table.add_column(column, justify="left" if column in ("task", "cell") else "right")
    for run in runs:
        try:
            summary = run.summary
        except RunError as error:
            # One damaged run does not hide the others.
            complaints.print(Text(f"slowfold: {error}"), soft_wrap=True)
            continue
        dimension = summary["dimension"]
        found = summary["fixed_points"][-1]
        table.add_row(
            Text(run.name),
            Text(summary["task"]["name"]),
            summary["network"]["cell"],
            str(len(summary["task"]["classes"])),
            f"{summary['accuracy']['test']:.3f}",
            f"{dimension['predicted']['documents']['participation_ratio']:.2f}",
            f"{dimension['visited']['participation_ratio']:.2f}",
            f"{found['distinct']}",
            "—" if found["audit"]["sum"] is None else f"{found['audit']['sum']:+d}",
        )
    console.print(table)


def _shares(shares: Sequence[float], most: int = 5) -> str:
    return " ".join(f"{share:.2f}" for share in shares[:most])


_COMMANDS: dict[type, Any] = {
    RunCommand: _run,
    PredictCommand: _predict,
    ReportCommand: _report,
    ListCommand: _list,
}
