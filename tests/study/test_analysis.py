"""An analysis says what is true of the network, in the shape that summary.json promises."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from slowfold.dynamics import End, Map, find_attractors, slow_manifold, time_constants
from slowfold.dynamics.two_inputs import census_at_both
from slowfold.errors import DataError, NetworkError, OptionError, RunError
from slowfold.geometry import dimension
from slowfold.networks import Classifier, bag_of_words, majority_class
from slowfold.study import VERDICTS, Run, analyze, conduct, measure, read_task
from slowfold.study.records import to_dataset, to_summary

DIMENSION = {"participation_ratio", "for_90", "for_95", "shares"}
CONTRACT = {
    "schema": None,
    "task": {"name": None, "kind": None, "classes": None, "documents": {"train", "test"}, "mean_length": None},
    "network": {"cell", "hidden", "layers", "state", "readout", "embedding", "parameters", "l2", "l2_scope"},
    "accuracy": {"train", "test", "shuffled_words", "bag_of_words", "majority", "projected"},
    "dimension": {
        "predicted": dict.fromkeys(("frequency", "evidence", "documents"), DIMENSION | {"above_chance"}),
        "visited": DIMENSION,
        "final": DIMENSION,
        "fixed_points": DIMENSION,
        "manifold": DIMENSION,
    },
    "fixed_points": None,
    "manifold": {"input", "starts", "reached", "out_of_bounds", "linearized", "plane", "order", "defect"},
    "modes": {"at", "time_constants", "unstable", "at_or_above_length", "before_gap"},
    "readouts": {"angles", "norms"},
    "shape": {"estimates", "intervals", "spaces", "corners", "figures", "arc", "faces", "readouts"},
    "evidence": {"held", "linear", "words", "projected", "shadow", "memory"},
    "context": {"input", "states", "ranked", "probes", "stand_out", "usual", "modifiers", "shares", "left"},
    "seconds": {"data", "train", "search", "manifold", "linearize", "geometry", "report", "total"},
    "environment": None,
}
SEARCH = {
    "input",
    "starts",
    "added",
    "fixed",
    "ghost",
    "degenerate",
    "out_of_bounds",
    "unconverged",
    "distinct",
    "distinct_ghosts",
    "distinct_degenerate",
    "stable",
    "come_to_rest",
    "iterated",
    "cycles",
    "audit",
}


def assert_keys(found, expected):
    if expected is None:
        return
    assert set(found) == set(expected)
    if isinstance(expected, dict):
        for name, inner in expected.items():
            assert_keys(found[name], inner)


def test_the_summary_keeps_the_contract(run):
    assert_keys(run.summary, CONTRACT)
    assert [search["input"] for search in run.summary["fixed_points"]] == ["zero", "mean"]
    for search in run.summary["fixed_points"]:
        assert set(search) == SEARCH
        assert set(search["audit"]) == {"applicable", "sum", "unlisted", "complete"}
        assert set(search["iterated"]) == {end.name.lower() for end in End}
        assert sum(search["iterated"].values()) == 40
        assert search["come_to_rest"] == search["iterated"]["listed"] / 40
        assert 0 <= search["added"] == search["starts"] - (40 + 10)
        assert len(search["cycles"]) <= search["iterated"]["cycle"]
        verdicts = [verdict.replace(" ", "_") for verdict in VERDICTS]
        assert sum(search[verdict] for verdict in verdicts) == search["starts"] >= 40 + 10


@pytest.mark.parametrize(
    ("options", "state", "read"),
    [
        ({"cell": "lstm"}, 16, range(8)),
        ({"cell": "lstm", "readout": "state"}, 16, range(16)),
        ({"cell": "ugrnn", "layers": 2}, 16, range(8, 16)),
        ({"cell": "vanilla"}, 8, range(8)),
    ],
    ids=["lstm", "lstm read whole", "ugrnn of two layers", "vanilla"],
)
def test_what_is_measured_is_what_the_readout_reads(experiment, options, state, read):
    # Documents of several lengths: of the visited states each document is to count as much as any other.
    task = read_task(replace(experiment, shortest=3))
    network = Classifier.build(task.train, hidden=8, seed=0, **options)
    measured = measure(network, task.train, task.test, starts=4, states_of=6)
    summary, arrays = to_summary(measured), to_dataset(measured)
    assert {name: summary["network"][name] for name in ("cell", "hidden", "layers", "state", "readout")} == {
        "cell": options["cell"],
        "hidden": 8,
        "layers": options.get("layers", 1),
        "state": state,
        "readout": options.get("readout", "output"),
    }
    assert arrays["read"].values.tolist() == list(read)
    states = measured.reading.states
    assert states.shape[1] == arrays.sizes["unit"] == state
    weights = torch.cat(
        [torch.full((length,), 1 / length, dtype=torch.float64) for length in measured.sample.lengths.tolist()]
    )
    alike = dimension(states[:, list(read)], weights)
    assert measured.visited_axes.dimension.shares == pytest.approx(alike.shares, abs=1e-9)
    assert alike.participation_ratio != pytest.approx(dimension(states[:, list(read)]).participation_ratio, rel=1e-3)
    assert (
        summary["dimension"]["final"]["participation_ratio"]
        == dimension(measured.final[:, list(read)]).participation_ratio
    )
    for at in ("zero", "mean"):
        points = arrays[f"{at}_point_state"].values[:, arrays["read"].values]
        expected = (points - arrays["mean"].values) @ arrays["axes"].values.T
        np.testing.assert_allclose(arrays[f"{at}_point_on_components"].values, expected, atol=1e-9)
    with torch.no_grad():
        first = measured.words.id[0]
        begin = network.initial_state.double()
        after = network.cell.frozen().step(begin, network.word_input(int(first)).double())
        # One word read from one state: its part in the logits is what the readout makes of that move.
        evidence = network.evidence(after.float()) - network.evidence(begin.float())
        moved = network.readout.weight.double() @ network.read_out(after - begin)
    torch.testing.assert_close(moved.float(), evidence, rtol=0, atol=1e-5)


def test_the_summary_is_json_that_any_reader_understands(run):
    def refuse(constant):
        raise AssertionError(constant)

    json.loads((run.folder / "summary.json").read_text(encoding="utf-8"), parse_constant=refuse)


def test_the_figures_are_those_of_the_network(run, experiment):
    task, network, summary = read_task(experiment), run.network, run.summary
    final = network.read(task.test).final
    assert summary["accuracy"]["test"] == network.accuracy(task.test)
    assert summary["dimension"]["final"]["participation_ratio"] == pytest.approx(dimension(final).participation_ratio)
    states = network.states(task.test.take(60, seed=1))
    visited = dimension(states).participation_ratio
    assert summary["dimension"]["visited"]["participation_ratio"] == pytest.approx(visited)
    assert summary["network"]["parameters"] == sum(parameter.numel() for parameter in network.parameters())
    assert summary["task"]["documents"] == {"train": len(task.train), "test": len(task.test)}


def test_projecting_on_every_component_changes_no_answer(run, experiment):
    task = read_task(experiment)
    measured = measure(run.network, task.train, task.test, starts=5)
    axes = measured.final_axes
    flat = axes.flatten(measured.final, len(axes.variances)).float()
    torch.testing.assert_close(flat, measured.final, rtol=0, atol=1e-5)
    assert measured.accuracy.projected_on == axes.dimension.for_90


def test_the_points_in_the_file_are_fixed_points_of_the_network(run, experiment):
    task, analysis, network = read_task(experiment), run.analysis, run.network
    inputs = {"zero": network.zero_input(), "mean": network.mean_input(task.train)}
    for at, held_input in inputs.items():
        held = Map.hold(network.cell, held_input, name=at)
        points = torch.from_numpy(analysis[f"{at}_point_state"].values)
        assert held.speed(points).max() <= 1e-20 * (1 + points.square().sum(dim=1).max())
        values = torch.linalg.eigvals(held.jacobian(points)).abs().sort(dim=1, descending=True).values
        np.testing.assert_allclose(np.abs(analysis[f"{at}_eigenvalue"].values), values.numpy(), atol=1e-9)
        assert (analysis[f"{at}_point_unstable"].values == (values > 1).sum(dim=1).numpy()).all()


def test_coordinates_are_on_the_components_in_the_file(run):
    analysis = run.analysis
    axes, mean = analysis["axes"].values, analysis["mean"].values
    expected = (analysis["mean_point_state"].values - mean) @ axes.T
    np.testing.assert_allclose(analysis["mean_point_on_components"].values, expected, atol=1e-9)
    np.testing.assert_allclose(axes @ axes.T, np.eye(len(axes)), atol=1e-9)


def test_the_moves_of_words_are_one_step_of_the_network(run):
    analysis, network = run.analysis, run.network
    for place, word in enumerate(analysis["word"].values):
        row = analysis["word_move"].values[place]
        np.testing.assert_allclose(row.mean(axis=0), analysis["word_mean_move"].values[place], atol=1e-5)
        assert word in network.vocabulary
    assert set(analysis["word"].values) == set(network.vocabulary.words)


def test_every_array_names_its_dimensions_and_what_it_is(run):
    for name, array in run.analysis.data_vars.items():
        assert array.attrs["long_name"], name
        assert array.attrs["units"], name
        assert not any(dimension.startswith("dim_") for dimension in array.dims), name
    assert run.analysis["mean_time_constant"].attrs["units"] == "tokens"
    assert run.analysis["readout_angle"].attrs["units"] == "degrees"


def test_the_same_seed_gives_the_same_figures(run, experiment, tmp_path):
    again = conduct(experiment, folder=tmp_path / "again").summary
    timeless = {name: value for name, value in run.summary.items() if name != "seconds"}
    assert {name: value for name, value in again.items() if name != "seconds"} == timeless


def test_a_network_of_ones_own_is_analysed_without_an_experiment(run, experiment, tmp_path):
    task, network = read_task(experiment), run.network
    before = {name: value.clone() for name, value in network.state_dict().items()}
    mine = analyze(network, task.train, task.test, folder=tmp_path / "mine", starts=8)
    assert mine.experiment is None
    assert mine.metrics == ()
    assert mine.summary["network"]["l2"] is None
    assert mine.summary["seconds"]["train"] is None
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    with pytest.raises(RunError, match="exists already"):
        analyze(network, task.train, task.test, folder=tmp_path / "mine", starts=8)


def test_without_words_no_word_is_written(run, experiment, tmp_path):
    task = read_task(experiment)
    mine = analyze(run.network, task.train, task.test, folder=tmp_path / "mine", starts=8, words=False)
    assert not mine.has_words
    for path in mine.folder.iterdir():
        assert b"kinda" not in path.read_bytes(), path.name
    assert all(str(word).startswith("word ") for word in mine.analysis["word"].values)


def test_the_manifold_in_the_file_is_that_of_the_network(run, experiment):
    task, analysis, network, summary = read_task(experiment), run.analysis, run.network, run.summary
    mean = network.hold(input=network.mean_input(task.train))
    visited = network.states(task.test.take(60, seed=1))
    surface = slow_manifold(mean, visited, starts=torch.from_numpy(analysis["manifold_state"].values))
    reached = analysis["manifold_reached"].values == 1
    found = summary["manifold"]
    assert found["starts"] == len(reached) == min(512, len(visited))
    assert found["reached"] == reached.sum() > 0
    assert found["plane"] == surface.dimensions
    # Begun on the surface, the search stays where it is.
    points = torch.from_numpy(analysis["manifold_state"].values[reached])
    torch.testing.assert_close(surface.point[reached], points, rtol=0, atol=1e-7)
    np.testing.assert_allclose(analysis["manifold_speed"].values[reached], mean.speed(points).numpy(), rtol=1e-6)
    assert np.isnan(analysis["manifold_speed"].values[~reached]).all()
    assert summary["dimension"]["manifold"]["participation_ratio"] == pytest.approx(
        dimension(network.read_out(points)).participation_ratio
    )
    velocity = analysis["manifold_velocity"].values[reached]
    along = 0.5 * np.square(velocity).sum(axis=1)
    assert (along <= analysis["manifold_speed_along"].values[reached] * (1 + 1e-9)).all()
    assert found["defect"] == pytest.approx(
        np.sort(analysis["manifold_defect"].values[reached])[(sum(reached) - 1) // 2]
    )
    logits = network.evidence(points.float()).detach()
    assert analysis["manifold_predicted"].values[reached].tolist() == logits.argmax(dim=1).tolist()


def test_the_modes_are_medians_over_points_of_the_manifold(run, experiment):
    analysis, modes = run.analysis, run.summary["modes"]
    assert modes["at"] == "manifold"
    assert run.summary["manifold"]["linearized"] == analysis.sizes["manifold_point"] == 64
    rows = analysis["manifold_row"].values
    assert (analysis["manifold_reached"].values[rows] == 1).all()
    mean = run.network.hold(input=run.network.mean_input(read_task(experiment).train))
    values = torch.linalg.eigvals(mean.jacobian(torch.from_numpy(analysis["manifold_state"].values[rows])))
    sizes = values.abs().sort(dim=1, descending=True).values
    expected = np.median(time_constants(torch.complex(sizes, torch.zeros_like(sizes))).numpy(), axis=0)
    np.testing.assert_allclose(modes["time_constants"], expected[: len(modes["time_constants"])], rtol=1e-5)
    assert modes["unstable"] == (sizes > 1).sum(dim=1).median()


def test_what_comes_to_rest_is_told_of_visited_states(run, experiment):
    task, network = read_task(experiment), run.network
    measured = measure(network, task.train, task.test, starts=12, states_of=60, seed=1)
    held = network.hold(), network.hold(input=network.mean_input(task.train), name="mean")
    for at, search, census in zip(
        held, measured.searches, census_at_both(*held, measured.reading.states, apart=12, seed=1), strict=True
    ):
        assert len(search.points) == len(census.points) == census.first + search.added
        begun = search.points.start[:12]
        assert torch.cdist(begun, measured.reading.states.double()).amin(dim=1).max() < 1e-5
        attractors = find_attractors(at, search.points, begun)
        assert search.census.audit.come_to_rest == attractors.come_to_rest


def test_states_that_never_move_have_no_manifold_and_do_not_end_the_run(experiment):
    task = read_task(experiment)
    network = Classifier.build(task.train, hidden=8, seed=0)
    with torch.no_grad():
        for parameter in (*network.cell.parameters(), network.initial_state):
            parameter.zero_()
    measured = measure(network, task.train, task.test, starts=4, states_of=6)
    summary = to_summary(measured)
    assert measured.manifold is None
    assert summary["manifold"] is None
    assert summary["dimension"]["manifold"] is None
    assert summary["modes"]["at"] == "fixed points"
    assert not any(name.startswith("manifold") for name in to_dataset(measured))
    json.dumps(summary, allow_nan=False)


def test_missing_numbers_are_none(run):
    medians = run.summary["modes"]["time_constants"]
    assert all(value is None or math.isfinite(value) for value in medians)


def test_a_bag_of_words_is_measured_beside_the_network(run, experiment):
    task = read_task(experiment)
    bag = bag_of_words(task.train, task.test, seed=experiment.seed)
    assert run.summary["accuracy"]["bag_of_words"] == bag.test.accuracy


def test_the_commonest_answer_is_measured_beside_the_network(run, experiment):
    task = read_task(experiment)
    assert run.summary["accuracy"]["majority"] == majority_class(task.train, task.test).accuracy


def test_the_initialisation_of_the_paper_can_be_asked_for(experiment, tmp_path):
    asked = replace(experiment, initialisation="paper", steps=1, learning_rate=1e-9, starts=4, states_of=6)
    drawn = conduct(asked, folder=tmp_path / "paper").network
    expected = Classifier.build(read_task(asked).train, hidden=16, seed=1, initialisation="paper")
    torch.testing.assert_close(drawn.readout.weight, expected.readout.weight, rtol=0, atol=1e-6)


def test_test_documents_are_watched_while_the_network_learns(run, experiment):
    read = [row for row in run.metrics if row.watched]
    assert len(read) > 1
    assert read[-1].step == len(run.metrics)
    assert all(set(row.watched) == {"test", "shuffled_words"} for row in read)
    # All test documents are watched where they are few, and no step was better than the last: nothing is kept aside.
    assert read[-1].watched["test"] == run.summary["accuracy"]["test"]


def test_documents_of_another_language_are_refused(run, experiment, tmp_path):
    other = read_task(experiment)
    foreign = read_task(type(experiment)(task="categorical", classes="5", documents=100))
    with pytest.raises(NetworkError):
        analyze(run.network, other.train, foreign.test, folder=tmp_path / "x")
    with pytest.raises((DataError, NetworkError)):
        analyze(run.network, other.train, other.test.select(np.array([], dtype=np.int64)), folder=tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("option", ["starts", "states_of"])
def test_numbers_out_of_range_are_refused(run, experiment, option):
    task = read_task(experiment)
    with pytest.raises(OptionError, match=option):
        measure(run.network, task.train, task.test, **{option: 0})


def test_a_saved_network_reads_as_it_did(run, experiment):
    task = read_task(experiment)
    assert isinstance(run, Run)
    again = Classifier.load(run.folder)
    assert torch.equal(again.logits(task.test), run.network.logits(task.test))
