"""An experiment from beginning to end: read, train, analyse."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from slowfold.errors import OptionError, RunError
from slowfold.networks import Classifier, fit
from slowfold.study.analysis import analyze
from slowfold.study.experiment import Experiment
from slowfold.study.runs import Run, new_folder, next_folder
from slowfold.study.stages.states import draw_documents
from slowfold.study.tasks import read_task
from slowfold.text import Corpus

__all__ = ["conduct", "watched_while_training"]

# Documents read at each evaluation, beside those that training keeps aside.
_WATCHED = 1_000


def conduct(
    experiment: Experiment,
    *,
    folder: str | Path | None = None,
    resume: bool = False,
    progress: bool = False,
    notify: Callable[[str], None] = lambda _: None,
) -> Run:
    """Reads the documents, trains the network, analyses it, and leaves all of it in a folder.

    Nothing is written before the documents have been read: bad input leaves no folder behind.

    Args:
        experiment: What is asked for.
        folder: Where to write, by default the next free ``runs/TASK-CELL-001``.
        resume: Go on with the run in ``folder`` from its last checkpoint.
        progress: Show a progress bar while training.
        notify: Is told in a few words what is being done.

    Raises:
        RunError: The folder is not empty and ``resume`` is not set, or holds another experiment.
        OptionError: An option is out of range or does not apply.
        DataError: The documents cannot be read.
        TrainingError: Training cannot go on.
    """
    root = _folder(experiment, folder, resume=resume)
    if resume:
        # Of a public set it names the commit that was read before.
        experiment = Experiment.load(root / "experiment.toml")
    device = _device(experiment.device)
    begin = time.perf_counter()
    notify(f"reading {experiment.task}")
    task = read_task(experiment)
    seconds = {"data": time.perf_counter() - begin}
    network = _build(experiment, task.train).to(device)
    notify(f"{len(task.train):,} documents to train on, {len(task.test):,} to test on")
    if not resume:
        replace(experiment, revision=task.revision).save(root / "experiment.toml")
    notify("training")
    training = fit(
        network,
        task.train,
        steps=experiment.steps,
        epochs=experiment.epochs,
        batch_size=experiment.batch_size,
        learning_rate=experiment.learning_rate,
        l2=experiment.l2,
        l2_scope=experiment.l2_scope,
        seed=experiment.seed,
        watch=watched_while_training(task.test, experiment.seed),
        folder=root,
        resume=resume,
        progress=progress,
    )
    seconds["train"] = training.seconds
    return analyze(
        network,
        task.train,
        task.test,
        folder=root,
        states_of=experiment.states_of,
        starts=experiment.starts,
        seed=experiment.seed,
        training=training,
        notes=task.notes,
        seconds=seconds,
        words=not experiment.no_text,
        notify=notify,
    )


def watched_while_training(test: Corpus, seed: int) -> dict[str, Corpus]:
    """What is read on a schedule while a network is trained: test documents, as they are and with their words shuffled.

    The distance between the two is what the order of words is worth; it is seen to grow. At most 1,000 documents, drawn
    at random, so that it costs little; nothing is decided by them.

    Example:
        >>> from slowfold.text import categorical
        >>> test = categorical(classes=3, length=5).sample(30, seed=0)
        >>> [(name, len(corpus)) for name, corpus in watched_while_training(test, seed=0).items()]
        [('test', 30), ('shuffled_words', 30)]
    """
    sample = draw_documents(test, _WATCHED, seed)
    return {"test": sample, "shuffled_words": sample.shuffled_words(seed=seed)}


def _folder(experiment: Experiment, folder: str | Path | None, *, resume: bool) -> Path:
    if not resume:
        return next_folder(experiment.task, experiment.cell) if folder is None else new_folder(Path(folder))
    if folder is None:
        raise OptionError("needs the folder of the run", where="--resume", cure="name it by --out")
    root = Path(folder)
    if (root / "summary.json").exists():
        raise RunError("the run is finished", where=str(root), cure="look at it with slowfold report")
    if not (root / "experiment.toml").exists():
        raise RunError("there is no run to go on with", where=str(root), cure="leave --resume out")
    asked = Experiment.load(root / "experiment.toml")
    if asked != replace(experiment, revision=experiment.revision or asked.revision):
        changed = next(name for name in vars(asked) if getattr(asked, name) != getattr(experiment, name))
        raise RunError(
            f"the run was started with {changed} = {getattr(asked, changed)!r}",
            where=str(root),
            cure="give the same options, or start a new run",
        )
    return root


def _device(name: str) -> torch.device:
    if re.fullmatch(r"cpu|cuda(:\d{1,4})?", name) is None:
        raise OptionError(f"{name!r} is no device to train on", where="--device", cure="give cpu, cuda or cuda:1")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise OptionError(
            f"there is no such GPU: PyTorch sees {torch.cuda.device_count()}",
            where="--device",
            cure="leave it out to use the CPU",
        )
    return device


def _build(experiment: Experiment, train: Corpus) -> Classifier:
    return Classifier.build(
        train,
        cell=experiment.cell,
        hidden=experiment.hidden,
        layers=experiment.layers,
        readout=experiment.readout,
        embedding=experiment.embedding,
        initialisation=experiment.initialisation,
        seed=experiment.seed,
    )
