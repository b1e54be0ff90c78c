"""Panel F: how long each mode remembers."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes

from slowfold.report.figures.canvas import PaperFigure, powers_of_ten, whole_numbers
from slowfold.report.figures.marks import halo
from slowfold.report.figures.request import Request, refused
from slowfold.report.wording import listed, number, plural

__all__ = ["draw_time_constants"]

_MODES = 10
# The ends of a bar, and of an axis of times.
_LOW, _HIGH = 0.1, 0.9
_LONGEST = 1e6


def draw_time_constants(asked: Request) -> PaperFigure:
    """The median time constant of each mode with its 10 to 90 % bar, beside the mean length of a document.

    Args:
        asked: What is asked for.

    Raises:
        RunError: The map was linearised nowhere.
    """
    analysis, look = asked.run.analysis, asked.look
    places = {
        "slow manifold": ("manifold_time_constant", look.ink, "o", -0.13),
        "fixed points": (f"{asked.held}_time_constant", look.grey, "D", 0.13),
    }
    # The manifold is that at the mean input.
    shown = {
        name: place
        for name, place in places.items()
        if place[0] in analysis and (name != "slow manifold" or asked.held == "mean")
    }
    if not shown:
        raise refused(asked, "the map was linearised nowhere")
    made, (axes,) = asked.canvas.axes(0.66 if asked.width == "single" else 0.4)
    ends: list[float] = []
    for name, (variable, colour, mark, aside) in shown.items():
        times = np.minimum(analysis[variable].values[:, :_MODES], _LONGEST)
        ends += _add_bars(axes, times, colour, mark, aside if len(shown) > 1 else 0.0, f"{name} ({len(times)})")
    length = float(analysis.attrs["mean_length"])
    axes.axhline(length, color=look.grey, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
    axes.annotate(
        f"mean document, {number(length)} words",
        (1, length),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=6,
        color=look.grey,
        path_effects=halo(asked),
    )
    powers_of_ten(axes, "y")
    axes.set_ylim(0.7 * min(*ends, length), 1.6 * max(*ends, length))
    modes = min(_MODES, max(analysis[place[0]].shape[1] for place in shown.values()))
    axes.set_xlim(0.4, modes + 0.6)
    whole_numbers(axes, "x", list(range(1, modes + 1)))
    axes.set(xlabel="mode, greatest eigenvalue first", ylabel="time constant (tokens)")
    axes.legend(loc="upper right", bbox_to_anchor=(1, 1))
    made.caption = _caption(asked, tuple(shown), length)
    return made


def _add_bars(
    axes: Axes, times: Float64[np.ndarray, "point mode"], colour: str, mark: str, aside: float, label: str
) -> list[float]:
    """Draws medians with bars; tells the least and the greatest end of them."""
    middle = np.median(times, axis=0)
    low, high = np.quantile(times, [_LOW, _HIGH], axis=0)
    axes.errorbar(
        np.arange(1, len(middle) + 1) + aside,
        middle,
        yerr=np.maximum(np.stack([middle - low, high - middle]), 0),
        fmt=mark,
        color=colour,
        markersize=3.2,
        elinewidth=0.9,
        capsize=1.6,
        capthick=0.7,
        label=label,
        zorder=3,
    )
    return [float(low.min()), float(high.max())]


def _caption(asked: Request, places: tuple[str, ...], length: float) -> str:
    modes = asked.run.summary["modes"]
    counted = ""
    if modes is not None and asked.held == "mean":
        counted = (
            f" In the median over the points of the {'slow manifold' if modes['at'] == 'manifold' else modes['at']}, "
            f"{plural(modes['at_or_above_length'], 'mode')} last at least as long as a document, and "
            f"{modes['before_gap']} come before the widest gap."
        )
    return (
        "How long it remembers. Modes above the dashed line outlast a document: what moved the state along them is "
        f"still there at its end.{counted} Time constants 1/|ln|λ||, in tokens, of the modes with the greatest |λ| at "
        f"points of {listed([f'the {place}' for place in places])}, while the {asked.held} input is held: medians, and "
        "bars from the 10th to the 90th percentile. That of a mode that grows is the time in which it grows by a "
        f"factor e. The mean document has {number(length)} words."
    )
