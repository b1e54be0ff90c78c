"""The stage of the evidence: plain results of a trained network, and what is written down of them."""

import json

import numpy as np
import pytest
import torch
import xarray as xr

from slowfold.dynamics import find_fixed_points, linearize
from slowfold.geometry import principal_components
from slowfold.networks import Classifier, fit
from slowfold.study.records.evidence import evidence_arrays, evidence_summary
from slowfold.study.runs import read_dataset, write_dataset
from slowfold.study.stages.clock import Clock
from slowfold.study.stages.evidence import measure_evidence
from slowfold.study.stages.surface import measure_manifold
from slowfold.text import LANGUAGES
from slowfold.text.counting import count_words


def prepared(language: str, *, cell: str = "gru", length: int = 12, cut: int = 12, steps: int = 150):
    """A small trained network, and what the stage is given of it."""
    train, test = LANGUAGES[language](classes=2, length=length).sample(800, seed=0).split(test=0.2, seed=0)
    train, test = train.cut(cut), test.cut(cut)
    network = Classifier.build(train, cell=cell, hidden=8, seed=0)
    fit(network, train, steps=steps, seed=0)
    mean = network.mean_input(train)
    held = network.hold(input=mean, name="mean")
    sample = test.take(40, seed=0)
    states, final = network.states(sample), network.final_states(test)
    points = find_fixed_points(held, states[:40])
    modes = linearize(held, points.distinct.point) if len(points.distinct) else None
    return (
        network,
        held,
        mean,
        {
            "counts": count_words(train),
            "sample": sample,
            "test": test,
            "final": final,
            "final_axes": principal_components(network.read_out(final)),
            "points": points,
            "point_modes": modes,
            "manifold": measure_manifold(
                network, held, states, generator=torch.Generator().manual_seed(0), clock=Clock()
            ),
            "seed": 0,
        },
    )


@pytest.fixture(scope="module")
def asked():
    return prepared("categorical")


@pytest.fixture(scope="module")
def measured(asked):
    network, held, mean, given = asked
    return measure_evidence(network, held, mean, **given)


def test_words_are_worth_what_they_are_counted_for(asked, measured):
    network = asked[0]
    words = [network.vocabulary.words[number] for number in measured.words.id.tolist()]
    for label in range(2):
        learned = measured.words.learned - measured.words.learned.mean(dim=1, keepdim=True)
        assert words[int(learned[:, label].argmax())] == f"kinda_{label}"
    assert measured.words.agreement.mean == pytest.approx(1)
    assert measured.words.along.through_modes.shape == measured.words.learned.shape


def test_what_is_learned_is_the_mean_over_places(asked, measured):
    assert measured.words.places == 4 * len(asked[3]["sample"])
    assert (measured.words.spread >= 0).all()
    assert measured.words.spread.max() > 0


def test_projected_accuracy_ends_at_that_of_the_network(asked, measured):
    network, test = asked[0], asked[3]["test"]
    assert len(measured.projected) == 8
    assert measured.projected[-1] == pytest.approx(network.accuracy(test))


def test_memory_and_motion_are_there(asked, measured):
    memory = measured.memory
    assert memory.at == "manifold"
    surface = asked[3]["manifold"].surface
    assert memory.tangent.shape[1] == surface.dimensions
    assert memory.tangent_by_chance == surface.dimensions / 8
    assert memory.held.error[0].nanmedian() < 0.2
    assert memory.read.times.tolist() == [1, 2, 5, 10]
    assert (memory.motion.driven > 0).all()


def test_the_same_seed_gives_the_same_figures(asked, measured):
    network, held, mean, given = asked
    again = measure_evidence(network, held, mean, **given)
    assert evidence_summary(again) == evidence_summary(measured)
    other = measure_evidence(network, held, mean, **{**given, "seed": 1})
    assert not other.words.learned.equal(measured.words.learned)


def test_the_summary_is_json_without_words_and_the_arrays_go_through_a_file(asked, measured, tmp_path):
    network = asked[0]
    words = [network.vocabulary.words[number] for number in measured.words.id.tolist()]
    summary = json.dumps(evidence_summary(measured), allow_nan=False)
    assert not any(f'"{word}"' in summary for word in words)
    arrays = evidence_arrays(measured, words)
    dataset = xr.Dataset(arrays, coords={"class": list(network.class_names)})
    write_dataset(tmp_path / "evidence.nc", dataset)
    read = read_dataset(tmp_path / "evidence.nc")
    assert read.common_word.values.tolist() == words
    np.testing.assert_array_equal(read.common_word_learned.values, measured.words.learned.numpy())
    assert read.held_left.dims == ("held_time", "held_push")
    assert all("units" in array.attrs for name, array in read.data_vars.items())


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_several_labels_and_texts_of_one_word_are_measured_too(cell):
    network, held, mean, given = prepared("multilabel", cell=cell, length=2, cut=1, steps=20)
    found = measure_evidence(network, held, mean, **{**given, "manifold": None})
    assert found.memory is None or found.memory.read is None
    assert len(found.linearity.share) == found.documents
    json.dumps(evidence_summary(found), allow_nan=False)
    words = [str(number) for number in found.words.id.tolist()]
    xr.Dataset(evidence_arrays(found, words), coords={"class": list(network.class_names)})


def test_a_network_that_says_the_same_of_all_has_no_linear_figures(asked):
    given = asked[3]
    silent = Classifier.build(given["test"], cell="gru", hidden=8, seed=0)
    with torch.no_grad():
        silent.readout.weight.zero_()
    held = silent.hold(input=silent.mean_input(given["test"]), name="mean")
    final = silent.final_states(given["test"])
    axes = principal_components(silent.read_out(final))
    found = measure_evidence(
        silent,
        held,
        silent.mean_input(given["test"]),
        **{**given, "final": final, "final_axes": axes, "manifold": None, "point_modes": None},
    )
    assert found.linearity is None
    assert found.memory is None
    summary = evidence_summary(found)
    assert summary["linear"] is None
    assert summary["words"]["agreement"]["mean"]["correlation"] is None
    json.dumps(summary, allow_nan=False)
