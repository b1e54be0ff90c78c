"""Networks trained on languages whose shape is known have that shape, and all of it can be written down."""

import json
from dataclasses import dataclass

import pytest
import torch

from slowfold import languages
from slowfold.dynamics import take_census
from slowfold.geometry import dimension
from slowfold.geometry.dimensions import balanced_weights, principal_components
from slowfold.networks import Classifier, Reading, fit
from slowfold.study.records.shapes import shapes_arrays, shapes_summary
from slowfold.study.stages.searching import Search
from slowfold.study.stages.shapes import Shapes, measure_shapes
from slowfold.study.stages.states import document_of_states, logits_of
from slowfold.text import Corpus

LANGUAGES = {
    "categorical": languages.categorical(classes=3, length=12),
    "multilabel": languages.multilabel(classes=2, length=12),
    "ordered": languages.ordered(classes=5, length=12),
}
STEPS = {"categorical": 150, "multilabel": 150, "ordered": 300}


@dataclass(frozen=True)
class Measured:
    network: Classifier
    test: Corpus
    reading: Reading
    search: Search
    shapes: Shapes


def measured_of(network: Classifier, train: Corpus, test: Corpus) -> Measured:
    reading, final = network.read(test), network.final_states(test)
    mean = network.hold(input=network.mean_input(train), name="mean")
    census = take_census(mean, reading.states, apart=16, rounds=2)
    search = Search("mean", census, logits_of(network, census.points.point), None)
    shapes = measure_shapes(
        network,
        sample=test,
        reading=reading,
        visited_axes=principal_components(
            network.read_out(reading.states), balanced_weights(document_of_states(reading))
        ),
        test=test,
        final=final,
        search=search,
        manifold=None,
        seed=0,
    )
    return Measured(network, test, reading, search, shapes)


@pytest.fixture(scope="module")
def measured() -> dict[str, Measured]:
    found = {}
    for name, language in LANGUAGES.items():
        train, test = language.sample(1500, seed=0).split(test=0.2, seed=0)
        network = Classifier.build(train, hidden=16, seed=0)
        fit(network, train, steps=STEPS[name], l2=5e-4, seed=0)
        found[name] = measured_of(network, train, test)
    return found


def test_three_classes_make_a_simplex_and_no_square(measured):
    figures = measured["categorical"].shapes.figures
    assert figures.best == "simplex"
    assert figures.fits["simplex"].score > 0.7
    assert figures.fits["simplex"].p < 0.05
    assert figures.fits["cube"].score < 0.5


def test_two_labels_make_a_square_and_no_simplex(measured):
    figures = measured["multilabel"].shapes.figures
    assert figures.best == "cube"
    assert figures.fits["cube"].score > 0.7
    assert figures.fits["cube"].p < 0.01
    assert figures.fits["simplex"].score < 0.3


def test_ordered_classes_follow_each_other_along_an_arc(measured):
    shapes = measured["ordered"].shapes
    assert shapes.arc.order == (0, 1, 2, 3, 4)
    assert shapes.figures.fits["arc"].p < 0.05
    assert measured["categorical"].shapes.arc is None


@pytest.mark.parametrize("name", LANGUAGES)
def test_dimensions_are_those_of_what_the_readout_reads(measured, name):
    found = measured[name]
    read = found.network.read_out(found.reading.states)
    document = torch.repeat_interleave(torch.arange(len(found.test)), found.reading.offsets.diff())
    visited = found.shapes.visited
    assert visited.estimates.variance == dimension(read, balanced_weights(document))
    low, high = visited.interval.participation_ratio
    assert low <= visited.estimates.variance.participation_ratio <= high
    assert found.shapes.final.estimates.states == len(found.test)
    assert found.shapes.points.states == len(found.search.points.distinct)
    assert found.shapes.manifold is None


@pytest.mark.parametrize("name", LANGUAGES)
def test_faces_are_those_of_the_points(measured, name):
    found = measured[name]
    faces, points = found.shapes.faces, found.search.points
    assert len(faces) == len(points.distinct) + len(points.ghosts)
    assert faces.ghost.sum().item() == len(points.ghosts)
    assert faces.possible == {"categorical": 7, "multilabel": 9, "ordered": 31}[name]
    # A stable point is a corner of the figure: of classes one, of labels all decided, unless it is a middle.
    assert faces.index[~faces.ghost].tolist() == points.distinct.index.tolist()


@pytest.mark.parametrize("name", LANGUAGES)
def test_all_of_it_can_be_written(measured, name):
    found = measured[name]
    summary = json.loads(json.dumps(shapes_summary(found.shapes), allow_nan=False))
    assert summary["figures"]["best"] == found.shapes.figures.best
    assert summary["estimates"]["manifold"] is None
    assert summary["faces"]["realised"] == found.shapes.faces.realised
    arrays = shapes_arrays(found.shapes, lambda states: states[:, :3])
    assert arrays["corner_place"].sizes == {"corner": len(found.shapes.corners), "component": 3}
    assert all({"long_name", "units"} <= set(array.attrs) for array in arrays.values())
    sizes: dict[str, int] = {}
    for array in arrays.values():
        for dimension_name, size in array.sizes.items():
            assert sizes.setdefault(str(dimension_name), size) == size, dimension_name


def test_the_directions_of_all_clouds_are_compared(measured):
    spaces = measured["categorical"].shapes.spaces
    assert spaces.names == ("visited", "final", "fixed points", "slow manifold", "readouts")
    assert spaces.dimensions[3:] == (0, 2)
    # What is remembered at the end is what the readouts look at.
    assert spaces.shared[1, 4] > 0.8 > 2 * spaces.by_chance[1, 4]


def test_an_untrained_network_on_documents_of_one_class_has_no_figure():
    train = LANGUAGES["categorical"].sample(60, seed=0)
    one = train.select((train.labels == 0).nonzero()[0])
    shapes = measured_of(Classifier.build(train, hidden=8, seed=0), train, one).shapes
    assert (shapes.corners, shapes.figures, shapes.arc) == (None, None, None)
    json.dumps(shapes_summary(shapes), allow_nan=False)
    shapes_arrays(shapes, lambda states: states)
