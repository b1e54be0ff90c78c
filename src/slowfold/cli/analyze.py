"""The command analyze: find out how a network decides that was trained already, here or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import tyro
from rich.console import Console
from rich.text import Text

from slowfold.cli.answers import print_answer
from slowfold.cli.look import print_paths
from slowfold.errors import OptionError
from slowfold.study.experiment import Source

__all__ = ["AnalyzeCommand"]


@dataclass(frozen=True, kw_only=True)
class Documents(Source):
    """The options of reading; what the network knows already, its words and its classes, is not asked again."""

    task: tyro.conf.Suppress[str] = ""
    test: tyro.conf.Suppress[str | None] = None
    ordered: tyro.conf.Suppress[bool] = False
    multilabel: tyro.conf.Suppress[bool] = False
    wordpiece: tyro.conf.Suppress[int | None] = None
    vocabulary_size: tyro.conf.Suppress[int | None] = None
    minimum_count: tyro.conf.Suppress[int | None] = None


@dataclass(frozen=True, kw_only=True)
class AnalyzeCommand:
    """Find out how a network decides that was trained already, and write a report.

    Attributes:
        network: The folder that network.save wrote: model.safetensors, model.json and vocabulary.json; or that of a
            run.
        corpus: The documents that it was trained on, or others of the same classes: a file of labelled texts, a folder
            or a pattern of files, a synthetic language, or the name of a public data set.
        test_corpus: A file with the test documents; unless given, a seeded tenth of each class.
        source: How they are read.
        states_of: How many test documents give the visited states, the same number of each class.
        starts: How many visited states, far apart, the search for fixed points starts from.
        no_text: Keep the words of the documents out of everything that is written.
        out: The folder to write to; unless given, the next free runs/TASK-CELL-001.
        debug: Show where in the code an error came up.
    """

    network: Path
    corpus: str | None = None
    test_corpus: str | None = None
    source: tyro.conf.OmitArgPrefixes[Documents]
    states_of: int = 200
    starts: int = 64
    no_text: bool = False
    out: Path | None = None
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        if self.corpus is None:
            raise OptionError(
                "the documents are missing", where="analyze", cure="name them, as in --corpus reviews.csv"
            )
        if self.source.test is not None:
            raise OptionError("is called --test-corpus here", where="--test", cure="give it under that name")

        from slowfold.report import write_report
        from slowfold.study import analyze_saved

        run = analyze_saved(
            self.network,
            replace(self.source, task=self.corpus, test=self.test_corpus),
            out=self.out,
            states_of=self.states_of,
            starts=self.starts,
            words=not self.no_text,
            notify=lambda doing: progress.print(Text(doing), style="dim"),
        )
        progress.print("writing the report", style="dim")
        report = write_report(run)
        print_answer(run, console)
        print_paths(console, run.folder, report)
