"""The colours and the layout of every figure, on light paper and on dark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from slowfold.report.wording import plain
from slowfold.study import Run
from slowfold.text import Kind

__all__ = [
    "FONT",
    "GREY",
    "GREY_ON_DARK",
    "GRID",
    "INK",
    "PALE",
    "PAPER",
    "Classes",
    "classes_of",
    "colour_classes",
    "colour_scale",
    "dark_colours",
    "figure",
    "flat",
    "palette",
]

# Every colour of a figure is one of these or the colour of a class: the page exchanges them for their dark partners.
INK, GREY, PALE, GRID, PAPER = "#26272b", "#6b6c74", "#c6c7ce", "#ebecef", "#ffffff"
GREY_ON_DARK = "#9d9ea8"
_DARK = {INK: "#e8e8ec", GREY: GREY_ON_DARK, PALE: "#53555f", GRID: "#292b33", PAPER: "#15161a"}

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
"""The fonts of the page and of its figures."""

# Okabe and Ito's colours for people with any colour vision; the two that are too faint on white are darkened, and on
# dark paper all are lightened. Each pair is the same colour on light and on dark paper.
_CATEGORICAL = (
    ("#0072b2", "#56b0ee"),
    ("#d55e00", "#f68b4a"),
    ("#009e73", "#36c99c"),
    ("#b8578f", "#ea9ac9"),
    ("#a87900", "#e6b93f"),
    ("#3a9bd6", "#a3d8f8"),
    ("#7a4a1e", "#c79a6a"),
    ("#5b4fc7", "#a99dff"),
)
# Beyond eight classes no set of colours is safe for everybody; figures then name the class under the pointer.
_SHADES = ((0.0, 0.0), (0.4, 0.45), (-0.35, -0.35))


@dataclass(frozen=True)
class Classes:
    """How the classes of a run are shown: the same in every figure.

    Attributes:
        names: Their names, safe for plotly, [class].
        colours: Their colours on light paper, [class].
        dark: Their colours on dark paper, [class].
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    dark: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def few(self) -> bool:
        """Whether a legend can name them all."""
        return len(self.names) <= len(_CATEGORICAL)


def classes_of(run: Run) -> Classes:
    """The classes of a run, by :func:`colour_classes`."""
    task = run.summary["task"]
    return colour_classes(task["classes"], task["kind"])


def colour_classes(names: Sequence[str], kind: Kind) -> Classes:
    """Classes in colours that all can tell apart, or in one scale from dark to bright where they are ordered.

    Example:
        >>> colour_classes(["no", "yes"], "categorical").colours
        ('#0072b2', '#d55e00')
    """
    pairs = _colours(kind, len(names))
    return Classes(
        names=tuple(plain(name) for name in names),
        colours=tuple(light for light, _ in pairs),
        dark=tuple(dark for _, dark in pairs),
    )


def dark_colours(*shown: Classes) -> dict[str, str]:
    """What each colour on light paper becomes on dark paper."""
    pairs = (pair for classes in shown for pair in zip(classes.colours, classes.dark, strict=True))
    return dict(_CATEGORICAL) | dict(pairs) | _DARK


def figure(*, aspect: float, equal: bool = False) -> go.Figure:
    """An empty figure in the style of the report.

    Args:
        aspect: Height over width on a wide page; the page keeps it as far as a narrow one allows.
        equal: Whether one unit is as long on both axes.
    """
    drawn = go.Figure()
    # Whoever shows the figure outside the page gets 760 pixels; the page reads the aspect from meta.
    drawn.update_layout(template=_TEMPLATE, height=round(760 * aspect), meta={"aspect": aspect})
    # Where nothing hovers, as on a telephone, the tools are always there: they must not hide the legend.
    drawn.update_layout(modebar={"bgcolor": "rgba(0,0,0,0)", "color": PALE, "activecolor": INK, "orientation": "v"})
    if equal:
        drawn.update_xaxes(constrain="domain")
        drawn.update_yaxes(scaleanchor="x", scaleratio=1, constrain="domain", constraintoward="top")
    return drawn


def flat(title: str | None = None) -> dict[str, object]:
    """An axis of a scene in space: thin lines, no walls."""
    return {
        "title": {"text": title, "font": {"size": 12}},
        "showbackground": False,
        "gridcolor": GRID,
        "linecolor": PALE,
        "zeroline": False,
        "showspikes": False,
        "tickfont": {"size": 10, "color": GREY},
    }


def _axis() -> dict[str, object]:
    return {
        "gridcolor": GRID,
        "zeroline": False,
        "showline": True,
        "linecolor": PALE,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": PALE,
        "tickfont": {"color": GREY, "size": 12},
        "title": {"standoff": 8, "font": {"size": 13}},
        "automargin": True,
    }


_TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "xaxis": _axis(),
        "yaxis": _axis(),
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": PALE, "font": {"family": FONT, "color": INK}, "align": "left"},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 12},
        },
        "dragmode": "zoom",
    }
)


def colour_scale(count: int) -> list[tuple[str, str]]:
    """So many colours from dark to bright, each on light and on dark paper.

    Each paper takes the part of the scale that stands out from it; no two colours on it are the same.
    """
    places = [place / max(1, count - 1) for place in range(count)]
    return [(_plasma(0.02 + 0.76 * place), _plasma(0.32 + 0.66 * place)) for place in places]


def palette(position: int) -> tuple[str, str]:
    """A colour that others can be told from, on light and on dark paper; the ninth is a shade of the first."""
    light, dark = _CATEGORICAL[position % len(_CATEGORICAL)]
    on_light, on_dark = _SHADES[position // len(_CATEGORICAL) % len(_SHADES)]
    return _mixed(light, "#000000" if on_light > 0 else "#ffffff", abs(on_light)), _mixed(
        dark, "#ffffff" if on_dark > 0 else "#000000", abs(on_dark)
    )


def _colours(kind: str, count: int) -> list[tuple[str, str]]:
    if kind == "ordered" and count > 1:
        return colour_scale(count)
    return [palette(position) for position in range(count)]


def _mixed(colour: str, other: str, share: float) -> str:
    parts = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round((1 - share) * one + share * two):02x}" for one, two in parts)


def _plasma(place: float) -> str:
    # Plotly can only give a colour of a scale as text.
    (colour,) = sample_colorscale("Plasma", [place])
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", str(colour)))
