"""What a search costs: its time and memory against the number of starts and of units, for both solvers.

python benchmarks/cost_curves.py [--quick] [--svg FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import torch
from drawing import Curve, draw
from tables import conditions, memory_from_now, peak_memory, print_table

from networks import trained
from slowfold.cells import GRU
from slowfold.dynamics import Map
from slowfold.dynamics.search import search_from

SOLVERS = ("levenberg-marquardt", "matrix-free")
STARTS = [64, 256, 1024, 4096, 16384]
UNITS = [32, 64, 128, 256, 512, 1024, 2048]
# One point of a curve may take so many seconds, and all curves together so many.
POINT, ALL = 300.0, 900.0
QUICK_POINT, QUICK_ALL = 20.0, 90.0
# Starts of the curve over units.
FEW = 64
# The patterns that a network of random weights is given, and how strongly each drives itself.
PATTERNS, STRENGTH = 2, 5.0


@dataclass(frozen=True)
class Cost:
    """One point of a curve; of one that was not measured nothing but seconds and memory is known.

    Attributes:
        seconds: What the search took.
        memory: The most that it added to what its process held before, in megabytes.
        still: The share of the starts that came to a fixed point.
        points: How many different ones.
        steps: The mean number of steps from a start.
    """

    seconds: float
    memory: float
    still: float = math.nan
    points: int = 0
    steps: float = math.nan

    @property
    def measured(self) -> bool:
        return not math.isnan(self.steps)


def main() -> None:
    """Measures the four curves, and prints each as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="spend seconds, not minutes")
    parser.add_argument("--svg", type=Path, help="draw the curves of seconds there")
    parser.add_argument("--one", nargs=3, metavar=("SOLVER", "CURVE", "SIZE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        solver, curve, size = asked.one
        print(json.dumps(asdict(measure(solver, curve, int(size)))))
        return
    point, everything = (QUICK_POINT, QUICK_ALL) if asked.quick else (POINT, ALL)
    until = time.perf_counter() + everything
    panels = []
    for curve, sizes in (("units", UNITS), ("starts", STARTS)):
        costs = {solver: follow(solver, curve, sizes, point, until) for solver in SOLVERS}
        print_table(
            ["solver", curve, "seconds", "memory, MB", "came to rest", "points", "steps"],
            [row(solver, *cost) for solver in SOLVERS for cost in costs[solver]],
        )
        panels.append((curve, "seconds", [line(solver, costs[solver]) for solver in SOLVERS]))
    print(conditions())
    if asked.svg:
        asked.svg.parent.mkdir(parents=True, exist_ok=True)
        asked.svg.write_text(draw(panels), encoding="utf-8")


def follow(solver: str, curve: str, sizes: list[int], point: float, until: float) -> list[tuple[int, Cost]]:
    """A curve, as far as the time allows; from there on what its last two points say if they go on alike."""
    measured = list[tuple[int, Cost]]()
    for size in sizes:
        foretold = extrapolated([(at, cost.seconds) for at, cost in measured], size)
        within = min(point, until - time.perf_counter())
        cost = one(solver, curve, size, within) if foretold <= within else None
        # A point that takes too long ends the curve: costs only grow.
        if cost is None:
            break
        measured.append((size, cost))
    beyond = list[tuple[int, Cost]]()
    for size in sizes[len(measured) :]:
        seconds = extrapolated([(at, cost.seconds) for at, cost in measured], size)
        memory = extrapolated([(at, cost.memory) for at, cost in measured], size)
        beyond.append((size, Cost(seconds, memory)))
    return measured + beyond


def row(solver: str, size: int, cost: Cost) -> list[str]:
    """A point as a row of the table; what was extrapolated stands in brackets."""
    if not cost.measured:
        return [solver, f"{size:,}", f"({cost.seconds:,.0f})", f"({cost.memory:,.0f})", "", "", "extrapolated"]
    found = [f"{cost.still:.0%}", str(cost.points), f"{cost.steps:.1f}"]
    return [solver, f"{size:,}", f"{cost.seconds:.2f}", f"{cost.memory:,.0f}", *found]


def line(solver: str, costs: list[tuple[int, Cost]]) -> Curve:
    """A curve of seconds as it is drawn."""
    measured = sum(cost.measured for _, cost in costs)
    return Curve(solver, [(size, cost.seconds) for size, cost in costs if cost.seconds > 0], measured)


def extrapolated(points: list[tuple[int, float]], size: int) -> float:
    """A power law through the last two points, or the last one where it stands alone, no steeper than size cubed."""
    if not points:
        return 0.0
    slopes = [math.log(b[1] / a[1]) / math.log(b[0] / a[0]) for a, b in pairwise(points[-2:]) if a[1] > 0 < b[1]]
    return points[-1][1] * (size / points[-1][0]) ** min(max([0.0, *slopes]), 3.0)


def one(solver: str, curve: str, size: int, within: float) -> Cost | None:
    """One point, in a process of its own so that its peak of memory is its own; None where it takes too long."""
    command = [sys.executable, __file__, "--one", solver, curve, str(size)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=within + 60, check=True)
    except subprocess.TimeoutExpired:
        return None
    return Cost(**json.loads(done.stdout))


def measure(solver: str, curve: str, size: int) -> Cost:
    """One search, from here."""
    held, starts = on_three_classes(size) if curve == "starts" else with_patterns(size)
    before = memory_from_now()
    begin = time.perf_counter()
    found = search_from(held, starts, solver=solver, max_steps=200)
    seconds, memory = time.perf_counter() - begin, peak_memory() - before
    distinct = found.point[found.still].mul(1e4).round().unique(dim=0)
    still = float(found.still.double().mean())
    return Cost(seconds, memory, still, len(distinct), float(found.steps.double().mean()))


def on_three_classes(starts: int) -> tuple[Map, torch.Tensor]:
    """A trained network of 128 units, and states it visits."""
    network = trained("gru-3-0")
    return network.hold("zero"), network.draw(starts)


def with_patterns(units: int) -> tuple[Map, torch.Tensor]:
    """A GRU of random weights that holds two patterns, each at -1, 0 or 1: nine fixed points at any size.

    On PyTorch's random weights, under which there is one fixed point, each pattern p of signs adds STRENGTH p p^T / n
    to the candidate's. Starts lie in the plane of the patterns, but for noise. (Random weights alone, four times
    PyTorch's, have several fixed points too, but ever more of them the more units: their curve would be that of the
    number of points.)
    """
    draw = torch.Generator().manual_seed(0)
    cell = GRU(1, units, generator=draw).double()
    signs = torch.randn(PATTERNS, units, generator=draw, dtype=torch.float64).sign()
    with torch.no_grad():
        cell.rnn.weight_hh_l0[2 * units :] += STRENGTH / units * signs.T @ signs
    along = 2 * torch.rand(FEW, PATTERNS, generator=draw, dtype=torch.float64) - 1
    noise = 0.1 * torch.randn(FEW, units, generator=draw, dtype=torch.float64)
    return Map.hold(cell, torch.zeros(1, dtype=torch.float64), name="zero"), along @ signs + noise


if __name__ == "__main__":
    main()
