from __future__ import annotations

import importlib.util
import io
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from matplotlib._pylab_helpers import Gcf
from matplotlib.text import Text
from rich.console import Console

from report.hostile import CLASSES, WORDS
from slowfold.cli.figure import FigureCommand
from slowfold.cli.listing import ListCommand
from slowfold.cli.parsing import parse
from slowfold.errors import DataError, OptionError, RunError
from slowfold.report.figures import PANELS, draw_figure, write_figures
from slowfold.report.figures.canvas import PaperFigure, text_of
from slowfold.study import Run, open_run

Draw = Callable[..., PaperFigure]
# Those that write words or classes down.
NAMING = ("states", "words", "spectrum", "flow", "logits")


def written(figure: PaperFigure, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind)
    return buffer.getvalue()


def inflated(pdf: bytes) -> bytes:
    """A PDF with its compressed parts as they read."""
    parts = [pdf]
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(match[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("panel", ["states", "fixed-points", "slowness", "sweep", "readouts"])
def test_letters_are_embedded_as_truetype(panel: str, drawn: Draw) -> None:
    pdf = inflated(written(drawn(panel), "pdf"))
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize(
    ("panel", "kind"), [("states", "pdf"), ("states", "svg"), ("states", "png"), ("logits", "pdf"), ("training", "svg")]
)
def test_the_same_figure_is_the_same_bytes(panel: str, kind: str, drawn: Draw, finished: Run) -> None:
    assert written(drawn(panel), kind) == written(draw_figure(finished, panel), kind)


def test_an_svg_has_no_fonts_to_miss_and_no_date(drawn: Draw) -> None:
    svg = written(drawn("states"), "svg").decode()
    assert "<text" not in svg
    assert "dc:date" not in svg


def test_drawing_leaves_matplotlib_as_it_was(finished: Run) -> None:
    before = dict(matplotlib.rcParams)
    figure = draw_figure(finished, "words", theme="dark")
    figure.savefig(io.BytesIO(), format="pdf")
    assert dict(matplotlib.rcParams) == before
    # Pyplot keeps a list of the figures that it knows.
    assert Gcf.get_all_fig_managers() == []


def test_a_users_own_settings_change_nothing(finished: Run, drawn: Draw) -> None:
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "text.usetex": True, "pdf.fonttype": 3}):
        assert written(draw_figure(finished, "words"), "pdf") == written(drawn("words"), "pdf")


def test_a_notebook_shows_the_figure(drawn: Draw) -> None:
    assert drawn("words")._repr_png_().startswith(b"\x89PNG")


# --- hostile words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("panel", NAMING)
def test_words_and_classes_stand_there_letter_by_letter(panel: str, hostile: Run) -> None:
    figure = draw_figure(hostile, panel)
    figure.savefig(io.BytesIO(), format="pdf")
    for text in figure.findobj(Text):
        assert not text.get_parse_math() or "$" not in text.get_text()
        assert not text.get_usetex()
        assert len(text.get_text()) < 120


def test_a_class_is_named_as_it_is(hostile: Run) -> None:
    shown = [text.get_text() for text in draw_figure(hostile, "states").findobj(Text)]
    assert any(text.startswith("<b>bold</b> &amp; $x$") for text in shown)
    assert any(text.startswith("<img src=x") for text in shown)


ODD = ["$\\alpha^2$", "C:\\new\\table", "<b>bold</b>", "\U0001f600 smile", "שלום", "\u202eabc", "a\nb", "新闻", "100 %"]


def test_odd_names_are_drawn_without_a_warning(variant: Callable[..., Run]) -> None:
    def rename(analysis: Any) -> Any:
        words = (ODD * analysis.sizes["word"])[: analysis.sizes["word"]]
        return analysis.assign_coords({"class": [*ODD[:2], "新闻"], "word": [word.replace("\n", "") for word in words]})

    run = variant(summary=lambda summary: summary["task"].update(classes=[*ODD[:2], "新闻"]), analysis=rename)
    shown = [text.get_text() for text in draw_figure(run, "states").findobj(Text)]
    assert {"$\\alpha^2$", "C:\\new\\table", "□□"} <= set(shown)
    figure = draw_figure(run, "words")
    figure.savefig(io.BytesIO(), format="pdf")
    figure.savefig(io.BytesIO(), format="svg")


@pytest.mark.parametrize("words", [*CLASSES, *WORDS, *ODD])
def test_a_text_is_short_and_has_letters_only(words: str) -> None:
    shown = text_of(words, longest=12)
    assert len(shown) <= 13
    assert shown.isprintable()


# --- what cannot be drawn ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("panel", "options", "message"),
    [
        ("spektrum", {}, r"^panel: there is no panel 'spektrum'; did you mean 'spectrum'\?"),
        ("states", {"width": "triple"}, "^width: there is no width 'triple'"),
        ("states", {"theme": "sepia"}, "^theme: there is no theme 'sepia'"),
        ("spectrum", {"held": "the"}, "^held: there is no held 'the'"),
        ("states", {"font": "No Such Font"}, "^font: there is no font 'No Such Font' on this machine"),
    ],
)
def test_an_option_out_of_range_is_one_clear_line(
    panel: str, options: dict[str, Any], message: str, finished: Run
) -> None:
    with pytest.raises(OptionError, match=message):
        draw_figure(finished, panel, **options)


def test_a_panel_of_one_run_takes_one(finished: Run) -> None:
    with pytest.raises(OptionError, match="the panel states shows one run, and 2 were given; draw it for each"):
        draw_figure([finished, finished], "states")


def test_without_matplotlib_the_cure_is_named(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "slowfold.report.figures.drawing.find_spec", lambda name: None if name == "matplotlib" else real(name)
    )
    with pytest.raises(OptionError, match=re.escape('run pip install "slowfold[figures]"')):
        draw_figure(finished, "states")


def test_runs_that_do_not_differ_cannot_be_compared(finished: Run) -> None:
    with pytest.raises(RunError, match="the panel dimensions cannot be drawn, for every run has 3 classes"):
        draw_figure([finished, finished], "dimensions")
    with pytest.raises(RunError, match=r"the panel sweep cannot be drawn, for every run was trained with L2 0\.0005"):
        draw_figure([finished, finished], "sweep")


def test_a_run_without_a_manifold_says_so(variant: Callable[..., Run]) -> None:
    def without(analysis: Any) -> Any:
        return analysis.drop_vars([name for name in analysis.variables if str(name).startswith("manifold_")])

    run = variant(analysis=without)
    for panel in ("flow", "logits"):
        with pytest.raises(RunError, match=f"the panel {panel} cannot be drawn, for no slow manifold was found"):
            draw_figure(run, panel)
    assert draw_figure(run, "fixed-points").axes


def test_a_run_without_a_record_of_its_training_says_so(variant: Callable[..., Run]) -> None:
    with pytest.raises(RunError, match="for its training is not on record"):
        draw_figure(variant(without=("metrics.jsonl",)), "training")


def test_an_unknown_word_is_named_with_near_ones(finished: Run) -> None:
    with pytest.raises(DataError, match=r"does not know the word 'kinda_9'; did you mean 'kinda_"):
        draw_figure(finished, "flow", words=["kinda_9"])


def test_a_run_that_left_its_words_out_is_drawn_with_numbers(variant: Callable[..., Run]) -> None:
    def number(analysis: Any) -> Any:
        return analysis.assign_coords(word=[f"word {row}" for row in range(analysis.sizes["word"])])

    run = variant(analysis=number, without=("vocabulary.json",))
    for panel in ("flow", "shuffle", "words"):
        shown = [text.get_text() for text in draw_figure(run, panel).findobj(Text)]
        assert not any("kinda" in text for text in shown)
    with pytest.raises(RunError, match="the words of its documents were left out"):
        draw_figure(run, "flow", words=["kinda_0"])


# --- many figures at once ---------------------------------------------------------------------------------------------


def test_all_panels_are_written_with_captions_and_the_others_listed(finished: Run, tmp_path: Path) -> None:
    done = write_figures([finished], ["all"], tmp_path, format="svg")
    assert {path.stem for path in done.files} == set(PANELS) - {"dimensions", "sweep"}
    assert len(done.refused) == 2
    for path in done.files:
        assert path.read_bytes().startswith(b"<?xml")
        assert path.with_suffix(".txt").read_text(encoding="utf-8").count(". ") >= 1
    assert len(list(tmp_path.iterdir())) == 2 * len(done.files)


def test_a_panel_asked_for_by_name_is_drawn_or_an_error(finished: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the panel sweep cannot be drawn"):
        write_figures([finished], ["sweep"], tmp_path)
    with pytest.raises(OptionError, match=r"there is no format 'docx'"):
        write_figures([finished], ["states"], tmp_path, format="docx")
    with pytest.raises(OptionError, match="nothing to draw"):
        write_figures([], ["states"], tmp_path)


def test_figures_of_several_runs_do_not_overwrite_each_other(family: list[Run], tmp_path: Path) -> None:
    done = write_figures([family[0], family[1], family[0]], ["words"], tmp_path, format="png")
    assert len({path.name for path in done.files}) == 2  # the same run twice is the same figure
    assert all(path.name.endswith("-words.png") for path in done.files)


def test_the_command_draws_and_tells_what_it_wrote(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    words = ["figure", str(finished.folder), "--panel", "words, spectrum", "--format", "png", "--out", str(tmp_path)]
    parse(words, {"figure": FigureCommand, "list": ListCommand}, description="").execute(
        Console(), Console(stderr=True)
    )
    told = capsys.readouterr().out
    assert str(tmp_path / "words.png") in told
    assert "eigenvalues, and those near 1" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "spectrum.png",
        "spectrum.txt",
        "words.png",
        "words.txt",
    ]


def test_the_command_names_every_panel() -> None:
    description = FigureCommand.__doc__ or ""
    assert [name for name in PANELS if name not in description] == []


def test_the_command_wants_a_run_and_a_folder(finished: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(OptionError, match="name the folder of a run"):
        FigureCommand(runs=()).execute(Console(), Console())
    with pytest.raises(OptionError, match="is a file; name a folder"):
        FigureCommand(runs=(str(finished.folder),), out=tmp_path / "taken").execute(Console(), Console())


def test_letters_name_the_panels_in_order() -> None:
    assert "".join(panel.letter for panel in PANELS.values()) == "ABCDEFGHIJKLMNO"


def test_an_opened_run_is_drawn_like_the_one_in_memory(finished: Run, drawn: Draw) -> None:
    assert written(draw_figure(open_run(finished.folder), "words"), "png") == written(drawn("words"), "png")


def test_words_where_no_panel_shows_any_are_refused(finished: Run) -> None:
    asked = FigureCommand(runs=(str(finished.folder),), panel="spectrum,states", word="kinda_0")
    with pytest.raises(OptionError, match="--word: no panel that is asked for shows words; ask for the panel flow"):
        asked.execute(Console(), Console())
