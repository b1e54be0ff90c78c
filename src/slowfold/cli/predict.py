"""The command predict: how many dimensions the words of documents ask for, without any training."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tyro
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from slowfold.cli.look import place_of, print_paths
from slowfold.errors import OptionError
from slowfold.study.experiment import Source

__all__ = ["PredictCommand"]


@dataclass(frozen=True, kw_only=True)
class Reading(Source):
    """The options of reading, whose task stands in front of them; those of training are told that they do not apply."""

    task: tyro.conf.Suppress[str] = ""
    test: tyro.conf.Suppress[str | None] = None
    wordpiece: tyro.conf.Suppress[int | None] = None


@dataclass(frozen=True, kw_only=True)
class PredictCommand:
    """Tell how many dimensions the words of documents ask for, without any training.

    Attributes:
        tasks: Files of labelled texts, which are read as one; or files of word counts, which are added up; or a
            synthetic language, or the name of a public data set.
        source: How they are read.
        permutations: How often the labels are permuted to see what chance does; 0 to leave that out.
        out: The page to write, or a folder, existing or ending in a slash, for the next free page in it; unless given,
            predictions/TASK-001.html, -002, and so on.
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
    out: str | None = None
    no_text: bool = False
    save_counts: Path | None = None
    ray: bool = False
    ray_address: str | None = None
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        if not self.tasks:
            raise OptionError("nothing to predict from", where="predict", cure="name a file, a language or a data set")
        if self.no_text and self.save_counts is not None:
            raise OptionError("does not go with --save-counts, which writes words", where="--no-text", cure="give one")
        folder, page = place_of(self.out)

        from slowfold.report import prediction_table, write_prediction
        from slowfold.study import PREDICTIONS, foretell_task, next_page

        with _read_progress(progress) as tell:
            found = foretell_task(
                self.tasks,
                self.source,
                permutations=self.permutations,
                save_counts_to=self.save_counts,
                on_ray=self.ray_address or ("local" if self.ray else None),
                progress=tell,
                notify=lambda doing: progress.print(Text(doing), style="dim"),
            )
        if found.prediction is None:
            for note in found.notes:
                console.print(Text(note), soft_wrap=True)
            print_paths(console, self.save_counts)
            return
        console.print(prediction_table(found.prediction, words=not self.no_text))
        for note in found.notes:
            console.print(Text(note), style="dim", soft_wrap=True)
        page = page or next_page(found.name, folder or PREDICTIONS)
        write_prediction(found.prediction, page, name=found.name, notes=found.notes, words=not self.no_text)
        print_paths(console, self.save_counts, page)


@contextmanager
def _read_progress(console: Console) -> Generator[Callable[[float], None] | None]:
    """A bar of the share that has been read, where somebody looks on; it goes when the reading is done."""
    if not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        shown = bar.add_task("reading", total=1.0)
        yield lambda share: bar.update(shown, completed=share)
