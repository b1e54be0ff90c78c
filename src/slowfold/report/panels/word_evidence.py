"""What words are worth to the network beside what the counts say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Float64, Int64

from slowfold.geometry.evidence import decisive, foremost_words
from slowfold.report.labels import WIDTH, place_labels
from slowfold.report.theme import GREY, INK, classes_of, figure
from slowfold.report.wording import plain, rounded
from slowfold.study import Run

__all__ = ["WordWorth", "worth_of", "worths"]

# Words named in the figure, a class.
_NAMED, _MOST_NAMED = 3, 24
# More words than this are drawn by the commonest.
_MOST = 2_000
# Height over width.
_ASPECT = 0.62


@dataclass(frozen=True)
class WordWorth:
    """The commonest words, and what they are worth.

    Attributes:
        names: The words as they are written, [word].
        learned: What the end holds of each, of one class a document less its mean over the classes, in nats,
            [word, class].
        spread: The standard deviation over the places in documents, [word, class].
        counted: The log-likelihood ratio in the counts, likewise less its mean, [word, class].
        favours: The class or label that each says most about, [word].
        by_mode: What each adds along the slowest modes, [word, mode]; None where no modes were measured.
    """

    names: tuple[str, ...]
    learned: Float64[np.ndarray, "word class"]
    spread: Float64[np.ndarray, "word class"]
    counted: Float64[np.ndarray, "word class"]
    favours: Int64[np.ndarray, " word"]
    by_mode: Float64[np.ndarray, "word mode"] | None

    def foremost(self, count: int) -> Int64[np.ndarray, "class place"]:
        """The words that speak most for each class, the most telling first, [class, place]."""
        return foremost_words(torch.from_numpy(self.learned), count).numpy()


def worth_of(run: Run) -> WordWorth | None:
    """What the commonest words are worth; None where a run does not say.

    Args:
        run: A finished run.
    """
    analysis, kind = run.analysis, run.summary["task"]["kind"]
    if "common_word_learned" not in analysis or not analysis.sizes["common_word"]:
        return None
    learned, counted = (
        decisive(torch.from_numpy(analysis[f"common_word_{name}"].values.astype(np.float64)), kind).numpy()
        for name in ("learned", "counted")
    )
    modes = analysis["common_word_by_mode"].values if "common_word_by_mode" in analysis else None
    return WordWorth(
        names=tuple(str(word) for word in analysis["common_word"].values),
        learned=learned,
        spread=analysis["common_word_spread"].values.astype(np.float64),
        counted=counted,
        favours=np.abs(learned).argmax(axis=1).astype(np.int64),
        by_mode=None if modes is None else modes.astype(np.float64),
    )


def worths(run: Run) -> go.Figure:
    """Each of the commonest words as a dot: what the counts say of it, and what the network has learned.

    Args:
        run: A finished run.
    """
    found, classes = worth_of(run), classes_of(run)
    drawn = figure(aspect=_ASPECT)
    drawn.update_layout(legend_itemsizing="constant")
    if found is None:
        return drawn
    rows = np.arange(min(_MOST, len(found.names)))
    own = found.favours[rows]
    x, y = found.counted[rows, own], found.learned[rows, own]
    names = [plain(name) for name in found.names]
    for label, name in enumerate(classes.names):
        chosen = rows[own == label]
        drawn.add_scatter(
            x=rounded(found.counted[chosen, label]),
            y=rounded(found.learned[chosen, label]),
            mode="markers",
            name=name,
            showlegend=classes.few,
            marker={"color": classes.colours[label], "size": 6, "opacity": 0.6},
            hovertext=[
                f"<b>{names[row]}</b><br>{name}: counted {found.counted[row, label]:+.2f}, "
                f"learned {found.learned[row, label]:+.2f} ± {found.spread[row, label]:.2f} nats"
                for row in chosen.tolist()
            ],
            hoverinfo="text",
        )
    reach = rounded([float(min(x.min(), y.min(), 0.0)), float(max(x.max(), y.max(), 0.0))])
    drawn.add_scatter(
        x=reach,
        y=reach,
        mode="lines",
        showlegend=False,
        line={"color": GREY, "width": 1, "dash": "dash"},
        hoverinfo="skip",
    )
    ranges = [_widened(values) for values in (x, y)]
    few = _NAMED if len(classes) * _NAMED <= _MOST_NAMED else 1
    named = [
        (row, label)
        for label, best in enumerate(found.foremost(few))
        for row in best.tolist()
        if found.favours[row] == label and found.learned[row, label] > 0
    ]
    # Places are found where both axes have one unit, that of the figure's width.
    units = np.array([1.0, _ASPECT]) / [high - low for low, high in ranges]
    at = np.array([[found.counted[row, label], found.learned[row, label]] for row, label in named]).reshape(-1, 2)
    within = (ranges[0][0] * units[0], ranges[0][1] * units[0])
    for placed in place_labels(at * units, [names[row] for row, _ in named], 1 / WIDTH, within):
        row, label = named[placed.row]
        drawn.add_annotation(
            x=float(at[placed.row, 0]),
            y=float(at[placed.row, 1]),
            text=names[row],
            showarrow=False,
            xanchor=placed.xanchor,
            yanchor=placed.yanchor,
            xshift={"left": 6, "center": 0, "right": -6}[placed.xanchor],
            yshift=placed.shift + {"bottom": 5, "middle": 0, "top": -5}[placed.yanchor],
            font={"color": classes.colours[label] if classes.few else INK, "size": 12},
        )
    drawn.update_xaxes(
        title_text="log-likelihood ratio in the counts (nats)", range=ranges[0], zeroline=True, zerolinecolor=GREY
    )
    drawn.update_yaxes(title_text="learned evidence (nats)", range=ranges[1], zeroline=True, zerolinecolor=GREY)
    return drawn


def _widened(values: Float64[np.ndarray, " word"]) -> list[float]:
    """A range that holds the values and 0, with some room."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    room = 0.08 * max(high - low, 1e-6)
    return [low - room, high + room]
