"""The figures of one run in a row, as runs are told beside each other in a terminal or a notebook."""

from __future__ import annotations

from typing import Any

from slowfold.study.records.searching import count_saddles

__all__ = ["HEAD", "overview_row"]

HEAD = ("run", "accuracy", "words", "visited", "stable", "saddles", "slowest", "figure")
"""What the columns are: the name; test accuracy; the participation ratio that words alone ask for, and that of the
visited states; fixed points at the mean input; the slowest time constant, tokens; the figure that the classes make."""


def overview_row(name: str, summary: dict[str, Any]) -> tuple[str, ...]:
    """The figures of one run.

    Args:
        name: What it is called.
        summary: Its summary.json.
    """
    dimension, modes = summary["dimension"], summary.get("modes")
    entry = next((one for one in summary["fixed_points"] if one["input"] == "mean"), None)
    figures = (summary.get("shape") or {}).get("figures") or {}
    return (
        name,
        f"{summary['accuracy']['test']:.3f}",
        _ratio(dimension["predicted"]["documents"]),
        _ratio(dimension["visited"]),
        "—" if entry is None else str(entry["stable"]),
        "—" if entry is None else str(count_saddles(entry)),
        "—" if not modes or not modes["time_constants"] else _time(modes["time_constants"][0]),
        figures.get("best") or "—",
    )


def _ratio(found: dict[str, Any] | None) -> str:
    return "—" if found is None else f"{found['participation_ratio']:.2f}"


def _time(tokens: float | None) -> str:
    return "∞" if tokens is None else f"{tokens:.3g}"
