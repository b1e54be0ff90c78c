"""An experiment from beginning to end: read, train, analyse."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from slowfold.errors import OptionError, RunError, SlowfoldError
from slowfold.networks import Classifier, Training, fit, fit_population
from slowfold.study.analysis import analyze
from slowfold.study.experiment import Experiment
from slowfold.study.growth import Growth
from slowfold.study.runs import Run, new_folder, taken_folder
from slowfold.study.stages.states import draw_documents
from slowfold.study.tasks import Task, read_task
from slowfold.text import Corpus

__all__ = ["build_network", "conduct", "conduct_together", "watched_while_training"]

# Documents read at each evaluation, beside those that training keeps aside.
_WATCHED = 1_000


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run whose documents have been read: what stands between an experiment and its training.

    Attributes:
        experiment: What is asked for.
        folder: The folder of the run.
        task: The documents.
        network: The network, before its training.
        growth: Looks at it meanwhile.
        seconds: What reading took.
    """

    experiment: Experiment
    folder: Path
    task: Task
    network: Classifier
    growth: Growth
    seconds: float


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

    Example:
        >>> from tempfile import mkdtemp
        >>> asked = Experiment(task="categorical", classes="3", length=8, documents=300, hidden=8, steps=10, starts=16)
        >>> run = conduct(asked, folder=Path(mkdtemp(), "mine"))
        >>> len(run.metrics), sorted(path.name for path in run.folder.glob("*.json"))
        (10, ['model.json', 'summary.json', 'vocabulary.json'])
    """
    if folder is None and not resume:
        with taken_folder(experiment.task, experiment.cell) as own:
            return conduct(experiment, folder=own, progress=progress, notify=notify)
    prepared = _prepare(experiment, folder, resume=resume, notify=notify)
    experiment = prepared.experiment
    notify("training")
    training = fit(
        prepared.network,
        prepared.task.train,
        steps=experiment.steps,
        epochs=experiment.epochs,
        batch_size=experiment.batch_size,
        learning_rate=experiment.learning_rate,
        l2=experiment.l2,
        l2_scope=experiment.l2_scope,
        seed=experiment.seed,
        watch=watched_while_training(prepared.task.test, experiment.seed),
        folder=prepared.folder,
        resume=resume,
        on_step=prepared.growth,
        progress=progress,
    )
    return _finish(prepared, training, notify=notify)


def conduct_together(
    experiments: Sequence[Experiment], folders: Sequence[Path]
) -> Iterator[tuple[int, Run | Exception]]:
    """Conducts runs whose networks are of one shape: they are trained as one population, and analysed one by one.

    Each run leaves what :func:`conduct` would leave, within rounding, and goes on from where its folder left it, by
    itself or together: see :func:`~slowfold.networks.fit_population`. What is wrong with one run when its documents are
    read, its network is trained or analysed costs that run alone.

    Args:
        experiments: What is asked for; alike in cell, layers and units.
        folders: A folder for each.

    Yields:
        The number of each run as it ends, and the run or what was wrong.

    Raises:
        SlowfoldError: They cannot be trained together, or what is asked of one of them is out of range.
    """
    together: list[tuple[int, Prepared]] = []
    for number, (experiment, folder) in enumerate(zip(experiments, folders, strict=True)):
        try:
            resume = (folder / "experiment.toml").is_file()
            together.append((number, _prepare(experiment, folder, resume=resume)))
        except SlowfoldError as error:
            yield number, error
    if not together:
        return
    asked = [prepared.experiment for _, prepared in together]
    looks = [prepared.growth for _, prepared in together]
    members = fit_population(
        [prepared.network for _, prepared in together],
        [prepared.task.train for _, prepared in together],
        steps=[experiment.steps for experiment in asked],
        epochs=[experiment.epochs for experiment in asked],
        batch_size=[experiment.batch_size for experiment in asked],
        learning_rate=[experiment.learning_rate for experiment in asked],
        l2=[experiment.l2 for experiment in asked],
        l2_scope=[experiment.l2_scope for experiment in asked],
        seed=[experiment.seed for experiment in asked],
        watch=[watched_while_training(prepared.task.test, prepared.experiment.seed) for _, prepared in together],
        folders=[prepared.folder for _, prepared in together],
        resume=True,
        on_step=lambda place, measured: looks[place](measured),
    )
    for (number, prepared), member in zip(together, members, strict=True):
        try:
            ended = member.failure or _finish(prepared, member.training)
        except Exception as error:
            ended = error
        yield number, ended


def _prepare(
    experiment: Experiment,
    folder: str | Path | None,
    *,
    resume: bool,
    notify: Callable[[str], None] = lambda _: None,
) -> Prepared:
    """Reads the documents and builds the network; where it resumes, what the folder asks for."""
    root = _folder(experiment, folder, resume=resume)
    if resume:
        # Of a public set it names the commit that was read before.
        experiment = Experiment.load(root / "experiment.toml")
    device = _device(experiment.device)
    begin = time.perf_counter()
    notify(f"reading {experiment.task}")
    task = read_task(experiment)
    seconds = time.perf_counter() - begin
    network = build_network(experiment, task.train).to(device)
    notify(f"{len(task.train):,} documents to train on, {len(task.test):,} to test on")
    if not resume:
        replace(experiment, revision=task.revision).save(root / "experiment.toml")
    growth = Growth(network, task.test, root, seed=experiment.seed)
    return Prepared(experiment, root, task, network, growth, seconds)


def _finish(prepared: Prepared, training: Training, *, notify: Callable[[str], None] = lambda _: None) -> Run:
    """Analyses a trained network."""
    experiment, task = prepared.experiment, prepared.task
    prepared.growth.end(training.steps, training.metrics[-1].loss if training.metrics else None)
    return analyze(
        prepared.network,
        task.train,
        task.test,
        folder=prepared.folder,
        states_of=experiment.states_of,
        starts=experiment.starts,
        seed=experiment.seed,
        training=training,
        notes=task.notes,
        seconds={"data": prepared.seconds, "train": training.seconds},
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
    if folder is None:
        raise OptionError("needs the folder of the run", where="--resume", cure="name it by --out")
    root = Path(folder)
    if not resume:
        return new_folder(root)
    if (root / "summary.json").exists():
        raise RunError("the run is finished", where=str(root), cure="look at it with slowfold report")
    if not (root / "experiment.toml").exists():
        raise RunError("there is no run to go on with", where=str(root), cure="leave --resume out")
    asked = Experiment.load(root / "experiment.toml")
    given = replace(experiment, revision=experiment.revision or asked.revision)
    if asked != given:
        changed = next(name for name in vars(asked) if getattr(asked, name) != getattr(given, name))
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


def build_network(experiment: Experiment, train: Corpus) -> Classifier:
    """The network of an experiment, before its training.

    Args:
        experiment: What is asked for.
        train: The documents that it will be trained on.

    Example:
        >>> from slowfold.text import categorical
        >>> train = categorical(classes=3, length=5).sample(30, seed=0)
        >>> build_network(Experiment(task="categorical", hidden=8), train).cell.size
        8
    """
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
