"""Panel L: the readouts by number of classes: lengths, angles, how far each lies in the span of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float64

from slowfold.geometry import measure_readouts, simplex_angle
from slowfold.report.figures.canvas import PaperFigure, whole_numbers
from slowfold.report.figures.class_counts import add_series, classes_in, task_of
from slowfold.report.figures.request import Request
from slowfold.report.wording import MINUS, plural
from slowfold.study import Run

__all__ = ["draw_readouts"]


def draw_readouts(asked: Request) -> PaperFigure:
    """Norms, angles of pairs with those of a simplex, and shares in the span of the others, by number of classes.

    Args:
        asked: What is asked for.
    """
    counts = sorted({classes_in(run) for run in asked.runs})
    look = asked.look
    made, (norms, angles, spans) = asked.canvas.axes(2.0 if asked.width == "single" else 0.85, columns=3)
    of = {run: measure_readouts(torch.from_numpy(_readouts(run))) for run in asked.runs}
    shape: dict[str, Any] = {"marker": "o", "markersize": 2.4, "markeredgewidth": 0, "linewidth": 0.9, "alpha": 0.7}
    colour = look.palette(2)[1]
    for axes, values in (
        (norms, [(task_of(run), classes_in(run), norm) for run in of for norm in of[run].norms.tolist()]),
        (
            angles,
            [(task_of(run), classes_in(run), angle) for run in of for angle in _finite(of[run].pair_angles.numpy())],
        ),
        (spans, [(task_of(run), classes_in(run), share) for run in of for share in _finite(_in_span(_readouts(run)))]),
    ):
        add_series(axes, values, color=colour, **shape)
        axes.set(xlabel="classes, N", xlim=(counts[0] - 0.5, counts[-1] + 0.5))
        whole_numbers(axes, "x", counts)
    theory = list(range(max(2, counts[0]), counts[-1] + 1))
    single = [run for run in asked.runs if run.summary["task"]["kind"] != "multilabel"]
    dashed: dict[str, Any] = {"color": look.ink, "linewidth": 0.8, "linestyle": (0, (4, 2)), "zorder": 3}
    dotted: dict[str, Any] = {**dashed, "linestyle": (0, (1, 1.5))}
    if single:
        if len(theory) > 1:
            angles.plot(theory, [simplex_angle(count) for count in theory], **dashed)
        else:
            angles.axhline(simplex_angle(theory[0]), **dashed)
    if len(single) < len(asked.runs):
        angles.axhline(90, **dotted)
    # Three stand side by side in one column: what each shows is written above it, where there is room.
    norms.set(title="length", ylim=(0, 1.1 * norms.get_ylim()[1]))
    angles.set(title="angle of pairs (°)", ylim=(0, 185))
    angles.set_yticks([0, 60, 120, 180])
    spans.set(title="share in span", ylim=(0, 1.04))
    made.caption = (
        "The readouts. Of N classes that have nothing to do with each other they point to the corners of a regular "
        f"simplex (dashed: arccos({MINUS}1/(N {MINUS} 1))), and each lies in the span of the others, for all of them "
        "add up to almost nothing; readouts of independent labels stand at right angles (dotted) and lie outside it. "
        "Lengths of the rows of the readout matrix, angles of every pair, and the length of each row's projection onto "
        f"the span of the others over its own length. A dot a readout or a pair, of {plural(len(asked.runs), 'run')}; "
        "lines through medians."
    )
    return made


def _readouts(run: Run) -> Float64[np.ndarray, "class read"]:
    return run.analysis["readout"].values.astype(np.float64)


def _in_span(readouts: Float64[np.ndarray, "class read"]) -> Float64[np.ndarray, " class"]:
    """The share of each readout's length that lies in the span of the others; NaN for a readout of zero."""
    shares = np.full(len(readouts), np.nan)
    for row, readout in enumerate(readouts):
        length = float(np.linalg.norm(readout))
        if length == 0:
            continue
        others = np.delete(readouts, row, axis=0)
        weights = np.linalg.lstsq(others.T, readout, rcond=None)[0]
        shares[row] = np.linalg.norm(weights @ others) / length
    return shares


def _finite(values: np.ndarray) -> list[float]:
    return [float(value) for value in values if np.isfinite(value)]
