"""Programs that begin at once: what they load is loaded already in the process that they are forked from."""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from slowfold.cli import main

__all__ = ["run_command", "run_python"]

LOADED = ["torch", "slowfold.cli", "slowfold.networks", "slowfold.study", "slowfold.report", "slowfold.explorer"]


def run_command(arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int | None, str]:
    """The exit status of slowfold with these arguments, in a process of its own, and all that it said."""
    return run(partial(main, arguments), folder, environment)


def run_python(program: str, folder: Path, environment: dict[str, str]) -> tuple[int | None, str]:
    """The same of a Python program, to which a warning is an error."""
    return run(partial(execute, program), folder, environment)


def run(program: Callable[[], int | None], folder: Path, environment: dict[str, str]) -> tuple[int | None, str]:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(LOADED)
    said = folder / "said.txt"
    process = processes.Process(target=begin, args=(program, folder, environment, said))
    process.start()
    process.join()
    return process.exitcode, said.read_text(encoding="utf-8")


def begin(program: Callable[[], int | None], folder: Path, environment: dict[str, str], said: Path) -> None:
    os.chdir(folder)
    os.environ.update(environment)
    with said.open("wb") as file:
        for standard in (1, 2):
            os.dup2(file.fileno(), standard)
    sys.exit(program())


def execute(program: str) -> None:
    warnings.simplefilter("error")
    exec(compile(program, "a page", "exec"), {"__name__": "__main__"})
