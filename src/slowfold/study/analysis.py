"""One question asked of one network: what does its state space look like?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from slowfold.errors import OptionError
from slowfold.geometry import balanced_weights, predict_dimension, principal_components
from slowfold.networks import Classifier, Training
from slowfold.storage import write_json
from slowfold.study.measurements import Measurements
from slowfold.study.records import to_dataset, to_summary
from slowfold.study.runs import Run, new_folder, open_run, write_dataset
from slowfold.study.stages import (
    measure_accuracy,
    measure_context,
    measure_evidence,
    measure_manifold,
    measure_shapes,
    measure_words,
    search_at_both,
)
from slowfold.study.stages.clock import Clock
from slowfold.study.stages.states import document_of_states, draw_rows, sample_documents, spread_of
from slowfold.text import Corpus, count_words

__all__ = ["analyze", "measure"]

# Words are compared from this many visited states.
_DEFLECTION_STATES = 64

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
        states_of: The most test documents whose visited states are kept, the same number of each class; of up to three
            labels a document, of each of their combinations.
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
    """Measures the state space of a trained network, and writes nothing; see :func:`analyze`.

    Example:
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> measured = measure(network, train, test, starts=16)
        >>> [search.held for search in measured.searches], measured.prediction.above_chance
        (['zero', 'mean'], 2)
    """
    for name, value in (("states_of", states_of), ("starts", starts)):
        if value < 1:
            raise OptionError(f"{value} is out of range", where=name, cure="give 1 or more")
    network.require(train)
    network.require(test)
    generator = torch.Generator().manual_seed(seed)
    clock = Clock(seconds)
    with clock.measuring("geometry"):
        notify("reading the test documents")
        sample = sample_documents(test, states_of, seed)
        reading = network.read(sample)
        compared = reading.states[draw_rows(len(reading.states), _DEFLECTION_STATES, generator)]
        final = network.final_states(test)
        # Long documents visit more states, and are not to speak for the others.
        weights = balanced_weights(document_of_states(reading))
        visited_axes = principal_components(network.read_out(reading.states), weights)
        final_axes = principal_components(network.read_out(final))
        accuracy = measure_accuracy(network, train, test, final=final, axes=final_axes, seed=seed)
    mean_input = network.mean_input(train)
    zero, mean = network.hold(), network.hold(input=mean_input, name="mean")
    notify("searching for fixed points at the zero and the mean input")
    searches = search_at_both(network, zero, mean, reading.states, starts=starts, seed=seed, clock=clock)
    at_mean = searches[-1]
    notify("following the slow manifold at the mean input")
    manifold = measure_manifold(network, mean, reading.states, generator=generator, clock=clock)
    with clock.measuring("geometry"):
        notify("measuring what words do")
        words = measure_words(network, train, compared)
        prediction = predict_dimension(train, seed=seed)
        points_dimension = spread_of(network.read_out(at_mean.points.distinct.point))
        notify("measuring the shape that the classes make")
        shapes = measure_shapes(
            network,
            sample=sample,
            reading=reading,
            visited_axes=visited_axes,
            test=test,
            final=final,
            search=at_mean,
            manifold=manifold,
            seed=seed,
        )
        notify("measuring what words are worth, and for how long")
        evidence = measure_evidence(
            network,
            mean,
            mean_input,
            counts=count_words(train),
            sample=sample,
            test=test,
            final=final,
            final_axes=final_axes,
            points=at_mean.points,
            point_modes=at_mean.modes,
            manifold=manifold,
            seed=seed,
        )
        notify("looking for words that change what others do")
        context = measure_context(network, train, reading, seed=seed)
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
        searches=searches,
        manifold=manifold,
        words=words,
        shapes=shapes,
        evidence=evidence,
        context=context,
        training=training,
        notes=notes,
        seconds=clock.seconds,
    )
