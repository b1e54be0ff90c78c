"""Panel A: where reading leads."""

from __future__ import annotations

import numpy as np
from matplotlib.patheffects import Stroke

from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import (
    add_cloud,
    add_names,
    add_readouts,
    add_small_spectrum,
    free_corner,
    group_legend,
    legend_above,
    legend_height,
    widened,
)
from slowfold.report.figures.request import Request
from slowfold.report.scene import Path, axis_title, coordinates, evenly, examples, frame, readout_tips
from slowfold.report.wording import listed, plural
from slowfold.study import Run

__all__ = ["draw_states"]

# A wide figure is no higher than this share of its width: what is over lies at the sides.
_WIDE = 0.62
# The small spectrum hides no more than this share of the dots; else it gets paper of its own.
_HIDDEN = 0.004
_ROOM = 0.34
# Walks of one document a group; of many groups the lines would be a tangle.
_MOST_WALKS = 10


def draw_states(asked: Request) -> PaperFigure:
    """Visited states, end states, a document a class, readouts, the initial state, and the variance they hold.

    Args:
        asked: What is asked for.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, figure 1 a.
    """
    run, look = asked.run, asked.look
    visited, final, initial = (coordinates(run, name) for name in ("state", "final", "initial"))
    tips, walks = readout_tips(run), examples(run, 2)[:_MOST_WALKS]
    window = widened(
        frame(visited, final, initial, 1.06 * tips, room=0.04), most=_WIDE if asked.width == "double" else None
    )
    point = asked.canvas.point(window)
    # Names stand at the ends of the readouts: the small spectrum keeps away from them, too.
    near = np.repeat(np.vstack([tips, 0.9 * tips, initial]), len(visited) // 40 + 1, axis=0)
    corner, hidden = free_corner(window, visited, final, near)
    if hidden > _HIDDEN:
        window = widened(window, right=_ROOM)
        corner, _ = free_corner(window, visited, final, near)
    many = len(asked.group_names) > len(tips) or len(asked.group_names) > _MOST_WALKS
    made, (plane,) = asked.canvas.planes(window, above=legend_height(asked, group_legend(asked)) if many else 0.0)
    add_cloud(plane, visited[evenly(len(visited))], look.pale, size=1.6, alpha=0.6)
    rows = evenly(len(final))
    groups = look.of_labels(run.analysis["final_label"].values)[rows]
    add_cloud(plane, final[rows], [look.colours[group] for group in groups.tolist()], size=5.0, alpha=0.45)
    for walk in walks:
        colour = look.colours[walk.group]
        rim = [Stroke(linewidth=1.7, foreground=look.paper, alpha=0.7), Stroke(linewidth=0.8)]
        plane.plot(*walk.states.T, color=colour, linewidth=0.8, path_effects=rim, zorder=3.5)
        plane.plot(
            *walk.states[-1:].T, color=colour, marker="o", markersize=4.5, markeredgecolor=look.paper, linestyle="none",
            markeredgewidth=0.6, zorder=4,
        )  # fmt: skip
    add_readouts(plane, asked, tips)
    plane.plot(
        *initial[:, None], marker="s", markersize=4.5, color=look.ink, markeredgecolor=look.paper, linestyle="none",
        markeredgewidth=0.6, zorder=5,
    )  # fmt: skip
    written = add_names(plane, asked, tips, asked.class_names, look.class_colours, window=window, point=point)
    add_small_spectrum(plane, asked, corner, run.analysis["visited_share"].values.tolist())
    plane.set(xlabel=axis_title(run, 1), ylabel=axis_title(run, 2))
    if many or written < len(tips):
        legend_above(made, asked, group_legend(asked))
    made.caption = _caption(run, walks, written < len(tips))
    return made


def _caption(run: Run, walks: list[Path], unnamed: bool) -> str:  # noqa: FBT001 - a fact that the caption tells
    sizes = run.analysis.sizes
    drawn = [_drawn(sizes["step"], "visited state"), _drawn(sizes["test"], "end state")]
    followed = "" if not walks else f" Thin lines follow {plural(len(walks), 'document')}, one of each colour."
    return (
        "Where reading leads. Grey dots are visited states, coloured dots the states after the last word, in the "
        f"colour of what the document is.{followed} Thick lines are the readouts, drawn from the mean of the visited "
        "states and made longer by one factor; the square is the initial state. "
        "The first two principal components of the states after each word of "
        f"{plural(sizes['document'], 'test document')}, to one scale; drawn are {listed(drawn)}. Small: the share of "
        "the variance that the first components hold together."
        + (" Names that would hide others are left to the legend." if unnamed else "")
    )


def _drawn(count: int, name: str) -> str:
    shown = len(evenly(count))
    return plural(count, name) if shown == count else f"{shown:,} of {plural(count, name)}"
