"""The matrix-free search at 2,048 units, on a widened network whose fixed points are those of the small one."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from tables import conditions, peak_memory, print_table, times_as_long
from torch import Tensor

from networks import trained
from slowfold.dynamics import Map, Solution, Verdict, find_fixed_points, with_noise
from slowfold.dynamics.search import Solver, search_from

# The maps of known answers are the tests'.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
import zoo

COPIES, STARTS = 16, 256
# Levenberg-Marquardt with Jacobians takes too long here for more starts than these.
COMPARED = 4
# The copies of a unit start apart by this share of the unit's standard deviation; else they would never part.
NOISE = 0.1
# Nearer than this, relative to 1 + ||h||, an end is at a point of the small network.
WITHIN = 1e-6


def main() -> None:
    """Searches the wide network at both inputs, then from a few starts with Jacobians."""
    network = trained("gru-3-0")
    small_starts = network.draw(STARTS)
    starts = with_noise(zoo.copied(small_starts, COPIES), NOISE, torch.Generator().manual_seed(0))
    wide = replace(network, cell=zoo.widened(network.cell, COPIES))
    rows, taken, memory = [], [], []
    for at in ("zero", "mean"):
        small = find_fixed_points(network.hold(at), small_starts)
        found, seconds = _timed(wide.hold(at), starts, "matrix-free")
        known = zoo.copied(small.distinct.point, COPIES)
        distance, nearest = torch.cdist(found.point, known, compute_mode="donot_use_mm_for_euclid_dist").min(dim=1)
        there = found.still & (distance <= WITHIN * (1 + found.point.norm(dim=1)))
        # A ghost of the small network is one of the wide network too: such starts have no fixed point to come to.
        real = torch.tensor([verdict is not Verdict.GHOST for verdict in small.verdict])
        share = f"{float(there[real].double().mean()):.1%}"
        rows.append([at, len(known), len(nearest[there].unique()), STARTS - int(real.sum()), share])
        rows[-1].append(int((found.still & ~there).sum()))
        taken.append(seconds / STARTS)
        memory.append(peak_memory())
    # The peak of memory never falls, so Jacobians are formed last.
    for at, row, own, held_then in zip(("zero", "mean"), rows, taken, memory, strict=True):
        _, seconds = _timed(wide.hold(at), starts[:COMPARED], "levenberg-marquardt")
        peer = seconds / COMPARED
        row += [f"{own:.2f}", f"{peer:.1f}", times_as_long(peer, own), f"{held_then:.0f}", f"{peak_memory():.0f}"]
    header = ["held at", "points of the small network", "found", "ghosts", "other starts at these points", "at others"]
    header += ["seconds a start", "with Jacobians", "ratio", "peak memory, MB", "with Jacobians"]
    print_table(header, rows)
    print(f"{STARTS} starts matrix-free, {COMPARED} of them with Jacobians; {conditions()}")


def _timed(held: Map, starts: Tensor, solver: Solver) -> tuple[Solution, float]:
    begin = time.perf_counter()
    found = search_from(held, starts, solver=solver, max_steps=200)
    return found, time.perf_counter() - begin


if __name__ == "__main__":
    main()
