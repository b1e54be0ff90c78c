"""What several figures draw alike: coordinates, a sample of them, example documents, distinct points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slowfold.report.groups import groups_of
from slowfold.report.wording import number, percent, plain, plural
from slowfold.study import VERDICTS, Run

__all__ = [
    "MOST_DRAWN",
    "SYMBOLS",
    "Distinct",
    "Path",
    "aspect",
    "axis_title",
    "coordinates",
    "distinct",
    "evenly",
    "examples",
    "frame",
    "readout_tips",
    "spelled",
    "spread_out",
    "state_notes",
    "typical_documents",
]

MOST_DRAWN = 2_000
"""The most points of one cloud that are drawn; what is measured is measured on all."""

SYMBOLS = {"ghost": "circle-open", "degenerate": "x", "saddle": "diamond", "stable": "circle"}
"""The sign of each sort of distinct point."""

_GHOST, _DEGENERATE = VERDICTS.index("ghost"), VERDICTS.index("degenerate")


@dataclass(frozen=True)
class Path:
    """The states that one document walks through.

    Attributes:
        group: Its class, or which labels it has: a row of :class:`slowfold.report.groups.Groups`.
        words: The words, safe for plotly, [step].
        states: The initial state and the state after each word, [step + 1, component].
    """

    group: int
    words: tuple[str, ...]
    states: NDArray[np.float64]


@dataclass(frozen=True)
class Distinct:
    """The distinct points of one search.

    Attributes:
        sort: ``"stable"``, ``"saddle"``, ``"degenerate"`` or ``"ghost"``, [point].
        unstable: The number of growing modes, [point].
        predicted: What is decided there: a row of :class:`slowfold.report.groups.Groups`, [point].
        at: Coordinates, [point, component].
        note: What a point says under the pointer, safe for plotly, [point].
    """

    sort: tuple[str, ...]
    unstable: NDArray[np.int64]
    predicted: NDArray[np.int64]
    at: NDArray[np.float64]
    note: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sort)


def coordinates(run: Run, name: str, count: int = 2) -> NDArray[np.float64]:
    """The first ``count`` coordinates of a variable of analysis.nc, 0 where there are fewer components."""
    values = np.asarray(run.analysis[name].values, dtype=np.float64)[..., :count]
    lacking = count - values.shape[-1]
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, lacking)])


def evenly(count: int, most: int = MOST_DRAWN) -> NDArray[np.int64]:
    """At most ``most`` of ``count`` rows, spread evenly.

    Example:
        >>> evenly(10, most=4).tolist()
        [0, 3, 6, 9]
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)) if count else _none()


def spread_out(at: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Rows of states far apart, in which an arrow a piece of the plane can be read: one a cell of a grid."""
    low, high = at.min(axis=0), at.max(axis=0)
    side = max(float((high - low).max()), 1e-9) / np.sqrt(most)
    cells = np.floor((at - low) / side).astype(np.int64)
    middle = np.linalg.norm((at - low) / side - cells - 0.5, axis=1)
    order = np.lexsort((middle, cells[:, 1], cells[:, 0]))
    _, first = np.unique(cells[order], axis=0, return_index=True)
    return np.sort(order[first])[:most].astype(np.int64)


def axis_title(run: Run, component: int) -> str:
    """The name of a principal component, with its share of the variance of the visited states."""
    variance = run.analysis["visited_share"].values
    share = f" ({percent(float(variance[component - 1]))})" if component <= len(variance) else ""
    return f"PC {component}{share}"


def frame(*clouds: NDArray[np.float64], room: float = 0.08) -> tuple[list[float], list[float]]:
    """The ranges of two axes that hold all clouds [point, 2] with some room; not empty, even for one point."""
    points = np.concatenate([cloud.reshape(-1, 2) for cloud in clouds])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = room * max(float((high - low).max()), 1e-6)
    # A cloud on a line still gets a picture that is a third as high as it is wide.
    least = 0.35 * float((high - low).max())
    more = np.maximum(least - (high - low), 0) / 2 + margin
    ranges = [[float(low[i] - more[i]), float(high[i] + more[i])] for i in (0, 1)]
    return ranges[0], ranges[1]


def aspect(ranges: tuple[list[float], list[float]]) -> float:
    """Height over width of a figure with equal axes of these ranges, its legend and titles included."""
    width, height = (high - low for low, high in ranges)
    return float(np.clip(height / width + 0.06, 0.42, 0.92))


def readout_tips(run: Run, count: int = 2) -> NDArray[np.float64]:
    """Where the lines of the readouts end, [class, component]: all made longer by one factor, to reach past the states.

    The lines begin at 0, the mean of the visited states.
    """
    directions = coordinates(run, "readout_direction", count)
    longest = float(np.linalg.norm(directions, axis=1).max())
    reach = float(np.quantile(np.linalg.norm(coordinates(run, "final", count), axis=1), 0.99))
    return directions * (1.12 * reach / longest) if longest > 0 else directions


def spelled(run: Run) -> tuple[str, ...] | None:
    """The words of the vocabulary, safe for plotly; None where the run holds no words."""
    if not run.has_words:
        return None
    return tuple(plain(word) for word in run.vocabulary.words)


def typical_documents(run: Run) -> list[int]:
    """A typical document of each group, as its row among those that the run keeps.

    It is read rightly, of middling length, and ends nearest to the middle of where its group ends. A group of which no
    document is read rightly has none.

    Args:
        run: The run.
    """
    analysis, groups = run.analysis, groups_of(run)
    document = analysis["state_document"].values
    label, predicted = (analysis[f"document_{name}"].values for name in ("label", "predicted"))
    group, rightly = groups.of(label), (label == predicted).reshape(len(label), -1).all(axis=1)
    lengths = np.bincount(document, minlength=len(label))
    ends = coordinates(run, "state", 3)[np.maximum(np.cumsum(lengths) - 1, 0)]
    found: list[int] = []
    for position in range(len(groups)):
        right = np.flatnonzero((group == position) & rightly & (lengths > 0))
        if not len(right):
            continue
        low, high = np.quantile(lengths[right], [0.25, 0.75])
        middling = right[(lengths[right] >= low) & (lengths[right] <= high)]
        away = np.linalg.norm(ends[middling] - np.median(ends[right], axis=0), axis=1)
        found.append(int(middling[away.argmin()]))
    return found


def examples(run: Run, count: int = 3) -> list[Path]:
    """The ways of the typical documents, one a group.

    Args:
        run: The run.
        count: How many components.
    """
    analysis = run.analysis
    document, token = analysis["state_document"].values, analysis["state_token"].values
    group = groups_of(run).of(analysis["document_label"].values)
    state, initial = coordinates(run, "state", count), coordinates(run, "initial", count)
    words = spelled(run)
    found: list[Path] = []
    for chosen in typical_documents(run):
        steps = document == chosen
        read = tuple(f"word {i}" if words is None else words[i] for i in token[steps].tolist())
        found.append(Path(int(group[chosen]), read, np.vstack([initial, state[steps]])))
    return found


def state_notes(run: Run, rows: NDArray[np.int64]) -> list[str]:
    """What visited states say under the pointer: the word just read, where it stands, and in which document.

    Args:
        run: The run.
        rows: Which of the visited states.
    """
    analysis, groups, words = run.analysis, groups_of(run), spelled(run)
    document, token = analysis["state_document"].values, analysis["state_token"].values
    lengths = np.bincount(document)
    first = np.cumsum(lengths) - lengths
    group = groups.of(analysis["document_label"].values)
    notes: list[str] = []
    for row in rows.tolist():
        of, number = int(document[row]), int(token[row])
        word = f"word {number}" if words is None else words[number]
        notes.append(
            f"after <b>{word}</b>, word {row - first[of] + 1} of {lengths[of]}<br>"
            f"document {of + 1}, {groups.shown.names[group[of]]}"
        )
    return notes


def distinct(run: Run, held: str) -> Distinct:
    """The distinct fixed points and ghosts at one held input; what is no point (unconverged) is not among them."""
    analysis = run.analysis
    verdict, member = analysis[f"{held}_verdict"].values, analysis[f"{held}_member"].values
    degenerate = set(member[(verdict == _DEGENERATE) & (member >= 0)].tolist())
    unstable = analysis[f"{held}_point_unstable"].values.astype(np.int64)
    sorts = [
        "degenerate" if row in degenerate else "saddle" if growing else "stable"
        for row, growing in enumerate(unstable.tolist())
    ]
    times = analysis[f"{held}_time_constant"].values if f"{held}_time_constant" in analysis else None
    ghosts = analysis[f"{held}_ghost_unstable"].values.astype(np.int64)
    where = [coordinates(run, f"{held}_{part}_on_components", 3) for part in ("point", "ghost")]
    notes = [
        _note(run, held, "point", row, sort, None if times is None else times[row]) for row, sort in enumerate(sorts)
    ] + [_note(run, held, "ghost", row, "ghost", None) for row in range(len(ghosts))]
    return Distinct(
        sort=(*sorts, *["ghost"] * len(ghosts)),
        unstable=np.concatenate([unstable, ghosts]),
        predicted=np.concatenate(
            [_predicted(run, held, len(sorts), ghost=False), _predicted(run, held, len(ghosts), ghost=True)]
        ),
        at=np.concatenate(where),
        note=tuple(notes),
    )


def _note(run: Run, held: str, part: str, row: int, sort: str, times: NDArray[np.float64] | None) -> str:
    analysis = run.analysis
    name = f"{held}_{part}"
    unstable = int(analysis[f"{name}_unstable"].values[row])
    lines = [
        {
            "stable": "stable fixed point",
            "saddle": f"saddle, {plural(unstable, 'unstable direction')}",
            "degenerate": "degenerate: need not be isolated",
            "ghost": "ghost: slow, but no fixed point",
        }[sort],
        f"{plural(int(analysis[f'{name}_multiplicity'].values[row]), 'start')} came to it",
        f"speed q {float(analysis[f'{name}_speed'].values[row]):.1e}",
    ]
    if sort in ("stable", "saddle"):
        lines.append(f"index {int(analysis[f'{name}_index'].values[row]):+d}")
    if times is not None:
        slow = ", ".join(
            f"{number(float(value))}{' (grows)' if mode < unstable else ''}" for mode, value in enumerate(times[:3])
        )
        lines.append(f"time constants {slow} tokens")
    return "<br>".join(lines)


def _predicted(run: Run, held: str, count: int, *, ghost: bool) -> NDArray[np.int64]:
    # The members of a point ended within a hair of it; fixed points and ghosts are numbered apart.
    verdict, member = run.analysis[f"{held}_verdict"].values, run.analysis[f"{held}_member"].values
    belongs = (member >= 0) & ((verdict == _GHOST) == ghost)
    predicted = np.zeros(count, dtype=np.int64)
    predicted[member[belongs]] = groups_of(run).of(run.analysis[f"{held}_predicted"].values)[belongs]
    return predicted


def _none() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)
