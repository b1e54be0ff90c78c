from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.image import AxesImage
from matplotlib.quiver import Quiver
from matplotlib.text import Annotation, Text

from slowfold.geometry import simplex_angle
from slowfold.report.figures import PANELS, draw_figure
from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import SORTS
from slowfold.report.scene import coordinates, distinct, evenly
from slowfold.report.theme import classes_of
from slowfold.study import Run, open_run
from slowfold.study.growth import read_growth

Draw = Callable[..., PaperFigure]


def texts(figure: PaperFigure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def dots(figure: PaperFigure, axes: int = 0) -> list[np.ndarray]:
    """The places of every cloud of dots."""
    return [np.asarray(one.get_offsets()) for one in figure.axes[axes].collections if isinstance(one, PathCollection)]


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize(("width", "theme", "inches"), [("single", "light", 3.25), ("double", "dark", 6.75)])
def test_every_panel_is_drawn_as_wide_as_its_column(
    panel: str, width: str, theme: str, inches: float, drawn: Draw
) -> None:
    figure = drawn(panel, width=width, theme=theme)
    figure.savefig(io.BytesIO(), format="png", dpi="figure")
    _require_on_paper(figure)
    wide, high = figure.get_size_inches()
    assert wide == inches
    assert 1 < high < 9
    assert to_hex(figure.get_facecolor()) == {"light": "#ffffff", "dark": "#15161a"}[theme]
    sentences = figure.caption.split(". ")
    assert len(sentences) > 1
    assert figure.caption.endswith(".")
    assert "{" not in figure.caption
    assert "nan" not in figure.caption.lower().split()


def _require_on_paper(figure: PaperFigure) -> None:
    paper, renderer = figure.bbox, FigureCanvasAgg(figure).get_renderer()
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and not isinstance(text, Annotation):
            box = text.get_window_extent(renderer)
            inside = (
                paper.x0 - 1 <= box.x0 <= box.x1 <= paper.x1 + 1 and paper.y0 - 1 <= box.y0 <= box.y1 <= paper.y1 + 1
            )
            # Ticks beyond the limits of an axis are there, and not drawn.
            assert inside or _is_hidden_tick(figure, text), text.get_text()


def _is_hidden_tick(figure: PaperFigure, text: Text) -> bool:
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if text in (tick.label1, tick.label2):
                    return not min(limits) <= tick.get_loc() <= max(limits)
    return False


# --- states and words -------------------------------------------------------------------------------------------------


def test_states_show_every_end_the_readouts_and_the_start(drawn: Draw, finished: Run) -> None:
    figure, classes = drawn("states"), classes_of(finished)
    visited, final = dots(figure)
    assert len(visited) == len(evenly(finished.analysis.sizes["step"]))
    assert np.allclose(final, coordinates(finished, "final"))
    thick = [line for line in figure.axes[0].lines if line.get_linewidth() > 2]
    assert [line.get_color() for line in thick] == list(classes.colours)
    assert {text for text in texts(figure) if text in classes.names} == set(classes.names)
    square = next(line for line in figure.axes[0].lines if line.get_marker() == "s")
    assert np.allclose(square.get_xydata(), coordinates(finished, "initial"))
    small = figure.axes[0].child_axes[0].lines[0].get_ydata()
    assert np.allclose(small, np.cumsum(finished.analysis["visited_share"].values)[:5])


def test_a_plane_has_one_scale(drawn: Draw) -> None:
    for panel in ("states", "words", "fixed-points", "spectrum", "flow", "logits", "shuffle"):
        for axes in drawn(panel).axes:
            assert axes.get_aspect() == 1 or axes.get_label() == "<colorbar>", panel


def test_there_is_an_arrow_for_each_word(drawn: Draw, finished: Run) -> None:
    figure = drawn("words")
    arrows = [text for text in figure.findobj(Annotation) if text.arrow_patch is not None]
    assert np.allclose([arrow.xy for arrow in arrows], coordinates(finished, "word_mean_move"))
    assert set(finished.analysis["word"].values.tolist()) <= set(texts(figure))


# --- points and modes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", ["mean", "zero"])
def test_every_distinct_point_is_drawn_with_the_mark_of_its_sort(held: str, drawn: Draw, finished: Run) -> None:
    figure, points = drawn("fixed-points", held=held), distinct(finished, held)
    for axes in [one for one in figure.axes if one.get_xlabel() == "PC 1"]:
        marks = [line for line in axes.lines if line.get_linestyle() == "None"]
        assert sorted(line.get_marker() for line in marks) == sorted(SORTS[sort] for sort in points.sort)
        found = np.array(sorted(line.get_xydata()[0].tolist() for line in marks))
        assert np.allclose(found, np.array(sorted(points.at[:, :2].tolist())))
    surface = dots(figure)
    reached = int((finished.analysis["manifold_reached"].values == 1).sum())
    assert sum(len(cloud) for cloud in surface) == (reached if held == "mean" else 0)


def test_every_eigenvalue_is_in_the_spectrum(drawn: Draw, finished: Run) -> None:
    values = finished.analysis["mean_eigenvalue"].values.ravel()
    found = np.vstack(dots(drawn("spectrum")))
    assert np.allclose(np.sort_complex(found[:, 0] + 1j * found[:, 1]), np.sort_complex(values))
    triangles = [one for one in drawn("spectrum").axes[0].collections if len(one.get_paths()[0].vertices) < 6]
    assert sum(len(one.get_offsets()) for one in triangles) == int((np.abs(values) > 1).sum())


def test_time_constants_are_medians_with_bars(drawn: Draw, finished: Run) -> None:
    figure = drawn("time-constants")
    bars = [one for one in figure.axes[0].containers if isinstance(one, ErrorbarContainer)]
    for bar, name in zip(bars, ("manifold", "mean"), strict=True):
        times = finished.analysis[f"{name}_time_constant"].values[:, :10]
        assert np.allclose(bar.lines[0].get_ydata(), np.median(times, axis=0))
        ends = np.array([segment[:, 1] for segment in bar.lines[2][0].get_segments()])
        assert np.allclose(ends, np.quantile(times, [0.1, 0.9], axis=0).T)
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert finished.analysis.attrs["mean_length"] in [line.get_ydata()[0] for line in dashed]


# --- fields -----------------------------------------------------------------------------------------------------------


def test_arrows_of_a_word_are_its_moves_on_the_components(finished: Run) -> None:
    word = finished.vocabulary.words[1]
    figure = draw_figure(finished, "flow", words=[word])
    (arrows,) = figure.findobj(Quiver)
    analysis, network = finished.analysis, finished.network
    reached = analysis["manifold_reached"].values == 1
    states = torch.from_numpy(analysis["manifold_state"].values[reached])
    held = network.hold(word)
    moves = network.read_out(held(states) - states).detach().numpy() @ analysis["axes"].values[:2].T
    at = coordinates(finished, "manifold_on_components")[reached]
    shown = np.array([np.abs(at - place).sum(axis=1).argmin() for place in arrows.get_offsets()])
    assert len(set(shown.tolist())) == len(shown)
    factors = np.stack([arrows.U, arrows.V], axis=1) / moves[shown]
    assert np.allclose(factors, factors[0, 0])
    assert figure.axes[0].get_title() == word


def test_slowness_is_the_speed_of_the_map_over_the_plane(drawn: Draw, finished: Run) -> None:
    (image,) = drawn("slowness", held="zero").axes[0].findobj(AxesImage)
    heights, (left, right, low, high) = np.asarray(image.get_array()), image.get_extent()
    analysis, network = finished.analysis, finished.network
    random = np.random.default_rng(0)
    rows, columns = random.integers(heights.shape[0], size=20), random.integers(heights.shape[1], size=20)
    places = np.stack(
        [
            left + (columns + 0.5) * (right - left) / heights.shape[1],
            low + (rows + 0.5) * (high - low) / heights.shape[0],
        ],
        axis=1,
    )
    states = analysis["mean"].values + places @ analysis["axes"].values[:2]
    speed = network.hold().speed(torch.from_numpy(states)).numpy()
    assert np.allclose(heights[rows, columns], np.log10(speed))


def test_slowness_says_which_input_is_held(drawn: Draw) -> None:
    assert "the zero input is held" in drawn("slowness", held="zero").caption


def test_logits_are_those_of_the_readout_over_the_manifold(drawn: Draw, finished: Run) -> None:
    figure, analysis = drawn("logits"), finished.analysis
    states = torch.from_numpy(analysis["manifold_state"].values[analysis["manifold_reached"].values == 1])
    logits = finished.network.double().evidence(states).detach().numpy()
    shown = logits - logits.mean(axis=1, keepdims=True)
    for label, axes in enumerate(figure.axes[:3]):
        (cloud,) = axes.collections
        assert np.allclose(np.asarray(cloud.get_array()), shown[:, label], atol=1e-5)
    (regions,) = figure.axes[3].findobj(AxesImage)
    assert set(np.unique(np.asarray(regions.get_array()))) <= {0, 1, 2}


def test_the_other_order_moves_the_ends(drawn: Draw, finished: Run) -> None:
    ordered, shuffled = dots(drawn("shuffle"))
    analysis = finished.analysis
    last = np.append(np.flatnonzero(np.diff(analysis["state_document"].values)), analysis.sizes["step"] - 1)
    assert np.allclose(ordered, coordinates(finished, "state")[last], atol=1e-4)
    assert not np.allclose(ordered, shuffled, atol=1e-4)
    (lines,) = drawn("shuffle").findobj(LineCollection)
    assert np.allclose([segment[1] for segment in lines.get_segments()], shuffled)


# --- several runs -----------------------------------------------------------------------------------------------------


def test_dimensions_stand_by_their_number_of_classes(drawn: Draw, family: list[Run]) -> None:
    (axes,) = drawn("dimensions").axes
    shown = {line.get_label(): line for line in axes.lines if not str(line.get_label()).startswith("_")}
    ratios = [run.summary["dimension"]["visited"]["participation_ratio"] for run in family]
    assert np.allclose(shown["visited states"].get_ydata(), ratios)
    assert np.round(shown["visited states"].get_xdata()).tolist() == [3, 2, 2]
    dashed = next(line for label, line in shown.items() if "1" in str(label))
    assert np.allclose(dashed.get_ydata(), np.asarray(dashed.get_xdata()) - 1)


def test_a_sweep_shows_accuracy_and_dimension_by_penalty(drawn: Draw, family: list[Run]) -> None:
    figure = drawn("sweep")
    assert len(figure.axes) == 4
    right, ratio = figure.axes[0].lines, figure.axes[1].lines
    found = [y for line in right if line.get_linestyle() == "None" for y in line.get_ydata()]
    expected = [run.summary["accuracy"][name] for run in family for name in ("test", "shuffled_words")]
    assert sorted(found) == pytest.approx(sorted(expected))
    places = sorted({x for line in ratio for x in line.get_xdata()})
    # No penalty stands a factor of ten below the least, and is written as 0.
    assert places == pytest.approx([0.1 * places[1], *sorted(run.summary["network"]["l2"] for run in family)[1:]])
    assert "0" in [text.get_text() for text in figure.axes[0].get_xticklabels(minor=True)]


def test_nine_estimates_are_listed(drawn: Draw, finished: Run) -> None:
    left, right = drawn("estimators").axes
    assert len(left.get_yticks()) == 9
    for axes, name in ((left, "visited"), (right, "manifold")):
        measured = finished.summary["dimension"][name]
        places = {
            line.get_ydata()[0]: line.get_xdata()[0] for line in axes.lines if line.get_marker() not in ("None", "")
        }
        assert places[0] == pytest.approx(measured["participation_ratio"], rel=1e-4)
        assert (places[1], places[2]) == (measured["for_90"], measured["for_95"])


def test_estimates_of_several_runs_stand_by_their_number_of_classes(family: list[Run]) -> None:
    left, right = draw_figure(family[:2], "estimators").axes
    for axes in (left, right):
        assert {round(x) for line in axes.lines if line.get_linestyle() == "None" for x in line.get_xdata()} <= {2, 3}


def test_readouts_have_lengths_angles_and_a_span(family: list[Run], drawn: Draw) -> None:
    norms, angles, spans = draw_figure(family, "readouts").axes
    values = [
        [y for line in axes.lines if line.get_linestyle() == "None" for y in line.get_ydata()]
        for axes in (norms, angles, spans)
    ]
    assert sorted(values[0]) == pytest.approx(
        sorted(norm for run in family for norm in run.summary["readouts"]["norms"])
    )
    assert [len(part) for part in values] == [7, 5, 7]
    assert all(0 <= share <= 1 + 1e-9 for share in values[2])
    theory = [line for line in angles.lines if line.get_zorder() == 3]
    assert theory[0].get_ydata().tolist() == pytest.approx([simplex_angle(2), simplex_angle(3)])


def test_counts_show_what_the_summary_foretells_and_the_documents(
    drawn: Draw, finished: Run, variant: Callable[..., Run]
) -> None:
    (curves,) = drawn("counts").axes  # this run has no experiment on record
    assert "no experiment" in drawn("counts").caption
    predicted = finished.summary["dimension"]["predicted"]
    for line, measure in zip(curves.lines, ("frequency", "evidence", "documents"), strict=False):
        assert np.allclose(line.get_ydata(), np.cumsum(predicted[measure]["shares"]))
    run = variant()
    (run.folder / "experiment.toml").write_text(
        'task = "categorical"\nclasses = "3"\nlength = 10\ndocuments = 600\n', encoding="utf-8"
    )
    documents = draw_figure(open_run(run.folder), "counts").axes[1]
    (cloud,) = documents.collections
    assert len(cloud.get_offsets()) == 540
    # Of independent classes the means are as far apart as the documents of one class point one way.
    ends = np.array([line.get_xydata()[1] for line in documents.lines])
    cosines = (ends @ ends.T) / np.outer(*[np.linalg.norm(ends, axis=1)] * 2)
    assert np.allclose(cosines[np.triu_indices(3, 1)], -0.5, atol=0.15)


# --- training ---------------------------------------------------------------------------------------------------------


def test_training_shows_every_step_and_the_documents_kept_aside(drawn: Draw, finished: Run) -> None:
    loss, accuracy, *_ = drawn("training").axes
    batches, aside = loss.lines
    assert np.allclose(batches.get_ydata(), [row.loss for row in finished.metrics])
    kept = [row for row in finished.metrics if row.validation_loss is not None]
    assert np.allclose(aside.get_xdata(), [row.step for row in kept])
    assert len(accuracy.lines) == 2 + len(finished.metrics[-1].watched)


def test_looks_on_the_way_show_variance_and_angles(variant: Callable[..., Run]) -> None:
    run = variant()
    looks = read_growth(run.folder)
    variance, angles = draw_figure(run, "training").axes[2:]
    assert [len(line.get_xdata()) for line in variance.lines] == [len(looks)] * 5
    held = [line.get_ydata()[-1] for line in variance.lines]
    assert held == pytest.approx(np.cumsum(looks[-1].shares[:5]))
    mean = next(line for line in angles.lines if line.get_marker() == "o")
    # At the last look the network is the one that is kept.
    pairs = np.array(run.summary["readouts"]["angles"])[np.triu_indices(3, 1)]
    assert mean.get_ydata()[-1] == pytest.approx(pairs.mean())
    assert mean.get_xdata().tolist() == [look.step for look in looks]
    (run.folder / "growth.jsonl").unlink()
    assert len(draw_figure(run, "training").axes) == 2
