"""What claims need to know of a run that its summary does not say; kept beside the summary, as claims.json."""

from __future__ import annotations

import copy
import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from slowfold.errors import SlowfoldError
from slowfold.geometry import measure_deflections, simplex_angle
from slowfold.storage import read_json, write_json
from slowfold.study.growth import Stage, read_growth
from slowfold.study.runs import Run

__all__ = ["BEYOND", "is_all_beyond", "keep_beyond", "plateau_of", "read_beyond"]

BEYOND = "claims.json"
"""The name of the file in the folder of a run."""

# The plateau of the loss is over when the mean over so many steps has fallen by a tenth.
_SMOOTHED, _FALLEN = 10, 0.9
# A dimension or an angle has settled where it stays so near to what it is in the end.
_NEAR, _NEAR_DEGREES = 0.2, 2.0
# Words of the paper's figure of five stars: one in the middle, and the two ends.
_MIDDLE, _ENDS = "okay", ("excellent", "horrible")
# The plane of that figure.
_PLANE = 2


def keep_beyond(run: Run) -> None:
    """Measures what claims need beside the summary, and writes it into the folder of the run.

    Args:
        run: A finished run, with its network and its arrays.
    """
    write_json(run.folder / BEYOND, {name: measure(run) for name, measure in _MEASURES.items()})


def is_all_beyond(path: Path) -> bool:
    """Whether a file holds all that claims need: one from an earlier version may lack what was added since."""
    return _MEASURES.keys() <= read_beyond(path.parent).keys()


def read_beyond(folder: Path) -> dict[str, Any]:
    """What was kept; nothing where it was not, which leaves what needs it undecided."""
    try:
        found = read_json(folder / BEYOND)
    except SlowfoldError:
        return {}
    return found if isinstance(found, dict) else {}


def plateau_of(losses: Sequence[float]) -> int | None:
    """The step at which the loss leaves its plateau: the mean of ten steps is a tenth below the loss of the first.

    Args:
        losses: The loss of each step.

    Returns:
        The step, the first being 1; None where the loss never falls so far.

    Example:
        >>> plateau_of([1.0] * 50 + [0.5] * 10)
        52
    """
    for step in range(_SMOOTHED, len(losses) + 1):
        if statistics.fmean(losses[step - _SMOOTHED : step]) <= _FALLEN * losses[0]:
            return step
    return None


def _gates(run: Run) -> dict[str, float] | None:
    """How far the spectrum at the fixed points is from that of the cell's biases alone.

    A cell whose matrices are all zero has a Jacobian that its biases decide: of gated cells the diagonal of the gates.
    Both spectra are ranked by size, and the eigenvalues of one rank compared.
    """
    analysis = run.analysis
    if "mean_eigenvalue" not in analysis:
        return None
    cell = copy.deepcopy(run.network.cell).double()
    with torch.no_grad():
        for weight in cell.weights():
            weight.zero_()
        # Without matrices the Jacobian is the same at every state.
        still, none = torch.zeros(cell.size, dtype=torch.float64), torch.zeros(cell.input_size, dtype=torch.float64)
        alone = torch.linalg.eigvals(cell.recurrent_jacobian(still, cell.drive(none)))
    biases = np.sort(alone.abs().numpy())[::-1]
    trained = -np.sort(-np.abs(analysis["mean_eigenvalue"].values), axis=1)
    return {"distance": float(np.abs(trained - biases).max()), "greatest": float(trained.max())}


def _training(run: Run) -> dict[str, float | None] | None:
    """What the network was like when its loss left the plateau, and when it had become what it is."""
    stages, metrics = read_growth(run.folder), run.metrics
    if not stages or not metrics:
        return None
    plateau = plateau_of([measured.loss for measured in metrics])
    end = stages[-1]
    before = [stage for stage in stages if plateau is not None and stage.step <= plateau]
    on_plateau = before[-1] if before else None
    angle, angle_then = _mean_angle(end), None if on_plateau is None else _mean_angle(on_plateau)
    return {
        "plateau": plateau,
        "looked": None if on_plateau is None else on_plateau.step,
        "angle": angle,
        "angle_on_plateau": angle_then,
        "angle_gained": None if angle is None or angle_then is None else angle - angle_then,
        "dimension_on_plateau": None if on_plateau is None else on_plateau.participation_ratio,
        "greatest_dimension": max(stage.participation_ratio for stage in stages[1:] or stages),
        "dimension": end.participation_ratio,
        "dimension_settled": _settled([stage.participation_ratio for stage in stages], stages, _NEAR),
        "angle_settled": None
        if angle is None
        else _settled([_mean_angle(stage) for stage in stages], stages, _NEAR_DEGREES),
    }


def _mean_angle(stage: Stage) -> float | None:
    known = [angle for angle in stage.angles if angle is not None]
    return statistics.fmean(known) if known and len(known) == len(stage.angles) else None


def _settled(values: Sequence[float | None], stages: Sequence[Stage], near: float) -> int:
    """The first step from which on a figure stays so near to what it is in the end."""
    end = values[-1]
    first = stages[-1].step
    for value, stage in zip(reversed(values), reversed(stages), strict=True):
        if value is None or end is None or abs(value - end) > near:
            break
        first = stage.step
    return first


def _deflections(run: Run) -> dict[str, float | None] | None:
    """How far the angles between the mean moves of words for different classes are from those of a simplex.

    And how far words for no class move the state, beside the others. Both in the N - 1 leading components of the
    visited states, of N classes; of vocabularies that are shown whole.
    """
    analysis, summary = run.analysis, run.summary
    dimensions = len(summary["task"]["classes"]) - 1
    if summary["network"]["embedding"] is not None or summary["task"]["kind"] != "categorical":
        return None
    moves = torch.from_numpy(analysis["word_mean_move"].values)[:, :dimensions]
    favours = analysis["word_favours"].values
    speaking = [row for row in range(len(moves)) if favours[row] >= 0]
    pairs = [pair for pair in itertools.combinations(speaking, 2) if favours[pair[0]] != favours[pair[1]]]
    if dimensions < 2 or not pairs:
        return None
    length = moves[speaking].norm(dim=1).mean().item()
    neutral = [moves[row].norm().item() for row in range(len(moves)) if favours[row] < 0]
    return {
        # The mean would not do: three directions of a plane that leave no half of it free are 120 degrees apart in it.
        "error": max(abs(_angle(moves[one], moves[other]) - simplex_angle(dimensions + 1)) for one, other in pairs),
        "neutral": max(neutral) / length if neutral and length else None,
    }


def _borders(run: Run) -> dict[str, float] | None:
    """The angles between the borders of three classes in the plane of the visited states, where they meet."""
    analysis = run.analysis
    if len(run.summary["task"]["classes"]) != 3 or run.summary["task"]["kind"] != "categorical":
        return None
    ends = torch.from_numpy(analysis["border_ends"].values) if "border_ends" in analysis else torch.zeros(0, 2, 2)
    if len(ends) != 3:
        return None
    # Three borders that meet have one end in common: the place that is nearest to an end of each.
    corners = ends.reshape(-1, 2)
    meeting = corners[(ends.unsqueeze(0) - corners[:, None, None]).norm(dim=3).amin(dim=2).sum(dim=1).argmin()]
    far = (ends - meeting).norm(dim=2)
    outward = ends[torch.arange(3), far.argmax(dim=1)] - meeting
    angles = [_angle(one, other) for one, other in itertools.combinations(outward, 2)]
    return {"least": min(angles), "greatest": max(angles)}


def _middle(run: Run) -> dict[str, float] | None:
    """The angle at which okay moves the state to the line from horrible to excellent, in the plane of visited states.

    Moves are taken from the points of the slow manifold, and their mean is what is meant.
    """
    analysis = run.analysis
    if not run.has_words or "manifold_state" not in analysis:
        return None
    reached = analysis["manifold_reached"].values.astype(bool)
    if any(word not in run.vocabulary for word in (_MIDDLE, *_ENDS)) or not reached.any():
        return None
    words = [run.vocabulary.id(word) for word in (_MIDDLE, *_ENDS)]
    network = run.network
    states = torch.from_numpy(analysis["manifold_state"].values[reached]).double()
    moves = measure_deflections(network.cell, states, network.inputs(torch.tensor(words)).detach()).mean
    axes = torch.from_numpy(analysis["axes"].values)[:_PLANE].double()
    middle, best, worst = network.read_out(moves).double() @ axes.T
    return {"angle": _angle(middle, best - worst), "length": (middle.norm() / (best - worst).norm()).item()}


def _angle(one: Tensor, other: Tensor) -> float:
    """Degrees."""
    cosine = (one @ other / (one.norm() * other.norm())).clamp(-1, 1).item()
    return math.degrees(math.acos(cosine))


_MEASURES: dict[str, Callable[[Run], dict[str, float] | dict[str, float | None] | None]] = {
    "gates": _gates,
    "training": _training,
    "deflections": _deflections,
    "borders": _borders,
    "middle": _middle,
}
