"""The slow manifold at first to third order, of four cells of 128 units on three classes, from 1,024 starts."""

from __future__ import annotations

import time

from tables import conditions, print_table, times_as_long

from networks import CELLS, Trained, trained
from slowfold.dynamics import slow_manifold

STARTS = 1024


def main() -> None:
    rows = [_row(network, at) for network in map(trained, (f"{cell}-3-0" for cell in CELLS)) for at in ("zero", "mean")]
    header = ["network", "held at", "k", "variance held", "order", "residual <= 1e-3", "out of bounds"]
    print_table([*header, "median defect", "seconds", "ratio to order 1"], [line for both in rows for line in both])
    print(conditions())


def _row(network: Trained, at: str) -> list[list[object]]:
    held, states = network.hold(at), network.draw(STARTS)
    lines, taken = [], []
    for order in (1, 2, 3):
        begin = time.perf_counter()
        surface = slow_manifold(held, states, order=order)
        taken.append(time.perf_counter() - begin)
        lines.append(
            [
                *(network.name, at, surface.dimensions, f"{surface.share:.3f}", order),
                f"{(surface.reached | surface.out_of_bounds).double().mean():.1%}",
                f"{surface.out_of_bounds.double().mean():.1%}",
                f"{surface.median_defect:.3f}",
                f"{taken[-1]:.1f}",
                times_as_long(taken[-1], taken[0]) if order > 1 else "",
            ]
        )
    return lines


if __name__ == "__main__":
    main()
