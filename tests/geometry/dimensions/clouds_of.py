"""Clouds whose dimension is known, for the tests of this folder."""

import math

import torch

UNITS = 32


def askew(points: torch.Tensor, noise: float = 0.0, seed: int = 0, units: int = UNITS) -> torch.Tensor:
    """Points of unit variance in all, turned at random into many units, with noise over all of them."""
    draw = torch.Generator().manual_seed(seed)
    basis, _ = torch.linalg.qr(torch.randn(units, units, generator=draw, dtype=torch.float64))
    points = points / points.var(dim=0, correction=0).sum().sqrt()
    thickness = torch.randn(len(points), units, generator=draw, dtype=torch.float64) * noise / math.sqrt(units)
    return points @ basis[: points.shape[1]] + thickness


def cube(count: int, size: int, noise: float = 0.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return askew(torch.rand(count, size, generator=draw, dtype=torch.float64), noise, seed)


def simplex(count: int, size: int, noise: float = 0.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    waits = torch.empty(count, size + 1, dtype=torch.float64).exponential_(generator=draw)
    return askew(waits / waits.sum(dim=1, keepdim=True), noise, seed)


def half_circle(count: int, noise: float = 0.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    angle = math.pi * torch.rand(count, generator=draw, dtype=torch.float64)
    return askew(torch.stack([angle.cos(), angle.sin()], dim=1), noise, seed)
