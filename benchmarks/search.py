"""The search for fixed points against Adam, as the papers use it: 1,024 visited states of five networks.

python benchmarks/search.py [--starts 1024] [--adam-steps 5000] [NAME ...]
"""

from __future__ import annotations

import argparse
import time

import torch
from tables import conditions, print_table

from networks import FIVE, available, trained
from slowfold.dynamics import FixedPoints, Map, Solution, Verdict, cluster, descend_by_adam, find_fixed_points

# Where the papers call a state a fixed point.
PAPER_Q = 1e-10
# An end of Adam this near a point of the search, relative to 1 + ||h||, is that point.
SAME = 1e-2


def main() -> None:
    """Searches each network from the same states both ways, and prints what each came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--starts", type=int, default=1024)
    parser.add_argument("--adam-steps", type=int, default=5_000)
    asked = parser.parse_args()
    rows = []
    for name in asked.names or [name for name in FIVE if name in available()]:
        network = trained(name)
        starts = network.draw(asked.starts)
        for at in ("zero", "mean"):
            rows.append([name, at, *compare(network.hold(at), starts, asked.adam_steps)])
            print(rows[-1], flush=True)
    header = (
        "network",
        "input",
        "search, s",
        "fixed",
        "ghost",
        "out of bounds",
        "unconverged",
        "points",
        f"Adam {asked.adam_steps:,}, s",
        "Adam / search",
        "of the fixed, Adam at q < 1e-10",
        "points Adam",
        "not among the search's",
    )
    print_table(header, rows)
    print(conditions())


def compare(held: Map, starts: torch.Tensor, adam_steps: int) -> list[str]:
    """One row of the table."""
    begin = time.perf_counter()
    points = find_fixed_points(held, starts)
    seconds = time.perf_counter() - begin
    begin = time.perf_counter()
    adam = descend_by_adam(held, starts, steps=adam_steps)
    adam_seconds = time.perf_counter() - begin
    fixed = torch.tensor([verdict is Verdict.FIXED for verdict in points.verdict])
    reached = adam.q < PAPER_Q
    own, missed = distinct_of(adam, points)
    share = f"{float(reached[fixed].double().mean()):.3f}" if fixed.any() else "-"
    return [
        f"{seconds:.1f}",
        *(str(points.count(verdict)) for verdict in (Verdict.FIXED, Verdict.GHOST)),
        str(points.count(Verdict.OUT_OF_BOUNDS)),
        str(points.count(Verdict.UNCONVERGED) + points.count(Verdict.DEGENERATE)),
        str(len(points.distinct)),
        f"{adam_seconds:.1f}",
        f"{adam_seconds / seconds:.1f}",
        share,
        str(own),
        str(missed),
    ]


def distinct_of(adam: Solution, points: FixedPoints) -> tuple[int, int]:
    """How many points Adam came to within the papers' tolerance, and how many of them the search has not got.

    The ends of Adam scatter: those that another search brings to rest at one point are one.
    """
    ends = adam.point[adam.q < PAPER_Q]
    if not len(ends):
        return 0, 0
    listed = torch.cat([points.distinct.point, points.ghosts.point])
    away = torch.cdist(ends, listed).min(dim=1).values / (1 + ends.norm(dim=1))
    nearest = torch.cdist(ends, listed).argmin(dim=1)
    strays = ends[away > SAME]
    if not len(strays):
        return len(set(nearest.tolist())), 0
    none = torch.zeros(len(strays))
    leaders, _, _ = cluster(strays, none, torch.ones(len(strays), dtype=torch.bool), within=SAME)
    return len(set(nearest[away <= SAME].tolist())) + len(leaders), len(leaders)


if __name__ == "__main__":
    main()
