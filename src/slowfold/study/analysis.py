"""One question asked of one network: what does its state space look like?"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics import Census, Map, linearize, slow_manifold
from slowfold.dynamics.two_inputs import census_at_both
from slowfold.errors import DataError, OptionError, TensorError
from slowfold.geometry import (
    Dimension,
    PrincipalComponents,
    dimension,
    measure_deflections,
    measure_readouts,
    predict_dimension,
    principal_components,
)
from slowfold.networks import Classifier, Training, bag_of_words
from slowfold.storage import write_json
from slowfold.study.measurements import Accuracy, Manifold, Measurements, Search, Words
from slowfold.study.records import to_dataset, to_summary
from slowfold.study.runs import Run, new_folder, open_run, write_dataset
from slowfold.text import Corpus

__all__ = ["analyze", "measure", "require_one_label"]

# Accuracy on the training documents is measured on no more than this many.
_TRAINING_SAMPLE = 5_000
# Sets these draws apart from those that the same seed decides elsewhere.
_TRAINING_STREAM = 4
# The slow manifold is looked for above so many visited states and linearised at so many of its points, fewer where
# states are large: matrices of that size are taken apart at each.
_MANIFOLD_STATES, _MANIFOLD_NUMBERS = 512, 2**16
_LINEARIZED_EVERY = 8
# Medians over fewer points are none.
_FEWEST_POINTS = 2
# Words are compared from this many visited states, and no more than this many of the commonest are looked at.
_DEFLECTION_STATES = 64
_COMMONEST = 2_000
# Vocabularies up to this size are shown whole; of larger ones the most telling words of each class, and the commonest.
_SHOWN_WHOLE = 24
_PER_CLASS = 5
_COMMON_SHOWN = 5
# A word with less than this share of the strongest word's evidence speaks for no class.
_NEUTRAL = 0.2

Notify = Callable[[str], None]


def analyze(
    network: Classifier,
    train: Corpus,
    test: Corpus,
    *,
    folder: str | Path,
    states_of: int = 200,
    starts: int = 64,
    seed: int = 0,
    training: Training | None = None,
    notes: tuple[str, ...] = (),
    seconds: dict[str, float] | None = None,
    words: bool = True,
    notify: Notify = lambda _: None,
) -> Run:
    """Measures the state space of a trained network and writes it to a folder.

    Args:
        network: The network; it is not changed.
        train: The documents it was trained on: the mean input and the prediction come from them.
        test: The documents it is tested on: the visited states come from them.
        folder: Where to write; it is made if it is not there.
        states_of: The most test documents whose visited states are kept, the same number of each class.
        starts: The most visited states, far apart, that the search for fixed points starts from. Where a quarter of
            them come to after 300 steps of the held network are further starts; then places between and beside the
            points found, and drawn ones, until their indices add up to +1 and a round has found nothing new; and where
            branches lead that are followed from one input to the other.
        seed: Draws the documents and the starts.
        training: What ``fit`` returned, for the record.
        notes: How the documents came to be, for the record.
        seconds: What earlier stages took, for the record.
        words: Whether to write words of the documents.
        notify: Is told in a few words what is being done.

    Returns:
        The run, with ``model.safetensors``, ``analysis.nc`` and ``summary.json`` in its folder.

    Raises:
        NetworkError: The words or classes of a corpus are not those of the network.
        DataError: Documents have several labels.
        RunError: The folder holds an analysis already, or cannot be written to.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> analyze(network, train, test, folder=Path(mkdtemp(), "mine"), starts=16).summary["network"]["hidden"]
        8
    """
    root = Path(folder)
    if (root / "summary.json").exists():
        new_folder(root)  # which refuses it
    measured = measure(
        network,
        train,
        test,
        states_of=states_of,
        starts=starts,
        seed=seed,
        training=training,
        notes=notes,
        seconds=seconds,
        notify=notify,
    )
    network.save(root, words=words)
    write_dataset(root / "analysis.nc", to_dataset(measured, words=words))
    # The summary comes last: a folder that has one has everything.
    write_json(root / "summary.json", to_summary(measured))
    return open_run(root)


def measure(
    network: Classifier,
    train: Corpus,
    test: Corpus,
    *,
    states_of: int = 200,
    starts: int = 64,
    seed: int = 0,
    training: Training | None = None,
    notes: tuple[str, ...] = (),
    seconds: dict[str, float] | None = None,
    notify: Notify = lambda _: None,
) -> Measurements:
    """Measures the state space of a trained network, and writes nothing; see :func:`analyze`."""
    for name, value in (("states_of", states_of), ("starts", starts)):
        if value < 1:
            raise OptionError(f"{value} is out of range", where=name, cure="give 1 or more")
    require_one_label(train)
    network.require(train)
    network.require(test)
    generator = torch.Generator().manual_seed(seed)
    clock = _Clock(dict(seconds or {}))
    with clock.measuring("geometry"):
        notify("reading the test documents")
        sample = test.take(states_of, seed=seed)
        reading = network.read(sample)
        compared = _draw(reading.states, _DEFLECTION_STATES, generator)
        final = network.final_states(test)
        visited_axes = principal_components(network.read_out(reading.states))
        final_axes = principal_components(network.read_out(final))
        accuracy = _accuracy(network, train, test, final, final_axes, seed)
    zero, mean = network.hold(), network.hold(input=network.mean_input(train), name="mean")
    notify("searching for fixed points at the zero and the mean input")
    with clock.measuring("search"):
        censuses = census_at_both(zero, mean, reading.states, apart=starts, seed=seed)
    searches = [_search(network, held, census, clock) for held, census in zip((zero, mean), censuses, strict=True)]
    notify("following the slow manifold at the mean input")
    manifold = _manifold(network, mean, reading.states, clock, generator)
    with clock.measuring("geometry"):
        notify("measuring what words do")
        words = _words(network, train, compared)
        readouts = measure_readouts(network.readout.weight)
        prediction = predict_dimension(train, seed=seed)
        points_dimension = _spread(network.read_out(searches[-1].points.distinct.point))
    return Measurements(
        network=network,
        train=train,
        test=test,
        sample=sample,
        reading=reading,
        final=final,
        visited_axes=visited_axes,
        final_axes=final_axes,
        points_dimension=points_dimension,
        prediction=prediction,
        accuracy=accuracy,
        searches=tuple(searches),
        manifold=manifold,
        readouts=readouts,
        words=words,
        training=training,
        notes=notes,
        seconds=clock.seconds,
    )


class _Clock:
    """Adds up the seconds that each stage takes."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds

    @contextmanager
    def measuring(self, stage: str) -> Generator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin


def _draw(states: Tensor, count: int, generator: torch.Generator) -> Tensor:
    chosen = torch.randperm(len(states), generator=generator)[:count]
    return states[chosen.sort().values]


def _accuracy(
    network: Classifier, train: Corpus, test: Corpus, final: Tensor, axes: PrincipalComponents, seed: int
) -> Accuracy:
    labels = torch.from_numpy(test.labels.copy())
    kept = axes.dimension.for_90
    read = network.read_out(final)
    flat = axes.flatten(read, kept).to(network.readout.weight)
    with torch.no_grad():
        predicted = network.readout(read.to(network.readout.weight)).argmax(dim=1).cpu()
        projected = network.readout(flat).argmax(dim=1).cpu()
    return Accuracy(
        train=network.accuracy(_some(train, _TRAINING_SAMPLE, seed)),
        test=float((predicted == labels).double().mean()),
        shuffled_words=network.accuracy(test.shuffled_words(seed=seed)),
        bag_of_words=bag_of_words(train, test, seed=seed).test.accuracy,
        projected=float((projected == labels).double().mean()),
        projected_on=kept,
    )


def require_one_label(corpus: Corpus) -> None:
    """Raises a DataError where documents have several labels: networks read them, but are not analysed yet."""
    if corpus.kind == "multilabel":
        raise DataError(
            "a network that gives several labels a document is not analysed yet",
            where=corpus.name,
            cure="train it with Classifier and fit, or give documents of one class each",
        )


def _some(corpus: Corpus, count: int, seed: int) -> Corpus:
    """At most so many documents, each as likely as any other, whatever its class."""
    if len(corpus) <= count:
        return corpus
    return corpus.select(np.sort(np.random.default_rng([seed, _TRAINING_STREAM]).permutation(len(corpus))[:count]))


def _search(network: Classifier, held: Map, census: Census, clock: _Clock) -> Search:
    points = census.points
    with clock.measuring("linearize"):
        modes = linearize(held, points.distinct.point) if len(points.distinct) else None
    return Search(held.name, census, _logits(network, points.point), modes)


def _manifold(
    network: Classifier, held: Map, visited: Tensor, clock: _Clock, generator: torch.Generator
) -> Manifold | None:
    """The slow manifold; None where the visited states span no plane, as when no word moves them."""
    size = visited.shape[1]
    count = max(_FEWEST_POINTS, min(_MANIFOLD_STATES, _MANIFOLD_NUMBERS // size))
    with clock.measuring("manifold"):
        try:
            surface = slow_manifold(held, visited, starts=_draw(visited, count, generator))
        except TensorError:
            return None
    kept = surface.reached.nonzero().flatten()
    with clock.measuring("linearize"):
        chosen = kept[:0]
        if len(kept) >= _FEWEST_POINTS:
            chosen = _draw(kept, max(_FEWEST_POINTS, count // _LINEARIZED_EVERY), generator)
        modes = linearize(held, surface.point[chosen]) if len(chosen) else None
    return Manifold(
        surface=surface,
        dimension=_spread(network.read_out(surface.kept)),
        logits=_logits(network, surface.point),
        linearized=chosen,
        modes=modes,
    )


def _logits(network: Classifier, states: Tensor) -> Tensor:
    with torch.no_grad():
        return copy.deepcopy(network.readout).to(states)(network.read_out(states))


def _spread(points: Float[Tensor, "point unit"]) -> Dimension:
    return dimension(points) if len(points) else Dimension.from_variances([])


def _words(network: Classifier, train: Corpus, states: Float[Tensor, "state unit"]) -> Words:
    frequencies = torch.from_numpy(train.token_frequencies())
    commonest = frequencies.argsort(descending=True, stable=True)[:_COMMONEST]
    commonest = commonest[frequencies[commonest] > 0]
    readout = network.readout.weight.detach().to("cpu", torch.float64)
    contrast = readout - readout.mean(dim=0)
    evidence = torch.cat([_mean_moves(network, part, states) @ contrast.T for part in commonest.split(256)])
    chosen, favours = _telling(evidence, whole=len(network.vocabulary) <= _SHOWN_WHOLE)
    moves = measure_deflections(network.cell, states, _inputs(network, commonest[chosen]))
    mean = network.read_out(moves.mean)
    return Words(
        id=commonest[chosen],
        favours=favours,
        moves=network.read_out(moves.moves),
        mean=mean,
        evidence=mean @ contrast.T,
    )


def _mean_moves(network: Classifier, ids: Tensor, states: Tensor) -> Tensor:
    return network.read_out(measure_deflections(network.cell, states, _inputs(network, ids)).mean)


def _inputs(network: Classifier, ids: Tensor) -> Tensor:
    return network.inputs(ids.to(network.device)).detach()


def _telling(evidence: Float[Tensor, "word class"], *, whole: bool) -> tuple[Tensor, Tensor]:
    """Rows of the words to show, words of one class together, and the class each speaks for; -1 where none."""
    most, favoured = evidence.max(dim=1)
    if whole:
        favoured = torch.where(most >= _NEUTRAL * most.max(), favoured, -1)
        order = favoured.argsort(stable=True)
        return order, favoured[order]
    classes = evidence.shape[1]
    rows, stands_for = [], []
    for label in range(classes):
        strongest = torch.where(favoured == label, evidence[:, label], -torch.inf).argsort(descending=True, stable=True)
        strongest = strongest[:_PER_CLASS][favoured[strongest[:_PER_CLASS]] == label]
        rows.append(strongest)
        stands_for.append(torch.full_like(strongest, label))
    telling = torch.cat(rows)
    common = torch.tensor([row for row in range(len(evidence)) if row not in set(telling.tolist())][:_COMMON_SHOWN])
    return torch.cat([telling, common.long()]), torch.cat([*stands_for, torch.full((len(common),), -1)])
