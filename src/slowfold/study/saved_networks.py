"""A network that was saved, trained here or elsewhere: read with, and analysed."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from slowfold.cells import name_cell
from slowfold.errors import OptionError
from slowfold.networks import Classifier
from slowfold.study.analysis import analyze
from slowfold.study.experiment import Source
from slowfold.study.runs import Run, new_folder, taken_folder
from slowfold.study.tasks import read_for, task_type

__all__ = ["analyze_saved"]


def analyze_saved(
    folder: str | Path,
    source: Source,
    *,
    out: str | Path | None = None,
    states_of: int = 200,
    starts: int = 64,
    words: bool = True,
    notify: Callable[[str], None] = lambda _: None,
) -> Run:
    """Analyses the network in a folder on documents that are read with its words and its classes.

    Args:
        folder: Where ``network.save`` wrote it, or the folder of a run.
        source: The documents, best those that it was trained on. ``test`` names other documents to test on; where it
            does not, a seeded tenth of each class is tested on.
        out: Where to write, by default the next free ``runs/TASK-CELL-001``.
        states_of: See :func:`~slowfold.study.analyze`.
        starts: See :func:`~slowfold.study.analyze`.
        words: Whether to write words of the documents.
        notify: Is told in a few words what is being done.

    Raises:
        NetworkError: There is no network in the folder, or the documents have other words or classes.
        OptionError: An option does not apply.
        DataError: The documents cannot be read, or are not such as the network knows.
        RunError: ``out`` is not empty.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.text import categorical
        >>> home, language = Path(mkdtemp()), categorical(classes=3, length=8)
        >>> Classifier.build(language.sample(30, seed=0), hidden=8).save(home / "network")
        >>> asked = Source(task="categorical", classes="3", length=8, documents=300)
        >>> run = analyze_saved(home / "network", asked, out=home / "run", states_of=20, starts=4)
        >>> run.summary["task"]["documents"]
        {'train': 270, 'test': 30}
    """
    network = Classifier.load(folder)
    if source.test is not None and task_type(source.task) != "file":
        raise OptionError(f"does not go with {source.task}", where="--test-corpus", cure="leave it out")
    name = name_cell(network.cell)
    named = None if out is None else new_folder(Path(out))
    begin = time.perf_counter()
    notify(f"reading {source.task}")
    task = read_for(source, vocabulary=network.vocabulary, class_names=network.class_names, kind=network.kind)
    # Here, so that what does not match is told before anything is measured.
    network.require(task.train)
    network.require(task.test)
    place = Path(folder).resolve()
    origin = f"The network was not trained in this run, but read from {place.parent.name}/{place.name}."
    with taken_folder(source.task, name) if named is None else nullcontext(named) as root:
        return analyze(
            network,
            task.train,
            task.test,
            folder=root,
            states_of=states_of,
            starts=starts,
            seed=source.seed,
            notes=(origin, *task.notes),
            seconds={"data": time.perf_counter() - begin},
            words=words,
            notify=notify,
        )
