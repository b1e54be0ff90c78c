"""Fixed points and modes as tables for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from slowfold.notebook import html_table, shown_rows

if TYPE_CHECKING:
    from slowfold.dynamics.distinct import DistinctPoints
    from slowfold.dynamics.fixed_points import FixedPoints
    from slowfold.dynamics.modes import Modes

__all__ = ["fixed_points_html", "modes_html", "tokens"]

# The slowest modes of a point that a row tells of.
_TIMES = 4


def fixed_points_html(points: FixedPoints, told: str) -> str:
    """A row a distinct point, then a row a ghost.

    Args:
        points: What a search came to.
        told: What its starts came to, in words.
    """
    distinct, ghosts = points.distinct, points.ghosts
    found = zip(
        _sorts(distinct), distinct.index.tolist(), distinct.multiplicity.tolist(), distinct.q.tolist(), strict=True
    )
    rows = [
        (str(row), sort, f"{index:+d}", str(starts), f"{q:.1e}", _proof(distinct, row))
        for row, (sort, index, starts, q) in enumerate(found)
    ]
    slow = zip(ghosts.multiplicity.tolist(), ghosts.q.tolist(), strict=True)
    rows += [(str(row), "ghost", "", str(starts), f"{q:.1e}", "") for row, (starts, q) in enumerate(slow)]
    shown, left_out = shown_rows(len(rows))
    head = ("row", "what it is", "index", "starts", "q", "isolated")
    return html_table(f"Fixed points held at {told}", head, rows[:shown], left_out=left_out)


def modes_html(modes: Modes) -> str:
    """A row a point: how many modes grow there, and how long the slowest are remembered."""
    shown, left_out = shown_rows(len(modes))
    count = min(_TIMES, modes.eigenvalue.shape[1])
    rows = [
        (
            str(point),
            str(grow),
            *(tokens(time) for time in times[:count]),
            f"{largest:.4f}",
            f"{conditioning:.1e}",
        )
        for point, (grow, times, largest, conditioning) in enumerate(
            zip(
                modes.unstable[:shown].tolist(),
                modes.time_constant[:shown].tolist(),
                modes.eigenvalue[:shown].abs().amax(dim=1).tolist(),
                modes.conditioning[:shown].tolist(),
                strict=True,
            )
        )
    ]
    times = [f"time {rank}" for rank in range(1, count + 1)]
    return html_table(
        f"Modes at {len(modes)} point{'s' * (len(modes) != 1)} of {modes.point.shape[1]} units",
        ("point", "grow", *times, "largest |eigenvalue|", "conditioning"),
        rows,
        left_out=left_out,
        note="Times are the time constants of the modes with the largest eigenvalues, in tokens (steps, without text); "
        "modes that grow come first.",
    )


def tokens(time: float) -> str:
    """A time constant to read.

    Example:
        >>> tokens(41.237), tokens(4123.7), tokens(float("inf"))
        ('41.2', '4,124', '∞')
    """
    if time == float("inf"):
        return "∞"
    return f"{time:,.0f}" if time >= 1000 else f"{time:.3g}"


def _sorts(points: DistinctPoints) -> list[str]:
    """What each point is."""
    certain = points.certain.tolist()
    return [
        "degenerate" if not sure else f"saddle, {growing} grow{'s' * (growing == 1)}" if growing else "stable"
        for sure, growing in zip(certain, points.unstable.to(torch.int64).tolist(), strict=True)
    ]


def _proof(points: DistinctPoints, row: int) -> str:
    """How it is known that the point is an isolated root."""
    certificate = points.certificate[row]
    if not certificate.certain:
        return "not known"
    return "proven" if certificate.bounded else "by a sampled bend"
