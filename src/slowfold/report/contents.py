"""The sections of a report in their order."""

from __future__ import annotations

from slowfold.report.sections import Plot, Section, memory, reading, shape, surface
from slowfold.study import Run

__all__ = ["Plot", "Section", "sections"]


def sections(run: Run) -> list[Section]:
    """All panels that the run has something to show in.

    Args:
        run: A finished run.
    """
    several = len(run.summary["task"]["classes"]) > 1
    found = [
        surface.states(run),
        surface.space(run),
        shape.dimensions(run),
        surface.fixed_points(run),
        surface.slowness(run) if "mean_input" in run.analysis else None,
        shape.evidence_map(run),
        shape.figure_of_classes(run),
        shape.readouts(run) if several else None,
        reading.words(run),
        reading.flow(run),
        reading.worth(run),
        reading.modifiers(run),
        reading.shuffle(run),
        memory.linear_account(run),
        memory.eigenvalues(run) if "mean_eigenvalue" in run.analysis else None,
        memory.time_constants(run) if run.summary["modes"] is not None else None,
        memory.responses(run),
        shape.counts(run),
        memory.training(run) if run.metrics else None,
    ]
    return [section for section in found if section is not None]
