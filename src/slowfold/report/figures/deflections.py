"""Panel B: what single words do."""

from __future__ import annotations

import numpy as np

from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import add_cloud, add_names, widened
from slowfold.report.figures.request import Request
from slowfold.report.scene import MOST_DRAWN, coordinates, evenly, frame
from slowfold.report.wording import MINUS, plural

__all__ = ["draw_words"]

_WIDE = 0.62


def draw_words(asked: Request) -> PaperFigure:
    """Mean moves of words as lines from 0, over the single moves, in the colour the word speaks for.

    Args:
        asked: What is asked for.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, figure 1 b.
    """
    run, look = asked.run, asked.look
    means, moves = coordinates(run, "word_mean_move"), coordinates(run, "word_move")
    favours = run.analysis["word_favours"].values
    colours = [look.grey if label < 0 else look.class_colours[label] for label in favours.tolist()]
    cloud = moves.reshape(-1, 2)
    # A few moves are far longer than the rest; the window holds the means, and all but the longest hundredth.
    near = np.stack([np.quantile(cloud, 0.01, axis=0), np.quantile(cloud, 0.99, axis=0)])
    window = widened(frame(means, near, np.zeros((1, 2)), room=0.12), most=_WIDE if asked.width == "double" else None)
    made, (plane,) = asked.canvas.planes(window)
    kept = evenly(moves.shape[1], max(6, MOST_DRAWN // max(1, len(means))))
    for row, colour in enumerate(colours):
        add_cloud(plane, moves[row, kept], colour, size=1.8, alpha=0.22)
    for row, colour in enumerate(colours):
        common = favours[row] < 0
        plane.annotate(
            "",
            xy=(float(means[row, 0]), float(means[row, 1])),
            xytext=(0, 0),
            arrowprops={
                "arrowstyle": "-|>,head_width=0.12,head_length=0.25",
                "color": colour,
                "linewidth": 0.7 if common else 1.2,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=3 if common else 3.5,
        )
    names = [asked.canvas.text(str(word), 18) for word in run.analysis["word"].values]
    written = add_names(plane, asked, means, names, colours, window=window, point=asked.canvas.point(window), size=6)
    plane.set(xlabel="move along PC 1", ylabel="move along PC 2")
    left = len(names) - written
    made.caption = (
        "What single words do. Each arrow is the mean move of one word, in the colour of the class whose evidence it "
        "raises most beside the others; grey words raise none by much, or are shown because they are common. Dots are "
        "single moves: where they scatter, the effect of a word depends on the state. "
        f"F(h, w) {MINUS} h from {plural(moves.shape[1], 'visited state')} for {plural(len(names), 'word')}, on the "
        "first two principal components of the visited states, to one scale."
        + (f" {plural(left, 'name')} that would hide others {'is' if left == 1 else 'are'} left out." if left else "")
    )
    return made
