"""Maps whose fixed points, spectra and dimensions are known in closed form."""

from __future__ import annotations

import math

import torch

from slowfold.cells import GRU, Box
from slowfold.dynamics import Map

__all__ = ["affine", "cubic", "gated_biases", "line", "pitchfork", "random_gru", "ring", "saddle_node", "simplex_field"]


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _cube(size: int, half: float) -> Box:
    wall = torch.full((size,), half, dtype=torch.float64)
    return Box(-wall, wall)


def affine(spectrum: list[float], seed: int = 0) -> tuple[Map, torch.Tensor, torch.Tensor]:
    """h -> J (h - h*) + h* with a chosen real spectrum and a non-normal basis; returns the map, h* and J."""
    size = len(spectrum)
    basis = torch.eye(size, dtype=torch.float64) + 0.3 * torch.randn(
        size, size, generator=_generator(seed), dtype=torch.float64
    )
    jacobian = basis @ torch.diag(torch.tensor(spectrum, dtype=torch.float64)) @ torch.linalg.inv(basis)
    centre = torch.randn(size, generator=_generator(seed + 1), dtype=torch.float64)
    return Map(lambda h: (h - centre) @ jacobian.T + centre, size), centre, jacobian


def cubic(size: int = 1, gain: float = 0.5) -> Map:
    """Each unit h -> h + gain (h - h^3): stable at -1 and 1, unstable at 0; 3^size fixed points."""
    return Map(lambda h: h + gain * (h - h**3), size)


def pitchfork(slope: float, size: int = 1) -> Map:
    """Each unit h -> tanh(slope h): one fixed point up to slope 1, three beyond; [-1, 1] is mapped into itself."""
    return Map(lambda h: torch.tanh(slope * h), size, box=_cube(size, 1.0))


def saddle_node(distance: float) -> Map:
    """h -> h - (h^2 + distance) / 4 on [-1, 1]: roots at +-sqrt(-distance), a ghost at 0 where distance > 0."""
    return Map(lambda h: h - (h**2 + distance) / 4, 1, box=_cube(1, 1.0))


def line(size: int = 3) -> Map:
    """Keeps the first unit and halves the rest: every point of a line is fixed, and none is isolated."""
    keep = torch.full((size,), 0.5, dtype=torch.float64)
    keep[0] = 1.0
    return Map(lambda h: h * keep, size, box=_cube(size, 1.0))


def ring() -> Map:
    """Pulls the plane to the unit circle along the radius: every point of the circle is fixed, and 0."""

    def step(h: torch.Tensor) -> torch.Tensor:
        radius = h.square().sum(dim=1, keepdim=True)
        return h * (1 + 0.25 * (1 - radius))

    return Map(step, 2)


def simplex_field() -> tuple[Map, torch.Tensor]:
    """The plane's gradient step towards three corners of a triangle: 3 corners, 3 edge saddles, 1 repelling centre.

    Returns the map and the three corners, [corner, 2].
    """
    angles = torch.tensor([90.0, 210.0, 330.0], dtype=torch.float64).deg2rad()
    corners = torch.stack([angles.cos(), angles.sin()], dim=1)

    def step(h: torch.Tensor) -> torch.Tensor:
        # A softmax pull of great steepness is a Voronoi partition with smooth walls.
        pull = torch.softmax(8 * (h @ corners.T), dim=1) @ corners
        return h + 0.5 * (pull - h)

    return Map(step, 2, box=_cube(2, 1.5)), corners


def gated_biases(bias: float, size: int = 4) -> tuple[Map, float]:
    """A GRU whose weights are 0: its spectrum is sigmoid(update-gate bias) alone; returns the map and that value."""
    cell = GRU(2, size, generator=_generator(0))
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.rnn.bias_ih_l0[size : 2 * size] = bias
    return Map.hold(cell, torch.zeros(2), name="zero"), 1 / (1 + math.exp(-bias))


def random_gru(size: int, seed: int, gain: float = 1.0) -> GRU:
    """A GRU with random weights, ``gain`` times PyTorch's, in float64."""
    cell = GRU(3, size, generator=_generator(seed)).double()
    with torch.no_grad():
        cell.rnn.weight_hh_l0.mul_(gain)
    return cell
