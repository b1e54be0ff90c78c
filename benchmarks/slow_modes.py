"""The slow modes alone against full decompositions, right and left vectors both, at 512 states of 256 units."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from tables import conditions, print_table, times_as_long
from torch import Tensor

from networks import WIDE, available, trained
from slowfold.dynamics import Map, SlowModes, count_slow, find_slow_modes, linearize

POINTS, COMPARED = 512, 64
# The methods take turns every so many points, so that what else runs slows them alike.
TURN = 8
# Two eigenvalues nearer than this are one.
SAME = 1e-8


def main() -> None:
    rows = [_row(name) for name in ("gru-3-256", "lstm-3-0", "gru-ag_news") if name in (*available(), *WIDE)]
    header = ["network", "units", "points", "modes a point", "fall-backs", "greatest residual", "seconds"]
    compared = [f"same set of {COMPARED}", "greatest difference", "linearize, ratio", "eig and inv, ratio"]
    print_table([*header, *compared], rows)
    print(conditions())


def _row(name: str) -> list[object]:
    network = trained(name)
    held, points = network.hold("mean"), network.draw(POINTS)
    begin = time.perf_counter()
    modes = find_slow_modes(held, points)
    taken = time.perf_counter() - begin
    same, difference = _agreement(held, modes)
    own, full, plain = _in_turns(held, points[:COMPARED])
    return [
        *(name, held.size, POINTS, f"{modes.count.double().mean():.1f}", modes.fallbacks),
        *(f"{_residual(held, modes):.1e}", f"{taken:.1f}", same, f"{difference:.1e}"),
        *(times_as_long(full, own), times_as_long(plain, own)),
    ]


def _residual(held: Map, modes: SlowModes) -> float:
    """The greatest ||J r - lambda r|| / ||J|| and ||l J - lambda l|| / (||l|| ||J||) of any mode, J formed anew."""
    worst = 0.0
    for row, count in enumerate(modes.count.tolist()):
        jacobian = held.jacobian(modes.point[row : row + 1])[0]
        size, matrix = torch.linalg.matrix_norm(jacobian, ord=2), jacobian.to(torch.complex128)
        values, right, left = modes.eigenvalue[row, :count], modes.right[row, :, :count], modes.left[row, :count]
        of_right = (matrix @ right - right * values).norm(dim=0) / right.norm(dim=0)
        of_left = (left @ matrix - values[:, None] * left).norm(dim=1) / left.norm(dim=1)
        worst = max(worst, float(torch.maximum(of_right, of_left).max() / size))
    return worst


def _agreement(held: Map, modes: SlowModes) -> tuple[int, float]:
    """At how many points the group is that of all eigenvalues, and by how much these differ at most."""
    same, worst = 0, 0.0
    for row in range(COMPARED):
        values = torch.linalg.eigvals(held.jacobian(modes.point[row : row + 1])[0]).numpy()
        values = values[(-abs(values)).argsort(kind="stable")]
        count, found = count_slow(values)[0], modes.eigenvalue[row, : int(modes.count[row])]
        nearest = (torch.from_numpy(values[:count])[:, None] - found).abs().amin(dim=1).max()
        same += count == len(found) and float(nearest) <= SAME
        worst = max(worst, float(nearest))
    return same, worst


def _in_turns(held: Map, points: Tensor) -> list[float]:
    methods: list[Callable[[Tensor], object]] = [
        lambda some: find_slow_modes(held, some),
        lambda some: linearize(held, some),
        lambda some: [_plainly(jacobian) for jacobian in held.jacobian(some)],
    ]
    taken = [0.0] * len(methods)
    for some in points.split(TURN):
        for place, method in enumerate(methods):
            begin = time.perf_counter()
            method(some)
            taken[place] += time.perf_counter() - begin
    return taken


def _plainly(jacobian: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What a few lines of PyTorch do: right vectors, and their inverse for the left ones."""
    values, right = torch.linalg.eig(jacobian)
    return values, right, torch.linalg.inv(right)


if __name__ == "__main__":
    main()
