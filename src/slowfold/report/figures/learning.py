"""Panel O: how the network learned: loss, accuracy, and the shape that its states and readouts took on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from slowfold.geometry import simplex_angle
from slowfold.networks import Metrics
from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.request import Request, refused
from slowfold.report.panels.training import steps_a_dot, watched
from slowfold.report.wording import plural
from slowfold.study import Run
from slowfold.study.growth import Stage, read_growth

__all__ = ["draw_training"]

# From so many looks on a change can be seen.
_FEWEST = 3
_COMPONENTS = 5
_WATCHED = {"test": "test", "shuffled_words": "test, shuffled"}


def draw_training(asked: Request) -> PaperFigure:
    """Loss and accuracy by step; where the run looked at the network meanwhile, its dimension and its angles as well.

    Args:
        asked: What is asked for.

    Raises:
        RunError: The run has no record of its training.
    """
    run = asked.run
    if not run.metrics:
        raise refused(asked, "its training is not on record")
    stages = read_growth(run.folder)
    stages = stages if len(stages) >= _FEWEST else ()
    rows = 1 + bool(stages)
    made, axes = asked.canvas.axes(1.05 if asked.width == "single" else 0.7, columns=2, rows=rows)
    _add_curve(axes[0], asked, "loss", "validation_loss")
    _add_curve(axes[1], asked, "accuracy", "validation_accuracy")
    axes[0].set(ylabel="loss (nats)", ylim=(0, None))
    axes[1].set(ylabel="accuracy", ylim=(None, 1.0))
    handles, names = axes[1].get_legend_handles_labels()
    made.legend(handles, names, loc="outside upper center", ncols=4)
    if stages:
        _add_stages(axes[2:], asked, stages)
    for one in axes:
        one.set_xlabel("step")
        one.set_xlim(0, None)
    for one in axes[2:]:
        # Looks are a fifth more steps apart from one to the next, for most happens early.
        one.set_xscale("symlog", linthresh=1)
        one.xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}")
    made.caption = _caption(run, len(stages))
    return made


def _caption(run: Run, stages: int) -> str:
    width = steps_a_dot(run)
    text = (
        "How it learned. A curve that has come to rest says that training was long enough. Loss and accuracy of the "
        f"batches over {plural(len(run.metrics), 'step')}, without the penalty"
    )
    if width > 1:
        text += f", means of {width} neighbouring steps"
    if any(row.validation_loss is not None for row in run.metrics):
        text += "; of the documents kept aside, read as a whole"
    if watched(run):
        text += "; and of the documents watched"
    if not stages:
        return text + "."
    return (
        f"{text}. Below, at {plural(stages, 'look')} on the way: the share of the variance of the visited states that "
        "the first components hold together, and the angles of the readouts with their mean; dashed, the angle of a "
        "regular simplex, or of independent labels. The documents are some of those to test on, the same at each look."
    )


def _add_curve(axes: Axes, asked: Request, batch: str, aside: str) -> None:
    run, look = asked.run, asked.look
    rows = [row for row in run.metrics if getattr(row, batch) is not None]
    width = steps_a_dot(run)
    parts = [rows[first : first + width] for first in range(0, len(rows), width)]
    axes.plot(
        [_mean(part, "step") for part in parts], [_mean(part, batch) for part in parts], color=look.grey, linewidth=0.7,
        label="batches",
    )  # fmt: skip
    kept = [row for row in run.metrics if getattr(row, aside) is not None]
    if kept:
        axes.plot(
            [row.step for row in kept], [getattr(row, aside) for row in kept], color=look.ink, marker="o",
            markersize=2.2, linewidth=0.9, label="kept aside",
        )  # fmt: skip
    if batch != "accuracy":
        return
    for name, colour in zip(watched(run), look.palette(8), strict=False):
        seen = [row for row in run.metrics if name in row.watched]
        axes.plot(
            [row.step for row in seen], [row.watched[name] for row in seen], color=colour, marker="s", markersize=2.2,
            linewidth=0.9, label=_WATCHED.get(name, asked.canvas.text(name)),
        )  # fmt: skip


def _mean(rows: Sequence[Metrics], name: str) -> float:
    return float(np.mean([getattr(row, name) for row in rows]))


def _add_stages(axes: Sequence[Axes], asked: Request, stages: Sequence[Stage]) -> None:
    look = asked.look
    steps = [stage.step for stage in stages]
    held = np.cumsum(np.array([stage.shares for stage in stages]), axis=1)[:, :_COMPONENTS].T
    for component, (shares, colour) in enumerate(zip(held, look.scale(len(held)), strict=True)):
        axes[0].plot(
            steps, shares, color=colour, marker="o", markersize=2, linewidth=0.9,
            label="PC 1" if not component else f"PC 1 to {component + 1}",
        )  # fmt: skip
    axes[0].set(ylabel="cumulative variance", ylim=(0, 1.04))
    axes[0].legend(loc="lower right", fontsize=5)
    angles = np.array([stage.angles for stage in stages], dtype=np.float64)
    axes[1].plot(steps, angles, color=look.pale, linewidth=0.6)
    axes[1].plot(steps, angles.mean(axis=1), color=look.ink, marker="o", markersize=2, linewidth=1)
    expected = 90.0 if look.several else simplex_angle(len(look.class_names))
    axes[1].axhline(expected, color=look.grey, linewidth=0.8, linestyle=(0, (4, 2)))
    axes[1].set(ylabel="angle of readouts (degrees)")
