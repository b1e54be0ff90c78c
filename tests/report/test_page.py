from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from report.hostile import CLASSES, WORDS
from slowfold.errors import RunError
from slowfold.report import write_report
from slowfold.report.contents import sections
from slowfold.report.page import render
from slowfold.report.walks import walks_of
from slowfold.study import VERDICTS, Run

MEGABYTES = 8


class Elements(HTMLParser):
    """Collects the elements and the texts of a page, scripts left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.scripts: dict[str, str] = {}
        self.inside: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag in ("script", "style"):
            self.inside = dict(attrs).get("id") or ""
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.inside = None

    def handle_data(self, data: str) -> None:
        if self.inside is None:
            self.texts.append(data)
        else:
            self.scripts[self.inside] = self.scripts.get(self.inside, "") + data


def words_of(page: str) -> str:
    return " ".join(" ".join(Elements(page).texts).split())


def test_the_report_is_written_and_its_time_is_on_record(variant: Callable[..., Run]) -> None:
    run = variant()
    before = run.summary["seconds"]["total"]
    path = write_report(str(run.folder))
    assert path == run.report
    assert path.stat().st_size < MEGABYTES * 1e6
    seconds = json.loads((run.folder / "summary.json").read_text(encoding="utf-8"))["seconds"]
    assert seconds["report"] > 0
    assert seconds["total"] == pytest.approx(before + seconds["report"])


def test_the_same_run_gives_the_same_page(variant: Callable[..., Run]) -> None:
    run = variant()
    first = write_report(run).read_bytes()
    assert write_report(run.folder).read_bytes() == first


def test_a_missing_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no run"):
        write_report(tmp_path / "nowhere")


def test_the_answer_comes_first(finished: Run) -> None:
    page = render(finished)
    said = words_of(page)
    assert said.index("This network") < said.index("Word counts alone") < said.index("Where reading leads")
    assert "These documents were drawn." in said
    assert "holds words" in said


def test_the_page_asks_for_nothing_from_outside(finished: Run) -> None:
    page = render(finished)
    head = page[: page.index("<body>")]
    assert set(re.findall(r"(?:src|href|url)[=(]\S+", head)) == {'href="data:,">'}
    assert "default-src &#39;none&#39;" in head
    assert "unsafe-eval" not in head


def test_every_figure_has_its_place_and_its_data(finished: Run) -> None:
    elements = Elements(page := render(finished))
    places = re.findall(r'<div class="plot"[^>]* data-figure="([^"]+)"', page)
    assert len(places) == len(set(places)) > 8
    for name in places:
        assert json.loads(elements.scripts[f"figure-{name}"])["data"]


def test_no_element_comes_from_a_document(hostile: Run, finished: Run) -> None:
    page = render(hostile)
    elements = Elements(page)
    ours = set(Elements(render(finished)).tags)
    assert set(elements.tags) <= ours
    assert not {"img", "b"} & set(elements.tags)
    assert elements.links[0] == "data:,"
    assert all(link.startswith("#") for link in elements.links[1:])
    assert CLASSES[0] in elements.texts
    assert "alert(2)" not in "".join(elements.scripts.get("", ""))
    assert WORDS[0].replace("<", "\\u0026lt;").replace(">", "\\u0026gt;").replace('"', '\\"') in page


def test_each_document_that_is_walked_stands_on_the_page_as_text(finished: Run) -> None:
    page = render(finished)
    for walk in walks_of(finished):
        assert f"Document {walk.document + 1}" in page
        assert " ".join(walk.words) in words_of(page)


def test_every_section_is_in_the_contents_and_has_figures_and_words(finished: Run) -> None:
    shown = sections(finished)
    page = render(finished)
    assert len({section.name for section in shown}) == len(shown) > 15
    for section in shown:
        assert f'href="#{section.name}"' in page
        assert section.see
        assert section.how
        assert section.plots


def test_a_run_from_before_shape_and_evidence_has_a_page_without_them(variant: Callable[..., Run]) -> None:
    def earlier(summary: dict[str, Any]) -> None:
        del summary["shape"], summary["evidence"], summary["context"]

    known = ("common_word", "held_", "read_", "remainder", "corner", "face", "region", "border", "context_")

    def fewer(dataset: xr.Dataset) -> xr.Dataset:
        return dataset.drop_vars([name for name in dataset.data_vars if str(name).startswith(known)])

    names = {section.name for section in sections(variant(summary=earlier, analysis=fewer))}
    assert not {"worth", "modifiers", "linear", "responses", "figure"} & names
    assert {"states", "surface", "slowness", "shuffle", "counts"} <= names


def test_without_words_the_page_says_so_and_holds_none(untrained: Callable[..., Run]) -> None:
    page = render(untrained(["a", "b"], ["verysecretword", "another"], keep_words=False))
    assert "holds no words" in words_of(page)
    assert "verysecretword" not in page


def test_without_training_metrics_there_is_no_curve(variant: Callable[..., Run]) -> None:
    page = render(variant(without=("metrics.jsonl",)))
    assert "How it learned" not in page


def test_without_fixed_points_the_page_says_so(variant: Callable[..., Run]) -> None:
    page = render(variant(summary=_no_points, analysis=_no_point_arrays))
    said = words_of(page)
    assert "No fixed point was found" in said
    assert "How it remembers" not in said


def test_numbers_that_do_not_exist_are_dashes(variant: Callable[..., Run]) -> None:
    def empty(summary: dict[str, Any]) -> None:
        summary["dimension"]["fixed_points"] = None
        summary["network"]["l2"] = None
        summary["accuracy"]["projected"] = None

    said = words_of(render(variant(summary=empty)))
    assert "fixed points, mean input — — — —" in said
    assert "L2 penalty —" in said
    assert "states flattened" not in said
    assert "it gets only" not in said


@pytest.mark.parametrize(("count", "kind"), [(2, "ordered"), (20, "categorical")])
def test_any_number_of_classes_gets_a_page(untrained: Callable[..., Run], count: int, kind: str) -> None:
    page = render(untrained([f"class {i}" for i in range(count)], ["a", "b", "c"], kind=kind))
    assert f"its {count} classes" in page or f"tells {count} classes" in page


def _no_points(summary: dict[str, Any]) -> None:
    summary["modes"] = None
    summary["dimension"]["fixed_points"] = {"participation_ratio": 0.0, "for_90": 0, "for_95": 0, "shares": []}
    for entry in summary["fixed_points"]:
        entry |= {"fixed": 0, "ghost": 0, "degenerate": 0, "out_of_bounds": 0, "unconverged": entry["starts"]}
        entry |= {"distinct": 0, "distinct_ghosts": 0, "distinct_degenerate": 0, "stable": 0}


def _no_point_arrays(dataset: xr.Dataset) -> xr.Dataset:
    unconverged = list(dataset.attrs["verdicts"]).index("unconverged")
    for held in ("zero", "mean"):
        dataset = dataset.isel({f"{held}_point": slice(0), f"{held}_ghost": slice(0)})
        dataset = dataset.drop_vars([f"{held}_{name}" for name in ("eigenvalue", "time_constant", "right", "left")])
        dataset[f"{held}_member"] = dataset[f"{held}_member"] * 0 - 1
        dataset[f"{held}_verdict"] = dataset[f"{held}_verdict"] * 0 + np.int64(unconverged)
    return dataset


def test_a_readout_of_zero_has_no_angles_and_a_report(variant: Callable[..., Run]) -> None:
    def blank(summary: dict[str, Any]) -> None:
        angles = summary["readouts"]["angles"]
        for i in range(3):
            angles[0][i] = angles[i][0] = None

    assert write_report(variant(summary=blank)).exists()


def test_a_start_that_is_degenerate_and_came_to_no_point_is_only_counted(variant: Callable[..., Run]) -> None:
    def lost(analysis: xr.Dataset) -> xr.Dataset:
        verdict, member = analysis["mean_verdict"].values, analysis["mean_member"].values
        verdict[0], member[0] = VERDICTS.index("degenerate"), -1
        return analysis

    assert write_report(variant(analysis=lost)).exists()
