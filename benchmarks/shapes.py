"""The figures that classes make of states: three seeds of three classes, of two labels and of five ordered classes.

python benchmarks/shapes.py

Deflections are F(h, w) - h, a mean over visited states; in their plane they are projected on as many leading principal
components of the visited states as the figure has dimensions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch
from tables import conditions, print_table
from torch import Tensor

from networks import SHAPES, opened
from slowfold import Classifier
from slowfold.geometry import balanced_weights, measure_deflections, measure_readouts, principal_components
from slowfold.geometry.shapes import Figures, class_corners, follow_arc, score_figures, shadow_on
from slowfold.study.stages.states import sample_documents
from slowfold.study.tasks import Task

# So many documents are read state by state, words are read from so many states of theirs, and corners are the means of
# the final states of so many.
DOCUMENTS, STATES, FINAL = 200, 64, 600
NEUTRAL = "the"

Value = str | float | list[float]
"""What stands in a table: a name, a number, or a number for each pair."""


@dataclass(frozen=True)
class Shape:
    """What a network's classes make.

    Attributes:
        name: The network.
        task: Its documents.
        network: The network itself.
        states: The visited states of some test documents, [state, unit].
        weights: What each of them counts, so that documents count alike, [state].
        figures: How well figures fit the mean final states of the classes, or of the combinations of labels.
        corners: Those, [corner, unit].
    """

    name: str
    task: Task
    network: Classifier
    states: Tensor
    weights: Tensor
    figures: Figures
    corners: Tensor

    @classmethod
    def of(cls, name: str) -> Shape:
        """The shape of a network by its name, trained if it is not kept yet."""
        network, task = opened(name)
        reading = network.read(sample_documents(task.test, DOCUMENTS, 0))
        document = torch.repeat_interleave(torch.arange(len(reading.offsets) - 1), reading.offsets.diff())
        ended = sample_documents(task.test, FINAL, 0)
        corners = class_corners(network.final_states(ended), torch.from_numpy(ended.labels.copy()))
        several = network.kind == "multilabel"
        return cls(
            name=name,
            task=task,
            network=network,
            states=reading.states.double(),
            weights=balanced_weights(document),
            figures=score_figures(
                corners.point, labels=corners.label if several else None, in_order=network.kind == "ordered"
            ),
            corners=corners.point,
        )

    @property
    def readout(self) -> Tensor:
        """The readout, [class, unit]."""
        return self.network.readout.weight.detach().double()

    def score(self, figure: str) -> float:
        """How well a figure fits."""
        fit = self.figures.fits[figure]
        return float("nan") if fit is None else fit.score

    def deflections(self, words: Sequence[str]) -> Tensor:
        """The mean move of each word over visited states, [word, unit]."""
        inputs = torch.stack([self.network.word_input(word).double() for word in words])
        draw = torch.Generator().manual_seed(0)
        # Each state as likely as it weighs.
        rows = torch.multinomial(self.weights, STATES, generator=draw)
        return measure_deflections(self.network.cell, self.states[rows], inputs).mean

    def in_plane(self, vectors: Tensor, dimensions: int) -> Tensor:
        """Vectors on the leading principal components of the visited states, [..., component]."""
        return principal_components(self.states, self.weights).direction(vectors, dimensions)


def main() -> None:
    """One table a figure."""
    of = {kind: [Shape.of(name) for name in SHAPES if name.startswith(kind)] for kind in KINDS}
    print_table(SIMPLEX_HEADER, _with_median([_simplex(shape) for shape in of["gru-3"]]))
    print_table(LABELS_HEADER, _with_median([_labels(shape) for shape in of["gru-labels"]]))
    print_table(ARC_HEADER, [_arc(shape) for shape in of["gru-ordered"]])
    print_table(SPAN_HEADER, [_span(shape) for shapes in of.values() for shape in shapes])
    print(conditions())


KINDS = ("gru-3", "gru-labels", "gru-ordered")
SIMPLEX_HEADER = (
    *("network", "readout angles", "deflections, 2 components", "neutral, share"),
    *("deflections, all units", "neutral, share", "simplex", "cube"),
)
LABELS_HEADER = ("network", "readout angle", "deflections, 2 components", "neutral, share", "simplex", "cube")
ARC_HEADER = ("network", "order along the arc", "rank correlation", "arc", "simplex", "turning, degrees")
SPAN_HEADER = (
    *("network", "readouts in the span of the others", "within the leading components", "common part"),
    *("length as drawn", "and now", "cosine"),
)


def _simplex(shape: Shape) -> list[Value]:
    """Three classes: what 120 degrees should be, and 0."""
    words = [word for word in shape.network.vocabulary.words if word != NEUTRAL]
    moves = shape.deflections([*words, NEUTRAL])
    row: list[Value] = [shape.name, _listed(measure_readouts(shape.readout).pair_angles)]
    for vectors in (shape.in_plane(moves, len(words) - 1), moves):
        row += [_listed(_pairs(vectors[:-1])), _neutral(vectors)]
    return [*row, shape.score("simplex"), shape.score("cube")]


def _labels(shape: Shape) -> list[Value]:
    """Two labels: what 90 and 180 degrees should be."""
    words = [word for word in shape.network.vocabulary.words if word != NEUTRAL]
    vectors = shape.in_plane(shape.deflections([*words, NEUTRAL]), len(shape.network.class_names))
    angles = _listed(_pairs(vectors[:-1]))
    readouts = _listed(measure_readouts(shape.readout).pair_angles)
    return [shape.name, readouts, angles, _neutral(vectors), shape.score("simplex"), shape.score("cube")]


def _arc(shape: Shape) -> list[object]:
    arc = follow_arc(shape.corners)
    order = " ".join(str(label) for label in arc.order)
    # Five corners are laid on no square: there is no score of a cube.
    scores = [f"{shape.score(figure):.2f}" for figure in ("arc", "simplex")]
    return [shape.name, order, f"{arc.rank_correlation:.2f}", *scores, f"{arc.total_turning:.0f}"]


def _span(shape: Shape) -> list[object]:
    """How far each readout follows from the others, and what all have in common."""
    readouts = measure_readouts(shape.readout)
    axes = principal_components(shape.states, shape.weights)
    leading = axes.axes[: axes.dimension.for_90]
    cosine, before, now = _common_part(shape)
    return [
        *(shape.name, _told(readouts.in_span), _told(shadow_on(shape.readout, leading)), f"{readouts.common:.3f}"),
        *(f"{before:.2f}", f"{now:.2f}", f"{cosine:.2f}"),
    ]


def _common_part(shape: Shape) -> tuple[float, float, float]:
    """What all readouts have in common: how near it is to what was drawn, its length then and now."""
    seed = int(shape.name.rsplit("-", 1)[1])
    drawn = Classifier.build(shape.task.train, seed=seed).readout.weight.detach().double().mean(dim=0)
    now = shape.readout.mean(dim=0)
    return (drawn @ now / (drawn.norm() * now.norm())).item(), drawn.norm().item(), now.norm().item()


def _pairs(vectors: Tensor) -> Tensor:
    return measure_readouts(vectors).pair_angles


def _neutral(vectors: Tensor) -> float:
    """The length of the last vector over the mean length of the others."""
    lengths = vectors.norm(dim=1)
    return float(lengths[-1] / lengths[:-1].mean())


def _listed(values: Tensor) -> list[float]:
    return values.tolist()


def _told(values: Tensor) -> str:
    return " ".join(f"{value:.3f}" for value in values.tolist())


def _with_median(rows: list[list[Value]]) -> list[list[str]]:
    """The rows as text, and the median over all of them: of lists over all their numbers."""
    columns = list(zip(*rows, strict=True))
    last: list[Value] = ["median", *(median(_numbers(column)) for column in columns[1:])]
    return [[_text(value, column[0]) for value, column in zip(row, columns, strict=True)] for row in (*rows, last)]


def _numbers(column: Sequence[Value]) -> list[float]:
    return [one for value in column for one in (value if isinstance(value, list) else [float(value)])]


def _text(value: Value, like: Value) -> str:
    if isinstance(value, list):
        return " ".join(f"{one:.0f}" for one in value)
    if isinstance(value, float):
        return f"{value:.1f}" if isinstance(like, list) else f"{value:.3f}"
    return str(value)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
