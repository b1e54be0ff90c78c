"""One command a call: its words are read, it is done, and what was wrong is told in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from slowfold import __version__
from slowfold.cli.analyze import AnalyzeCommand
from slowfold.cli.compare import CompareCommand
from slowfold.cli.explain import ExplainCommand
from slowfold.cli.explore import ExploreCommand
from slowfold.cli.figure import FigureCommand
from slowfold.cli.listing import ListCommand
from slowfold.cli.parsing import Command, parse
from slowfold.cli.predict import PredictCommand
from slowfold.cli.report import ReportCommand
from slowfold.cli.reproduce import ReproduceCommand
from slowfold.cli.run import RunCommand
from slowfold.cli.sweep import SweepCommand
from slowfold.errors import SlowfoldError

__all__ = ["main"]

_FAILED = 2
_INTERRUPTED = 130

# In the order in which --help lists them. Each says what it needs as a dataclass, and does it by execute(); what is
# heavy is imported there, after the words have been read.
_COMMANDS: dict[str, type[Command]] = {
    "run": RunCommand,
    "predict": PredictCommand,
    "analyze": AnalyzeCommand,
    "report": ReportCommand,
    "explain": ExplainCommand,
    "explore": ExploreCommand,
    "figure": FigureCommand,
    "compare": CompareCommand,
    "list": ListCommand,
    "sweep": SweepCommand,
    "reproduce": ReproduceCommand,
}
_DESCRIPTION = "Shows how a recurrent text classifier decides. --version tells the version."


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
        parse(words, _COMMANDS, description=_DESCRIPTION).execute(console, complaints)
    except SlowfoldError as error:
        if "--debug" in words:
            raise
        complaints.print(Text(f"slowfold: {error}"), soft_wrap=True)
        return _FAILED
    except KeyboardInterrupt:
        complaints.print("slowfold: interrupted")
        return _INTERRUPTED
    except (MemoryError, RuntimeError) as error:
        from slowfold.networks.memory import lacks_memory

        if "--debug" in words or not lacks_memory(error):
            raise
        cure = "lower --hidden, --batch-size, --documents, --states-of or --starts"
        complaints.print(Text(f"slowfold: there is not enough memory; {cure}"), soft_wrap=True)
        return _FAILED
    return 0
