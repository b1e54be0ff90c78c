"""Panel M: where reading ends with the words in their order, and in another."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import group_legend, legend_above, legend_height, widened
from slowfold.report.figures.request import Request
from slowfold.report.rereading import shuffled_of
from slowfold.report.scene import axis_title, evenly, frame
from slowfold.report.wording import percent, plural

__all__ = ["draw_shuffle"]

_WIDE = 0.62
_MOST_DOCUMENTS = 400
# More names than this are no legend.
_NAMED = 8


def draw_shuffle(asked: Request) -> PaperFigure:
    """End states of documents, and of the same words in random order, a thin line between the two.

    Args:
        asked: What is asked for.
    """
    run, look = asked.run, asked.look
    analysis = run.analysis
    found = shuffled_of(run)
    ordered, shuffled = found.ordered, found.shuffled
    window = widened(frame(ordered, shuffled, room=0.06), most=_WIDE if asked.width == "double" else None)
    rows = evenly(len(ordered), _MOST_DOCUMENTS)
    groups = look.of_labels(analysis["document_label"].values)[rows]
    colours = [look.colours[group] for group in groups.tolist()]
    names = sorted(set(groups.tolist()))
    marks = [
        Line2D([], [], marker="o", markersize=3.5, linestyle="none", color=look.ink, label="in order"),
        Line2D(
            [], [], marker="o", markersize=3.5, linestyle="none", markerfacecolor="none", markeredgecolor=look.ink,
            label="shuffled",
        ),
    ]  # fmt: skip
    handles = marks + (group_legend(asked, names) if len(names) <= _NAMED else [])
    made, (plane,) = asked.canvas.planes(window, above=legend_height(asked, handles))
    plane.add_collection(
        LineCollection(
            np.stack([ordered[rows], shuffled[rows]], axis=1).tolist(), colors=colours, linewidths=0.4, alpha=0.5
        )
    )
    plane.scatter(*ordered[rows].T, c=colours, s=9, linewidths=0, alpha=0.8, zorder=3)
    plane.scatter(*shuffled[rows].T, facecolors="none", edgecolors=colours, s=9, linewidths=0.6, zorder=3)
    plane.set(xlabel=axis_title(run, 1), ylabel=axis_title(run, 2))
    legend_above(made, asked, handles)
    accuracy = run.summary["accuracy"]
    made.caption = (
        "What the order of words is worth. The end state of each document (filled) and of the same words in random "
        "order (hollow), in the colour of what the document is; the shorter the lines, the less does order count. "
        f"{plural(len(ordered), 'test document')} that the run keeps, read twice, each shuffled once: "
        f"{percent(found.alike)} are decided alike, and the end state moves by {percent(found.away)} of its length "
        f"in the mean. Over all test documents accuracy is {percent(accuracy['test'])} in order and "
        f"{percent(accuracy['shuffled_words'])} shuffled. On the first two principal components of the visited states."
    )
    return made
