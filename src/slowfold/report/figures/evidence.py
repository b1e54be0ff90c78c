"""Panel I: the evidence for each class over the slow manifold, and the regions in which each class has the most."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, Normalize, to_rgb

from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import Window, add_cloud
from slowfold.report.figures.request import Request, refused
from slowfold.report.rereading import plane_of
from slowfold.report.scene import coordinates, frame
from slowfold.report.wording import plural

__all__ = ["draw_logits"]

# More planes than this are no figure of one page.
_MOST_CLASSES = 15
_PLACES = 240


def draw_logits(asked: Request) -> PaperFigure:
    """Each class's logit at states of the slow manifold, and what the network decides for over the plane.

    Args:
        asked: What is asked for.

    Raises:
        RunError: The run has no slow manifold.
    """
    run, look = asked.run, asked.look
    analysis = run.analysis
    if "manifold_reached" not in analysis or not (reached := analysis["manifold_reached"].values == 1).any():
        raise refused(asked, "no slow manifold was found")
    at = coordinates(run, "manifold_on_components")[reached]
    logits = asked.logits_at(analysis["manifold_state"].values[reached].astype(np.float64))
    # Of one class a document only differences count: each logit is shown against the mean of all.
    shown = logits if look.several else logits - logits.mean(axis=1, keepdims=True)
    window = frame(at, room=0.08)
    classes = min(len(look.class_names), _MOST_CLASSES)
    columns = (2 if asked.width == "single" else 3) if classes < 9 else 4
    made, planes = asked.canvas.planes(window, classes + 1, most=columns, above=0.14)
    reach = float(np.quantile(np.abs(shown), 0.99)) or 1.0
    for label, plane in enumerate(planes[:classes]):
        scale = Normalize(-reach, reach)
        plane.scatter(*at.T, c=shown[:, label], cmap=_scale(asked, label), norm=scale, s=5, linewidths=0)
        plane.set_title(asked.class_names[label], color=look.class_colours[label])
    grey = LinearSegmentedColormap.from_list("evidence", [look.grid, look.ink])
    made.colorbar(
        ScalarMappable(Normalize(-reach, reach), grey),
        ax=planes[: classes + 1],
        location="bottom",
        aspect=50,
        shrink=0.6,
        pad=0.02,
        label="logit (nats)" if look.several else "logit less the mean of all classes (nats)",
    )
    _add_regions(planes[classes], asked, window)
    add_cloud(planes[classes], at, look.ink, size=1.2, alpha=0.5)
    planes[classes].set_title("decides for")
    asked.canvas.label_outer(planes, "PC 1", "PC 2", most=columns)
    left = len(look.class_names) - classes
    several = "each label has evidence for it" if look.several else "each class has the most evidence"
    made.caption = (
        f"The evidence for each {'label' if look.several else 'class'} over the slow manifold at the mean input, pale "
        "where there is little and in the colour of the class where there is much; last, the regions of the plane in "
        f"which {several}. The readout applied to {plural(len(at), 'state')} of the manifold in all units; the regions "
        "are those of the plane of the first two principal components of the visited states, and where the manifold "
        "leaves the plane a state (dot) may be decided otherwise."
        + (f" The first {classes} classes are shown, {left} more are not." if left else "")
    )
    return made


def _scale(asked: Request, label: int) -> LinearSegmentedColormap:
    """From almost paper to the class's colour, and on to a darker one: its lightness falls all the way."""
    colour = np.array(to_rgb(asked.look.class_colours[label]))
    paper, far = np.array(to_rgb(asked.look.paper)), np.array(to_rgb(asked.look.ink))
    stops = [0.88 * paper + 0.12 * colour, 0.4 * paper + 0.6 * colour, colour, 0.55 * colour + 0.45 * far]
    return LinearSegmentedColormap.from_list(f"class {label}", [tuple(stop.tolist()) for stop in stops])


def _add_regions(plane: Axes, asked: Request, window: Window) -> None:
    (left, right), (low, high) = window
    x, y = np.linspace(left, right, _PLACES), np.linspace(low, high, _PLACES)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    groups = asked.groups_at(plane_of(asked.run).states(places)).reshape(_PLACES, _PLACES)
    paper = np.array(to_rgb(asked.look.paper))
    pale = [tuple((0.45 * paper + 0.55 * np.array(to_rgb(colour))).tolist()) for colour in asked.look.colours]
    plane.imshow(
        groups,
        extent=(left, right, low, high),
        origin="lower",
        cmap=ListedColormap(pale),
        vmin=-0.5,
        vmax=len(pale) - 0.5,
        aspect="equal",
    )
