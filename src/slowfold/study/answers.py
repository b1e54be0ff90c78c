"""What a run answers, a figure a row: for a terminal, and for a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from slowfold.errors import RunError
from slowfold.notebook import html_table
from slowfold.study.learned import has_learned

if TYPE_CHECKING:
    from slowfold.study.runs import Run

__all__ = ["answer_rows", "in_a_line", "run_html"]

# A row of shares tells so many, one of time constants the slowest.
_SHARES, _TIMES = 5, 4
# A share below this is not worth a number.
_WORTH = 0.02


def answer_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """What was measured and what came out; of a network that has not learned only what it gets right.

    Args:
        summary: summary.json of a run.
    """
    rows = [*_accuracy(summary)]
    if has_learned(summary):
        rows += [*_dimensions(summary), *_points(summary), *_memory(summary), *_shape(summary)]
    return rows


def in_a_line(run: Run) -> str | None:
    """A run in a few words, or None where its summary cannot be read."""
    try:
        summary = run.summary
        task, network, visited = summary["task"], summary["network"], summary["dimension"]["visited"]
        classes = f"{len(task['classes'])} {'labels' if task['kind'] == 'multilabel' else 'classes'}"
        return (
            f"{task['name']}, {classes}, {network['cell']} of {network['hidden']} units; "
            f"accuracy {summary['accuracy']['test']:.3f}, {visited['participation_ratio']:.2f} dimensions"
        )
    except (RunError, KeyError, TypeError):
        # Whoever looks at a damaged run must at least see which it is.
        return None


def run_html(run: Run) -> str:
    """The figures of a run as a table for a notebook."""
    told = in_a_line(run)
    if told is None:
        return html_table(f"Run {run.folder}", ("", ""), [("summary.json", "cannot be read")])
    summary = run.summary
    rows = answer_rows(summary)
    if not has_learned(summary):
        rows.append(("not explained", "it has not learned: to say of each document what most are would do as well"))
    rows.append(("report", str(run.report) if run.report.exists() else "not written yet"))
    network = summary["network"]
    return html_table(f"Run {run.folder}: {summary['task']['name']}, {network['cell']}", ("what", "found"), rows)


def _accuracy(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    accuracy = summary["accuracy"]
    yield "test accuracy", f"{accuracy['test']:.3f} ({accuracy['shuffled_words']:.3f} with words shuffled)"
    if summary["task"]["kind"] == "multilabel":
        yield "every label right", f"{accuracy['exact']:.3f} of test documents"
        yield "macro-F1", f"{accuracy['macro_f1']:.3f} ({accuracy['bag_of_words_macro_f1']:.3f} by a bag of words)"
    yield (
        "baselines",
        f"{accuracy['majority']:.3f} by the commonest answer, {accuracy['bag_of_words']:.3f} by a bag of words",
    )


def _dimensions(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    dimension = summary["dimension"]
    intervals = (summary.get("shape") or {}).get("intervals") or {}
    for name, measured, interval in (
        ("words alone", dimension["predicted"]["documents"], None),
        ("visited states", dimension["visited"], intervals.get("visited")),
        ("final states", dimension["final"], intervals.get("final")),
    ):
        if measured is None:
            continue
        sure = "" if interval is None else " ({:.2f} to {:.2f})".format(*interval["participation_ratio"])
        yield name, f"{measured['participation_ratio']:.2f} dimensions{sure}; shares {_shares(measured['shares'])}"


def _points(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for search in summary["fixed_points"]:
        audit = search["audit"]
        told = f"index sum {audit['sum']:+d}" if audit["applicable"] else "no index audit"
        if search.get("come_to_rest") is not None:
            told += f", {search['come_to_rest']:.0%} come to rest"
        ends = ("ghost", "degenerate", "out_of_bounds", "unconverged")
        loose = [f"{search[end]} {end.replace('_', ' ')}" for end in ends if search[end]]
        yield (
            f"fixed points, {search['input']} input",
            f"{search['distinct']} ({search['stable']} stable), {told}"
            + (f"; of {search['starts']} starts {', '.join(loose)}" if loose else ""),
        )


def _memory(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    modes = summary.get("modes")
    if modes is None:
        return
    times = ", ".join("∞" if time is None else f"{time:.3g}" for time in modes["time_constants"][:_TIMES])
    length = summary["task"]["mean_length"]
    yield "slowest modes", f"{times} tokens; {modes['at_or_above_length']} last a document of {length:.0f} words"


def _shape(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    figures: dict[str, Any] = (summary.get("shape") or {}).get("figures") or {}
    best = figures.get("best")
    fit = None if best is None else figures["fits"][best]
    if fit is not None and fit["score"] is not None:
        yield "figure of the classes", f"{best} (score {fit['score']:.2f}; 1 is exact, 0 as by chance)"


def _shares(shares: Sequence[float]) -> str:
    worth = [share for share in shares[:_SHARES] if share >= _WORTH] or list(shares[:1])
    return " ".join(f"{share:.2f}" for share in worth)
