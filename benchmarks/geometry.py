"""What the geometry of a natural run costs, part by part: 256 units, 5,000 test documents, 200 of them state by state.

python benchmarks/geometry.py [NETWORK]     gru-ag_news unless given

CPU seconds, of all threads together: what else the machine does counts little.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TypeVar, cast

import torch
from tables import conditions, print_table

from networks import opened
from slowfold import choose_starts, find_fixed_points, linearize, predict_dimension, principal_components
from slowfold.geometry import balanced_weights
from slowfold.study.stages.accuracy import measure_accuracy
from slowfold.study.stages.clock import Clock
from slowfold.study.stages.context import measure_context
from slowfold.study.stages.evidence import measure_evidence
from slowfold.study.stages.searching import Search
from slowfold.study.stages.shapes import measure_shapes
from slowfold.study.stages.states import document_of_states, draw_rows, sample_documents
from slowfold.study.stages.surface import measure_manifold
from slowfold.study.stages.words import measure_words
from slowfold.text.counting import count_words

TESTED, SAMPLED, STARTS, DEFLECTED = 5_000, 200, 16, 64
# The functions of the shape stage that measure dimensions; all else of it is shape.
DIMENSIONS = ("estimate_dimensions", "resample", "compare_spaces", "principal_components")
# What the requirement of at most 60 seconds is about.
REQUIRED = ("dimensions", "shapes", "evidence", "context")

Found = TypeVar("Found")


class Costs:
    """CPU seconds by part."""

    def __init__(self) -> None:
        self.seconds = dict[str, float]()

    def of(self, part: str, work: Callable[[], Found]) -> Found:
        """Does the work and keeps what it took."""
        begin = time.process_time()
        found = work()
        self.seconds[part] = time.process_time() - begin
        print(f"{part}: {self.seconds[part]:.1f} s", file=sys.stderr, flush=True)
        return found

    def of_shapes(self, work: Callable[[], Found]) -> Found:
        """The same of the stage of shapes, whose dimensions are told apart."""
        profile = cProfile.Profile(time.process_time)
        found = self.of("shapes", lambda: profile.runcall(work))
        stats = pstats.Stats(profile).stats  # pyright: ignore[reportAttributeAccessIssue]
        # Each of them as the stage calls it: what they call of each other is within their own time.
        inside = 0.0
        for (_, _, name), (_, _, _, _, callers) in stats.items():
            if name in DIMENSIONS:
                inside += sum(row[3] for (file, _, _), row in callers.items() if file.endswith("stages/shapes.py"))
        self.seconds = {**self.seconds, "dimensions": inside, "shapes": self.seconds["shapes"] - inside}
        return found


def main() -> None:
    """One network, all parts."""
    name = sys.argv[1] if len(sys.argv) > 1 else "gru-ag_news"
    network, task = opened(name)
    train, test = task.train, task.test
    if len(test) > TESTED:
        test = test.take(TESTED, seed=0)
    costs = Costs()
    sample = sample_documents(test, SAMPLED, 0)
    reading, final = costs.of("reading", lambda: (network.read(sample), network.final_states(test)))
    axes = principal_components(network.read_out(reading.states), balanced_weights(document_of_states(reading)))
    final_axes = principal_components(network.read_out(final))
    mean_input = network.mean_input(train)
    mean = network.hold(input=mean_input, name="mean")
    generator = torch.Generator().manual_seed(0)
    compared = reading.states[draw_rows(len(reading.states), DEFLECTED, generator)]
    points = costs.of(
        "(fixed points)", lambda: find_fixed_points(mean, choose_starts(mean, reading.states, apart=STARTS))
    )
    modes = linearize(mean, points.distinct.point) if len(points.distinct) else None
    manifold = costs.of(
        "(slow manifold)",
        lambda: measure_manifold(network, mean, reading.states, generator=generator, clock=Clock()),
    )
    costs.of_shapes(
        lambda: measure_shapes(
            network,
            sample=sample,
            reading=reading,
            visited_axes=axes,
            test=test,
            final=final,
            # A census finds the same points and says more of them; of that, nothing is asked here.
            search=cast("Search", SimpleNamespace(points=points)),
            manifold=manifold,
            seed=0,
        )
    )
    costs.of(
        "evidence",
        lambda: measure_evidence(
            network,
            mean,
            mean_input,
            counts=count_words(train),
            sample=sample,
            test=test,
            final=final,
            final_axes=final_axes,
            points=points,
            point_modes=modes,
            manifold=manifold,
            seed=0,
        ),
    )
    costs.of("context", lambda: measure_context(network, train, reading, seed=0))
    costs.of("accuracy", lambda: measure_accuracy(network, train, test, final=final, axes=final_axes, seed=0))
    costs.of("words", lambda: measure_words(network, train, compared))
    costs.of("prediction", lambda: predict_dimension(train, seed=0))
    rows = [[part, f"{seconds:.1f}"] for part, seconds in costs.seconds.items()]
    total = sum(costs.seconds[part] for part in REQUIRED)
    print_table([f"part, {name}", "CPU seconds"], [*rows, [f"{', '.join(REQUIRED)} together", f"{total:.1f}"]])
    print(conditions())


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
