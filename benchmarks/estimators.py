"""What every estimator of dimension makes of clouds whose dimension is known: its bias, estimate minus truth.

python benchmarks/estimators.py [--seeds 3]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

import torch
from tables import conditions, print_table
from torch import Tensor

from slowfold.geometry.dimensions import correlation_dimension, estimate_dimensions, levina_bickel

# States of a network have many units: all shapes lie askew in so many, and the noise is spread over all of them.
UNITS = 64
# The noise's standard deviation in all units together, as a share of that of the shape: as thick as trained networks.
NOISES = (0.0, 0.1)
SIZES = (500, 2_000, 10_000)
DIMENSIONS = (1, 2, 3, 5, 10)
# Close pairs, where the shape is flat; the paper's range of radii goes from 2.5 to 97.5.
CLOSE = (0.1, 5.0)
ESTIMATORS = ("PR", "90 %", "95 %", "N/(N+1)", "local", "m10", "m50", "m100", "m10 inverse", "correlation", "of close")


class Shape(NamedTuple):
    """A shape whose dimension is known.

    Attributes:
        name: What it is called.
        dimension: Its dimension.
        classes: The classes that a network would tell on it: one a corner of a simplex, one a label of a cube.
        draw: From a number of points and a generator to the points, evenly spread, [point, axis].
    """

    name: str
    dimension: int
    classes: int
    draw: Callable[[int, torch.Generator], Tensor]


def shapes() -> list[Shape]:
    """Simplices and cubes of dimension 1 to 10, a plane, half a circle, and half a sphere."""
    return [
        *(Shape("simplex", size, size + 1, simplex(size + 1)) for size in DIMENSIONS),
        *(Shape("cube", size, size, cube(size)) for size in DIMENSIONS),
        Shape("plane", 2, 3, plane),
        Shape("half a circle", 1, 5, arc),
        Shape("half a sphere", 2, 5, dome),
    ]


def simplex(corners: int) -> Callable[[int, torch.Generator], Tensor]:
    """Evenly over a regular simplex: shares of a stick broken at random."""

    def draw(count: int, generator: torch.Generator) -> Tensor:
        waits = torch.empty(count, corners, dtype=torch.float64).exponential_(generator=generator)
        return waits / waits.sum(dim=1, keepdim=True)

    return draw


def cube(size: int) -> Callable[[int, torch.Generator], Tensor]:
    """Evenly over a cube."""
    return lambda count, generator: torch.rand(count, size, generator=generator, dtype=torch.float64)


def plane(count: int, generator: torch.Generator) -> Tensor:
    """A round cloud in a plane, dense in the middle."""
    return torch.randn(count, 2, generator=generator, dtype=torch.float64)


def arc(count: int, generator: torch.Generator) -> Tensor:
    """Evenly along half a circle."""
    angle = math.pi * torch.rand(count, generator=generator, dtype=torch.float64)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def dome(count: int, generator: torch.Generator) -> Tensor:
    """Evenly over half a sphere."""
    points = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    points = points / points.norm(dim=1, keepdim=True)
    return torch.cat([points[:, :2], points[:, 2:].abs()], dim=1)


def cloud(shape: Shape, count: int, noise: float, seed: int) -> Tensor:
    """Points of a shape, askew in many units, with noise across all of them, [point, unit]."""
    generator = torch.Generator().manual_seed(seed)
    points = shape.draw(count, generator)
    points = points / points.var(dim=0, correction=0).sum().sqrt()
    basis, _ = torch.linalg.qr(torch.randn(UNITS, UNITS, generator=generator, dtype=torch.float64))
    thickness = torch.randn(count, UNITS, generator=generator, dtype=torch.float64) * noise / math.sqrt(UNITS)
    return points @ basis[: points.shape[1]] + thickness


def estimates(states: Tensor, classes: int, seed: int) -> dict[str, float | None]:
    """What every estimator says; None where there are too few states for it."""
    found = estimate_dimensions(states, classes=classes, seed=seed)
    return {
        "PR": found.variance.participation_ratio,
        "90 %": found.variance.for_90,
        "95 %": found.variance.for_95,
        "N/(N+1)": found.for_classes,
        "local": found.local,
        **{f"m{count}": value for count, value in found.nearest.items()},
        "m10 inverse": levina_bickel(states, 10, average="inverse", seed=seed),
        "correlation": found.correlation,
        "of close": correlation_dimension(states, percentiles=CLOSE, seed=seed),
    }


def biases(shape: Shape, count: int, noise: float, seeds: int) -> dict[str, float | None]:
    """The mean bias of every estimator over clouds drawn with several seeds."""
    each = [estimates(cloud(shape, count, noise, seed), shape.classes, seed) for seed in range(seeds)]
    found = dict[str, float | None]()
    for name in ESTIMATORS:
        values = [one for one in (row[name] for row in each) if one is not None]
        found[name] = fmean(values) - shape.dimension if values else None
    return found


def main() -> None:
    """One table for each noise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many clouds each bias is the mean of")
    seeds = parser.parse_args().seeds
    begin = time.perf_counter()
    for noise in NOISES:
        rows = [
            [shape.name, shape.dimension, f"{count:,}", *map(told, biases(shape, count, noise, seeds).values())]
            for shape in shapes()
            for count in SIZES
        ]
        print(f"noise {noise:g}\n")
        print_table(("shape", "dimension", "states", *ESTIMATORS), rows)
    print(f"{conditions()}; {time.perf_counter() - begin:.0f} s")


def told(bias: float | None) -> str:
    """A bias, or that there is none."""
    return "-" if bias is None else f"{round(bias, 2) + 0.0:+.2f}"


if __name__ == "__main__":
    main()
