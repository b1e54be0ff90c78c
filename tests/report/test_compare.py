"""The page that lays runs side by side: what it says, what stands for what, and that every text stays text."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import torch

from browser import Visit, barriers
from report.hostile import CLASSES
from slowfold.report import write_comparison
from slowfold.report.compare_look import look_of
from slowfold.report.compare_page import render_comparison
from slowfold.report.compare_tables import distance_matrix, link_to, sheets
from slowfold.report.compare_words import headline, statements
from slowfold.study import Comparison, Run, compare, open_run
from slowfold.study.comparing import Distances, Factor

# A folder can be called almost anything.
STRANGE = "javascript:<img src=x onerror=alert(1)> & more"


class Elements(HTMLParser):
    """Collects the elements, the links and the texts of a page, programs left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.inside = tag in ("script", "style")
        self.links += [value or "" for name, value in attrs if name == "href" and tag == "a"]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.append(data)


def said(page: str) -> str:
    return " ".join(" ".join(Elements(page).texts).split())


@pytest.fixture(scope="module")
def like(finished: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Makes a run that is the finished one but for parts of its summary."""

    def make(name: str, **changes: dict[str, Any]) -> Run:
        folder = tmp_path_factory.mktemp("like") / name
        shutil.copytree(finished.folder, folder)
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        for part, changed in changes.items():
            summary[part] |= changed
        (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
        return open_run(folder)

    return make


@pytest.fixture(scope="module")
def compared(finished: Run, like: Callable[..., Run], hostile: Run) -> Comparison:
    strange = like(STRANGE, network={"l2": 0.25})
    (strange.folder / "report.html").write_text("a report", encoding="utf-8")
    return compare([finished, strange, like("third", network={"l2": 0.5}), hostile])


@pytest.fixture(scope="module")
def page(compared: Comparison, tmp_path_factory: pytest.TempPathFactory) -> str:
    return render_comparison(compared, folder=tmp_path_factory.mktemp("pages"))


def looking_at(**values: tuple[Any, ...]) -> tuple[str | None, str | None, list[int], list[str]]:
    """What the figures have along their axis, what colours stand for, and the colour and the sign of each run."""
    factors = tuple(Factor(name, given, "{0}") for name, given in values.items())
    count = len(factors[0].values) if factors else 2
    run = Run(Path())
    made = Comparison((run,) * count, tuple(map(str, range(count))), factors, (None,) * count, (), ())
    look = look_of(made)
    across, by = (None if one is None else one.name for one in (look.across, look.coloured_by))
    return across, by, list(look.colour), list(look.symbol)


def test_what_varies_decides_on_axis_and_colour() -> None:
    assert looking_at(L2=(1e-3, 1e-5, 1e-4)) == ("L2", "L2", [2, 0, 1], ["circle"] * 3)
    # A penalty that each cell has of its own is no axis.
    assert looking_at(cell=("gru", "lstm", "gru"), L2=(1, 2, 1))[:3] == ("cell", "cell", [0, 1, 0])
    assert looking_at(cell=("gru", "lstm", "gru", "lstm"), L2=(1, 1, 2, 2)) == (
        "L2",
        "cell",
        [0, 1, 0, 1],
        ["circle", "circle", "square", "square"],
    )
    assert looking_at(task=("a", "b"), classes=(3, 5), documents=(10, 11))[:2] == ("task", "task")
    assert looking_at(classes=(3, 3, 4, 4), L2=(1, 2, 1, 2))[:3] == ("classes", "L2", [0, 1, 0, 1])
    # Of networks that only chance tells apart each has its own colour.
    assert looking_at(seed=(0, 1, 2))[:3] == (None, None, [0, 1, 2])
    assert looking_at(cell=("gru", "gru", "lstm"), seed=(0, 1, 0))[:3] == ("cell", "cell", [0, 0, 1])
    # An L2 that is not on record has no place on an axis of numbers, and no colour of the scale.
    assert looking_at(L2=(1e-3, None))[:3] == ("L2", "L2", [0, 1])


def test_the_headline_and_the_statements_are_the_figures(compared: Comparison) -> None:
    ratios = [run.summary["dimension"]["visited"]["participation_ratio"] for run in compared.runs]
    assert headline(compared).startswith("4 networks that differ in task and L2: ")
    assert f"their states fill {min(ratios):.2f} to {max(ratios):.2f} dimensions" in headline(compared)
    told = dict(statements(compared))
    assert told["Different"].startswith("task: categorical, drawn; ")
    assert "0.25, 0.5" in told["Different"]
    assert "16" not in told["The same"]
    assert "different sets of words" in told["Not compared"]
    # The weights of three of them are the same.
    assert "apart" in told["By the states that they walk through"]
    assert "have not learned" in told["Not learned"] or "has not learned" in told["Not learned"]


def test_intervals_say_whether_they_overlap(finished: Run, like: Callable[..., Run]) -> None:
    better = like("better", accuracy={"test": 0.999}, network={"l2": 0.1})
    worse = like("worse", accuracy={"test": 0.6}, network={"l2": 0.2})
    assert dict(statements(compare([better, worse])))["Accuracy"].endswith("intervals do not overlap.")
    near = like("near", accuracy={"test": 0.61}, network={"l2": 0.1})
    assert dict(statements(compare([near, worse])))["Accuracy"].endswith("intervals overlap.")
    again = like("again")
    assert "differ only in their seed" in dict(statements(compare([finished, again])))["How sure"]


def test_the_tables_hold_the_figures_of_every_run(compared: Comparison) -> None:
    for sheet in sheets(compared):
        assert len(sheet.rows) == 4
        assert {len(row) for row in sheet.rows} == {len(sheet.head)}
    networks, dimensions, points = sheets(compared)
    summary = compared.runs[0].summary
    row = dict(zip(networks.head, networks.rows[0], strict=True))
    assert row["cell"].text == "gru"
    assert row["accuracy"].text == f"{100 * summary['accuracy']['test']:.1f}\N{NO-BREAK SPACE}%"
    row = dict(zip(dimensions.head, dimensions.rows[0], strict=True))
    assert row["visited"].text == f"{summary['dimension']['visited']['participation_ratio']:.2f}"
    low, high = summary["shape"]["intervals"]["visited"]["participation_ratio"]
    assert row["visited"].beside == f"{low:.2f} to {high:.2f}"
    row = dict(zip(points.head, points.rows[0], strict=True))
    mean = next(entry for entry in summary["fixed_points"] if entry["input"] == "mean")
    assert (row["stable"].text, row["saddles"].text) == (str(mean["stable"]), str(mean["distinct"] - mean["stable"]))


def test_what_an_older_summary_lacks_leaves_dashes(finished: Run, like: Callable[..., Run]) -> None:
    old = like("old", network={"l2": None})
    vars(old)["summary"] = {**old.summary, "shape": None, "modes": None, "manifold": None}
    found = compare([finished, old])
    text = said(render_comparison(found, folder=Path()))
    assert "—" in text
    assert "L2 unknown" in text


def test_the_nearest_are_darkest() -> None:
    between = torch.tensor([[0.0, 0.1, 0.4], [0.1, 0.0, math.nan], [0.4, math.nan, 0.0]], dtype=torch.float64)
    rows = distance_matrix(Distances("states", between)).rows
    assert [[text for text, _ in row] for row in rows] == [["", "0.10", "0.40"], ["0.10", "", "—"], ["0.40", "—", ""]]
    assert rows[0][1][1] > rows[0][2][1] == 0 == rows[1][2][1]
    alike = distance_matrix(Distances("states", torch.zeros(2, 2, dtype=torch.float64))).rows
    assert alike[0][1][0] == "0.000"
    assert alike[0][1][1] > 0


def test_reports_are_linked_to_and_no_name_becomes_a_program(compared: Comparison, tmp_path: Path, page: str) -> None:
    assert link_to(compared.runs[0], tmp_path) is None
    link = link_to(compared.runs[1], compared.runs[1].folder.parent)
    assert link == "javascript%3A%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%20%26%20more/report.html"
    # One in each table; whatever the folder is called, none has a scheme.
    links = Elements(page).links
    assert len(links) == 3
    assert all(one.endswith("more/report.html") and not urlsplit(one).scheme for one in links)


def test_nothing_becomes_markup(page: str) -> None:
    found = Elements(page)
    assert not {"img", "b", "iframe"} & set(found.tags)
    assert found.tags.count("script") == 2 + 1 + len(re.findall(r'id="figure-', page))
    assert any(STRANGE in text for text in found.texts)
    figures = "".join(re.findall(r'id="figure-[^>]*>(.*?)</script>', page))
    assert CLASSES[0] not in figures
    assert "<" not in figures
    assert "\u202e" not in page


def test_every_network_is_in_every_figure(page: str) -> None:
    figures = dict(re.findall(r'id="figure-([^"]+)">(.*?)</script>', page))
    assert {"dimensions", "accuracies", "variances", "time-constants", "eigenvalues"} <= set(figures)
    assert {f"graph-{number}" for number in (1, 2, 3, 4)} <= set(figures)
    # Three read the same words; all four have fixed points, or the map has those that do.
    assert {"map-states", "map-spectra"} <= set(figures)
    assert len(json.loads(figures["map-states"])["data"]) == 3
    assert len(json.loads(figures["variances"])["data"]) == 4
    for figure in figures.values():
        assert "scattergl" not in figure
        assert '"scene"' not in figure


@pytest.mark.parametrize(("scheme", "width", "paper"), [("light", 1440, "255, 255, 255"), ("dark", 375, "21, 22, 26")])
def test_the_page_can_be_used_by_everybody(
    browser_page: Visit, compared: Comparison, tmp_path: Path, scheme: Any, width: int, paper: str
) -> None:
    browser_page.page.emulate_media(color_scheme=scheme)
    browser_page.page.set_viewport_size({"width": width, "height": 900})
    shown = browser_page.open(write_comparison(compared, tmp_path / "page.html"))
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == f"rgb({paper})"
    for plot in shown.locator(".plot").all():
        plot.scroll_into_view_if_needed()
        plot.locator(".main-svg").first.wait_for()
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.locator("main img").count() == 0
    # The keyboard sorts: the greatest accuracy first, then the least.
    head = shown.get_by_role("button", name=re.compile("^accuracy"))
    for order, sign in (("descending", -1), ("ascending", 1)):
        head.press("Enter")
        assert shown.locator('th[aria-sort="' + order + '"]').inner_text().startswith("accuracy")
        cells = shown.locator("table").first.locator("tbody td:nth-of-type(5) bdi").all_inner_texts()
        values = [sign * float(cell.split("\N{NO-BREAK SPACE}")[0]) for cell in cells]
        assert values == sorted(values)
    assert barriers(shown) == []
    browser_page.assert_quiet()
