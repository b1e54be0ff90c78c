from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from slowfold.report import panels
from slowfold.report.labels import place_labels
from slowfold.report.panels.manifold import surface_of
from slowfold.report.scene import MOST_DRAWN, coordinates, distinct, evenly, examples, readout_tips
from slowfold.report.theme import classes_of
from slowfold.study import Run

DRAW: list[Callable[[Run], go.Figure]] = [getattr(panels, name) for name in panels.__all__]
IDS = list(panels.__all__)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from numbers(part)


@pytest.mark.parametrize("draw", DRAW, ids=IDS)
def test_a_figure_is_plain_json_with_short_numbers(draw: Callable[[Run], go.Figure], finished: Run) -> None:
    drawn = draw(finished).to_dict()
    json.dumps(drawn, allow_nan=False)
    coordinates_drawn = [trace.get(axis) for trace in drawn["data"] for axis in "xyz"]
    assert all(value == float(f"{value:.8g}") for value in numbers(coordinates_drawn))
    assert "scattergl" not in {trace["type"] for trace in drawn["data"]}


@pytest.mark.parametrize("draw", DRAW, ids=IDS)
@pytest.mark.parametrize("count", [2, 20])
def test_every_figure_is_drawn_for_few_and_many_classes(
    draw: Callable[[Run], go.Figure], count: int, untrained: Callable[..., Run], many: dict[int, Run]
) -> None:
    if count not in many:
        many[count] = untrained([f"class {i}" for i in range(count)], ["a", "b", "c"])
    assert draw(many[count]).to_dict()["layout"]["meta"]["aspect"] > 0


@pytest.fixture(scope="module")
def many() -> dict[int, Run]:
    return {}


@pytest.mark.parametrize("draw", DRAW, ids=IDS)
def test_words_and_classes_are_never_markup(draw: Callable[[Run], go.Figure], hostile: Run) -> None:
    allowed = ("<b>", "</b>", "<br>", "<extra>", "</extra>")
    for text in texts(draw(hostile).to_dict()):
        for tag in allowed:
            text = text.replace(tag, "")
        assert "<" not in text
        assert len(text) < 1_000


def test_a_bold_class_stays_in_its_letters(hostile: Run) -> None:
    assert "&lt;b&gt;bold&lt;/b&gt; &amp;amp; $x$ %&#123;x}" in classes_of(hostile).names


def test_one_unit_is_as_long_on_both_axes(finished: Run) -> None:
    for draw in (panels.states, panels.fixed_points, panels.words, panels.eigenvalues, panels.slow_eigenvalues):
        assert draw(finished).layout.yaxis.scaleanchor == "x"


def test_every_state_shown_lies_in_the_window(finished: Run) -> None:
    drawn = panels.states(finished)
    for trace in drawn.data:
        for axis, limits in (("x", drawn.layout.xaxis.range), ("y", drawn.layout.yaxis.range)):
            shown = [value for value in trace[axis] if value is not None]
            assert limits[0] <= min(shown) <= max(shown) <= limits[1]


def test_a_class_keeps_its_colour(finished: Run) -> None:
    classes = classes_of(finished)
    for draw in (panels.states, panels.states_in_space):
        for label, name in enumerate(classes.names):
            named = [trace for trace in draw(finished).data if trace.name == name]
            assert {trace.marker.color for trace in named} == {classes.colours[label]}
    assert list(panels.readout_lengths(finished).data[0].marker.color) == list(classes.colours)


@pytest.mark.parametrize("held", ["zero", "mean"])
def test_the_distinct_points_are_those_of_the_summary(finished: Run, held: str) -> None:
    entry = next(entry for entry in finished.summary["fixed_points"] if entry["input"] == held)
    points = distinct(finished, held)
    assert points.sort.count("ghost") == entry["distinct_ghosts"]
    assert len(points) == entry["distinct"] + entry["distinct_ghosts"]
    beneath = ("manifold", "visited states")
    told = [trace.hovertext for trace in panels.fixed_points(finished, held).data if trace.name not in beneath]
    assert sum(len(texts) for texts in told if isinstance(texts, tuple)) == len(points)


@pytest.mark.parametrize("held", ["zero", "mean"])
def test_the_class_at_a_point_is_that_of_its_logits(finished: Run, held: str) -> None:
    analysis, points = finished.analysis, distinct(finished, held)
    states = np.vstack([analysis[f"{held}_{part}_state"].values for part in ("point", "ghost")])
    logits = states @ analysis["readout"].values.T + analysis["readout_bias"].values
    assert len(points)
    assert points.predicted.tolist() == logits.argmax(axis=1).tolist()


def test_an_example_is_a_document_read_rightly(finished: Run) -> None:
    paths = examples(finished)
    assert paths
    analysis = finished.analysis
    last = np.cumsum(np.bincount(analysis["state_document"].values)) - 1
    ends = coordinates(finished, "state", 3)[last]
    for path in paths:
        (document,) = np.flatnonzero((ends == path.states[-1]).all(axis=1))
        assert analysis["document_label"].values[document] == path.group
        assert analysis["document_predicted"].values[document] == path.group
        assert len(path.states) == len(path.words) + 1
        assert set(path.words) <= set(analysis["word"].values.tolist())
        assert np.allclose(path.states[0], coordinates(finished, "initial", 3))


def test_without_words_words_are_numbers(untrained: Callable[..., Run]) -> None:
    run = untrained(["a", "b"], ["secret", "hidden"], keep_words=False)
    drawn = json.dumps([draw(run).to_dict() for draw in DRAW])
    assert "secret" not in drawn
    assert "word 1" in drawn


def test_readouts_keep_their_directions(finished: Run) -> None:
    tips, directions = readout_tips(finished), coordinates(finished, "readout_direction")
    factors = tips / directions
    assert np.allclose(factors, factors[0, 0])
    assert factors[0, 0] > 0


def test_without_components_there_are_zeros(untrained: Callable[..., Run]) -> None:
    run = untrained(["a", "b"], ["x", "y"])
    few = Run(run.folder)
    few.__dict__["analysis"] = run.analysis.isel(component=slice(1))
    assert (coordinates(few, "state")[:, 1] == 0).all()
    assert panels.states(few).layout.xaxis.range[0] < panels.states(few).layout.xaxis.range[1]


@pytest.mark.parametrize("count", [0, 1, 7, MOST_DRAWN, MOST_DRAWN + 1, 5 * MOST_DRAWN])
def test_a_sample_is_even_and_no_larger_than_asked(count: int) -> None:
    rows = evenly(count)
    assert len(rows) == min(count, MOST_DRAWN)
    if len(rows) > 1:
        steps = np.diff(rows)
        assert steps.min() >= 1
        assert steps.max() - steps.min() <= 1
        assert rows[-1] == count - 1


def test_the_manifold_lies_under_the_points_at_the_mean_input_alone(finished: Run) -> None:
    analysis = finished.analysis
    reached = analysis["manifold_reached"].values == 1
    named = [trace for trace in panels.fixed_points(finished, "mean").data if trace.name == "manifold"]
    assert len(named) == 1
    at = coordinates(finished, "manifold_on_components")[reached]
    assert np.allclose(np.stack([named[0].x, named[0].y], axis=1), at, rtol=1e-3)
    speed = analysis["manifold_speed"].values[reached]
    assert all(f"{q:.1e}" in note for q, note in zip(speed, named[0].hovertext, strict=True))
    assert "manifold" not in {trace.name for trace in panels.fixed_points(finished, "zero").data}
    assert "slow manifold, mean input" in {trace.name for trace in panels.states_in_space(finished).data}


def test_strokes_keep_the_directions_of_the_velocity(finished: Run) -> None:
    surface = surface_of(finished)
    assert surface is not None
    reached = finished.analysis["manifold_reached"].values == 1
    velocity = coordinates(finished, "manifold_velocity")[reached]
    factors = np.linalg.norm(surface.tip - surface.at, axis=1) / np.linalg.norm(velocity, axis=1)
    assert np.allclose(factors, factors[0])
    assert np.allclose(surface.tip - surface.at, factors[0] * velocity)


@pytest.mark.parametrize("gone", [True, False])
def test_without_a_manifold_figures_are_drawn_without_it(variant: Callable[..., Run], gone: bool) -> None:
    def lost(dataset: Any) -> Any:
        if gone:
            return dataset.drop_vars([name for name in dataset if str(name).startswith("manifold_")])
        return dataset.assign(manifold_reached=dataset["manifold_reached"] * 0)

    run = variant(analysis=lost)
    assert surface_of(run) is None
    for draw in DRAW:
        assert draw(run).to_dict()["layout"]["meta"]["aspect"] > 0


def test_time_constants_of_both_places_share_one_window(finished: Run) -> None:
    points, manifold = panels.time_constants(finished), panels.manifold_time_constants(finished)
    assert points.layout.yaxis.range == manifold.layout.yaxis.range
    low, high = points.layout.yaxis.range
    for drawn in (points, manifold):
        heights = [y for trace in drawn.data for y in trace.y if y]
        assert low <= np.log10(min(heights)) < np.log10(max(heights)) <= high
    median = next(trace.y for trace in manifold.data if trace.name == "median")
    listed = finished.summary["modes"]["time_constants"]
    assert np.allclose(median, listed[: len(median)], rtol=1e-3)


def test_labels_do_not_hide_each_other() -> None:
    tips = np.random.default_rng(0).normal(size=(40, 2))
    placed = place_labels(tips, ["a word"] * 40, 0.01)
    assert 5 < len(placed) <= 40
    assert len({label.row for label in placed}) == len(placed)


def test_a_mode_that_grows_is_a_triangle(variant: Callable[..., Run]) -> None:
    def grow(dataset: Any) -> Any:
        dataset["mean_eigenvalue"].values[:, 0] = 1.02
        return dataset

    drawn = panels.time_constants(variant(analysis=grow))
    assert "grows" in {trace.name for trace in drawn.data}


def test_the_document_length_is_where_the_axis_says(finished: Run) -> None:
    drawn = panels.time_constants(finished)
    assert drawn.layout.shapes[0].y0 == finished.analysis.attrs["mean_length"]
    low, high = drawn.layout.yaxis.range
    assert low < np.log10(finished.analysis.attrs["mean_length"]) < high


def test_what_was_watched_is_drawn_beside_what_was_learned(finished: Run, variant: Callable[..., Run]) -> None:
    assert "test" not in {trace.name for trace in panels.training_accuracy(finished).data}
    run = variant()
    path = run.folder / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for step in (20, 40):
        rows[step - 1]["watched"] = {"test": step / 100, "shuffled_words": step / 200, "<b>mine</b>": 0.5}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    drawn = {trace.name: trace for trace in panels.training_accuracy(run).data}
    assert list(drawn["test"].x) == [20, 40]
    assert list(drawn["test"].y) == [0.2, 0.4]
    assert list(drawn["test, words shuffled"].y) == [0.1, 0.2]
    assert "&lt;b&gt;mine&lt;/b&gt;" in drawn
