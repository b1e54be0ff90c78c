"""The page that lays runs side by side: one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from slowfold.report.compare_figures import (
    accuracies,
    dimensions,
    eigenvalues,
    network_map,
    time_constants,
    variances,
)
from slowfold.report.compare_graphs import graph_caption, point_graph
from slowfold.report.compare_look import Look, look_of
from slowfold.report.compare_tables import Matrix, distance_matrix, link_to, sheets
from slowfold.report.compare_words import MEASURES, headline, statements
from slowfold.report.embedded import described, policy_of, program, to_json
from slowfold.report.page import environment, part
from slowfold.report.theme import FONT, dark_colours
from slowfold.report.wording import percent, shortened
from slowfold.storage import write_text
from slowfold.study.comparing import Comparison, Distances

__all__ = ["render_comparison", "write_comparison"]

_HOW = {
    "states": "Networks that know the same words read the same documents, those that the first of them visited. The "
    "distance is one minus the mean canonical correlation of what the readouts read, in the directions that hold "
    "99\N{NO-BREAK SPACE}% of its variance (SVCCA): 0 where the states of the one are those of the other turned, "
    "stretched and moved, near 1 where they have nothing to do with each other.",
    "fixed points": "Each fixed point at the mean input is told by how many directions lead away from it, by the "
    "points that it leads to and that lead to it, and so on three times; the distance is the part of what is told that "
    "the two do not share. 0: the same points, connected in the same way, wherever they lie.",
    "spectra": "How far the ten slowest eigenvalues at the fixed points of the one have to be moved in the complex "
    "plane to be those of the other, on average (a sliced Wasserstein distance).",
}
# The programs of the page, which run as one, in this order.
_PROGRAMS = ("report.js", "sorting.js")


@dataclass(frozen=True)
class _Named:
    """A run where the page lists it."""

    number: int
    name: str
    folder: str
    light: str
    dark: str
    link: str | None


@dataclass(frozen=True)
class _Plot:
    """A figure of the page."""

    name: str
    title: str
    figure: go.Figure


@dataclass(frozen=True)
class _Measure:
    """How far apart networks are, as the page shows it."""

    title: str
    how: str
    matrix: Matrix
    map: str | None
    told: str


def write_comparison(compared: Comparison, path: str | Path) -> Path:
    """Writes the page of a comparison.

    The page is one file that opens without a network, in light and dark. It links to the reports of the runs, where
    they are written, and names classes but no words of documents.

    Args:
        compared: What :func:`~slowfold.study.compare` found.
        path: The file, which is written whole or not at all.

    Returns:
        Where the page is.

    Raises:
        RunError: A part of a run cannot be read, or the file cannot be written.

    Example:
        >>> from tempfile import mkdtemp
        >>> from slowfold.networks import Classifier
        >>> from slowfold.study import analyze, compare
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> folder = Path(mkdtemp())
        >>> for seed in (0, 1):
        ...     network = Classifier.build(train, hidden=8, seed=seed)
        ...     run = analyze(network, train, test, folder=folder / f"seed-{seed}", starts=16)
        >>> write_comparison(compare([folder / "seed-0", folder / "seed-1"]), folder / "both.html").name
        'both.html'
    """
    path = Path(path)
    write_text(path, render_comparison(compared, folder=path.parent))
    return path


def render_comparison(compared: Comparison, *, folder: Path) -> str:
    """The page as a text.

    Args:
        compared: What is shown.
        folder: Where the page will lie; reports of runs are linked to from there.
    """
    look = look_of(compared)
    maps = {one.measure: network_map(look, one) for one in compared.distances}
    overlaid = list(_overlaid(compared, look))
    graphs = list(_graphs(compared, look))
    drawn = {
        plot.name: described(plot.figure) for plots in (*(found for _, found in overlaid), graphs) for plot in plots
    }
    drawn |= {f"map-{_slug(measure)}": described(drawing) for measure, drawing in maps.items() if drawing is not None}
    programs = [program(get_plotlyjs()), program("\n".join(part(name) for name in _PROGRAMS))]
    return (
        environment()
        .get_template("compare.html")
        .render(
            headline=headline(compared),
            statements=statements(compared),
            key=list(zip(look.keys, look.shown.colours, look.shown.dark, strict=True)),
            coloured_by="the runs" if look.coloured_by is None else look.coloured_by.name,
            runs=[_named(compared, look, row, folder) for row in range(len(compared))],
            sheets=sheets(compared),
            sections=overlaid,
            graphs=graphs,
            measures=[_measure(compared, one, maps[one.measure]) for one in compared.distances],
            font=FONT,
            style=part("report.css"),
            programs=programs,
            policy=policy_of(*programs),
            dark=to_json(dark_colours(look.shown)),
            figures={name: to_json(value) for name, value in drawn.items()},
            aspects={name: value["layout"]["meta"]["aspect"] for name, value in drawn.items()},
        )
    )


def _overlaid(compared: Comparison, look: Look) -> Iterator[tuple[dict[str, str], list[_Plot]]]:
    """The figures in which all runs stand together, section by section."""
    across = "run" if look.across is None else look.across.name
    yield (
        {
            "name": "dimension",
            "title": "Dimension and accuracy",
            "see": f"Every network at its {across}: full dots were measured, with 95 % intervals; hollow ones are what "
            "words alone ask for, and what a bag of words gets.",
            "how": "The interval of a dimension is that of a bootstrap over the documents whose states it is taken of, "
            "that of an accuracy Wilson's for the test documents.",
        },
        [
            _Plot("dimensions", "Dimension", dimensions(compared, look)),
            _Plot("accuracies", "Accuracy", accuracies(compared, look)),
        ],
    )
    yield (
        {
            "name": "memory",
            "title": "Variance and memory",
            "see": "First, how many components hold the variance of the visited states: a network whose line reaches "
            "90\N{NO-BREAK SPACE}% at two components moves on a plane. Second, how long the mode of each rank is "
            "remembered: a gap after the first few says along how many directions the network adds up.",
            "how": "Components are those of the states after every word of the sampled test documents. Time constants "
            "are medians over points of the slow manifold at the mean input, or over the fixed points where there is "
            "none.",
        },
        [
            _Plot("variances", "Cumulative variance", variances(compared, look)),
            _Plot("time-constants", "Time constants", time_constants(compared, look)),
        ],
    )
    yield (
        {
            "name": "spectra",
            "title": "Spectra",
            "see": "The ten slowest eigenvalues at each fixed point of the mean input, all networks in one plane. "
            "Those near 1 keep what was read; outside the circle a mode grows.",
            "how": "Of at most 24 points of each network, the most often found.",
        },
        [_Plot("eigenvalues", "", eigenvalues(compared, look))],
    )


def _graphs(compared: Comparison, look: Look) -> Iterator[_Plot]:
    for row, (run, graph) in enumerate(zip(compared.runs, compared.graphs, strict=True)):
        title = f"{shortened(compared.names[row])}: {graph_caption(run)}"
        yield _Plot(f"graph-{row + 1}", title, point_graph(run, graph, look.colour_of(row)))


def _named(compared: Comparison, look: Look, row: int, folder: Path) -> _Named:
    run, shown = compared.runs[row], look.shown
    return _Named(
        number=row + 1,
        name=shortened(compared.names[row]),
        folder=shortened(str(run.folder), 200),
        light=shown.colours[look.colour[row]],
        dark=shown.dark[look.colour[row]],
        link=link_to(run, folder),
    )


def _measure(compared: Comparison, distances: Distances, drawing: go.Figure | None) -> _Measure:
    placed = distances.placed()
    told = "Fewer than three networks can be compared with each other, so there is no map."
    if placed is not None:
        rows, placement = placed
        left = len(compared) - len(rows)
        flat = float(placement.shares.sum())
        told = f"The map shows {percent(flat, 0)} of the squared distances"
        told += f"; {left} of {len(compared)} networks cannot be on it." if left else "."
    elif not distances.any:
        told = "No two networks can be compared in this way."
    return _Measure(
        title=f"By {MEASURES[distances.measure]}",
        how=_HOW[distances.measure],
        matrix=distance_matrix(distances),
        map=None if drawing is None else f"map-{_slug(distances.measure)}",
        told=told,
    )


def _slug(measure: str) -> str:
    return measure.replace(" ", "-")
