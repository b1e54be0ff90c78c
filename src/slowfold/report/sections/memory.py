"""How the network remembers, how long, how much of it is linear, and how it learned."""

from __future__ import annotations

from typing import Any

from slowfold.report import panels
from slowfold.report.panels.training import steps_a_dot, watched
from slowfold.report.sections.section import Plot, Section
from slowfold.report.wording import MINUS, listed, number, percent, plural
from slowfold.study import Run

__all__ = ["eigenvalues", "linear_account", "responses", "time_constants", "training"]


def eigenvalues(run: Run) -> Section:
    """The eigenvalues at the fixed points."""
    return Section(
        "eigenvalues",
        "How it remembers: eigenvalues",
        "Inside the circle a displacement fades, outside (triangles) it grows; an eigenvalue near 1 is an "
        "integrator. As many as stand apart near 1, so many quantities are remembered.",
        "All eigenvalues of dF/dh at the distinct fixed points at the mean input, those found most often first where "
        "there are too many to draw, in the colour of what is decided at the point; on the right, those near 1.",
        (
            Plot("eigenvalues", panels.eigenvalues(run), "All"),
            Plot("slow-eigenvalues", panels.slow_eigenvalues(run), "Near 1"),
        ),
    )


def time_constants(run: Run) -> Section:
    """The time constants on the slow manifold and at the fixed points."""
    plots = (
        ("manifold", Plot("manifold-time-constants", panels.manifold_time_constants(run), "On the slow manifold")),
        ("mean", Plot("time-constants", panels.time_constants(run), "At the fixed points")),
    )
    sizes = run.analysis.sizes
    places = [
        *([plural(sizes["manifold_point"], "point") + " of the slow manifold"] if "manifold_point" in sizes else []),
        *(["each distinct fixed point"] if "mean_time_constant" in run.analysis else []),
    ]
    return Section(
        "time-constants",
        "How long it remembers",
        "Modes above the dashed line outlast a document: what moved the state along them is still there at the end. "
        "A triangle is a mode that grows.",
        f"Time constants 1/|ln|λ||, in tokens, of the modes with the greatest |λ| at {listed(places)}, at the mean "
        "input, and their median over the points; that of a mode that grows is the time in which it grows by a "
        "factor e.",
        tuple(plot for place, plot in plots if f"{place}_time_constant" in run.analysis),
    )


def responses(run: Run) -> Section | None:
    """What becomes of pushes beside what the modes foretell; None where it was not measured."""
    memory = (run.summary.get("evidence") or {}).get("memory")
    if memory is None or "held_left" not in run.analysis:
        return None
    read = memory["read"]
    held: dict[str, Any] = memory["held"]
    plots = [Plot("responses-held", panels.responses(run, "held"), "While the mean input is held")]
    if read is not None and "read_left" in run.analysis:
        plots.append(Plot("responses-read", panels.responses(run, "read"), "While texts are read on"))
    return Section(
        "responses",
        "What becomes of a push",
        "A word pushes the state; the line says how much of that push is left after so many further tokens, the dashed "
        f"line what the modes had foretold. {_told(held, 'while the input is held')}"
        + ("" if read is None else f" {_told(read, 'while texts are read on')}"),
        f"Held: {plural(held['pushes'], 'push', 'pushes')} F(h, w) {MINUS} F(h, x*) by the most telling words at "
        f"points of the {'slow manifold' if memory['at'] == 'manifold' else 'fixed points'}, and the distance of the "
        "state pushed from the same state not pushed, over the length of the push."
        + (
            ""
            if read is None
            else f" Read: {plural(read['pushes'], 'push', 'pushes')} by words of test documents, with the words that "
            "follow them there."
        )
        + " Foretold: the push along the modes at the (nearest) point, each fading or growing as its eigenvalue says. "
        "Medians, and the band that holds half of the pushes; the error named is the distance of the two states over "
        "what is left.",
        tuple(plots),
    )


def linear_account(run: Run) -> Section | None:
    """How much of the logits the evidence of words adds up to; None where it was not measured."""
    evidence = run.summary.get("evidence")
    if evidence is None or evidence["linear"] is None or "remainder_share" not in run.analysis:
        return None
    linear, shadow = evidence["linear"], evidence["shadow"]
    beside = ""
    if shadow is not None:
        beside = (
            " A network of straight lines, linearised at the nearest of "
            f"{plural(shadow['points'], 'point')}, gets {percent(shadow['accuracy'])} of the same documents right, the "
            f"network itself {percent(shadow['network_accuracy'])}; one step of it errs by "
            f"{percent(shadow['one_step']['median'], 0)} of the step in the median."
        )
    return Section(
        "linear",
        "How much of it adds up",
        f"{linear['sentence']} Both decide alike on {percent(linear['agreement'])} of the documents.{beside}",
        f"Of {plural(linear['documents'], 'test document')}: what the end holds of each word to first order, added up "
        "over the words, beside the logits; the remainder is what is left, over the range of the logits of all test "
        f"documents ({percent(linear['remainder']['ninetieth'], 0)} at the ninetieth percentile). On the right, the "
        "final states of all test documents are flattened onto their leading components before they are read.",
        (
            Plot("remainders", panels.remainders(run), "What the linear account leaves"),
            Plot("projected", panels.projected_accuracy(run), "Accuracy on so many components"),
        ),
    )


def training(run: Run) -> Section:
    """Loss and accuracy by step."""
    steps, width = len(run.metrics), steps_a_dot(run)
    mean = f", means of {width} neighbouring steps" if width > 1 else ""
    aside = any(row.validation_loss is not None for row in run.metrics)
    return Section(
        "training",
        "How it learned",
        "A curve that has come to rest says that training was long enough.",
        f"{plural(steps, 'step')} of Adam; cross entropy after the last word, without the penalty{mean}."
        + (" Documents kept aside from training are read as a whole." if aside else " No documents were kept aside.")
        + (" Test documents are read beside it, and decide nothing." if watched(run) else ""),
        (
            Plot("training-loss", panels.training_loss(run), "Loss"),
            Plot("training-accuracy", panels.training_accuracy(run), "Accuracy"),
        ),
    )


def _told(course: dict[str, Any], when: str) -> str:
    """The last time at which half of the errors are below a half, as far as the modes can be trusted."""
    errors = course["error"]["median"]
    good = [time for time, error in zip(course["times"], errors, strict=True) if error is not None and error <= 0.5]
    if not good:
        return f"They do not foretell what happens {when}."
    at = course["times"].index(good[-1])
    return (
        f"They foretell it for {plural(good[-1], 'token')} {when}, within {percent(errors[at], 0)} in the median, when "
        f"{percent(course['left'][at], 0)} of a push is left ({number(course['times'][-1])} were looked at)."
    )
