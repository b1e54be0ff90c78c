"""The audited census of twenty networks: its time, whether it is complete, and whether it can be restored.

python benchmarks/census.py [--adam-steps 0] [NAME ...]
"""

from __future__ import annotations

import argparse
import time

import torch
from tables import conditions, print_table

from networks import available, trained
from slowfold.dynamics import Census, End, Map, complete_census, descend_by_adam, find_fixed_points, take_census
from slowfold.dynamics.starts import farthest_points

# A point this near one that is listed, relative to 1 + ||h||, is that point.
SAME = 1e-6


def main() -> None:
    """Takes the census of every network at both inputs, again from other starts, and from 16 states only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--adam-steps", type=int, default=0, help="compare with Adam from the same starts")
    parser.add_argument("--few", type=int, default=16, help="how many states the third census starts from")
    asked = parser.parse_args()
    rows = []
    for name in asked.names or available():
        network = trained(name)
        for at in ("zero", "mean"):
            row = [name, at, *measure(network.hold(at), network.states, asked.few, asked.adam_steps)]
            rows.append(row)
            print(" ".join(row), flush=True)
    header = (
        "network",
        "input",
        "s",
        "starts",
        "rounds",
        "points",
        "stable",
        "ghosts",
        "sum",
        "certified",
        "come to rest",
        "other ends",
        "more from 2x fresh starts",
        "restored from few",
        "Adam, s",
        "Adam / census",
    )
    print_table(header, rows)
    share = [
        sum(row[8] == "1" for row in rows),
        sum(row[12] == "0" for row in rows),
        sum(row[13] == "yes" for row in rows),
    ]
    print(f"\nsum +1: {share[0]} of {len(rows)}; nothing more: {share[1]}; restored: {share[2]}")
    print(conditions())


def measure(held: Map, states: torch.Tensor, few: int, adam_steps: int) -> list[str]:
    """One row of the table."""
    begin = time.perf_counter()
    census = take_census(held, states)
    seconds = time.perf_counter() - begin
    points = census.points
    generator = torch.Generator().manual_seed(1)
    fresh = states[torch.randperm(len(states), generator=generator)[: 2 * len(points)]]
    second = find_fixed_points(held, fresh)
    more = further(census, second.distinct.point[second.distinct.certain])
    sparse = complete_census(held, find_fixed_points(held, states[farthest_points(states, few)].double()), states)
    restored = further(sparse, points.distinct.point[points.distinct.certain])
    ends = {end: census.attractors.count(end) for end in End if end is not End.LISTED}
    row = [
        f"{seconds:.1f}",
        str(len(points)),
        str(census.rounds),
        str(len(points.distinct)),
        str(int(points.distinct.stable.sum())),
        str(len(points.ghosts)),
        str(census.audit.sum),
        "all" if bool(points.distinct.certain.all()) else str(int(points.distinct.certain.sum())),
        f"{census.audit.come_to_rest:.2f}",
        ", ".join(f"{count} {end.value}" for end, count in ends.items() if count) or "none",
        str(more),
        "yes" if restored == 0 else f"lacks {restored}",
    ]
    if not adam_steps:
        return [*row, "-", "-"]
    begin = time.perf_counter()
    descend_by_adam(held, points.start[: census.first], steps=adam_steps)
    adam_seconds = time.perf_counter() - begin
    return [*row, f"{adam_seconds:.1f}", f"{adam_seconds / seconds:.1f}"]


def further(census: Census, points: torch.Tensor) -> int:
    """How many of the points are not in the census."""
    known = census.points.distinct.point
    if not len(points):
        return 0
    if not len(known):
        return len(points)
    away = torch.cdist(points, known, compute_mode="donot_use_mm_for_euclid_dist").min(dim=1).values
    return int((away > SAME * (1 + points.norm(dim=1))).sum())


if __name__ == "__main__":
    main()
